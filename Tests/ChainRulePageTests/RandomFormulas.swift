/// Formulas of the tool's language at random: numbers, vectors of 3 and matrices of 2 × 3, over most functions.
struct RandomFormulas {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
  /// A number between −2 and 2, away from 0, with few digits.
  mutating func number() -> Double { Double(below(3600) - 1800) / 1000 + (below(2) == 0 ? 0.137 : -0.137) }

  static let shapes: [(name: String, shape: [Int])] = [
    ("a", []), ("b", []), ("c", []), ("u", [3]), ("v", [3]), ("M", [2, 3]), ("N", [3, 2]),
  ]

  mutating func formula() -> String {
    var statements = ""
    if below(3) == 0 { statements += "q = \(scalar(2)); " }
    if below(4) == 0 { statements += "h = \(vector(2)); " }
    let hasQ = statements.contains("q ="), hasH = statements.contains("h =")
    var last = scalar(3 + below(2))
    if hasQ { last += [" + q", " * q", " - q^2"][below(3)] }
    if hasH { last += [" + sum(h)", " * mean(h^2)", " + h @ v"][below(3)] }
    return statements + last
  }

  /// The functions that are applied at random, as they are written.
  static var names: String { unary.map { $0.replacing("_", with: "") + "(" }.joined(separator: " ") }

  private static let unary = [
    "sin", "cos", "tanh", "sigmoid", "softplus", "relu", "erf", "atan", "asinh", "abs", "square", "silu", "gelu",
    "leakyReLU", "elu", "cbrt", "-", "σ", "tan_", "expm1_", "exp_", "exp2_", "sinh_", "cosh_", "log_", "log1p_",
    "log2_", "log10_", "sqrt_", "rsqrt_", "reciprocal_", "acosh_", "atanh_", "asin_", "acos_", "stoppingGradient",
    "floor", "heaviside",
  ]

  /// A function whose argument is kept inside its domain where it has one.
  private mutating func applied(to operand: String) -> String {
    let name = Self.unary[below(Self.unary.count)]
    guard name.hasSuffix("_") else { return name == "-" ? "-(\(operand))" : "\(name)(\(operand))" }
    let function = String(name.dropLast())
    switch function {
    case "atanh", "asin", "acos": return "\(function)(0.9 * tanh(\(operand)))"
    case "tan", "exp", "expm1", "exp2", "sinh", "cosh": return "\(function)(tanh(\(operand)))"
    default: return "\(function)(1.25 + (\(operand))^2)"
    }
  }

  private mutating func scalar(_ depth: Int) -> String {
    if depth == 0 { return below(4) == 0 ? "\(1 + below(9))" : ["a", "b", "c"][below(3)] }
    let d = depth - 1
    switch below(22) {
    case 0: return "(\(scalar(d)) + \(scalar(d)))"
    case 1: return "(\(scalar(d)) - \(scalar(d)))"
    case 2: return "\(factor(d)) * \(factor(d))"
    case 3: return "\(factor(d)) / (1.5 + \(factor(d))^2)"
    case 4, 5, 6: return applied(to: scalar(d))
    case 7: return "sum(\(vector(d)))"
    case 8: return "mean(\(matrix(d)))"
    case 9: return "(\(vector(d))) @ (\(vector(d)))"
    case 10: return "norm(\(vector(d))\(["", ", p: 3", ", p: 1"][below(3)]))"
    case 11: return "logSumExp(\(vector(d)))"
    case 12: return "variance(\(vector(d))\(["", ", correction: 1"][below(2)]))"
    case 13: return "(\(vector(d)))[\(["0", "1", "-1"][below(3)])]"
    case 14: return "(\(matrix(d)))[\(below(2)), \(below(3))]"
    case 15: return "max(\(scalar(d)), \(scalar(d)))"
    case 16: return "where(\(scalar(d)) > \(scalar(d)), \(scalar(d)), \(scalar(d)))"
    case 17: return "product(tanh(\(vector(d))))"
    case 18: return "(\(factor(d)))^\(["2", "3", "-1", "0"][below(4)])"
    case 19: return "(1.5 + \(factor(d))^2)^(\(factor(d))/8)"
    case 20: return "\(["max", "min"][below(2)])(\(matrix(d)))"
    default: return "clamp(\(scalar(d)), min: -1, max: 1)"
    }
  }

  private mutating func factor(_ depth: Int) -> String { "tanh(\(scalar(depth)))" }

  private mutating func vector(_ depth: Int) -> String {
    if depth == 0 { return ["u", "v"][below(2)] }
    let d = depth - 1
    switch below(20) {
    case 0: return "(\(vector(d)) + \(vector(d)))"
    case 1: return "\(vector(d)) * \(vector(d))"
    case 2: return "\(scalar(d)) * \(vector(d))"
    case 3, 4: return applied(to: vector(d))
    case 5: return "softmax(\(vector(d)))"
    case 6: return "logSoftmax(\(vector(d)))"
    case 7: return "cumulativeSum(\(vector(d)))"
    case 8: return "flipped(\(vector(d)))"
    case 9: return "sum(\(matrix(d)), axis: 0)"
    case 10: return "(\(matrix(d)))[\(below(2))]"
    case 11: return "gathered(\(vector(d)), [2, 0, 2])"
    case 12: return "concatenate((\(vector(d)))[1:3], (\(vector(d)))[::-2][:1])"
    case 13: return "[\(scalar(d)), \(scalar(d)), \(scalar(d))]"
    case 14: return "\(["max", "mean", "logSumExp"][below(3)])(\(matrix(d)), axis: 0)"
    case 15: return "N @ [\(scalar(d)), \(scalar(d))]"
    case 16: return "maximum(\(vector(d)), \(vector(d)))"
    case 17: return "[0.5, -1, 2] @ ((\(matrix(d)))ᵀ @ \(matrix(d)))"
    case 18: return "padded((\(vector(d)))[:2], before: [1], after: [0], value: 0.5)"
    default: return "(\(vector(d)) - \(scalar(d))) / 2"
    }
  }

  private mutating func matrix(_ depth: Int) -> String {
    if depth == 0 { return ["M", "transposed(N)", "Nᵀ"][below(3)] }
    let d = depth - 1
    switch below(12) {
    case 0: return "(\(matrix(d)) + \(matrix(d)))"
    case 1: return "\(matrix(d)) * \(vector(d))"
    case 2, 3: return applied(to: matrix(d))
    case 4: return "stack(\(vector(d)), \(vector(d)))"
    case 5: return "[\(vector(d)), \(vector(d))]"
    case 6: return "softmax(\(matrix(d)), axis: \(below(2)))"
    case 7: return "reshaped(N, [2, 3])"
    case 8: return "(\(matrix(d))) @ N @ M"
    case 9: return "sum(\(matrix(d)), axis: 1, keepingDimensions: true) * M"
    case 10: return "tiled(\(vector(d)), [2, 1])"
    default: return "cumsum(\(matrix(d)), axis: 0)"
    }
  }

  private static let signs = Array("()[],.:;=+-*/^@<>ᵀ 1xefσ²|√\n#")

  /// A formula with a character taken away, doubled, or replaced: most are mistakes.
  mutating func mutated(_ formula: String) -> String {
    var characters = Array(formula)
    for _ in 0...below(2) where !characters.isEmpty {
      let place = below(characters.count)
      switch below(4) {
      case 0: characters.remove(at: place)
      case 1: characters.insert(characters[place], at: place)
      case 2: characters[place] = Self.signs[below(Self.signs.count)]
      default: characters.insert(Self.signs[below(Self.signs.count)], at: place)
      }
    }
    return String(characters)
  }
}
