import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η m̂ / (√v̂ + ε), where m̂ and v̂ are divided by 1 − βᵗ to
/// undo their start at zero.
///
/// Sources: Kingma and Ba 2015, algorithm 1; AMSGrad (the largest v so far, before the correction): Reddi, Kale and
/// Kumar 2018; AdamW (θ shrinks by 1 − η λ first, apart from the gradient): Loshchilov and Hutter 2019.
public struct Adam: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// β₁, how much of the mean gradient each step keeps.
  public var beta1: Double
  /// β₂, how much of the mean square each step keeps.
  public var beta2: Double
  /// ε, which keeps the denominator from 0.
  public var epsilon: Double
  /// λ: added to the gradient as λ θ, or shrinking θ itself if decoupled.
  public var weightDecay: Double
  /// Whether λ shrinks θ itself instead of being added to the gradient.
  public var isDecoupled: Bool
  /// Whether the largest mean square so far is taken instead of the present one.
  public var isAMSGrad: Bool
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool
  /// Whether rows of a table without a gradient stay as they are, with what is remembered of them.
  ///
  /// Otherwise they go on moving with their mean, and every step moves the whole table. It makes a difference where a
  /// parameter is read at indices of its first axis and nowhere else, as an embedding's weight is; weight decay then
  /// shrinks the rows with a gradient. An index that repeats counts once, with the sum of its gradients. 1 − βᵗ counts
  /// all steps.
  public var isLazy: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, isDecoupled: Bool = false, isAMSGrad: Bool = false, maximizes: Bool = false,
    isLazy: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
    (self.weightDecay, self.isDecoupled, self.isAMSGrad) = (weightDecay, isDecoupled, isAMSGrad)
    (self.maximizes, self.isLazy) = (maximizes, isLazy)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      ["learningRate": learningRate, "epsilon": epsilon, "weightDecay": weightDecay], of: self)
    try SettingRange.share.check(["beta1": beta1, "beta2": beta2], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    if isLazy, let rows = gradient.rowSparse { return update(parameter, rows, step) }
    var memory = Memory(mean: step["mean"], square: step["square"], largest: isAMSGrad ? step["largestSquare"] : nil)
    let next = moved(parameter, gradient, &memory, step)
    (step["mean"], step["square"]) = (memory.mean, memory.square)
    if let largest = memory.largest { step["largestSquare"] = largest }
    return next
  }

  /// What is remembered of each element.
  private struct Memory {
    var mean: Node, square: Node, largest: Node?
  }

  private func moved(_ parameter: Node, _ gradient: Node, _ memory: inout Memory, _ step: OptimizerStep) -> Node {
    let decay = WeightDecay(strength: weightDecay, isDecoupled: isDecoupled)
    let g = decay.squarableGradient(gradient, of: parameter, maximizes: maximizes)
    memory.mean = beta1 * memory.mean + (1 - beta1) * g
    memory.square = beta2 * memory.square + (1 - beta2) * square(g)
    memory.largest = memory.largest.map { maximum($0, memory.square) }
    let denominator = sqrt((memory.largest ?? memory.square) / correction(beta2, step.number)) + epsilon
    let start = decay.start(parameter, rate: step.learningRate)
    return start - step.learningRate / correction(beta1, step.number) * (memory.mean / denominator)
  }

  /// The rule on the rows that the gradient has. The differences are added where the rows lie, so that a step takes as
  /// long as these rows do, however many there are beside them.
  private func update(_ table: Node, _ rows: RowSparse, _ step: OptimizerStep) -> Node {
    let indices = rows.indices, (sums, isFirst) = rows.summedRepeats()
    let moves = step.movingRows(isFirst, at: indices)
    let (mean, square) = (step["mean"], step["square"]), largest = isAMSGrad ? step["largestSquare"] : nil
    let before = Memory(
      mean: mean.gathered(at: indices), square: square.gathered(at: indices),
      largest: largest?.gathered(at: indices))
    let start = table.gathered(at: indices)
    var after = before
    let next = moved(start, sums, &after, step)
    func renewed(_ all: Node, _ old: Node, _ new: Node) -> Node {
      all + `where`(moves, new - old, 0).scattered(at: indices, rows: all.shape[0])
    }
    step["mean"] = renewed(mean, before.mean, after.mean)
    step["square"] = renewed(square, before.square, after.square)
    if let largest, let old = before.largest, let new = after.largest {
      step["largestSquare"] = renewed(largest, old, new)
    }
    return renewed(table, start, next)
  }
}

/// 1 − βᵗ, as −(e^(t ln β) − 1), which keeps its digits in single precision too.
func correction(_ beta: Double, _ number: Node) -> Node {
  beta == 0 ? number.graph.constant(1) : -expm1(log(beta) * number)
}
