import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import ChainRuleONNX
import Foundation

/// The networks that the tool trains, told by name. `linear` and `softmax` are one layer, whose outputs are numbers or
/// become probabilities.
enum NetworkKind: String, CaseIterable, Codable { case linear, softmax, mlp, cnn }

/// Everything about a network but its parameters: what it is made of, which columns it reads and how. In a file it
/// stands beside the parameters.
struct Network: Codable, Equatable {
  let kind: NetworkKind
  /// Units of the hidden layer of `mlp`.
  let hidden: Int
  /// The columns of features, in order, and that of the labels.
  let columns: [String]
  let target: String
  let classNames: [String]
  /// How features are scaled, in files from before tables had an encoder.
  var standardization: Standardization?
  /// How a table is read; nil for the digits.
  var encoder: TableEncoder?
  /// How the table was written, for others of its kind.
  var dialect: CSVDialect?
  /// The standard deviation of what the network misses on rows that it has not learnt from, in the table's unit.
  var spread: Double?
  /// The unit of the numbers that are predicted, where the table has one.
  var unit: String?
  /// The ONNX file whose graph the parameters belong to; nil for the tool's own networks.
  var from: String?

  var inputCount: Int { encoder?.featureNames.count ?? columns.count }
  var outputCount: Int { encoder?.target.outputCount ?? classNames.count }
  var task: TableTask { encoder?.target.task ?? .classification }

  /// How rows of a table are read, also by a network that has learnt from digits.
  var tableEncoder: TableEncoder {
    encoder
      ?? TableEncoder(
        numbers: columns, scaledBy: standardization, target: .classes(column: target, names: classNames))
  }

  /// A new model from the seed of the moment. Images of the convolutional one are square, with one channel.
  func model() throws -> Sequential {
    let (inputs, outputs) = (inputCount, outputCount)
    if let from { return try Self.imported(from, inputs, outputs) }
    switch kind {
    case .linear, .softmax: return Sequential(Dense(inputs, outputs))
    case .mlp: return Sequential(Dense(inputs, hidden, activation: { relu($0) }), Dense(hidden, outputs))
    case .cnn:
      let side = Self.side(inputs)
      guard side * side == inputs, side >= 4 else {
        throw UsageError("--model cnn needs square images of at least 4×4 pixels, not \(inputs) features")
      }
      return Sequential {
        Reshape([1, side, side])
        Conv2D(1, 8, kernel: [3], padding: [1], activation: { relu($0) })
        MaxPool2D([2])
        Conv2D(8, 16, kernel: [3], padding: [1], activation: { relu($0) })
        MaxPool2D([2])
        Flatten()
        Dense(16 * (side / 4) * (side / 4), outputs)
      }
    }
  }

  /// A model of an ONNX file, whose one input holds the features in any shape.
  private static func imported(_ path: String, _ inputs: Int, _ outputs: Int) throws -> Sequential {
    let onnx = try ONNXModel(contentsOf: path)
    let lengths = (onnx.inputs.first?.lengths ?? []).dropFirst().compactMap { Int($0) }
    guard onnx.inputs.count == 1, lengths.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == inputs
    else {
      throw UsageError(
        "\(path) does not take rows of \(inputs) features: its inputs are "
          + onnx.inputs.map { "\($0.name) [\($0.lengths.joined(separator: ", "))]" }.joined(separator: ", "))
    }
    let model = Sequential(Reshape(Shape(lengths)), ImportedModel(onnx)), graph = Graph(.single)
    let result = model(graph.input("x", shape: [2, inputs]))
    if let error = result.error { throw UsageError("\(path): \(error)") }
    guard result.shape == [2, outputs] else {
      throw UsageError("\(path) makes \(result.shape) of 2 rows, where [2, \(outputs)] is needed")
    }
    return model
  }

  /// What a model says of some rows, `[rows, outputs]`, in parts that fit memory.
  func outputs(of model: Sequential, for examples: Dataset) throws -> Tensor {
    let parts = try stride(from: 0, to: examples.count, by: 4096).map { start in
      let end = Swift.min(start + 4096, examples.count)
      return try model.predict(examples.examples(at: Array(start..<end)).inputs)
    }
    return Tensor.joined(parts)
  }

  private static func side(_ inputs: Int) -> Int { Int(Double(inputs).squareRoot().rounded()) }

  /// The probability of each class, row by row.
  static func probabilities(of scores: Tensor) throws -> [[Double]] {
    let scalars = try ChainRuleCore.softmax(Graph(.single).constant(scores)).value().scalars
    let width = Swift.max(scores.shape[-1], 1)
    return stride(from: 0, to: scalars.count, by: width).map { Array(scalars[$0..<$0 + width]) }
  }

  // MARK: Files

  private static let key = "chainrule.classifier"

  /// Writes the parameters by path, and the rest as text beside them.
  func save(_ model: Sequential, to path: String) throws {
    var whole = self
    whole.from = from.map { URL(filePath: $0).standardizedFileURL.path }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(whole), as: UTF8.self)
    try Safetensors.write(model.state, metadata: [Self.key: text], to: path)
  }

  /// Reads a file, or says what is wrong with it. Nothing is built before the sizes are known to fit the file's.
  static func read(_ path: String) throws -> (network: Network, model: Sequential) {
    let file = try Safetensors.read(path)
    guard let text = file.metadata[key] else {
      throw FileError(path, "is no model of chainrule train: its metadata lack \(key)")
    }
    guard let network = try? JSONDecoder().decode(Network.self, from: Data(text.utf8)),
      network.isSound(elements: file.state.entries.map(\.value.count).reduce(0, +))
    else { throw FileError(path, "is damaged: its sizes do not fit each other") }
    do {
      var network = network
      if network.standardization != nil, network.encoder == nil { network.encoder = network.tableEncoder }
      guard network.encoder?.isSound != false else { throw FileError(path, "its scaling is no number") }
      let model = try network.model()
      try model.restore(file.state)
      return (network, model)
    } catch { throw FileError(path, "is damaged: \(error)") }
  }

  /// Whether a model of this description can consist of so many numbers.
  private func isSound(elements: Int) -> Bool {
    guard !columns.isEmpty, Set(classNames).count == classNames.count, TrainingPlan.hiddenRange.contains(hidden),
      spread.map({ $0.isFinite && $0 >= 0 }) ?? true
    else { return false }
    if let encoder {
      guard encoder.isSound, encoder.columns.map(\.name) == columns, encoder.target.classNames == classNames else {
        return false
      }
    } else if classNames.count < 2 {
      return false
    }
    if let scale = standardization {
      guard scale.means.count == columns.count, scale.deviations.count == columns.count else { return false }
    }
    if from != nil { return true }
    switch kind {
    case .linear, .softmax: return inputCount * outputCount <= elements
    case .mlp: return (inputCount + outputCount) * hidden <= elements
    case .cnn: return inputCount / 4 * outputCount <= elements
    }
  }
}
