import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// A primitive of the library with one mistake in its local gradient; values, shapes and branches are right.
struct Mutant: PiecewisePrimitive {
  typealias Change = @Sendable (_ right: LocalGradient, _ y: Node, _ index: Int, _ x: [Node]) -> LocalGradient
  let base: any Primitive
  let kind: String
  let change: Change

  var name: String { base.name }
  var arity: Int? { base.arity }
  func shape(of inputs: [Shape]) throws -> Shape { try base.shape(of: inputs) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try base.forward(inputs) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    change(base.localGradient(of: output, withRespectTo: index, inputs: inputs), output, index, inputs)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor {
    try (base as? any PiecewisePrimitive)?.branches(of: inputs) ?? Tensor(0)
  }
  static func == (a: Mutant, b: Mutant) -> Bool { a.kind == b.kind }
  func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

/// A mutant and where it lives.
struct MutantCase: CustomTestStringConvertible, Sendable {
  let mutant: Mutant
  let inputs: [Tensor]
  /// 2 for mistakes that only show in second derivatives.
  var order = 1

  var testDescription: String { mutant.kind }

  /// `kind` says what is wrong; `change` makes it so.
  init(_ kind: String, _ base: any Primitive, _ inputs: [Tensor], order: Int = 1, _ change: @escaping Mutant.Change) {
    mutant = Mutant(base: base, kind: kind, change: change)
    (self.inputs, self.order) = (inputs, order)
  }

  /// The same for elementwise primitives: another factor.
  static func factor(
    _ kind: String, _ base: any Primitive, _ inputs: [Tensor], order: Int = 1,
    _ factor: @escaping @Sendable (_ y: Node, _ index: Int, _ x: [Node]) -> Node
  ) -> MutantCase {
    .init(kind, base, inputs, order: order) { _, y, index, x in .factor(factor(y, index, x)) }
  }

  /// The same for linear maps: another transpose (and the matching `apply` is left right).
  static func transpose(
    _ kind: String, _ base: any Primitive, _ inputs: [Tensor],
    _ wrong:
      @escaping @Sendable (_ upstream: Node, _ right: (Node) -> Node, _ y: Node, _ index: Int, _ x: [Node]) -> Node
  ) -> MutantCase {
    .init(kind, base, inputs) { local, y, index, x in
      guard case .linear(let apply, let transpose) = local else { return local }
      return .linear(apply: apply, transpose: { wrong($0, transpose, y, index, x) })
    }
  }

  /// A small network around the mutant, in which everything else is right: 1.1 x before it, a weighted sum of
  /// y + y²/4 after it.
  func network() -> (graph: Graph, inputs: [Node], output: Node) {
    let graph = Graph()
    let leaves = inputs.enumerated().map { graph.input("x\($0)", $1) }
    let before = leaves.map { $0.elementType == .int32 ? $0 : 1.1 * $0 }
    let y = graph.record(mutant, before).named("mutant")
    let weights = PrimitiveSamples.random(y.shape, from: 0.5, to: 1.5, seed: 99)
    let after = (graph.constant(weights) * (y + 0.25 * square(y))).sum()
    return (graph, leaves.filter { $0.elementType != .int32 }, after)
  }
}
