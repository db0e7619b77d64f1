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

  init(parameter: Node, path: String, rate: Node, number: Node, memory: OptimizerMemory) {
    (self.parameter, self.path, learningRate, self.number, self.memory) = (parameter, path, rate, number, memory)
  }

  /// The memory of that name, shaped like the parameter and zero at first. Assigning says what it becomes after the
  /// step; reading after assigning gives the new node.
  public subscript(name: String) -> Node {
    get { self[name, startingAt: 0] }
    set { self[name, startingAt: 0] = newValue }
  }

  /// The memory of that name, starting at another number; `isScalar` keeps one number for the whole parameter.
  public subscript(name: String, startingAt start: Double, isScalar isScalar: Bool = false) -> Node {
    get {
      let leaf = self.leaf(name, start, isScalar)
      return renewals.last { $0.state == leaf }?.next ?? leaf
    }
    set {
      let leaf = self.leaf(name, start, isScalar)
      renewals.removeAll { $0.state == leaf }
      renewals.append((leaf, newValue))
    }
  }

  private func leaf(_ name: String, _ start: Double, _ isScalar: Bool) -> Node {
    let shape = isScalar ? Shape.scalar : parameter.shape
    return parameter.graph.parameter(memory.parameter("\(path)/\(name)", Tensor(shape: shape, repeating: start)))
  }

  /// A number that a schedule may set for every step (`momentum` of one-cycle); otherwise the one given.
  public func scheduled(_ name: String, _ value: Double) -> Node {
    memory.scheduled[name].map { parameter.graph.parameter($0) } ?? parameter.graph.constant(value)
  }
}

/// The numbers that optimizers keep between steps, by name: saved and restored with the model.
final class OptimizerMemory {
  private(set) var parameters: [NamedParameter] = []
  private var starts: [String: Tensor] = [:]
  /// Numbers that a schedule sets before each step.
  var scheduled: [String: Parameter] = [:]

  /// The number of updates made.
  let count = Parameter(0, name: "step", isTrainable: false)

  func parameter(_ path: String, _ start: Tensor) -> Parameter {
    starts[path] = start
    return parameters.first { $0.path == path }?.parameter ?? adopt(path, start)
  }

  /// Makes a memory before a step is recorded that uses it.
  @discardableResult
  func adopt(_ path: String, _ value: Tensor) -> Parameter {
    let parameter = Parameter(value, name: path, isTrainable: false)
    parameters.append(NamedParameter(path: path, parameter: parameter))
    return parameter
  }

  /// What a memory holds before the first step.
  func start(of path: String) -> Tensor? { starts[path] }
}
