import ChainRuleCore

// Densities whose constants are gamma and Bessel functions.

/// log of the gamma density with a concentration a and a rate λ: a·log λ + (a − 1)·log x − λx − log Γ(a) for x > 0.
public func gammaLogDensity(_ x: Node, concentration: Node, rate: Node) -> Node {
  inside(x .> 0, x) { x in
    concentration * log(rate) + xlogy(concentration - 1, x) - rate * x - lgamma(concentration)
  }
}

/// log of the beta density: (a − 1)·log x + (b − 1)·log(1 − x) − log B(a, b) between 0 and 1.
public func betaLogDensity(_ x: Node, _ a: Node, _ b: Node) -> Node {
  let constant = lgamma(a) + lgamma(b) - lgamma(a + b)
  return inside((x .> 0) * (x .< 1), x, instead: 0.5) { xlogy(a - 1, $0) + (b - 1) * log1p(-$0) - constant }
}

/// log of the Dirichlet density along the last axis: Σ (aᵢ − 1)·log xᵢ + log Γ(Σ aᵢ) − Σ log Γ(aᵢ).
public func dirichletLogDensity(_ x: Node, concentration: Node) -> Node {
  let axes = [-1], a = concentration
  return xlogy(a - 1, x).sum(axes: axes) + lgamma(a.sum(axes: axes)) - lgamma(a).sum(axes: axes)
}

/// log of Student's t density with ν degrees of freedom, a location and a scale.
public func studentTLogDensity(_ x: Node, degreesOfFreedom: Node, location: Node, scale: Node) -> Node {
  let half = degreesOfFreedom / 2, z = (x - location) / scale / sqrt(degreesOfFreedom)
  return lgamma(half + 0.5) - lgamma(half) - 0.5 * log(Double.pi * degreesOfFreedom) - log(scale)
    - (half + 0.5) * logOfOneAndSquare(z)
}

/// log of the Poisson probability of a count k ≥ 0: k·log λ − λ − log k!.
public func poissonLogProbability(_ k: Node, rate: Node) -> Node {
  inside(k .>= 0, k) { xlogy($0, rate) - rate - lgamma($0 + 1) }
}

/// log of the binomial probability of k successes of n with the probability σ(logit): log C(n, k) + k·logit −
/// n·log(1 + e^logit).
public func binomialLogProbability(_ k: Node, count: Node, logit: Node) -> Node {
  lgamma(count + 1) - lgamma(k + 1) - lgamma(count - k + 1) + k * logit - count * softplus(logit)
}

/// log of the von Mises density of an angle: κ·cos(x − μ) − log(2π·I₀(κ)).
public func vonMisesLogDensity(_ x: Node, location: Node, concentration: Node) -> Node {
  concentration * (cos(x - location) - 1) - log(2 * Double.pi * besselI0e(concentration))
}
