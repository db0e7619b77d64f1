import ChainRuleCore

/// Something that watches training and may interfere. Every method has an empty default.
public protocol Callback: AnyObject {
  /// Before the first step; a resumed run has a history already.
  /// - Throws: to end the run with an error.
  func trainingBegan(_ session: any TrainingSession) throws
  /// After a step; `loss` is that of its batch, before the update.
  /// - Throws: to end the run with an error.
  func stepEnded(_ session: any TrainingSession, loss: Double) throws
  /// After an epoch, its validation included; the epoch is the last one of `session.history`.
  /// - Throws: to end the run with an error.
  func epochEnded(_ session: any TrainingSession) throws
  /// After the last step, also where the run was stopped.
  /// - Throws: to end the run with an error.
  func trainingEnded(_ session: any TrainingSession) throws
}

extension Callback {
  /// Does nothing.
  public func trainingBegan(_ session: any TrainingSession) throws {}
  /// Does nothing.
  public func stepEnded(_ session: any TrainingSession, loss: Double) throws {}
  /// Does nothing.
  public func epochEnded(_ session: any TrainingSession) throws {}
  /// Does nothing.
  public func trainingEnded(_ session: any TrainingSession) throws {}
}

/// A training in progress, as callbacks see it.
public protocol TrainingSession: AnyObject {
  /// What has been reached so far.
  var history: History { get }
  /// How many epochs are finished.
  var completedEpochs: Int { get }
  /// How many steps are made, over all epochs.
  var completedSteps: Int { get }
  /// The rate that the next step uses; schedules set it anew before each step.
  var learningRate: Double { get }
  /// The norm of each gradient in the last step, by path, where `monitorsGradients` was asked for.
  var gradientNorms: [String: Double] { get }
  /// The model's parameters, and their values.
  var parameters: [NamedParameter] { get }
  /// The present values of the parameters, by path.
  var modelState: ModelState { get }
  /// Gives the parameters the values of a state.
  /// - Throws: a `ChainRuleError` when the state does not fit the model; nothing is changed then.
  func restoreModel(_ state: ModelState) throws
  /// What callbacks keep for later, by a name of their own: saved with a checkpoint and back after resuming.
  var remembered: [String: ModelState] { get set }
  /// Steps made in the epoch that is under way; 0 between epochs.
  var stepsInEpoch: Int { get }
  /// Everything that a resumed run needs.
  func checkpoint() -> Checkpoint
  /// Ends the run after the present step.
  func stop(because reason: String)
}

/// A callback from a closure, called after each epoch.
public final class AfterEpoch: Callback {
  private let body: (any TrainingSession) throws -> Void
  /// A callback that calls a closure after each epoch.
  public init(_ body: @escaping (any TrainingSession) throws -> Void) { self.body = body }
  /// Calls the closure.
  /// - Throws: what the closure throws.
  public func epochEnded(_ session: any TrainingSession) throws { try body(session) }
}
