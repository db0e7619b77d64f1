import ChainRuleChecking
import ChainRuleCore
import ChainRuleFiles
import Foundation

@testable import ChainRuleONNX

/// What became of a case.
enum Outcome: Equatable {
  case passed
  /// The numbers of the case contradict the operator's description, and why.
  case contested(String)
  case refused(String)
  case failed(String)
}

/// One of ONNX's cases: numbers go in as inputs of the graph, whole numbers and truth values as known ones.
struct NodeCase {
  let folder: String

  func outcome() -> Outcome {
    do {
      let model = try ONNXModel(contentsOf: "\(folder)/model.onnx")
      let sets = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("test_data_set") }
      for set in sets.sorted() {
        guard let difference = try difference(model, "\(folder)/\(set)") else { continue }
        return Self.contested[(folder as NSString).lastPathComponent].map(Outcome.contested) ?? .failed(difference)
      }
      return .passed
    } catch {
      return .refused("\(error)".replacingOccurrences(of: folder + "/model.onnx", with: "model"))
    }
  }

  private func difference(_ model: ONNXModel, _ set: String) throws -> String? {
    // As the files have it: a number that is rounded in one precision is a tie in the other.
    let values = model.message.graph.inputs + model.message.graph.outputs
    let graph = Graph(values.contains { $0.type == .double } ? .double : .single)
    let outputs = try Importer(model, into: graph).run(model.message.graph, Self.inputs(of: model, set, in: graph))
    for (index, message) in model.message.graph.outputs.enumerated() {
      let expected = try Self.value("\(set)/output_\(index).pb", message)
      if let difference = try Self.difference(outputs[index], expected) { return "output \(index): \(difference)" }
    }
    return nil
  }

  private static func inputs(
    of model: ONNXModel, _ set: String, in graph: Graph
  ) throws -> [(String, ImportedValue)] {
    var inputs: [(String, ImportedValue)] = []
    for (index, message) in model.message.graph.inputs.enumerated() {
      let path = "\(set)/input_\(index).pb"
      guard FileManager.default.fileExists(atPath: path) else { continue }
      let value = try value(path, message)
      if case .constant(let tensor, _) = value, tensor.type.isFloatingPoint, tensor.shape.elementCount > 0,
        !readsBeforehand(model, message.name)
      {
        inputs.append((message.name, .node(graph.input(message.name, tensor.values), tensor.type)))
      } else {
        inputs.append((message.name, value))
      }
    }
    return inputs
  }

  /// The gradients of the outputs by the inputs against differences, along directions; nil where there are none: what
  /// is refused, whole numbers, what is constant between jumps, and casts, which are differentiated as if exact.
  func gradientReport() throws -> GradientReport? {
    guard let model = try? ONNXModel(contentsOf: "\(folder)/model.onnx"),
      !model.message.graph.nodes.contains(where: {
        ["Cast", "CastLike", "Gradient", "QuantizeLinear"].contains($0.type)
      })
    else { return nil }
    let graph = Graph(.double), set = "\(folder)/test_data_set_0"
    guard let inputs = try? Self.inputs(of: model, set, in: graph),
      let outputs = try? Importer(model, into: graph).run(model.message.graph, inputs)
    else { return nil }
    let leaves = inputs.compactMap { _, value in if case .node(let node, _) = value { node } else { nil } }
    // Many cases stand at corners: a little beside them there is a derivative.
    for leaf in leaves {
      let values = try leaf.value().scalars.enumerated().map { $1 + 1e-3 * (1 + Double($0 * 31 % 17) / 17) }
      leaf.assign(Tensor(shape: leaf.shape, values))
    }
    var total: Node?
    for case .node(let node, let type) in outputs where type.isFloatingPoint {
      guard try node.value().scalars.allSatisfy(\.isFinite) else { return nil }
      let count = node.shape.elementCount
      let weights = Tensor(shape: node.shape, (0..<count).map { (i: Int) -> Double in 1 + Double(i * 7 % 13) / 13 })
      let sum = (node * graph.constant(weights)).sum()
      total = total.map { $0 + sum } ?? sum
    }
    guard let total else { return nil }
    let gradients = total.backward()
    let reached = leaves.filter { gradients[$0] != nil }
    guard !reached.isEmpty, reached.map(\.shape.elementCount).reduce(0, +) < 5_000 else { return nil }
    return try checkGradients(of: total, withRespectTo: reached, mode: .directions(3))
  }

  /// Whether an operator computes a shape of an input, or runs by it.
  private static func readsBeforehand(_ model: ONNXModel, _ name: String) -> Bool {
    model.message.graph.nodes.contains { node in
      node.inputs.enumerated().contains { $1 == name && !Operators.readsAsNumbers(node.type, $0) && node.type != "If" }
        && !["BatchNormalization", "Clip", "QuantizeLinear", "DequantizeLinear"].contains(node.type)
        || ["Range", "NonMaxSuppression", "RoiAlign", "Unique", "NonZero", "MelWeightMatrix", "Loop"].contains(
          node.type)
          && node.inputs.contains(name) && node.inputs.firstIndex(of: name) != (node.type == "RoiAlign" ? 0 : -1)
    }
  }

  private static func value(_ path: String, _ message: ValueMessage) throws -> ImportedValue {
    let file = try WireFile(path), whole = 0..<file.bytes.count
    guard !message.isOther else { return try several(file, whole, isOptional: message.isOptional) }
    let tensor = try TensorMessage(file, whole).tensor()
    guard message.type == .bfloat16, tensor.type == .uint16, let format = SmallFloat.format(of: .bfloat16) else {
      return .constant(tensor)
    }
    // The files hold such numbers by their bits.
    let values = tensor.values.scalars.map { format.value(UInt64($0)) }
    return .constant(TypedTensor(.bfloat16, tensor.shape, values))
  }

  /// A sequence of tensors (field 3) or of sequences (field 5); an optional value has at most one of them.
  private static func several(_ file: WireFile, _ range: Range<Int>, isOptional: Bool) throws -> ImportedValue {
    var reader = WireReader(file, range), values: [ImportedValue] = []
    while let field = try reader.next() {
      guard let bytes = field.bytes else { continue }
      if field.number == 3 { values.append(.constant(try TensorMessage(file, bytes).tensor())) }
      if field.number == 5 { values.append(try several(file, bytes, isOptional: false)) }
    }
    return isOptional ? values.first ?? .nothing : .sequence(values)
  }

  /// Cases whose numbers are not those of their operator.
  static let contested = [
    "test_adam_multiple": "its numbers are of an epsilon of 0.01, which the node does not ask for",
    "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True":
      "its last windows count elements beyond the padded image",
    "test_qlinearmatmul_2D_int8_float16": "its numbers wrap around where the operator saturates",
    "test_qlinearmatmul_2D_int8_float32": "its numbers wrap around where the operator saturates",
    "test_qlinearmatmul_3D_int8_float16": "its numbers wrap around where the operator saturates",
    "test_qlinearmatmul_3D_int8_float32": "its numbers wrap around where the operator saturates",
    "test_resize_downsample_scales_cubic_align_corners": "its corners are those of an image of 3.2 elements",
    "test_resize_downsample_scales_linear_align_corners": "its corners are those of an image of 2.4 elements",
  ]

  private static func difference(_ value: ImportedValue, _ expected: ImportedValue) throws -> String? {
    switch (value, expected) {
    case (.sequence(let a), .sequence(let b)):
      guard a.count == b.count else { return "\(a.count) elements instead of \(b.count)" }
      for (one, other) in zip(a, b) { if let difference = try difference(one, other) { return difference } }
      return nil
    case (.nothing, .nothing): return nil
    case (_, .constant(let b, _)):
      let a: Tensor
      switch value {
      case .node(let node, _): a = try node.value()
      case .constant(let tensor, _): a = tensor.values
      default: return "no tensor"
      }
      guard a.shape == b.shape else { return "shape \(a.shape) instead of \(b.shape)" }
      guard value.type == b.type else { return "type \(String(describing: value.type)) instead of \(b.type)" }
      let relative = b.type == .bfloat16 || b.type == .float16 ? 1e-2 : 1e-3
      for (position, (x, y)) in zip(a.scalars, b.values.scalars).enumerated() {
        if x.isNaN && y.isNaN || x == y { continue }
        guard abs(x - y) <= 1e-6 + relative * abs(y) else { return "\(x) instead of \(y) at \(position) of \(a.shape)" }
      }
      return nil
    default: return "another kind of value"
    }
  }
}
