import ChainRuleCore

/// One node as a function of the checked leaves, in twice the precision: 32 digits, so that differences over steps of a
/// hundred-millionth of the input still carry a double's digits, and nothing that is wider can deceive them.
///
/// `nil` where some primitive below has no such form: one of the user's own stays in double.
final class PreciseEvaluation {
  private let graph: Graph
  private let leaves: [Int32]
  /// What is computed for every sample with its inputs, inputs first, and what is not moved by the leaves.
  private let moving: [(id: Int32, inputs: [Int32])]
  private let fixed: [Int32: [DoubleDouble]]
  private let output: Int32
  /// The elements computed for one sample, those inside of sums counted.
  let cost: Int
  /// A graph with more of them is left to doubles.
  private static let mostWork = 100_000

  init?(_ graph: Graph, output: Int32, leaves: [Int32]) throws {
    (self.graph, self.output, self.leaves) = (graph, output, leaves)
    guard leaves.allSatisfy({ !graph.isOperation($0) }) else { return nil }
    let isNeeded = graph.ancestors(of: [output])
    let needed = (0...output).filter { isNeeded[Int($0)] }
    guard needed.reduce(0, { Extents.sum($0, graph.preciseWork(of: $1)) }) <= Self.mostWork else { return nil }
    var isMoved: Set<Int32> = [], moving: [(id: Int32, inputs: [Int32])] = [], cost = 0
    var fixed: [Int32: [DoubleDouble]] = [:]
    for id in needed {
      if leaves.contains(id) {
        isMoved.insert(id)
      } else if !graph.isOperation(id) {
        try graph.evaluate(id)
        fixed[id] = graph.tensor(of: id).scalars.map { DoubleDouble($0) }
      } else if graph.inputs(of: id).contains(where: { isMoved.contains($0) }) {
        guard try !Self.isFineStaircase(id, in: graph) else { return nil }
        isMoved.insert(id)
        moving.append((id, graph.inputs(of: id)))
        cost += graph.preciseWork(of: id)
      } else {
        guard let value = try graph.precise(id, from: graph.inputs(of: id).compactMap({ fixed[$0] })) else {
          return nil
        }
        fixed[id] = value
      }
    }
    (self.moving, self.cost, self.fixed) = (moving, cost, fixed)
  }

  /// Whether steps of 2⁻²⁶ of the input may be wider than the stairs of a rounding function: then it looks like a ramp.
  private static func isFineStaircase(_ id: Int32, in graph: Graph) throws -> Bool {
    guard case .rising(hasJumps: true)? = graph.primitive(of: id).descriptor.course else { return false }
    let input = graph.input(0, of: id)
    try graph.evaluate(input)
    return graph.tensor(of: input).scalars.contains { $0.magnitude >= 0x1p20 }
  }

  /// The node's elements where the leaves hold these; `nil` where a primitive has no precise form.
  func sample(_ points: [[DoubleDouble]]) throws -> [DoubleDouble]? {
    var values = fixed
    for (leaf, point) in zip(leaves, points) { values[leaf] = point }
    for (id, inputs) in moving {
      guard let value = try graph.precise(id, from: inputs.compactMap({ values[$0] })) else { return nil }
      values[id] = value
    }
    return values[output]
  }

  /// What was sampled: the rows of a Jacobian, and pairs of one Hessian, ask for many points again.
  private var known: [[Double]: [DoubleDouble]?] = [:]
  private static let mostKnown = 4_096

  /// The same where some elements of a point are moved.
  func sample(_ point: [[DoubleDouble]], moves: [(element: Element, offset: Double)]) throws -> [DoubleDouble]? {
    let key = moves.flatMap { [Double($0.element.leaf), Double($0.element.position), $0.offset] }
    if let found = known[key] { return found }
    var moved = point
    for (element, offset) in moves {
      moved[element.leaf][element.position] = moved[element.leaf][element.position] + DoubleDouble(offset)
    }
    let values = try sample(moved)
    if known.count >= Self.mostKnown { known = [:] }
    known[key] = .some(values)
    return values
  }
}

/// A derivative by differences in twice the precision.
struct PreciseSlope {
  let value: DoubleDouble, bar: Double

  /// The derivative along the given elements (the same one twice for a second derivative), of one element of the output.
  ///
  /// Steps shrink from about 2⁻²⁶ of the input (2⁻¹⁶ at order 3) until two of them, a factor of 7 apart, agree to nine
  /// digits; the bar is their difference and the rounding. Where none do, and the input is small, from 2⁻¹³ of 1: the
  /// curvature of x + x² at 1e-20 shows over no step of the input's size. `nil` at a kink, a jump, an edge of the domain.
  /// Of the output's `noise` in doubles, 2⁻⁵⁰ is left here: ln(1 + x²) has the rounding of 1, however small it is.
  static func find(
    _ f: PreciseEvaluation, _ point: [[Double]], along elements: [Element], of row: Int, noise: Double
  ) throws -> PreciseSlope? {
    let own = elements.map { element in
      let x = point[element.leaf][element.position].magnitude
      return x == 0 ? 1 : Double(sign: .plus, exponent: x.exponent, significand: 1)
    }
    let base = point.map { $0.map { DoubleDouble($0) } }, atLeastOne = own.map { Swift.max($0, 1) }
    let samples = Samples(f: f, base: base, elements: elements, sizes: own, row: row, noise: 0x1p-50 * noise)
    if let found = try samples.slope(from: elements.count < 3 ? -26 : -16) { return found }
    if own == atLeastOne { return nil }
    return try Samples(f: f, base: base, elements: elements, sizes: atLeastOne, row: row, noise: 0x1p-50 * noise)
      .slope(from: -13)
  }
}

/// The function around a point, its elements moved by parts of their sizes.
private struct Samples {
  let f: PreciseEvaluation, base: [[DoubleDouble]]
  let elements: [Element], sizes: [Double]
  let row: Int
  /// A bound for what rounding inside the function does to its value.
  let noise: Double

  func value(_ signs: [Int], _ step: Double) throws -> DoubleDouble? {
    var moves: [(element: Element, offset: Double)] = []
    for (sign, (element, size)) in zip(signs, zip(elements, sizes)) where sign != 0 {
      let offset = Double(sign) * step * size
      if let place = moves.firstIndex(where: { $0.element == element }) {
        moves[place].offset += offset
      } else {
        moves.append((element, offset))
      }
    }
    return try f.sample(base, moves: moves.filter { $0.offset != 0 })?[row]
  }

  func slope(from first: Int) throws -> PreciseSlope? {
    for exponent in stride(from: first, through: -80, by: -9) {
      // No period fits two steps that share no measure with the input or with each other.
      let step = Double(sign: .plus, exponent: exponent, significand: 1.6829419696157930).short
      let near = (0.135790411 * step).short
      guard let wide = try difference(step), let narrow = try difference(near) else { return nil }
      guard wide.value.isFinite, narrow.value.isFinite else { continue }
      // An output that does not move proves nothing: its slope may be too small to be seen, by smaller steps yet less.
      if wide.value.high.magnitude <= wide.rounding, narrow.value.high.magnitude <= narrow.rounding { return nil }
      let bar = (wide.value - narrow.value).magnitude.high + narrow.rounding
      guard wide.value.high != 0, bar <= 1e-9 * Swift.max(wide.value.high.magnitude, narrow.value.high.magnitude),
        try isSmooth(near)
      else { continue }
      return PreciseSlope(value: narrow.value, bar: bar)
    }
    return nil
  }

  /// The central difference of as many orders as there are elements, each of which moves up and down.
  private func difference(_ step: Double) throws -> (value: DoubleDouble, rounding: Double)? {
    var sum: DoubleDouble = 0, largest = 0.0
    for corner in 0..<(1 << elements.count) {
      let signs = elements.indices.map { corner >> $0 & 1 == 0 ? 1 : -1 }
      guard let value = try value(signs, step) else { return nil }
      sum = sum + (signs.reduce(1, *) > 0 ? value : -value)
      largest = Swift.max(largest, value.high.magnitude)
    }
    // Values so small have lost digits to the type's smallest exponent; 0 everywhere says nothing that doubles do not.
    guard largest == 0 || largest > 1e-250 else { return nil }
    let divisor = sizes.reduce(1) { $0 * (2 * step * $1) }
    return (sum / DoubleDouble(divisor), Swift.max(0x1p-92 * largest, noise) / divisor)
  }

  /// Whether the derivatives from the left and from the right are one: of the order that is asked for along a single
  /// element, of order 1 along each of several.
  private func isSmooth(_ step: Double) throws -> Bool {
    let isSingle = elements.allSatisfy { $0 == elements[0] }
    for moved in elements.indices.prefix(isSingle ? 1 : elements.count) {
      /// The difference of n + 1 points on one side, in the direction of growing x.
      func oneSided(_ side: Int, _ step: Double) throws -> Double? {
        let order = isSingle ? elements.count : 1
        var sum: DoubleDouble = 0, binomial = 1.0
        for k in 0...order {
          let place = elements.indices.map { $0 == moved ? side * k : 0 }
          guard let value = try value(place, step) else { return nil }
          sum = sum + DoubleDouble((order - k) % 2 == 0 ? binomial : -binomial) * value
          binomial *= Double(order - k) / Double(k + 1)
        }
        return side < 0 && order % 2 == 1 ? -sum.high : sum.high
      }
      guard let right = try oneSided(1, step), let left = try oneSided(-1, step),
        let here = try value(elements.map { _ in 0 }, step), right.isFinite, left.isFinite
      else { return false }
      let gap = (right - left).magnitude
      if gap <= 1e-4 * Swift.max(right.magnitude, left.magnitude) + 0x1p-88 * here.high.magnitude { continue }
      // A derivative of 0 bends, too: that of x² at 0. Half the step shrinks such gaps once more than those of a kink.
      guard let nearRight = try oneSided(1, step / 2), let nearLeft = try oneSided(-1, step / 2) else { return false }
      let order = isSingle ? elements.count : 1
      if (nearRight - nearLeft).magnitude > 0.7 * gap * Double(sign: .plus, exponent: -order, significand: 1) {
        return false
      }
    }
    return true
  }
}

extension Double {
  /// The number with 40 digits after the first, so that small multiples of it are exact: a step of 3h that is rounded
  /// would spoil a third difference.
  fileprivate var short: Double {
    let unit = Double(sign: .plus, exponent: exponent - 40, significand: 1)
    return (self / unit).rounded() * unit
  }
}
