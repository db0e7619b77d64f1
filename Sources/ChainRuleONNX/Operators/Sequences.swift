import ChainRuleCore
import ChainRuleFiles

// Sequences and optional values, which exist only while a graph is recorded.

extension Operators {
  private static func sequence(_ call: Call, _ index: Int) throws -> [ImportedValue] {
    guard case .sequence(let values) = try call.input(index) else { throw call.refused("a sequence is needed") }
    return values
  }

  private static func place(_ call: Call, _ index: Int, _ count: Int) throws -> Int? {
    guard call.has(index), let given = try call.integers(index).first else { return nil }
    let place = given < 0 ? given + count : given
    guard (0...count).contains(place) else { throw call.refused("there is no place \(given) among \(count)") }
    return place
  }

  static let sequences: [String: Operator] = [
    "SequenceEmpty": { _ in [.sequence([])] },
    "SequenceConstruct": { call in [.sequence(try call.inputs.indices.map { try call.input($0) })] },
    "SequenceLength": { call in [.integers([try sequence(call, 0).count], shape: .scalar)] },
    "SequenceAt": { call in
      let values = try sequence(call, 0)
      guard let place = try place(call, 1, values.count), place < values.count else {
        throw call.refused("there is no such place among \(values.count)")
      }
      return [values[place]]
    },
    "SequenceInsert": { call in
      var values = try sequence(call, 0)
      values.insert(try call.input(1), at: try place(call, 2, values.count) ?? values.count)
      return [.sequence(values)]
    },
    "SequenceErase": { call in
      var values = try sequence(call, 0)
      let place = try place(call, 1, values.count) ?? values.count - 1
      guard values.indices.contains(place) else {
        throw call.refused("there is no place \(place) among \(values.count)")
      }
      values.remove(at: place)
      return [.sequence(values)]
    },
    "ConcatFromSequence": { call in
      [try stacked(sequence(call, 0), axis: call.integer("axis", 0), isNew: call.flag("new_axis"), call)]
    },
    "SplitToSequence": splitToSequence, "SequenceMap": sequenceMap,
    "Optional": { call in [call.has(0) ? try call.input(0) : .nothing] },
    "OptionalHasElement": { call in
      var isThere = call.has(0)
      if isThere, case .nothing = try call.input(0) { isThere = false }
      return [.constant(TypedTensor(.bool, .scalar, [isThere ? 1 : 0]))]
    },
    "OptionalGetElement": { call in
      let value = try call.input(0)
      if case .nothing = value { throw call.refused("the optional value is not there") }
      return [value]
    },
  ]

  private static let splitToSequence: Operator = { call in
    let value = try call.input(0), shape = try call.shape(0)
    let axis = try call.axis(call.integer("axis", 0), rank: shape.rank), length = shape[axis]
    guard call.has(1) else {
      let keeps = call.flag("keepdims", true)
      return [
        .sequence(
          try (0..<length).map { place in
            let slice = try taken(value, axis, place, call)
            return keeps ? try stacked([slice], axis: axis, call) : slice
          })
      ]
    }
    var counts = try call.integers(1)
    if try call.shape(1).rank == 0, let each = counts.first, each > 0 {
      counts = stride(from: 0, to: length, by: each).map { Swift.min(each, length - $0) }
    }
    guard counts.allSatisfy({ $0 >= 0 }), counts.reduce(0, { $0 &+ $1 }) == length else {
      throw call.refused("parts of \(counts) do not make an axis of \(length)")
    }
    var start = 0
    return [
      .sequence(
        try counts.map { count in
          defer { start += count }
          return try stacked(
            (start..<(start + count)).map { try taken(value, axis, $0, call) }, axis: axis, call)
        })
    ]
  }

  private static let sequenceMap: Operator = { call in
    let body = try call.body("body")
    let values = try call.inputs.indices.map { try call.input($0) }
    let count = try sequence(call, 0).count
    let rows = try (0..<count).map { place in
      let given = try values.map { value in
        guard case .sequence(let items) = value else { return value }
        guard place < items.count else { throw call.refused("its sequences differ in length") }
        return items[place]
      }
      return try call.importer.run(body, Array(zip(body.inputs.map(\.name), given)))
    }
    return body.outputs.indices.map { output in .sequence(rows.map { $0[output] }) }
  }
}
