import ChainRuleCore

/// What training has reached, epoch by epoch.
public struct History: Sendable, Equatable, Codable, RandomAccessCollection {
  /// One pass over the training examples.
  public struct Epoch: Sendable, Equatable, Codable {
    /// 1, 2, 3, …
    public var number: Int
    /// The mean of the batches' losses, each measured before its update.
    public var loss: Double
    /// Metrics over the training examples, each batch measured before its update.
    public var metrics: [String: Double] = [:]
    /// Loss and metrics on the validation examples after the epoch.
    public var validationLoss: Double?
    /// Metrics on the validation examples after the epoch, by name.
    public var validationMetrics: [String: Double] = [:]
    /// The rate at the end of the epoch.
    public var learningRate: Double
    /// The norm of each gradient in the last step, where they are monitored.
    public var gradientNorms: [String: Double] = [:]
    /// How long the epoch took, validation included, in seconds.
    public var seconds: Double

    /// The share of training examples that were classified rightly, where that is measured.
    public var accuracy: Double? { metrics[Metric.accuracy.name] }
    /// The share of validation examples that are classified rightly, where that is measured.
    public var validationAccuracy: Double? { validationMetrics[Metric.accuracy.name] }
    /// What is known of the epoch, in the order of ``History/csv``: name and value.
    package var fields: [(name: String, value: Double)] {
      var fields = [(name: "epoch", value: Double(number)), (name: "loss", value: loss)]
      func add(_ name: String, _ value: Double?) { if let value { fields.append((name, value)) } }
      for (name, value) in metrics.sorted(by: { $0.key < $1.key }) { add(name, value) }
      add("validation_loss", validationLoss)
      for (name, value) in validationMetrics.sorted(by: { $0.key < $1.key }) { add("validation_" + name, value) }
      add("learning_rate", learningRate)
      add("gradient_norm", gradientNorm)
      add("seconds", seconds)
      return fields
    }

    /// The norm of all gradients together.
    public var gradientNorm: Double? {
      // In the order of the paths: that of a dictionary changes from run to run, and with it the last digit.
      let norms = gradientNorms.sorted { $0.key < $1.key }.map(\.value)
      return norms.isEmpty ? nil : norms.map { $0 * $0 }.reduce(0, +).squareRoot()
    }
  }

  /// The finished epochs, the first one first.
  public internal(set) var epochs: [Epoch] = []
  /// The loss of every step, before its update.
  public var stepLosses: [Double] = []
  /// Why training ended before the last epoch; `nil` if it did not.
  public internal(set) var stopReason: String?

  /// A history of nothing.
  public init() {}
  /// 0.
  public var startIndex: Int { epochs.startIndex }
  /// The number of epochs.
  public var endIndex: Int { epochs.endIndex }
  /// An epoch by position, from 0.
  public subscript(position: Int) -> Epoch { epochs[position] }

  /// A table with one line per epoch: the columns are those that any epoch has.
  public var csv: String {
    let metrics = Set(epochs.flatMap(\.metrics.keys)).sorted()
    let validationMetrics = Set(epochs.flatMap(\.validationMetrics.keys)).sorted()
    let head =
      ["epoch", "loss"] + metrics + ["validation_loss"] + validationMetrics.map { "validation_\($0)" }
      + ["learning_rate", "gradient_norm", "seconds"]
    let lines = epochs.map { epoch in
      let fields = Dictionary(epoch.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      let cells = head.dropFirst().map { name in fields[name].map { "\($0)" } ?? "" }
      return (["\(epoch.number)"] + cells).joined(separator: ",")
    }
    return ([head.map(csvCell).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }
}

/// A text as a cell of a CSV file (RFC 4180): in quotes, with its own doubled, where it holds what ends a cell.
package func csvCell(_ text: String) -> String {
  // CR LF is one character in Swift, so bytes are looked at.
  text.utf8.contains { ",\"\n\r".utf8.contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
}
