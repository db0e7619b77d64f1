/// Opinions that do not rest on differences: determinism, and forward against reverse mode.
extension Graph {
  /// The first node below (and with) `output` whose primitive gives another value each time; `nil` if there is none.
  func firstRandomNode(below output: Int32) -> String? {
    var isNeeded = [Bool](repeating: false, count: Int(output) + 1)
    isNeeded[Int(output)] = true
    for id in stride(from: output, through: 0, by: -1) where isNeeded[Int(id)] {
      for input in inputs(of: id) { isNeeded[Int(input)] = true }
    }
    for id in 0...output where isNeeded[Int(id)] && records[Int(id)].kind == .operation {
      if records[Int(id)].primitive < UInt32(Opcode.tableSize) { continue }  // the kernels have no state
      let values = inputs(of: id).map { tensor(of: $0) }, primitive = primitive(of: id)
      guard let one = try? primitive.forward(values), let other = try? primitive.forward(values) else { continue }
      let differs = zip(one.scalars, other.scalars).contains { $0.0.bitPattern != $0.1.bitPattern }
      if differs || one.shape != other.shape { return name(of: id) + " (\(primitive.name))" }
    }
    return nil
  }
}

extension GradientCheck {
  /// Forward mode along random directions against the rows that reverse mode gave.
  func compareModes(_ rows: [Conditioning]) throws {
    var random = RandomNumbers(seed: 7), worst = 0.0, failure = ""
    for _ in 0..<2 {
      let direction = randomDirection(&random)
      let pushed: [Double]
      do {
        pushed = try graph.scope { () throws -> [Double] in
          let along = zip(nodes, direction).map { ($0, graph.constant(Tensor(shape: $0.shape, $1))) }
          return try output.tangent(along: along).value().scalars
        }
      } catch {
        opinions.append(.init(name: "forward against reverse", verdict: .disagree, detail: "\(error)"))
        return
      }
      for (row, conditioning) in rows.enumerated() {
        var sum = 0.0, size = 0.0
        for leaf in nodes.indices {
          for (position, slope) in direction[leaf].enumerated() {
            sum += slope * conditioning.gradients[leaf][position]
            size += (slope * conditioning.magnitudes[leaf][position]).magnitude
          }
        }
        guard sum.isFinite, pushed[row].isFinite, size > 0 else { continue }
        let ratio = (sum - pushed[row]).magnitude / size
        worst = Swift.max(worst, ratio)
        let allowed = 64 * Conditioning.unit * Double(8 + conditioning.depth)
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
          name: "forward against reverse", verdict: .agree,
          detail: "along 2 random directions the two modes differ by at most \(Tensor.digits(worst)) of their size")
        : .init(name: "forward against reverse", verdict: .disagree, detail: failure))
  }
}
