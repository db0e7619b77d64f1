import ChainRule

/// Half the sum of squared differences between sign(t) and a polynomial in t, at n places from −1 to 1.
///
/// The powers of t come in two parts, tʲ = t^(16a) · tᵇ, so that the polynomial is one product of matrices for the low
/// powers and one row of high powers for each place, and no matrix of all powers is read.
enum LeastSquares: Module {
  static let name = "llsq"
  struct Input: Decodable {
    let x: [Double]
    let n: Int
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    ["primal": { try recorded($0).primal($1) }, "gradient": { try recorded($0).gradient($1) }]
  }

  private static func recorded(_ input: Input) throws -> Recorded {
    let (n, m) = (input.n, input.x.count)
    try require((2...1 << 26).contains(n), "from 2 to \(1 << 26) places", got: "\(n)")
    try require(m > 0, "at least one coefficient in x", got: "none")
    let places = (0..<n).map { -1 + Double($0) * 2 / Double(n - 1) }
    let width = min(16, m), rows = (m + width - 1) / width
    let graph = Graph(), x = graph.input("x", shape: [m])
    let low = graph.constant(powers(of: places, count: width))
    let high = graph.constant(powers(of: places.map { power($0, width) }, count: rows))
    let signs = graph.constant(Tensor(places.map { ($0 > 0 ? 1 : 0) - ($0 < 0 ? 1 : 0) }))
    let coefficients = x.padded(before: [0], after: [rows * width - m]).reshaped(to: [rows, width])
    let polynomial = (low.matmul(coefficients.transposed()) * high).sum(axes: [1])
    return Recorded(x, at: Tensor(input.x), value: 0.5 * square(signs - polynomial).sum())
  }

  private static func power(_ t: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * t }
  }

  /// 1, t, t² … for each place: `[n, count]`.
  private static func powers(of places: [Double], count: Int) -> Tensor {
    var numbers: [Double] = []
    numbers.reserveCapacity(places.count * count)
    for t in places {
      var power = 1.0
      for _ in 0..<count {
        numbers.append(power)
        power *= t
      }
    }
    return Tensor(shape: [places.count, count], numbers)
  }
}
