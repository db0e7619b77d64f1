import Foundation
import Testing

import ChainRule
@testable import ChainRulePage

/// Writes what `.ci/page.py` holds the page against: 2,000 random formulas with values, gradients, sums and paths, as
/// many with mistakes and their sentences, and the page itself, into the folder that `CHAINRULE_SAMPLES` names.
@Suite struct PageSamples {
  @Test func writesThePageAndWhatItMustSay() throws {
    let page = try FormulaPage().html()
    let own = try FormulaPage(PageTable([Quartic()])).html()
    #expect(page.utf8.count < 600_000)
    var random = RandomFormulas(seed: 20261127), good: [PageJSON] = [], mistakes: [PageJSON] = []
    while good.count < 2000 {
      let formula = random.formula(), values = Self.values(&random)
      let outcome = Self.outcome(of: formula, values)
      if case .object(let entries) = outcome, entries.contains(where: { $0.key == "error" }) {
        mistakes.append(outcome)
        continue
      }
      good.append(outcome)
      mistakes.append(Self.outcome(of: random.mutated(formula), values))
    }
    for formula in Self.corpus + Self.functions { mistakes.append(Self.outcome(of: formula, Self.values(&random))) }
    mistakes += Self.elementwise(&random)
    for formula in Self.textsAndNumbers { mistakes.append(Self.outcome(of: formula, Self.values(&random))) }
    guard let folder = Environment.samples else { return }
    let quartic = Self.outcome(of: "quartic(a) * b", Self.values(&random), other: Quartic())
    let data = PageJSON.of(["formulas": .list(good), "others": .list(mistakes), "own": quartic])
    try page.write(to: folder.appending(path: "page.html"), atomically: true, encoding: .utf8)
    try own.write(to: folder.appending(path: "page-own.html"), atomically: true, encoding: .utf8)
    try data.written.write(to: folder.appending(path: "page-cases.json"), atomically: true, encoding: .utf8)
  }

  /// A primitive that the page has never heard of.
  struct Quartic: Primitive {
    let name = "quartic"
    var arity: Int? { 1 }
    var descriptor: PrimitiveDescriptor {
      PrimitiveDescriptor(equation: "x⁴", derivatives: ["4x³"], call: "quartic", script: "a*a*a*a")
    }
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(4 * inputs[0] * square(inputs[0]))
    }
  }

  /// Every elementwise function of formulas at a dozen points of its domain, as its descriptor gives it.
  static func elementwise(_ random: inout RandomFormulas) -> [PageJSON] {
    PrimitiveTable.descriptors.flatMap { opcode, descriptor -> [PageJSON] in
      guard let call = descriptor.call else { return [] }
      let names = ["a", "b", "c"].prefix(opcode.arity)
      return (0..<12).map { _ in
        let values = names.enumerated().map { place, name -> (name: String, value: Tensor) in
          let range = descriptor.domains[min(place, descriptor.domains.count - 1)].samples
          return (name, Tensor(range.lowerBound + (range.upperBound - range.lowerBound) * random.fraction()))
        }
        return outcome(of: "\(call)(\(names.joined(separator: ", ")))", values)
      }
    }
  }

  typealias Values = [(name: String, value: Tensor)]

  static func values(_ random: inout RandomFormulas) -> Values {
    RandomFormulas.shapes.map { entry in
      let shape = Shape(entry.shape)
      return (entry.name, Tensor(shape: shape, (0..<shape.elementCount).map { _ in random.number() }))
    }
  }

  /// What the library says: value, gradients, how many sums and paths; or the sentence of the mistake.
  static func outcome(of formula: String, _ values: Values, other: (any Primitive)? = nil) -> PageJSON {
    var entries: [PageJSON.Entry] = [.init(key: "formula", value: .text(formula))]
    func add(_ key: String, _ value: PageJSON) { entries.append(.init(key: key, value: value)) }
    add("values", .object(values.map { .init(key: $0.name, value: tensor($0.value)) }))
    do {
      let graph = Graph(), result: Node, inputs: [String: Node]
      if let other {
        inputs = ["a": graph.input("a", values[0].value), "b": graph.input("b", values[1].value)]
        result = graph.record(other, [inputs["a"]].compactMap { $0 }) * (inputs["b"] ?? graph.constant(1))
      } else {
        let expression = try Expression(formula)
        inputs = expression.inputs(in: graph, values: values)
        result = try expression.record(in: graph, inputs: inputs)
      }
      do { add("value", tensor(try result.value())) } catch { add("failure", .text("\(error)")) }
      guard entries.last?.key == "value" else { return .object(entries) }
      let gradients = result.backward(
        upstream: graph.constant(Tensor(shape: result.shape, repeating: 1)))
      let paths = paths(to: result)
      var found: [PageJSON.Entry] = []
      do { for node in inputs.values { _ = try gradients[node]?.value() } } catch {
        add("gradientFailure", .text("\(error)"))
        return .object(entries)
      }
      for (name, node) in inputs.sorted(by: { $0.key < $1.key }) {
        guard let gradient = gradients[node] else { continue }
        found.append(
          .init(
            key: name,
            value: .list([
              tensor(try gradient.value()), .number(Double(gradients.contributions(to: node).count)),
              .number(paths[node.index] ?? 0),
            ])))
      }
      add("gradients", .object(found))
    } catch { add("error", .text("\(error)")) }
    return .object(entries)
  }

  /// How many paths lead from each node to the result, through edges that carry a gradient.
  private static func paths(to result: Node) -> [Int: Double] {
    let gradients = result.backward(upstream: result.graph.constant(Tensor(shape: result.shape, repeating: 1)))
    var counts: [Int: Double] = [result.index: 1], open = [result], seen: Set<Int> = [], nodes: [Node] = []
    while let node = open.popLast() {
      guard seen.insert(node.index).inserted else { continue }
      nodes.append(node)
      open += node.inputs
    }
    for node in nodes.sorted(by: { $0.index > $1.index }) where node != result {
      let all = gradients.contributions(to: node)
      if !all.isEmpty { counts[node.index] = all.reduce(0) { $0 + (counts[$1.consumer.index] ?? 0) } }
    }
    return counts
  }

  private static func tensor(_ tensor: Tensor) -> PageJSON {
    .list([.integers(tensor.shape.dimensions), .list(tensor.scalars.map { .number($0) })])
  }
}
