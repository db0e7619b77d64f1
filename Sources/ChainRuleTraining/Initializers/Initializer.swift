import ChainRuleCore

/// How a parameter starts: a named rule from a shape, the numbers of inputs and outputs of one unit ("fans") and a
/// seed to a tensor. Equal seeds give equal tensors on every platform.
public struct Initializer: Sendable {
  /// What messages call the rule.
  public let name: String
  private let make: @Sendable (Request, inout RandomNumbers) -> [Double]

  /// What is asked of an initializer.
  public struct Request: Sendable {
    /// The shape of the parameter.
    public let shape: Shape
    /// How many numbers one output is a sum of, and how many outputs one input reaches.
    public let fanIn: Int, fanOut: Int
    /// How many numbers are asked for.
    public var count: Int { shape.elementCount }
  }

  /// A rule of one's own: `shape.elementCount` numbers, row-major.
  public init(_ name: String, _ make: @escaping @Sendable (Request, inout RandomNumbers) -> [Double]) {
    (self.name, self.make) = (name, make)
  }

  /// A tensor for a parameter; it carries the mistake of a shape with a length below 1, or too large for memory.
  public func callAsFunction(_ shape: Shape, fanIn: Int, fanOut: Int, seed: UInt64) -> Tensor {
    guard shape.dimensions.allSatisfy({ $0 > 0 }) else {
      return Tensor(
        error: ChainRuleError(.shape, in: "initializer \(name)", required: "lengths of at least 1", got: "\(shape)"))
    }
    // The numbers twice, as they are made and as a tensor.
    guard RawMemory.fits(elements: shape.elementCount, of: 16) else {
      return Tensor(
        error: ChainRuleError(.shape, in: "initializer \(name)", required: "lengths that fit memory", got: "\(shape)"))
    }
    var numbers = RandomNumbers(seed: seed)
    return Tensor(shape: shape, make(Request(shape: shape, fanIn: fanIn, fanOut: fanOut), &numbers))
  }
}

extension Initializer {
  /// 0 everywhere.
  public static let zeros = constant(0)
  /// 1 everywhere.
  public static let ones = constant(1)

  /// The same number everywhere.
  public static func constant(_ value: Double) -> Initializer {
    Initializer("constant(\(value))") { request, _ in [Double](repeating: value, count: request.count) }
  }

  /// Evenly distributed between two numbers.
  public static func uniform(_ low: Double, _ high: Double) -> Initializer {
    Initializer("uniform(\(low), \(high))") { request, numbers in
      (0..<request.count).map { _ in low + (high - low) * numbers.uniform() }
    }
  }

  /// Normally distributed.
  public static func normal(mean: Double = 0, deviation: Double = 1) -> Initializer {
    Initializer("normal(\(mean), \(deviation))") { request, numbers in
      (0..<request.count).map { _ in mean + deviation * numbers.normal() }
    }
  }

  /// U(−a, a) with a = √(6 / (fanIn + fanOut)): keeps the variance of values and gradients through linear units.
  /// Source: Glorot and Bengio 2010, equation 16.
  public static let xavierUniform = scaledUniform("xavierUniform") { 2 / (Double($0.fanIn) + Double($0.fanOut)) }

  /// N(0, 2 / (fanIn + fanOut)). Source: Glorot and Bengio 2010.
  public static let xavierNormal = scaledNormal("xavierNormal") { 2 / (Double($0.fanIn) + Double($0.fanOut)) }

  /// U(−a, a) with a = √(6 / fanIn): keeps the variance through rectified units, half of which are silent.
  /// Source: He, Zhang, Ren and Sun 2015, equation 10.
  public static let heUniform = scaledUniform("heUniform") { 2 / Double($0.fanIn) }

  /// N(0, 2 / fanIn). Source: He, Zhang, Ren and Sun 2015, equation 10.
  public static let heNormal = scaledNormal("heNormal") { 2 / Double($0.fanIn) }

  /// A uniform distribution of the given variance: its half-width is √(3 · variance).
  private static func scaledUniform(_ name: String, _ variance: @escaping @Sendable (Request) -> Double) -> Initializer
  {
    Initializer(name) { request, numbers in
      let width = (3 * variance(request)).squareRoot()
      return (0..<request.count).map { _ in width * (2 * numbers.uniform() - 1) }
    }
  }

  private static func scaledNormal(_ name: String, _ variance: @escaping @Sendable (Request) -> Double) -> Initializer {
    Initializer(name) { request, numbers in
      let deviation = variance(request).squareRoot()
      return (0..<request.count).map { _ in deviation * numbers.normal() }
    }
  }
}

extension Initializer {
  /// N(mean, deviation²) with everything beyond two deviations drawn again.
  public static func truncatedNormal(mean: Double = 0, deviation: Double = 1) -> Initializer {
    Initializer("truncatedNormal(\(mean), \(deviation))") { request, numbers in
      (0..<request.count).map { _ in
        var draw = numbers.normal()
        while Swift.abs(draw) > 2 { draw = numbers.normal() }
        return mean + deviation * draw
      }
    }
  }

  /// Orthonormal rows or columns, whichever are fewer, times `gain`: lengths survive the product. The first axis are
  /// the rows, all others the columns; Gram and Schmidt's method, twice for accuracy, on normal numbers.
  /// Source: Saxe, McClelland and Ganguli 2014.
  public static func orthogonal(gain: Double = 1) -> Initializer {
    Initializer("orthogonal(\(gain))") { request, numbers in
      let rows = request.shape[0], columns = request.count / rows
      let (count, length) = (Swift.min(rows, columns), Swift.max(rows, columns))
      let basis = orthonormal(count, length, &numbers)
      return (0..<request.count).map { place in
        let (row, column) = (place / columns, place % columns)
        return gain * (rows <= columns ? basis[row][column] : basis[column][row])
      }
    }
  }

  /// `count` orthonormal vectors of a length that is at least as large.
  private static func orthonormal(_ count: Int, _ length: Int, _ numbers: inout RandomNumbers) -> [[Double]] {
    var basis: [[Double]] = []
    while basis.count < count {
      var vector = (0..<length).map { _ in numbers.normal() }
      for _ in 0..<2 {
        for other in basis {
          let overlap = zip(vector, other).map(*).reduce(0, +)
          vector = zip(vector, other).map { $0 - overlap * $1 }
        }
      }
      let norm = vector.map { $0 * $0 }.reduce(0, +).squareRoot()
      if norm > 1e-8 { basis.append(vector.map { $0 / norm }) }
    }
    return basis
  }
}
