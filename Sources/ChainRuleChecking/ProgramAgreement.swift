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
    }
    evaluation.restore()
  }
}

/// The values of an output and its gradients, by programs and by evaluation.
private struct ProgramComparison {
  /// A number that both compute: a node, the leaves it is differentiated by, and bounds of its elements' rounding.
  private struct Quantity { let node: Node, bounds: [Double] }

  private let graph: Graph
  private let output: Node
  private let leaves: [Node]
  private let quantities: [Quantity]

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
    for precision in [Graph.Precision.double, .single] {
      if let mistake = try mistake(precision) { return .init(.program, .disagree, mistake) }
    }
    return .init(
      .program, .agree, "values and gradients, in both precisions, on every instruction set of this machine")
  }

  /// What a program of this precision computes otherwise, as a sentence; `nil` where it does not, or where evaluation
  /// itself has no value.
  private func mistake(_ precision: Graph.Precision) throws -> String? {
    let ids = quantities.map(\.node.id)
    let twin = graph.twin(in: precision, upTo: ids.max() ?? output.id)
    let nodes = ids.map { twin.node($0) }
    guard let expected = try? twin.evaluate(nodes) else { return nil }
    let isNeeded = twin.ancestors(of: ids)
    let inputs = isNeeded.indices.filter { isNeeded[$0] }.map { twin.node(Int32($0)) }.filter { $0.kind == .input }
    let values = try twin.evaluate(inputs)
    for name in InstructionSets.available {
      let found = InstructionSets.with(name) { Result { try run(twin, inputs, values, nodes) } }
      switch found {
      case .failure(let error): return "\(place(precision, name)) no program can be made or run: \(error)"
      case .success(let results):
        guard let (number, position) = try firstDifference(twin, expected, results) else { continue }
        let what = number == 0 ? graph.name(of: output.id) : "a gradient"
        let culprit = InstructionSets.with(name) { self.culprit(twin, inputs, values, ids) }
        return "\(place(precision, name)) \(what) is \(Tensor.digits(results[number].element(position))) by a program "
          + "and \(Tensor.digits(expected[number].element(position))) by evaluation\(culprit ?? "")"
      }
    }
    return nil
  }

  private func place(_ precision: Graph.Precision, _ name: String) -> String { "in \(precision) precision on \(name)" }

  private func run(_ twin: Graph, _ inputs: [Node], _ values: [Tensor], _ outputs: [Node]) throws -> [Tensor] {
    let program = try twin.compile(
      inputs: inputs, outputs: outputs, options: CompileOptions(includesRegisteredUpdates: false))
    program.threads = 1  // others have their own choice of instructions
    return try program.run(values)
  }

  // MARK: Innocent reasons

  /// The first element that rounding does not explain.
  private func firstDifference(_ twin: Graph, _ expected: [Tensor], _ found: [Tensor]) throws -> (Int, Int)? {
    let scale: Double = twin.precision == .double ? 2 : 2 * 0x1p29
    var spread: [[Double]]?
    for (number, quantity) in quantities.enumerated() {
      for (position, bound) in quantity.bounds.enumerated() {
        let (a, b) = (expected[number].element(position), found[number].element(position))
        // Where evaluation overflows, a program may know better.
        guard a.isFinite, !((a - b).magnitude <= scale * bound) else { continue }
        if !twin.hasOrdinaryValues(upTo: quantity.node.id) { return nil }
        let rounding = number == 0 ? bound : try self.rounding(of: quantity.node, at: position)
        if (a - b).magnitude <= scale * (bound + rounding) { continue }
        spread = spread ?? self.spread(twin, expected)
        let moved = spread.map { $0[number][position] } ?? 0
        if moved.isNaN || (a - b).magnitude <= scale * bound + 4 * moved { continue }
        return (number, position)
      }
    }
    return nil
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

  /// The first node that a program computes otherwise when it is asked for all of them.
  private func culprit(_ twin: Graph, _ inputs: [Node], _ values: [Tensor], _ ids: [Int32]) -> String? {
    let isNeeded = twin.ancestors(of: ids)
    let nodes = isNeeded.indices.filter { isNeeded[$0] && twin.isOperation(Int32($0)) }.map { twin.node(Int32($0)) }
    guard let expected = try? twin.evaluate(nodes), let found = try? run(twin, inputs, values, nodes) else {
      return nil
    }
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
