import Testing

@testable import ChainRuleCore

/// The golden files through programs: the passes must not change what PyTorch and JAX agree on.
@Suite("Programs agree with PyTorch and JAX")
struct GoldenProgramTests {
  @Test(arguments: Golden.primitives)
  func primitives(golden: GoldenCase) throws {
    let graph = Graph()
    let inputs = golden.inputs.map { graph.input($0.name, $0.tensor) }
    let output = try #require(recorded(golden, inputs))
    let cotangent = try #require(golden.array("cotangent"))
    let gradients = output.backward(upstream: graph.constant(cotangent.tensor))
    var outputs = [output], expected = [try #require(golden.output)]
    for (name, array) in golden.arrays("vjp") {
      guard let index = golden.inputs.firstIndex(where: { $0.name == name }), let gradient = gradients[inputs[index]]
      else { continue }
      outputs.append(gradient)
      expected.append(array)
    }
    let results = try graph.compile(inputs: inputs, outputs: outputs).run(golden.inputs.map(\.tensor))
    for (result, array) in zip(results, expected) {
      #expect(array.mismatch(result) == nil, "\(golden.name)")
    }
  }
}
