import ChainRuleCore

/// A function with a gradient that somebody chose.
struct CustomGradient: JointPrimitive {
  /// The value: a function of the arguments, then of what it reads beside them.
  let value: Subgraph
  /// The gradients of the arguments: a function of upstream, the arguments, the output, then of what it reads.
  let gradient: Subgraph
  let arguments: Int
  let name: String
  /// Whether forward mode pushes through the value: where the gradient is changed on its way back alone, as clipping
  /// does, which is no linear map and has no transpose.
  var pushesValue = false

  /// Inputs that the value reads, after which come those that the gradient alone reads.
  private var read: Int { value.inputs.count }

  func shape(of inputs: [Shape]) throws -> Shape {
    // The gradient reads upstream, the arguments, the output, and what stands behind the inputs of the value.
    try value.check(Array(inputs.prefix(read)), in: name)
    try gradient.check(
      [value.results[0].shape] + inputs.prefix(arguments) + [value.results[0].shape] + inputs.dropFirst(read), in: name)
    return value.results[0].shape
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let type: ElementType = inputs.contains { $0.elementType == .float32 } ? .float32 : .float64
    let values = zip(inputs, value.inputs).map { $0.converted(to: $1.isIndex ? .int32 : type) }
    return try value.program(type).run(values)[0]
  }

  func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String? {
    if index < arguments { return value.inputs[index].isIndex ? "indices only choose" : nil }
    return "its gradient was given for its arguments alone, and this is read from outside"
  }

  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let known = [upstream] + inputs[..<arguments] + [output] + inputs[read...]
    let found = gradient.record(in: output.graph, known)
    return inputs.indices.map { $0 < arguments && wanted[$0] ? found[$0] : nil }
  }

  /// The pullback is linear in upstream: the tangent is its transpose.
  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node? {
    let graph = output.graph, moving = inputs.indices.map { $0 < arguments && tangents[$0] != nil }
    guard moving.contains(true) else { return nil }
    let given = tangents[..<arguments].compactMap { $0 }
    if pushesValue {
      let values = Array(inputs[..<read])
      return try value.tangent(Array(moving[..<read])).record(in: graph, values + given)[1]
    }
    let transpose = try gradient.pullback(
      gradient.inputs.indices.map { $0 == 0 }, arriving: Array(moving[..<arguments]))
    let zeros = graph.constant(0 as Double).broadcast(to: output.shape)
    return transpose.record(in: graph, [zeros] + inputs[..<arguments] + [output] + inputs[read...] + given)[0]
  }
}

/// A value with a gradient of one's own choosing.
///
/// ```swift
/// // log(1 + eˣ), whose gradient does not overflow.
/// let y = withGradient(of: [x], value: { log(1 + exp($0[0])) }, pullback: { upstream, x, y in
///   [upstream * (1 - 1 / (1 + exp(x[0])))]
/// })
/// ```
/// Both functions are recorded, so that gradients of every order, forward mode and programs follow from the pullback.
/// `checkGradients` holds it against differences, as it does with a primitive, and names it where it is wrong.
///
/// - Parameters:
///   - nodes: the arguments, whose gradients the pullback gives.
///   - name: what explanations and reports call it.
///   - value: a node made of the arguments; it may read other nodes, through which no gradient flows then.
///   - pullback: the gradient of each argument, of its shape, from upstream, the arguments and the output; linear in
///     upstream.
/// - Returns: a node that carries the mistake where the functions do not fit: gradients of other shapes or another
///   number of them.
public func withGradient(
  of nodes: [Node], name: String = "withGradient", value: (_ arguments: [Node]) throws -> Node,
  pullback: (_ upstream: Node, _ arguments: [Node], _ output: Node) throws -> [Node]
) -> Node {
  custom(nodes, name, pushesValue: false, value, pullback)
}

private func custom(
  _ nodes: [Node], _ name: String, pushesValue: Bool, _ value: ([Node]) throws -> Node,
  _ pullback: (Node, [Node], Node) throws -> [Node]
) -> Node {
  guard let graph = nodes.first?.graph else {
    return Graph().failed(ChainRuleError(.value, in: name, required: "at least one argument", got: "none"))
  }
  if let broken = nodes.first(where: { $0.error != nil }) { return broken }
  return graph.attempt(in: name) {
    let arguments = nodes.map { Subgraph.Signature($0) }, names = nodes.map { $0.label ?? "" }
    let value = try graph.capture(name, arguments, names: names) { [try value($0)] }
    let output = value.body.results[0]
    guard !output.isIndex else {
      throw ChainRuleError(.value, in: name, required: "a value of numbers", got: "indices")
    }
    let gradient = try graph.capture(name, [output] + arguments + [output], names: ["upstream"] + names + ["y"]) {
      all in
      let found = try pullback(all[0], Array(all[1...nodes.count]), all[nodes.count + 1])
      for node in found { if let error = node.error { throw error } }
      guard found.map(\.shape) == nodes.map(\.shape) else {
        throw ChainRuleError(
          .shape, in: "\(name), pullback",
          required: "a gradient of the shape of each argument: "
            + nodes.map(\.shape.description).joined(separator: ", "),
          got: found.isEmpty ? "none" : found.map(\.shape.description).joined(separator: ", "))
      }
      return found
    }
    let primitive = CustomGradient(
      value: value.body, gradient: gradient.body, arguments: nodes.count, name: name, pushesValue: pushesValue)
    return graph.record(primitive, nodes + value.captured + gradient.captured)
  }
}

/// A value whose gradient goes to `x` as it arrives: rounding, quantizing and sampling trained as if they were not
/// there.
///
/// ```swift
/// let levels = straightThrough(x) { round($0 * 16) / 16 }
/// ```
/// Source: Bengio, Léonard and Courville 2013, Estimating or Propagating Gradients Through Stochastic Neurons.
/// - Returns: a node of the body's value; one that carries the mistake where its shape is not that of `x`.
public func straightThrough(_ x: Node, _ body: (Node) throws -> Node) -> Node {
  withGradient(of: [x], name: "straightThrough", value: { try body($0[0]) }, pullback: { upstream, _, _ in [upstream] })
}

extension Node {
  /// The same value, whose gradient is multiplied by a number on its way back; −1 reverses it (Ganin and Lempitsky 2015).
  public func scalingGradient(by factor: Double) -> Node {
    withGradient(of: [self], name: "scalingGradient", value: { $0[0] + 0 }) { upstream, _, _ in [upstream * factor] }
  }

  /// The same value, whose gradient is clamped element by element to a range on its way back; forward mode is that of
  /// the value.
  public func clippingGradient(to range: ClosedRange<Double>) -> Node {
    custom([self], "clippingGradient", pushesValue: true, { $0[0] + 0 }) { upstream, _, _ in
      [clamp(upstream, min: range.lowerBound, max: range.upperBound)]
    }
  }

  /// The same value, whose gradient is shortened on its way back to at most this 2-norm, its direction kept; forward mode
  /// is that of the value.
  /// - Returns: a node that carries the mistake where the bound is not above 0.
  public func clippingGradient(norm bound: Double) -> Node {
    guard bound > 0 else {
      return graph.failed(
        ChainRuleError(
          .value, in: "clippingGradient", required: "a norm above 0", got: Tensor.digits(bound),
          hint: "Use stoppingGradient() for none."))
    }
    return custom([self], "clippingGradient", pushesValue: true, { $0[0] + 0 }) { upstream, _, _ in
      [upstream * (bound / maximum(upstream.norm(), bound))]
    }
  }
}
