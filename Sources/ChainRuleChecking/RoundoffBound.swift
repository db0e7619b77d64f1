import ChainRuleCore

/// What rounding does to a value and to its gradient, from the gradient itself.
///
/// - `noise`: every node v is computed with a relative error of a few units u, as many as its primitive's accuracy
///   tells; to first order the output then moves
///   by Σ_v |∂f/∂v|·u·|v|, and the sums inside a primitive that is not elementwise by Σ_edges |contribution|·u·|input|
///   (running error analysis, Wilkinson 1963; Higham 2002, §3.3).
/// - `magnitudes`: the size that ∂f/∂x would have if its summands did not cancel, Σ over paths of |products|. Inside
///   a linear map it is estimated by pulling random signs back.
///
/// Both are used for bars and scales only: the numeric derivative itself never looks at a gradient.
struct RoundoffBound {
  /// The gradient's elements per leaf; zeros where no path leads.
  var gradients: [[Double]] = []
  var magnitudes: [[Double]] = []
  /// Why a leaf has no gradient.
  var reasons: [String?] = []
  /// A bound for the round-off of the output.
  var noise = 0.0
  /// The longest chain of primitives below the output.
  var depth = 0

  /// The least that is allowed for the errors of one computed number, in units of 2⁻⁵³.
  static let unit = 4 * 0x1p-53
  /// What a result that underflows may be off by.
  static let tiny = 0x1p-1073
  static func rounding(of value: Double) -> Double { unit * value.magnitude + tiny }
}

extension Graph {
  /// By row of the kernels' table: the error of a value, relative to it, by the accuracy of the primitive's kernels.
  private static let units = PrimitiveTable.descriptors.map { unit(of: $0.descriptor.accuracy) }

  private static func unit(of accuracy: PrimitiveDescriptor.Accuracy) -> Double {
    Swift.max(RoundoffBound.unit, 2 * accuracy.double * 0x1p-53)
  }

  /// The relative error of a value that the node's primitive computes.
  fileprivate func unit(of id: Int32) -> Double {
    if let opcode = tabulatedOpcode(of: id) { return Self.units[Int(opcode.rawValue)] }
    return Self.unit(of: primitive(of: id).descriptor.accuracy)
  }
}

extension RoundoffBound {
  /// Reads a backward pass; records helper nodes, so call it inside a scope.
  init(_ pass: Gradients, leaves: [Node]) throws {
    if let failure = pass.failure { throw failure }
    var sweep = MagnitudeSweep(pass)
    for contribution in pass.contributions { try sweep.add(contribution) }
    try sweep.addRounding()
    for leaf in leaves {
      let count = leaf.shape.elementCount
      if let gradient = pass[leaf] {
        gradients.append(try gradient.value().scalars)
        reasons.append(nil)
      } else {
        gradients.append([Double](repeating: 0, count: count))
        reasons.append(pass.whyNone(leaf))
      }
      let sizes = leaf.validID.flatMap { sweep.magnitude(of: $0) } ?? [Double](repeating: 0, count: count)
      magnitudes.append(zip(sizes, gradients[gradients.count - 1]).map { Swift.max($0, $1.magnitude) })
    }
    noise = sweep.noise
    depth = sweep.depth
  }

  /// A bound for the round-off of a gradient's element.
  func roundOff(_ leaf: Int, _ position: Int) -> Double {
    Self.unit * Double(4 + depth) * magnitudes[leaf][position] + Self.tiny
  }
}

/// Walks the contributions of one backward pass, consumers first, and adds up sizes.
private struct MagnitudeSweep {
  let pass: Gradients
  let graph: Graph
  private(set) var noise = 0.0
  private var scalars: [Double]
  private var tensors: [Int32: [Double]] = [:]
  private var depths: [Int32]
  private var random = RandomNumbers(seed: 1)

  var depth: Int { Int(depths.max() ?? 0) }

  init(_ pass: Gradients) {
    self.pass = pass
    graph = pass.graph
    let count = pass.found.count
    scalars = [Double](repeating: 0, count: count)
    depths = [Int32](repeating: 0, count: count)
    let output = pass.output.id
    if graph.isScalar(output) {
      scalars[Int(output)] = 1
    } else if let seed = try? graph.node(pass.found[Int(output)]).value() {
      tensors[output] = seed.scalars.map(\.magnitude)
    }
  }

  func magnitude(of id: Int32) -> [Double]? {
    guard Int(id) < scalars.count else { return nil }
    return graph.isScalar(id) ? [scalars[Int(id)]] : tensors[id]
  }

  mutating func add(_ contribution: ContributionRecord) throws {
    let (input, consumer) = (contribution.input, contribution.consumer)
    depths[Int(input)] = Swift.max(depths[Int(input)], depths[Int(consumer)] + 1)
    try graph.evaluate(contribution.product)
    try graph.evaluate(input)
    if graph.isScalar(input), graph.isScalar(consumer), contribution.local >= 0 {
      try graph.evaluate(contribution.local)
      scalars[Int(input)] += (graph.tensor(of: contribution.local).element(0) * scalars[Int(consumer)]).magnitude
      if !isElementwise(consumer) { noise += RoundoffBound.unit * size(value(contribution.product), value(input)) }
    } else {
      try addTensors(contribution)
    }
  }

  /// A built-in elementwise primitive rounds its output and nothing else.
  private func isElementwise(_ id: Int32) -> Bool { graph.isTabulated(id) }

  @inline(__always)
  private func value(_ id: Int32) -> Double {
    graph.number(of: id)
  }

  private mutating func addTensors(_ contribution: ContributionRecord) throws {
    let (input, consumer) = (contribution.input, contribution.consumer)
    let product = graph.tensor(of: contribution.product).scalars
    let sizes = try pulled(contribution, magnitude(of: consumer) ?? [])
    let (inner, outer) = (graph.shape(of: input).elementCount, graph.shape(of: consumer).elementCount)
    let length = (Double(Swift.max(inner, 1)) / Double(Swift.max(outer, 1))).squareRoot()
    let values = graph.tensor(of: input).scalars
    let share = isElementwise(consumer) ? 0 : RoundoffBound.unit
    noise += share * Swift.max(1, length) * zip(product, values).reduce(0) { $0 + size($1.0, $1.1) }
    if graph.isScalar(input) {
      scalars[Int(input)] += Swift.max(sizes.first ?? 0, product.first?.magnitude ?? 0)
    } else {
      var sum = tensors[input] ?? [Double](repeating: 0, count: inner)
      for position in sum.indices where position < sizes.count {
        sum[position] += Swift.max(sizes[position], product[position].magnitude)
      }
      tensors[input] = sum
    }
  }

  /// |local gradient|ᵀ applied to the consumer's magnitudes.
  private mutating func pulled(_ contribution: ContributionRecord, _ sizes: [Double]) throws -> [Double] {
    let shape = graph.shape(of: contribution.consumer)
    if contribution.local >= 0 {
      let local = try graph.node(contribution.local).value()
      if local.count == 1 { return sizes.map { ($0 * local.element(0)).magnitude } }
      return zip(try Kernels.broadcast(local, to: shape).scalars, sizes).map { ($0 * $1).magnitude }
    }
    let consumer = graph.node(contribution.consumer)
    let primitive = graph.primitive(of: contribution.consumer)
    guard
      case .linear(_, let transpose) = primitive.localGradient(
        of: consumer, withRespectTo: Int(contribution.inputIndex), inputs: consumer.inputs)
    else { return [] }
    var result: [Double] = []
    for attempt in 0..<(primitive.descriptor.hasWeightsOfOneSign ? 1 : 3) {
      let signed = attempt == 0 ? sizes : sizes.map { random.next() & 1 == 0 ? $0 : -$0 }
      // Where only some of what arrives has a gradient (of values whose vectors have none), the sum itself is its size.
      let pulled =
        (try? transpose(graph.constant(Tensor(shape: shape, signed))).value().scalars.map(\.magnitude))
        ?? [Double](repeating: 0, count: graph.shape(of: contribution.input).elementCount)
      result = result.isEmpty ? pulled : zip(result, pulled).map { Swift.max($0, $1) }
    }
    return result
  }

  /// Adds |∂f/∂v|·u·|v| for every computed node v.
  mutating func addRounding() throws {
    for id in pass.found.indices where pass.found[id] >= 0 && graph.isOperation(Int32(id)) {
      try graph.evaluate(Int32(id))
      try graph.evaluate(pass.found[id])
      let unit = graph.unit(of: Int32(id))
      if graph.isScalar(Int32(id)) {
        let value = graph.number(of: Int32(id)).magnitude
        noise += size(self.value(pass.found[id]), unit * value + RoundoffBound.tiny)
      } else {
        let slopes = graph.tensor(of: pass.found[id]).scalars, values = graph.tensor(of: Int32(id)).scalars
        for (slope, value) in zip(slopes, values) { noise += size(slope, unit * value.magnitude + RoundoffBound.tiny) }
      }
    }
  }

  /// |a·b| where it is a number; a gradient of NaN says nothing about rounding.
  private func size(_ a: Double, _ b: Double) -> Double {
    let product = (a * b).magnitude
    return product.isFinite ? product : 0
  }
}
