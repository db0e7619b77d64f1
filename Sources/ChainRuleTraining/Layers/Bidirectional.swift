import ChainRuleCore

/// A recurrent layer that reads the sequence in both directions, or several on top of each other: `[batch, time, inputs]`
/// to `[batch, time, 2 · hidden]`, what was read forwards before what was read backwards; or to `[batch, 2 · hidden]`,
/// what each direction says when it has read everything. Source: Schuster and Paliwal 1997.
///
/// ```swift
/// let reader = Bidirectional<LSTMCell>(16, 32, returnsSequence: false)
/// ```
public struct Bidirectional<Cell: RecurrentCell>: Model, Sendable {
  /// The layers of each direction, the one nearest to the inputs first; from the second on they read both directions.
  public let forwards: [Recurrent<Cell>], backwards: [Recurrent<Cell>]
  /// Whether the output is the whole sequence or what stands at the ends.
  public let returnsSequence: Bool

  /// So many layers of `hidden` units in each direction, with random weights.
  public init(_ inputs: Int, _ hidden: Int, layers: Int = 1, returnsSequence: Bool = true, seed: UInt64? = nil) {
    let width = Extents.product(2, hidden)
    let count = (1...1000).contains(layers) ? layers : 1
    let pairs = withSeed(seed ?? nextSeed()) {
      (0..<count).map { layer in
        let inputs = layer == 0 ? inputs : width
        return (Recurrent<Cell>(inputs, hidden), Recurrent<Cell>(inputs, hidden))
      }
    }
    // A number of layers that cannot be is carried as a mistake, as Recurrent carries it.
    let isWrong = count != layers
    forwards = isWrong ? [Recurrent<Cell>(inputs, hidden, layers: 0)] : pairs.map(\.0)
    backwards = isWrong ? [Recurrent<Cell>(inputs, hidden, layers: 0)] : pairs.map(\.1)
    self.returnsSequence = returnsSequence
  }

  /// Records the outputs of both directions from states of zeros.
  public func callAsFunction(_ x: Node) -> Node {
    var sequence = x
    for (index, (forward, backward)) in zip(forwards, backwards).enumerated() {
      let ahead = forward.run(sequence).outputs
      if ahead.error != nil { return ahead }
      let back = backward.run(sequence.flipped(axes: [1])).outputs.flipped(axes: [1])
      if back.error != nil { return back }
      let isLast = index == forwards.count - 1
      if isLast, !returnsSequence { return concatenate([ahead[0..., -1], back[0..., 0]], axis: -1) }
      sequence = concatenate([ahead, back], axis: -1)
    }
    return sequence
  }
}
