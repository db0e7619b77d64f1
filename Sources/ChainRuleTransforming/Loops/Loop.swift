import ChainRuleCore

/// One function again and again, recorded once: `scan` and `whileLoop`.
///
/// Its inputs are a number (but where all steps are made), the carried values, sequences with an axis of steps, and what
/// the body reads from outside. Its output holds the carried values, before every step too if it `stores` them, then
/// what the steps gave and the products that are kept, along an axis of steps.
///
/// Its gradient is another loop that runs the other way, with the gradients of what is carried and of what is read from
/// outside as its own carried values; its tangent is a loop of the body beside its tangent. So every order follows from
/// the body alone.
struct Loop: JointPrimitive, PlacedPrimitive {
  /// When it ends.
  enum Ending: Sendable, Hashable {
    /// After all steps.
    case all
    /// After as many steps as the first input says.
    case counted
    /// When the last result of the body is 0; the first input is that of before the first step.
    case condition
  }

  let name: String
  /// What to do where it does not end in time.
  let hint: String
  let body: Subgraph
  /// What a step computes: the body, and the products that its gradient would have to compute again.
  let running: Subgraph
  /// The number of steps, or a bound for it.
  let length: Int
  /// How many values are carried, and how many sequences there are.
  let carries: Int, sequences: Int
  let ending: Ending
  /// Whether the last step of the sequences comes first.
  let isReversed: Bool
  /// Whether the carried values before every step, and products, are kept for the gradient.
  let stores: Bool

  init(
    name: String, body: Subgraph, length: Int, carries: Int, sequences: Int, ending: Ending = .all,
    isReversed: Bool = false, stores: Bool = true, keepsProducts: Bool = true,
    hint: String = "Raise bound:, or look at the condition."
  ) throws {
    self.hint = hint
    (self.name, self.body, self.length) = (name, body, length)
    (self.carries, self.sequences, self.ending) = (carries, sequences, ending)
    (self.isReversed, self.stores) = (isReversed, stores)
    running = stores && keepsProducts ? try body.keepingProducts(behind: ending == .condition ? 1 : 0) : body
  }

  // MARK: What lies where

  /// Inputs before the carried values.
  var lead: Int { ending == .all ? 0 : 1 }
  /// Places among the inputs of the body.
  var carried: Range<Int> { 0..<carries }
  var read: Range<Int> { carries..<carries + sequences }
  var captured: Range<Int> { carries + sequences..<body.inputs.count }
  /// Results of the body that are neither carried nor its condition.
  var given: Range<Int> { carries..<body.results.count - (ending == .condition ? 1 : 0) }
  /// The same and the products that are kept, among the results of what runs.
  var rowPlaces: Range<Int> { carries..<running.results.count - (ending == .condition ? 1 : 0) }
  var kept: Range<Int> { given.upperBound..<rowPlaces.upperBound }

  /// What the output holds: carried values (rows for every step and after the last, if stored), what the steps gave,
  /// and the number of steps where a condition ends it.
  var packing: Packing {
    var shapes = carried.map { stores ? body.results[$0].shape.preceded(by: length + 1) : body.results[$0].shape }
    shapes += rowPlaces.map { running.results[$0].shape.preceded(by: length) }
    if ending == .condition { shapes.append(.scalar) }
    return Packing(shapes)
  }

  /// A carried value after the last step.
  func last(_ place: Int, of output: Node) -> Node {
    let part = packing.part(place, of: output)
    return stores ? part[isReversed ? 0 : length] : part
  }

  /// A carried value before each step, by the step's number.
  func before(_ place: Int, of output: Node) -> Node {
    let first = isReversed ? 1 : 0
    return packing.part(place, of: output)[first..<first + length]
  }

  /// What the steps gave, by their number.
  func rows(_ number: Int, of output: Node) -> Node { packing.part(carries + number, of: output) }

  // MARK: Primitive

  func shape(of inputs: [Shape]) throws -> Shape {
    // Sequences have the rows of all steps; everything else is what the body reads.
    let rows = inputs.enumerated().map { place, shape in
      read.contains(place - lead) && shape.rank > 0 && shape[0] == length ? shape.row : shape
    }
    let isScalar = lead == 0 || inputs.first?.rank == 0
    try body.check(isScalar ? rows : [], in: name, skipping: lead)
    return packing.shape
  }

  func reasonForNoGradient(withRespectTo index: Int, inputs: [Node]) -> String? {
    if index < lead { return "the number of steps is whole" }
    return body.reasonForNoGradient(index - lead)
  }

  func detail(of inputs: [Shape]) -> String { ending == .all ? "\(length) steps" : "at most \(length) steps" }

  static func == (a: Loop, b: Loop) -> Bool {
    a.running == b.running && a.body == b.body && a.length == b.length && a.carries == b.carries
      && a.sequences == b.sequences
      && a.ending == b.ending && a.isReversed == b.isReversed && a.stores == b.stores
  }
  func hash(into hasher: inout Hasher) {
    hasher.combine(body)
    hasher.combine(length)
  }

  // MARK: Computing

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let type: ElementType = inputs.contains { $0.elementType == .float32 } ? .float32 : .float64
    let lead = lead
    let values = inputs.enumerated().map { place, tensor in
      tensor.converted(to: place >= lead && body.inputs[place - lead].isIndex ? .int32 : type)
    }
    let result = try Tensor.unwritten(packing.shape, type)
    try withExtendedLifetime((values, result)) {
      try compute(values.map { PlacedValue($0) }, into: PlacedValue(result))
    }
    return result
  }

  func compute(_ inputs: [PlacedValue], into output: PlacedValue) throws {
    if ending != .all {
      let bytes = output.shape.elementCount * output.type.stride
      output.memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    }
    let count = try steps(lead == 0 ? Double(length) : inputs[0].number)
    var run = LoopRun(loop: self, values: Array(inputs.dropFirst(lead)), output: output)
    let made = try run.run(count)
    if ending != .all { run.finish(after: made) }
    if ending == .condition, made == length, length == 0 ? inputs[0].number != 0 : count > 0 && run.goesOn(made - 1) {
      throw ChainRuleError(
        .value, in: name, required: "a loop that ends within \(length) steps", got: "one that goes on", hint: hint)
    }
  }

  /// How many steps there may be, by the first input.
  func steps(_ number: Double) throws -> Int {
    switch ending {
    case .all: return length
    case .condition: return number != 0 ? length : 0
    case .counted:
      guard number >= 0, number <= Double(length), number == number.rounded() else {
        throw ChainRuleError(.value, in: name, required: "0 to \(length) steps", got: Tensor.digits(number))
      }
      return Int(number)
    }
  }
}
