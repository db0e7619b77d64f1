import ChainRule
import Testing

/// The graphs that the tests of explanations draw: every worked example of the lectures, the pictures of
/// `Docs/Teaching.md`, and random ones.
enum ExplainSamples {
  struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let source: String
    let inputs: [(name: String, value: Tensor)]
    var testDescription: String { name }

    func record(in graph: Graph = Graph()) throws -> Node {
      var nodes: [String: Node] = [:]
      for input in inputs { nodes[input.name] = graph.input(input.name, input.value) }
      return try Expression(source).record(in: graph, inputs: nodes)
    }

    func explain() throws -> Explanation { try record().explain() }
  }

  static let lectures: [Sample] = Golden.knownAnswers.map { golden in
    let program = golden.json["program"].array.compactMap(\.string).joined(separator: "\n")
    let printed = golden.json["expression"].string ?? ""
    let values = golden.json["inputs"].object.merging(golden.json["constants"].object, uniquingKeysWith: { a, _ in a })
    return Sample(
      name: golden.name, source: KnownAnswersTests.inOurWords[golden.name] ?? (program.isEmpty ? printed : program),
      inputs: values.keys.sorted().map { name in
        let value = GoldenArray(nested: values[name] ?? .null)
        return (name, Tensor(shape: Shape(value.shape), value.scalars))
      })
  }

  private static func layers(_ activation: String) -> String {
    (1...10).map { "h\($0) = \(activation)(w * \($0 == 1 ? "x" : "h\($0 - 1)"))" }.joined(separator: "; ") + "; h10"
  }

  static let pictures: [Sample] = [
    Sample(name: "multiple-paths", source: "a = x * y; b = a + x; a * b", inputs: [("x", 2), ("y", 3)]),
    Sample(
      name: "sigmoid-gates", source: "1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))",
      inputs: [("w0", 2), ("x0", -1), ("w1", -3), ("x1", -2), ("w2", -3)]),
    Sample(name: "vanishing-sigmoid", source: layers("sigmoid"), inputs: [("w", 0.8), ("x", 1)]),
    Sample(name: "vanishing-relu", source: layers("relu"), inputs: [("w", 0.8), ("x", 1)]),
    Sample(
      name: "kl-divergence", source: "sum(p * log(p / q))",
      inputs: [("p", [0.25, 0.75]), ("q", [0.5, 0.5])]),
    Sample(name: "cross-entropy", source: "-sum(p * log(q))", inputs: [("p", [0.25, 0.75]), ("q", [0.5, 0.5])]),
  ]

  static let all = lectures + pictures

  /// A graph of `count` nodes over a few inputs, with much fan-out, the same for the same seed.
  static func random(seed: UInt64, count: Int, in graph: Graph = Graph()) -> Node {
    var random = RandomNumbers(seed: seed)
    func pick(_ upper: Int) -> Int { Int(random.next() % UInt64(upper)) }
    var nodes = (0..<(2 + pick(4))).map { graph.input("x\($0)", Tensor(Double(pick(300)) / 100 - 1.5)) }
    while nodes.count < count {
      let a = nodes[pick(nodes.count)], b = nodes[Swift.max(0, nodes.count - 1 - pick(6))]
      switch pick(11) {
      case 0, 1: nodes.append(a + b)
      case 2, 3: nodes.append(a * b)
      case 4: nodes.append(a - b)
      case 5: nodes.append(sigmoid(b))
      case 6: nodes.append(tanh(b))
      case 7: nodes.append(maximum(a, b))
      case 8: nodes.append(relu(b))
      case 9: nodes.append(0.5 * b)
      default: nodes.append(sin(b) + a)
      }
    }
    // Everything that nobody uses yet is summed, so that the whole graph leads to the output.
    var isUsed = Set<Int>()
    for node in nodes { for input in node.inputs { isUsed.insert(input.index) } }
    return nodes.filter { !isUsed.contains($0.index) }.reduce(nodes[0]) { tanh($0 + $1) }
  }
}
