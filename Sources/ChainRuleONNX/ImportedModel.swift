import ChainRuleCore
import ChainRuleTraining

/// A model of an ONNX file with one input and one output as a layer: it can be trained, saved, and stand in a larger
/// model.
///
/// ```swift
/// let model = ImportedModel(try ONNXModel(contentsOf: "digits.onnx"))
/// let training = try Training(model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 1e-3))
/// ```
/// Its parameters are called as in the file. Running statistics stay as they are in the file.
public struct ImportedModel: Model, Sendable {
  /// What the file holds.
  public let onnx: ONNXModel
  /// The parameters by the names that the file gives them.
  let parameters: [String: Parameter]

  /// The model of a file as a layer.
  public init(_ onnx: ONNXModel) { (self.onnx, parameters) = (onnx, onnx.parametersByName) }

  /// Records the first output for the first input; a mistake is carried by the node.
  public func callAsFunction(_ x: Node) -> Node {
    x.graph.attempt(in: "ImportedModel") {
      guard let input = onnx.inputs.first, onnx.inputs.count == 1, let output = onnx.outputs.first else {
        throw ChainRuleError(
          .value, in: "ImportedModel", required: "a model of one input", got: "inputs \(onnx.inputs.map(\.name))",
          hint: "Use ONNXModel.record(_:in:).")
      }
      do {
        return try onnx.record([input.name: x], in: x.graph)[output.name] ?? x
      } catch let error as ChainRuleError {
        throw error
      } catch {
        throw ChainRuleError(.value, in: "ImportedModel", required: "a model that fits its input", got: "\(error)")
      }
    }
  }
}

extension Model {
  /// What the model computes for inputs of a shape, as it is evaluated, in the ONNX format.
  ///
  /// The input is called `x` and the output `y`; parameters are called by their paths.
  /// - Parameter indices: whether the inputs are whole numbers, such as tokens.
  /// - Throws: as `Graph.onnx(inputs:outputs:training:)`.
  public func onnx(inputs shape: Shape, indices: Bool = false) throws -> ONNXDocument {
    for named in ChainRuleTraining.parameters(of: self) where named.parameter.name.isEmpty {
      named.parameter.name = named.path
    }
    let graph = Graph(.single)
    graph.mode = .evaluation
    let x = graph.input("x", shape: shape, indices: indices)
    return try graph.onnx(inputs: [x], outputs: [self(x).named("y")])
  }
}
