import ChainRuleCore

/// A program in the text of StableHLO, which OpenXLA and other compilers read.
///
/// Its function `main` takes the inputs, then the parameters, then what lives in the program, and gives the outputs,
/// then the renewed parameters and states.
public struct StableHLOModule: Sendable {
  /// The module.
  public let text: String
  /// What `main` takes, in its order.
  public let arguments: [Argument]
  /// How many of the results are outputs; renewed leaves follow.
  public let outputCount: Int
  /// Which argument each result after the outputs renews.
  public let renewed: [Int]
  /// What else the host reads to judge a run: two numbers for a range, one for what must not be.
  let checks: [IndexChecks.Check]
  let results: [StableHLOType]
  /// What is looked for in the bodies of loops.
  let inside: [IndexChecks.Check]
  /// Arguments beside the inputs of which each device keeps a part.
  package let parts: [Int: DeviceLayout.Parts]
  /// Arguments whose memory a run gives to what renews them.
  package let donated: Set<Int>

  /// One argument of `main`.
  public struct Argument: Sendable {
    /// What it is called.
    public let name: String
    /// Its lengths and elements.
    public let type: StableHLOType
    /// Whether a run is given it, or it is a parameter or a state.
    public let kind: Kind

    /// Where the value of an argument comes from.
    public enum Kind: Sendable, Equatable {
      /// A run is given it.
      case input
      /// A parameter of a model.
      case parameter
      /// A state of the program.
      case state
    }
  }
}

extension StableHLOModule {
  /// Writes a program.
  /// - Parameters:
  ///   - checksIndices: whether results are added that tell the host about indices out of range.
  ///   - layout: how many devices there are, and what they share.
  ///   - donates: whether parameters give their memory to what renews them, where no run has to be taken back.
  /// - Throws: a primitive that is not written in StableHLO, by its name.
  package init(
    _ program: PortableProgram, checksIndices: Bool = false, layout: DeviceLayout = DeviceLayout(),
    donates: Bool = false
  ) throws {
    let body = StableHLOBuilder(program.precision, checksIndices: checksIndices)
    let arguments = Self.arguments(of: program)
    let names = arguments.indices.map { "%arg\($0)" }
    let values = zip(names, arguments).map { StableHLOValue(name: $0, type: $1.type, body: body) }
    let (inputs, parameters) = (program.inputs.count, program.parameters.count)
    let written = try body.write(
      program, inputs: Array(values[..<inputs]), parameters: Array(values[inputs..<inputs + parameters]),
      states: Array(values[(inputs + parameters)...]))
    self.arguments = arguments
    outputCount = program.outputs.count
    let renewed = program.updates.map { update in
      switch program.nodes[update.leaf].kind {
      case .parameter(let number): inputs + number
      case .state(let number): inputs + parameters + number
      default: 0
      }
    }
    self.renewed = renewed
    (checks, inside) = (body.checks?.checks ?? [], body.checks?.inside ?? [])
    let all = written.outputs + written.updates + (body.checks?.values ?? [])
    results = all.map(\.type)
    let leaves = arguments.indices.dropFirst(inputs)
    parts = Dictionary(
      leaves.compactMap { index in layout.parts(of: arguments[index].type, index - inputs).map { (index, $0) } },
      uniquingKeysWith: { first, _ in first })
    donated = donates && checks.isEmpty ? Set(renewed.filter { arguments[$0].kind == .parameter }) : []
    let head = Self.head(arguments, Set(program.batched), parts, donated, renewed, outputCount, layout)
    let tail = Self.tail(results, renewed, parts, outputCount, layout)
    let partitions = layout.devices > 1 ? " attributes {mhlo.num_partitions = \(layout.devices) : i32}" : ""
    let back = all.map(\.name).joined(separator: ", "), types = results.map(\.description).joined(separator: ", ")
    text = """
      module @chainrule\(partitions) {
      func.func public @main(\(head)) -> (\(tail)) {
      \(body.lines.joined(separator: "\n"))
      "func.return"(\(back)) : (\(types)) -> ()
      }
      }

      """
  }

  /// The arguments of `main`, with how they lie on the devices and which result takes their memory.
  private static func head(
    _ arguments: [Argument], _ batched: Set<Int>, _ parts: [Int: DeviceLayout.Parts], _ donated: Set<Int>,
    _ renewed: [Int], _ outputCount: Int, _ layout: DeviceLayout
  ) -> String {
    arguments.indices.map { index -> String in
      var attributes: [String] = []
      if let parts = parts[index] {
        attributes.append(layout.sharding(parts, rank: arguments[index].type.dimensions.count))
      } else if batched.contains(index), layout.devices > 1 {
        attributes.append(layout.batchSharding(arguments[index].type))
      }
      if donated.contains(index), let place = renewed.firstIndex(of: index) {
        attributes.append("tf.aliasing_output = \(outputCount + place) : i32")
      }
      let braces = attributes.isEmpty ? "" : " {\(attributes.joined(separator: ", "))}"
      return "%arg\(index): \(arguments[index].type)\(braces)"
    }.joined(separator: ", ")
  }

  /// The types of the results, with how they lie on the devices.
  private static func tail(
    _ results: [StableHLOType], _ renewed: [Int], _ parts: [Int: DeviceLayout.Parts], _ outputCount: Int,
    _ layout: DeviceLayout
  ) -> String {
    results.indices.map { place -> String in
      guard layout.devices > 1 else { return "\(results[place])" }
      let leaf = place - outputCount
      let own = renewed.indices.contains(leaf) ? parts[renewed[leaf]] : nil
      let sharding = own.map { layout.sharding($0, rank: results[place].dimensions.count) }
      return "\(results[place]) {\(sharding ?? DeviceLayout.replicated)}"
    }.joined(separator: ", ")
  }

  private static func arguments(of program: PortableProgram) -> [Argument] {
    let number: StableHLOType.Element = program.precision == .double ? .double : .single
    let inputs = program.inputs.map {
      Argument(name: $0.name, type: StableHLOType($0.shape.dimensions, $0.isIndex ? .int32 : number), kind: .input)
    }
    var indices: Set<Int> = []
    for node in program.nodes where node.isIndex {
      if case .parameter(let place) = node.kind { indices.insert(place) }
    }
    let parameters = program.parameters.enumerated().map { place, parameter in
      Argument(
        name: parameter.name,
        type: StableHLOType(parameter.shape.dimensions, indices.contains(place) ? .int32 : number), kind: .parameter)
    }
    let states = program.states.map {
      Argument(
        name: $0.name, type: StableHLOType($0.value.shape.dimensions, $0.value.elementType == .int32 ? .int32 : number),
        kind: .state)
    }
    return inputs + parameters + states
  }
}

extension StableHLOBuilder {
  /// Writes all nodes of a program.
  func write(
    _ program: PortableProgram, inputs: [StableHLOValue], parameters: [StableHLOValue], states: [StableHLOValue]
  ) throws -> (outputs: [StableHLOValue], updates: [StableHLOValue]) {
    var values: [StableHLOValue] = []
    values.reserveCapacity(program.nodes.count)
    for node in program.nodes {
      switch node.kind {
      case .input(let number): values.append(inputs[number])
      case .parameter(let number): values.append(parameters[number])
      case .state(let number): values.append(states[number])
      case .constant(let tensor): values.append(constant(tensor))
      case .operation:
        guard let primitive = node.primitive else { throw NodeWriter.refused("a node without a primitive") }
        let type = StableHLOType(node.shape.dimensions, node.isIndex ? .int32 : number)
        let writer = NodeWriter(
          body: self, primitive: primitive, inputs: node.inputs.map { values[$0] }, type: type)
        values.append(try writer.write())
      }
    }
    return (program.outputs.map { values[$0] }, program.updates.map { values[$0.next] })
  }
}

extension Graph {
  /// What `compile` would make a program of, in the text of StableHLO.
  ///
  /// ```swift
  /// print(try graph.stableHLO(inputs: [x], outputs: [f]).text)
  /// ```
  /// - Parameters:
  ///   - inputs: nodes made by `graph.input`, in the order of `main`'s first arguments.
  ///   - outputs: nodes whose values `main` gives first.
  ///   - updates: as in `compile`: parameters, or inputs that are not given, and what renews them.
  ///   - holdsParameters: whether parameters that are not renewed are constants of the module, with their present
  ///     values, and no arguments.
  /// - Throws: as `compile`; a primitive that is not written in StableHLO, by its name.
  public func stableHLO(
    inputs: [Node], outputs: [Node], updates: KeyValuePairs<Node, Node> = [:], holdsParameters: Bool = false,
    options: CompileOptions = CompileOptions()
  ) throws -> StableHLOModule {
    let program = try portableProgram(
      inputs: inputs, outputs: outputs, updates: updates.map { ($0.key, $0.value) }, options: options)
    return try StableHLOModule(holdsParameters ? try program.holdingParameters() : program)
  }
}

// What an engine that runs the module needs to know.
extension StableHLOModule {
  /// Outputs, renewed leaves and what the host judges.
  package var resultCount: Int { results.count }

  /// Bytes of all arguments and results.
  package var byteCount: Double {
    (arguments.map(\.type) + results).reduce(0) { sum, type in
      sum + type.dimensions.reduce(type.element == .double ? 8.0 : 4) { $0 * Double($1) }
    }
  }

  package func elementType(ofParameter number: Int, in program: PortableProgram) -> ElementType {
    arguments[program.inputs.count + number].type.element == .int32 ? .int32 : program.elementType
  }
}
