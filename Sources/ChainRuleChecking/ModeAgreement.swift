import ChainRuleCore

/// Opinions that do not rest on differences: determinism, and forward against reverse mode.
extension Graph {
  /// The first node below (and with) `output` whose primitive gives another value each time; `nil` if there is none.
  func firstRandomNode(below output: Int32) -> String? {
    var isNeeded = [Bool](repeating: false, count: Int(output) + 1)
    isNeeded[Int(output)] = true
    for id in stride(from: output, through: 0, by: -1) where isNeeded[Int(id)] {
      for input in inputs(of: id) { isNeeded[Int(input)] = true }
    }
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

  /// Forward mode along random directions against the rows that reverse mode gave.
  func compareModes(_ rows: [RoundoffBound]) throws {
    var random = RandomNumbers(seed: 7), worst = 0.0, failure = ""
    for moving in movingTogether + movingTogether {
      let direction = randomDirection(&random)
      let pushed: [Double]
      do {
        pushed = try graph.scope { () throws -> [Double] in
          let along = moving.map { (nodes[$0], graph.constant(Tensor(shape: nodes[$0].shape, direction[$0]))) }
          return try output.tangent(along: along).value().scalars
        }
      } catch {
        opinions.append(.init(.modes, .disagree, "\(error)"))
        return
      }
      for (row, bound) in rows.enumerated() {
        var sum = 0.0, size = 0.0
        for leaf in moving {
          for (position, slope) in direction[leaf].enumerated() {
            sum += slope * bound.gradients[leaf][position]
            size += (slope * bound.magnitudes[leaf][position]).magnitude
          }
        }
        guard sum.isFinite, pushed[row].isFinite, size > 0 else { continue }
        let ratio = (sum - pushed[row]).magnitude / size
        worst = Swift.max(worst, ratio)
        let allowed = 64 * RoundoffBound.unit * Double(8 + bound.depth)
        if ratio > allowed, failure.isEmpty {
          failure =
            "⟨∇f, v⟩ is \(Tensor.text(sum, significantDigits: 12)) by reverse mode and "
            + "\(Tensor.text(pushed[row], significantDigits: 12)) by forward mode"
        }
      }
    }
    opinions.append(
      failure.isEmpty
        ? .init(
          .modes, .agree,
          "along \(2 * movingTogether.count) random directions the two modes differ by at most \(Tensor.digits(worst)) of their size"
        )
        : .init(.modes, .disagree, failure))
  }
}
