import ChainRuleCore

/// The x at which a residual r(x, p) is 0: a fixed point, a root, a minimum.
///
/// However it was found, its derivative follows from r(x(p), p) = 0: ∂x = −(∂r/∂x)⁻¹·(∂r/∂p)·∂p (the implicit function
/// theorem), by a solve that only multiplies by ∂r/∂x. Its inputs are where the search begins, and what the residual
/// reads.
struct ImplicitSolution: JointPrimitive {
  let name: String
  /// r: a function of x, then of what it reads; of the shape of x.
  let residual: Subgraph
  let search: Search
  let tolerance: Double
  let bound: Int

  enum Search: Sendable, Hashable {
    /// x ← g(x), for the residual x − g(x).
    case iteration
    /// Newton's method on the residual, each step halved until the residual falls.
    case newton
    /// Newton's method on a gradient, held to the fall of what is minimized: a function of the same inputs.
    case descent(Subgraph)
  }

  func shape(of inputs: [Shape]) throws -> Shape {
    try residual.check(inputs, in: name)
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let type: ElementType = inputs[0].elementType == .float32 ? .float32 : .float64
    let read = zip(inputs, residual.inputs).dropFirst().map { $0.converted(to: $1.isIndex ? .int32 : type) }
    let search = ImplicitSearch(solution: self, read: read, type: type, shape: inputs[0].shape)
    return Tensor(shape: inputs[0].shape, try search.run(from: inputs[0].scalars)).converted(to: type)
  }

  func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String? {
    index == 0 ? "the solution does not depend on where the search for it begins" : residual.reasonForNoGradient(index)
  }

  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let graph = output.graph, read = Array(inputs.dropFirst())
    let isFirst = inputs.indices.map { $0 == 0 }
    let back = try residual.pullback(isFirst, arriving: [true])
    let adjoint = try solveLinear(-upstream, tolerance: tolerance) { [output] in
      back.record(in: graph, [output] + read + [$0])[0]
    }
    let found = try residual.pullback(wanted, arriving: [true]).record(in: graph, [output] + read + [adjoint])
    var gradients = [Node?](repeating: nil, count: inputs.count)
    for (place, node) in zip(wanted.indices.filter { wanted[$0] }, found) { gradients[place] = node }
    return gradients
  }

  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node? {
    let graph = output.graph, read = Array(inputs.dropFirst())
    let moving = tangents.indices.map { $0 > 0 && tangents[$0] != nil }
    guard moving.contains(true) else { return nil }
    let right = try residual.tangent(moving).record(
      in: graph, [output] + read + tangents.dropFirst().compactMap { $0 })[1]
    let forth = try residual.tangent(inputs.indices.map { $0 == 0 })
    return try solveLinear(-right, tolerance: tolerance) { [output] in
      forth.record(in: graph, [output] + read + [$0])[1]
    }
  }
}

/// One search for a solution.
struct ImplicitSearch {
  let solution: ImplicitSolution
  let read: [Tensor]
  let type: ElementType
  let shape: Shape

  private var tolerance: Double { type == .float64 ? solution.tolerance : Swift.max(solution.tolerance, 1e-6) }

  private func value(_ function: Subgraph, _ x: [Double], _ direction: [Double] = []) throws -> [Tensor] {
    func tensor(_ values: [Double]) -> Tensor { Tensor(shape: shape, values).converted(to: type) }
    return try function.program(type).run([tensor(x)] + read + (direction.isEmpty ? [] : [tensor(direction)]))
  }

  func run(from start: [Double]) throws -> [Double] {
    switch solution.search {
    case .iteration: return try iterated(start)
    case .newton: return try newton(start)
    case .descent:
      let x = try newton(start)
      try requireMinimum(x)
      return x
    }
  }

  /// A stationary point with a direction along which the function falls on both sides is no minimum. Directions are
  /// sought by power iterations on the Hessian and on what it lacks to its largest eigenvalue.
  private func requireMinimum(_ x: [Double]) throws {
    let hessian = try solution.residual.tangent(solution.residual.inputs.indices.map { $0 == 0 })
    func times(_ v: [Double]) throws -> [Double] { try value(hessian, x, v)[1].scalars }
    func unit(_ v: [Double]) -> [Double] {
      let length = norm(v)
      return length > 0 ? v.map { $0 / length } : v
    }
    var random = RandomNumbers(seed: 5)
    let start = unit(x.map { _ in random.uniform() - 0.5 })
    var v = start, largest = 0.0
    for _ in 0..<20 {
      let image = try times(v)
      largest = Swift.max(largest, norm(image))
      guard norm(image) > 0 else { break }
      v = unit(image)
    }
    v = start
    for _ in 0..<60 {
      let image = try times(v), curvature = dot(v, image)
      guard curvature >= -1e-6 * largest || largest == 0 else {
        throw ChainRuleError(
          .value, in: solution.name, required: "a search that ends at a minimum",
          got: "a stationary point of curvature \(Tensor.digits(curvature)) in some direction",
          hint: "Begin elsewhere: on a slope that leads to the minimum.")
      }
      let next = zip(v, image).map { largest * $0 - $1 }
      guard norm(next) > 0 else { break }
      v = unit(next)
    }
  }

  /// x ← x − r(x) until it stays: the step is small, and does not grow smaller any more or is below the tolerance.
  private func iterated(_ start: [Double]) throws -> [Double] {
    var x = start, step = Double.infinity
    for count in 0..<solution.bound {
      let residual = try value(solution.residual, x)[0].scalars, length = norm(residual)
      guard length.isFinite else { throw diverged(step, count) }
      for place in x.indices { x[place] -= residual[place] }
      if length <= 1e-15 * norm(x) || (length <= tolerance * Swift.max(1e-300, norm(x)) && length >= 0.5 * step) {
        return x
      }
      step = length
    }
    if step <= tolerance * Swift.max(1, norm(x)) { return x }
    throw diverged(step, solution.bound)
  }

  private func newton(_ start: [Double]) throws -> [Double] {
    var x = start, residual = try value(solution.residual, x)[0].scalars
    let tangent = try solution.residual.tangent(solution.residual.inputs.indices.map { $0 == 0 })
    var before = Double.infinity
    for count in 0..<solution.bound {
      let length = norm(residual)
      guard length.isFinite else { throw diverged(length, count) }
      if length == 0 { return x }
      let here = x
      let solver = Krylov(name: solution.name, tolerance: Swift.max(1e-12, tolerance), bound: 10_000) {
        try value(tangent, here, $0)[1].scalars
      }
      var step = try solver.gmres(residual.map { -$0 })
      // A direction in which the minimized function does not fall leads to another kind of point: take the gradient's.
      if case .descent = solution.search, dot(step, residual) >= 0 { step = residual.map { -$0 } }
      if norm(step) <= 4e-16 * norm(x) || (before <= 1e-8 * norm(x) && norm(step) >= 0.5 * before) { return x }
      before = norm(step)
      guard let next = try shortened(x, step, residual) else {
        if before <= Swift.max(1e-7, tolerance) * Swift.max(1, norm(x)) { return x }
        throw diverged(length, count)
      }
      (x, residual) = next
    }
    if before <= tolerance * Swift.max(1, norm(x)) { return x }
    throw diverged(norm(residual), solution.bound)
  }

  /// The first of the steps 1, ½, ¼ … that makes the residual, or what is minimized, smaller; `nil` where none does.
  private func shortened(_ x: [Double], _ step: [Double], _ residual: [Double]) throws -> ([Double], [Double])? {
    let length = norm(residual)
    var share = 1.0, start: Double?
    while share > 1e-12 {
      let there = zip(x, step).map { $0 + share * $1 }, next = try value(solution.residual, there)[0].scalars
      if case .descent(let objective) = solution.search {
        let low = try start ?? value(objective, x)[0].element(0)
        start = low
        let high = try value(objective, there)[0].element(0)
        let isFalling = high <= low + 1e-4 * share * dot(step, residual)
        if isFalling || (norm(next) < 0.5 * length && high - low <= 1e-10 * low.magnitude) { return (there, next) }
      } else if norm(next) < (1 - 1e-4 * share) * length {
        return (there, next)
      }
      share /= 2
    }
    return nil
  }

  private func diverged(_ rest: Double, _ count: Int) -> ChainRuleError {
    let what = solution.search == .iteration ? "a step" : "a residual"
    return ChainRuleError(
      .value, in: solution.name, required: "a search that converges to \(Tensor.digits(tolerance))",
      got: "\(what) of \(Tensor.digits(rest)) after \(count) iterations",
      hint: "Begin nearer, allow more iterations, or look at the function there.")
  }
}
