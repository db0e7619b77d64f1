import ChainRuleCore

// More densities of numbers, composed as those beside them; outside of where a distribution lives they are −∞.

/// log of the logistic density: −z − log s − 2·log(1 + e^(−z)) with z = (x − μ)/s.
public func logisticLogDensity(_ x: Node, location: Node, scale: Node) -> Node {
  let z = (x - location) / scale
  return z - log(scale) - 2 * softplus(z)
}

/// log of the Gumbel density of largest values: −z − e^(−z) − log β with z = (x − μ)/β.
public func gumbelLogDensity(_ x: Node, location: Node, scale: Node) -> Node {
  let z = (x - location) / scale
  return -z - exp(-z) - log(scale)
}

/// log of the Weibull density: log(k/λ) + (k − 1)·log z − zᵏ with z = x/λ above 0.
public func weibullLogDensity(_ x: Node, concentration: Node, scale: Node) -> Node {
  inside(x .> 0, x) { x in
    let logarithm = log(x / scale)
    return log(concentration / scale) + (concentration - 1) * logarithm - exp(concentration * logarithm)
  }
}

/// log of the Pareto density: log α + α·log m − (α + 1)·log x for x from the scale m on.
public func paretoLogDensity(_ x: Node, concentration: Node, scale: Node) -> Node {
  `where`(
    x .>= scale, log(concentration / scale) - (concentration + 1) * log(`where`(x .>= scale, x, scale) / scale),
    -.infinity)
}

/// log of the density of |z| for a normal z: log 2 more than the normal one, for x ≥ 0.
public func halfNormalLogDensity(_ x: Node, scale: Node) -> Node {
  inside(x .>= 0, x) { -0.5 * square($0 / scale) - log(scale) - 0.22579135264472744 }
}

/// log of the density of |z| for a Cauchy z: log(2/π) − log γ − log(1 + (x/γ)²) for x ≥ 0.
public func halfCauchyLogDensity(_ x: Node, scale: Node) -> Node {
  inside(x .>= 0, x) { -logOfOneAndSquare($0 / scale) - log(scale) - 0.45158270528945486 }
}

/// log of the density of 1/z for a gamma z: a·log β − (a + 1)·log x − β/x − log Γ(a) for x > 0.
public func inverseGammaLogDensity(_ x: Node, concentration: Node, scale: Node) -> Node {
  inside(x .> 0, x) { x in
    concentration * log(scale) - (concentration + 1) * log(x) - scale / x - lgamma(concentration)
  }
}

/// log of the density of a sum of ν squares of normal numbers, χ²: the gamma one of concentration ν/2 and rate ½.
public func chiSquaredLogDensity(_ x: Node, degreesOfFreedom: Node) -> Node {
  inside(x .> 0, x) { x in
    let half = degreesOfFreedom / 2
    return xlogy(half - 1, x) - x / 2 - half * 0.6931471805599453 - lgamma(half)
  }
}

/// log of the density of the quotient of two χ² numbers, each over its degrees of freedom (Fisher and Snedecor).
public func fisherLogDensity(_ x: Node, _ first: Node, _ second: Node) -> Node {
  inside(x .> 0, x) { x in
    let (m, n) = (first / 2, second / 2), ratio = first / second
    return m * log(ratio) + (m - 1) * log(x) - (m + n) * log1p(ratio * x) - (lgamma(m) + lgamma(n) - lgamma(m + n))
  }
}

/// log of the generalized normal density: log β − log(2α) − log Γ(1/β) − |(x − μ)/α|^β; 2 is a normal, 1 a Laplace one.
public func generalizedNormalLogDensity(_ x: Node, exponent: Node, location: Node, scale: Node) -> Node {
  let distance = abs((x - location) / scale), isZero = equal(distance, 0)
  let power = `where`(isZero, 0, pow(`where`(isZero, 1, distance), exponent))
  return log(exponent / (2 * scale)) - lgamma(1 / exponent) - power
}

/// log of the density of Kumaraswamy between 0 and 1: log(ab) + (a − 1)·log x + (b − 1)·log(1 − xᵃ).
public func kumaraswamyLogDensity(_ x: Node, _ a: Node, _ b: Node) -> Node {
  inside((x .> 0) * (x .< 1), x, instead: 0.5) { log(a * b) + (a - 1) * log($0) + (b - 1) * log1mexp(a * log($0)) }
}

/// log of the density of a Cauchy number wrapped around the circle, from 0 to 2π, for 0 < c < 1.
public func wrappedCauchyLogDensity(_ x: Node, concentration c: Node) -> Node {
  inside((x .>= 0) * (x .<= 2 * Double.pi), x) {
    log1p(-square(c)) - 1.8378770664093453 - log(square(1 - c) + 2 * c * (1 - cos($0)))
  }
}

/// log of the density of a normal number of which it is known that it lies between two bounds; they may be infinite.
///
/// The normal density, less the logarithm of the probability between the bounds, taken on the side of the smaller tail.
public func truncatedNormalLogDensity(
  _ x: Node, mean: Node, standardDeviation: Node, from lower: Node, to upper: Node
) -> Node {
  let low = (lower - mean) / standardDeviation, high = (upper - mean) / standardDeviation
  let density = normalLogDensity(x, mean: mean, standardDeviation: standardDeviation) - logNormalBetween(low, high)
  return `where`((x .>= lower) * (x .<= upper), density, -.infinity)
}

/// log(Φ(b) − Φ(a)) for a < b: that of the mirrored bounds where both lie more on the right. An infinite bound leaves one
/// tail, and no gradient.
func logNormalBetween(_ a: Node, _ b: Node) -> Node {
  let isRight = greater(a + b, 0)
  let low = `where`(isRight, -b, a), high = `where`(isRight, -a, b)
  func tail(_ x: Node, _ limit: Double, _ value: Double) -> Node {
    let isEnd = equal(x, limit)
    return `where`(isEnd, value, logNormalCDF(`where`(isEnd, 0, x)))
  }
  let above = tail(high, .infinity, 0)
  return above + log1mexp(tail(low, -.infinity, -.infinity) - above)
}
