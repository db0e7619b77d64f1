import ChainRuleCore

/// The eigenvalues λ of the symmetric part of A, ascending, above their vectors, A = V·diag(λ)·Vᵀ.
///
/// With P = Vᵀ·Ȧ·V: λ̇ = diag P, V̇ = V·(F∘P), Fᵢⱼ = 1/(λⱼ − λᵢ); back, Ā = V·(diag λ̄ + F∘skew(Vᵀ·V̄))·Vᵀ
/// (Giles 2008, 3.1, for a symmetric matrix). F is only asked for where the vectors are.
///
/// The values alone take a fraction of the time; their derivatives read the vectors, and record the whole.
struct Eigh: MatrixPrimitive, PartialPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "λ, ascending, above V: A = V·diag(λ)·Vᵀ",
    derivatives: ["V·(diag u₀ + F∘skew(Vᵀ·U))·Vᵀ, Fᵢⱼ = 1/(λⱼ − λᵢ)"],
    convention:
      "the symmetric part of A is read; of each vector the first element of at least 0.9 of the largest is positive")
  var part = SpectrumPart.all
  var name: String { part == .all ? "eigh" : "eigenvalues" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: "eigh")
    return inputs[0].matrix(part == .all ? inputs[0][-1] + 1 : 1, inputs[0][-1])
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let (value, failed) = try Kernels.eigh(inputs[0], valuesOnly: part == .values)
    try requireConvergence(failed, of: inputs[0], in: "eigh")
    return value
  }

  var whole: (any Primitive)? { part == .all ? nil : Eigh() }
  func start(in inputs: [Shape]) -> [Int] { [Int](repeating: 0, count: inputs[0].rank) }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if part == .values { return gradientOfValues(in: output.graph, inputs[0]) }
    let graph = output.graph, n = output.shape[-1], axis = output.shape.rank - 2
    let v = output.rows(1..<n + 1), values = output.row(0)
    func gaps() -> Node { graph.record(PairReciprocals(kind: .difference, noun: "eigenvalue"), [values]) }
    return .linear(
      apply: { tangent in
        let p = v.times(tangent.symmetrized, turningLeft: true).times(v)
        return concatenate([p.diagonal().asRow, v.times(gaps() * p)], axis: axis)
      },
      transpose: { upstream in
        let ofValues = graph.part(0..<1, ofAxis: axis, of: upstream),
          ofVectors = graph.part(1..<n + 1, ofAxis: axis, of: upstream)
        var gradient = ofValues.map { (v * $0).times(v, turningRight: true) }
        if let ofVectors {
          let k = v.times(ofVectors, turningLeft: true)
          let turned = v.times(gaps() * (0.5 * (k - k.turned))).times(v, turningRight: true)
          gradient = gradient.map { $0 + turned } ?? turned
        }
        return gradient ?? graph.constant(0 as Double).broadcast(to: inputs[0].shape)
      })
  }

  private func gradientOfValues(in graph: Graph, _ a: Node) -> LocalGradient {
    let v = graph.record(Eigh(), [a]).rows(1..<a.shape[-1] + 1)
    return .linear(
      apply: { v.times($0.symmetrized, turningLeft: true).times(v).diagonal().asRow },
      transpose: { (v * $0).times(v, turningRight: true) })
  }
}

/// What of a spectrum is computed: the values with their vectors, or the values alone.
enum SpectrumPart: Hashable { case all, values }

/// The eigenvalues of symmetric matrices, ascending, and their vectors in columns: `[…, n, n] → […, n], […, n, n]`.
///
/// ```swift
/// let (values, vectors) = eigh(a)          // a · vectors = vectors · values
/// ```
/// The symmetric part of `a` is read, so that its gradient is symmetric. A vector is defined up to its sign: here the
/// first of its elements that is at least 0.9 of the largest is positive. Where two eigenvalues are equal, their vectors
/// are one choice of many: what depends on the vectors has no gradient there, and reading it is an error that names
/// them; what depends on the values alone has one.
/// - Returns: nodes that carry the mistake where the shape does not fit; reading them throws for ∞ and NaN.
public func eigh(_ a: Node) -> (values: Node, vectors: Node) {
  let both = recording("eigh", a) {
    try requireSquare(a.shape, in: "eigh")
    return a.graph.record(Eigh(), [a])
  }
  return both.error == nil ? (both.row(0), both.rows(1..<both.shape[-2])) : (both, both)
}

/// The eigenvalues of symmetric matrices, ascending: `[…, n, n] → […, n]`.
///
/// The symmetric part of `a` is read. Vectors are computed only where a gradient asks for them. Where eigenvalues are equal, the gradient of each belongs to one choice of their
/// vectors; functions that treat equal ones alike have the right gradient.
/// - Returns: a node that carries the mistake where the shape does not fit; reading it throws for ∞ and NaN.
public func eigenvaluesSymmetric(_ a: Node) -> Node {
  let values = recording("eigh", a) {
    try requireSquare(a.shape, in: "eigh")
    return a.graph.record(Eigh(part: .values), [a])
  }
  return values.error == nil ? values.row(0) : values
}
