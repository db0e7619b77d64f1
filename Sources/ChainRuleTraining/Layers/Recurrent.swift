import ChainRuleCore

/// A recurrent layer, or several on top of each other, over whole sequences: `[batch, time, inputs]` to
/// `[batch, time, hidden]`, or to the last step's `[batch, hidden]`.
public struct Recurrent<Cell: RecurrentCell>: Model, Sendable {
  /// The cells, the one nearest to the inputs first.
  public let layers: [Cell]
  /// Whether the output is the whole sequence or its last step.
  public let returnsSequence: Bool

  /// More layers than this are refused, so that a slip in a number is an error and takes no memory.
  private static var mostLayers: Int { 10_000 }

  /// So many layers of `hidden` units with random weights; a number of layers that cannot be is carried as a mistake.
  public init(_ inputs: Int, _ hidden: Int, layers: Int = 1, returnsSequence: Bool = true, seed: UInt64? = nil) {
    guard (1...Self.mostLayers).contains(layers) else {
      let mistake = Tensor(
        error: ChainRuleError(
          .value, in: "Recurrent", required: "1 to \(Self.mostLayers) layers", got: "\(layers)"))
      let weights = RecurrentWeights(input: mistake, hidden: mistake, inputBias: mistake, hiddenBias: mistake)
      self.init([Cell(weights: weights)], returnsSequence: returnsSequence)
      return
    }
    self.init(
      withSeed(seed ?? nextSeed()) {
        (0..<layers).map {
          Cell(weights: RecurrentWeights($0 == 0 ? inputs : hidden, hidden, gates: Cell.gateCount))
        }
      }, returnsSequence: returnsSequence)
  }

  /// From given cells.
  public init(_ layers: [Cell], returnsSequence: Bool = true) {
    (self.layers, self.returnsSequence) = (layers, returnsSequence)
  }

  /// Records the outputs from a state of zeros: `[batch, time, inputs] → [batch, time, hidden]` or `[batch, hidden]`.
  public func callAsFunction(_ x: Node) -> Node {
    let (outputs, final) = run(x)
    return returnsSequence ? outputs : final.last?.first ?? outputs
  }

  /// The outputs of the last layer and the final state of each layer.
  ///
  /// - Parameters:
  ///   - start: for each layer, its state vectors `[batch, hidden]`; zeros by default.
  ///   - mask: `[batch, time]`, 1 for steps that count; at others the state stays as it is.
  public func run(_ x: Node, from start: [[Node]]? = nil, mask: Node? = nil) -> (outputs: Node, final: [[Node]]) {
    let graph = x.graph
    let isStart = start.map { $0.count == layers.count && $0.allSatisfy { $0.count == Cell.stateCount } } ?? true
    guard x.error == nil, x.shape.rank == 3, x.shape[1] > 0, isStart else {
      let mistake = ChainRuleError(
        .shape, in: "Recurrent",
        required: "[batch, time, inputs] with at least one step, and for each of \(layers.count) layers a state of "
          + "\(Cell.stateCount) × [batch, hidden]",
        got: isStart ? "\(x.shape)" : "\(x.shape) and states of \((start ?? []).map(\.count)) vectors")
      return (x.error == nil ? graph.failed(mistake) : x, [])
    }
    // Time comes first in here: what belongs to one step lies together.
    var sequence = x.transposed([1, 0, 2]), final: [[Node]] = []
    for (index, cell) in layers.enumerated() {
      let zeros = graph.constant(Tensor(shape: [x.shape[0], cell.weights.width], repeating: 0))
      var state = start?[index] ?? [Node](repeating: zeros, count: Cell.stateCount)
      let projected = cell.weights.projected(sequence)
      if projected.error != nil { return (projected, []) }
      var outputs: [Node] = []
      for time in 0..<x.shape[1] {
        var next = cell.step(projected[time], state)
        if let mask {
          let counts = mask[0..., time].expandingDimension(at: -1)
          next = zip(next, state).map { `where`(counts, $0, $1) }
        }
        state = next
        outputs.append(state[0])
      }
      sequence = stack(outputs, axis: 0)
      final.append(state)
    }
    return (sequence.transposed([1, 0, 2]), final)
  }
}

/// A simple recurrent network.
public typealias RNN = Recurrent<RNNCell>
/// Long short-term memory.
public typealias LSTM = Recurrent<LSTMCell>
/// Gated recurrent units.
public typealias GRU = Recurrent<GRUCell>
