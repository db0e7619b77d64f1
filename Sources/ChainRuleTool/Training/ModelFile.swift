import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation

/// A trained classifier in a file: what it is made of, how its inputs are scaled, and its parameters by path.
struct ModelFile: Codable {
  static let schema = "chainrule-classifier/1"

  var schema = ModelFile.schema
  let kind: ClassifierKind
  let inputs: Int
  let hidden: Int
  let classNames: [String]
  let scaling: Scaling
  let parameters: [Entry]

  struct Entry: Codable {
    let path: String
    let shape: [Int]
    let values: [Float]
  }

  init(kind: ClassifierKind, hidden: Int, data: LabelledData, model: some Model) {
    self.kind = kind
    self.hidden = hidden
    inputs = data.featureCount
    classNames = data.classNames
    scaling = data.scaling
    parameters = model.state.entries.map {
      Entry(path: $0.path, shape: $0.value.shape.dimensions, values: $0.value.floats)
    }
  }

  func save(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
  }

  /// Reads a file, or says what is wrong with it.
  init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw FileError(path, "cannot be read; chainrule train --save FILE writes a model")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let file = try? decoder.decode(ModelFile.self, from: data), file.schema == Self.schema else {
      throw FileError(path, "is not a model that chainrule train --save has written")
    }
    guard file.inputs == file.scaling.shift.count, file.inputs == file.scaling.factor.count, file.inputs > 0,
      file.classNames.count > 1, (1...100_000).contains(file.hidden)
    else { throw FileError(path, "is damaged: its sizes do not fit each other") }
    self = file
  }

  /// The model with the parameters of the file.
  func model(_ path: String) throws -> Sequential {
    let model = try kind.model(inputs: inputs, hidden: hidden, classes: classNames.count)
    let state = ModelState(parameters.map { ($0.path, Tensor(floats: $0.values, shape: Shape($0.shape))) })
    do { try model.restore(state) } catch { throw FileError(path, "is damaged: \(error)") }
    return model
  }
}
