import ChainRule

/// Everything that a page's script knows of primitives and functions, generated from the library: the script itself
/// names no derivative.
public struct PageTable {
  /// Elementwise primitives and functions of somebody's own that the page reads beside the library's; each gives its
  /// name in formulas (`call`) and its JavaScript (`script`) in its descriptor.
  private let additional: [any Primitive]

  /// A table of the library's primitives and of `additional` ones, of one output element per input element.
  public init(_ additional: [any Primitive] = []) { self.additional = additional }

  /// The table as a literal of JavaScript, with functions in it.
  /// - Throws: when the rule of a primitive cannot be written as one list of steps.
  func script() throws -> String {
    """
    const primitives = {\(try entries().joined(separator: ",\n"))};
    const functions = \(functions.written);
    const expansions = \(try expansions().written);

    """
  }

  // MARK: Primitives

  private func entries() throws -> [String] {
    let graph = Graph()
    var entries: [String] = []
    for (opcode, descriptor) in PrimitiveTable.descriptors {
      let node = graph.record(opcode, Self.places(opcode.arity, in: graph))
      entries.append(entry(opcode.name, descriptor, elementwise(node)))
    }
    for primitive in additional {
      let node = graph.recordGeneral(primitive, Self.places(primitive.arity ?? 1, in: graph))
      if let error = node.error { throw error }
      entries.append(entry(primitive.name, primitive.descriptor, elementwise(node)))
    }
    for samples in GeneralSamples.nodes(in: graph) {
      if let error = samples.lazy.compactMap(\.error).first { throw error }
      guard let primitive = samples[0].primitive else { continue }
      let count = primitive.arity ?? 1
      let rules = try (0..<count).map { try RuleTemplate(of: samples, input: $0).rule.json }
      entries.append(entry(primitive.name, primitive.descriptor, rules))
    }
    return entries
  }

  /// Placeholders, a number each.
  private static func places(_ count: Int, in graph: Graph) -> [Node] {
    (0..<count).map { graph.input("x\($0)", 0.75 + Double($0)) }
  }

  private func elementwise(_ node: Node) -> [PageJSON] {
    node.inputs.indices.map { RecordedRule(of: node, input: $0).json }
  }

  private func entry(_ name: String, _ descriptor: PrimitiveDescriptor, _ rules: [PageJSON]) -> String {
    let data = PageJSON.of([
      "call": .text(descriptor.call ?? ""), "equation": .text(descriptor.equation),
      "derivatives": .texts(descriptor.derivatives), "convention": .text(descriptor.convention),
      "glyph": .text(descriptor.glyph ?? ""), "notation": Self.notation(descriptor.notation),
      "domains": .list(
        descriptor.domains.map { .list([.number($0.samples.lowerBound), .number($0.samples.upperBound)]) }),
      "kinks": .list(descriptor.kinks.map { .number($0) }),
      "zeroIsConvention": .truth(descriptor.zeroIsConvention), "gradients": .list(rules),
    ])
    let script = descriptor.script.map { ",run:(a,b,c)=>(\($0))" } ?? ""
    return "\"\(name)\":{...\(data.written)\(script)}"
  }

  /// How an application is written: the kind, its pattern as text and as LaTeX, and what binds how tightly.
  private static func notation(_ notation: PrimitiveNotation) -> PageJSON {
    func form(_ form: PrimitiveNotation.Form?) -> PageJSON {
      guard let form else { return .list([]) }
      return .list([
        .text(form.pattern), .number(Double(form.binding.rawValue)),
        .integers(form.operands.map(\.rawValue)),
      ])
    }
    switch notation {
    case .form(let text, let latex): return .list([.text("form"), form(text), form(latex)])
    case .function(let latex): return .list([.text("function"), .text(latex ?? "")])
    default: return .list([.text("\(notation)")])
    }
  }

  // MARK: Functions

  /// The functions of formulas: name, form, operands (fewest and most), options under all names, aliases.
  private var functions: PageJSON {
    let ours = ExpressionFunction.all.map { function -> PageJSON in
      let (fewest, most) = function.operands.bounds
      return .list([
        .text(function.name), .text(function.form), .number(Double(fewest)), .number(Double(most ?? -1)),
        .list(function.options.map { .texts($0.names) }), .texts(function.aliases),
        .truth(function.readsPositions),
      ])
    }
    let others = additional.compactMap { primitive -> PageJSON? in
      guard let call = primitive.descriptor.call else { return nil }
      let count = primitive.arity ?? 1
      let operands = count == 1 ? ["x"] : (0..<count).map { "x\($0)" }
      return .list([
        .text(call), .text("\(call)(\(operands.joined(separator: ", ")))"), .number(Double(count)),
        .number(Double(count)), .list([]), .texts(primitive.descriptor.aliases), .truth(false),
      ])
    }
    return .list(ours + others)
  }

  /// Functions of one vector or matrix: some the script records by itself, of the others it says that the tool reads them.
  private static let ofTensors = Set(
    ["diag", "identity", "ones", "trace"] + ExpressionFunction.linearAlgebra.map(\.name))

  /// What functions of one number record that are no primitives: tan, silu.
  private func expansions() throws -> PageJSON {
    let calls = Set(PrimitiveTable.descriptors.compactMap(\.descriptor.call) + PrimitiveFamilies.called.keys)
    let composed = ExpressionFunction.all.filter {
      $0.operands.bounds.0 == 1 && $0.operands.bounds.1 == 1 && $0.options.isEmpty && !calls.contains($0.name)
        && !Self.ofTensors.contains($0.name)
    }
    return .object(
      try composed.map { function in
        let graph = Graph(), x = graph.input("x0", 0.75)
        let node = try Expression("\(function.name)(x0)").record(in: graph, inputs: ["x0": x])
        return .init(key: function.name, value: RecordedRule(expanding: node, operands: [x]).json)
      })
  }
}
