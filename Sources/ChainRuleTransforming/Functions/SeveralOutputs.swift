import ChainRuleCore

/// A primitive with several outputs: a factorization, values with their places, a cell with a state.
///
/// ```swift
/// struct Polar: SeveralOutputsPrimitive {
///   let name = "polar"
///   func shapes(of inputs: [Shape]) throws -> [Shape] { [inputs[0], inputs[0]] }
///   func forward(_ inputs: [Tensor]) throws -> [Tensor] { … radius and angle … }
///   func pullback(_ upstreams: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?] { … }
///   func pushforward(_ tangents: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?] { … }
/// }
/// let (r, angle) = …graph.record(Polar(), [x, y])
/// ```
/// Each output is a node of its own: it can be explained, checked, compiled and differentiated alone. Outputs are
/// numbers; places are what a primitive of their own gives.
public protocol SeveralOutputsPrimitive: Sendable, Hashable {
  /// What explanations and messages call it.
  var name: String { get }
  /// The shapes of the outputs, at least one, from those of the inputs.
  /// - Throws: where the inputs' shapes do not fit.
  func shapes(of inputs: [Shape]) throws -> [Shape]
  /// The outputs' values.
  /// - Throws: where a value does not fit.
  func forward(_ inputs: [Tensor]) throws -> [Tensor]
  /// The gradient of each input from what arrives at the outputs; `nil` where nothing arrives, or no gradient flows.
  /// - Throws: where it cannot be recorded.
  func pullback(_ upstreams: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?]
  /// How the outputs move with the inputs; `nil` where an input does not move, or an output does not.
  /// - Throws: where it cannot be recorded.
  func pushforward(_ tangents: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?]
}

extension Graph {
  /// Records a primitive with several outputs, a node for each.
  /// - Throws: inputs whose shapes do not fit.
  public func record<P: SeveralOutputsPrimitive>(_ primitive: P, _ inputs: [Node]) throws -> [Node] {
    for node in inputs { if let error = node.error { throw error } }
    let several = SeveralOutputs(primitive: primitive, packing: Packing(try primitive.shapes(of: inputs.map(\.shape))))
    guard !several.packing.shapes.isEmpty else {
      throw ChainRuleError(.primitive, in: primitive.name, required: "at least one output", got: "none")
    }
    let node = record(several, inputs)
    if let error = node.error { throw error }
    return several.packing.parts(of: node)
  }
}

/// The outputs in one node.
private struct SeveralOutputs<P: SeveralOutputsPrimitive>: JointPrimitive {
  let primitive: P
  let packing: Packing
  var name: String { primitive.name }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard try primitive.shapes(of: inputs) == packing.shapes else {
      throw ChainRuleError(.shape, in: name, required: "inputs of other shapes", got: "\(inputs)")
    }
    return packing.shape
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let type: ElementType = inputs.contains { $0.elementType == .float32 } ? .float32 : .float64
    let values = try primitive.forward(inputs)
    for value in values { if let error = value.error { throw error } }
    guard values.map(\.shape) == packing.shapes else {
      throw ChainRuleError(
        .primitive, in: name, required: "values of the promised shapes \(packing.shapes)",
        got: "\(values.map(\.shape))",
        hint: "forward and shapes(of:) must agree.")
    }
    return try packing.tensor(of: values, type)
  }

  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let arriving = packing.shapes.indices.map { packing.arriving($0, upstream) }
    return try primitive.pullback(arriving, of: packing.parts(of: output), inputs: inputs)
  }

  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node? {
    let found = try primitive.pushforward(tangents, of: packing.parts(of: output), inputs: inputs)
    guard found.count == packing.shapes.count else {
      throw ChainRuleError(
        .primitive, in: name, required: "a tangent or nil for each of \(packing.shapes.count) outputs",
        got: "\(found.count)")
    }
    return found.allSatisfy { $0 == nil } ? nil : packing.node(of: found, in: output.graph)
  }
}
