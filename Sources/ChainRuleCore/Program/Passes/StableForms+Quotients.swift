/// Cancelling: s · (u / s) is u for every s that is positive by construction (a softmax, a sigmoid or its complement,
/// an exponential), also where s has underflowed to 0 and the quotient is lost.
///
/// A product with a sum is multiplied out where a summand is such a quotient: s · (u/s − b) is u − s·b, which is what
/// the composed softmax cross-entropy leaves (ŷ − y), and σ(1−σ) · (a/σ − b/(1−σ)) is a(1−σ) − bσ.
extension StableForms {
  /// A product as factors, divisors and a sign.
  private struct Factors {
    var above: [Int32] = []
    var below: [Int32] = []
    var isNegative = false
  }

  private static let mostFactors = 8

  mutating func cancelled(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    // Most products reach no quotient, and to collect their factors takes longer than all else that a pass does.
    noteQuotients(graph)
    guard reachesQuotient(node, graph) else { return nil }
    var factors = Factors()
    collect(node, &factors, graph)
    guard factors.above.count + factors.below.count <= Self.mostFactors else { return nil }
    if cancel(&factors, graph) { return product(factors, shape: graph.shapes[Int(node.shape)], in: &graph) }
    return multipliedOut(factors, shape: graph.shapes[Int(node.shape)], in: &graph)
  }

  private mutating func noteQuotients(_ graph: ProgramGraph) {
    for id in reachesQuotient.count..<graph.nodes.count {
      reachesQuotient.append(reachesQuotient(graph.nodes[id], graph))
    }
  }

  private func reachesQuotient(_ node: ProgramGraph.Node, _ graph: ProgramGraph) -> Bool {
    switch node.opcode {
    case .divide, .reciprocal: true
    case .negate: reachesQuotient[Int(graph.input(of: node))]
    case .multiply, .add, .subtract:
      reachesQuotient[Int(graph.input(of: node))] || reachesQuotient[Int(graph.input(1, of: node))]
    default: false
    }
  }

  private func collect(
    _ node: ProgramGraph.Node, _ factors: inout Factors, _ graph: ProgramGraph, isBelow: Bool = false
  ) {
    collect(graph.input(of: node), &factors, graph, isBelow: isBelow != (node.opcode == .reciprocal))
    if node.opcode == .negate { factors.isNegative.toggle() }
    if node.inputCount == 2 {
      collect(graph.input(1, of: node), &factors, graph, isBelow: isBelow != (node.opcode == .divide))
    }
  }

  private func collect(_ id: Int32, _ factors: inout Factors, _ graph: ProgramGraph, isBelow: Bool) {
    let node = graph.nodes[Int(id)]
    let isOpen = factors.above.count + factors.below.count < Self.mostFactors
    switch node.opcode {
    case .multiply where isOpen, .divide where isOpen, .negate where isOpen, .reciprocal where isOpen:
      collect(node, &factors, graph, isBelow: isBelow)
    default: if isBelow { factors.below.append(id) } else { factors.above.append(id) }
    }
  }

  private func isPositive(_ id: Int32, _ graph: ProgramGraph) -> Bool {
    switch graph.opcode(of: id) {
    case .exp?, .sigmoid?: true
    case nil: graph.primitive(of: id, as: Softmax.self) != nil
    default: Self.isComplementOfSigmoid(id, graph)
    }
  }

  private func cancel(_ factors: inout Factors, _ graph: ProgramGraph) -> Bool {
    var isChanged = false
    for divisor in factors.below where isPositive(divisor, graph) {
      guard let position = factors.above.firstIndex(of: divisor), let other = factors.below.firstIndex(of: divisor)
      else { continue }
      factors.above.remove(at: position)
      factors.below.remove(at: other)
      isChanged = true
    }
    return isChanged
  }

  private func product(_ factors: Factors, shape: Shape, in graph: inout ProgramGraph) -> Int32 {
    var value: Int32 = factors.above.first ?? graph.uniform(1, shape: shape)
    for factor in factors.above.dropFirst() { value = graph.append(.multiply, value, factor) }
    for divisor in factors.below { value = graph.append(.divide, value, divisor) }
    return factors.isNegative ? graph.append(.negate, value) : value
  }

  /// The product with a sum, summand by summand, if one of them then cancels.
  private func multipliedOut(_ factors: Factors, shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    for (position, id) in factors.above.enumerated() {
      let sum = graph.nodes[Int(id)]
      guard let opcode = sum.opcode, opcode == .add || opcode == .subtract else { continue }
      var rest = factors
      rest.above.remove(at: position)
      var (first, second) = (rest, rest)
      collect(graph.input(of: sum), &first, graph, isBelow: false)
      collect(graph.input(1, of: sum), &second, graph, isBelow: false)
      let cancels = (cancel(&first, graph), cancel(&second, graph))
      guard cancels.0 || cancels.1, first.above.count + first.below.count <= Self.mostFactors,
        second.above.count + second.below.count <= Self.mostFactors
      else { continue }
      let left = product(first, shape: shape, in: &graph)
      let right = product(second, shape: shape, in: &graph)
      return graph.append(opcode, left, right)
    }
    return nil
  }
}
