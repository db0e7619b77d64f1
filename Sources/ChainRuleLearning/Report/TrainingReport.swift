import ChainRule
import ChainRuleTraining

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
    /// What the fact is about.
    public var name: String
    /// What is so, as it is shown.
    public var value: String
    /// A fact as two texts.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// How often each true class was predicted as each class: `counts[truth][prediction]`.
  public struct Confusion: Sendable, Codable, Equatable {
    /// The names of the classes, by index.
    public var labels: [String]
    /// `counts[truth][prediction]`
    public var counts: [[Int]]
    /// From names and counts, a row for each class.
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
    /// How many pixels a row has.
    public var width: Int
    /// Row after row.
    public var pixels: [Double]
    /// The name of the class that the example belongs to.
    public var truth: String
    /// The name of the class that it was taken for.
    public var prediction: String
    /// The probability that the model gave its prediction.
    public var confidence: Double?
    /// A picture, row after row, with what it shows and what it was taken for.
    public init(width: Int, pixels: [Double], truth: String, prediction: String, confidence: Double? = nil) {
      self.width = width
      self.pixels = pixels
      self.truth = truth
      self.prediction = prediction
      self.confidence = confidence
    }
  }

  /// What stands above the report, and in the window's title.
  public var title: String
  /// The outcome in a few words, drawn large: test accuracy, time.
  public var results: [Fact] = []
  /// What the run was made with.
  public var hyperparameters: [Fact] = []
  /// One value per epoch.
  public var loss: [LineChart.Series] = []
  /// One value per epoch, between 0 and 1.
  public var accuracy: [LineChart.Series] = []
  /// The share of each class that is found, one value per epoch, between 0 and 1 (see `ClassCurves`).
  public var classes: [LineChart.Series] = []
  /// The norm of each layer's gradient, one value per epoch, the first layer first.
  public var gradientNorms: [LineChart.Series] = []
  /// Norms below the first are marked as vanishing, above the second as exploding.
  public var healthyNorms: ClosedRange<Double> = 1e-5...1e2
  /// Which class was taken for which; `nil` for a run that classifies nothing.
  public var confusion: Confusion?
  /// Examples that were classified wrongly; the first 200 are drawn.
  public var mistakes: [Mistake] = []
  /// What units weigh their input with, as pictures; the first 64 of a layer are drawn.
  public var filters: [Filters] = []
  /// Values by layer, the first layer first.
  public var histograms: [Histogram] = []
  /// How much worse the model becomes without each column.
  public var importances: [Importance] = []
  /// What the model says as one column changes.
  public var dependences: [LineChart] = []
  /// How often the model is right where it is so sure.
  public var calibration: [CalibrationBin] = []
  /// What the model says and how far off that is; the first 2000 are drawn.
  public var residuals: [Residual] = []
  /// Sentences to be read beside the pictures.
  public var notes: [String] = []

  /// A report that shows nothing yet.
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
