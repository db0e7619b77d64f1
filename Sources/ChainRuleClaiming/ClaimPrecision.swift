import ChainRuleCore

/// Both sides in twice the precision, decimals taken as they are written: what intervals of doubles leave open, and
/// differences that are smaller than the rounding of doubles.
extension ClaimedGraph {
  /// What two values in twice the precision leave open, where they agree to eleven digits.
  func agreesPrecisely(_ truth: Node, _ claim: Node, at point: SamplePoint) -> Double? {
    guard let t = precise(truth, at: point), let c = precise(claim, at: point), t.values.count == c.values.count else {
      return nil
    }
    let least = t.isExact && c.isExact && !point.isSpecial ? 1e-17 : ClaimTrial.resolution
    var bar = 0.0
    for (a, b) in zip(t.values, c.values) {
      let size = Swift.max(a.high.magnitude, b.high.magnitude), distance = (a + -b).high.magnitude
      guard size.isFinite, distance <= least * size || size == 0 else { return nil }
      if size > 0 { bar = Swift.max(bar, distance / size) }
    }
    return Swift.max(bar, 1e-15)
  }

  /// The largest difference beside its size, in twice the precision, of elements whose rounding `widths` bound; `nil`
  /// where there is none, or where the formulas hold numbers that are no decimals: those are known to a double's digits.
  func differsPrecisely(
    _ truth: Node, _ claim: Node, at point: SamplePoint, widths: [Double?]
  ) -> (element: Int, relative: Double)? {
    guard !point.isSpecial, let t = precise(truth, at: point), let c = precise(claim, at: point), t.isExact, c.isExact,
      t.values.count == widths.count, c.values.count == widths.count
    else { return nil }
    var worst: (element: Int, relative: Double)?
    for (element, (a, b)) in zip(t.values, c.values).enumerated() {
      guard let width = widths[element] else { continue }
      let size = Swift.max(a.high.magnitude, b.high.magnitude), distance = (a + -b).high.magnitude
      // As much as rounding is magnified in doubles, it is here.
      if distance > Swift.max(1e-22, 1e-10 * width) * size, distance / size > worst?.relative ?? 0 {
        worst = (element, distance / size)
      }
    }
    return worst
  }

  /// The elements of a node in twice the precision, and whether nothing in them is known to a double's digits only;
  /// `nil` where a primitive has no such form.
  private func precise(_ node: Node, at point: SamplePoint) -> (values: [DoubleDouble], isExact: Bool)? {
    guard let id = try? graph.resolve(node), let found = precise(upTo: id, at: point), let values = found.values[id]
    else { return nil }
    return (values, found.isExact)
  }

  func precise(upTo id: Int32, at point: SamplePoint) -> (values: [Int32: [DoubleDouble]], isExact: Bool)? {
    var values: [Int32: [DoubleDouble]] = [:], isExact = true
    for (leaf, numbers) in zip(leaves, point.values) { values[leaf.node.id] = numbers.map { DoubleDouble($0) } }
    let isNeeded = graph.ancestors(of: [id])
    for place in 0...id where isNeeded[Int(place)] && values[place] == nil {
      if graph.isOperation(place) {
        let inputs = graph.inputs(of: place).compactMap { values[$0] }
        guard let value = try? graph.precise(place, from: inputs) else { return nil }
        values[place] = value
      } else {
        try? graph.evaluate(place)
        values[place] = graph.tensor(of: place).scalars.map { number in
          let decimal = DoubleDouble(decimal: number)
          if decimal == nil { isExact = false }
          return decimal ?? DoubleDouble(number)
        }
      }
      // Beyond these sizes the second half of a number is lost.
      if values[place]?.allSatisfy({ $0.high == 0 || (1e-200...1e200).contains($0.high.magnitude) }) == false {
        isExact = false
      }
    }
    return (values, isExact)
  }
}

extension DoubleDouble {
  /// The decimal that a double was written as, 0.1 a tenth, and π and e themselves; `nil` where it has more than 15 digits.
  fileprivate init?(decimal number: Double) {
    if number.magnitude == Double.pi {
      self = number < 0 ? -DoubleDouble.pi : .pi
      return
    }
    let parts = number.magnitude.description.split(separator: "e")
    guard number.isFinite, let mantissa = parts.first, let shift = parts.count > 1 ? Int(parts[1]) : 0 else {
      return nil
    }
    let sides = mantissa.split(separator: "."), fraction = sides.count > 1 && sides[1] != "0" ? sides[1] : ""
    guard let digits = Double(sides[0] + fraction), digits < 1e15 else { return nil }
    let exponent = shift - fraction.count
    guard exponent.magnitude <= 40 else { return nil }
    let power = DoubleDouble(10).raised(to: DoubleDouble(Double(exponent.magnitude)))
    let size = exponent < 0 ? DoubleDouble(digits) / power : DoubleDouble(digits) * power
    self = number < 0 ? -size : size
  }
}
