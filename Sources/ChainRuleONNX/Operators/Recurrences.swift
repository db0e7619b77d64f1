import ChainRuleCore
import ChainRuleMathematics

// Recurrent networks, a step of the graph for each step of time.

extension Operators {
  static let recurrences: [String: Operator] = ["RNN": recurrence, "LSTM": recurrence, "GRU": recurrence]

  /// One direction of a recurrent network: its weights, and how it steps.
  private struct Direction {
    let call: Call
    let kind: String
    let hidden: Int
    let w: Node, r: Node
    /// The offsets of inputs and of states, `[gates · hidden]` each.
    let wb: Node, rb: Node
    let peephole: Node?
    let activations: [(Node) -> Node]

    func gate(_ x: Node, _ number: Int) -> Node { x[0..., (number * hidden)..<((number + 1) * hidden)] }
    private func p(_ number: Int) -> Node? { peephole.map { $0[(number * hidden)..<((number + 1) * hidden)] } }

    private func clipped(_ x: Node) -> Node {
      let bound = call.float("clip", 0)
      return bound > 0 ? clamp(x, min: -bound, max: bound) : x
    }

    /// The next states from the products of this step's inputs.
    func step(_ xw: Node, _ h: Node, _ c: Node?) -> (Node, Node?) {
      let (f, g) = (activations[0], activations.count > 1 ? activations[1] : { tanh($0) })
      switch kind {
      case "RNN": return (f(clipped(xw + h.matmul(r) + rb)), nil)
      case "GRU":
        let hr = h.matmul(r) + rb
        let z = f(clipped(gate(xw, 0) + gate(hr, 0))), reset = f(clipped(gate(xw, 1) + gate(hr, 1)))
        let inner =
          call.flag("linear_before_reset")
          ? reset * gate(hr, 2)
          : (reset * h).matmul(r[0..., (2 * hidden)...]) + rb[(2 * hidden)...]
        return ((1 - z) * g(clipped(gate(xw, 2) + inner)) + z * h, nil)
      default:
        let sums = xw + h.matmul(r) + rb, c = c ?? 0 * h
        let output = activations.count > 2 ? activations[2] : { tanh($0) }
        func peeped(_ x: Node, _ number: Int, _ state: Node) -> Node { p(number).map { x + $0 * state } ?? x }
        let i = f(clipped(peeped(gate(sums, 0), 0, c)))
        let forget = f(clipped(peeped(gate(sums, 2), 2, c)))
        let next = forget * c + i * g(clipped(gate(sums, 3)))
        let o = f(clipped(peeped(gate(sums, 1), 1, next)))
        return (o * output(next), next)
      }
    }
  }

  private static func activations(_ call: Call, _ kind: String, _ number: Int) throws -> [(Node) -> Node] {
    let each = kind == "RNN" ? 1 : kind == "GRU" ? 2 : 3
    let standard = kind == "RNN" ? ["Tanh"] : kind == "GRU" ? ["Sigmoid", "Tanh"] : ["Sigmoid", "Tanh", "Tanh"]
    let named = call.textsOf("activations") ?? []
    let names = named.count >= (number + 1) * each ? Array(named[(number * each)..<((number + 1) * each)]) : standard
    return try names.map { name in
      switch name.lowercased() {
      case "sigmoid": return { sigmoid($0) }
      case "tanh": return { tanh($0) }
      case "relu": return { relu($0) }
      case "softsign": return { softsign($0) }
      case "softplus": return { softplus($0) }
      case "hardsigmoid": return { clamp(0.2 * $0 + 0.5, min: 0, max: 1) }
      default: throw call.refused("the activation \(name) is not known")
      }
    }
  }

  private static func direction(_ call: Call, _ number: Int) throws -> Direction {
    let kind = call.message.type, gates = kind == "RNN" ? 1 : kind == "GRU" ? 3 : 4
    let w = try call.node(1), r = try call.node(2)
    guard w.shape.rank == 3, r.shape.rank == 3, r.shape[1] == gates * r.shape[2], w.shape[1] == r.shape[1] else {
      throw call.refused("weights of shapes \(w.shape) and \(r.shape) do not fit \(gates) gates")
    }
    let size = gates * r.shape[2]
    let b = try call.nodeIfAny(3) ?? call.graph.constant(Tensor(shape: [w.shape[0], 2 * size], repeating: 0))
    return Direction(
      call: call, kind: kind, hidden: r.shape[2], w: w[number].transposed(), r: r[number].transposed(),
      wb: b[number][0..<size], rb: b[number][size...],
      peephole: kind == "LSTM" ? try call.nodeIfAny(7).map { $0[number] } : nil,
      activations: try activations(call, kind, number))
  }

  private static let recurrence: Operator = { call in
    var x = try call.node(0)
    let type = try call.type(0), isBatchFirst = call.flag("layout")
    guard x.shape.rank == 3 else { throw call.refused("[time, batch, features] is needed, not \(x.shape)") }
    if isBatchFirst { x = x.transposed([1, 0, 2]) }
    let way = call.text("direction", "forward"), count = way == "bidirectional" ? 2 : 1
    let lengths = try call.integersIfAny(4)
    let (time, batch) = (x.shape[0], x.shape[1])
    var sequences: [Node] = [], lastH: [Node] = [], lastC: [Node] = []
    for number in 0..<count {
      let direction = try direction(call, number), isReverse = way == "reverse" || number == 1
      func initial(_ index: Int) throws -> Node {
        let zeros = call.graph.constant(Tensor(shape: [batch, direction.hidden], repeating: 0))
        return try call.nodeIfAny(index).map { isBatchFirst ? $0.transposed([1, 0, 2])[number] : $0[number] } ?? zeros
      }
      var h = try initial(5), c = call.message.type == "LSTM" ? try initial(6) : nil
      var outputs = [Node?](repeating: nil, count: time)
      let products = x.matmul(direction.w) + direction.wb
      for t in isReverse ? Array((0..<time).reversed()) : Array(0..<time) {
        let (nextH, nextC) = direction.step(products[t], h, c)
        if let lengths, lengths.contains(where: { $0 <= t }) {
          let mask = call.graph.constant(Tensor(shape: [batch, 1], lengths.map { t < $0 ? 1 : 0 }))
          outputs[t] = mask * nextH
          h = `where`(mask, nextH, h)
          if let old = c, let nextC { c = `where`(mask, nextC, old) }
        } else {
          (h, c) = (nextH, nextC)
          outputs[t] = nextH
        }
      }
      sequences.append(stack(outputs.compactMap { $0 }))
      lastH.append(h)
      if let c { lastC.append(c) }
    }
    // [time, directions, batch, hidden] and [directions, batch, hidden].
    let y = stack(sequences, axis: 1), h = stack(lastH)
    var results = [isBatchFirst ? y.transposed([2, 0, 1, 3]) : y, isBatchFirst ? h.transposed([1, 0, 2]) : h]
    if !lastC.isEmpty { results.append(isBatchFirst ? stack(lastC).transposed([1, 0, 2]) : stack(lastC)) }
    return results.map { .node($0, type) }
  }
}
