import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The logarithm of a gamma number with concentration a, by inversion: log z with P(a, z) = u. Two uniform numbers make
/// u, so that single precision has as fine ones as double. It moves with a as `LogGammaSlope` says: the derivative of
/// what is computed, and no estimate.
struct RandomLogGamma: DescribedPrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "log z with P(a, z) = u",
    derivatives: ["−(∂P/∂a)/(z·density)", "none: a random number", "none: a random number"],
    convention: "Figurnov, Mohamed and Mnih 2018")
  var name: String { "randomGamma" }
  var arity: Int? { 3 }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs.allSatisfy({ $0 == inputs[0] }) else {
      throw ChainRuleError(.shape, in: name, required: "numbers of one shape", got: "\(inputs)")
    }
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let uniform = UniformPairs(inputs[1], inputs[2])
    let values = try inputs[0].scalars.enumerated().map { position, a in
      guard a > 0, a < .infinity else { throw Self.outside(a, position, in: name) }
      return GammaTails.quantile(a, uniform[position])
    }
    return Tensor(shape: inputs[0].shape, values)
  }

  static func outside(_ a: Double, _ position: Int, in name: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: name, required: "concentrations above 0", got: "\(a) at position \(position)",
      hint: "softplus(x) or exp(x) of a free parameter is above 0.")
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    guard index == 0 else { return .none(reason: "a random number is given, and does not move") }
    return .factor(output.graph.recordGeneral(LogGammaSlope(kind: .slope), [inputs[0], output]))
  }

  func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

/// How a log-gamma number moves with its concentration, and how that moves with both, in terms of `GammaTails`.
struct LogGammaSlope: DescribedPrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "d log z/da at P(a, z) held fixed, or one of its derivatives",
    derivatives: ["the same at the next order; none from the third on", "ψ(a) − log z − (a − z)·d log z/da"])
  enum Kind: Hashable { case slope, byConcentration, byLogarithm }
  let kind: Kind
  var name: String { "logGammaSlope" }
  var arity: Int? { 2 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let values = zip(inputs[0].scalars, inputs[1].scalars).map { a, logarithm in
      guard a > 0, a < .infinity, logarithm < .infinity else { return Double.nan }
      let tails = GammaTails(a, logarithm: logarithm)
      return switch kind {
      case .slope: tails.slope
      case .byConcentration: tails.slopeByConcentration
      case .byLogarithm: tails.slopeByLogarithm
      }
    }
    return Tensor(shape: inputs[0].shape, values)
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    guard kind == .slope else {
      return .none(reason: "third derivatives of a gamma number by its concentration are not known to the library")
    }
    let next = LogGammaSlope(kind: index == 0 ? .byConcentration : .byLogarithm)
    return .factor(output.graph.recordGeneral(next, inputs))
  }
  func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

/// A Poisson number by inversion: the smallest k with P(X ≤ k) ≥ u. It jumps, so that no gradient flows.
struct RandomPoisson: DescribedPrimitive, PiecewisePrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "the smallest k with Σ_{j ≤ k} λʲe^{−λ}/j! ≥ u", derivatives: ["none: it counts"])
  var name: String { "randomPoisson" }
  var arity: Int? { 3 }
  func shape(of inputs: [Shape]) throws -> Shape { try RandomLogGamma().shape(of: inputs) }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let uniform = UniformPairs(inputs[1], inputs[2])
    let values = try inputs[0].scalars.enumerated().map { position, rate in
      guard rate >= 0, rate <= 1e15 else {
        throw ChainRuleError(
          .value, in: name, required: "rates from 0 to 1e15", got: "\(rate) at position \(position)")
      }
      return rate == 0 ? 0 : Self.count(rate, uniform[position])
    }
    return Tensor(shape: inputs[0].shape, values)
  }

  /// From near the normal quantile, with a correction for skewness, a step at a time: P(X ≤ k) = Q(k + 1, λ).
  static func count(_ rate: Double, _ u: Double) -> Double {
    let t = GammaTails.normalQuantile(u), logarithm = log(rate)
    var k = Swift.max(0, (rate + t * rate.squareRoot() + (t * t - 1) / 6).rounded(.down))
    func upTo(_ k: Double) -> Double { k < 0 ? 0 : 1 - GammaTails(k + 1, logarithm: logarithm).below }
    while k > 0, upTo(k - 1) >= u { k -= 1 }
    while upTo(k) < u { k += 1 }
    return k
  }

  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "a count jumps, and is constant in between")
  }
  func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

/// Uniform numbers of 48 bits in (0, 1), each of two.
struct UniformPairs {
  private let first: Tensor, second: Tensor

  init(_ first: Tensor, _ second: Tensor) { (self.first, self.second) = (first, second) }

  /// In the middle of one of 2⁴⁸ parts: neither 0 nor 1, and 1 − u is exact.
  subscript(position: Int) -> Double {
    let parts = 0x1p24, last = parts - 1
    let high = Swift.min((first.element(position) * parts).rounded(.down), last)
    let low = Swift.min((second.element(position) * parts).rounded(.down), last)
    return (high * parts + low + 0.5) / (parts * parts)
  }
}
