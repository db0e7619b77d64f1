import ChainRuleCore

/// Checks one primitive at given inputs: its local gradients against function values, forward against reverse mode,
/// ⟨u, apply t⟩ against ⟨transpose u, t⟩, and the shape it promises.
///
/// ```swift
/// print(try checkPrimitive(Cube(), at: [Tensor([0.5, -1, 2])]))
/// ```
///
/// Index inputs (Int32) only choose and are not moved.
/// - Parameter order: 2 also checks the second derivatives of a random weighting of the outputs, 3 the third.
/// - Throws: when the primitive refuses the inputs, or breaks the shape it promised.
public func checkPrimitive(
  _ primitive: any Primitive, at inputs: [Tensor], order: Int = 1, mode: CheckMode = .full, resolution: Double = 1e-6
) throws -> GradientReport {
  let names = inputs.count == 1 ? ["x"] : inputs.indices.map { "x\($0)" }
  let local = try LocalCheck(primitive, inputs, names: names, output: primitive.name)
  let moving = local.inputs.indices.filter { local.inputs[$0].elementType.isFloatingPoint }
  guard !moving.isEmpty else {
    throw ChainRuleError(
      .value, in: "checkPrimitive", required: "at least one floating-point input", got: "\(inputs.count) index inputs")
  }
  let nodes = moving.map { local.inputs[$0] }
  let check = try GradientCheck(output: local.output, nodes: nodes, resolution: resolution)
  var report = try check.report(order: 1, mode: mode, claims: [:])
  for index in moving {
    if let detail = try LinearMap(primitive, local.output, local.inputs, index).mistake() {
      report.opinions.append(.init(.transpose, .disagree, detail, input: index))
    }
  }
  if order > 1 {
    let higher = try checkGradients(
      of: local.output.weightedSum(seed: 3), withRespectTo: nodes, order: order, mode: mode, resolution: resolution)
    report.entries += higher.entries.filter { $0.order > 1 }
    report.opinions += higher.opinions.filter { $0.kind != .determinism && $0.kind != .modes }
    report.blame = report.blame ?? higher.blame
    report = GradientReport(
      subject: report.subject, order: order, entries: report.entries, opinions: report.opinions, blame: report.blame,
      coverage: report.coverage, resolution: resolution)
  }
  return report
}
