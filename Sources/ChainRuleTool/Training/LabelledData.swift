import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What a classifier is trained on: features, labels, and the scaling that the features went through.
struct LabelledData {
  /// What messages and reports call it.
  let name: String
  let training: Dataset
  let test: Dataset
  let scaling: Scaling
  /// Whether the rows are the 8×8 images that the library carries.
  var isDigits = false

  var featureCount: Int { training.inputs.shape[1] }
  var classNames: [String] { training.classNames }

  /// The digits that the library carries.
  static func digits() throws -> LabelledData {
    let digits = try Digits.bundled()
    return LabelledData(
      name: "1,797 handwritten digits", training: digits.training, test: digits.test,
      scaling: Scaling(shift: [Double](repeating: 0, count: 64), factor: [Double](repeating: 1, count: 64)),
      isDigits: true)
  }

  /// A table with a column of labels. Within each label every fifth row is a test row; features are shifted and
  /// scaled to mean 0 and variance 1 over the training rows.
  static func table(_ file: String, label: String?) throws -> LabelledData {
    let table = try CSVTable(contentsOf: file)
    let position = try label.map { try table.column($0) } ?? table.columns.count - 1
    let features = table.columns.indices.filter { $0 != position }
    guard !features.isEmpty else { throw FileError(file, "has only one column; features and a label are needed") }
    let (labels, names) = try table.classes(in: position)
    let numbers = try table.numbers(in: features, finite: true)
    var seen = [Int](repeating: 0, count: names.count)
    var (training, test): ([Int], [Int]) = ([], [])
    for (row, label) in labels.enumerated() {
      seen[label] += 1
      if seen[label].isMultiple(of: 5) { test.append(row) } else { training.append(row) }
    }
    guard names.count > 1, !test.isEmpty else {
      throw FileError(
        file,
        names.count > 1 ? "has too few rows: every fifth row of a label is kept for testing" : "has only one class")
    }
    let scaling = Scaling(of: numbers, rows: training, width: features.count)
    func part(_ rows: [Int]) throws -> Dataset {
      try Dataset(
        inputs: scaling.applied(to: rows.flatMap { numbers[$0 * features.count..<($0 + 1) * features.count] }),
        targets: Tensor(indices: rows.map { labels[$0] }), classNames: names)
    }
    return LabelledData(name: file, training: try part(training), test: try part(test), scaling: scaling)
  }
}

/// A shift and a factor for each feature.
struct Scaling: Codable {
  let shift: [Double]
  let factor: [Double]

  init(shift: [Double], factor: [Double]) { (self.shift, self.factor) = (shift, factor) }

  /// Mean 0 and variance 1 over the given rows; a constant feature is only shifted.
  init(of numbers: [Double], rows: [Int], width: Int) {
    var mean = [Double](repeating: 0, count: width)
    var variance = mean
    for row in rows { for column in 0..<width { mean[column] += numbers[row * width + column] / Double(rows.count) } }
    for row in rows {
      for column in 0..<width {
        let distance = numbers[row * width + column] - mean[column]
        variance[column] += distance * distance / Double(rows.count)
      }
    }
    shift = mean
    factor = variance.map { $0 > 0 && $0.isFinite ? 1 / $0.squareRoot() : 1 }
  }

  func applied(to numbers: [Double]) -> Tensor {
    let width = shift.count
    let scaled = numbers.enumerated().map { Float(($1 - shift[$0 % width]) * factor[$0 % width]) }
    return Tensor(floats: scaled, shape: [width == 0 ? 0 : numbers.count / width, width])
  }
}
