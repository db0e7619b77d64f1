import ChainRuleCore

/// One run of a loop: the body's program reads its values where they lie and writes into the output, row by row.
struct LoopRun {
  private let loop: Loop
  private let packing: Packing
  private let values: [PlacedValue]
  private let output: PlacedValue
  /// For each carried value that is not stored, two places by turns; for the condition one.
  private var scratch: [Tensor] = []
  private var condition: Tensor?

  init(loop: Loop, values: [PlacedValue], output: PlacedValue) {
    (self.loop, packing, self.values, self.output) = (loop, loop.packing, values, output)
  }

  private var type: ElementType { output.type }
  private func bytes(_ place: Int) -> Int { loop.running.results[place].shape.elementCount * type.stride }
  private func memory(_ part: Int) -> UnsafeMutableRawPointer { output.memory + packing.offsets[part] * type.stride }

  /// Runs at most `count` steps and says how many it made.
  mutating func run(_ count: Int) throws -> Int {
    var inputs: [Program.Place] = [], outputs: [Program.Place] = []
    for place in loop.carried {
      let (from, to) = try carriedPlaces(place, count)
      inputs.append(from)
      outputs.append(to)
    }
    for place in loop.read {
      let row = values[place].shape.elementCount / Swift.max(1, loop.length) * values[place].type.stride
      inputs.append(along(values[place].memory, row, count))
    }
    for place in loop.captured { inputs.append(Program.Place(values[place].memory)) }
    for place in loop.rowPlaces { outputs.append(along(memory(place), bytes(place), count)) }
    if loop.ending == .condition {
      let flag = try Tensor.unwritten(.scalar, type)
      condition = flag
      outputs.append(Program.Place(flag.memory))
    }
    let made = try loop.running.program(type).iterate(count, inputs: inputs, outputs: outputs) { [self] in goesOn($0) }
    if !loop.stores {
      for place in loop.carried { memory(place).copyMemory(from: turn(place, made), byteCount: bytes(place)) }
    }
    return made
  }

  /// Whether the body's condition holds after a step.
  func goesOn(_ step: Int) -> Bool { condition.map { $0.element(0) != 0 } ?? true }

  /// Writes what depends on the number of steps made: that number, and the carried values after the last.
  func finish(after made: Int) {
    if loop.ending == .condition { writeCount(made) }
    for place in loop.carried where loop.stores && made < loop.length && !loop.isReversed {
      (memory(place) + loop.length * bytes(place))
        .copyMemory(from: memory(place) + made * bytes(place), byteCount: bytes(place))
    }
  }

  private func writeCount(_ made: Int) {
    let target = memory(packing.shapes.count - 1)
    if type == .float64 {
      target.storeBytes(of: Double(made), as: Double.self)
    } else {
      target.storeBytes(of: Float(made), as: Float.self)
    }
  }

  /// Rows in the order in which the steps come.
  private func along(_ memory: UnsafeMutableRawPointer, _ row: Int, _ count: Int) -> Program.Place {
    loop.isReversed
      ? Program.Place(memory + Swift.max(0, count - 1) * row, stride: -row) : Program.Place(memory, stride: row)
  }

  /// Where a carried value is read and written; puts the value before the first step there.
  private mutating func carriedPlaces(_ place: Int, _ count: Int) throws -> (Program.Place, Program.Place) {
    let row = bytes(place)
    guard loop.stores else {
      let pair = try Tensor.unwritten([2 * loop.running.results[place].shape.elementCount], type)
      scratch.append(pair)
      pair.memory.copyMemory(from: values[place].memory, byteCount: row)
      // The second place is a step behind the first: it begins at the other half.
      return (
        Program.Place(pair.memory, stride: row, period: 2), Program.Place(pair.memory + row, stride: -row, period: 2)
      )
    }
    let base = memory(place)
    let start = loop.isReversed ? base + count * row : base
    start.copyMemory(from: values[place].memory, byteCount: row)
    return loop.isReversed
      ? (Program.Place(start, stride: -row), Program.Place(start - row, stride: -row))
      : (Program.Place(start, stride: row), Program.Place(start + row, stride: row))
  }

  /// Where a value that is not stored stands after so many steps.
  private func turn(_ place: Int, _ made: Int) -> UnsafeMutableRawPointer {
    scratch[place].memory + made % 2 * bytes(place)
  }
}
