import ChainRuleCore
import ChainRuleFiles

/// Records one operator on a call's inputs, and gives its outputs.
typealias Operator = @Sendable (Call) throws -> [ImportedValue]

/// What is known of ONNX's operators: a row each, by name; those of other domains begin with the domain.
enum Operators {
  static let all: [String: Operator] = {
    var all: [String: Operator] = [:]
    for table in [
      elementwise, activations, comparisons, casts, shapes, parts, indexed, reductions, products, normalizations,
      windows, recurrences, resizing, losses, quantization, sequences, control, signals, optimizers, regions, orders,
      transformers,
    ] {
      all.merge(table) { first, _ in first }
    }
    return all
  }()

  /// Operators that take graphs or sequences, and are recorded as they are even where all is known.
  static let structural: Set<String> = [
    "If", "Loop", "Scan", "SequenceMap", "SequenceConstruct", "SequenceInsert", "SequenceAt", "SequenceLength",
    "SequenceErase", "SequenceEmpty", "SplitToSequence", "ConcatFromSequence", "Optional", "OptionalHasElement",
    "OptionalGetElement", "Identity", "ai.onnx.preview.training.Gradient",
  ]

  /// Whether an input is read as numbers that a gradient can flow to: not as statistics, bounds, sizes or scales.
  static func readsAsNumbers(_ type: String, _ index: Int) -> Bool {
    switch type {
    case "BatchNormalization", "Attention": index < 3
    case "Clip", "Resize", "Upsample", "Pad", "QuantizeLinear", "DequantizeLinear", "Dropout", "Reshape", "Range",
      "RoiAlign", "OneHot", "Compress", "RotaryEmbedding", "ConstantOfShape", "QLinearConv", "QLinearMatMul",
      "NonMaxSuppression":
      index < 1
    case "If", "Loop", "Scan", "SequenceMap", "TfIdfVectorizer", "TreeEnsemble": false
    default: true
    }
  }

  /// Looks for operators that are not known, and names all of them at once.
  static func check(_ model: ModelMessage, _ path: String) throws {
    let functions = Set(model.functions.map { $0.domain + ":" + $0.name })
    var unknown: [String] = [], seen: Set<String> = []
    var waiting = model.graph.nodes + model.functions.flatMap(\.nodes)
    waiting.reverse()
    while let node = waiting.popLast() {
      waiting += node.attributes.values.flatMap { $0.graph.flatMap(\.nodes) }
      let key = (node.domain.isEmpty ? "" : node.domain + ".") + node.type
      if all[key] == nil, !functions.contains(node.domain + ":" + node.type), seen.insert(node.title).inserted {
        unknown.append(node.title)
      }
    }
    guard unknown.isEmpty else {
      let more = unknown.count > 20 ? " and \(unknown.count - 20) more" : ""
      throw FileError(path, "holds operators that are not known: " + unknown.prefix(20).joined(separator: ", ") + more)
    }
  }
}
