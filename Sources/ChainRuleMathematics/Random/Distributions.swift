import ChainRuleCore

// Random numbers of a graph: each depends only on its seed, the counter and its position, as those of
// `randomUniform(shape:seed:counter:)`; without a counter a program counts its runs. Where a number moves smoothly with
// its parameters the gradient flows through it.

extension Graph {
  /// Uniform numbers between two numbers or nodes; the gradient flows to both ends.
  public func randomUniform(
    from lower: Node, to upper: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomUniform", [lower, upper], shape) { ends, shape in
      ends[0] + (ends[1] - ends[0]) * randomUniform(shape: shape, seed: seed, counter: counter)
    }
  }

  /// Numbers of normal distributions with a mean and a standard deviation, μ + σ·ε; NaN for a σ below 0.
  public func randomNormal(
    mean: Node, standardDeviation: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomNormal", [mean, standardDeviation], shape) { parameters, shape in
      let deviation = `where`(parameters[1] .>= 0, parameters[1], .nan)
      return parameters[0] + deviation * randomNormal(shape: shape, seed: seed, counter: counter)
    }
  }

  /// Numbers of exponential distributions, −log(u)/rate; NaN for a rate that is not above 0.
  public func randomExponential(rate: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomExponential", [rate], shape) { parameters, shape in
      -log(insideUniform(shape, seed, counter)) / `where`(parameters[0] .> 0, parameters[0], .nan)
    }
  }

  /// Numbers of the Gumbel distribution, −log(−log u): the largest of logits with such numbers is a categorical choice.
  public func randomGumbel(shape: Shape, seed: UInt64, counter: Node? = nil) -> Node {
    -log(-log1p(-insideUniform(shape, seed, counter)))
  }

  /// Uniform numbers that are neither 0 nor, in single precision, rounded to 1.
  func insideUniform(_ shape: Shape, _ seed: UInt64, _ counter: Node?) -> Node {
    let largest = precision == .double ? 1 - 0x1p-53 : 1 - 0x1p-24
    return clamp(randomUniform(shape: shape, seed: seed, counter: counter), min: 0x1p-54, max: largest)
  }

  /// 1 with a probability, else 0; no gradient flows, since the choice jumps. NaN for what is no probability.
  public func randomBernoulli(probability: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomBernoulli", [probability], shape) { parameters, shape in
      let p = parameters[0], isOne = less(randomUniform(shape: shape, seed: seed, counter: counter), p)
      return `where`((p .>= 0) * (p .<= 1), isOne, .nan)
    }
  }

  /// Classes chosen with probabilities softmax(logits) along the last axis, as Int32 indices: `[…, classes] → […]`.
  ///
  /// The largest of the logits with a Gumbel number each (Gumbel 1954).
  public func randomCategorical(logits: Node, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomCategorical", [logits], nil) { parameters, shape in
      (parameters[0] + randomGumbel(shape: shape, seed: seed, counter: counter)).argmax(axis: -1)
    }
  }

  /// Numbers of gamma distributions of scale 1 with concentrations a > 0; divide by a rate for another scale.
  ///
  /// The gradient by the concentration is the implicit one (Figurnov, Mohamed and Mnih 2018), and of second order too.
  /// A concentration that is not above 0 is an error when the number is computed.
  public func randomGamma(concentration: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    exp(randomLogGamma(concentration: concentration, shape: shape, seed: seed, counter: counter))
  }

  /// Logarithms of gamma numbers, which small concentrations do not take below the smallest number.
  public func randomLogGamma(concentration: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomGamma", [concentration], shape) { parameters, shape in
      recordGeneral(RandomLogGamma(), parameters + uniformPair(shape, seed, counter))
    }
  }

  /// Numbers of beta distributions, x/(x + y) of two gamma numbers; the gradient flows to both concentrations.
  public func randomBeta(_ a: Node, _ b: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomBeta", [a, b], shape) { parameters, _ in
      sigmoid(
        randomLogGamma(concentration: parameters[0], seed: seed, counter: counter)
          - randomLogGamma(concentration: parameters[1], seed: Self.other(seed, 4), counter: counter))
    }
  }

  /// Numbers of Dirichlet distributions with concentrations along the last axis, along which they sum to 1: gamma
  /// numbers divided by their sum.
  public func randomDirichlet(concentration: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomDirichlet", [concentration], shape) { parameters, _ in
      softmax(randomLogGamma(concentration: parameters[0], seed: seed, counter: counter))
    }
  }

  /// Numbers of Poisson distributions with rates of at least 0; no gradient flows, since a count jumps.
  public func randomPoisson(rate: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomPoisson", [rate], shape) { parameters, shape in
      recordGeneral(RandomPoisson(), parameters + uniformPair(shape, seed, counter))
    }
  }

  /// The numbers from 0 to `count` − 1 in random order, as Int32 indices; `x.gathered(at:)` puts rows in that order.
  ///
  /// The order of random numbers, twice: where two are equal, the second decides.
  public func randomPermutation(_ count: Int, seed: UInt64, counter: Node? = nil) -> Node {
    attempt(in: "randomPermutation") {
      guard count >= 0 else {
        throw ChainRuleError(.shape, in: "randomPermutation", required: "a count of at least 0", got: "\(count)")
      }
      let pair = uniformPair([count], seed, counter), first = pair[0].argsort()
      return first.gathered(at: pair[1].gathered(at: first).argsort())
    }
  }

  /// The parameters in the shape of the numbers, which they broadcast to.
  func drawn(
    _ name: String, _ parameters: [Node], _ shape: Shape?, _ draw: (_ parameters: [Node], _ shape: Shape) throws -> Node
  ) -> Node {
    if let broken = parameters.first(where: { $0.error != nil }) { return broken }
    return attempt(in: name) {
      var common = shape ?? .scalar
      for parameter in parameters {
        guard let wider = common.broadcast(with: parameter.shape), shape == nil || wider == common else {
          throw ChainRuleError(
            .shape, in: name, required: "parameters that broadcast to \(shape.map { "\($0)" } ?? "one shape")",
            got: parameters.map(\.shape.description).joined(separator: " and "))
        }
        common = wider
      }
      return try draw(parameters.map { $0.shape == common ? $0 : $0.broadcast(to: common) }, common)
    }
  }

  func uniformPair(_ shape: Shape, _ seed: UInt64, _ counter: Node?) -> [Node] {
    [1, 2].map { randomUniform(shape: shape, seed: Self.other(seed, $0), counter: counter) }
  }

  /// Another seed, for numbers that do not go with those of this one.
  static func other(_ seed: UInt64, _ number: UInt64) -> UInt64 {
    RandomNumbers.mixed(seed &+ number &* 0xD1B5_4A32_D192_ED03)
  }
}
