import ChainRuleCore

/// What really runs: a compiled program must compute what evaluation does, values and gradients, in both precisions, on
/// every instruction set of the machine. A primitive whose rule a program drops is found here.
extension GradientCheck {
  func comparePrograms() throws {
    evaluation.restore()
    try graph.scope { () throws -> Void in
      var random = RandomNumbers(seed: 17)
      let weights = evaluation.base.map { _ in evaluation.base.count == 1 ? 1 : 0.5 + random.uniform() }
      let upstream = output.shape.rank == 0 ? nil : graph.constant(Tensor(shape: output.shape, weights))
      let pass = graph.backward(from: output, upstream: upstream, wanted: nodes.map(\.id))
      if pass.failure != nil { return }
      let comparison = try ProgramComparison(pass, try RoundoffBound(pass, leaves: nodes), output, nodes)
      opinions.append(try comparison.opinion())
      if let engine { opinions.append(try comparison.opinion(on: engine)) }
    }
    evaluation.restore()
  }
}

/// The values of an output and its gradients, by programs and by evaluation.
struct ProgramComparison {
  /// A number that both compute: a node, the leaves it is differentiated by, and bounds of its elements' rounding.
  struct Quantity { let node: Node, bounds: [Double] }

  let graph: Graph
  let output: Node
  private let leaves: [Node]
  let quantities: [Quantity]

  init(_ pass: Gradients, _ bound: RoundoffBound, _ output: Node, _ leaves: [Node]) throws {
    (graph, self.output, self.leaves) = (pass.graph, output, leaves)
    var quantities = [
      Quantity(node: output, bounds: [Double](repeating: bound.noise, count: output.shape.elementCount))
    ]
    for (number, leaf) in leaves.enumerated() {
      guard let gradient = pass[leaf] else { continue }
      let bounds = bound.magnitudes[number].indices.map { bound.roundOff(number, $0) }
      quantities.append(Quantity(node: gradient, bounds: bounds))
    }
    self.quantities = quantities
  }

  func opinion() throws -> GradientReport.Opinion {
    var parts: [(precision: Graph.Precision, compared: Compared)] = []
    for precision in [Graph.Precision.double, .single] {
      switch try compare(precision) {
      case .mistake(let mistake): return .init(.program, .disagree, mistake)
      case .compared(let compared): parts.append((precision, compared))
      }
    }
    let some = parts.filter { $0.compared.values + $0.compared.gradients > 0 }
    guard !some.isEmpty else {
      return .init(
        .program, .inconclusive,
        "no number could be compared: evaluation has no ordinary values here; a point where it has would decide")
    }
    let total = quantities.reduce(0) { $0 + $1.bounds.count } * parts.count
    let found = some.reduce(0) { $0 + $1.compared.values + $1.compared.gradients }
    let what = some.contains { $0.compared.gradients > 0 } ? "values and gradients" : "values"
    let places = some.count == 2 ? "in both precisions" : "in \(some[0].precision) precision alone"
    let rest = "; \(total - found) of \(total) numbers are not finite, or near the ends of the precision's range"
    return .init(
      .program, .agree,
      "\(what), \(places), on every instruction set of this machine" + (found < total ? rest : ""))
  }

  /// How many numbers were held against each other.
  struct Compared { var values = 0, gradients = 0 }

  private enum Outcome {
    case mistake(String)
    case compared(Compared)
  }

  /// What a program of this precision computes otherwise, as a sentence; else how much was compared: nothing where
  /// evaluation itself has no value. One program serves every instruction set.
  private func compare(_ precision: Graph.Precision) throws -> Outcome {
    let ids = quantities.map(\.node.id)
    let twin = graph.twin(in: precision, upTo: ids.max() ?? output.id)
    let nodes = ids.map { twin.node($0) }
    guard let expected = try? twin.evaluate(nodes) else { return .compared(.init()) }
    let isNeeded = twin.ancestors(of: ids)
    let inputs = isNeeded.indices.filter { isNeeded[$0] }.map { twin.node(Int32($0)) }.filter { $0.kind == .input }
    let values = try twin.evaluate(inputs)
    func failure(_ name: String, _ error: any Error) -> Outcome {
      .mistake("\(place(precision, name)) no program can be made or run: \(error)")
    }
    let program: Program
    do { program = try compiled(twin, inputs, nodes) } catch { return failure("this machine", error) }
    var compared: Compared?
    for name in InstructionSets.available {
      var results: [Tensor]
      do { results = try InstructionSets.with(name) { try program.run(values) } } catch { return failure(name, error) }
      var (difference, held) = try firstDifference(twin, expected, results)
      if difference != nil {
        // Random numbers are drawn anew in every run: a program of its own draws the first ones.
        results = try InstructionSets.with(name) { try compiled(twin, inputs, nodes).run(values) }
        (difference, held) = try firstDifference(twin, expected, results)
      }
      guard let (number, position) = difference else {
        compared = .init(
          values: Swift.min(compared?.values ?? .max, held.values),
          gradients: Swift.min(compared?.gradients ?? .max, held.gradients))
        continue
      }
      let what = number == 0 ? graph.name(of: output.id) : "a gradient"
      let culprit = InstructionSets.with(name) { self.culprit(twin, inputs, values, ids) }
      return .mistake(
        "\(place(precision, name)) \(what) is \(Tensor.digits(results[number].element(position))) by a program "
          + "and \(Tensor.digits(expected[number].element(position))) by evaluation\(culprit ?? "")")
    }
    return .compared(compared ?? .init())
  }

  private func place(_ precision: Graph.Precision, _ name: String) -> String { "in \(precision) precision on \(name)" }

  private func compiled(_ twin: Graph, _ inputs: [Node], _ outputs: [Node]) throws -> Program {
    let program = try twin.compile(
      inputs: inputs, outputs: outputs, options: CompileOptions(includesRegisteredUpdates: false))
    program.threads = 1  // others have their own choice of instructions
    return program
  }

  // MARK: Innocent reasons

  /// The first element that rounding does not explain, and how many there were to compare.
  func firstDifference(
    _ twin: Graph, _ expected: [Tensor], _ found: [Tensor], slack: Double = 1
  ) throws -> (place: (Int, Int)?, Compared) {
    let scale: Double = slack * (twin.precision == .double ? 2 : 2 * 0x1p29)
    var spread: [[Double]]?, compared = Compared()
    for (number, quantity) in quantities.enumerated() {
      var isOrdinary: Bool?
      for (position, bound) in quantity.bounds.enumerated() {
        let (a, b) = (expected[number].element(position), found[number].element(position))
        // Where evaluation overflows, a program may know better.
        guard a.isFinite else { continue }
        if !((a - b).magnitude <= scale * bound) {
          isOrdinary = isOrdinary ?? twin.hasOrdinaryValues(upTo: quantity.node.id)
          if isOrdinary == false { continue }
          let rounding = number == 0 ? bound : (try? self.rounding(of: quantity.node, at: position)) ?? bound
          if !((a - b).magnitude <= scale * (bound + rounding)) {
            spread = spread ?? self.spread(twin, expected)
            let moved = spread.map { $0[number][position] } ?? 0
            if moved.isNaN { continue }
            if !((a - b).magnitude <= scale * bound + 4 * moved) { return ((number, position), compared) }
          }
        }
        if number == 0 { compared.values += 1 } else { compared.gradients += 1 }
      }
    }
    return (nil, compared)
  }

  /// A bound for the rounding of one element of a gradient, by the gradient's own nodes.
  private func rounding(of gradient: Node, at position: Int) throws -> Double {
    try graph.scope { () throws -> Double in
      var unit = [Double](repeating: 0, count: gradient.shape.elementCount)
      unit[position] = 1
      let upstream = gradient.shape.rank == 0 ? nil : graph.constant(Tensor(shape: gradient.shape, unit))
      return try RoundoffBound(graph.backward(from: gradient, upstream: upstream, wanted: nil), leaves: []).noise
    }
  }

  /// How far evaluation itself moves when the leaves move by a few units of their last digit: far at ties, where one of
  /// two branches is taken by rounding, and inside primitives that do not tell how they round.
  private func spread(_ twin: Graph, _ expected: [Tensor]) -> [[Double]] {
    let unit: Double = twin.precision == .double ? 0x1p-51 : 0x1p-22
    let moving = leaves.map { twin.node($0.id) }, values = moving.map { try? $0.value() }
    var random = RandomNumbers(seed: 19)
    var result = expected.map { $0.scalars.map { _ in 0.0 } }
    defer { for (node, value) in zip(moving, values) { if let value { twin.hold(value, at: node.id) } } }
    for _ in 0..<8 {
      for (node, value) in zip(moving, values) {
        guard let value else { continue }
        let largest = value.scalars.lazy.map(\.magnitude).max() ?? 0
        let moved = value.map { x in
          let size = x != 0 ? x.magnitude : largest > 0 ? largest : 1
          return x + (random.next() & 1 == 0 ? unit : -unit) * size
        }
        twin.hold(moved, at: node.id)
      }
      for (number, tensor) in expected.enumerated() {
        let there = try? twin.node(quantities[number].node.id).value()
        for position in result[number].indices {
          let change = there.map { ($0.element(position) - tensor.element(position)).magnitude } ?? .nan
          result[number][position] = change.isNaN ? .nan : Swift.max(result[number][position], change)
        }
      }
    }
    return result
  }

  // MARK: Naming

  private static var mostNodes: Int { 10_000 }
  private static var mostElements: Int { 1_000_000 }

  /// The first node that a program computes otherwise when it is asked for all of them.
  private func culprit(_ twin: Graph, _ inputs: [Node], _ values: [Tensor], _ ids: [Int32]) -> String? {
    let isNeeded = twin.ancestors(of: ids)
    let nodes = isNeeded.indices.filter { isNeeded[$0] && twin.isOperation(Int32($0)) }.map { twin.node(Int32($0)) }
    // Every value is kept: of large graphs that costs more than a name is worth.
    guard nodes.count <= Self.mostNodes, nodes.reduce(0, { $0 + $1.shape.elementCount }) <= Self.mostElements else {
      return "; the graph is too large for the node to be looked for"
    }
    guard let expected = try? twin.evaluate(nodes),
      let found = try? compiled(twin, inputs, nodes).run(values)
    else { return nil }
    let allowed = twin.precision == .double ? 1e-9 : 1e-3
    for (node, (one, other)) in zip(nodes, zip(expected, found)) {
      let size = one.scalars.lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
      let differs = zip(one.scalars, other.scalars).contains { a, b in
        a.isFinite && !((a - b).magnitude <= allowed * size)
      }
      guard differs else { continue }
      if let owner = graph.node(node.id).differentiates {
        return "; the first node that differs belongs to the gradient of \(sentence(owner))"
      }
      return "; the first node that differs is \(sentence(graph.node(node.id)))"
    }
    return nil
  }

  private func sentence(_ node: Node) -> String {
    "\(graph.name(of: node.id)) = \(node.primitive?.name ?? "")"
      + "(\(node.inputs.map { graph.name(of: $0.id) }.joined(separator: ", ")))"
  }
}

extension Graph {
  /// Whether no value below a node is near the ends of the precision's range, where digits are lost without a bound.
  fileprivate func hasOrdinaryValues(upTo last: Int32) -> Bool {
    let isNeeded = ancestors(of: [last])
    let range = precision == .double ? 1e-280...1e280 : 1e-30...1e30
    return (0...last).allSatisfy { id in
      !isNeeded[Int(id)] || isIndex(id)
        || tensor(of: id).scalars.allSatisfy { $0 == 0 || range.contains($0.magnitude) }
    }
  }
}
