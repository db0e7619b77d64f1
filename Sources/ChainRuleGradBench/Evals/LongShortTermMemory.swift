import ChainRule

/// The mean log loss of ADBench's LSTM, whose weights are diagonal, over a sequence of characters in bits.
enum LongShortTermMemory: Module {
  static let name = "lstm"
  struct Input: Decodable {
    let main, extra, state, sequence: [[Double]]
    enum CodingKeys: String, CodingKey {
      case main = "main_params"
      case extra = "extra_params"
      case state, sequence
    }
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    [
      "objective": { input, threads in
        let (inputs, loss) = try recorded(input)
        return try Evaluation([loss], of: inputs, threads: threads) { .number(try $0[0].scalar()) }
      },
      "jacobian": { input, threads in
        let (inputs, loss) = try recorded(input)
        let gradients = try loss.gradients(withRespectTo: inputs.map(\.node))
        return try Evaluation(gradients, of: inputs, threads: threads) { .numbers($0.flatMap(\.scalars)) }
      },
    ]
  }

  private static func recorded(_ input: Input) throws -> (inputs: [(node: Node, value: Tensor)], loss: Node) {
    let (layers, bits, length) = (input.state.count / 2, input.state.first?.count ?? 0, input.sequence.count)
    try require(layers > 0 && bits > 0 && length > 1, "a state, and two characters or more", got: "fewer")
    let main = try matrix(input.main, named: "main_params", [2 * layers, 4 * bits])
    let extra = try matrix(input.extra, named: "extra_params", [3, bits])
    let graph = Graph(), nodes = [graph.input("main", shape: main.shape), graph.input("extra", shape: extra.shape)]
    let state = graph.constant(try matrix(input.state, named: "state", [2 * layers, bits]))
    let sequence = graph.constant(try matrix(input.sequence, named: "sequence", [length, bits]))
    return ([(nodes[0], main), (nodes[1], extra)], try loss(nodes[0], nodes[1], state, sequence))
  }

  /// main `[2l, 4b]`: a row of weights and one of biases for each layer; extra `[3, b]`; state `[2l, b]`: hidden values
  /// and cells by turns; sequence `[c, b]`.
  private static func loss(_ main: Node, _ extra: Node, _ state: Node, _ sequence: Node) throws -> Node {
    let layers = state.shape[0] / 2, bits = state.shape[1], last = sequence.shape[0] - 1
    func gates(_ row: Int) -> [Node] { (0..<4).map { main[row, $0 * bits..<($0 + 1) * bits] } }
    let weights = (0..<layers).map { gates(2 * $0) }, biases = (0..<layers).map { gates(2 * $0 + 1) }
    let start = (0..<2 * layers).map { state[$0] }
    let hidden = try scan(over: sequence[0..<last] * extra[0], from: start) { carried, character in
      var next = carried, y = character
      for layer in 0..<layers {
        let (w, b, hidden, cell) = (weights[layer], biases[layer], carried[2 * layer], carried[2 * layer + 1])
        let forget = sigmoid(y * w[0] + b[0]), admit = sigmoid(hidden * w[1] + b[1])
        let emit = sigmoid(y * w[2] + b[2]), change = tanh(hidden * w[3] + b[3])
        next[2 * layer + 1] = cell * forget + admit * change
        y = emit * tanh(next[2 * layer + 1])
        next[2 * layer] = y
      }
      return (next, [y])
    }.outputs[0]
    let predicted = hidden * extra[1] + extra[2]
    let normalized = predicted - log(2 + exp(predicted).sum(axes: [1], keepingDimensions: true))
    return -(sequence[1...last] * normalized).sum() / Double(last * bits)
  }
}
