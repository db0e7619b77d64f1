import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

/// Ten steps of every optimizer beside those of PyTorch, on the function that the fixture describes.
@Suite struct OptimizersAgreeWithPyTorch {
  static let file = Golden.file("optimizers")
  static let cases = file["cases"].array.map(GoldenCase.init)
  static let trajectories = cases.filter { $0.json["kind"].string == "trajectory" }

  @Test(arguments: trajectories) func inDouble(golden: GoldenCase) throws {
    try check(golden, .double, relative: 1e-8, absolute: 1e-10)
  }

  @Test(arguments: trajectories) func inSingle(golden: GoldenCase) throws {
    try check(golden, .single, relative: 1e-4, absolute: 1e-4)
  }

  /// ½ θᵀAθ − bᵀθ + w Σ cos 3θ + ¼ Σ (φ² − 1)² + 0.3 θ₀ Σ φ
  private struct Problem: Model {
    let theta, phi: Parameter
    let a, b: Tensor, wobble: Double

    init(_ json: JSON) throws {
      func tensor(_ name: String) throws -> Tensor { try #require(GoldenArray(json[name])).tensor }
      (a, b) = try (tensor("A"), tensor("b"))
      (theta, phi) = try (Parameter(tensor("theta0")), Parameter(tensor("phi0")))
      wobble = try #require(json["wobble"].double)
    }

    func callAsFunction(_ x: Node) -> Node {
      let theta = x.graph.parameter(self.theta), phi = x.graph.parameter(self.phi)
      let a = x.graph.constant(self.a), b = x.graph.constant(self.b)
      let quadratic = 0.5 * (theta * a.matmul(theta)).sum() - (b * theta).sum()
      let waves = wobble * cos(3 * theta).sum()
      return quadratic + waves + 0.25 * square(square(phi) - 1).sum() + 0.3 * (theta[0] * phi.sum())
    }
  }

  private func check(_ golden: GoldenCase, _ precision: Graph.Precision, relative: Double, absolute: Double) throws {
    let problem = try Problem(Self.file["problem"])
    let training = try Training(
      problem, loss: { value, _ in value }, optimizer: try #require(golden.optimizer, "\(golden.name)"),
      precision: precision, clipping: golden.json["clip"].clipping)
    let batch = try Dataset([[0]], values: [[0]])
    for (number, step) in golden.json["steps"].array.enumerated() {
      let loss = try training.step(batch).loss
      let expected = try #require(step["loss"].double)
      #expect(abs(loss - expected) <= relative * abs(expected) + absolute, "\(golden.name), loss of step \(number)")
      for (name, parameter) in [("theta", problem.theta), ("phi", problem.phi)] {
        let after = try #require(GoldenArray(step["parameters_after"][name]))
        let mismatch = after.mismatch(parameter.value, relative: relative, absolute: absolute)
        #expect(mismatch == nil, "\(golden.name), \(name) after step \(number)")
      }
    }
  }

  @Test func everyCaseIsThere() {
    #expect(Self.cases.count == 35)
    #expect(Self.trajectories.count == 30)
  }

  @Test(arguments: cases.filter { $0.json["kind"].string == "clip" })
  func gradientsAreClipped(golden: GoldenCase) throws {
    let graph = Graph()
    let names = golden.json["gradients"].object.keys.sorted()
    let gradients = try names.map { name in
      graph.input(name, try #require(GoldenArray(golden.json["gradients"][name])).tensor)
    }
    let clipping = try #require(golden.json["clip"].clipping)
    for (name, clipped) in zip(names, clipping(gradients)) {
      let expected = try #require(GoldenArray(golden.json["clipped_gradients"][name]))
      #expect(expected.mismatch(try clipped.value()) == nil, "\(golden.name), \(name)")
    }
  }
}

extension JSON {
  fileprivate var clipping: GradientClipping? {
    switch self["kind"].string {
    case "norm": .globalNorm(self["max_norm"].double ?? 0, p: self["norm_type"].norm)
    case "value": .value(self["clip_value"].double ?? 0)
    default: nil
    }
  }

  fileprivate var norm: Double { string == "inf" ? .infinity : double ?? 2 }
}
