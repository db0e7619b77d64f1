import ChainRuleCore

/// Who is told how training goes.
public struct Progress: Sendable {
  /// What happens during `Training.run`.
  public enum Event: Sendable {
    /// Before the first step: how many epochs there will be, batches in each, and numbers that are trained.
    case started(epochs: Int, batches: Int, parameters: Int)
    /// `loss` is the mean over the epoch so far.
    case finishedStep(epoch: Int, batch: Int, of: Int, loss: Double)
    /// An epoch is finished, its validation included, of so many.
    case finishedEpoch(History.Epoch, of: Int)
    /// The run is over.
    case finished(History)
  }

  let report: @Sendable (Event) -> Void

  /// Progress that is told to a function.
  public init(_ report: @escaping @Sendable (Event) -> Void) { self.report = report }

  /// Nobody is told.
  public static let none = Progress { _ in }

  /// A bar that moves within one line of the terminal; where standard output is a file or a pipe, a line per epoch, and
  /// one every few seconds in a long one.
  public static var terminal: Progress {
    let display = TerminalProgress(
      TerminalProgress.outputIsTerminal ? .bar : .lines, write: TerminalProgress.write)
    return Progress { display.show($0) }
  }

  /// One line of text per epoch.
  public static func lines(_ write: @escaping @Sendable (String) -> Void) -> Progress {
    let display = TerminalProgress(.lines) { write(String($0.dropLast())) }
    return Progress { display.show($0) }
  }

  /// A line every few seconds, that a run of which nothing else is told goes on.
  package static func signsOfLife(_ start: String) -> Progress {
    let display = TerminalProgress(.signsOfLife(start), write: TerminalProgress.write)
    return Progress { display.show($0) }
  }
}
