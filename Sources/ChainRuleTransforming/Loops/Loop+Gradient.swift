import ChainRuleCore

/// The gradient of a loop: a loop that runs the other way.
extension Loop {
  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let graph = output.graph, wanted = Array(wanted.dropFirst(lead))
    let (states, products) = try trajectory(of: output, inputs)
    let arriving = ArrivingGradients(self, upstream)
    let back = try LoopBack.made(storing(), wanted, arriving)

    var control: [Node] = []
    if ending == .counted { control = [inputs[0]] }
    if ending == .condition { control = [packing.part(packing.shapes.count - 1, of: output).stoppingGradient()] }
    let last = carried.map { place in
      arriving.last[place] ?? graph.constant(0 as Double).broadcast(to: body.results[place].shape)
    }
    let sums = back.summed.map { graph.constant(0 as Double).broadcast(to: body.inputs[$0].shape) }
    let values = captured.map { inputs[lead + $0] }, outside = values + back.turned.map { values[$0].transposed() }
    let rows = states + read.map { inputs[lead + $0] } + products + arriving.rows
    let loop = try Loop(
      name: "\(name) backward", body: back.body, length: length, carries: carries + sums.count,
      sequences: rows.count, ending: ending == .all ? .all : .counted, isReversed: !isReversed, stores: false)
    let result = graph.record(loop, control + last + sums + rows + outside)

    var gradients = [Node?](repeating: nil, count: inputs.count)
    for place in carried where wanted[place] { gradients[lead + place] = loop.last(place, of: result) }
    for (number, place) in back.summed.enumerated() {
      gradients[lead + place] = loop.last(carries + number, of: result)
    }
    for (number, place) in back.sequences.enumerated() { gradients[lead + place] = loop.rows(number, of: result) }
    for (place, parts) in back.joined {
      let found = parts.map { $0.sum { $0.node(rows) { loop.rows($0, of: result) } } }
      gradients[lead + place] = found.dropFirst().reduce(found[0], +).reshaped(to: body.inputs[place].shape)
    }
    return gradients
  }

  /// The carried values before every step and the products that are kept: of this loop where it stores them, or of one
  /// that does.
  private func trajectory(of output: Node, _ inputs: [Node]) throws -> (states: [Node], products: [Node]) {
    guard !stores else {
      return (carried.map { before($0, of: output) }, kept.map { rows($0 - carries, of: output) })
    }
    let loop = try storing()
    let stored = output.graph.record(loop, inputs)
    return (loop.carried.map { loop.before($0, of: stored) }, loop.kept.map { loop.rows($0 - carries, of: stored) })
  }

  /// The same loop with what its gradient needs in its output.
  func storing() throws -> Loop {
    if stores { return self }
    return try Loop(
      name: name, body: body, length: length, carries: carries, sequences: sequences, ending: ending,
      isReversed: isReversed, hint: hint)
  }
}

/// What arrives at a loop's output, part by part; `nil` where nothing can arrive.
struct ArrivingGradients {
  /// At each carried value after the last step.
  let last: [Node?]
  /// At the carried values before single steps, and at the rows that the steps give, along an axis of steps.
  private let states: [Node?], given: [Node?]

  init(_ loop: Loop, _ upstream: Node) {
    let packing = loop.packing, end = loop.isReversed ? 0 : loop.length, first = loop.isReversed ? 1 : 0
    last = loop.carried.map { place in
      loop.stores
        ? packing.arriving(place, rows: end..<end + 1, upstream)?.reshaped(to: packing.shapes[place].row)
        : packing.arriving(place, upstream)
    }
    states = loop.carried.map { place in
      loop.stores ? packing.arriving(place, rows: first..<first + loop.length, upstream) : nil
    }
    given = loop.rowPlaces.map { packing.arriving($0, upstream) }
  }

  var atStates: [Bool] { states.map { $0 != nil } }
  var atRows: [Bool] { given.map { $0 != nil } }
  var rows: [Node] { (states + given).compactMap { $0 } }
}
