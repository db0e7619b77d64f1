/// Which elements of a node depend on which of another, by how it was recorded: the structure of a Jacobian, without a
/// number of it.
package struct Dependence {
  /// For each element the elements that it depends on, in rising order.
  package typealias Sets = [[Int32]]

  private let graph: Graph
  private let sources: [Int32]
  private let limit: Int
  private var sets: [Int32: Sets] = [:]

  /// - Parameters:
  ///   - sources: what is depended on; the elements of the second follow those of the first, and so on.
  ///   - limit: the most pairs of elements that a single node may hold.
  package init(on sources: [Int32], in graph: Graph, limit: Int) {
    (self.graph, self.sources, self.limit) = (graph, sources, limit)
    var start: Int32 = 0
    for source in sources {
      let count = Int32(graph.shape(of: source).elementCount)
      if !graph.isIndex(source) { sets[source] = (start..<start + count).map { [$0] } }
      start += count
    }
  }

  /// The sets of a node. Linear in the nodes below it and in the pairs they hold.
  /// - Throws: a node that holds more pairs than the limit; the mistake of a value that places depend on.
  package mutating func sets(of target: Int32) throws -> Sets {
    let isNeeded = graph.ancestors(of: [target])
    guard let first = sources.min(), first <= target else { return graph.empty(target) }
    var uses = [Int32](repeating: 0, count: Int(target) + 1)
    for id in first...target where isNeeded[Int(id)] { for input in graph.inputs(of: id) { uses[Int(input)] += 1 } }
    for id in first...target where isNeeded[Int(id)] && !sources.contains(id) {
      let inputs = graph.inputs(of: id)
      if inputs.contains(where: { sets[$0] != nil }), !graph.isIndex(id) {
        let found = try made(id, inputs)
        if found.contains(where: { !$0.isEmpty }) { sets[id] = found }
        let count = found.reduce(0) { $0 + $1.count }
        guard count <= limit else { throw Self.tooMany(count, limit, at: graph.name(of: id)) }
      }
      for input in inputs {
        uses[Int(input)] -= 1
        if uses[Int(input)] == 0, !sources.contains(input), input != target { sets[input] = nil }
      }
    }
    return sets[target] ?? graph.empty(target)
  }

  package static func tooMany(_ count: Int, _ limit: Int, at name: String) -> ChainRuleError {
    ChainRuleError(
      .gradient, in: "jacobian(structure:)", required: "at most \(limit) elements that are not 0",
      got: "\(count) at \(name)", hint: "Use the dense jacobian(withRespectTo:).")
  }

  // MARK: Rules

  private func made(_ id: Int32, _ inputs: [Int32]) throws -> Sets {
    let primitive = graph.primitive(of: id)
    switch primitive {
    case is StopGradient: return graph.empty(id)
    case is any ElementwisePrimitive, is ElementwiseFunction: return elementwise(id, inputs)
    case is Pad: return try moved(id, inputs)
    // Places that may be other ones tomorrow: each element may come from anywhere along the axis.
    case let gather as Gather where !isFixed(inputs[1]):
      return alongAxis(inputs[0], gather.axis, count: graph.shape(of: inputs[1]).elementCount)
    case let gather as GatherAlong where !isFixed(inputs[1]):
      return alongAxis(inputs[0], gather.axis, count: graph.shape(of: id)[gather.axis])
    case is any DataMovement: return try moved(id, inputs)
    case let sum as Sum: return grouped(inputs[0], axes: sum.axes)
    case let extremum as Extremum: return grouped(inputs[0], axes: extremum.axes)
    case let sum as LogSumExp: return grouped(inputs[0], axes: sum.axes)
    case let softmax as Softmax: return spread(id, inputs[0], axis: softmax.axis)
    case let sum as CumulativeSum: return spread(id, inputs[0], axis: sum.axis)
    case let product as MatMul: return try matrixProduct(product, id, inputs)
    case let function as any StructuredPrimitive:
      return try function.dependence(inputs.map { sets[$0] ?? graph.empty($0) }, limit: limit)
    default:
      // Whatever it is, it depends on nothing but its inputs.
      let all = Self.union(inputs.lazy.compactMap { sets[$0] }.flatMap { $0 })
      return Sets(repeating: all, count: graph.shape(of: id).elementCount)
    }
  }

  private func elementwise(_ id: Int32, _ inputs: [Int32]) -> Sets {
    let moving = inputs.compactMap { sets[$0] }
    if moving.count == 1 { return moving[0] }
    return moving[0].indices.map { place in Self.union(moving.lazy.map { $0[place] }) }
  }

  /// What moves elements tells where they come from when it moves their numbers.
  private func moved(_ id: Int32, _ inputs: [Int32]) throws -> Sets {
    let primitive = graph.primitive(of: id)
    var start = 1, starts: [Int] = []
    let numbers = try inputs.map { input -> Tensor in
      if graph.isIndex(input) {
        starts.append(0)
        return try graph.node(input).value()
      }
      let shape = graph.shape(of: input)
      defer { start += shape.elementCount }
      starts.append(start)
      return Tensor(shape: shape, (0..<shape.elementCount).map { Double(start + $0) })
    }
    let border = (primitive as? Pad).map { Pad(shape: $0.shape, starts: $0.starts, steps: $0.steps, filling: 0) }
    let places = try (border ?? primitive).forward(numbers).scalars
    return places.map { number in
      let place = Int(number)
      guard place > 0, let from = starts.lastIndex(where: { $0 > 0 && $0 <= place }) else { return [] }
      return sets[inputs[from]]?[place - starts[from]] ?? []
    }
  }

  /// Whether a node is made of constants alone.
  private func isFixed(_ id: Int32) -> Bool {
    let isNeeded = graph.ancestors(of: [id])
    return isNeeded.indices.allSatisfy { place in
      guard isNeeded[place] else { return true }
      let kind = graph.node(Int32(place)).kind
      return kind == .operation || kind == .constant
    }
  }

  /// A number of elements for each line along an axis, each of which depends on all of the line.
  private func alongAxis(_ input: Int32, _ axis: Int, count: Int) -> Sets {
    let lines = grouped(input, axes: [axis]), (outer, _, inner) = graph.shape(of: input).split(at: axis)
    return (0..<outer).flatMap { row in
      (0..<count).flatMap { _ in lines[row * inner..<(row + 1) * inner] }
    }
  }

  private func grouped(_ input: Int32, axes: [Int]) -> Sets {
    guard let sets = sets[input] else { return [] }
    return graph.shape(of: input).groups(over: axes).map { group in Self.union(group.lazy.map { sets[$0] }) }
  }

  /// Each element depends on all of its line along an axis.
  private func spread(_ id: Int32, _ input: Int32, axis: Int) -> Sets {
    guard let sets = sets[input] else { return [] }
    var result = graph.empty(id)
    for group in graph.shape(of: input).groups(over: [axis]) {
      let all = Self.union(group.lazy.map { sets[$0] })
      for place in group { result[place] = all }
    }
    return result
  }

  /// Row by column; a constant factor counts where it is not 0.
  private func matrixProduct(_ product: MatMul, _ id: Int32, _ inputs: [Int32]) throws -> Sets {
    let (left, output) = (graph.shape(of: inputs[0]), graph.shape(of: id))
    let (m, n) = (output[-2], output[-1]), k = product.transposesLeft ? left[-2] : left[-1]
    func weights(_ input: Int32) -> [Double]? {
      graph.node(input).kind == .constant ? (try? graph.node(input).value())?.scalars : nil
    }
    let (a, b) = (sets[inputs[0]], sets[inputs[1]]), (u, v) = (weights(inputs[0]), weights(inputs[1]))
    return (0..<output.elementCount).map { position in
      let (batch, row, column) = (position / (m * n), position / n % m, position % n)
      var parts: [[Int32]] = []
      for inner in 0..<k {
        let i = batch * m * k + (product.transposesLeft ? inner * m + row : row * k + inner)
        let j = batch * k * n + (product.transposesRight ? column * k + inner : inner * n + column)
        if let a, v.map({ $0[j] != 0 }) ?? true, !a[i].isEmpty { parts.append(a[i]) }
        if let b, u.map({ $0[i] != 0 }) ?? true, !b[j].isEmpty { parts.append(b[j]) }
      }
      return Self.union(parts)
    }
  }

  /// Sorted sets in one, by merging pairs of them.
  package static func union(_ sets: some Sequence<[Int32]>) -> [Int32] {
    var parts = sets.filter { !$0.isEmpty }
    while parts.count > 1 {
      var next: [[Int32]] = []
      for place in stride(from: 0, to: parts.count, by: 2) {
        next.append(place + 1 < parts.count ? merged(parts[place], parts[place + 1]) : parts[place])
      }
      parts = next
    }
    return parts.first ?? []
  }

  private static func merged(_ a: [Int32], _ b: [Int32]) -> [Int32] {
    if a == b { return a }
    var result: [Int32] = [], i = 0, j = 0
    result.reserveCapacity(a.count + b.count)
    while i < a.count || j < b.count {
      if j == b.count || (i < a.count && a[i] < b[j]) {
        result.append(a[i])
        i += 1
      } else {
        if i < a.count, a[i] == b[j] { i += 1 }
        result.append(b[j])
        j += 1
      }
    }
    return result
  }
}

/// Refinement: what runs recorded functions tells which of its elements depend on which.
package protocol StructuredPrimitive: Primitive {
  /// - Parameters:
  ///   - sets: for each input, and each of its elements, what it depends on.
  ///   - limit: the most pairs that may be held.
  /// - Returns: the same for each element of the output.
  func dependence(_ sets: [Dependence.Sets], limit: Int) throws -> Dependence.Sets
}

extension Graph {
  fileprivate func empty(_ id: Int32) -> Dependence.Sets {
    Dependence.Sets(repeating: [], count: shape(of: id).elementCount)
  }
}
