import ChainRuleCore

/// How a training goes about its steps, beside its model, its loss and its optimizer.
public struct TrainingOptions {
  /// `.single` for speed, `.double` to check.
  public var precision = Graph.Precision.single
  /// Fixes the order of the examples.
  public var seed: UInt64 = 0
  /// How many threads a step may use; as many as there are processors by default. The numbers do not depend on it.
  public var threads: Int?
  /// What runs the steps: this library's own programs unless another engine is given, whose devices share each batch.
  public var engine: any Engine = BuiltInEngine()

  /// The most bytes that a step of training may need, parameters, batch and results included; what does not fit is
  /// computed again, with the same numbers.
  public var memoryLimit: Int?

  /// Changes the learning rate of every optimizer, and the momentum if it sets one.
  public var schedule: (any Schedule)?
  /// What the schedule's time counts: steps or epochs.
  public var schedulePeriod = SchedulePeriod.step

  /// Terms of the parameters, added to the loss that is differentiated but not to the one reported.
  public var penalties: [Penalty] = []
  /// What is done to the gradients before the optimizer sees them.
  public var clipping: GradientClipping?
  /// How many batches one update is made of, at least 1; their gradients are averaged over all examples.
  public var accumulation = 1
  /// Parameters with optimizers of their own; the last group that holds a parameter counts.
  public var groups: [ParameterGroup] = []

  /// What is measured beside the loss; accuracy where targets are class indices by default.
  public var metrics: [Metric]?
  /// What is measured of each output of a model with several, by the output's name, against the target of that name;
  /// accuracy by default where that target is class indices. A history has it under `OUTPUT_METRIC`.
  public var outputMetrics: [String: [Metric]]?
  /// Whether the norm of each gradient is measured in each step.
  public var monitorsGradients = false

  /// The usual ones: single precision, seed 0, no schedule, every batch its own update.
  public init() {}
}
