import ChainRuleCore

/// Who is wrong: every primitive between the moved nodes and the output is checked on its own, at the inputs it had.
extension Graph {
  /// The first primitive, in the order of recording, whose local gradient is wrong; `nil` when every one is right.
  func firstWrongPrimitive(below output: Node, above leaves: [Node], order: Int) throws -> GradientReport
    .FaultLocalization?
  {
    let candidates = operations(below: output.id, above: leaves.map(\.id))
    for attempt in 1...order {
      for id in candidates.nodes {
        for index in 0..<inputCount(of: id) where candidates.isReached[Int(input(index, of: id))] {
          if let blame = try blame(id, input: index, order: attempt) { return blame }
        }
      }
    }
    return nil
  }

  /// The computed nodes that the output needs and a leaf reaches.
  private func operations(below output: Int32, above leaves: [Int32]) -> (nodes: [Int32], isReached: [Bool]) {
    let isNeeded = ancestors(of: [output])
    var isReached = [Bool](repeating: false, count: isNeeded.count)
    for leaf in leaves where leaf <= output { isReached[Int(leaf)] = true }
    var nodes: [Int32] = []
    for id in 0...output where isNeeded[Int(id)] && isOperation(id) {
      if inputs(of: id).contains(where: { isReached[Int($0)] }) {
        isReached[Int(id)] = true
        if !leaves.contains(id) { nodes.append(id) }
      }
    }
    return (nodes, isReached)
  }

  private func blame(_ id: Int32, input index: Int, order: Int) throws -> GradientReport.FaultLocalization? {
    let ids = inputs(of: id), primitive = primitive(of: id)
    for input in ids { try evaluate(input) }
    let values = ids.map { tensor(of: $0) }
    guard values[index].elementType.isFloatingPoint else { return nil }
    let expression = "\(primitive.name)(\(ids.map { name(of: $0) }.joined(separator: ", ")))"
    func fault(_ entry: GradientReport.Entry?, _ note: String) -> GradientReport.FaultLocalization {
      .init(
        primitive: primitive.name, node: name(of: id), expression: expression, inputIndex: index,
        element: entry?.fullName ?? "", claimed: entry?.autodiff ?? .nan, numeric: entry?.numeric ?? .nan,
        error: entry?.error ?? .nan, note: note)
    }
    let names = ids.map { name(of: $0) }
    do {
      let local = try LocalCheck(primitive, values, names: names, output: name(of: id))
      if let (entry, note) = try local.firstMistake(input: index, order: order) { return fault(entry, note) }
      // A local gradient may be wrong only where two inputs are one node.
      guard Set(ids).count < ids.count else { return nil }
      let shared = try LocalCheck(primitive, values, names: names, output: name(of: id), identities: ids)
      guard let (entry, note) = try shared.firstMistake(input: index, order: order) else { return nil }
      return fault(entry, note.isEmpty ? "where two inputs are one node" : "where two inputs are one node; \(note)")
    } catch let error as ChainRuleError where error.kind == .primitive || error.kind == .shape {
      return fault(nil, error.description)
    }
  }
}

/// One primitive alone in a graph of its own, at given inputs.
struct LocalCheck {
  let primitive: any Primitive
  let graph = Graph(.double)
  let inputs: [Node]
  let output: Node

  /// More pairs of elements than this are not checked one by one.
  static let pairLimit = 20_000

  /// - Parameter identities: inputs with the same number become one node; each is a node of its own without them.
  init(
    _ primitive: any Primitive, _ values: [Tensor], names: [String], output name: String, identities: [Int32]? = nil
  ) throws {
    self.primitive = primitive
    var inputs: [Node] = []
    for (position, (value, label)) in zip(values, names).enumerated() {
      if let error = value.error { throw error }
      if let identities, let earlier = identities[..<position].firstIndex(of: identities[position]) {
        inputs.append(inputs[earlier])
        continue
      }
      inputs.append(graph.input(label, value.elementType == .int32 ? value : value.converted(to: .float64)))
    }
    self.inputs = inputs
    output = graph.recordGeneral(primitive, inputs).named(name)
    if let error = output.error { throw error }
  }

  func firstMistake(input index: Int, order: Int) throws -> (GradientReport.Entry?, String)? {
    let pairs = inputs[index].shape.elementCount.multipliedReportingOverflow(by: output.shape.elementCount)
    let isSmall = !pairs.overflow && pairs.partialValue <= Self.pairLimit
    if order > 1 { return try higherMistake(input: index, order: order) }
    if !isSmall, let mistake = try factorMistake(index) { return mistake }
    let target = isSmall ? output : output.weightedSum(seed: 3)
    let check = try GradientCheck(output: target, nodes: [inputs[index]], resolution: 1e-6)
    check.comparesPrograms = false
    let report = try check.measure(order: 1, mode: isSmall ? .full : .directions(8), claims: [:])
    if let entry = report.worstFirst.first, entry.verdict == .disagree { return (entry, "") }
    if let opinion = report.opinions.first(where: { $0.verdict == .disagree }) {
      return (nil, "\(opinion.name): \(opinion.detail)")
    }
    if let detail = try LinearMap(primitive, output, inputs, index).mistake() { return (nil, detail) }
    return nil
  }

  /// A random weighting of the outputs, differentiated again: along every element of few, along directions of many.
  private func higherMistake(input index: Int, order: Int) throws -> (GradientReport.Entry?, String)? {
    let total = output.weightedSum(seed: 3)
    let moving = inputs.filter { $0.elementType.isFloatingPoint }
    let isSmall = moving.reduce(0) { $0 + $1.shape.elementCount } <= 16
    let check = try GradientCheck(output: total, nodes: moving, resolution: 1e-6)
    check.comparesPrograms = false
    let report = try check.measure(order: order, mode: isSmall ? .full : .directions(4), claims: [:])
    guard let entry = report.worstFirst.first, entry.verdict == .disagree else { return nil }
    return (entry, "its \(order == 2 ? "second" : "third") derivative")
  }

  /// A local gradient that claims to be elementwise, checked at all elements at once: each moves by its own size.
  private func factorMistake(_ index: Int) throws -> (GradientReport.Entry?, String)? {
    guard output.shape == inputs[index].shape,
      case .factor(let node) = primitive.localGradient(of: output, withRespectTo: index, inputs: inputs)
    else { return nil }
    let factors = try node.broadcast(to: output.shape).value().scalars
    let evaluation = try PerturbedEvaluation(graph: graph, output: output.id, leaves: [inputs[index].id])
    let sizes = evaluation.points[0].map { x in
      x == 0 ? 1 : Double(sign: .plus, exponent: Swift.max(-1000, Int(x.exponent)), significand: 1)
    }
    let noises = factors.indices.map {
      RoundoffBound.rounding(of: evaluation.base[$0])
        + RoundoffBound.rounding(of: factors[$0] * evaluation.points[0][$0])
    }
    let steady = steadyElements(evaluation, sizes)
    let direction = zip(sizes, steady).map { $1 ? $0 : 0 }
    var line = LineSlopes(
      evaluation, .direction([direction]), noises: noises,
      targets: zip(factors, sizes).map { ($0 * $1).magnitude })
    let slopes = line.find()
    evaluation.restore()
    for position in factors.indices where steady[position] {
      var slope = slopes[position]
      (slope.value, slope.bar) = (slope.value / sizes[position], slope.bar / sizes[position])
      let size = factors[position].magnitude
      let side = Derivative(
        autodiff: factors[position], magnitude: size, roundOff: 64 * RoundoffBound.rounding(of: size),
        noise: noises[position], value: evaluation.base[position])
      let name = graph.name(of: inputs[index].id) + output.shape.subscripts(of: position)
      let entry = side.entry(slope, name, "", resolution: 1e-6)
      if entry.verdict == .disagree, slope.bar < 1e-3 * (size + slope.value.magnitude) { return (entry, "") }
    }
    return nil
  }

  /// The elements that stay finite and on their branch when they move by an eighth of their size.
  private func steadyElements(_ evaluation: PerturbedEvaluation, _ sizes: [Double]) -> [Bool] {
    var steady = [Bool](repeating: true, count: sizes.count)
    let here = evaluation.presentBranches(leaves: [0])
    for sign in [0.125, -0.125] {
      let sample = evaluation.sample(along: [sizes], offset: sign)
      for (position, value) in sample.values.enumerated() where !value.isFinite { steady[position] = false }
      for (id, branches) in evaluation.presentBranches(leaves: [0]) where branches.count == steady.count {
        for (position, pair) in zip(branches, here[id] ?? []).enumerated() where pair.0 != pair.1 {
          steady[position] = false
        }
      }
    }
    evaluation.restore()
    return steady
  }
}

extension Node {
  /// Σ weight · element with random weights between a half and one and a half: one number that all elements move.
  func weightedSum(seed: UInt64) -> Node {
    var random = RandomNumbers(seed: seed)
    let weights = (0..<shape.elementCount).map { _ in 0.5 + random.uniform() }
    return (self * graph.constant(Tensor(shape: shape, weights))).sum()
  }
}

/// A linear local gradient: `apply` and `transpose` must be each other's transpose, and linear.
struct LinearMap {
  private let apply: ((Node) -> Node)?, transpose: ((Node) -> Node)?
  private let output: Node, input: Node

  init(_ primitive: any Primitive, _ output: Node, _ inputs: [Node], _ index: Int) {
    (self.output, input) = (output, inputs[index])
    if case .linear(let apply, let transpose) = primitive.localGradient(
      of: output, withRespectTo: index, inputs: inputs)
    {
      (self.apply, self.transpose) = (apply, transpose)
    } else {
      (apply, transpose) = (nil, nil)
    }
  }

  /// What is wrong with it, as a sentence; `nil` if nothing is, or if it is not a linear map.
  func mistake() throws -> String? {
    guard let apply, let transpose else { return nil }
    var random = RandomNumbers(seed: 5)
    func some(_ shape: Shape) -> Tensor {
      Tensor(shape: shape, (0..<shape.elementCount).map { _ in random.uniform() - 0.5 })
    }
    let graph = output.graph
    let t1 = some(input.shape), t2 = some(input.shape), u = some(output.shape)
    return try graph.scope { () throws -> String? in
      let pushed = try apply(graph.constant(t1)).value(), pulled = try transpose(graph.constant(u)).value()
      guard pushed.shape == output.shape else { return "apply gives shape \(pushed.shape), not \(output.shape)" }
      guard pulled.shape == input.shape else { return "transpose gives shape \(pulled.shape), not \(input.shape)" }
      let (left, leftSize) = Self.product(u, pushed), (right, rightSize) = Self.product(pulled, t1)
      if !((left - right).magnitude <= 1e-12 * (leftSize + rightSize)) && left.isFinite && right.isFinite {
        return "⟨u, apply t⟩ = \(Tensor.digits(left)) but ⟨transpose u, t⟩ = \(Tensor.digits(right))"
      }
      let (a, b) = (1.5, -0.75)
      let combined = try apply(graph.constant(t1.map { a * $0 } + t2.map { b * $0 })).value()
      let other = try apply(graph.constant(t2)).value()
      let expected = pushed.map { a * $0 } + other.map { b * $0 }
      let scale = zip(pushed.scalars, other.scalars).map { a * $0.magnitude + $1.magnitude }.max() ?? 0
      for (one, two) in zip(combined.scalars, expected.scalars)
      where one.isFinite && two.isFinite && (one - two).magnitude > 1e-11 * scale { return "apply is not linear" }
      return nil
    }
  }

  private static func product(_ a: Tensor, _ b: Tensor) -> (sum: Double, size: Double) {
    var (sum, size) = (0.0, 0.0)
    for (x, y) in zip(a.scalars, b.scalars) { (sum, size) = (sum + x * y, size + (x * y).magnitude) }
    return (sum, size)
  }
}
