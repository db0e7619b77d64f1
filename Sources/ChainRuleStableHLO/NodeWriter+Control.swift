import ChainRuleCore
import ChainRuleTransforming

// Loops and choices: a recorded function becomes a region.

extension NodeWriter {
  func control(_ form: ControlForm) throws -> StableHLOValue {
    switch form {
    case .function(let function): return try packed(call(function, inputs))
    case .choice(let functions, let isBinary): return try choice(functions, isBinary)
    case .loop(let loop): return try packed(self.loop(loop))
    }
  }

  /// Writes a recorded function on values.
  private func call(_ function: Subgraph, _ arguments: [StableHLOValue]) throws -> [StableHLOValue] {
    let precision: Graph.Precision = body.number == .double ? .double : .single
    let program = try function.portableProgram(precision)
    let values = zip(arguments, function.inputs).map { value, signature in
      value.converted(to: signature.isIndex ? .int32 : body.number)
    }
    return try body.write(program, inputs: values, parameters: [], states: []).outputs
  }

  /// Several values in one, as a node holds them.
  private func packed(_ values: [StableHLOValue]) -> StableHLOValue {
    let numbers = values.map { $0.converted(to: body.number) }
    if numbers.count == 1 { return numbers[0] }
    return body.concatenated(numbers.map { $0.reshaped(to: [$0.type.count]) }, axis: 0)
  }

  private func choice(_ functions: [Subgraph], _ isBinary: Bool) throws -> StableHLOValue {
    if functions.count == 1 { return try packed(call(functions[0], inputs)) }
    let selector = x,
      error = ChainRuleError(
        .value, in: primitive.name,
        required: isBinary ? "a number to choose by" : "a number from 0 to \(functions.count - 1)", got: "another")
    let place: StableHLOValue
    if isBinary {
      if selector.type.isFloat { refuse(where: selector.isNaN, error) }
      place = selector.compared("NE", 0).converted(to: .int32)
    } else {
      place = selector.converted(to: .int32)
      let isWhole = place.converted(to: selector.type.element).compared("EQ", selector)
      let isInside = place.compared("GE", 0).and(place.compared("LT", Double(functions.count)))
      refuse(where: isWhole.and(isInside).map("stablehlo.not"), error)
    }
    let rest = Array(inputs.dropFirst())
    return try body.carrying { start in
      let regions = try functions.map { function in
        try body.region([]) { _ in try body.finding(start) { [try packed(call(function, rest))] } }
      }
      return body.emit("stablehlo.case", [place], results: [type] + start.map(\.type), regions: regions)
    }[0]
  }

  // MARK: Loops

  private func loop(_ loop: ControlForm.Loop) throws -> [StableHLOValue] {
    let index = StableHLOType([], .int32), values = Array(inputs.dropFirst(loop.lead))
    let limit = limit(loop)
    let function = loop.body
    let carried = loop.carried.map { values[$0].converted(to: body.number) }
    let rows = loop.rows.map { result -> StableHLOValue in
      zeros(StableHLOType([loop.length] + function.results[result].shape.dimensions, body.number))
    }
    let kept = loop.stores ? carried.map { stored($0, loop, limit) } : []
    let flag = loop.ending == .condition ? [x.converted(to: body.number)] : []
    let start = [body.whole(0, index)] + flag + carried + kept + rows
    let end = try body.carrying { none in
      try body.loop(start + none) { all in
        let goesOn = all[0].compared("LT", limit)
        return flag.isEmpty ? goesOn : goesOn.and(all[1].compared("NE", 0))
      } _: { all in
        try body.finding(Array(all[start.count...])) { try step(loop, Array(all[..<start.count]), values, limit) }
      }
    }
    return finished(loop, end, limit)
  }

  /// How many steps there may be.
  private func limit(_ loop: ControlForm.Loop) -> StableHLOValue {
    let length = body.whole(loop.length, StableHLOType([], .int32))
    guard loop.ending == .counted else { return length }
    let count = x.converted(to: .int32)
    let isFine = count.converted(to: x.type.element).compared("EQ", x).and(count.compared("GE", 0))
      .and(count.compared("LE", length))
    refuse(
      where: isFine.map("stablehlo.not"),
      ChainRuleError(.value, in: primitive.name, required: "0 to \(loop.length) steps", got: "another number"))
    return count.maximum(count.filled(0)).minimum(length)
  }

  /// Rows for a carried value before every step and after the last, the first of them written.
  private func stored(_ value: StableHLOValue, _ loop: ControlForm.Loop, _ limit: StableHLOValue) -> StableHLOValue {
    let all = zeros(value.type.with([loop.length + 1] + value.dimensions))
    let first = loop.isReversed ? limit : limit.filled(0)
    return replaced(all, first, by: value)
  }

  private func replaced(_ all: StableHLOValue, _ number: StableHLOValue, by row: StableHLOValue) -> StableHLOValue {
    all.type.count == 0 ? all : body.replaced(all, number, by: row.reshaped(to: [1] + row.dimensions))
  }

  private func step(
    _ loop: ControlForm.Loop, _ all: [StableHLOValue], _ values: [StableHLOValue], _ limit: StableHLOValue
  ) throws -> [StableHLOValue] {
    let one = all[0].filled(1), next = all[0] + one, hasFlag = loop.ending == .condition
    let place = loop.isReversed ? limit - next : all[0]
    let first = hasFlag ? 2 : 1, count = loop.carried.count
    var arguments = Array(all[first..<first + count])
    for number in loop.sequences {
      let row = values[number].type.with(Array(values[number].dimensions.dropFirst()))
      arguments.append(
        row.count == 0 ? zeros(row) : body.row(values[number], place).reshaped(to: row.dimensions))
    }
    arguments += loop.captured.map { values[$0] }
    let results = try call(loop.body, arguments).map { $0.converted(to: body.number) }
    var after = [next]
    if hasFlag { after.append(results[results.count - 1]) }
    after += loop.carried.map { results[$0] }
    var behind = first + count
    if loop.stores {
      for number in loop.carried {
        after.append(replaced(all[behind], loop.isReversed ? place : next, by: results[number]))
        behind += 1
      }
    }
    for number in loop.rows {
      after.append(replaced(all[behind], place, by: results[number]))
      behind += 1
    }
    return after
  }

  private func finished(
    _ loop: ControlForm.Loop, _ end: [StableHLOValue], _ limit: StableHLOValue
  ) -> [StableHLOValue] {
    let hasFlag = loop.ending == .condition, first = hasFlag ? 2 : 1, count = loop.carried.count
    let carried = Array(end[first..<first + count])
    var kept = carried
    if loop.stores {
      kept = zip(carried, end[first + count..<first + 2 * count]).map { value, all in
        guard loop.ending != .all, !loop.isReversed else { return all }
        return replaced(all, limit.filled(Double(loop.length)), by: value)
      }
    }
    let rows = end[(first + count * (loop.stores ? 2 : 1))...]
    if hasFlag {
      refuse(
        where: end[0].compared("EQ", limit).and(end[1].compared("NE", 0)),
        ChainRuleError(
          .value, in: primitive.name, required: "a loop that ends within \(loop.length) steps", got: "one that goes on",
          hint: loop.hint))
    }
    return kept + rows + (hasFlag ? [end[0].converted(to: body.number)] : [])
  }
}
