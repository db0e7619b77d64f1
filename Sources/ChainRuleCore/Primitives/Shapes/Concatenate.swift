/// The inputs one after the other along an axis. The transpose for one input is its slice.
struct Concatenate: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "one after the other", derivatives: ["`Slice` of each part"], call: "concatenate",
    aliases: ["concat", "cat"], hasWeightsOfOneSign: true)
  let axis: Int
  var name: String { "concatenate" }

  func shape(of inputs: [Shape]) throws -> Shape {
    var lengths = inputs[0].dimensions
    for shape in inputs.dropFirst() {
      guard shape.rank == lengths.count, (0..<shape.rank).allSatisfy({ $0 == axis || shape[$0] == lengths[$0] }) else {
        throw ChainRuleError(
          .shape, in: name, required: "equal lengths on every axis but \(axis)",
          got: inputs.map(\.description).joined(separator: ", "))
      }
      lengths[axis] += shape[axis]
    }
    return Shape(lengths)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = try shape(of: inputs.map(\.shape))
    let type = inputs.contains { $0.elementType == .float64 } ? ElementType.float64 : inputs[0].elementType
    let result = try Kernels.make(shape, type)
    let (outer, length, inner) = shape.split(at: axis)
    var position = 0
    for input in inputs {
      let part = input.converted(to: type)
      let run = part.shape[axis] * inner * type.stride
      for row in 0..<(run == 0 ? 0 : outer) {
        (result.storage.base + (row * length + position) * inner * type.stride)
          .copyMemory(from: part.storage.base + row * run, byteCount: run)
      }
      position += part.shape[axis]
    }
    return result
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let shape = output.shape
    var starts = [Int](repeating: 0, count: shape.rank)
    starts[axis] = inputs[..<index].map { $0.shape[axis] }.reduce(0, +)
    let steps = [Int](repeating: 1, count: shape.rank)
    let back = Slice(starts: starts, counts: inputs[index].shape.dimensions, steps: steps)
    let forth = Pad(shape: shape, starts: starts, steps: steps, filling: 0)
    return .linear(forth, transpose: back)
  }
}

/// The nodes one after the other along an axis.
public func concatenate(_ nodes: [Node], axis: Int = 0) -> Node {
  guard let first = nodes.first else { return nothing(in: "concatenate") }
  if let broken = nodes.first(where: { $0.error != nil }) { return broken }
  return first.graph.attempt(in: "concatenate") {
    first.graph.recordGeneral(Concatenate(axis: try first.shape.position(ofAxis: axis, in: "concatenate")), nodes)
  }
}

/// Nodes of one shape along a new axis.
public func stack(_ nodes: [Node], axis: Int = 0) -> Node {
  guard let first = nodes.first else { return nothing(in: "stack") }
  if first.error == nil, !(-first.shape.rank - 1...first.shape.rank).contains(axis) {
    return first.graph.failed(
      ChainRuleError(
        .shape, in: "stack", required: "a new axis in \(-first.shape.rank - 1)…\(first.shape.rank)",
        got: "axis \(axis) for shape \(first.shape)"))
  }
  if let odd = nodes.first(where: { $0.shape != nodes[0].shape && $0.error == nil && nodes[0].error == nil }) {
    return odd.graph.failed(
      ChainRuleError(.shape, in: "stack", required: "nodes of shape \(nodes[0].shape)", got: "\(odd.shape)"))
  }
  return concatenate(nodes.map { $0.expandingDimension(at: axis) }, axis: axis)
}

private func nothing(in name: String) -> Node {
  Graph().failed(ChainRuleError(.shape, in: name, required: "at least one node", got: "none"))
}
