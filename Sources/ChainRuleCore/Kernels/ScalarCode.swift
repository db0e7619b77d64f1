/// Scalars (values of rank 0) live in a flat file of doubles and are replayed from a list of plain steps.
struct ScalarCode: Sendable {
  private(set) var steps: [Kernels.ScalarStep] = []
  /// The file as it is before the first run: constants in their slots.
  var file: [Double] = []

  /// file[result] = opcode(file[first], file[second], file[third])
  ///
  /// A first operand that is the result of the step before need not come back from memory, which in a chain would take
  /// longer than the arithmetic.
  mutating func append(
    _ opcode: Opcode, _ first: Int32, _ second: Int32, _ third: Int32, commutes: Bool, result: Int32
  ) {
    var step = Kernels.ScalarStep(opcode, first, second, third, result: result)
    if let previous = steps.last, !previous.isStore {
      if commutes, second == previous.out { (step.a, step.b) = (second, first) }
      if step.a == previous.out { step.readLast() }
    }
    steps.append(step)
  }

  /// file[slot] = the element in memory
  mutating func load(_ slot: Int32, from location: Location) { steps.append(.load(slot, location)) }

  /// The element in memory = file[slot]
  mutating func store(_ slot: Int32, at location: Location) { steps.append(.store(slot, location)) }
}

extension RunState {
  /// Replays a range of steps. Every result is rounded to the program's precision, as on-demand evaluation does.
  @inline(__always)
  func replay(_ range: Range<Int>) {
    Kernels.replay(
      isDouble: isDouble, scalars + range.lowerBound, count: range.count, file, bases, baseCount: baseCount)
  }
}
