import Testing

import ChainRule
@testable import ChainRuleCore

/// The worked examples of lectures, typed as they are printed there.
@Suite("Worked examples of lectures")
struct KnownAnswersTests {
  /// Two examples are given in words; this is what they say.
  static let inOurWords = [
    "fan-out": "b = a + a; c = b + b; c",
    "two-layer-regression": """
    h1 = sigmoid(w1 * i1 + w2 * i2 + b1); h2 = sigmoid(w3 * i1 + w4 * i2 + b1)
    o1 = sigmoid(w5 * h1 + w6 * h2 + b2); o2 = sigmoid(w7 * h1 + w8 * h2 + b2)
    0.5 * (t1 - o1)^2 + 0.5 * (t2 - o2)^2
    """,
  ]

  @Test(arguments: Golden.knownAnswers)
  func valueAndGradients(golden: GoldenCase) throws {
    let program = golden.json["program"].array.compactMap(\.string).joined(separator: "\n")
    let printed = try #require(golden.json["expression"].string)
    let source = Self.inOurWords[golden.name] ?? (program.isEmpty ? printed : program)
    let graph = Graph()
    var nodes: [String: Node] = [:]
    for (name, json) in golden.json["inputs"].object.merging(
      golden.json["constants"].object, uniquingKeysWith: { a, _ in a })
    {
      let value = GoldenArray(nested: json)
      nodes[name] = graph.input(name, Tensor(shape: Shape(value.shape), value.scalars))
    }
    let f = try Expression(source).record(in: graph, inputs: nodes)
    #expect(GoldenArray(nested: golden.json["value"]).mismatch(try f.value()) == nil)

    let gradients = f.backward()
    for (name, expected) in golden.json["gradients"].object {
      let input = try #require(nodes[name])
      let gradient = try #require(gradients[input], "no path from \(name)")
      #expect(GoldenArray(nested: expected).mismatch(try gradient.value()) == nil, "gradient of \(name)")
    }
    if golden.json["hessian"] != .null {
      let inputs = golden.json["inputs"].object.keys.sorted().compactMap { nodes[$0] }
      let hessian = try f.hessian(withRespectTo: inputs)
      for (i, row) in golden.json["hessian"].array.enumerated() {
        for (j, expected) in row.array.enumerated() { #expect(try hessian[i][j].scalar() == expected.double) }
      }
    }
  }

  /// Two paths reach the first hidden unit of the two-layer regression, and their contributions add up.
  @Test func contributionsAddUp() throws {
    let golden = try #require(Golden.knownAnswers.first { $0.name == "two-layer-regression" })
    let graph = Graph()
    var values: [String: Tensor] = [:]
    for (name, json) in golden.json["inputs"].object.merging(
      golden.json["constants"].object, uniquingKeysWith: { a, _ in a })
    {
      values[name] = Tensor(json.double ?? .nan)
    }
    let source = try #require(Self.inOurWords[golden.name])
    let f = try Expression(source).record(in: graph, values: values)
    let gradients = f.backward()
    let consumers = gradients.allContributions.filter { $0.input.description.contains("h1") }
    let products = try consumers.map { try $0.product.scalar() }.sorted(by: >)
    #expect(products.count == 2)
    #expect(abs(products[0] - 0.05539942465142278) < 1e-15)
    #expect(abs(products[1] - -0.019049118258278118) < 1e-15)
  }
}
