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

  /// The same for rules that remember its square: a magnitude whose square would leave the range is held to one whose
  /// square does not, so that such a rule, which divides by the root, still moves. What is not finite stays so.
  /// - Parameter isSummed: whether the squares of all steps are added up; there must be room for a million.
  func squarableGradient(_ gradient: Node, of parameter: Node, maximizes: Bool, isSummed: Bool = false) -> Node {
    let g = self.gradient(gradient, of: parameter, maximizes: maximizes)
    let most = (g.graph.precision == .double ? 1.3e154 : 1.8e19) / (isSummed ? 1000 : 1)
    return `where`(less(abs(g), .infinity), minimum(maximum(g, -most), most), g)
  }

  /// Where the step begins: θ, or (1 − η λ) θ where the decay is decoupled.
  func start(_ parameter: Node, rate: Node) -> Node {
    isDecoupled && strength != 0 ? parameter - strength * rate * parameter : parameter
  }
}
