import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What a network owes to its columns, how it depends on them, and how far it can be trusted, on some rows.
struct ModelExplanation {
  let encoder: TableEncoder
  let predict: (Tensor) throws -> Tensor
  let examples: Dataset
  /// The unit of the numbers that are predicted; empty where there is none.
  var unit = ""

  /// So many rows are enough for a mean.
  private static let mostRows = 1000

  /// - Parameters:
  ///   - predict: from features to what the network says, `[rows, outputs]`.
  ///   - examples: rows that it has not learnt from; of many, evenly chosen ones are looked at.
  init(_ encoder: TableEncoder, on examples: Dataset, predict: @escaping (Tensor) throws -> Tensor) throws {
    (self.encoder, self.predict) = (encoder, predict)
    let step = (examples.count - 1) / Self.mostRows + 1
    self.examples =
      step == 1 ? examples : try examples.examples(at: Array(stride(from: 0, to: examples.count, by: step)))
  }

  private var task: TableTask { encoder.target.task }

  /// The figure by which columns are judged.
  var scoreName: String { task == .regression ? "RMSE" : task == .classification ? "accuracy" : "label accuracy" }

  /// How much worse the figure becomes without each column, the largest loss first. Shares are told in points.
  func importances(repeats: Int, seed: UInt64) throws -> [TrainingReport.Importance] {
    let sign = task == .regression ? -1.0 : 100
    let found = try encoder.permutationImportance(on: examples, repeats: repeats, seed: seed) { examples in
      let figure = try Outcome(predict(examples.inputs), on: examples, encoder).figures[0].value
      return sign * figure
    }
    return found.map { .init($0.column, mean: $0.mean, deviation: $0.deviation) }.sorted { $0.mean > $1.mean }
  }

  /// What the network says in the unit of people: numbers, or a probability for each class or label.
  private func said(_ inputs: Tensor) throws -> Tensor {
    let outputs = try predict(inputs), graph = Graph(.single)
    switch task {
    case .regression: return Tensor(shape: [inputs.shape[0], 1], try encoder.numbers(of: outputs))
    case .classification: return try ChainRuleCore.softmax(graph.constant(outputs)).value()
    case .multilabel: return try sigmoid(graph.constant(outputs)).value()
    }
  }

  /// What each output is called.
  var outputNames: [String] { task == .classification ? encoder.target.classNames : encoder.target.columns }

  func dependence(on column: String, points: Int) throws -> PartialDependence {
    try encoder.partialDependence(of: column, on: examples.inputs, points: points, predict: said)
  }

  /// A chart of that: a line for each output, at most eight.
  func chart(of dependence: PartialDependence) -> LineChart {
    let series = outputNames.indices.prefix(8).map { output in
      LineChart.Series(
        task == .regression ? outputNames[output] : "probability of \(outputNames[output])",
        dependence.means.map { $0[output] })
    }
    var chart = LineChart(
      title: dependence.column, horizontal: dependence.column, series: series,
      bounds: task == .regression ? nil : 0...1)
    chart.positions = dependence.values.map { value in
      Double(value).map { NumberText.short($0, digits: 3) } ?? (value.count > 12 ? value.prefix(11) + "…" : value)
    }
    return chart
  }

  // MARK: Trust

  /// How often the network is right where it is so sure; for classes and labels.
  static func calibration(_ outputs: Tensor, on examples: Dataset, _ task: TableTask) throws -> [TrainingReport
    .CalibrationBin]
  {
    switch task {
    case .regression: return []
    case .classification:
      let labels = examples.targets.indices
      return TrainingReport.calibration(
        try Network.probabilities(of: outputs).enumerated().map { row, shares in
          let best = shares.indices.max { shares[$0] < shares[$1] } ?? 0
          return (shares[best], best == labels[row])
        })
    case .multilabel:
      let shares = try sigmoid(Graph(.single).constant(outputs)).value().scalars
      return TrainingReport.calibration(
        zip(shares, examples.targets.scalars).map { (Swift.max($0, 1 - $0), ($0 > 0.5) == ($1 > 0.5)) })
    }
  }

  // MARK: One row

  /// What is asked about one row, and its gradient by each feature as the network reads it.
  struct RowGradient {
    let name: String
    let value: Double
    /// The features and their gradients.
    let features: [Double], gradients: [Double]
  }

  /// The gradient of what the network says of one row: of the number, or of the probability of what it takes the row for.
  static func gradient(
    of model: Sequential, at features: [Double], _ encoder: TableEncoder
  ) throws -> RowGradient {
    let graph = Graph()
    graph.mode = .evaluation
    let x = graph.input("features", Tensor(shape: [1, features.count], features)), outputs = model(x)
    let scores = try outputs.value().scalars
    let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    let said: Node, name: String
    switch encoder.target {
    case .number(let column, let mean, let deviation):
      (said, name) = (outputs[0, 0] * deviation + mean, column)
    case .classes(let column, let names):
      (said, name) = (ChainRuleCore.softmax(outputs)[0, best], "probability of \(column)=\(names[best])")
    case .labels(let columns): (said, name) = (sigmoid(outputs)[0, best], "probability of \(columns[best])")
    }
    let gradients = try said.gradients(withRespectTo: [x])[0].value().scalars
    return RowGradient(name: name, value: try said.scalar(), features: features, gradients: gradients)
  }
}
