import ChainRuleCore

/// First derivatives: every element moved on its own, or all along random directions.
extension GradientCheck {
  func firstOrder(_ rows: [RoundoffBound], _ mode: CheckMode) throws {
    var unconfirmed: [UnconfirmedDisagreement] = [], open: [(entry: Int, row: Int, line: LineSlopes)] = []
    switch mode {
    case .full:
      let ofMany = noiseOfMany(rows), noises = ofMany ?? rows.map(\.noise)
      let measuresEach = hasOwnPrimitives && ofMany == nil
      for leaf in nodes.indices {
        for position in evaluation.points[leaf].indices {
          guard evaluation.points[leaf][position].isFinite else {
            let reason = "the input is not finite here and cannot move; a finite one would decide"
            entries.append(.init(name: name(leaf, position), note: reason))
            continue
          }
          var line = LineSlopes(
            evaluation, .element(leaf: leaf, position: position), noises: noises,
            targets: rows.map { $0.magnitudes[leaf][position] })
          if measuresEach { line.noises = zip(noises, line.noiseNearby()).map { Swift.max($0, $1) } }
          let name = name(leaf, position)
          for (row, slope) in line.find().enumerated() {
            let side = Derivative(
              autodiff: rows[row].gradients[leaf][position], magnitude: rows[row].magnitudes[leaf][position],
              roundOff: rows[row].roundOff(leaf, position), noise: line.noises[row], value: evaluation.base[row],
              reason: rows[row].reasons[leaf])
            add(side, slope, name, row, line, &unconfirmed)
            if entries[entries.count - 1].verdict != .agree { open.append((entries.count - 1, row, line)) }
          }
        }
      }
    case .directions(let count, let seed): try directions(rows, count, seed, &unconfirmed)
    }
    try settle(unconfirmed)
    findUnboundedSlopes(open)
  }

  private func directions(
    _ rows: [RoundoffBound], _ count: Int, _ seed: UInt64, _ unconfirmed: inout [UnconfirmedDisagreement]
  ) throws {
    var random = RandomNumbers(seed: seed)
    for number in 0..<Swift.max(1, count) {
      let direction = evaluation.randomDirection(&random), name = "direction \(number + 1) of \(count)"
      namedDirections[name] = direction
      func along(_ values: [[Double]]) -> Double {
        zip(values, direction).reduce(0) { (sum: Double, leaf) in
          sum + zip(leaf.0, leaf.1).reduce(0) { (part: Double, pair) in part + pair.0 * pair.1 }
        }
      }
      func sizes(_ values: [[Double]], _ factors: [[Double]]) -> Double {
        zip(values, factors).reduce(0) { (sum: Double, leaf) in
          sum + zip(leaf.0, leaf.1).reduce(0) { (part: Double, pair) in part + (pair.0 * pair.1).magnitude }
        }
      }
      let leafNoise = rows.map { RoundoffBound.unit * sizes($0.gradients, evaluation.points) }
      let noises = zip(rows, leafNoise).map { $0.noise + $1 }
      let targets = rows.map { sizes($0.magnitudes, direction) }
      var line = LineSlopes(evaluation, .direction(direction), noises: noises, targets: targets)
      if hasOwnPrimitives { line.noises = zip(line.noises, line.noiseNearby()).map { Swift.max($0, $1) } }
      for (row, slope) in line.find().enumerated() {
        let size = targets[row]
        let side = Derivative(
          autodiff: along(rows[row].gradients), magnitude: size,
          roundOff: RoundoffBound.unit * Double(8 + rows[row].depth) * size, noise: line.noises[row],
          value: evaluation.base[row], reason: nil)
        add(side, slope, name, row, line, &unconfirmed)
      }
    }
  }

  private func add(
    _ side: Derivative, _ found: Slope, _ name: String, _ row: Int, _ line: LineSlopes,
    _ unconfirmed: inout [UnconfirmedDisagreement]
  ) {
    var pending = UnconfirmedDisagreement(entry: entries.count, row: row, line: line, slope: found, side: side)
    var entry = side.entry(found, name, outputNames[row], resolution: resolution)
    // What looks undecided may be noise that no primitive told, above which larger steps decide.
    if entry.verdict == .inconclusive, found.kink == nil, found.bar.isFinite, !found.isUnresolved,
      pending.measureNoise()
    {
      entry = pending.side.entry(pending.slope, name, outputNames[row], resolution: resolution)
    }
    let slope = pending.slope
    if let kink = slope.kink { entry.kink = described(kink, side.autodiff, line, row, &entry) }
    // A claim outside the slopes of both sides needs no confirmation: both were found on their own.
    if entry.verdict == .disagree, slope.kink == nil {
      unconfirmed.append(pending)
    }
    entries.append(entry)
  }

  /// The kink as data; a convention outside both slopes stays a disagreement.
  func described(
    _ kink: TwoSlopes, _ autodiff: Double, _ line: LineSlopes, _ row: Int, _ entry: inout GradientReport.Entry
  ) -> GradientReport.Kink {
    var (left, right) = (kink.left, kink.right), jumps: [String] = []
    if let jump = line.jump(-1, row) {
      left = 0
      jumps.append("the value jumps by \(Tensor.digits(jump)) to the left")
    }
    if let jump = line.jump(1, row) {
      right = 0
      jumps.append("the value jumps by \(Tensor.digits(jump)) to the right")
    }
    let slack = kink.leftBar.isFinite && kink.rightBar.isFinite ? kink.leftBar + kink.rightBar : .infinity
    let (low, high) = (Swift.min(left, right), Swift.max(left, right))
    let allowed = jumps.isEmpty ? slack + 1e-7 * Swift.max(low.magnitude, high.magnitude) : Double.infinity
    entry.verdict =
      autodiff.isFinite && (autodiff < low - allowed || autodiff > high + allowed) ? .disagree : .inconclusive
    entry.note = jumps.joined(separator: "; ")
    if !jumps.isEmpty { (entry.numeric, entry.error, entry.relativeError) = (.nan, .infinity, .nan) }
    guard let flip = kink.flip else {
      return .unannounced(left: left, right: right, convention: autodiff)
    }
    let node = graph.node(flip.node)
    return .init(
      node: graph.name(of: flip.node)
        + node.shape.subscripts(of: flip.position < node.shape.elementCount ? flip.position : 0),
      primitive: node.primitive?.name ?? "", inputs: node.inputs.map { graph.name(of: $0.id) }.joined(separator: ", "),
      left: left, right: right, convention: autodiff)
  }
}
