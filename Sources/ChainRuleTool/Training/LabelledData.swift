import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What a classifier is trained on: features, labels, and the scaling that the features went through.
struct LabelledData {
  /// What messages and reports call it.
  let name: String
  let training: Dataset
  let test: Dataset
  /// The columns of features, in order, and that of the labels.
  let columns: [String]
  let target: String
  /// How the features are scaled; `nil` where they are taken as they are.
  let standardization: Standardization?
  /// Whether the rows are the 8×8 images that the library carries.
  var isDigits = false

  var classNames: [String] { training.classNames }

  /// The digits that the library carries.
  static func digits() throws -> LabelledData {
    let digits = try Digits.bundled()
    return LabelledData(
      name: "1,797 handwritten digits", training: digits.training, test: digits.test,
      columns: (1...64).map(String.init), target: "digit", standardization: nil, isDigits: true)
  }

  /// A table with a column of labels. Within each label every fifth row is a test row; features are shifted and
  /// scaled to mean 0 and variance 1 over the training rows.
  static func table(_ file: String, target: String?) throws -> LabelledData {
    let table = try CSVTable(contentsOf: file)
    let position = try target.map { try table.column($0) } ?? table.columns.count - 1
    let features = table.columns.indices.filter { $0 != position }
    guard !features.isEmpty else { throw FileError(file, "has only one column; features and a label are needed") }
    for column in features { _ = try table.column(table.columns[column]) }  // a name that stands twice is refused
    let (labels, names) = try table.classes(in: position)
    let numbers = try table.numbers(in: features, finite: true)
    let (training, test) = everyFifthRow(of: labels)
    guard names.count > 1 else { throw FileError(file, "has only one class") }
    guard !test.isEmpty else {
      throw FileError(file, "has too few rows: every fifth row of a label is kept for testing")
    }
    func part(_ rows: [Int]) throws -> Dataset {
      try Dataset(
        inputs: Tensor(
          shape: [rows.count, features.count],
          rows.flatMap { numbers[$0 * features.count..<($0 + 1) * features.count] }),
        targets: Tensor(indices: rows.map { labels[$0] }), classNames: names)
    }
    let rows = try part(training)
    let scale = try Standardization(fittedTo: rows)
    return LabelledData(
      name: file, training: try single(scale(rows)), test: try single(scale(part(test))),
      columns: features.map { table.columns[$0] }, target: table.columns[position], standardization: scale)
  }

  /// The same in single precision, in which models are trained.
  private static func single(_ examples: Dataset) throws -> Dataset {
    try Dataset(
      inputs: Tensor(floats: examples.inputs.scalars.map { Float($0) }, shape: examples.inputs.shape),
      targets: examples.targets, classNames: examples.classNames)
  }

  /// Tells apart data that differ anywhere: a resumed run must see the rows that it was begun with.
  /// The hash is FNV-1a (Fowler, Noll and Vo) over all features and labels.
  var fingerprint: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for part in [training, test] {
      for number in part.inputs.floats.map(\.bitPattern) + part.targets.indices.map({ UInt32(truncatingIfNeeded: $0) })
      {
        for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
          hash = (hash ^ UInt64(number >> shift & 0xFF)) &* 0x100_0000_01B3
        }
      }
    }
    return String(hash, radix: 16)
  }
}
