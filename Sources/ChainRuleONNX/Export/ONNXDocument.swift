import ChainRuleCore
import ChainRuleFiles

/// A graph in the ONNX format, ready to be written: single precision, operators of version 17, or of 18 where random numbers
/// are drawn.
public struct ONNXDocument: Sendable {
  /// The bytes of the file.
  public let bytes: [UInt8]
  /// How many nodes it has.
  public let nodeCount: Int
  /// The version of its operators.
  public let version: Int

  /// Writes the file in one piece.
  /// - Throws: a `FileError` where it cannot be written.
  public func write(to path: String) throws { try writeAtomically(bytes, to: path) }
}

extension Graph {
  /// What some nodes compute, in the ONNX format.
  ///
  /// ```swift
  /// try graph.onnx(inputs: [x], outputs: [scores]).write(to: "model.onnx")
  /// ```
  /// Inputs and outputs keep their labels as names, and parameters theirs; what has none is called by its number.
  /// - Parameters:
  ///   - inputs: leaves that the file is given; other inputs of the graph become constants of their present value.
  ///   - outputs: nodes to compute.
  ///   - training: whether the gradients of the first output, a single number, with respect to the trainable
  ///     parameters are outputs as well, called `gradient.` and the parameter's name.
  /// - Throws: an error that names the primitive that ONNX has no operator for; what a node carries as a mistake.
  public func onnx(inputs: [Node], outputs: [Node], training: Bool = false) throws -> ONNXDocument {
    var outputs = outputs
    for node in inputs + outputs {
      if let error = node.error { throw error }
      guard node.graph === self else {
        throw ChainRuleError(
          .value, in: "onnx", required: "nodes of this graph", got: "\(node), of another",
          hint: "Call it on the graph where they were recorded.")
      }
    }
    guard Set(inputs).count == inputs.count else {
      throw ChainRuleError(.value, in: "onnx", required: "inputs that differ", got: "one of them twice")
    }
    for input in inputs where input.kind != .input {
      throw ChainRuleError(
        .value, in: "onnx", required: "inputs that are leaves of the graph", got: "\(input)",
        hint: "Pass nodes that graph.input(…) has made.")
    }
    guard !outputs.isEmpty else {
      throw ChainRuleError(.value, in: "onnx", required: "at least one output", got: "none")
    }
    if training {
      guard let loss = outputs.first, loss.shape.elementCount == 1 else {
        throw ChainRuleError(
          .gradient, in: "onnx", required: "one number as the first output, whose gradients are wanted",
          got: outputs.first.map { "\($0)" } ?? "no output")
      }
      let gradients = loss.backward()
      for parameter in parameters where parameter.isTrainable {
        if let gradient = gradients[self.parameter(parameter)] {
          outputs.append(gradient.alias.named("gradient.\(parameter.name)"))
        }
      }
    }
    var writer = GraphWriter(self)
    let document = try writer.document(inputs: inputs, outputs: outputs)
    guard writer.required > writer.version else { return document }
    writer = GraphWriter(self, version: writer.required)
    return try writer.document(inputs: inputs, outputs: outputs)
  }
}
