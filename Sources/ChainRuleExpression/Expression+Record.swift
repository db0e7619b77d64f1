import ChainRuleCore

extension Expression {
  /// Records the expression with an input for each name that it reads.
  ///
  /// ```swift
  /// let f = try Expression("(x + y) * z").record(in: graph, values: ["x": -2, "y": 5, "z": -4])
  /// ```
  /// Throws an ``ExpressionError`` that shows the place: a name without a value, an unknown function, shapes that
  /// do not fit.
  public func record(in graph: Graph, values: [String: Tensor]) throws -> Node {
    let pairs = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return try record(in: graph, inputs: inputs(in: graph, values: pairs), known: values.keys.sorted())
  }

  /// An input of the graph for each value whose name the expression reads, recorded in the order of `values`.
  public func inputs(in graph: Graph, values: [(name: String, value: Tensor)]) -> [String: Node] {
    let positions = namesOfPositions
    var nodes: [String: Node] = [:]
    for (name, value) in values where reads(name) {
      let arePositions = positions.contains(name) && value.scalars.allSatisfy { Int32(exactly: $0) != nil }
      nodes[name] = graph.input(name, arePositions ? value.converted(to: .int32) : value)
    }
    return nodes
  }

  /// Records the expression on nodes that stand for the names it reads. Throws an ``ExpressionError`` as
  /// ``record(in:values:)`` does.
  public func record(in graph: Graph, inputs: [String: Node]) throws -> Node {
    try record(in: graph, inputs: inputs, known: inputs.keys.sorted())
  }

  /// Records the expression and gives, beside what it stands for, every name in it: inputs and assigned ones. Throws an
  /// ``ExpressionError`` as ``record(in:values:)`` does.
  public func recordNaming(in graph: Graph, inputs: [String: Node]) throws -> (result: Node, names: [String: Node]) {
    let nodes = try recordPieces(in: graph, inputs: inputs, known: inputs.keys.sorted())
    var names = inputs
    for (piece, node) in zip(pieces, nodes) {
      if case .assignment(let name, _) = piece.kind { names[name] = node.node(in: graph) }
    }
    return (nodes[result].node(in: graph), names)
  }

  /// Whether the expression reads `name` before assigning to it.
  public func reads(_ name: String) -> Bool {
    pieces.contains { if case .input(name) = $0.kind { true } else { false } }
  }

  private func record(in graph: Graph, inputs: [String: Node], known: [String]) throws -> Node {
    try recordPieces(in: graph, inputs: inputs, known: known)[result].node(in: graph)
  }

  private func recordPieces(in graph: Graph, inputs: [String: Node], known: [String]) throws -> [ExpressionValue] {
    var values: [ExpressionValue] = []
    values.reserveCapacity(pieces.count)
    for piece in pieces {
      let value = try self.value(of: piece, values, in: graph, inputs: inputs, known: known)
      if case .node(let node) = value, let error = node.error {
        throw ExpressionError("\(error)", in: source, at: piece.range).asMisfit()
      }
      values.append(value)
    }
    return values
  }

  private func value(
    of piece: Piece, _ values: [ExpressionValue], in graph: Graph, inputs: [String: Node], known: [String]
  ) throws -> ExpressionValue {
    switch piece.kind {
    case .number(let number): return .literal(ExpressionLiteral(number))
    case .text(let text): return .text(text)
    case .input(let name):
      if let node = inputs[name] { return .node(node) }
      if let constant = Self.constants[plain(name)] { return .literal(ExpressionLiteral(constant)) }
      if name == "e", isBase(piece) { return .literal(ExpressionLiteral(Self.e)) }
      throw ExpressionError(missingValue(of: name, known), in: source, at: piece.range)
    case .reference(_, let target): return values[target]
    case .assignment(let name, let target):
      guard case .node(let node) = values[target] else { return values[target] }
      if case .input = pieces[target].kind { return .node(node) }
      if case .reference = pieces[target].kind { return .node(node) }
      return .node(node.named(name))
    case .negated(let operand):
      switch values[operand] {
      case .literal(var literal):
        literal.negate()
        return .literal(literal)
      case .node(let node): return .node(-node)
      case .text: return values[operand]  // the parser has refused it
      }
    case .binary(let binary, let left, let right):
      // A power of e is the exponential: e itself is rounded, and pow would raise that too.
      if binary == .power, case .input("e") = pieces[left].kind, inputs["e"] == nil, case .node(let x) = values[right] {
        return .node(exp(x))
      }
      return binary.record(values[left], values[right], in: graph)
    case .list(let items): return try list(items, values, piece, in: graph)
    case .call(let name, let arguments): return .node(try call(name, arguments, values, piece, in: graph, known))
    case .element(let operand, let subscripts):
      let node = values[operand].node(in: graph)
      return .node(node.sliced(try parts(subscripts, of: node, values)))
    }
  }

  /// Whether the piece is what a power raises.
  private func isBase(_ piece: Piece) -> Bool {
    pieces.contains {
      if case .binary(.power, let left, _) = $0.kind { pieces[left].range == piece.range } else { false }
    }
  }

  private func list(_ items: [Int], _ values: [ExpressionValue], _ piece: Piece, in graph: Graph) throws
    -> ExpressionValue
  {
    let literals = items.compactMap { values[$0].literal }
    if literals.count == items.count {
      guard let list = ExpressionLiteral(row: literals) else { throw raggedList(items, literals) }
      guard list.shape.count <= Self.maximalRank else {
        throw ExpressionError("lists nest at most \(Self.maximalRank) deep", in: source, at: piece.range)
      }
      return .literal(list)
    }
    let nodes = items.map { values[$0].node(in: graph) }
    for (item, node) in zip(items, nodes) where node.shape != nodes[0].shape {
      throw ExpressionError(
        "the rows of a list must be alike: the first has shape \(nodes[0].shape), this one \(node.shape)",
        in: source, at: pieces[item].range)
    }
    return .node(stack(nodes, axis: 0))
  }

  private func call(
    _ name: String, _ arguments: [Argument], _ values: [ExpressionValue], _ piece: Piece, in graph: Graph,
    _ known: [String]
  ) throws -> Node {
    guard let function = ExpressionFunction.named(name) else {
      throw ExpressionError(unknownFunction(name, known), in: source, at: nameRange(of: name, in: piece))
    }
    var call = ExpressionCall(function, in: graph, source: source, at: piece.range)
    for argument in arguments {
      try call.add(
        .init(
          value: values[argument.piece], label: argument.label, range: argument.range,
          valueRange: pieces[argument.piece].range))
    }
    try call.checkCount()
    return try function.record(call)
  }

  /// What `x[…]` says of each axis; `...` is whole ranges for as many as no other part names.
  private func parts(_ subscripts: [Subscript], of node: Node, _ values: [ExpressionValue]) throws -> [any SliceIndex] {
    let rank = node.error == nil ? node.shape.rank : 0
    return try subscripts.flatMap { item -> [any SliceIndex] in
      if item != .rest { return [try part(item, values)] }
      return [any SliceIndex](repeating: 0..., count: Swift.max(0, rank - (subscripts.count - 1)))
    }
  }

  /// `2`, `1:3` or `::2` in `x[…]`.
  private func part(_ item: Subscript, _ values: [ExpressionValue]) throws -> any SliceIndex {
    func whole(_ piece: Int) throws -> Int {
      guard let number = values[piece].literal?.number, let whole = Int32(exactly: number) else {
        throw ExpressionError("a position is a whole number", in: source, at: pieces[piece].range)
      }
      return Int(whole)
    }
    switch item {
    case .index(let piece): return try whole(piece)
    case .slice(let start, let stop, let step):
      let step = try step.map(whole) ?? 1
      return Stride(from: try start.map(whole) ?? (step < 0 ? -1 : 0), to: try stop.map(whole), by: step)
    case .rest: return 0...
    }
  }

  // MARK: Messages

  private func nameRange(of name: String, in piece: Piece) -> Range<Int> {
    // A call after a dot starts with its operand; the name is looked for behind it.
    let text = Array(source.utf8)[piece.range]
    let wanted = Array(name.utf8)
    for start in text.indices.dropLast(wanted.count - 1) where text[start..<start + wanted.count].elementsEqual(wanted)
    {
      return start..<start + wanted.count
    }
    return piece.range
  }

  private func unknownFunction(_ name: String, _ known: [String]) -> String {
    if known.contains(name) { return "'\(name)' is a value, not a function; to multiply, write \(name) * (…)" }
    let meant = suggestion(for: name, among: ExpressionFunction.all.map(\.name))
    return "there is no function '\(name)'" + (meant.map { "; did you mean '\($0)'?" } ?? "")
  }

  private func missingValue(of name: String, _ known: [String]) -> String {
    if let function = ExpressionFunction.named(name), !known.contains(name) {
      return "'\(name)' is a function; it is written \(function.form)"
    }
    let free = known.filter { !reads($0) }
    let meant = suggestion(for: name, among: free.isEmpty ? known : free)
    return "'\(name)' has no value" + (meant.map { "; did you mean '\($0)'?" } ?? "; give it one, \(name)=…")
  }

  /// Inputs that stand where a function reads positions.
  private var namesOfPositions: Set<String> {
    var names: Set<String> = []
    for case .call(let name, let arguments) in pieces.map(\.kind)
    where ExpressionFunction.named(name)?.readsPositions == true {
      let labelled = arguments.first { $0.label.map(ExpressionOption.positions.isCalled) ?? false }
      if let argument = labelled ?? arguments.filter({ $0.label == nil }).dropFirst().first,
        case .input(let input) = pieces[argument.piece].kind
      {
        names.insert(input)
      }
    }
    return names
  }
}

extension Expression.Operator {
  /// Numbers are combined as numbers; a number beside a node uses the node's own operators.
  func record(_ left: ExpressionValue, _ right: ExpressionValue, in graph: Graph) -> ExpressionValue {
    if let a = left.literal?.number, let b = right.literal?.number, let number = folded(a, b) {
      return .literal(ExpressionLiteral(number))
    }
    if self == .power, let exponent = right.literal?.number { return .node(pow(left.node(in: graph), exponent)) }
    let (a, b) = (left.node(in: graph), right.node(in: graph))
    return switch self {
    case .add: .node(a + b)
    case .subtract: .node(a - b)
    case .multiply: .node(a * b)
    case .divide: .node(a / b)
    case .matmul: .node(a.matmul(b))
    case .juxtaposed: .node(a.juxtaposed(with: b))
    case .power: .node(pow(a, b))
    case .less: .node(ChainRuleCore.less(a, b))
    case .greater: .node(ChainRuleCore.greater(a, b))
    case .equal: .node(ChainRuleCore.equal(a, b))
    }
  }
}
