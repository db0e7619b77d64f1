/// Writes the tile program of a group.
struct TileAssembler {
  let plan: Plan
  let memory: MemoryPlan
  let unit: Plan.Unit
  let step: TileStep
  /// What is known of each node while its group is assembled, its plain register among it.
  let notes: TileNotes
  /// Registers by root and the way it is read, where it is another than element by element.
  private var otherRegisters: [(key: Key, register: Int32)] = []
  var scratchSlots = 0
  private var freeSlots: [Int32] = []
  /// Scratch registers that are in use, with the last member that reads each.
  private var inUse: [(register: Int32, last: Int)] = []
  var absorbsProducts = false

  private struct Key: Hashable {
    var root: Int32
    var divisor = 1, modulus = 0, stretch = 0
    var rows: Rows?

    var isPlain: Bool { divisor == 1 && modulus == 0 && stretch == 0 && rows == nil }
  }

  /// - Parameters:
  ///   - partials: where steps may keep partial sums.
  ///   - notes: of as many nodes as the plan has, used by one assembler after the other.
  init(_ plan: Plan, _ memory: MemoryPlan, _ unit: Plan.Unit, partials: Location, notes: TileNotes) {
    (self.plan, self.memory, self.unit, self.notes) = (plan, memory, unit, notes)
    step = TileStep(partials: partials)
    notes.forget()
  }

  /// - Parameter number: what is known of memory beforehand.
  mutating func assemble(number: (Location) -> Double?) throws -> TileStep {
    chooseTile()
    findFusedMultiplications()
    findLastReads()
    for (index, node) in unit.nodes.enumerated() {
      if !notes[node].isAbsorbed { try assemble(node, index) }
      releaseRegisters(lastReadBy: index)
    }
    step.operations = step.code.count
    if unit.hasKernel != false {
      step.kernel = TileKernel(
        step, isDouble: plan.graph.precision == .double, shared: plan.isFollowing ? shared : nil, number: number)
    }
    if step.kernel == nil {
      if rowsAreSwept {
        try step.cutIntoRowSegments { newSlot() }
      } else {
        step.cutIntoSegments { newSlot() }
      }
    }
    finish()
    return step
  }

  /// Registers whose values count as read by several, as in the plan that this one follows.
  private var shared: Set<Int32> {
    Set(
      unit.nodes.filter { plan[$0].isShared }.map { notes[$0].register }.filter { $0 >= 0 })
  }

  // MARK: Registers

  private mutating func findLastReads() {
    for (index, node) in unit.nodes.enumerated() where !notes[node].isAbsorbed {
      for operand in operands(of: node) { notes[operand.source].lastRead = index }
    }
  }

  private func known(_ key: Key) -> Int32? {
    if !key.isPlain { return otherRegisters.first { $0.key == key }?.register }
    let register = notes[key.root].register
    return register < 0 ? nil : register
  }

  private mutating func note(_ register: Int32, for key: Key) {
    if key.isPlain { notes[key.root].register = register } else { otherRegisters.append((key, register)) }
  }

  private mutating func newSlot() -> Int {
    scratchSlots += 1
    return scratchSlots - 1
  }

  private mutating func scratchRegister(isPerRow: Bool) -> Int32 {
    let free = isPerRow && rowsAreSwept ? nil : freeSlots.popLast()
    step.registers.append(
      TileRegister(kind: .scratch, scratch: free.map(Int.init) ?? newSlot(), isPerRow: isPerRow))
    return Int32(step.registers.count - 1)
  }

  /// Where rows are swept one after the other, a number stays until its last row is done.
  private mutating func releaseRegisters(lastReadBy index: Int) {
    let keepsNumbers = rowsAreSwept
    var isAny = false
    for (register, last) in inUse where last == index {
      isAny = true
      if keepsNumbers, step.registers[Int(register)].isPerRow { continue }
      freeSlots.append(Int32(step.registers[Int(register)].scratch))
    }
    if isAny { inUse.removeAll { $0.last == index } }
  }

  private mutating func memoryRegister(_ register: TileRegister) -> Int32 {
    step.registers.append(register)
    let number = Int32(step.registers.count - 1)
    switch register.kind {
    case .full, .period, .rows, .collectedRows, .stretches, .apart: step.moving.append(number)
    case .writtenApart: step.leaving.append(number)
    case .scratch, .repeated, .single, .filled: break
    }
    return number
  }

  /// The register for an operand: an element for each of the result's, or one number for all or for a row.
  private mutating func register(_ operand: Operand, perRow: Bool) throws -> Int32 {
    let isMember = plan[operand.source].unit == plan[unit.nodes[0]].unit
    if operand.isSingle || (plan.graph.count(of: operand.source) == 1 && !isMember) {
      return try single(operand.source)
    }
    let rowValue = perRow ? operand.isFull : operand.divisor > 1
    if rowValue { return try rowRegister(operand, perRow: perRow, isMember: isMember) }
    let key = Key(
      root: operand.source, divisor: operand.divisor, modulus: operand.modulus, stretch: operand.stretch,
      rows: operand.rows)
    if let known = known(key) { return known }
    let register: Int32
    if let rows = operand.rows {
      var location = try memory.location(of: operand.source)
      location.offset += rows.offset * plan.graph.elementType.stride
      register = apart(rows, location)
    } else if operand.modulus == 0 {
      register = memoryRegister(TileRegister(kind: .full, location: try memory.location(of: operand.source)))
    } else if operand.stretch > 0 {
      register = memoryRegister(
        TileRegister(
          kind: .stretches, location: try memory.location(of: operand.source), scratch: scratchSlots,
          modulus: operand.modulus, stretch: operand.stretch))
      scratchSlots += 1
    } else if operand.modulus > step.inner || step.tileRows == 1 {
      register = memoryRegister(
        TileRegister(kind: .period, location: try memory.location(of: operand.source), modulus: operand.modulus))
    } else {
      let slot = scratchSlots
      scratchSlots += 1
      register = memoryRegister(
        TileRegister(kind: .repeated, location: try memory.location(of: operand.source), scratch: slot))
    }
    note(register, for: key)
    return register
  }

  /// A register for rows of memory that lie apart, with a place of its own in scratch.
  private mutating func apart(_ rows: Rows, _ location: Location, isWritten: Bool = false) -> Int32 {
    scratchSlots += 1
    let register = memoryRegister(
      TileRegister(
        kind: isWritten ? .writtenApart : .apart, location: location, scratch: scratchSlots - 1, modulus: rows.stride))
    return register
  }

  private mutating func single(_ source: Int32) throws -> Int32 {
    let key = Key(root: source, divisor: 0)
    if let known = known(key) { return known }
    let register = memoryRegister(TileRegister(kind: .single, location: try memory.location(of: source)))
    note(register, for: key)
    return register
  }

  private mutating func rowRegister(_ operand: Operand, perRow: Bool, isMember: Bool) throws -> Int32 {
    let divisor = perRow || isMember ? 1 : operand.divisor / step.inner
    let modulus = perRow || isMember ? 0 : operand.modulus
    let key = Key(root: operand.source, divisor: -divisor, modulus: modulus)
    if let known = known(key) { return known }
    let isPlain = divisor == 1 && (modulus == 0 || modulus % step.tileRows == 0)
    var register = TileRegister(
      kind: isPlain ? .rows : .collectedRows, location: try memory.location(of: operand.source), divisor: divisor,
      modulus: modulus, isPerRow: true)
    if !isPlain {
      register.scratch = scratchSlots
      scratchSlots += 1
    }
    let number = memoryRegister(register)
    note(number, for: key)
    return number
  }

  /// The register that a member's value is written to.
  private mutating func result(of node: Int32, _ index: Int) throws -> Int32 {
    let perRow = isPerRow(node)
    let key = perRow ? Key(root: node, divisor: -1) : Key(root: node)
    let register: Int32
    if let rows = memory.rowsApart(node) {
      register = apart(rows, try memory.location(of: node), isWritten: true)
    } else if memory.isStored(node) {
      register = memoryRegister(
        TileRegister(kind: perRow ? .rows : .full, location: try memory.location(of: node), isPerRow: perRow))
    } else {
      register = scratchRegister(isPerRow: perRow)
      inUse.append((register, Swift.max(index, notes[node].lastRead)))
    }
    note(register, for: key)
    return register
  }

  // MARK: Instructions

  private mutating func assemble(_ node: Int32, _ index: Int) throws {
    if let form = plan.reductionForm(node) { return try assembleReduction(node, form, index) }
    let perRow = isPerRow(node)
    let read = try operands(of: node).map { try register($0, perRow: perRow) }
    let target = try result(of: node, index)
    if plan.rowLength(ofSoftmax: node) != nil {
      step.code.append(TileInstruction(kind: .softmaxRows, result: target, first: read[0]))
      return
    }
    var instruction = TileInstruction(kind: .elementwise(try opcode(of: node)), isPerRow: perRow, result: target)
    for (operand, register) in read.enumerated() { instruction.replace(operand, by: register) }
    step.code.append(instruction)
  }

  /// A member that is neither a reduction nor a softmax is elementwise, or a broadcast that others need written out.
  private func opcode(of node: Int32) throws -> Opcode {
    if absorbedProduct(of: node) != nil { return .multiplyAdd }
    if plan.isWrittenBroadcast(node), plan.isFusable(node) { return .copy }
    guard let opcode = plan.graph.opcode(of: node) else { throw plan.graph.hole(node, lacks: "an opcode") }
    return opcode
  }

  private mutating func assembleReduction(_ node: Int32, _ form: ReductionForm, _ index: Int) throws {
    guard let operand = operands(of: node).first else { throw plan.graph.hole(node, lacks: "an operand") }
    let source = try register(operand, perRow: false)
    switch form {
    case .rows:
      let target = try result(of: node, index)
      step.code.append(TileInstruction(kind: .reduceRows(try reduction(node)), result: target, first: source))
    case .columns(let columns, let stretches): try appendSum(node, columns, stretches, source)
    case .everything: try appendSum(node, 0, 1, source)
    }
  }

  private mutating func appendSum(_ node: Int32, _ columns: Int, _ stretches: Int, _ source: Int32) throws {
    let offset = step.sums.reduce(0) { $0 + $1.elements }
    step.sums.append(
      TileSum(columns: columns, stretches: stretches, result: try memory.location(of: node), offset: offset))
    step.code.append(TileInstruction(kind: .sum, result: Int32(step.sums.count - 1), first: source))
  }

  private func reduction(_ node: Int32) throws -> Kernels.Reduction {
    switch plan.graph.primitive(of: node) {
    case let extremum as Extremum: return extremum.isMaximum ? .max : .min
    case is LogSumExp: return .logSumExp
    case is Sum: return .sum
    default: throw plan.graph.hole(node, lacks: "a reduction")
    }
  }
}
