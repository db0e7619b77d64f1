import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import ChainRuleONNX

extension Command {
  static let export = Command(
    name: "export", form: "MODEL [--output FILE.onnx]", summary: "a trained model in a format of other frameworks",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors; or an ONNX file, which is
      written anew. The file holds the graph and the parameters, in single precision, for rows in batches of --batch.
      What it is given is called x, the features as evaluate and predict make them from a table; what it makes is
      called y: scores of classes or numbers.

        chainrule export digits --output digits.onnx
        chainrule export digits --batch 16 --training --output gradients.onnx
      """,
    options: ExportOptions()
  ) { arguments in
    guard let path = arguments.words.first, arguments.words.count == 1 else {
      throw UsageError("one model is needed; chainrule train --output DIR makes one")
    }
    let output = try arguments[\.output] ?? "model.onnx", batch = try arguments[\.batch] ?? 1
    guard output != "-" else { throw UsageError("--output is a file, and - is none: the format is not text") }
    let graph = Graph(.single)
    graph.mode = .evaluation
    let (inputs, result) = try recorded(path, batch, in: graph)
    var outputs = [result]
    if arguments[\.training] { outputs.insert(square(result).mean().named("loss"), at: 0) }
    let document = try graph.onnx(inputs: inputs, outputs: outputs, training: arguments[\.training])
    try document.write(to: output)
    let names = inputs.map { "\($0.label ?? "") \($0.shape)" }.joined(separator: ", ")
    print("\(output): \(document.nodeCount) nodes of ONNX, version 17, from \(names) to y \(result.shape)")
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
  enum Format: String, CaseIterable { case onnx }

  let format = Option<Format>("format", "FORMAT", "onnx")
  let output = Option<String>("output", "FILE", "the file; model.onnx unless given")
  let batch = Option<Int>("batch", "N", "rows at once; 1 unless given", in: 1...100_000)
  let training = Switch("training", "also the mean square of y, called loss, and its gradient by every parameter")
}
