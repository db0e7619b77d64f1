import ChainRuleCore

/// One of several functions of the same values, chosen by a number; with a single function, a block that is computed
/// again where its gradient is.
///
/// Its inputs are the selector, where there is a choice, and what the functions read; its output holds their results.
struct Choice: JointPrimitive {
  let name: String
  /// The functions, of equal inputs and results.
  let bodies: [Subgraph]
  /// Whether any number other than 0 stands for the second function.
  var isBinary = false

  var lead: Int { bodies.count > 1 ? 1 : 0 }
  var packing: Packing { Packing(bodies[0].results.map(\.shape)) }

  func shape(of inputs: [Shape]) throws -> Shape {
    guard lead == 0 || inputs.first?.rank == 0 else {
      throw ChainRuleError(
        .shape, in: name, required: "one number to choose by", got: inputs.first.map { "shape \($0)" } ?? "nothing",
        hint: "Use `where` to choose for each element.")
    }
    try bodies[0].check(inputs, in: name, skipping: lead)
    return packing.shape
  }

  func detail(of inputs: [Shape]) -> String { bodies.count > 2 ? "of \(bodies.count)" : "" }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let type: ElementType = inputs.dropFirst(lead).contains { $0.elementType == .float32 } ? .float32 : .float64
    let body = bodies[try place(inputs)]
    let values = zip(inputs.dropFirst(lead), body.inputs).map { $0.converted(to: $1.isIndex ? .int32 : type) }
    return try packing.tensor(of: try body.program(type).run(values), type)
  }

  /// Which function the first input chooses.
  func place(_ inputs: [Tensor]) throws -> Int {
    if lead == 0 { return 0 }
    let number = inputs[0].element(0)
    if isBinary, !number.isNaN { return number != 0 ? 1 : 0 }
    guard number >= 0, number < Double(bodies.count), number == number.rounded() else {
      throw ChainRuleError(
        .value, in: name, required: isBinary ? "a number to choose by" : "a number from 0 to \(bodies.count - 1)",
        got: Tensor.digits(number))
    }
    return Int(number)
  }

  func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String? {
    if index < lead { return "a choice does not change smoothly with what it is made by" }
    let reasons = bodies.map { $0.reasonForNoGradient(index - lead) }
    return reasons.contains { $0 == nil } ? nil : reasons[0]
  }

  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let graph = output.graph, wanted = Array(wanted.dropFirst(lead)), packing = packing
    let upstreams = packing.shapes.indices.map { packing.arriving($0, upstream) },
      arriving = upstreams.map { $0 != nil }
    let back = Choice(
      name: "\(name) backward", bodies: try bodies.map { try $0.pullback(wanted, arriving: arriving) },
      isBinary: isBinary)
    let result = graph.record(back, inputs + upstreams.compactMap { $0 })
    var gradients = [Node?](repeating: nil, count: inputs.count)
    for (number, place) in wanted.indices.filter({ wanted[$0] }).enumerated() {
      gradients[lead + place] = back.packing.part(number, of: result)
    }
    return gradients
  }

  func pushforward(_ tangents: [Node?], of output: Node, inputs: [Node]) throws -> Node? {
    let moving = tangents.dropFirst(lead).map { $0 != nil }
    guard moving.contains(true) else { return nil }
    let forth = Choice(
      name: "\(name) forward", bodies: try bodies.map { try $0.tangent(moving) }, isBinary: isBinary)
    let result = output.graph.record(forth, inputs + tangents.dropFirst(lead).compactMap { $0 })
    let parts = packing.shapes.indices.map { forth.packing.part(packing.shapes.count + $0, of: result) }
    return packing.node(of: parts, in: output.graph)
  }
}

extension Choice {
  /// Records the functions on placeholders and the choice between them.
  /// - Throws: functions that return other numbers or shapes than the first.
  static func record(
    _ name: String, in graph: Graph, by selector: Node?, isBinary: Bool = false, arguments: [Node] = [],
    _ functions: [([Node]) throws -> [Node]]
  ) throws -> [Node] {
    let signatures = arguments.map { Subgraph.Signature($0) }
    let found = try functions.map { function in
      try graph.capture(name, signatures, names: arguments.map { $0.label ?? "" }) { try function($0) }
    }
    let results = found[0].body.results
    for (number, other) in found.enumerated() where other.body.results != results {
      throw ChainRuleError(
        .shape, in: name,
        required: "results like those of the first: \(results.map(\.shape.description).joined(separator: ", "))",
        got: "\(other.body.results.map(\.shape.description).joined(separator: ", ")) of number \(number + 1)")
    }
    guard !results.isEmpty, results.allSatisfy({ !$0.isIndex }) else {
      throw ChainRuleError(.value, in: name, required: "at least one result, all of numbers", got: "none, or indices")
    }
    // One list of what any of them reads.
    var outside: [Node] = []
    let places = found.map { function in
      function.captured.map { node in
        if let known = outside.firstIndex(where: { $0.id == node.id }) { return known }
        outside.append(node)
        return outside.count - 1
      }
    }
    let inputs = signatures + outside.map { Subgraph.Signature($0) }
    let bodies = try zip(found, places).map { function, places in
      if functions.count == 1 { return function.body }
      return try Subgraph.made(name, inputs) { graph, nodes in
        function.body.record(in: graph, nodes[..<arguments.count] + places.map { nodes[arguments.count + $0] })
      }
    }
    let choice = Choice(name: name, bodies: bodies, isBinary: isBinary)
    let output = graph.record(choice, (functions.count > 1 ? selector.map { [$0] } ?? [] : []) + arguments + outside)
    if let error = output.error { throw error }
    return choice.packing.parts(of: output)
  }
}

/// Computes one of two functions: the first where the number is not 0.
///
/// ```swift
/// let y = try condition(greater(x, 0), then: { log(x) }, else: { -x })
/// ```
/// Only the function that is chosen is computed, and only its gradient: what the other one would give (a logarithm of a
/// negative number) does not matter. `where` chooses element by element and computes both.
/// - Parameter mask: one number, of shape `[]`.
/// - Throws: functions that return different shapes; a mask with axes; their own mistakes.
public func condition(
  _ mask: Node, then first: () throws -> Node, else second: () throws -> Node
) throws -> Node {
  try condition(mask, then: { [try first()] }, else: { [try second()] })[0]
}

/// The same with several results.
/// - Throws: as the other one; different numbers of results.
public func condition(
  _ mask: Node, then first: () throws -> [Node], else second: () throws -> [Node]
) throws -> [Node] {
  try withoutActuallyEscaping(first) { first in
    try withoutActuallyEscaping(second) { second in
      try Choice.record(
        "condition", in: mask.graph, by: mask, isBinary: true, [{ _ in try second() }, { _ in try first() }])
    }
  }
}

/// Computes one of several functions, by its number from 0.
///
/// ```swift
/// let y = try choose(index, among: [{ sin(x) }, { cos(x) }, { x * x }])
/// ```
/// - Parameter index: one number or index, of shape `[]`.
/// - Throws: no function; functions that return different shapes. Reading the value throws where the number is not one
///   of a function.
public func choose(_ index: Node, among functions: [() throws -> Node]) throws -> Node {
  guard functions.count > 1 else {
    guard let only = functions.first else {
      throw ChainRuleError(.value, in: "choose", required: "at least one function", got: "none")
    }
    return try only()
  }
  return try Choice.record(
    "choose", in: index.graph, by: index, functions.map { function in { _ in [try function()] } })[0]
}

/// What `body` computes, without keeping what is in between: the gradient computes it again.
///
/// ```swift
/// let c = try checkpointed([x]) { block($0[0]) }
/// ```
/// Memory in a program: the results, not the body's values; time: one more forward pass of the body in the gradient.
/// - Parameters:
///   - nodes: what is handed to the body; it may read other nodes of the graph, too.
///   - body: records one node.
/// - Throws: the body's own mistakes.
public func checkpointed(_ nodes: [Node], _ body: ([Node]) throws -> Node) throws -> Node {
  try checkpointed(nodes) { [try body($0)] }[0]
}

/// The same with several results.
/// - Throws: the body's own mistakes.
public func checkpointed(_ nodes: [Node], _ body: ([Node]) throws -> [Node]) throws -> [Node] {
  guard let graph = nodes.first?.graph else {
    throw ChainRuleError(.value, in: "checkpointed", required: "at least one node", got: "none")
  }
  for node in nodes { if let error = node.error { throw error } }
  return try withoutActuallyEscaping(body) { body in
    try Choice.record("checkpointed", in: graph, by: nil, arguments: nodes, [body])
  }
}
