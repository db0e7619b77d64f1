import ChainRuleCore

/// What a name of an ONNX graph stands for while the graph is recorded.
enum ImportedValue {
  /// Computed when the graph is; bools are 0 and 1.
  case node(Node, ONNXType)
  /// Known while the graph is recorded; with the parameter where it can be trained.
  case constant(TypedTensor, Parameter? = nil)
  case sequence([ImportedValue])
  /// An optional value that is not there.
  case nothing

  /// Whether the elements are known and stay as they are.
  var isFixed: Bool {
    switch self {
    case .constant(_, let parameter): parameter == nil
    case .node: false
    case .sequence(let values): values.allSatisfy(\.isFixed)
    case .nothing: true
    }
  }

  var type: ONNXType? {
    switch self {
    case .node(_, let type): type
    case .constant(let tensor, _): tensor.type
    case .sequence(let values): values.first?.type
    case .nothing: nil
    }
  }

  var shape: Shape? {
    switch self {
    case .node(let node, _): node.shape
    case .constant(let tensor, _): tensor.shape
    case .sequence, .nothing: nil
    }
  }

  static func integers(_ values: [Int], shape: Shape? = nil, type: ONNXType = .int64) -> ImportedValue {
    .constant(TypedTensor(type, shape ?? [values.count], values.map(Double.init)))
  }
}
