import ChainRuleCore

/// One step of a recurrent layer. The part that depends on the inputs alone is separate, so that a whole sequence is
/// projected by one matrix product.
public protocol RecurrentCell: Sendable {
  /// How many gates share the weights side by side.
  static var gateCount: Int { get }
  /// How many vectors the state has; the first one is the output.
  static var stateCount: Int { get }
  /// The weights of all gates.
  var weights: RecurrentWeights { get }
  /// A cell of given weights, with `gateCount` gates.
  init(weights: RecurrentWeights)
  /// The next state, from the projected inputs `[batch, gates · hidden]` and the state, each `[batch, hidden]`.
  func step(_ projected: Node, _ state: [Node]) -> [Node]
}

extension RecurrentCell {
  /// The next state from inputs `[batch, inputs]` and the state, each `[batch, hidden]`. A state of another number of
  /// vectors or another width is carried as a mistake.
  public func callAsFunction(_ x: Node, _ state: [Node]) -> [Node] { step(weights.projected(x), state) }

  /// What a step returns for a state that is none of this cell: `stateCount` nodes that carry the mistake.
  func refusal(_ projected: Node, _ state: [Node]) -> [Node]? {
    let width = weights.width
    let isFitting = state.count == Self.stateCount && state.allSatisfy { $0.error != nil || $0.shape[-1] == width }
    if isFitting || projected.error != nil && state.count == Self.stateCount { return nil }
    let mistake =
      projected.error != nil
      ? projected
      : projected.graph.failed(
        ChainRuleError(
          .shape, in: "\(Self.self)", required: "a state of \(Self.stateCount) × [batch, \(width)]",
          got: state.isEmpty ? "none" : state.map(\.shape.description).joined(separator: " and ")))
    return [Node](repeating: mistake, count: Self.stateCount)
  }
}

/// The weights of a recurrent cell: gates stand side by side along the last axis.
public struct RecurrentWeights: Sendable {
  /// `[inputs, gates · hidden]` and `[hidden, gates · hidden]`
  public let input: Parameter, hidden: Parameter
  /// `[gates · hidden]` each
  public let inputBias: Parameter, hiddenBias: Parameter

  /// Everything starts between ±1/√hidden.
  public init(_ inputs: Int, _ hidden: Int, gates: Int, seed: UInt64? = nil) {
    let (bound, all) = (1 / Double(Swift.max(hidden, 1)).squareRoot(), Extents.product(gates, hidden))
    func start(_ shape: Shape) -> Tensor {
      Initializer.uniform(-bound, bound)(shape, fanIn: inputs, fanOut: hidden, seed: nextSeed())
    }
    self = withSeed(seed ?? nextSeed()) {
      RecurrentWeights(
        input: start([inputs, all]), hidden: start([hidden, all]), inputBias: start([all]), hiddenBias: start([all]))
    }
  }

  /// From given values: `[inputs, gates · hidden]`, `[hidden, gates · hidden]`, and `[gates · hidden]` each.
  public init(input: Tensor, hidden: Tensor, inputBias: Tensor, hiddenBias: Tensor) {
    (self.input, self.hidden) = (Parameter(input), Parameter(hidden))
    (self.inputBias, self.hiddenBias) = (Parameter(inputBias), Parameter(hiddenBias))
  }

  /// x · W + b for all gates: `[…, inputs] → […, gates · hidden]`.
  public func projected(_ x: Node) -> Node { x.matmul(x.graph.parameter(input)) + x.graph.parameter(inputBias) }

  /// h · U + c for all gates.
  func recurrent(_ h: Node) -> Node { h.matmul(h.graph.parameter(hidden)) + h.graph.parameter(hiddenBias) }

  var width: Int { hidden.shape[0] }
}

/// One gate of several that stand side by side along the last axis.
private func gate(_ index: Int, of all: Node, _ width: Int) -> Node { all[0..., index * width..<(index + 1) * width] }

/// h′ = activation(W x + b + U h + c). Source: Elman 1990.
public struct RNNCell: RecurrentCell {
  /// One gate, and a state of one vector.
  public static let gateCount = 1, stateCount = 1
  /// The weights of the gate.
  public let weights: RecurrentWeights
  /// What the gate applies; tanh unless set.
  public var activation: @Sendable (Node) -> Node = tanh
  /// A cell of given weights.
  public init(weights: RecurrentWeights) { self.weights = weights }
  /// The next state: `[[batch, hidden]]`.
  public func step(_ projected: Node, _ state: [Node]) -> [Node] {
    refusal(projected, state) ?? [activation(projected + weights.recurrent(state[0]))]
  }
}

/// c′ = σ(f) c + σ(i) tanh(g), h′ = σ(o) tanh(c′), gates in the order i, f, g, o.
/// Sources: Hochreiter and Schmidhuber 1997; the forget gate: Gers, Schmidhuber and Cummins 2000.
public struct LSTMCell: RecurrentCell {
  /// Four gates, and a state of output and memory.
  public static let gateCount = 4, stateCount = 2
  /// The weights of the gates i, f, g, o.
  public let weights: RecurrentWeights
  /// A cell of given weights.
  public init(weights: RecurrentWeights) { self.weights = weights }
  /// The next output and memory, each `[batch, hidden]`.
  public func step(_ projected: Node, _ state: [Node]) -> [Node] {
    if let refused = refusal(projected, state) { return refused }
    let all = projected + weights.recurrent(state[0]), width = weights.width
    let kept = sigmoid(gate(1, of: all, width)) * state[1]
    let memory = kept + sigmoid(gate(0, of: all, width)) * tanh(gate(2, of: all, width))
    return [sigmoid(gate(3, of: all, width)) * tanh(memory), memory]
  }
}

/// n = tanh(W_n x + b_n + r (U_n h + c_n)), h′ = (1 − z) n + z h, gates in the order r, z, n.
/// Source: Cho et al. 2014.
public struct GRUCell: RecurrentCell {
  /// Three gates, and a state of one vector.
  public static let gateCount = 3, stateCount = 1
  /// The weights of the gates r, z, n.
  public let weights: RecurrentWeights
  /// A cell of given weights.
  public init(weights: RecurrentWeights) { self.weights = weights }
  /// The next state: `[[batch, hidden]]`.
  public func step(_ projected: Node, _ state: [Node]) -> [Node] {
    if let refused = refusal(projected, state) { return refused }
    let recurrent = weights.recurrent(state[0]), width = weights.width
    let reset = sigmoid(gate(0, of: projected, width) + gate(0, of: recurrent, width))
    let update = sigmoid(gate(1, of: projected, width) + gate(1, of: recurrent, width))
    let candidate = tanh(gate(2, of: projected, width) + reset * gate(2, of: recurrent, width))
    return [(1 - update) * candidate + update * state[0]]
  }
}
