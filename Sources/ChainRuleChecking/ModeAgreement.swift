import ChainRuleCore

/// Opinions that do not rest on differences: determinism, and forward against reverse mode.
extension Graph {
  /// The first node below (and with) `output` whose primitive gives another value each time; `nil` if there is none.
  func firstRandomNode(below output: Int32) -> String? {
    let isNeeded = ancestors(of: [output])
    for id in 0...output where isNeeded[Int(id)] && isOperation(id) {
      if isTabulated(id) { continue }  // the kernels have no state
      let values = inputs(of: id).map { tensor(of: $0) }, primitive = primitive(of: id)
      guard let one = try? primitive.forward(values), let other = try? primitive.forward(values) else { continue }
      let differs = zip(one.scalars, other.scalars).contains { $0.0.bitPattern != $0.1.bitPattern }
      if differs || one.shape != other.shape { return name(of: id) + " (\(primitive.name))" }
    }
    return nil
  }
}

extension Graph {
  /// The first of some nodes that is computed from another of them, and that other one.
  func firstDependence(among ids: [Int32]) -> (above: Int32, below: Int32)? {
    guard let last = ids.filter({ isOperation($0) }).max() else { return nil }
    var source = [Int32](repeating: -1, count: Int(last) + 1)
    for id in ids where id <= last { source[Int(id)] = id }
    for id in 0...last where isOperation(id) {
      guard let below = inputs(of: id).lazy.map({ source[Int($0)] }).first(where: { $0 >= 0 }) else { continue }
      if source[Int(id)] == id { return (id, below) }
      source[Int(id)] = below
    }
    return nil
  }
}

extension GradientCheck {
  /// The nodes that may move at once: the leaves together, each computed node alone, since it may depend on them.
  private var movingTogether: [[Int]] {
    let computed = nodes.indices.filter { graph.isOperation(nodes[$0].id) }
    let leaves = nodes.indices.filter { !computed.contains($0) }
    return (leaves.isEmpty ? [] : [leaves]) + computed.map { [$0] }
  }

  /// More elements than this are not pushed forward one by one.
  private static var elementLimit: Int { 64 }

  /// Forward mode against the rows that reverse mode gave: along random directions of all leaves and of each leaf alone,
  /// and for few elements along each of them, so that a small mistake does not hide beside a large summand.
  func compareModes(_ rows: [RoundoffBound]) throws {
    var random = RandomNumbers(seed: 7), comparison = ModeComparison()
    let alone = nodes.count > 1 ? nodes.indices.map { [$0] } : []
    for moving in movingTogether + movingTogether + alone {
      try compare(moving, evaluation.randomDirection(&random), rows, &comparison)
    }
    let total = evaluation.points.reduce(0) { $0 + $1.count }
    for leaf in nodes.indices where total <= Self.elementLimit && total > 1 {
      for position in evaluation.points[leaf].indices {
        var direction = evaluation.points.map { [Double](repeating: 0, count: $0.count) }
        direction[leaf][position] = 1
        try compare([leaf], direction, rows, &comparison)
      }
    }
    opinions.append(comparison.opinion(.modes))
  }

  private func compare(
    _ moving: [Int], _ direction: [[Double]], _ rows: [RoundoffBound], _ comparison: inout ModeComparison
  ) throws {
    comparison.count += 1
    let pushed: Pushed
    do {
      pushed = try self.pushed(through: output, moving.map { ($0, direction[$0]) })
    } catch {
      comparison.failure = comparison.failure ?? "\(error)"
      return
    }
    for (row, bound) in rows.enumerated() {
      var sum = 0.0, size = 0.0, reach = 0.0
      for leaf in moving {
        for (position, slope) in direction[leaf].enumerated() where slope != 0 {
          sum += slope * bound.gradients[leaf][position]
          size += (slope * bound.magnitudes[leaf][position]).magnitude
          reach = Swift.max(reach, slope.magnitude)
        }
      }
      // Sums that cancel inside a linear map have a size that is known roughly: a hundredth of the largest counts too.
      let largest = moving.lazy.flatMap { bound.magnitudes[$0] }.max() ?? 0
      comparison.hold(
        reverse: sum, forward: pushed, at: row, size: Swift.max(size, 0.01 * largest * reach), depth: bound.depth)
    }
  }
}

/// What forward mode gives along a direction, and along the same direction in a smaller unit where that overflows: one
/// is of a product's size, and no fault of a rule.
struct Pushed {
  let values: [Double]
  /// Empty where all values are numbers.
  var small: [(unit: Double, values: [Double])] = []
}

extension GradientCheck {
  /// Pushes a direction, given by leaf, through a node.
  func pushed(through node: Node, _ direction: [(leaf: Int, slopes: [Double])]) throws -> Pushed {
    func values(_ unit: Double) throws -> [Double] {
      try graph.scope { () throws -> [Double] in
        let along = direction.map { leaf, slopes in
          (nodes[leaf], graph.constant(Tensor(shape: nodes[leaf].shape, slopes.map { unit * $0 })))
        }
        return try node.tangent(along: along).value().scalars
      }
    }
    var result = Pushed(values: try values(1))
    if !result.values.allSatisfy(\.isFinite) {
      result.small = try [0x1p-500, 0x1p-1000].map { ($0, try values($0)) }
    }
    return result
  }
}

/// Numbers of forward mode beside those of reverse mode, each beside its own size.
struct ModeComparison {
  /// Directions that were tried, the largest difference as a part of the size, and the first that is too large.
  var count = 0, worst = 0.0, failure: String?

  mutating func hold(reverse: Double, forward pushed: Pushed, at place: Int, size: Double, depth: Int) {
    guard reverse.isFinite, size.isFinite else { return }
    let forward = pushed.values[place]
    if !forward.isFinite, let small = pushed.small.first(where: { $0.values[place].isFinite }) {
      return hold(
        reverse: small.unit * reverse, forward: Pushed(values: small.values), at: place, size: small.unit * size,
        depth: depth)
    }
    let difference = (reverse - forward).magnitude
    let ratio = difference == 0 ? 0 : difference / Swift.max(size, RoundoffBound.tiny)
    if ratio.isFinite { worst = Swift.max(worst, ratio) }
    // What underflows on the way has no digits to compare.
    let allowed = 64 * RoundoffBound.unit * Double(8 + depth) * size + 0x1p-1000
    if !(difference <= allowed), failure == nil {
      failure =
        "⟨∇f, v⟩ is \(Tensor.text(reverse, significantDigits: 12)) by reverse mode and "
        + "\(Tensor.text(forward, significantDigits: 12)) by forward mode"
    }
  }

  func opinion(_ kind: GradientReport.Opinion.Kind) -> GradientReport.Opinion {
    if let failure { return .init(kind, .disagree, failure) }
    let directions = "\(count) direction\(count == 1 ? "" : "s")"
    return .init(
      kind, .agree, "along \(directions) the two modes differ by at most \(Tensor.digits(worst)) of their size")
  }
}
