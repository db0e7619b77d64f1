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
  /// Arguments beside the inputs that are shared along their first axis, so that each device keeps a part.
  package let shared: Set<Int>

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
  ///   - shards: how many devices share the batches of the program's inputs.
  ///   - sharesLeaves: whether they share parameters and states too.
  /// - Throws: a primitive that is not written in StableHLO, by its name.
  package init(
    _ program: PortableProgram, checksIndices: Bool = false, shards: Int = 1, sharesLeaves: Bool = false
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
    renewed = program.updates.map { update in
      switch program.nodes[update.leaf].kind {
      case .parameter(let number): inputs + number
      case .state(let number): inputs + parameters + number
      default: 0
      }
    }
    checks = body.checks?.checks ?? []
    let all = written.outputs + written.updates + (body.checks?.values ?? [])
    results = all.map(\.type)
    let shared = Set(
      arguments.indices.filter { index in
        guard sharesLeaves, shards > 1, index >= inputs, let length = arguments[index].type.dimensions.first else {
          return false
        }
        return length > 0 && length % shards == 0
      })
    self.shared = shared
    let head = arguments.indices.map { index -> String in
      let isParted = index < inputs ? program.batched.contains(index) : shared.contains(index)
      return "\(names[index]): \(arguments[index].type)\(isParted ? Self.sharding(arguments[index].type, shards) : "")"
    }
    let (renewed, resultTypes) = (self.renewed, results)
    let types = resultTypes.indices.map { place -> String in
      let leaf = place - program.outputs.count
      let isParted = renewed.indices.contains(leaf) && shared.contains(renewed[leaf])
      let whole = shards > 1 ? " {mhlo.sharding = \"{replicated}\"}" : ""
      return "\(resultTypes[place])\(isParted ? Self.sharding(resultTypes[place], shards) : whole)"
    }
    let partitions = shards > 1 ? " attributes {mhlo.num_partitions = \(shards) : i32}" : ""
    let lines = (body.constants + body.lines).joined(separator: "\n")
    let back = all.map(\.name).joined(separator: ", "), backTypes = results.map(\.description).joined(separator: ", ")
    text = """
      module @chainrule\(partitions) {
      func.func public @main(\(head.joined(separator: ", "))) -> (\(types.joined(separator: ", "))) {
      \(lines)
      "func.return"(\(back)) : (\(backTypes)) -> ()
      }
      }

      """
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

  /// How a batch is shared: by as many devices as divide its length, each part held by the others of its group.
  static func sharding(_ type: StableHLOType, _ shards: Int) -> String {
    guard shards > 1 else { return "" }
    let parts = Self.parts(of: type, shards)
    if parts == 1 { return " {mhlo.sharding = \"{replicated}\"}" }
    let others = [Int](repeating: 1, count: type.dimensions.count - 1).map { ",\($0)" }.joined()
    let rest = shards / parts
    let tail = rest > 1 ? ",\(rest)]<=[\(shards)] last_tile_dim_replicate" : "]<=[\(shards)]"
    return " {mhlo.sharding = \"{devices=[\(parts)\(others)\(tail)}\"}"
  }

  /// The largest number of devices that divides both the batch and all devices.
  static func parts(of type: StableHLOType, _ shards: Int) -> Int {
    guard let length = type.dimensions.first, length > 0 else { return 1 }
    var (a, b) = (length, shards)
    while b != 0 { (a, b) = (b, a % b) }
    return a
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

  /// How many parts of an input's batch there are.
  package func parts(ofInput number: Int, _ devices: Int) -> Int { Self.parts(of: arguments[number].type, devices) }

  package func elementType(ofParameter number: Int, in program: PortableProgram) -> ElementType {
    arguments[program.inputs.count + number].type.element == .int32 ? .int32 : program.elementType
  }

  /// Judges the numbers that a run gave behind its outputs and renewed leaves.
  /// - Throws: an index out of range, by its reader; whatever else must not be.
  package func judge(_ numbers: [Int]) throws {
    var place = 0
    for check in checks {
      switch check {
      case .range(let reader, let below):
        let (least, most) = (numbers[place], numbers[place + 1])
        guard least >= 0, most < below else {
          throw ChainRuleError(
            .value, in: reader, required: "indices in 0..<\(below)", got: "\(least < 0 ? least : most)")
        }
        place += 2
      case .never(let error):
        if numbers[place] != 0 { throw error }
        place += 1
      }
    }
  }
}
