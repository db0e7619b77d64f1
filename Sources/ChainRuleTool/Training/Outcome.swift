import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// How well a model did on some rows, in the figures of its task.
struct Outcome {
  /// One figure: what it is called, its value, and the value as it is shown.
  struct Figure {
    let name: String
    let value: Double
    let text: String
  }

  /// The first one is what models are compared by.
  let figures: [Figure]
  /// For a classification.
  let confusion: TrainingReport.Confusion?
  let count: Int
  /// For a regression: what the model said and what it should have said.
  private(set) var numbers: [(said: Double, expected: Double)] = []

  /// `accuracy 97.5 % (346 of 355)`, `RMSE 1.2, MAE 0.9, R² 0.87 over 40 rows`
  var summary: String {
    let text = figures.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
    return confusion == nil ? "\(text) over \(count) rows" : text
  }

  /// - Parameters:
  ///   - outputs: what a model says, `[rows, outputs]`.
  ///   - examples: what it should have said.
  ///   - unit: of the numbers that a regression predicts; empty where there is none.
  init(_ outputs: Tensor, on examples: Dataset, _ encoder: TableEncoder?, unit: String = "") throws {
    switch encoder?.target.task ?? .classification {
    case .classification: try self.init(classes: outputs.argmax(axis: -1).indices, on: examples)
    case .regression:
      guard let encoder else { throw RunFailure("a regression without a table") }
      self.init(
        numbers: try encoder.numbers(of: outputs), expected: try encoder.numbers(of: examples.targets), unit: unit)
    case .multilabel:
      self.init(
        labels: outputs.scalars.map { $0 > 0 }, expected: examples.targets.scalars.map { $0 > 0.5 },
        width: outputs.shape[-1])
    }
  }

  /// What needs no model: the commonest class, the mean, each label as it mostly is among the rows to learn from, each
  /// row with its weight.
  init(trivialFor data: LabelledData, balanced: Bool) throws {
    let test = data.test, weights = data.learningWeights(balanced: balanced)
    switch data.task {
    case .classification:
      let labels = data.training.targets.indices
      var counts = [Int](repeating: 0, count: data.classNames.count), sums = counts.map { _ in 0.0 }
      for (row, label) in labels.enumerated() {
        counts[label] += 1
        sums[label] += weights?[row] ?? 1
      }
      // Classes that count the same, as balanced ones do, are told apart by their rows.
      let most = (sums.max() ?? 0) * (1 - 1e-9)
      let best = counts.indices.filter { sums[$0] >= most }.max { counts[$0] < counts[$1] } ?? 0
      try self.init(classes: [Int](repeating: best, count: test.count), on: test)
    case .regression, .multilabel:
      let width = test.targets.shape[-1], whole = weights?.reduce(0, +) ?? Double(data.training.count)
      var means = [Double](repeating: 0, count: width)
      for (place, value) in data.training.targets.scalars.enumerated() {
        means[place % width] += value * (weights?[place / width] ?? 1) / whole
      }
      let outputs = (0..<test.count).flatMap { _ in data.task == .regression ? means : means.map { $0 - 0.5 } }
      try self.init(Tensor(shape: [test.count, width], outputs), on: test, data.encoder, unit: data.unit)
    }
  }

  /// Numbers by linear least squares on the rows to learn from, each with its weight; nil where that is too large to be
  /// worth it.
  init?(leastSquaresFor data: LabelledData) throws {
    let width = data.inputCount, rows = data.training.count
    guard Double(rows) * Double(width + 1) * Double(width + 1) < 1e9 else { return nil }
    func withOnes(_ inputs: Tensor) -> [Double] {
      let values = inputs.scalars
      return (0..<inputs.shape[0]).flatMap { row -> [Double] in values[row * width..<(row + 1) * width] + [1] }
    }
    var (matrix, right) = (withOnes(data.training.inputs), data.training.targets.scalars)
    if let weights = data.learningWeights(balanced: false) {
      for row in 0..<rows {
        let root = weights[row].squareRoot()  // of a squared miss that counts so often
        right[row] *= root
        for place in row * (width + 1)..<(row + 1) * (width + 1) { matrix[place] *= root }
      }
    }
    let system = LinearLeastSquares(matrix: matrix, columns: width + 1, right: right)
    let weights = system.step(damping: 0, scale: []), test = withOnes(data.test.inputs)
    let outputs = (0..<data.test.count).map { row in
      weights.indices.reduce(0.0) { $0 + weights[$1] * test[row * (width + 1) + $1] }
    }
    try self.init(Tensor(shape: [data.test.count, 1], outputs), on: data.test, data.encoder, unit: data.unit)
  }

  private init(classes: [Int], on examples: Dataset) throws {
    let confusion = try TrainingReport.Confusion(
      labels: examples.classNames, actual: examples.targets.indices, predicted: classes)
    self.confusion = confusion
    count = examples.count
    figures = [Figure(name: "accuracy", value: confusion.accuracy ?? .nan, text: confusion.summary)]
  }

  private init(numbers: [Double], expected: [Double], unit: String) {
    let count = Double(expected.count)
    let squares = zip(numbers, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let absolute = zip(numbers, expected).reduce(0) { $0 + abs($1.0 - $1.1) / count }
    let root = (squares / count).squareRoot()
    (confusion, self.count) = (nil, expected.count)
    self.numbers = zip(numbers, expected).map { ($0, $1) }
    figures = [
      Figure(name: "RMSE", value: root, text: Self.text(root, unit)),
      Figure(name: "MAE", value: absolute, text: Self.text(absolute, unit)), Self.explained(self.numbers),
    ]
  }

  /// A number with its unit, as `12.5 %` or `1200 $`.
  static func text(_ number: Double, _ unit: String, digits: Int = 6) -> String {
    NumberText.short(number, digits: digits) + (unit.isEmpty ? "" : " \(unit)")
  }

  /// What the model said and how far off it was, for a regression.
  var residuals: [TrainingReport.Residual] {
    numbers.map { .init(prediction: $0.said, residual: $0.expected - $0.said) }
  }

  /// R², the share of the variance that is explained; undefined where there is none.
  private static func explained(_ numbers: [(said: Double, expected: Double)]) -> Figure {
    let mean = numbers.reduce(0) { $0 + $1.expected / Double(numbers.count) }
    let squares = numbers.reduce(0) { $0 + ($1.said - $1.expected) * ($1.said - $1.expected) }
    let spread = numbers.reduce(0) { $0 + ($1.expected - mean) * ($1.expected - mean) }
    let value = spread > 0 ? 1 - squares / spread : .nan
    return Figure(name: "R²", value: value, text: spread > 0 ? value.fixed(3) : "undefined")
  }

  private init(labels: [Bool], expected: [Bool], width: Int) {
    let rows = expected.count / Swift.max(width, 1)
    let right = zip(labels, expected).filter { $0 == $1 }.count
    let whole = (0..<rows).filter { row in
      (row * width..<(row + 1) * width).allSatisfy { labels[$0] == expected[$0] }
    }.count
    (confusion, count) = (nil, rows)
    let (share, all) = (Double(right) / Double(expected.count), Double(whole) / Double(rows))
    figures = [
      Figure(name: "label accuracy", value: share, text: "\((100 * share).fixed(1)) %"),
      Figure(name: "all labels right", value: all, text: "\((100 * all).fixed(1)) %"),
    ]
  }

  /// Mean ± standard deviation over folds, figure by figure. R² is that of all rows together: on few rows it says
  /// nothing, and on one it is not defined.
  static func overFolds(_ outcomes: [Outcome]) -> String {
    guard let first = outcomes.first else { return "" }
    return first.figures.indices.map { index in
      if first.figures[index].name == "R²" {
        return "R² \(explained(outcomes.flatMap(\.numbers)).text) over all rows together"
      }
      let values = outcomes.map { $0.figures[index].value }, count = Double(outcomes.count)
      let mean = values.reduce(0, +) / count
      let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Swift.max(count - 1, 1)).squareRoot()
      let isShare = first.numbers.isEmpty
      let unit = isShare ? "%" : first.figures[index].text.split(separator: " ").dropFirst().joined(separator: " ")
      func text(_ value: Double) -> String { isShare ? (100 * value).fixed(1) : NumberText.short(value, digits: 4) }
      return "\(first.figures[index].name) \(text(mean)) ± \(text(spread))\(unit.isEmpty ? "" : " " + unit)"
    }.joined(separator: ", ")
  }
}
