import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import ChainRuleONNX

extension Command {
  static let export = Command(
    name: "export", form: "MODEL [--format onnx|stablehlo] [--output FILE]",
    summary: "a trained model in a format of other frameworks",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors; or an ONNX file, which is
      written anew. The file holds the graph and the parameters, in single precision, for rows in batches of --batch.
      What it is given is called x, the features as evaluate and predict make them from a table; what it makes is
      called y: scores of classes or numbers. --format stablehlo writes the text that OpenXLA's plugins compile; with
      --training its function is given the parameters after x, and makes the loss, y and the gradients in their order.

        chainrule export digits --output digits.onnx
        chainrule export digits --batch 16 --training --output gradients.onnx
        chainrule export digits --format stablehlo --output digits.mlir
      """,
    options: ExportOptions()
  ) { arguments in
    guard let path = arguments.words.first, arguments.words.count == 1 else {
      throw UsageError("one model is needed; chainrule train --output DIR makes one")
    }
    let format = try arguments[\.format] ?? .onnx, batch = try arguments[\.batch] ?? 1
    let output = try arguments[\.output] ?? (format == .onnx ? "model.onnx" : "model.mlir")
    guard output != "-" else { throw UsageError("--output is a file, and - is none") }
    let graph = Graph(.single)
    graph.mode = .evaluation
    let (inputs, result) = try recorded(path, batch, in: graph)
    if format == .stablehlo { return try writeStableHLO(graph, inputs, result, arguments[\.training], to: output) }
    var outputs = [result]
    if arguments[\.training] { outputs.insert(square(result).mean().named("loss"), at: 0) }
    let document = try graph.onnx(inputs: inputs, outputs: outputs, training: arguments[\.training])
    try document.write(to: output)
    let names = inputs.map { "\($0.label ?? "") \($0.shape)" }.joined(separator: ", ")
    print("\(output): \(document.nodeCount) nodes of ONNX, version 17, from \(names) to y \(result.shape)")
    return 0
  }

  private static func writeStableHLO(
    _ graph: Graph, _ inputs: [Node], _ result: Node, _ isTraining: Bool, to output: String
  ) throws -> Int32 {
    var outputs = [result]
    if isTraining {
      let loss = square(result).mean()
      outputs = [loss, result] + (try loss.gradients(withRespectTo: graph.parameters.map { graph.parameter($0) }))
    }
    let module = try graph.stableHLO(inputs: inputs, outputs: outputs, holdsParameters: !isTraining)
    try writeAtomically(Array(module.text.utf8), to: output)
    let names = module.arguments.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
    print("\(output): StableHLO, from \(names) to y \(result.shape)")
    return 0
  }

  private static func recorded(_ path: String, _ batch: Int, in graph: Graph) throws -> ([Node], Node) {
    if ONNXSubject.isOne(path) {
      let subject = try ONNXSubject([path], in: graph, batch: batch)
      return (subject.inputs.map(\.node), subject.output.named("y"))
    }
    let (network, model) = try Network.read(try TrainingFolder.model(path))
    for named in model.parameters { named.parameter.name = named.path }
    let x = graph.input("x", shape: [batch, network.inputCount])
    let y = model(x)
    if let error = y.error { throw error }
    return ([x], y.named("y"))
  }
}

struct ExportOptions: CommandOptions {
  enum Format: String, CaseIterable { case onnx, stablehlo }

  let format = Option<Format>("format", "FORMAT", "onnx")
  let output = Option<String>("output", "FILE", "the file; model.onnx or model.mlir unless given")
  let batch = Option<Int>("batch", "N", "rows at once; 1 unless given", in: 1...100_000)
  let training = Switch("training", "also the mean square of y, called loss, and its gradient by every parameter")
}
