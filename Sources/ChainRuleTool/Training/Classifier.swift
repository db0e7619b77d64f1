import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation

/// The classifiers that the tool trains, told by name.
enum ClassifierKind: String, CaseIterable, Codable { case softmax, mlp, cnn }

/// Everything about a classifier but its parameters: what it is made of, which columns it reads and how they are
/// scaled. In a file it stands beside the parameters.
struct Classifier: Codable, Equatable {
  let kind: ClassifierKind
  /// Units of the hidden layer of `mlp`.
  let hidden: Int
  /// The columns of features, in order, and that of the labels.
  let columns: [String]
  let target: String
  let classNames: [String]
  /// How features are scaled; `nil` where they are taken as they are.
  let standardization: Standardization?

  /// A new model from the seed of the moment. Images of the convolutional one are square, with one channel.
  func model() throws -> Sequential {
    let (inputs, classes) = (columns.count, classNames.count)
    switch kind {
    case .softmax: return Sequential(Dense(inputs, classes))
    case .mlp: return Sequential(Dense(inputs, hidden, activation: { relu($0) }), Dense(hidden, classes))
    case .cnn:
      let side = Self.side(inputs)
      guard side * side == inputs, side >= 4 else {
        throw UsageError("--model cnn needs square images of at least 4×4 pixels, not \(inputs) columns")
      }
      return Sequential {
        Reshape([1, side, side])
        Conv2D(1, 8, kernel: [3], padding: [1], activation: { relu($0) })
        MaxPool2D([2])
        Conv2D(8, 16, kernel: [3], padding: [1], activation: { relu($0) })
        MaxPool2D([2])
        Flatten()
        Dense(16 * (side / 4) * (side / 4), classes)
      }
    }
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
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(self), as: UTF8.self)
    try Safetensors.write(model.state, metadata: [Self.key: text], to: path)
  }

  /// Reads a file, or says what is wrong with it. Nothing is built before the sizes are known to fit the file's.
  static func read(_ path: String) throws -> (classifier: Classifier, model: Sequential) {
    let file = try Safetensors.read(path)
    guard let text = file.metadata[key] else {
      throw FileError(path, "is no classifier of chainrule train: its metadata lack \(key)")
    }
    guard let classifier = try? JSONDecoder().decode(Classifier.self, from: Data(text.utf8)),
      classifier.isSound(elements: file.state.entries.map(\.value.count).reduce(0, +))
    else { throw FileError(path, "is damaged: its sizes do not fit each other") }
    do {
      let model = try classifier.model()
      try model.restore(file.state)
      return (classifier, model)
    } catch { throw FileError(path, "is damaged: \(error)") }
  }

  /// Whether a model of this description can consist of so many numbers.
  private func isSound(elements: Int) -> Bool {
    guard !columns.isEmpty, classNames.count > 1, Set(classNames).count == classNames.count,
      TrainingPlan.hiddenRange.contains(hidden)
    else { return false }
    if let scale = standardization {
      guard scale.means.count == columns.count, scale.deviations.count == columns.count else { return false }
    }
    switch kind {
    case .softmax: return columns.count * classNames.count <= elements
    case .mlp: return (columns.count + classNames.count) * hidden <= elements
    case .cnn: return columns.count / 4 * classNames.count <= elements
    }
  }
}
