import ChainRuleCore

// Random numbers that are functions of uniform, normal and gamma numbers, through which gradients flow to every parameter.
extension Graph {
  /// Numbers of Laplace distributions, μ − b·sign(u)·log(1 − 2|u|) as a difference of exponential numbers.
  public func randomLaplace(
    location: Node, scale: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomLaplace", [location, scale], shape) { parameters, shape in
      let pair = uniformPair(shape, seed, counter).map { -log1p(-$0) }
      return parameters[0] + positive(parameters[1]) * (pair[0] - pair[1])
    }
  }

  /// Numbers of logistic distributions, μ + s·log(u/(1 − u)).
  public func randomLogistic(
    location: Node, scale: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomLogistic", [location, scale], shape) { parameters, shape in
      let u = insideUniform(shape, seed, counter)
      return parameters[0] + positive(parameters[1]) * (log(u) - log1p(-u))
    }
  }

  /// Numbers of Cauchy distributions, x₀ + γ·tan(π(u − ½)).
  public func randomCauchy(
    location: Node, scale: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomCauchy", [location, scale], shape) { parameters, shape in
      parameters[0] + positive(parameters[1]) * tan(Double.pi * (insideUniform(shape, seed, counter) - 0.5))
    }
  }

  /// Numbers of Weibull distributions, λ·(−log u)^(1/k).
  public func randomWeibull(
    concentration: Node, scale: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomWeibull", [concentration, scale], shape) { parameters, shape in
      let exponential = -log(insideUniform(shape, seed, counter))
      return positive(parameters[1]) * exp(log(exponential) / positive(parameters[0]))
    }
  }

  /// Numbers of Pareto distributions, m·u^(−1/α).
  public func randomPareto(
    concentration: Node, scale: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomPareto", [concentration, scale], shape) { parameters, shape in
      positive(parameters[1]) * exp(-log(insideUniform(shape, seed, counter)) / positive(parameters[0]))
    }
  }

  /// Numbers of χ² distributions: gamma numbers of half the degrees of freedom, doubled.
  public func randomChiSquared(
    degreesOfFreedom: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    2 * randomGamma(concentration: degreesOfFreedom / 2, shape: shape, seed: seed, counter: counter)
  }

  /// Numbers of Student's t distributions: a normal number over the root of a gamma number's mean share.
  public func randomStudentT(
    degreesOfFreedom: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil
  ) -> Node {
    drawn("randomStudentT", [degreesOfFreedom], shape) { parameters, shape in
      let half = parameters[0] / 2, normal = randomNormal(shape: shape, seed: Self.other(seed, 5), counter: counter)
      return normal * exp(0.5 * (log(half) - randomLogGamma(concentration: half, seed: seed, counter: counter)))
    }
  }

  /// Normal numbers between two bounds, μ + σ·Φ⁻¹(Φ(a) + u·(Φ(b) − Φ(a))), on the side of the smaller tail.
  public func randomTruncatedNormal(
    mean: Node, standardDeviation: Node, from lower: Node, to upper: Node, shape: Shape? = nil, seed: UInt64,
    counter: Node? = nil
  ) -> Node {
    drawn("randomTruncatedNormal", [mean, standardDeviation, lower, upper], shape) { parameters, shape in
      let deviation = positive(parameters[1]), u = insideUniform(shape, seed, counter)
      let low = (parameters[2] - parameters[0]) / deviation, high = (parameters[3] - parameters[0]) / deviation
      let isRight = greater(low + high, 0), sign = `where`(isRight, -1, constant(1 as Double))
      let (first, last) = (normalCDF(`where`(isRight, -high, low)), normalCDF(`where`(isRight, -low, high)))
      return clampedInside(parameters[0] + deviation * sign * normalQuantile(first + u * (last - first)), parameters)
    }
  }

  /// A number that rounding took out of its bounds, back at the bound.
  private func clampedInside(_ x: Node, _ parameters: [Node]) -> Node {
    minimum(maximum(x, parameters[2]), parameters[3])
  }

  /// The trial that is the first success, 1 or more, as a number; no gradient flows, since a count jumps.
  public func randomGeometric(probability: Node, shape: Shape? = nil, seed: UInt64, counter: Node? = nil) -> Node {
    drawn("randomGeometric", [probability], shape) { parameters, shape in
      let p = parameters[0], isFine = (p .> 0) * (p .<= 1)
      return `where`(isFine, floor(log(insideUniform(shape, seed, counter)) / log1p(-p)) + 1, .nan).stoppingGradient()
    }
  }

  /// A parameter where it is above 0, else NaN.
  private func positive(_ x: Node) -> Node { `where`(x .> 0, x, .nan) }
}
