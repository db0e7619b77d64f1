import ChainRuleCore

/// Checks gradients as `checkGradients(of:withRespectTo:)` does, and then whether an engine computes the same values and
/// gradients, in both precisions.
///
/// ```swift
/// let report = try checkGradients(of: f, withRespectTo: [x], on: engine)
/// ```
/// - Throws: as the other one. What the engine refuses or computes otherwise is an opinion of the report, which then
///   disagrees.
public func checkGradients(
  of output: Node, withRespectTo nodes: [Node], on engine: any Engine, resolution: Double = 1e-6
) throws -> GradientReport {
  let check = try GradientCheck(output: output, nodes: nodes, resolution: resolution)
  check.engine = engine
  return try check.report(order: 1, mode: .full, claims: [:])
}

extension ProgramComparison {
  /// An engine's functions may round otherwise: this many times our own bound is rounding.
  private static var slack: Double { 64 }

  /// Whether an engine computes what evaluation does, in both precisions.
  func opinion(on engine: any Engine) throws -> GradientReport.Opinion {
    var count = 0
    for precision in [Graph.Precision.double, .single] {
      let ids = quantities.map(\.node.id), twin = graph.twin(in: precision, upTo: ids.max() ?? output.id)
      let nodes = ids.map { twin.node($0) }
      guard let expected = try? twin.evaluate(nodes) else { continue }
      let isNeeded = twin.ancestors(of: ids)
      let inputs = isNeeded.indices.filter { isNeeded[$0] }.map { twin.node(Int32($0)) }.filter { $0.kind == .input }
      let values = try twin.evaluate(inputs)
      let found: [Tensor]
      do {
        let options = CompileOptions(includesRegisteredUpdates: false)
        found = try twin.compile(inputs: inputs, outputs: nodes, options: options, on: engine).run(values)
      } catch {
        return .init(.engine, .disagree, "\(engine.name) makes or runs no program: \(error)")
      }
      let (place, compared) = try firstDifference(twin, expected, found, slack: Self.slack)
      if let (number, position) = place {
        return .init(
          .engine, .disagree,
          "in \(precision) precision \(number == 0 ? graph.name(of: output.id) : "a gradient") is "
            + "\(Tensor.digits(found[number].element(position))) on \(engine.name) "
            + "and \(Tensor.digits(expected[number].element(position))) by evaluation")
      }
      count += compared.values + compared.gradients
    }
    guard count > 0 else { return .init(.engine, .inconclusive, "no number could be compared on \(engine.name)") }
    return .init(.engine, .agree, "values and gradients, in both precisions, on \(engine.name)")
  }
}
