import ChainRuleCore

/// First derivatives: every element moved on its own, or all along random directions.
extension GradientCheck {
  func firstOrder(_ rows: [RoundoffBound], _ mode: CheckMode) throws {
    var unconfirmed: [UnconfirmedDisagreement] = []
    switch mode {
    case .full:
      for leaf in nodes.indices {
        for position in evaluation.points[leaf].indices {
          let line = LineSlopes(
            evaluation: evaluation, line: .element(leaf: leaf, position: position), noises: rows.map(\.noise),
            targets: rows.map { $0.magnitudes[leaf][position] })
          for (row, slope) in line.find().enumerated() {
            let side = Derivative(
              autodiff: rows[row].gradients[leaf][position], magnitude: rows[row].magnitudes[leaf][position],
              roundOff: rows[row].roundOff(leaf, position), noise: rows[row].noise, value: evaluation.base[row],
              reason: rows[row].reasons[leaf])
            add(side, slope, name(leaf, position), row, line, &unconfirmed)
          }
        }
      }
    case .directions(let count, let seed): try directions(rows, count, seed, &unconfirmed)
    }
    try settle(unconfirmed)
  }

  private func directions(
    _ rows: [RoundoffBound], _ count: Int, _ seed: UInt64, _ unconfirmed: inout [UnconfirmedDisagreement]
  ) throws {
    var random = RandomNumbers(seed: seed)
    for number in 0..<Swift.max(1, count) {
      let direction = randomDirection(&random)
      func along(_ values: [[Double]]) -> Double {
        zip(values, direction).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + $1.0 * $1.1 } }
      }
      func sizes(_ values: [[Double]]) -> Double {
        zip(values, direction).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + ($1.0 * $1.1).magnitude } }
      }
      let leafNoise = rows.map { row in
        RoundoffBound.unit
          * zip(row.gradients, evaluation.points).reduce(0) {
            $0 + zip($1.0, $1.1).reduce(0) { $0 + ($1.0 * $1.1).magnitude }
          }
      }
      let noises = zip(rows, leafNoise).map { $0.noise + $1 }
      let line = LineSlopes(
        evaluation: evaluation, line: .direction(direction), noises: noises, targets: rows.map { sizes($0.magnitudes) })
      for (row, slope) in line.find().enumerated() {
        let size = sizes(rows[row].magnitudes)
        let side = Derivative(
          autodiff: along(rows[row].gradients), magnitude: size,
          roundOff: RoundoffBound.unit * Double(8 + rows[row].depth) * size, noise: noises[row],
          value: evaluation.base[row], reason: nil)
        add(side, slope, "direction \(number + 1) of \(count)", row, line, &unconfirmed)
      }
    }
  }

  /// Every element moves by between half and one and a half of its own size, up or down.
  func randomDirection(_ random: inout RandomNumbers) -> [[Double]] {
    evaluation.points.map { point in
      let typical = point.map(\.magnitude).max() ?? 0
      return point.map { x in
        let size = x != 0 ? x.magnitude : typical > 0 ? typical : 1
        return (random.next() & 1 == 0 ? 1 : -1) * (0.5 + random.uniform()) * size
      }
    }
  }

  private func add(
    _ side: Derivative, _ slope: Slope, _ name: String, _ row: Int, _ line: LineSlopes,
    _ unconfirmed: inout [UnconfirmedDisagreement]
  ) {
    var entry = side.entry(slope, name, outputName(row), resolution: resolution)
    if let kink = slope.kink { entry.kink = described(kink, side.autodiff, line, row, &entry) }
    if entry.verdict == .disagree {
      unconfirmed.append(UnconfirmedDisagreement(entry: entries.count, row: row, line: line, slope: slope, side: side))
    }
    entries.append(entry)
  }

  /// The kink as data; a convention outside both slopes stays a disagreement.
  private func described(
    _ kink: (left: Double, right: Double, leftBar: Double, rightBar: Double, flip: PerturbedEvaluation.Flip?),
    _ autodiff: Double,
    _ line: LineSlopes, _ row: Int, _ entry: inout GradientReport.Entry
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
      return .init(node: "", primitive: "", inputs: "", left: left, right: right, convention: autodiff)
    }
    let node = graph.node(flip.node)
    return .init(
      node: graph.name(of: flip.node)
        + node.shape.subscripts(of: flip.position < node.shape.elementCount ? flip.position : 0),
      primitive: node.primitive?.name ?? "", inputs: node.inputs.map { graph.name(of: $0.id) }.joined(separator: ", "),
      left: left, right: right, convention: autodiff)
  }
}

/// A derivative from autodiff with what is known about its rounding.
struct Derivative {
  var autodiff: Double
  /// The size it would have without cancellation.
  var magnitude: Double
  var roundOff: Double
  /// The output's noise and value, for the condition number.
  var noise: Double, value: Double
  var reason: String?

  /// Holds both sides against each other. A disagreement is a suspicion until `settle` has confirmed it.
  func entry(_ slope: Slope, _ name: String, _ output: String, order: Int = 1, resolution: Double)
    -> GradientReport.Entry
  {
    var entry = GradientReport.Entry(name: name, output: output, order: order, note: slope.note)
    (entry.autodiff, entry.numeric, entry.error) = (autodiff, slope.value, slope.bar)
    (entry.step, entry.stencil) = (slope.step, slope.stencil)
    let difference = (autodiff - slope.value).magnitude
    let larger = Swift.max(autodiff.magnitude, slope.value.magnitude)
    entry.relativeError = autodiff == slope.value ? 0 : difference / larger
    entry.condition = noise / Swift.max(RoundoffBound.rounding(of: value), RoundoffBound.tiny)
    if let reason, entry.note.isEmpty { entry.note = "no gradient: \(reason)" }
    entry.verdict = verdict(slope, difference, resolution)
    if entry.verdict == .inconclusive, slope.kink == nil {
      entry.note = explanation(slope, entry.condition, entry.note)
    }
    return entry
  }

  private func verdict(_ slope: Slope, _ difference: Double, _ resolution: Double) -> GradientReport.Verdict {
    if slope.kink != nil || !slope.value.isFinite || !slope.bar.isFinite { return .inconclusive }
    if !autodiff.isFinite {
      return slope.bar <= 1e-3 * slope.value.magnitude || slope.isFlat ? .disagree : .inconclusive
    }
    if difference > slope.bar + roundOff { return .disagree }
    if autodiff == 0, slope.value == 0, slope.isFlat { return .agree }
    return slope.bar + roundOff <= resolution * Swift.max(magnitude, autodiff.magnitude) ? .agree : .inconclusive
  }

  private func explanation(_ slope: Slope, _ condition: Double, _ note: String) -> String {
    var parts = note.isEmpty ? [] : [note]
    if !autodiff.isFinite {
      parts.append(
        slope.value.isFinite && slope.bar.isFinite
          ? "autodiff is not finite, and the differences do not settle on a slope"
          : "autodiff is not finite, and no finite slope was found")
    } else if !slope.value.isFinite || !slope.bar.isFinite {
      parts.append("no step gave finite differences on one branch (condition number \(Tensor.digits(condition)))")
    } else if slope.noise >= slope.truncation {
      parts.append(
        "rounding moves the output by \(Tensor.digits(noise)) (condition number \(Tensor.digits(condition))), so slopes below \(Tensor.digits(slope.bar)) cannot be told apart"
      )
    } else {
      parts.append("the differences do not settle as the step shrinks")
    }
    return parts.joined(separator: "; ")
  }
}
