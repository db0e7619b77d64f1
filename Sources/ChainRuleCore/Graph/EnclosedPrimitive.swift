/// Refinement: values over whole intervals, so that bounds on an output are proofs.
///
/// Elementwise primitives of the library have it from their descriptor's ``PrimitiveDescriptor/course``; a primitive of
/// one's own may conform.
public protocol EnclosedPrimitive: Primitive {
  /// An interval for every element of the output that holds its value for any inputs out of theirs.
  /// - Throws: when the inputs do not determine the output's structure, such as an index that is not decided.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure
}

/// Refinement: linear in every input that is not an index, with sums of at most `terms` products for an element.
protocol LinearEnclosure: EnclosedPrimitive {
  /// How many products are added up for one element of the output.
  func terms(of inputs: [Shape]) -> Int
  /// Which inputs are indices, and pass as they are.
  var indexInputs: Set<Int> { get }
}

extension LinearEnclosure {
  var indexInputs: Set<Int> { [] }

  /// Middle ± radius (Rump): the map of the middles, and of the magnitudes for the radius, which takes in the rounding
  /// of both by γₙ = n·u/(1 − n·u).
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let shapes = inputs.map(\.shape)
    let (output, least) = (try shape(of: shapes), inputs.map(\.regularity).min() ?? .smooth)
    guard inputs.allSatisfy({ $0.intervals.allSatisfy { $0.lower.isFinite && $0.upper.isFinite } }) else {
      return Enclosure(shape: output, Array(repeating: .everything, count: output.elementCount))
    }
    var middles: [Tensor] = [], radii: [Tensor] = [], magnitudes: [Tensor] = [], sums: [Tensor] = []
    for (position, input) in inputs.enumerated() {
      let isIndex = indexInputs.contains(position)
      let middle = isIndex ? try input.indices(in: name) : input.map(\.middle)
      middles.append(middle)
      magnitudes.append(isIndex ? middle : input.map(\.middle.magnitude))
      radii.append(isIndex ? middle : input.map(\.radius))
      sums.append(isIndex ? middle : input.map { ($0.middle.magnitude + $0.radius).nextUp })
    }
    let rounding = Double(terms(of: shapes) + 4) * Double.ulpOfOne
    var radius = try forward(magnitudes).scalars.map { rounding * $0 }
    for moved in inputs.indices where !indexInputs.contains(moved) {  // r₀·|m₁| + (|m₀| + r₀)·r₁
      let operands = inputs.indices.map { $0 == moved ? radii[$0] : $0 < moved ? sums[$0] : magnitudes[$0] }
      for (position, value) in try forward(operands).scalars.enumerated() {
        radius[position] += (1 + 2 * rounding) * value
      }
    }
    let intervals = zip(try forward(middles).scalars, radius).map { middle, radius in
      let radius = radius * (1 + 4 * Double.ulpOfOne) + .leastNonzeroMagnitude
      return Interval(Interval.sum(middle, -radius, .down), Interval.sum(middle, radius, .up), least)
    }
    return Enclosure(shape: output, intervals)
  }
}

extension Interval {
  fileprivate var middle: Double { lower + (upper - lower) / 2 }
  /// Around the middle, rounded up.
  fileprivate var radius: Double {
    Swift.max(Interval.sum(upper, -middle, .up), Interval.sum(middle, -lower, .up))
  }
}

extension Enclosure {
  /// A tensor with a number for every element.
  func map(_ number: (Interval) -> Double) -> Tensor { Tensor(shape: shape, intervals.map(number)) }

  /// The whole numbers of an index input, which must be decided.
  /// - Throws: when an element is not one number.
  package func indices(in name: String) throws -> Tensor {
    guard intervals.allSatisfy(\.isPoint) else { throw Enclosure.undecided(in: name) }
    return lower.converted(to: .int32)
  }

  package static func undecided(in name: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: name, required: "positions that are the same over the whole box", got: "positions that vary",
      hint: "Make the box smaller, so that one element is the largest throughout it.")
  }
}

extension Primitive {
  /// The values over intervals of a primitive that moves elements and never computes with them; or that never falls in
  /// any of its inputs, and rounds nothing.
  package func enclosureOfEnds(_ inputs: [Enclosure], indices: [Bool]) throws -> Enclosure {
    func run(_ part: (Enclosure) -> Tensor) throws -> Tensor {
      try forward(
        try Swift.zip(inputs, indices).map { $1 ? try $0.indices(in: name) : part($0) })
    }
    let least = try run { $0.map { Double($0.regularity.rawValue) } }.scalars
    return Enclosure(lower: try run(\.lower), upper: try run(\.upper)) {
      Interval.Regularity(rawValue: Int(least[$0])) ?? .unknown
    }
  }
}
