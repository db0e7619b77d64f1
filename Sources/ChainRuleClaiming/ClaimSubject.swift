import ChainRuleCore
import ChainRuleExpression

/// What a claim is about, read from the left of its equals sign.
struct ClaimSubject {
  enum Quantity {
    /// ∂of/∂by; the output by a name where `of` is nil.
    case derivative(of: String?, by: String)
    /// ∂²f/∂a∂b of two numbers.
    case second(String, String)
    /// The value of a named node.
    case value(String)
    /// The derivative of any formula by a name.
    case slope(of: Expression, by: String)
    /// The value of any formula.
    case formula(Expression)
  }

  let quantity: Quantity
  /// The element that is meant; none for all of it.
  var element: [Int] = []
  let symbol: String

  /// - Throws: ``ChainRuleError`` for a name that means nothing, ``ExpressionError`` for a formula that is none.
  init(_ text: String, in graph: ClaimedGraph) throws {
    let plain = Self.bracketed(text.filter { !$0.isWhitespace }.replacing("'", with: "′"))
    let (name, element) = Self.split(plain)
    if let subject = Self.named(name, element, in: graph) {
      self = subject
      return
    }
    let known = Set(graph.names.keys).union([graph.outputName])
    if let rewritten = try? LectureNotation.rewritten(text, names: known) {
      let (name, element) = Self.split(Self.bracketed(rewritten.filter { !$0.isWhitespace }))
      if let subject = Self.named(Self.unwrapped(name), element, in: graph) {
        self = subject
        return
      }
    }
    if let slope = Self.slope(text, known, in: graph) {
      self = slope
      return
    }
    guard let expression = try? Expression(lecture: text, names: known),
      expression.inputs.allSatisfy({ known.contains($0) })
    else {
      throw ChainRuleError(
        .value, in: "claim", required: "a name on the left, of \(graph.known), or a derivative ∂\(graph.outputName)/∂x",
        got: "\"\(text)\"")
    }
    (quantity, symbol) = (.formula(expression), expression.source)
  }

  private init(_ quantity: Quantity, _ element: [Int], _ symbol: String) {
    (self.quantity, self.element) = (quantity, element)
    self.symbol = symbol + element.map { "[\($0)]" }.joined()
  }

  private static func named(_ name: String, _ element: [Int], in graph: ClaimedGraph) -> ClaimSubject? {
    if let node = graph.names[name], !name.contains("∂") {
      let isLeaf = graph.leaves.contains { $0.node == node }
      return isLeaf
        ? .init(.derivative(of: nil, by: name), element, "∂\(graph.outputName)/∂\(name)")
        : .init(.value(name), element, name)
    }
    if name == graph.outputName || graph.isOutput(name) && graph.names[name] == nil {
      return .init(.value(name), element, name)
    }
    return derivative(name, element, in: graph)
  }

  static func derivative(_ name: String, in graph: ClaimedGraph) -> ClaimSubject? { derivative(name, [], in: graph) }

  /// `∂L/∂a`, `dL/da`, `dh`, `∇W`, `∂²f/∂x∂y`.
  private static func derivative(_ name: String, _ element: [Int], in graph: ClaimedGraph) -> ClaimSubject? {
    func isNode(_ name: String) -> Bool { graph.names[name] != nil }
    for sign in ["∂", "d"] {
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].hasPrefix(sign), parts[1].hasPrefix(sign) else { continue }
      if parts[0].hasPrefix(sign + "²") {
        let of = String(parts[0].dropFirst(sign.count + 1)), below = String(parts[1].dropFirst(sign.count))
        let names =
          below.hasSuffix("²")
          ? Array(repeating: String(below.dropLast()), count: 2) : below.components(separatedBy: sign)
        guard names.count == 2, names.allSatisfy(isNode), graph.isOutput(of) else { return nil }
        return .init(.second(names[0], names[1]), element, name)
      }
      var of = String(parts[0].dropFirst(sign.count)), by = String(parts[1].dropFirst(sign.count))
      while !isNode(by), by.hasPrefix("("), by.hasSuffix(")") { by = String(by.dropFirst().dropLast()) }
      while !isNode(of), of.hasPrefix("("), of.hasSuffix(")") { of = String(of.dropFirst().dropLast()) }
      guard isNode(by), isNode(of) || graph.isOutput(of) || graph.isFunctionOfItsOwn(of) else { continue }
      let isWhole = !isNode(of) || graph.names[of] == graph.output
      return .init(.derivative(of: isWhole ? nil : of, by: by), element, "∂\(of)/∂\(by)")
    }
    for sign in ["d", "∇", "∇_", "grad_", "grad", "δ", "∂"] where name.hasPrefix(sign) {
      let by = String(name.dropFirst(sign.count))
      if isNode(by) { return .init(.derivative(of: nil, by: by), element, "∂\(graph.outputName)/∂\(by)") }
    }
    if let open = name.firstIndex(of: "′"), graph.isOutput(String(name[..<open])) {
      let by = name[name.index(after: open)...].filter { $0 != "(" && $0 != ")" }
      let only = graph.leaves.count == 1 ? graph.leaves[0].name : nil
      if let by = by.isEmpty ? only : by, isNode(by) {
        return .init(.derivative(of: nil, by: by), element, "∂\(graph.outputName)/∂\(by)")
      }
    }
    return nil
  }

  /// `\frac{d}{dx} σ(x)`, `d/dx f`: an operator before what it differentiates, the output or any formula of one number.
  private static func slope(_ text: String, _ known: Set<String>, in graph: ClaimedGraph) -> ClaimSubject? {
    let sign = #"(?:\\mathrm\s*\{?\s*d\s*\}?|\\partial|∂|d)"#
    let forms = [
      #"^\s*\\[dt]?frac\s*\{\s*\#(sign)\s*\}\s*\{\s*\#(sign)\s*([^{}]+?)\s*\}(.*)$"#,
      #"^\s*\#(sign)\s*/\s*\#(sign)\s*(\w+)(.*)$"#,
    ]
    for form in forms {
      guard let regex = try? Regex(form, as: (Substring, Substring, Substring).self),
        let match = text.wholeMatch(of: regex),
        let by = try? LectureNotation.rewritten(String(match.1), names: known), graph.names[by] != nil
      else { continue }
      let rest = match.2.filter { !$0.isWhitespace }, symbol = "∂\(graph.outputName)/∂\(by)"
      let isOutput =
        rest.isEmpty || graph.isOutput(rest)
        || graph.isOutput(String(rest.prefix { $0 != "(" })) && rest.hasSuffix("(\(by))")
      if isOutput { return .init(.derivative(of: nil, by: by), [], symbol) }
      guard let inner = try? Expression(lecture: String(match.2), names: known), inner.inputs.allSatisfy(known.contains)
      else {
        return nil
      }
      return .init(.slope(of: inner, by: by), [], "∂/∂\(by) \(inner.source)")
    }
    return nil
  }

  // MARK: Nodes

  /// What the claim is held against.
  func node(in graph: ClaimedGraph) throws -> Node {
    var node = try whole(in: graph)
    if !element.isEmpty {
      guard element.count == node.shape.rank, zip(element, node.shape.dimensions).allSatisfy({ 0..<$1 ~= $0 }) else {
        throw ChainRuleError(
          .shape, in: "claim", required: "a position in shape \(node.shape)", got: symbol)
      }
      node = node.sliced(element.map { $0 as any SliceIndex })
    }
    if let error = node.error { throw error }
    return node
  }

  private func whole(in graph: ClaimedGraph) throws -> Node {
    switch quantity {
    case .value(let name): return graph.names[name] ?? graph.output
    case .formula(let expression): return try graph.record(expression)
    case .slope(let expression, let by):
      let formula = try graph.record(expression)
      guard let x = graph.names[by] else { return formula }
      return formula.shape.elementCount == 1
        ? graph.graph.gradient(of: formula, withRespectTo: x) : try formula.jacobian(withRespectTo: x)
    case .second(let a, let b):
      guard let x = graph.names[a], let y = graph.names[b] else { return graph.output }
      return try graph.output.hessian(withRespectTo: [x, y])[0][1]
    case .derivative(let of, let by):
      guard let x = graph.names[by] else { return graph.output }
      let y = of.flatMap { graph.names[$0] } ?? graph.output
      if y.shape.elementCount == 1 {
        return graph.graph.gradient(of: y, withRespectTo: x)
      }
      return try y.jacobian(withRespectTo: x)
    }
  }

  // MARK: Text

  /// `W[0,1]` is `W[0][1]`.
  static func bracketed(_ name: String) -> String {
    var depth = 0
    return name.reduce(into: "") { text, character in
      if character == "[" { depth += 1 } else if character == "]" { depth -= 1 }
      text += character == "," && depth > 0 ? "][" : String(character)
    }
  }

  /// The name and the position behind it; none where what stands in brackets is no number.
  private static func split(_ name: String) -> (String, [Int]) {
    guard name.hasSuffix("]"), let open = name.firstIndex(of: "[") else { return (name, []) }
    let inside = name[open...].split(separator: "[").map { $0.filter { $0 != "]" } }
    let numbers = inside.compactMap { Int($0) }
    return numbers.count == inside.count ? (String(name[..<open]), numbers) : (name, [])
  }

  private static func unwrapped(_ name: String) -> String {
    name.hasPrefix("(") && name.hasSuffix(")") ? String(name.dropFirst().dropLast()) : name
  }
}

extension ClaimedGraph {
  /// Whether a name may mean the output: its own, or what lectures call a loss where no node is called that.
  func isOutput(_ name: String) -> Bool {
    name == outputName
      || names[name] == nil && ["L", "J", "E", "C", "f", "loss", "ℓ", "cost", "𝓛", "l", "e"].contains(name)
  }

  /// Whether a derivative of a name that means nothing else is one of the output: dy/dx, dσ/dx of a sigmoid.
  func isFunctionOfItsOwn(_ name: String) -> Bool {
    guard names[name] == nil else { return false }
    let isSigmoid = graph.tabulatedOpcode(of: output.id) == .sigmoid
    return ["y", "g", "h", "F", "u"].contains(name) || isSigmoid && ["σ", "s", "S"].contains(name)
  }

  /// The names, for messages.
  var known: String {
    names.keys.filter { !$0.contains("∂") }.sorted().joined(separator: ", ")
  }
}

extension Graph {
  /// The gradient of one element's node; zeros where no path leads.
  fileprivate func gradient(of y: Node, withRespectTo x: Node) -> Node {
    let scalar = y.shape.rank == 0 ? y : y.reshaped(to: .scalar)
    return scalar.backward()[x] ?? constant(0 as Double).broadcast(to: x.shape)
  }
}

extension String {
  fileprivate func components(separatedBy separator: String) -> [String] {
    var parts: [String] = [], rest = self[...]
    while let found = rest.firstRange(of: separator) {
      parts.append(String(rest[..<found.lowerBound]))
      rest = rest[found.upperBound...]
    }
    return parts + [String(rest)]
  }
}
