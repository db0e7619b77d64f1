import ChainRuleCore

/// How the gradient of a solution of a differential equation is made.
public enum ODEAdjoint: Sendable, Hashable {
  /// That of the steps that were made, exact for them; keeps the states of one interval at a time.
  case discrete
  /// The adjoint equation, solved backwards (Pontryagin; Chen et al. 2018): no states are kept, and the gradient is as
  /// right as the tolerance. Only the start, the times and the parameters have gradients.
  case continuous
}

/// How the values of a solution at given times come about.
public enum ODEOutput: Sendable, Hashable {
  /// A step ends at each time: as right as the steps.
  case reached
  /// Steps go on as the tolerance allows, and the polynomial of order 4 that belongs to a step gives the values within it
  /// (Shampine 1986): the number of steps does not depend on that of times. All steps are kept, `steps` of them at most.
  case interpolated
}

/// The solution of dy/dt = f(t, y, p) at given times.
///
/// ```swift
/// let trajectory = try odeint(from: y0, at: times, parameters: [k]) { t, y, p in -p[0] * y }
/// ```
/// Dormand and Prince's method of order 5 with steps chosen by its error of order 4 (1980); each interval between two
/// times ends with a step that reaches it. Gradients of every order with respect to the start, the times, the parameters
/// and, with the discrete adjoint, whatever else the function reads.
/// - Parameters:
///   - start: y at the first time.
///   - times: `[m]`, rising or falling.
///   - relative: the error of a step that is small enough, beside y.
///   - absolute: the error that is small enough in any case.
///   - steps: the most steps between two times; with interpolated output between the first and the farthest.
///   - output: whether steps end at the times, or the values are interpolated within steps. Interpolated times may come
///     in any order, all on one side of the first.
///   - function: dy/dt, of the shape of y.
/// - Returns: y at each of the times, `[m] + shape`.
/// - Throws: times that are no vector; a function of another shape. Reading the value throws where the steps do not
///   suffice.
public func odeint(
  from start: Node, at times: Node, parameters: [Node] = [], relative: Double = 1e-8, absolute: Double = 1e-10,
  steps: Int = 2_000, adjoint: ODEAdjoint = .discrete, output: ODEOutput = .reached,
  _ function: @escaping (_ t: Node, _ y: Node, _ parameters: [Node]) throws -> Node
) throws -> Node {
  for node in [start, times] + parameters { if let error = node.error { throw error } }
  guard times.shape.rank == 1, times.shape[0] > 0 else {
    throw ChainRuleError(
      .shape, in: "odeint", required: "times of shape [m], at least one", got: "shape \(times.shape)")
  }
  let solver = ODESolver(relative: relative, absolute: absolute, steps: steps, output: output) { t, y, p in
    let slope = try function(t, y, p)
    if let error = slope.error { throw error }
    guard slope.shape == y.shape else {
      throw ChainRuleError(
        .shape, in: "odeint", required: "a derivative of the shape \(y.shape) of y", got: "shape \(slope.shape)")
    }
    return slope
  }
  guard relative >= 0, absolute >= 0, relative + absolute > 0, steps > 0 else {
    throw ChainRuleError(
      .value, in: "odeint", required: "tolerances of at least 0, not both 0, and at least one step",
      got: "relative \(Tensor.digits(relative)), absolute \(Tensor.digits(absolute)), steps \(steps)")
  }
  switch adjoint {
  case .discrete: return try solver.solution(start, times, parameters)
  case .continuous: return try solver.withAdjoint(start, times, parameters)
  }
}

struct ODESolver {
  typealias Function = (_ t: Node, _ y: Node, _ parameters: [Node]) throws -> Node
  let relative: Double, absolute: Double
  let steps: Int
  var output = ODEOutput.reached
  let function: Function

  /// The tableau of Dormand and Prince: the stages' weights, the times of the stages, and what the two orders differ by.
  private static let stages: [[Double]] = [
    [1.0 / 5], [3.0 / 40, 9.0 / 40], [44.0 / 45, -56.0 / 15, 32.0 / 9],
    [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
    [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
    [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
  ]
  private static let times: [Double] = [1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1]
  private static let errors: [Double] = [
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
  ]

  static let hint = "Raise steps: or the tolerances; the equation may be stiff, grow without bound or have no value."

  func solution(_ start: Node, _ times: Node, _ parameters: [Node]) throws -> Node {
    try output == .reached ? trajectory(start, times, parameters) : interpolated(start, times, parameters)
  }

  /// y at every time: an interval after the other, each a loop of steps.
  func trajectory(_ start: Node, _ times: Node, _ parameters: [Node]) throws -> Node {
    let m = times.shape[0], first = start.reshaped(to: start.shape.preceded(by: 1))
    guard m > 1 else { return first }
    let slope = try function(times[0], start, parameters)
    let length = try firstStep(start, slope, times)
    let (_, outputs) = try scan(over: [times[0..<m - 1], times[1..<m]], from: [start, slope, length]) { carried, row in
      let end = row[1]
      let found = try Loop.recordWhile(
        "odeint", hint: Self.hint, from: [row[0]] + carried, bound: steps, while: { 1 - equal($0[0], end) },
        { try step($0, to: end, parameters).next })
      return (Array(found.dropFirst()), [found[1]])
    }
    return concatenate([first, outputs[0]])
  }

  /// A first step by the sizes of y and its slope (Hairer, Nørsett and Wanner 1993, II.4).
  func firstStep(_ y: Node, _ slope: Node, _ times: Node) throws -> Node {
    let scale = absolute + relative * abs(y)
    let (size, rate) = ((y / scale).norm(), (slope / scale).norm())
    let guess = `where`((rate .> 1e-5) * (size .> 1e-5), 0.01 * size / maximum(rate, 1e-300), y.graph.constant(1e-6))
    return guess.stoppingGradient()
  }

  /// One step from t towards `end`: what is carried is t, y, its slope and the length of the next step.
  func step(_ carried: [Node], to end: Node, _ parameters: [Node]) throws -> ODEStep {
    let (t, y, slope, length) = (carried[0], carried[1], carried[2], carried[3])
    let way = end - t, isLast = length .>= abs(way).stoppingGradient()
    // The last step reaches the end, whatever it is: this is how the gradient of the times comes in.
    let h = `where`(isLast, way, sign(way).stoppingGradient() * length)
    var slopes = [slope], next = y
    for (weights, time) in zip(Self.stages, Self.times) {
      next = y + h * combined(weights, slopes)
      slopes.append(try function(t + time * h, next, parameters))
    }
    let scale = absolute + relative * maximum(abs(y), abs(next))
    let error = ((h * combined(Self.errors, slopes) / scale).stoppingGradient()).norm() / rootCount(y)
    let isGood = error .<= 1
    // A trial that left the domain says nothing but that it was too long.
    let growth = `where`(equal(error, error), clamp(0.9 * pow(maximum(error, 1e-10), -0.2), min: 0.2, max: 10), 0.2)
    let carriedOn = [
      `where`(isGood, `where`(isLast, end, t + h), t), `where`(isGood, next, y), `where`(isGood, slopes[6], slope),
      // A step that was cut short says nothing of the next one's length.
      `where`(isGood * isLast, length, abs(h) * growth).stoppingGradient(),
    ]
    return ODEStep(next: carriedOn, length: h, slopes: slopes, isGood: isGood)
  }

  private func rootCount(_ y: Node) -> Double { Double(Swift.max(1, y.shape.elementCount)).squareRoot() }

  private func combined(_ weights: [Double], _ slopes: [Node]) -> Node {
    var sum: Node?
    for (weight, slope) in zip(weights, slopes) where weight != 0 {
      let part = weight * slope
      sum = sum.map { $0 + part } ?? part
    }
    return sum ?? slopes[0] * 0
  }
}

/// A step that was tried.
struct ODEStep {
  /// What is carried on: t, y, its slope and the length of the next step; as before where the step was too long.
  let next: [Node]
  /// What was added to t, and the slopes of the seven stages.
  let length: Node, slopes: [Node]
  let isGood: Node
}

extension ODESolver {
  /// The same with the adjoint equation for a gradient: a and the parameters' gradients run backwards beside y.
  fileprivate func withAdjoint(_ start: Node, _ times: Node, _ parameters: [Node]) throws -> Node {
    let result = withGradient(of: [start, times] + parameters, name: "odeint") { arguments in
      try solution(arguments[0], arguments[1], Array(arguments.dropFirst(2)))
    } pullback: { upstream, arguments, found in
      try adjoint(upstream, arguments[1], Array(arguments.dropFirst(2)), found)
    }
    if let error = result.error { throw error }
    return result
  }

  private func adjoint(_ upstream: Node, _ times: Node, _ parameters: [Node], _ found: Node) throws -> [Node] {
    let graph = upstream.graph, m = times.shape[0], shape = found.shape.row
    let packing = Packing([shape, shape] + parameters.map(\.shape))
    let sums: [Node?] = parameters.map { _ in nil }
    guard m > 1 else {
      return [upstream[0], graph.constant(Tensor(shape: [m], repeating: 0))] + packing.zeros(parameters, in: graph)
    }
    // The function apart from where it is used: its gradients by y and p hold each other fixed.
    let (body, read) = try graph.capture(
      "odeint", [Subgraph.Signature(.scalar), Subgraph.Signature(shape)] + parameters.map { Subgraph.Signature($0) }
    ) { [try function($0[0], $0[1], Array($0.dropFirst(2)))] }
    let asked = body.inputs.indices.map { (1..<2 + parameters.count).contains($0) }
    let pullback = try body.pullback(asked, arriving: [true])
    let solver = ODESolver(relative: relative, absolute: absolute, steps: steps) { t, z, p in
      let y = packing.part(0, of: z), a = packing.part(1, of: z)
      let slope = body.record(in: graph, [t, y] + p + read)[0]
      return packing.node(of: [slope] + pullback.record(in: graph, [t, y] + p + read + [a]).map { -$0 }, in: graph)
    }
    // From the last interval to the first; what arrives at a time is added when it is reached.
    let rows = [times[0..<m - 1], times[1..<m], found[1..<m], upstream[1..<m]]
    let start = packing.node(of: [nil, nil] + sums, in: graph)
    let (last, outputs) = try scan(over: rows, from: [start], reversed: true) { carried, row in
      let here = row[2], arriving = row[3]
      let a = packing.part(1, of: carried[0]) + arriving
      let parts = packing.parts(of: carried[0])
      let z = packing.node(of: [here, a] + parts.dropFirst(2), in: graph)
      let back = try solver.trajectory(
        z, concatenate([row[1].reshaped(to: [1]), row[0].reshaped(to: [1])]), parameters)
      let arrived = (arriving * (try function(row[1], here, parameters))).sum()
      return ([back[1]], [arrived])
    }
    let parts = packing.parts(of: last[0]), y0 = found[0], a0 = parts[1]
    let atStart = -(a0 * (try function(times[0], y0, parameters))).sum()
    return [
      a0 + upstream[0], concatenate([atStart.reshaped(to: [1]), outputs[0]]),
    ] + parts.dropFirst(2)
  }
}

extension Packing {
  fileprivate func zeros(_ nodes: [Node], in graph: Graph) -> [Node] {
    nodes.map { graph.constant(0 as Double).broadcast(to: $0.shape) }
  }
}
