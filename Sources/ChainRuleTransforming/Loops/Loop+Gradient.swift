import ChainRuleCore

/// The gradient of a loop: a loop that runs the other way.
extension Loop {
  func pullback(_ upstream: Node, of output: Node, inputs: [Node], wanted: [Bool]) throws -> [Node?] {
    let graph = output.graph, wanted = Array(wanted.dropFirst(lead))
    let states = trajectory(of: output, inputs)
    let arriving = ArrivingGradients(self, upstream)
    let back = try LoopBack.made(self, wanted, arriving)

    var control: [Node] = []
    if ending == .counted { control = [inputs[0]] }
    if ending == .condition { control = [packing.part(packing.shapes.count - 1, of: output).stoppingGradient()] }
    let last = carried.map { place in
      arriving.last(place) ?? graph.constant(0 as Double).broadcast(to: body.results[place].shape)
    }
    let sums = back.summed.map { graph.constant(0 as Double).broadcast(to: body.inputs[$0].shape) }
    let outside = captured.map { inputs[lead + $0] }
    let rows = states + read.map { inputs[lead + $0] } + arriving.rows
    let loop = Loop(
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

  /// The carried values before every step: of this loop where it stores them, or of one that does.
  private func trajectory(of output: Node, _ inputs: [Node]) -> [Node] {
    var loop = self
    loop.stores = true
    let stored = stores ? output : output.graph.record(loop, inputs)
    return carried.map { loop.before($0, of: stored) }
  }
}

/// What arrives at a loop's output, part by part; `nil` where nothing can arrive.
struct ArrivingGradients {
  private let loop: Loop
  private let parts: [Node?]
  /// For each carried value whether something arrives at the rows of single steps, and for each sequence given.
  let atStates: [Bool], atGiven: [Bool]

  init(_ loop: Loop, _ upstream: Node) {
    self.loop = loop
    let packing = loop.packing, graph = upstream.graph
    func reaches(_ range: Range<Int>) -> Bool { graph.mayBeNonzero(upstream, in: range) }
    parts = packing.shapes.indices.map { place in
      let start = packing.offsets[place]
      return reaches(start..<start + packing.shapes[place].elementCount) ? packing.part(place, of: upstream) : nil
    }
    atStates = loop.carried.map { place in
      guard loop.stores else { return false }
      let size = loop.body.results[place].shape.elementCount, start = packing.offsets[place]
      let steps = loop.isReversed ? size..<size * (loop.length + 1) : 0..<size * loop.length
      return reaches(start + steps.lowerBound..<start + steps.upperBound)
    }
    atGiven = loop.given.map { [parts] in parts[$0] != nil }
  }

  /// What arrives at a carried value after the last step.
  func last(_ place: Int) -> Node? {
    parts[place].map { loop.stores ? $0[loop.isReversed ? 0 : loop.length] : $0 }
  }

  /// What arrives at single steps, along an axis of steps: at the carried values before them, then at what they give.
  var rows: [Node] {
    let first = loop.isReversed ? 1 : 0
    let states = loop.carried.filter { atStates[$0] }.compactMap { parts[$0]?[first..<first + loop.length] }
    return states + loop.given.compactMap { parts[$0] }
  }
}
