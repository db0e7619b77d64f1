import ChainRule

/// What a training run has to show, as plain data: `html()` draws it as one page and computes nothing.
///
/// ```swift
/// var report = TrainingReport(title: "Digits, 64-32-10")
/// report.loss = [.init("training", [2.3, 0.4]), .init("validation", [1.9, 0.5])]
/// try Data(report.html().utf8).write(to: url)
/// ```
public struct TrainingReport: Sendable, Codable, Equatable {
  /// A named fact: a hyperparameter, a result.
  public struct Fact: Sendable, Codable, Equatable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// How often each true class was predicted as each class: `counts[truth][prediction]`.
  public struct Confusion: Sendable, Codable, Equatable {
    public var labels: [String]
    public var counts: [[Int]]
    public init(labels: [String], counts: [[Int]]) {
      self.labels = labels
      self.counts = counts
    }

    /// The share of all examples on the diagonal; nil without examples.
    public var accuracy: Double? {
      let all = counts.reduce(0) { $0 + $1.reduce(0, +) }
      guard all > 0 else { return nil }
      return Double(counts.indices.reduce(0) { $0 + (counts[$1].indices.contains($1) ? counts[$1][$1] : 0) })
        / Double(all)
    }
  }

  /// An example that was classified wrongly, as a picture: 0 is paper, 1 is ink.
  public struct Mistake: Sendable, Codable, Equatable {
    public var width: Int
    /// Row after row.
    public var pixels: [Double]
    public var truth: String
    public var prediction: String
    /// The probability that the model gave its prediction.
    public var confidence: Double?
    public init(width: Int, pixels: [Double], truth: String, prediction: String, confidence: Double? = nil) {
      self.width = width
      self.pixels = pixels
      self.truth = truth
      self.prediction = prediction
      self.confidence = confidence
    }
  }

  public var title: String
  /// The outcome in a few words, drawn large: test accuracy, time.
  public var results: [Fact] = []
  public var hyperparameters: [Fact] = []
  /// One value per epoch.
  public var loss: [LineChart.Series] = []
  public var accuracy: [LineChart.Series] = []
  /// The norm of each layer's gradient, one value per epoch, the first layer first.
  public var gradientNorms: [LineChart.Series] = []
  /// Norms below the first are marked as vanishing, above the second as exploding.
  public var healthyNorms: ClosedRange<Double> = 1e-5...1e2
  public var confusion: Confusion?
  public var mistakes: [Mistake] = []
  /// Sentences to be read beside the pictures.
  public var notes: [String] = []

  public init(title: String) { self.title = title }

  /// The layers whose gradient left the healthy region, and when it did first, in words.
  public var healthFindings: [String] {
    gradientNorms.compactMap { line in
      for (index, value) in line.values.enumerated() {
        guard let value else { continue }
        if !value.isFinite { return "\(line.name): the gradient is not finite from epoch \(index + 1) on" }
        if value > healthyNorms.upperBound {
          return
            "\(line.name): the gradient explodes in epoch \(index + 1) (norm \(NumberText.short(value, digits: 3)))"
        }
        if value < healthyNorms.lowerBound {
          return
            "\(line.name): the gradient vanishes in epoch \(index + 1) (norm \(NumberText.short(value, digits: 3)))"
        }
      }
      return nil
    }
  }
}
