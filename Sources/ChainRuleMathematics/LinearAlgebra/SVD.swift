import ChainRuleCore

/// U, the singular values s, descending, and V, one above the other: A = U·diag(s)·Vᵀ.
///
/// With P = Uᵀ·Ȧ·V: ṡ = diag P, and with E = 1/(sⱼ − sᵢ), H = 1/(sᵢ + sⱼ) off the diagonal,
/// U̇ = U·½(E∘(P + Pᵀ) + H∘(P − Pᵀ)) + (I − UUᵀ)·Ȧ·V/s, V̇ = V·½(E∘(P + Pᵀ) − H∘(P − Pᵀ)) + (I − VVᵀ)·Ȧᵀ·U/s.
/// Sources: Giles 2008, 3.2; Seeger et al. 2017, Auto-differentiating linear algebra.
///
/// The values alone take a fraction of the time; their derivatives read the vectors, and record the whole.
struct SingularValues: MatrixPrimitive, PartialPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "U, s and V, one above the other, s descending: A = U·diag(s)·Vᵀ",
    derivatives: ["U·(diag u₁ + M + Mᵀ + N − Nᵀ)·Vᵀ + …, M = ½E∘(Uᵀ·u₀ + Vᵀ·u₂), N = ½H∘(Uᵀ·u₀ − Vᵀ·u₂)"],
    convention: "of each column of U the first element of at least 0.9 of the largest is positive")
  var part = SpectrumPart.all
  var name: String { part == .all ? "svd" : "singularValues" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireMatrix(inputs[0], in: "svd")
    return inputs[0].matrix(part == .all ? inputs[0][-2] + 1 + inputs[0][-1] : 1, inputs[0].shorter)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Self.decomposed(inputs[0], valuesOnly: part == .values, in: "svd")
  }

  /// - Throws: elements that are not finite, or steps that do not end.
  static func decomposed(_ a: Tensor, valuesOnly: Bool = false, in name: String) throws -> Tensor {
    let (value, failed) = try Kernels.svd(a, valuesOnly: valuesOnly)
    try requireConvergence(failed, of: a, in: name)
    return value
  }

  var whole: (any Primitive)? { part == .all ? nil : SingularValues() }
  func start(in inputs: [Shape]) -> [Int] { inputs[0].batch.map { _ in 0 } + [inputs[0][-2], 0] }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if part == .values {
      let parts = SingularNodes(output.graph.record(SingularValues(), inputs), of: inputs[0].shape)
      return .linear(apply: parts.pushedToValues, transpose: parts.pulledFromValues)
    }
    let parts = SingularNodes(output, of: inputs[0].shape)
    return .linear(apply: parts.pushed, transpose: { parts.pulled($0) })
  }
}

/// The parts of a decomposition in nodes, and its derivative both ways.
private struct SingularNodes {
  let output: Node, shape: Shape
  let u: Node, s: Node, v: Node
  let m: Int, n: Int, k: Int, axis: Int

  init(_ output: Node, of shape: Shape) {
    (self.output, self.shape) = (output, shape)
    (m, n, k, axis) = (shape[-2], shape[-1], shape.shorter, output.shape.rank - 2)
    (u, s, v) = (output.rows(0..<m), output.row(m), output.rows(m + 1..<m + 1 + n))
  }

  private func reciprocals(_ kind: PairReciprocals.Kind) -> Node {
    output.graph.record(PairReciprocals(kind: kind, noun: "singular value"), [s])
  }

  /// What of the columns of x does not lie among those of q, over the singular values.
  private func outside(_ x: Node, of q: Node) -> Node {
    (x - q.times(q.times(x, turningLeft: true))) * reciprocals(.single).asRow
  }

  func pushedToValues(_ tangent: Node) -> Node {
    u.times(tangent.times(v), turningLeft: true).diagonal().asRow
  }

  func pulledFromValues(_ upstream: Node) -> Node { (u * upstream).times(v, turningRight: true) }

  func pushed(_ tangent: Node) -> Node {
    let right = tangent.times(v), p = u.times(right, turningLeft: true)
    let even = reciprocals(.difference) * (p + p.turned), odd = reciprocals(.sum) * (p - p.turned)
    var (ofU, ofV) = (u.times(0.5 * (even + odd)), v.times(0.5 * (even - odd)))
    if m > k { ofU = ofU + outside(right, of: u) }
    if n > k { ofV = ofV + outside(tangent.times(u, turningLeft: true), of: v) }
    return concatenate([ofU, p.diagonal().asRow, ofV], axis: axis)
  }

  func pulled(_ upstream: Node) -> Node {
    let graph = output.graph
    let ofU = graph.part(0..<m, ofAxis: axis, of: upstream), ofS = graph.part(m..<m + 1, ofAxis: axis, of: upstream)
    let ofV = graph.part(m + 1..<m + 1 + n, ofAxis: axis, of: upstream)
    var gradient = ofS.map(pulledFromValues)
    func add(_ part: Node) { gradient = gradient.map { $0 + part } ?? part }
    let g = ofU.map { u.times($0, turningLeft: true) }, h = ofV.map { v.times($0, turningLeft: true) }
    if let inner = between(g, h) { add(u.times(inner).times(v, turningRight: true)) }
    if m > k, let ofU { add(outside(ofU, of: u).times(v, turningRight: true)) }
    if n > k, let ofV { add(u.times(outside(ofV, of: v), turningRight: true)) }
    return gradient ?? graph.constant(0 as Double).broadcast(to: shape)
  }

  /// M + Mᵀ + N − Nᵀ for M = ½E∘(g + h), N = ½H∘(g − h).
  private func between(_ g: Node?, _ h: Node?) -> Node? {
    guard let sum = g.map({ g in h.map { g + $0 } ?? g }) ?? h,
      let difference = g.map({ g in h.map { g - $0 } ?? g }) ?? h.map({ -$0 })
    else { return nil }
    let even = 0.5 * reciprocals(.difference) * sum, odd = 0.5 * reciprocals(.sum) * difference
    return even + even.turned + odd - odd.turned
  }
}

/// u, s and v with a = u · diag(s) · vᵀ: `[…, m, n] → […, m, k], […, k], […, n, k]` with k = min(m, n).
///
/// The singular values s are descending. A pair of vectors is defined up to a common sign: here the first element of
/// each column of u that is at least 0.9 of the largest is positive. Where two singular values are equal, or one is 0,
/// the vectors are one choice of many: what depends on them has no gradient there, and reading it is an error that names
/// them; what depends on the values alone has one (at 0, that of one side).
/// - Returns: nodes that carry the mistake where the shape does not fit; reading them throws for ∞ and NaN.
public func svd(_ a: Node) -> (u: Node, s: Node, v: Node) {
  let all = recording("svd", a) {
    try requireMatrix(a.shape, in: "svd")
    return a.graph.record(SingularValues(), [a])
  }
  guard all.error == nil else { return (all, all, all) }
  let (m, n) = (a.shape[-2], a.shape[-1])
  return (all.rows(0..<m), all.row(m), all.rows(m + 1..<m + 1 + n))
}

/// The singular values of each matrix, descending: `[…, m, n] → […, min(m, n)]`.
///
/// Vectors are computed only where a gradient asks for them.
/// - Returns: a node that carries the mistake where the shape does not fit; reading it throws for ∞ and NaN.
public func singularValues(_ a: Node) -> Node {
  let values = recording("svd", a) {
    try requireMatrix(a.shape, in: "svd")
    return a.graph.record(SingularValues(part: .values), [a])
  }
  return values.error == nil ? values.row(0) : values
}
