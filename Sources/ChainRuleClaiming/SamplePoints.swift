import ChainRuleCore

/// Values for every leaf of a claimed graph.
struct SamplePoint {
  /// The elements of each leaf, in the leaves' order.
  var values: [[Double]]
  /// Whether somebody asked about it.
  var isGiven = false
  /// Whether some number of it was chosen for its own sake: 0, 1, a threshold. What happens at such a point alone may
  /// happen nowhere else.
  var isSpecial = false

  /// Whether no double can overflow for the sake of the notation alone.
  var isModerate: Bool { values.allSatisfy { $0.allSatisfy { $0.magnitude <= 30 } } }
}

/// Where claims are tried: at ordinary numbers, small and large ones, at the edges of usual domains, at every number
/// that one of the formulas names and beside it. All decimals are short, so that a point can be printed and typed in.
struct SamplePoints {
  private let shapes: [Shape]
  private var random: RandomNumbers

  init(_ leaves: [ClaimedGraph.Leaf], seed: UInt64 = 20_261_127) {
    shapes = leaves.map(\.node.shape)
    random = RandomNumbers(seed: seed)
  }

  /// - Parameter thresholds: numbers that the formulas name.
  mutating func all(given: [[Double]]?, thresholds: [Double]) -> [SamplePoint] {
    var points: [SamplePoint] = given.map { [SamplePoint(values: $0, isGiven: true)] } ?? []
    points += plain()
    points += ordinary(24, -2...2) + ordinary(12, 0.05...0.95) + ordinary(12, 0.1...5) + ordinary(6, -10...10)
    points += (0..<16).map { _ in mixed() }
    for sign in [0, 1] { points += (0..<6).map { _ in spread(isPositive: sign == 1) } }
    points += edges(10)
    for leaf in shapes.indices {
      for size in [20.0, 100, 750, 1e4, 1e6, 1e9] {
        for sign in [1.0, -1] { points.append(moved(leaf) { _ in sign * size }) }
      }
      for size in [1e-3, 1e-8] { for sign in [1.0, -1] { points.append(moved(leaf) { _ in sign * size }) } }
    }
    points += self.thresholds(thresholds)
    if shapes.contains(where: { $0.rank == 1 && $0.elementCount > 1 }) { points += distributions(8) }
    return points
  }

  /// Points at which a domain that is hard to find may be: near given values, near one another, near 0.
  mutating func searching(near given: [[Double]]?) -> [SamplePoint] {
    let centre = given ?? shapes.map { [Double](repeating: 0.5, count: $0.elementCount) }
    return [0.02, 0.1, 0.3, 1].flatMap { size in
      (0..<12).map { _ in
        SamplePoint(
          values: centre.map { $0.map { Self.short($0 + size * Double.random(in: -1...1, using: &random)) } })
      }
    } + ordinary(24, 1.1...4) + ordinary(24, -0.9...0.9)
  }

  /// A point like others with one leaf that `values` makes.
  mutating func replacing(_ leaf: Int, _ values: (inout RandomNumbers) -> [Double]) -> SamplePoint {
    var point = Bool.random(using: &random) ? mixed() : ordinary(1, 0.1...2)[0]
    point.values[leaf] = values(&random)
    return point
  }

  /// Ordinary points, to try a part of the domain with that others suggested. Each leaf has a range of its own, so that
  /// what holds for the sign of one is not owed to the signs of the others.
  mutating func fresh() -> [SamplePoint] {
    (0..<120).map { _ in mixed() } + (0..<20).map { spread(isPositive: $0 % 2 == 0) }
  }

  /// A point whose leaves lie in different ranges.
  private mutating func mixed() -> SamplePoint {
    SamplePoint(
      values: shapes.map { shape in
        let range = [-2.0...2, 0.05...3, -3 ... -0.05, -30...30, 0.05...0.95].randomElement(using: &random) ?? -2...2
        return (0..<shape.elementCount).map { _ in Double.random(in: range, using: &random) }
      })
  }

  // MARK: Kinds

  /// The numbers that somebody would try by hand.
  private mutating func plain() -> [SamplePoint] {
    [[1.0, 2, 3, 0.5, 1.5], [-1.0, 0.5, 2, -2, 1.5], [2.0, -1, 0.5, 3], [0.5, 0.25, 0.75, 2], [-2.0, 1, -0.5, 3]].map {
      numbers in
      var next = 0
      return SamplePoint(
        values: shapes.map { shape in
          (0..<shape.elementCount).map { place in
            defer { next += 1 }
            return numbers[next % numbers.count] + 0.5 * Double(next / numbers.count)
          }
        })
    }
  }

  private mutating func ordinary(_ count: Int, _ range: ClosedRange<Double>) -> [SamplePoint] {
    (0..<count).map { _ in
      SamplePoint(
        values: shapes.map { shape in
          (0..<shape.elementCount).map { _ in Double.random(in: range, using: &random) }
        })
    }
  }

  /// Numbers of very different sizes.
  private mutating func spread(isPositive: Bool) -> SamplePoint {
    SamplePoint(
      values: shapes.map { shape in
        (0..<shape.elementCount).map { _ in
          let exponent = Int.random(in: -6...2, using: &random)
          let number = Double.random(in: 1...9, using: &random) * Self.ten(exponent)
          return isPositive || Bool.random(using: &random) ? number : -number
        }
      })
  }

  private mutating func edges(_ count: Int) -> [SamplePoint] {
    (0..<count).map { _ in
      SamplePoint(
        values: shapes.map { shape in
          (0..<shape.elementCount).map { _ in [0, 1, -1, 0.5].randomElement(using: &random) ?? 0 }
        }, isSpecial: true)
    }
  }

  private mutating func moved(_ leaf: Int, _ value: (Int) -> Double) -> SamplePoint {
    // Elements that are all alike make a matrix symmetric, and a vector's order meaningless.
    let isRound = Bool.random(using: &random)
    return replacing(leaf) { [shapes] random in
      (0..<shapes[leaf].elementCount).map { place in
        value(place) * (place == 0 && isRound ? 1 : Double.random(in: 0.3...1.7, using: &random))
      }
    }
  }

  private mutating func thresholds(_ numbers: [Double]) -> [SamplePoint] {
    var points: [SamplePoint] = []
    let between = zip(numbers.sorted(), numbers.sorted().dropFirst()).map { ($0 + $1) / 2 }
    for number in numbers.prefix(32) + between.prefix(32) {
      for leaf in shapes.indices {
        for offset in [0, 0.5, -0.5, 1e-3, -1e-3] {
          var point = replacing(leaf) { [shapes] _ in
            (0..<shapes[leaf].elementCount).map { Double($0) + number + offset * Swift.max(1, number.magnitude) }
          }
          point.isSpecial = offset == 0
          points.append(point)
        }
      }
    }
    return points
  }

  /// Vectors that are probabilities, or one-hot.
  private mutating func distributions(_ count: Int) -> [SamplePoint] {
    (0..<count).map { number in
      var point = ordinary(1, -2...2)[0]
      for leaf in shapes.indices where shapes[leaf].rank == 1 {
        point.values[leaf] = Self.distribution(shapes[leaf].elementCount, isOneHot: number % 2 == 0, &random)
      }
      return point
    }
  }

  static func distribution(_ count: Int, isOneHot: Bool, _ random: inout RandomNumbers) -> [Double] {
    if isOneHot {
      let place = Int.random(in: 0..<count, using: &random)
      return (0..<count).map { $0 == place ? 1 : 0 }
    }
    // Whole parts of a power of two add up to exactly 1.
    var whole = 1024
    while whole < 2 * count { whole *= 2 }
    var parts = (0..<count).map { _ in Double(Int.random(in: 1...((whole - 24) / count), using: &random)) }
    parts[0] += Double(whole) - parts.reduce(0, +)
    return parts.map { $0 / Double(whole) }
  }

  private static func short(_ number: Double) -> Double { (number * 100).rounded() / 100 }
  private static func ten(_ exponent: Int) -> Double {
    exponent < 0 ? 1 / ten(-exponent) : (0..<exponent).reduce(1) { a, _ in a * 10 }
  }
}
