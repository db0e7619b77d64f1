import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What a model is trained on: rows to learn from, rows to choose by, rows to report, and how they were read.
struct LabelledData {
  /// What messages and reports call it.
  let name: String
  let training: Dataset
  /// Rows by which a run is stopped and its best epoch chosen; nil where nothing is chosen.
  var validation: Dataset?
  /// Rows that the report is about; empty where all are learnt from.
  let test: Dataset
  /// The columns of features, in order, and that of the labels.
  let columns: [String]
  let target: String
  /// How a table is read; nil for the digits.
  var encoder: TableEncoder?
  /// How the table is written.
  var dialect: CSVDialect?
  /// How much the rows to learn from and to choose by count, where a column says so.
  private(set) var weights: (training: [Double], validation: [Double])?
  /// The rows to learn from that stay on disk, of which `training` holds some in memory; nil where it holds all.
  var streamed: StreamPart?
  /// The unit of the numbers that are predicted; empty where there is none.
  private(set) var unit = ""
  /// Whether the rows are the 8×8 images that the library carries.
  var isDigits: Bool { encoder == nil }

  var task: TableTask { encoder?.target.task ?? .classification }
  var classNames: [String] { training.classNames }
  /// How many rows are learnt from.
  var trainingCount: Int { streamed?.count ?? training.count }
  var inputCount: Int { encoder?.featureNames.count ?? columns.count }

  /// The digits that the library carries.
  /// - Parameter chooses: whether some of the rows to learn from are kept to choose by.
  static func digits(chooses: Bool) throws -> LabelledData {
    let digits = try Digits.bundled()
    let (kept, taken) = everyFifthRow(of: digits.training.targets.indices)
    return LabelledData(
      name: "1,797 handwritten digits", training: chooses ? try digits.training.examples(at: kept) : digits.training,
      validation: chooses ? try digits.training.examples(at: taken) : nil, test: digits.test,
      columns: (1...64).map(String.init), target: "digit")
  }

  /// Rows of a table as examples, read as its rows to learn from say.
  init(_ split: RowSplit, of reading: TableReading, testedOn other: CSVTable?, _ weights: RowWeights? = nil) throws {
    let encoder = try reading.fit(rows: split.training, classesOf: weights?.counted(reading.rows))
    func part(_ rows: [Int]) throws -> Dataset { try Self.single(encoder.transform(reading.table, rows: rows)) }
    self.init(
      name: reading.table.file, training: try part(split.training),
      validation: split.validation.isEmpty ? nil : try part(split.validation),
      test: try other.map { try Self.single(encoder.transform($0, rows: encoder.rowsWithTarget(in: $0))) }
        ?? part(split.test),
      columns: encoder.columns.map(\.name), target: encoder.target.columns.joined(separator: ","), encoder: encoder,
      dialect: reading.table.dialect)
    unit = reading.targetUnit
    self.weights = weights.map { all in
      (split.training.map { all.values[$0] }, split.validation.map { all.values[$0] })
    }
  }

  /// Rows of a table that stays on disk; so many as fit are held in memory of those to choose by and to report, and of
  /// those to learn from for whoever needs them at once.
  init(streaming stream: TableStream, _ split: StreamSplit) throws {
    let encoder = stream.encoder
    let most = Swift.max(1000, Swift.min(20_000, 2_000_000 / Swift.max(encoder.featureNames.count, 1)))
    let test = StreamPart(stream, split, .test, most: most)
    guard test.count > 0, split.count(.training, before: stream.count) > 0 else {
      throw FileError(stream.path, "has too few rows to keep some for testing; --test-fraction says how many")
    }
    let chosen = StreamPart(stream, split, .choosing, most: most)
    guard !split.chooses || chosen.count > 0 else {
      throw FileError(stream.path, "has too few rows to set some apart that decide when to stop; give --epochs N")
    }
    self.init(
      name: stream.path, training: try StreamPart(stream, split, .training, most: most).read(),
      validation: split.chooses ? try chosen.read() : nil, test: try test.read(), columns: encoder.columns.map(\.name),
      target: encoder.target.columns.joined(separator: ","), encoder: encoder, dialect: stream.reading.table.dialect)
    streamed = StreamPart(stream, split, .training)
    unit = stream.reading.targetUnit
  }

  /// The rows to learn from, with their weights if they have any.
  func source() throws -> any DataSource {
    if let streamed { return streamed }
    return try weights.map { try RowWeights.packed(training, $0.training) } ?? training
  }

  /// The rows to choose by, or those to watch, with weights where there are any: those for testing count alike.
  func weighted(watched: Dataset?) throws -> Dataset? {
    guard let weights, let watched else { return watched }
    let isChosen = validation != nil
    return try RowWeights.packed(
      watched, isChosen ? weights.validation : [Double](repeating: 1, count: watched.count))
  }

  private init(
    name: String, training: Dataset, validation: Dataset?, test: Dataset, columns: [String], target: String,
    encoder: TableEncoder? = nil, dialect: CSVDialect? = nil
  ) {
    (self.name, self.training, self.validation, self.test) = (name, training, validation, test)
    (self.columns, self.target, self.encoder, self.dialect) = (columns, target, encoder, dialect)
  }

  /// The same in single precision, in which models are trained.
  private static func single(_ examples: Dataset) throws -> Dataset {
    func floats(_ tensor: Tensor) -> Tensor {
      tensor.elementType == .int32 ? tensor : tensor.converted(to: .float32)
    }
    return try Dataset(
      inputs: floats(examples.inputs), targets: floats(examples.targets), classNames: examples.classNames)
  }

  /// How much each row to learn from counts in the loss: its own weight times that of its class; nil where all count 1.
  func learningWeights(balanced: Bool) -> [Double]? {
    guard balanced else { return weights?.training }
    let ofClasses = balancedWeights().scalars
    return training.targets.indices.enumerated().map { (weights?.training[$0] ?? 1) * ofClasses[$1] }
  }

  /// How much each class counts so that all count the same: rows/(classes · rows of the class).
  func balancedWeights() -> Tensor {
    var counts = [Double](repeating: 0, count: classNames.count)
    for label in training.targets.indices { counts[label] += 1 }
    let all = Double(training.count)
    return Tensor(counts.map { $0 > 0 ? all / (Double(counts.count) * $0) : 0 })
  }

  /// Tells apart data that differ anywhere: a resumed run must see the rows that it was begun with.
  /// The hash is FNV-1a (Fowler, Noll and Vo) over all features, targets and names.
  var fingerprint: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for part in [training, test] + (validation.map { [$0] } ?? []) {
      let targets =
        part.targets.elementType == .int32
        ? part.targets.indices.map { UInt32(truncatingIfNeeded: $0) } : part.targets.floats.map(\.bitPattern)
      for number in part.inputs.floats.map(\.bitPattern) + targets {
        for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
          hash = (hash ^ UInt64(number >> shift & 0xFF)) &* 0x100_0000_01B3
        }
      }
    }
    // Of a table on disk the rows in memory stand for all, with their number.
    if let streamed { hash = (hash ^ UInt64(streamed.stream.count)) &* 0x100_0000_01B3 }
    for weight in weights.map({ $0.training + $0.validation }) ?? [] {
      hash = (hash ^ weight.bitPattern) &* 0x100_0000_01B3
    }
    // The names of what was learnt belong to it, too.
    for letter in (encoder == nil ? [] : columns + classNames).joined(separator: "\u{0}").unicodeScalars {
      hash = (hash ^ UInt64(letter.value)) &* 0x100_0000_01B3
    }
    return String(hash, radix: 16)
  }
}
