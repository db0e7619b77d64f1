/// Something that watches training and may interfere. Every method has an empty default.
public protocol Callback: AnyObject {
  func trainingBegan(_ session: any TrainingSession) throws
  /// After a step; `loss` is that of its batch, before the update.
  func stepEnded(_ session: any TrainingSession, loss: Double) throws
  /// After an epoch, its validation included; the epoch is the last one of `session.history`.
  func epochEnded(_ session: any TrainingSession) throws
  func trainingEnded(_ session: any TrainingSession) throws
}

extension Callback {
  public func trainingBegan(_ session: any TrainingSession) throws {}
  public func stepEnded(_ session: any TrainingSession, loss: Double) throws {}
  public func epochEnded(_ session: any TrainingSession) throws {}
  public func trainingEnded(_ session: any TrainingSession) throws {}
}

/// A training in progress, as callbacks see it.
public protocol TrainingSession: AnyObject {
  var history: History { get }
  var completedEpochs: Int { get }
  var completedSteps: Int { get }
  /// The rate that the next step uses; schedules set it anew before each step.
  var learningRate: Double { get }
  /// The norm of each gradient in the last step, by path, where `monitorsGradients` was asked for.
  var gradientNorms: [String: Double] { get }
  /// The model's parameters, and their values.
  var parameters: [NamedParameter] { get }
  var modelState: ModelState { get }
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
  public init(_ body: @escaping (any TrainingSession) throws -> Void) { self.body = body }
  public func epochEnded(_ session: any TrainingSession) throws { try body(session) }
}
