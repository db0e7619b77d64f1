import ChainRuleCore

/// A rule that turns a parameter and its gradient into the parameter's next value, as graph nodes, so that a whole
/// training step is one graph.
///
/// ```swift
/// struct SignDescent: Optimizer {
///   var learningRate = 0.001
///   func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
///     parameter - step.learningRate * sign(gradient)
///   }
/// }
/// ```
public protocol Optimizer: Sendable {
  /// The rate that schedules multiply.
  var learningRate: Double { get set }
  /// The next value of one parameter. What must be remembered until the next step is read from and written to
  /// `step[name]`.
  func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node
  /// Looks at the settings before a training begins; asks for a rate of at least 0 by default.
  /// - Throws: for a setting that the rule cannot work with, naming it.
  func validate() throws
}

extension Optimizer {
  /// Looks at the rate alone.
  /// - Throws: for one below 0, infinite or NaN.
  public func validate() throws { try SettingRange.notNegative.check(learningRate, "learningRate", of: self) }
}

/// What an optimizer sees of one parameter's step: the rate, the number of the step, and the parameter's memory.
public final class OptimizerStep {
  /// The rate in force, after schedules.
  public let learningRate: Node
  /// 1 in the first step, then 2, 3, …
  public let number: Node
  let parameter: Node
  let path: String
  private let memory: OptimizerMemory
  private(set) var renewals: [(state: Node, next: Node)] = []
  /// What this step has read of names that the memory does not know: they enter it when they are assigned.
  private var unassigned: [String: OptimizerMemory.Slot] = [:]

  /// A row of the parameter that stays as it is.
  private let fixedRow: Int?
  /// Whether the rule itself leaves that row alone.
  private(set) var keepsFixedRow = false

  init(
    parameter: Node, path: String, rate: Node, number: Node, memory: OptimizerMemory, fixedRow: Int? = nil
  ) {
    (self.parameter, self.path, learningRate, self.number, self.memory) = (parameter, path, rate, number, memory)
    self.fixedRow = fixedRow
  }

  /// Which of some rows a rule moves that touches those alone: each once, and not the row that stays as it is.
  func movingRows(_ isFirst: Node, at indices: Node) -> Node {
    keepsFixedRow = true
    guard let fixedRow else { return isFirst }
    let isOther = 1 - equal(indices, Double(fixedRow))
    return isFirst * isOther.reshaped(to: isFirst.shape)
  }

  /// The memory of that name, shaped like the parameter and zero at first. Assigning says what it becomes after the
  /// step; reading after assigning gives the new node. A name that is never assigned stays what it was, and is not
  /// saved.
  public subscript(name: String) -> Node {
    get { self[name, startingAt: 0] }
    set { self[name, startingAt: 0] = newValue }
  }

  /// The memory of that name, starting at another number; `isScalar` keeps one number for the whole parameter.
  public subscript(name: String, startingAt start: Double, isScalar isScalar: Bool = false) -> Node {
    get {
      do {
        let slot = try slot(name, start, isScalar), leaf = parameter.graph.parameter(slot.parameter)
        if !memory.holds(slot) { unassigned[name] = slot }
        return renewals.last { $0.state == leaf }?.next ?? leaf
      } catch { return parameter.graph.failed(error) }
    }
    set {
      do {
        let slot = try slot(name, start, isScalar), leaf = parameter.graph.parameter(slot.parameter)
        memory.keep(slot)
        unassigned[name] = nil
        renewals.removeAll { $0.state == leaf }
        renewals.append((leaf, newValue))
      } catch { renewals.append((parameter, parameter.graph.failed(error))) }
    }
  }

  /// - Throws: where the slot has another shape: it comes from a checkpoint of another optimizer.
  private func slot(_ name: String, _ start: Double, _ isScalar: Bool) throws(ChainRuleError) -> OptimizerMemory.Slot {
    let start = Tensor(shape: isScalar ? .scalar : parameter.shape, repeating: start)
    return try (unassigned[name] ?? memory.slot("\(path)/\(name)", startingAt: start)).starting(at: start)
  }

  /// The momentum that a schedule sets for this step (one-cycle does); `value` under any other schedule.
  public func momentum(otherwise value: Double) -> Node {
    memory.momentum.map { parameter.graph.parameter($0.parameter) } ?? parameter.graph.constant(value)
  }

  /// A number that a schedule may set for every step; otherwise the one given.
  @available(*, deprecated, message: "Schedules set the momentum only: use momentum(otherwise:).")
  public func scheduled(_ name: String, _ value: Double) -> Node {
    name == "momentum" ? momentum(otherwise: value) : parameter.graph.constant(value)
  }
}
