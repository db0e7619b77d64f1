import ChainRuleCore

// Logarithms of densities and of probabilities, composed: gradients by the value and by every parameter follow.
// Outside of where a distribution lives they are −∞. Parameters broadcast.

/// log of the normal density: −((x − μ)/σ)²/2 − log σ − log(2π)/2.
public func normalLogDensity(_ x: Node, mean: Node, standardDeviation: Node) -> Node {
  -0.5 * square((x - mean) / standardDeviation) - log(standardDeviation) - 0.5 * logTwoPi
}

/// log of the log-normal density: the normal one of log x, less log x.
public func logNormalLogDensity(_ x: Node, mean: Node, standardDeviation: Node) -> Node {
  inside(x .> 0, x) { normalLogDensity(log($0), mean: mean, standardDeviation: standardDeviation) - log($0) }
}

/// log of the uniform density: −log(b − a) from a to b.
public func uniformLogDensity(_ x: Node, from lower: Node, to upper: Node) -> Node {
  `where`((x .>= lower) * (x .<= upper), -log(upper - lower), -.infinity)
}

/// log of the exponential density: log λ − λx for x ≥ 0.
public func exponentialLogDensity(_ x: Node, rate: Node) -> Node {
  `where`(x .>= 0, log(rate) - rate * x, -.infinity)
}

/// log of the Cauchy density: −log(π·γ·(1 + z²)) with z = (x − x₀)/γ.
public func cauchyLogDensity(_ x: Node, location: Node, scale: Node) -> Node {
  -logOfOneAndSquare((x - location) / scale) - log(scale) - 1.1447298858494002
}

/// log of the Laplace density: −|x − μ|/b − log(2b).
public func laplaceLogDensity(_ x: Node, location: Node, scale: Node) -> Node {
  -abs(x - location) / scale - log(2 * scale)
}

/// log of a Bernoulli probability of x, 0 or 1, with the probability σ(logit) of 1: x·logit − log(1 + e^logit).
public func bernoulliLogProbability(_ x: Node, logit: Node) -> Node { x * logit - softplus(logit) }

/// log of the probability of classes `[…]`, Int32 indices, with logits `[…, classes]`.
public func categoricalLogProbability(_ classes: Node, logits: Node) -> Node {
  let chosen = classes.expandingDimension(at: -1)
  return logSoftmax(logits).gatheredAlong(axis: -1, at: chosen).squeezingDimension(at: -1)
}

/// log(1 + z²), which is 2 log |z| where the square may be infinite.
func logOfOneAndSquare(_ z: Node) -> Node {
  let isLarge = greater(abs(z), 1e9)
  return `where`(isLarge, 2 * log(abs(`where`(isLarge, z, 1))), log1p(square(`where`(isLarge, 0, z))))
}

private let logTwoPi = 1.8378770664093453

/// A density where a condition holds, and −∞ elsewhere; there it is computed of another number, so that no NaN comes
/// back.
func inside(_ condition: Node, _ x: Node, instead: Double = 1, _ density: (Node) -> Node) -> Node {
  `where`(condition, density(`where`(condition, x, instead)), -.infinity)
}
