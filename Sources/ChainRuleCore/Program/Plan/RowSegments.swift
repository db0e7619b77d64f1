/// Groups with row values where rows are long: sweeps over a row, each as long as nothing needs what the sweep itself
/// reduces. A softmax is its largest element, the exponentials with their sum, and a factor, so that what stands before
/// and after it shares its sweeps.
extension TileStep {
  /// Whether rows are long enough for what a sweep costs by itself: with one block a row, the sweeps of a layer
  /// normalization took 1.1 times as long as steps over several rows at once.
  func hasLongRows(isDouble: Bool) -> Bool {
    let block = RowSegment.blockElements(isDouble: isDouble)
    return inner >= 4 * block && (inner % block == 0 || inner >= 8 * block)
  }

  /// - Parameter newSlot: a further stretch of scratch for a tile.
  func cutIntoRowSegments(newSlot: () -> Int) throws {
    try withoutActuallyEscaping(newSlot) { newSlot in
      var cutter = RowCutter(step: self, newSlot: newSlot)
      try cutter.cut()
    }
  }
}

private struct RowCutter {
  let step: TileStep
  let newSlot: () -> Int
  private var code: [TileInstruction] = []
  private var position = 0
  /// What is not yet a segment: instructions on numbers, which come first, and on rows, with their reductions.
  private var numberCode: [TileInstruction] = [], rowCode: [TileInstruction] = []
  private var folds: [RowSegment.Fold] = []
  private var numbers: [(from: Int32, room: Int32)] = []
  /// Sums to take when the rows are done.
  private var sums: [TileInstruction] = []
  private var sumsOfNumbers: [TileAction] = []
  private var roomOf: [Int32: Int32] = [:]

  init(step: TileStep, newSlot: @escaping () -> Int) { (self.step, self.newSlot) = (step, newSlot) }

  mutating func cut() throws {
    code = step.code.flatMap { instruction -> [TileInstruction] in
      if case .softmaxRows = instruction.kind { softmax(instruction) } else { [instruction] }
    }
    while position < code.count {
      try take(code[position])
      position += 1
    }
    try close()
  }

  /// max, e^(x − max) with its sum, and the product with its reciprocal.
  private func softmax(_ softmax: TileInstruction) -> [TileInstruction] {
    let (x, y) = (softmax.first, softmax.result), shift = register(isPerRow: true), share = register(isPerRow: true)
    return [
      TileInstruction(kind: .foldRows(.max, .shift), result: shift, first: x),
      TileInstruction(kind: .elementwise(.subtract), result: y, first: x, second: shift),
      TileInstruction(kind: .elementwise(.exp), result: y, first: y),
      TileInstruction(kind: .foldRows(.sum, .reciprocal), result: share, first: y),
      TileInstruction(kind: .elementwise(.multiply), result: y, first: y, second: share),
    ]
  }

  private func register(isPerRow: Bool) -> Int32 {
    step.registers.append(TileRegister(kind: .scratch, scratch: newSlot(), isPerRow: isPerRow))
    return Int32(step.registers.count - 1)
  }

  private mutating func take(_ instruction: TileInstruction) throws {
    switch instruction.kind {
    case .elementwise:
      if instruction.isPerRow { try takeNumber(filled(instruction)) } else { try takeRow(filled(instruction)) }
    case .reduceRows(let reduction) where reduction != .product && reduction != .logSumExp:
      fold(instruction.first, reduction, .plain, to: instruction.result)
    case .foldRows(let reduction, let end): fold(instruction.first, reduction, end, to: instruction.result)
    case .reduceRows(let reduction):
      try close()
      step.actions.append(.reduceRows(reduction, instruction.result, from: instruction.first))
    case .sum where step.sums[Int(instruction.result)].columns == 0:
      let number = register(isPerRow: true)
      fold(instruction.first, .sum, .plain, to: number)
      sumsOfNumbers.append(.sumNumbers(instruction.result, of: number))
    case .sum: sums.append(instruction)
    case .expand, .softmaxRows: break  // there are none
    }
  }

  /// Numbers that serve all elements are repeated once a run.
  private func filled(_ instruction: TileInstruction) -> TileInstruction {
    for register in instruction.operands where step.registers[Int(register)].kind == .single {
      step.registers[Int(register)].kind = .filled
      step.registers[Int(register)].scratch = newSlot()
    }
    return instruction
  }

  private func isFolded(_ register: Int32) -> Bool { folds.contains { $0.result == register } }

  private mutating func takeNumber(_ instruction: TileInstruction) throws {
    // What needs nothing of the rows at hand, and is in nobody's way, is there before them.
    if instruction.operands.contains(where: isFolded) || step.registers[Int(instruction.result)].kind != .scratch {
      try close()
    }
    numberCode.append(instruction)
  }

  private mutating func takeRow(_ instruction: TileInstruction) throws {
    let place = step.registers[Int(instruction.result)].place
    let overwrites =
      folds.contains { step.registers[Int($0.value)].place == place }
      || sums.contains { step.registers[Int($0.first)].place == place }
    if overwrites || instruction.operands.contains(where: isFolded) { try close() }
    var instruction = instruction
    for (operand, register) in instruction.operands.enumerated() where step.registers[Int(register)].isPerRow {
      instruction.replace(operand, by: room(for: register))
    }
    rowCode.append(instruction)
  }

  /// Where a number of each row is repeated for a block.
  private mutating func room(for number: Int32) -> Int32 {
    let room = roomOf[number] ?? register(isPerRow: false)
    roomOf[number] = room
    if !numbers.contains(where: { $0.from == number }) { numbers.append((number, room)) }
    return room
  }

  private mutating func fold(
    _ value: Int32, _ reduction: Kernels.Reduction, _ end: RowSegment.End, to result: Int32
  ) {
    folds.append(
      RowSegment.Fold(
        value: value, after: rowCode.count, room: register(isPerRow: false), result: result, reduction: reduction,
        end: end))
  }

  /// Writes what is at hand as segments.
  private mutating func close() throws {
    if !numberCode.isEmpty {
      let all = [Bool](repeating: true, count: step.registers.count)
      step.segments.append(TileSegment(numberCode[...], registers: step.registers, isReadLater: all))
      step.actions.append(.segment(Int32(step.segments.count - 1)))
    }
    if !rowCode.isEmpty || !folds.isEmpty {
      let later = step.isRead(by: sums + code[position...])
      let segment = try RowSegment(
        rowCode, folds: folds, numbers: numbers, registers: step.registers, isReadLater: later)
      step.rowSegments.append(segment)
      step.actions.append(.rowSegment(Int32(step.rowSegments.count - 1)))
    }
    step.actions += sums.map { .sum($0.result, of: $0.first) } + sumsOfNumbers
    (numberCode, rowCode, folds, numbers, sums, sumsOfNumbers) = ([], [], [], [], [], [])
  }
}
