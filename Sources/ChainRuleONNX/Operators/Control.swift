import ChainRuleCore
import ChainRuleFiles

// Choices and loops over graphs. What a choice or a count depends on must be known, so that a loop becomes its steps.

extension Operators {
  static let control: [String: Operator] = [
    "If": { call in
      let condition: Double
      if case .constant(let tensor, nil) = try call.input(0) {
        condition = tensor.values.scalars.first ?? 0
      } else {
        return try chosen(call)
      }
      return try call.importer.run(call.body(condition != 0 ? "then_branch" : "else_branch"), [])
    },
    "Loop": loop, "Scan": scan,
  ]

  /// Both branches, and one of the two by a mask, where the condition is computed.
  private static func chosen(_ call: Call) throws -> [ImportedValue] {
    let mask = try call.node(0).reshaped(to: [])
    let yes = try call.importer.run(call.body("then_branch"), [])
    let no = try call.importer.run(call.body("else_branch"), [])
    return try zip(yes, no).map { yes, no in
      guard yes.shape == no.shape, let type = yes.type else {
        throw call.refused("its branches make tensors of different shapes")
      }
      return .node(`where`(mask, try call.node(yes), try call.node(no)), type)
    }
  }

  private static func known(_ value: ImportedValue?, _ call: Call) throws -> Double? {
    guard let value else { return nil }
    guard case .constant(let tensor, nil) = value else {
      throw call.refused("how often it runs depends on what the model is given")
    }
    return tensor.values.scalars.first
  }

  private static let loop: Operator = { call in
    let body = try call.body("body")
    let limit = try call.has(0) ? known(call.inputs[0], call) ?? 0 : .infinity
    var goesOn = try call.has(1) ? known(call.inputs[1], call) != 0 : true
    var carried = try call.inputs.indices.dropFirst(2).map { try call.input($0) }
    let count = carried.count, scanned = Swift.max(0, body.outputs.count - 1 - count)
    var stacks = [[ImportedValue]](repeating: [], count: scanned), step = 0
    while goesOn, Double(step) < limit {
      guard step < 100_000 else { throw call.refused("it runs more than 100,000 times") }
      let given: [ImportedValue] =
        [.integers([step], shape: .scalar), .constant(TypedTensor(.bool, .scalar, [1]))] + carried
      guard body.inputs.count == given.count else { throw call.refused("its body has \(body.inputs.count) inputs") }
      let results = try call.importer.run(body, Array(zip(body.inputs.map(\.name), given)))
      goesOn = try known(results.first, call) != 0
      carried = Array(results.dropFirst().prefix(count))
      for (number, value) in results.dropFirst(1 + count).enumerated() { stacks[number].append(value) }
      step += 1
    }
    return try carried + stacks.map { try stacked($0, axis: 0, call) }
  }

  /// Values along a new axis, known ones as known ones.
  static func stacked(_ values: [ImportedValue], axis: Int, isNew: Bool = true, _ call: Call) throws -> ImportedValue {
    guard let type = values.first?.type else {
      return .constant(TypedTensor(.float, [0], []))
    }
    let isFixed = values.allSatisfy(\.isFixed), graph = isFixed ? Graph() : call.graph
    let scratch = Call(
      message: call.message, inputs: [], graph: graph, version: call.version, importer: call.importer)
    let nodes = try values.map { try scratch.node($0) }
    let place = axis < 0 ? axis + (nodes[0].shape.rank + (isNew ? 1 : 0)) : axis
    let result = isNew ? stack(nodes, axis: place) : nodes.count == 1 ? nodes[0] : concatenate(nodes, axis: place)
    return isFixed ? .constant(TypedTensor(type, try result.value())) : .node(result, type)
  }

  private static let scan: Operator = { call in
    let body = try call.body("body"), count = call.integer("num_scan_inputs", 1)
    // Version 8 has a batch axis in front, and lengths as its first input.
    let isOld = call.version < 9
    let inputs = try call.inputs.indices.dropFirst(isOld ? 1 : 0).map { try call.input($0) }
    guard count > 0, inputs.count >= count, !isOld || !call.has(0) else {
      throw call.refused("\(count) of \(inputs.count) inputs are scanned")
    }
    let scanned = Array(inputs.suffix(count)), states = Array(inputs.dropLast(count))
    if isOld {
      let batch = scanned[0].shape?[0] ?? 0
      let rows = try (0..<batch).map { row in
        try scanOnce(
          call, body, try states.map { try taken($0, 0, row, call) }, try scanned.map { try taken($0, 0, row, call) })
      }
      return try (rows.first ?? []).indices.map { output in try stacked(rows.map { $0[output] }, axis: 0, call) }
    }
    return try scanOnce(call, body, states, scanned)
  }

  private static func scanOnce(
    _ call: Call, _ body: GraphMessage, _ states: [ImportedValue], _ scanned: [ImportedValue]
  ) throws -> [ImportedValue] {
    func setting(_ name: String, _ number: Int) -> Int {
      call.integersOf(name).flatMap { number < $0.count ? $0[number] : nil } ?? 0
    }
    var states = states
    let outputs = Swift.max(0, body.outputs.count - states.count)
    var stacks = [[ImportedValue]](repeating: [], count: outputs)
    let axes = scanned.indices.map { setting("scan_input_axes", $0) }
    let length = scanned[0].shape.map { $0[axes[0]] } ?? 0
    for step in 0..<length {
      let parts = try scanned.enumerated().map { number, value in
        let isReverse = setting("scan_input_directions", number) == 1
        return try taken(value, axes[number], isReverse ? length - 1 - step : step, call)
      }
      let results = try call.importer.run(body, Array(zip(body.inputs.map(\.name), states + parts)))
      for (number, value) in results.dropFirst(states.count).enumerated() {
        if setting("scan_output_directions", number) == 1 {
          stacks[number].insert(value, at: 0)
        } else {
          stacks[number].append(value)
        }
      }
      states = Array(results.prefix(states.count))
    }
    return try states
      + stacks.enumerated().map { try stacked($1, axis: setting("scan_output_axes", $0), call) }
  }

  /// One slice of a value, known where the value is.
  static func taken(_ value: ImportedValue, _ axis: Int, _ place: Int, _ call: Call) throws -> ImportedValue {
    guard let type = value.type else { throw call.refused("a tensor is needed") }
    let graph = value.isFixed ? Graph() : call.graph
    let scratch = Call(
      message: call.message, inputs: [], graph: graph, version: call.version, importer: call.importer)
    let node = try scratch.node(value)
    var parts = [any SliceIndex](repeating: 0..., count: node.shape.rank)
    parts[try call.axis(axis, rank: node.shape.rank)] = place
    let slice = node.sliced(parts)
    return value.isFixed ? .constant(TypedTensor(type, try slice.value())) : .node(slice, type)
  }
}
