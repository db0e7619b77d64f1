/// Rows of zeros with a one at each index: `[…] → […, classes]`. No gradient flows to the indices.
struct OneHot: DescribedPrimitive, EnclosedPrimitive {
  static let descriptor = PrimitiveDescriptor(equation: "1 at each index, else 0", derivatives: ["none: an index"])
  let classes: Int
  var name: String { "oneHot" }
  var arity: Int? { 1 }
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { true }
  func shape(of inputs: [Shape]) throws -> Shape { Shape(inputs[0].dimensions + [classes]) }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let indices = try Kernels.positions(inputs[0], below: classes, in: name)
    let result = Tensor(shape: try shape(of: [inputs[0].shape]), repeating: 0)
    if let error = result.error { throw error }
    for position in 0..<indices.count {
      result.storage.pointer(Double.self)[position * classes + Int(indices.storage.pointer(Int32.self)[position])] = 1
    }
    return result
  }
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    Enclosure(try forward([try inputs[0].indices(in: name)]))
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}

extension Node {
  /// The indices as rows of zeros with a one: `[…] → […, classes]`.
  public func oneHot(classes: Int) -> Node {
    graph.attempt(self) {
      guard classes > 0 else {
        throw ChainRuleError(.shape, in: "oneHot", required: "at least 1 class", got: "\(classes)")
      }
      return OneHot(classes: classes)
    }
  }

  /// The former name of `oneHot(classes:)`.
  @available(*, deprecated, renamed: "oneHot(classes:)")
  public func oneHot(depth: Int) -> Node { oneHot(classes: depth) }
}
