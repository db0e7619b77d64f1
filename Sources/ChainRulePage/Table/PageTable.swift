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
    let groups = GeneralSamples.nodes(in: graph) + GeneralSamples.factorizations(in: graph)
    for samples in groups {
      if let error = samples.lazy.compactMap(\.error).first { throw error }
      guard let primitive = samples[0].primitive else { continue }
      let alike = groups.filter { $0[0].primitive?.name == primitive.name }
      if alike.count == 1 {
        entries.append(entry(primitive.name, primitive.descriptor, try Self.rules(samples)))
      } else if alike[0] == samples {
        entries.append(entry(primitive.name, primitive.descriptor, try Self.variants(alike), key: "variants"))
      }
    }
    return entries
  }

  /// The rule for each input.
  private static func rules(_ samples: [Node]) throws -> [PageJSON] {
    try (0..<(samples[0].primitive?.arity ?? 1)).map { try RuleTemplate(of: samples, input: $0).rule.json }
  }

  /// Rules that differ with what a primitive is made with, or with whether its matrix is tall, square or wide.
  private static func variants(_ groups: [[Node]]) throws -> [PageJSON] {
    try groups.map { samples in
      var facts = samples[0].primitive.map { RecordedRule.attributes(of: $0) } ?? []
      facts.removeAll { if case .truth = $0.value { false } else { true } }
      if facts.isEmpty {
        let shape = samples[0].inputs[0].shape
        facts = [.init(key: "form", value: .number(Double((shape[0] - shape[1]).signum())))]
      }
      return .list([.object(facts), .list(try rules(samples))])
    }
  }

  /// Placeholders, a number each.
  private static func places(_ count: Int, in graph: Graph) -> [Node] {
    (0..<count).map { graph.input("x\($0)", 0.75 + Double($0)) }
  }

  private func elementwise(_ node: Node) -> [PageJSON] {
    node.inputs.indices.map { RecordedRule(of: node, input: $0).json }
  }

  private func entry(
    _ name: String, _ descriptor: PrimitiveDescriptor, _ rules: [PageJSON], key: String = "gradients"
  ) -> String {
    let data = PageJSON.of([
      "call": .text(descriptor.call ?? ""), "equation": .text(descriptor.equation),
      "derivatives": .texts(descriptor.derivatives), "convention": .text(descriptor.convention),
      "glyph": .text(descriptor.glyph ?? ""), "notation": Self.notation(descriptor.notation),
      "domains": .list(
        descriptor.domains.map { .list([.number($0.samples.lowerBound), .number($0.samples.upperBound)]) }),
      "kinks": .list(descriptor.kinks.map { .number($0) }),
      "zeroIsConvention": .truth(descriptor.zeroIsConvention),
    ])
    let script = descriptor.script.map { ",run:(a,b,c)=>(\($0))" } ?? ""
    return "\"\(name)\":{...\(data.written),\"\(key)\":\(PageJSON.list(rules).written)\(script)}"
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

  /// The functions of formulas: name, form, operands (fewest and most), options under all names, aliases, and
  /// whether it reads positions, or a text.
  private var functions: PageJSON {
    let ours = ExpressionFunction.all.map { function -> PageJSON in
      let (fewest, most) = function.operands.bounds
      return .list([
        .text(function.name), .text(function.form), .number(Double(fewest)), .number(Double(most ?? -1)),
        .list(function.options.map { .texts($0.names) }), .texts(function.aliases),
        .truth(function.readsPositions), .truth(function.readsText),
      ])
    }
    let others = additional.compactMap { primitive -> PageJSON? in
      guard let call = primitive.descriptor.call else { return nil }
      let count = primitive.arity ?? 1
      let operands = count == 1 ? ["x"] : (0..<count).map { "x\($0)" }
      return .list([
        .text(call), .text("\(call)(\(operands.joined(separator: ", ")))"), .number(Double(count)),
        .number(Double(count)), .list([]), .texts(primitive.descriptor.aliases), .truth(false), .truth(false),
      ])
    }
    return .list(ours + others)
  }

  /// What functions record that are no primitives but act on elements: tan, silu, log densities; and the derivatives of
  /// functions of one number, `sigmoid′`.
  private func expansions() throws -> PageJSON {
    let calls = Set(PrimitiveTable.descriptors.compactMap(\.descriptor.call) + PrimitiveFamilies.called.keys)
    let composed = ExpressionFunction.all.filter { !calls.contains($0.name) && $0.options.isEmpty }.map(\.name)
    let primed = ExpressionFunction.all.filter { $0.operands == .exactly(1) }.map { $0.name + "′" } + ["σ′"]
    return .object(
      (composed + primed).compactMap { name in Self.expansion(of: name).map { .init(key: name, value: $0.json) } })
  }

  /// What a function records on numbers, if it records the same element by element on vectors and matrices; a derivative
  /// does.
  private static func expansion(of name: String) -> RecordedRule? {
    let count = ExpressionFunction.all.first { $0.name == name }?.operands.bounds ?? (1, 1)
    guard count.0 == count.1 else { return nil }
    var rules: [RecordedRule] = []
    for shape in name.hasSuffix("′") ? [[]] : [[], [3], [3, 3]] {
      let graph = Graph()
      let inputs = (0..<count.0).map { place in
        let value = Tensor(shape: Shape(shape), repeating: 0.75 - 0.125 * Double(place))
        return ("x\(place)", graph.input("x\(place)", value))
      }
      let formula = "\(name)(\(inputs.map(\.0).joined(separator: ", ")))"
      guard let expression = try? Expression(formula),
        let node = try? expression.record(in: graph, inputs: Dictionary(uniqueKeysWithValues: inputs))
      else { return nil }
      rules.append(RecordedRule(expanding: node, operands: inputs.map(\.1)))
    }
    let elementwise = Set(PrimitiveTable.descriptors.map(\.opcode.name) + ["constant", "broadcast"])
    guard rules.allSatisfy({ $0.steps.allSatisfy { elementwise.contains($0.operation) } }) else {
      return nil
    }
    func operations(_ rule: RecordedRule) -> [String] { rule.steps.map(\.operation).filter { $0 != "broadcast" } }
    return rules.allSatisfy { operations($0) == operations(rules[0]) } ? rules[0] : nil
  }
}
