import ChainRuleCore

/// Weight decay of strength λ: λ θ is added to the gradient, or, decoupled from it, θ itself shrinks by η λ θ first.
/// Source of the decoupled form: Loshchilov and Hutter 2019.
struct WeightDecay {
  let strength: Double
  var isDecoupled = false

  /// The gradient to descend: g, or −g to ascend, with λ θ unless that is decoupled.
  func gradient(_ gradient: Node, of parameter: Node, maximizes: Bool) -> Node {
    let g = maximizes ? -gradient : gradient
    return isDecoupled || strength == 0 ? g : g + strength * parameter
  }

  /// Where the step begins: θ, or (1 − η λ) θ where the decay is decoupled.
  func start(_ parameter: Node, rate: Node) -> Node {
    isDecoupled && strength != 0 ? parameter - strength * rate * parameter : parameter
  }
}
