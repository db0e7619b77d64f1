import ChainRuleCore

extension ODESolver {
  /// Weights of the stages within a step, for the powers θ … θ⁴ of the share θ of the step: Shampine's polynomial of order
  /// 4 for Dormand and Prince's pair (1986), which meets y and its slope at both ends.
  private static let weights: [[Double]] = [
    [1, -8048581381.0 / 2820520608, 8663915743.0 / 2820520608, -12715105075.0 / 11282082432],
    [0, 0, 0, 0],
    [0, 131558114200.0 / 32700410799, -68118460800.0 / 10900136933, 87487479700.0 / 32700410799],
    [0, -1754552775.0 / 470086768, 14199869525.0 / 1410260304, -10690763975.0 / 1880347072],
    [0, 127303824393.0 / 49829197408, -318862633887.0 / 49829197408, 701980252875.0 / 199316789632],
    [0, -282668133.0 / 205662961, 2019193451.0 / 616988883, -1453857185.0 / 822651844],
    [0, 40617522.0 / 29380423, -110615467.0 / 29380423, 69997945.0 / 29380423],
  ]

  /// y at every time from one loop of steps to the farthest of them.
  func interpolated(_ start: Node, _ given: Node, _ parameters: [Node]) throws -> Node {
    let graph = start.graph, times = graph.record(OneSidedTimes(), [given])
    if let error = times.error { throw error }
    guard times.shape[0] > 1 else { return start.reshaped(to: start.shape.preceded(by: 1)) }
    let end = times.gathered(at: abs(times - times[0]).argmax(axis: 0))
    let slope = try function(times[0], start, parameters)
    let carried = [times[0], start, slope, try firstStep(start, slope, times)]
    let (body, captured) = try graph.capture("odeint", carried.map { Subgraph.Signature($0) }) { carried in
      let made = try step(carried, to: end, parameters)
      return made.next + [made.next[0], made.length, made.isGood, stack(made.slopes), 1 - equal(made.next[0], end)]
    }
    let loop = try Loop(
      name: "odeint", body: body, length: steps, carries: carried.count, sequences: 0, ending: .condition,
      hint: Self.hint)
    let found = graph.record(loop, [1 - equal(times[0], end)] + carried + captured)
    if let error = found.error { throw error }
    return values(at: times, from: start, towards: end, loop, found)
  }

  /// The polynomial of the step in which each time lies.
  private func values(at times: Node, from start: Node, towards end: Node, _ loop: Loop, _ found: Node) -> Node {
    let (m, shape) = (times.shape[0], loop.body.results[1].shape), graph = times.graph
    let (ends, lengths, isGood) = (loop.rows(0, of: found), loop.rows(1, of: found), loop.rows(2, of: found))
    let column = times.reshaped(to: [m, 1]), sense = sign(end - times[0])
    // The first step that was taken and ends there or behind.
    let place = (isGood * (1 - less(sense * (ends - column), 0))).argmax(axis: 1)
    let h = lengths.gathered(at: place), isStep = 1 - equal(h, 0)
    // Where all times are equal there is no step, and y is that of the start.
    let share = (times - loop.before(0, of: found).gathered(at: place)) / `where`(isStep, h, 1)
    let powers = stack([share, square(share), pow(share, 3), pow(share, 4)], axis: 1)
    let weights = graph.constant(Tensor(shape: [7, 4], Self.weights.flatMap { $0 }))
    let stages = powers.matmul(weights.transposed()).reshaped(to: [m, 1, 7])
    let slopes = loop.rows(3, of: found).gathered(at: place).reshaped(to: [m, 7, shape.elementCount])
    let way = h.reshaped(to: [m, 1]) * stages.matmul(slopes).reshaped(to: [m, shape.elementCount])
    let mask = isStep.reshaped(to: Shape([m] + shape.dimensions.map { _ in 1 }))
    let before = `where`(mask, loop.before(1, of: found).gathered(at: place), start)
    return before + way.reshaped(to: shape.preceded(by: m))
  }
}

/// Times that all lie on one side of the first: the identity, which refuses others.
struct OneSidedTimes: Primitive, BatchedPrimitive {
  let name = "odeint, times"

  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let m = inputs[0].shape[-1], all = inputs[0].scalars
    for row in 0..<all.count / Swift.max(1, m) {
      let ways = all[row * m..<(row + 1) * m].map { $0 - all[row * m] }
      guard ways.allSatisfy(\.isFinite), !(ways.contains { $0 > 0 } && ways.contains { $0 < 0 }) else {
        throw ChainRuleError(
          .value, in: "odeint", required: "finite times on one side of the first",
          got: all[row * m..<(row + 1) * m].prefix(8).map { Tensor.digits($0) }.joined(separator: ", "),
          hint: "Solve to either side by a call of its own.")
      }
    }
    return inputs[0]
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.one)
  }

  func batched(_ batch: Batch) -> Node? { batch.record(self) }
}
