import ChainRuleCore
import ChainRuleFiles
import ChainRuleStableHLO

/// Writes what a primitive becomes in StableHLO, an operation at a time: for primitives that ONNX has no operator for, and
/// that are composed of arithmetic, loops, and moves. Between its ends numbers are double.
struct FragmentWriter {
  /// What values are called in the file.
  var names: [String: String] = [:]
  /// Values of one number in all elements, which are written without axes.
  var uniform: Set<String> = []
  /// Constants 0, which places of slices often are.
  private var zeros: Set<String> = []

  /// Writes a fragment.
  /// - Parameter arguments: names of its arguments, numbers as double.
  /// - Returns: the name of its value.
  /// - Throws: an error that names an operation that ONNX does not have.
  mutating func write(
    _ fragment: StableHLOFragment, _ arguments: [String], in writer: inout GraphWriter
  ) throws -> String {
    for (argument, name) in zip(fragment.arguments, arguments) { names[argument.key] = name }
    let read = Self.read(fragment.operations).union([fragment.result.key])
    for constant in fragment.constants where read.contains(constant.value.key) { write(constant, in: &writer) }
    try write(fragment.operations, in: &writer)
    return full(fragment.result, in: &writer)
  }

  /// What operations read, in their regions too.
  private static func read(_ operations: [StableHLOOperation]) -> Set<String> {
    operations.reduce(into: []) { keys, operation in
      for value in operation.operands + operation.regions.flatMap(\.results) { keys.insert(value.key) }
      for region in operation.regions { keys.formUnion(read(region.operations)) }
    }
  }

  /// The number of a type of elements in the format.
  static func code(_ element: StableHLOType.Element) -> Int {
    switch element {
    case .single: 1
    case .bfloat16: 16
    case .double, .complexSingle, .complexDouble: 11
    case .int32, .int64: 7
    case .bits: 13
    case .halfBits: 12
    case .mask: 9
    }
  }

  private mutating func write(_ constant: StableHLOConstant, in writer: inout GraphWriter) {
    let value = constant.value, code = Self.code(value.type.element)
    if !value.dimensions.isEmpty { uniform.insert(value.key) }
    switch constant.content {
    case .number(let number):
      names[value.key] = writer.typed([number], [], code)
      if number == 0 { zeros.insert(value.key) }
    case .bits(let bits): names[value.key] = writer.bits(bits)
    case .tensor(let tensor):
      uniform.remove(value.key)
      names[value.key] = writer.typed(tensor.scalars, value.dimensions, code)
    }
  }

  // MARK: Values

  /// What a value is called, which may lack axes if it is uniform.
  func name(_ value: StableHLOValue) -> String { names[value.key] ?? "" }
  func isUniform(_ value: StableHLOValue) -> Bool { uniform.contains(value.key) }
  func isZero(_ value: StableHLOValue) -> Bool { zeros.contains(value.key) }

  /// The same with all its axes.
  func full(_ value: StableHLOValue, in writer: inout GraphWriter) -> String {
    guard isUniform(value) else { return name(value) }
    return writer.add("Expand", [name(value), writer.integers(value.dimensions)])
  }

  static func refused(_ operation: String) -> ChainRuleError {
    ChainRuleError(
      .primitive, in: "onnx", required: "operations that are composed of operators of ONNX", got: operation,
      hint: "Export what lies before it, or write it with other primitives.")
  }

  // MARK: Operations

  mutating func write(_ operations: [StableHLOOperation], in writer: inout GraphWriter) throws {
    for operation in operations {
      if let name = elementwise(operation, in: &writer) {
        bind(operation, name)
        if !operation.results[0].dimensions.isEmpty, operation.operands.allSatisfy(isUniform) {
          uniform.insert(operation.results[0].key)
        }
      } else if let source = moved(operation) {
        names[operation.results[0].key] = name(source)
        if !operation.results[0].dimensions.isEmpty { uniform.insert(operation.results[0].key) }
      } else if let name = try movement(operation, in: &writer) ?? wholeTensor(operation, in: &writer) {
        bind(operation, name)
      } else {
        try region(operation, in: &writer)
      }
    }
  }

  private mutating func bind(_ operation: StableHLOOperation, _ name: String) {
    names[operation.results[0].key] = name
  }

  /// The operand of a move that leaves a uniform value as it is.
  private func moved(_ operation: StableHLOOperation) -> StableHLOValue? {
    guard let x = operation.operands.first else { return nil }
    switch operation.name {
    case "stablehlo.broadcast_in_dim": return isUniform(x) || x.dimensions.isEmpty ? x : nil
    case "stablehlo.reshape", "stablehlo.transpose", "stablehlo.slice", "stablehlo.reverse":
      return isUniform(x) ? x : nil
    default: return nil
    }
  }

  // MARK: Regions

  /// Loops, choices and sorts.
  private mutating func region(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws {
    switch operation.name {
    case "stablehlo.while": try loop(operation, in: &writer)
    case "stablehlo.case":
      let results = try choice(operation, from: 0, name(operation.operands[0]), in: &writer)
      for (value, name) in zip(operation.results, results) { names[value.key] = name }
    case "stablehlo.sort": sort(operation, in: &writer)
    default: throw Self.refused(operation.name)
    }
  }

  private static func info(_ name: String, _ type: StableHLOType) -> ValueInformation {
    ValueInformation(name, code(type.element), type.dimensions)
  }

  /// A loop whose condition is computed before it and at the end of each step.
  private mutating func loop(_ operation: StableHLOOperation, in writer: inout GraphWriter) throws {
    let (condition, step) = (operation.regions[0], operation.regions[1])
    let start = operation.operands.map { full($0, in: &writer) }
    for (argument, name) in zip(condition.arguments, start) { names[argument.key] = name }
    try write(condition.operations, in: &writer)
    let goesOn = full(condition.results[0], in: &writer)
    let carried = step.arguments.map { _ in writer.temporary() }
    for (argument, name) in zip(step.arguments, carried) { names[argument.key] = name }
    let inputs =
      [
        ValueInformation(writer.temporary(), 7, []),
        ValueInformation(writer.temporary(), 9, []),
      ] + zip(carried, step.arguments).map { Self.info($0, $1.type) }
    var inner = self
    let body = try writer.subgraph(inputs) { writer in
      try inner.write(step.operations, in: &writer)
      let next = step.results.map { inner.full($0, in: &writer) }
      for (argument, name) in zip(condition.arguments, next) { inner.names[argument.key] = name }
      try inner.write(condition.operations, in: &writer)
      let flag = inner.full(condition.results[0], in: &writer)
      let outputs = ([flag] + next).map { writer.add("Identity", [$0]) }
      return [ValueInformation(outputs[0], 9, [])]
        + zip(outputs.dropFirst(), step.results).map { Self.info($0, $1.type) }
    }
    let results = operation.results.map { _ in writer.temporary() }
    writer.addNode("Loop", ["", goesOn] + start, results, [.graph("body", body)])
    for (value, name) in zip(operation.results, results) { names[value.key] = name }
  }

  /// A chain of choices between one and the rest.
  private func choice(
    _ operation: StableHLOOperation, from number: Int, _ place: String, in writer: inout GraphWriter
  ) throws -> [String] {
    func branch(_ write: (inout GraphWriter) throws -> [String]) throws -> ProtocolMessage {
      try writer.subgraph([]) { writer in
        let names = try write(&writer).map { writer.add("Identity", [$0]) }
        return zip(names, operation.results).map { Self.info($0, $1.type) }
      }
    }
    func own(_ number: Int, _ writer: inout GraphWriter) throws -> [String] {
      var inner = self
      let region = operation.regions[number]
      try inner.write(region.operations, in: &writer)
      return region.results.map { inner.full($0, in: &writer) }
    }
    if number == operation.regions.count - 1 { return try own(number, &writer) }
    let isHere = writer.add("Equal", [place, writer.typed([Double(number)], [], 7)])
    let yes = try branch { try own(number, &$0) }
    let no = try branch { try choice(operation, from: number + 1, place, in: &$0) }
    let results = operation.results.map { _ in writer.temporary() }
    writer.addNode("If", [isHere], results, [.graph("then_branch", yes), .graph("else_branch", no)])
    return results
  }

  /// Places in order: TopK leaves equals in theirs; those of NaN are the largest, which a second order sees to.
  private mutating func sort(_ operation: StableHLOOperation, in writer: inout GraphWriter) {
    let x = operation.operands[0], axis = operation.integers("dimension")?.first ?? 0
    let comparator = operation.regions[0]
    let isDescending =
      comparator.operations.first { $0.attributes.contains("direction LT") }?.operands[0].key
      == comparator.arguments[1].key
    let attributes: [Attribute] = [
      .integer("axis", axis), .integer("largest", isDescending ? 1 : 0), .integer("sorted", 1),
    ]
    let count = writer.integers([x.dimensions[axis]]), source = full(x, in: &writer)
    func order(_ x: String) -> String {
      let places = writer.temporary()
      writer.addNode("TopK", [x, count], [writer.temporary(), places], attributes)
      return places
    }
    let isNaN = writer.add("Not", [writer.add("Equal", [source, source])])
    let first = order(writer.add("Where", [isNaN, writer.typed([.infinity], [], 11), source]))
    let flags = writer.add("Cast", [isNaN], [.integer("to", 11)])
    let second = order(writer.add("GatherElements", [flags, first], [.integer("axis", axis)]))
    let places = writer.add("GatherElements", [first, second], [.integer("axis", axis)])
    names[operation.results[1].key] = places
    names[operation.results[0].key] = writer.add("GatherElements", [source, places], [.integer("axis", axis)])
  }
}
