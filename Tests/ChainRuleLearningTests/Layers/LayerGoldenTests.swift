import ChainRuleLearning
import Testing

/// Outputs, gradients and running statistics of every layer beside those of PyTorch and JAX.
@Suite struct LayersAgreeWithPyTorch {
  static let cases = Golden.cases(of: "layers")

  @Test(arguments: cases) func inDouble(golden: GoldenCase) throws {
    try check(golden, .double, relative: 1e-10, absolute: 1e-12)
  }

  @Test(arguments: cases) func inSingle(golden: GoldenCase) throws {
    try check(golden, .single, relative: 1e-4, absolute: 1e-5)
  }

  @Test func everyCaseIsThere() { #expect(Self.cases.count == 41) }

  private func check(_ golden: GoldenCase, _ precision: Graph.Precision, relative: Double, absolute: Double) throws {
    var builder = GoldenLayerBuilder(golden, precision)
    let built = builder.build()
    let layer = try #require(built, "\(golden.operation)")
    func expect(_ tensor: Tensor, _ expected: GoldenArray, _ what: String) {
      let mismatch = expected.mismatch(tensor, relative: relative, absolute: absolute)
      #expect(mismatch == nil, "\(golden.name), \(what)")
    }

    let outputs = golden.json["outputs"].array.compactMap(GoldenArray.init)
    #expect(!outputs.isEmpty)
    for expected in outputs {
      let node = try #require(layer.outputs[expected.name], "\(golden.name), \(expected.name)")
      expect(try node.value(), expected, expected.name)
    }
    var objective: Node?
    for (name, cotangent) in golden.arrays("cotangents") {
      let node = try #require(layer.outputs[name])
      let part = (node * builder.graph.constant(cotangent.tensor)).sum()
      objective = objective.map { $0 + part } ?? part
    }
    let gradients = try #require(objective).backward()
    for (name, expected) in golden.arrays("vjp") {
      let source = try #require(layer.sources[name], "\(golden.name), \(name)")
      let parts = try source.nodes.map { node in
        try #require(gradients[node], "\(golden.name), no gradient of \(name)").value()
      }
      expect(source.layout(parts), expected, "gradient of \(name)")
    }
    try builder.graph.applyUpdates()
    for (name, expected) in golden.arrays("state_after") {
      expect(try #require(layer.state[name]).value(), expected, name)
    }
  }
}
