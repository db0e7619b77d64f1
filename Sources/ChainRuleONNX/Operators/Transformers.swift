import ChainRuleCore
import ChainRuleMathematics

// What newer versions have for transformers as operators of their own.

extension Operators {
  static let transformers: [String: Operator] = ["Attention": attention, "RotaryEmbedding": rotaryEmbedding]

  // MARK: Attention

  /// softmax(scale · q kᵀ + mask) v for each head; keys and values of before are put in front.
  private static let attention: Operator = { call in
    let rank = try call.shape(0).rank
    guard rank == 3 || rank == 4 else { throw call.refused("queries of shape \(try call.shape(0))") }
    let q = try heads(call, 0, "q_num_heads")
    var (k, v) = (try heads(call, 1, "kv_num_heads"), try heads(call, 2, "kv_num_heads"))
    var past = 0
    if call.has(4), call.has(5) {
      let before = (try call.node(4), try call.node(5))
      past = before.0.shape.rank == 4 ? before.0.shape[2] : 0
      (k, v) = (concatenate([before.0, k], axis: 2), concatenate([before.1, v], axis: 2))
    }
    if call.has(6) { throw call.refused("lengths of each row (nonpad_kv_seqlen)") }
    for node in [q, k, v] { if let error = node.error { throw error } }
    guard k.shape[1] > 0, q.shape[1] % k.shape[1] == 0, k.shape[1] == v.shape[1], k.shape[2] == v.shape[2] else {
      throw call.refused("heads and lengths of \(q.shape), \(k.shape), \(v.shape)")
    }
    let groups = q.shape[1] / k.shape[1], root = Double(q.shape[3]).squareRoot()
    let (keys, values) = (k.repeated(groups, axis: 1), v.repeated(groups, axis: 1))
    let raw = call.float("scale", root > 0 ? 1 / root : 1) * q.matmul(keys.transposed([0, 1, 3, 2]))
    let cap = call.float("softcap", 0), capped = cap > 0 ? cap * tanh(raw / cap) : raw
    let masked = try mask(call, capped, past: past), weights = softmax(masked, axis: 3)
    var result = weights.matmul(values)
    if rank == 3 {
      result = result.transposed([0, 2, 1, 3]).reshaped(to: [q.shape[0], q.shape[2], q.shape[1] * v.shape[3]])
    }
    let stages = [raw, capped, masked, weights], mode = call.integer("qk_matmul_output_mode", 0)
    guard stages.indices.contains(mode) else { throw call.refused("a qk_matmul_output_mode of \(mode)") }
    let type = try call.type(0)
    return [.node(result, type), .node(k, type), .node(v, type), .node(stages[mode], type)]
  }

  /// `[batch, heads, length, width]`.
  private static func heads(_ call: Call, _ index: Int, _ attribute: String) throws -> Node {
    let x = try call.node(index)
    guard x.shape.rank == 3 else { return x }
    let count = call.integer(attribute, 0)
    guard count > 0, x.shape[2] % count == 0 else { throw call.refused("\(count) heads of \(x.shape)") }
    return x.reshaped(to: [x.shape[0], x.shape[1], count, x.shape[2] / count]).transposed([0, 2, 1, 3])
  }

  /// Scores and what is added to them; −∞ where a mask is false, and where a key comes after its query.
  private static func mask(_ call: Call, _ scores: Node, past: Int) throws -> Node {
    var result = scores
    let never = -Double.infinity
    if call.has(3) {
      let mask = try call.node(3)
      result = try call.type(3) == .bool ? `where`(greater(mask, 0), result, never) : result + mask
    }
    guard call.flag("is_causal") else { return result }
    let (rows, columns) = (scores.shape[2], scores.shape[3])
    let seen = (0..<rows).flatMap { row in (0..<columns).map { $0 <= row + past ? 1.0 : 0 } }
    return `where`(scores.graph.constant(Tensor(shape: [rows, columns], seen)), result, never)
  }

  // MARK: Rotation

  /// Pairs of each head's numbers, turned by an angle of their position: halves, or neighbours where they are interleaved.
  private static let rotaryEmbedding: Operator = { call in
    let x = try call.node(0), isFlat = x.shape.rank == 3, isInterleaved = call.flag("interleaved")
    guard isFlat || x.shape.rank == 4 else { throw call.refused("an input of shape \(x.shape)") }
    let rows = isFlat ? try heads(call, 0, "num_heads") : x  // [batch, heads, length, width]
    let width = rows.shape[3], asked = call.integer("rotary_embedding_dim", 0), turned = asked > 0 ? asked : width
    guard turned <= width, turned % 2 == 0 else { throw call.refused("\(turned) turned numbers of \(width)") }
    func table(_ index: Int) throws -> Node {
      let table = try call.node(index)
      let own = call.has(3) ? table.gathered(at: try call.node(3), axis: 0) : table
      guard own.shape.rank == 3, own.shape[2] >= turned / 2 else { throw call.refused("angles of shape \(own.shape)") }
      return own[0..., 0..., 0..<turned / 2].expandingDimension(at: 1)
    }
    let (cosine, sine) = (try table(1), try table(2)), half = turned / 2
    let first = isInterleaved ? part(rows, axis: 3, from: 0, to: turned, by: 2) : rows[0..., 0..., 0..., 0..<half]
    let second = isInterleaved ? part(rows, axis: 3, from: 1, to: turned, by: 2) : rows[0..., 0..., 0..., half..<turned]
    let pair = [cosine * first - sine * second, sine * first + cosine * second]
    for node in pair { if let error = node.error { throw error } }
    var result = concatenate(pair, axis: 3)
    if isInterleaved {
      let shape = pair[0].shape.dimensions
      result = concatenate(pair.map { $0.expandingDimension(at: 4) }, axis: 4).reshaped(
        to: Shape(shape.dropLast() + [turned]))
    }
    if turned < width { result = concatenate([result, rows[0..., 0..., 0..., turned..<width]], axis: 3) }
    return try call.result(isFlat ? result.transposed([0, 2, 1, 3]).reshaped(to: x.shape) : result)
  }
}
