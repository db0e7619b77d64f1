/// The step of a region (see RowBlocks).
struct RowBlockAssembler {
  private let plan: Plan
  private let memory: MemoryPlan
  private let unit: Plan.Unit
  private let layout: RowBlocks.Layout
  private let step: RowBlockStep
  private var graph: ProgramGraph { plan.graph }
  /// The step's registers by number; those that the interpreter adds are not among them.
  private var registers: [Int32: BlockRegister] = [:]
  private var registerOf: [Key: Int32] = [:]
  private var slots = 0
  private var freeSlots: [Int] = []
  /// What a product gives, scaled by the number that alone multiplies it.
  private var scaled: [Int32: (product: Int32, factor: Double)] = [:]
  /// The values that results read, and the buffers of values that have one.
  private var kept: Set<Int32> = [], bufferOf: [Int32: Int] = [:]
  private var lastRead: [Int32: Int] = [:]

  private struct Key: Hashable { var source: Int32, divisor = 1, modulus = 0, stretch = 0 }

  /// - Parameter partials: where steps may keep partial sums.
  init(_ plan: Plan, _ memory: MemoryPlan, _ unit: Plan.Unit, partials: Location) throws {
    (self.plan, self.memory, self.unit) = (plan, memory, unit)
    guard
      let first = unit.nodes.first(where: {
        plan.graph.primitive(of: $0, as: MatMul.self) != nil && !memory.isStored($0)
      })
    else { throw plan.graph.hole(unit.nodes[0], lacks: "a wide value") }
    layout = RowBlocks.Layout(plan.graph.shape(of: first))
    step = RowBlockStep(precision: plan.graph.precision, layout: layout, partials: partials)
  }

  private func isResult(_ id: Int32) -> Bool { memory.isStored(id) }
  private func isProduct(_ id: Int32) -> Bool { graph.primitive(of: id, as: MatMul.self) != nil }

  mutating func assemble() throws -> RowBlockStep {
    findScaledProducts()
    for id in unit.nodes where isResult(id) { try appendResult(id) }
    let members = neededMembers()
    assignBuffers(members)
    for id in unit.nodes where isProduct(id) && !isResult(id) { try appendFactor(id) }
    for (index, id) in members.enumerated() { try append(id, index) }
    step.program.cutIntoSegments {
      slots += 1
      return slots - 1
    }
    finishRegisters()
    for index in step.results.indices { step.results[index].buffer = bufferOf[wideOf[index]] ?? 0 }
    BlockSpans(plan, memory, unit, members, scaled: Set(scaled.keys)).choose(for: step) {
      registerOf[Key(source: $0)]
    } place: {
      registerOf[Key(source: $0.source, divisor: $0.divisor, modulus: $0.modulus, stretch: $0.stretch)]
    }
    finish()
    return step
  }

  // MARK: Products

  /// The number that a member multiplies another value by, if it is known.
  private func multiple(_ id: Int32) -> (of: Int32, factor: Double)? {
    guard let opcode = graph.opcode(of: id), opcode == .multiply || opcode == .divide else { return nil }
    let inputs = graph.inputs(of: id)
    if let c = graph.uniform(inputs[1]) { return (plan[inputs[0]].root, opcode == .multiply ? c : 1 / c) }
    guard opcode == .multiply, let c = graph.uniform(inputs[0]) else { return nil }
    return (plan[inputs[1]].root, c)
  }

  private mutating func findScaledProducts() {
    for id in unit.nodes where !isProduct(id) {
      guard let (product, factor) = multiple(id), isProduct(product), !isResult(product),
        plan.onlyReader(of: product) == id
      else { continue }
      scaled[id] = (product, factor)
    }
  }

  /// By result: the value that it reads.
  private var wideOf: [Int32] = []

  private mutating func appendResult(_ id: Int32) throws {
    guard let product = graph.primitive(of: id, as: MatMul.self) else { throw graph.hole(id, lacks: "a product") }
    let inputs = graph.inputs(of: id), inside = inputs.map { unit.nodes.contains(plan[$0].root) }
    let isLeft = inside[0], other = inputs[isLeft ? 1 : 0]
    var (wide, alpha) = (plan[inputs[isLeft ? 0 : 1]].root, 1.0)
    while scaled[wide] == nil, let (next, factor) = multiple(wide), unit.nodes.contains(next) {
      (wide, alpha) = (next, alpha * factor)
    }
    kept.insert(wide)
    wideOf.append(wide)
    step.results.append(
      BlockResult(
        other: try memory.location(of: plan[other].root), result: try memory.location(of: id), isWideLeft: isLeft,
        isWideTransposed: isLeft ? product.transposesLeft : product.transposesRight,
        isOtherTransposed: isLeft ? product.transposesRight : product.transposesLeft,
        width: graph.shape(of: id)[isLeft ? -1 : -2], alpha: alpha))
  }

  private mutating func appendFactor(_ id: Int32) throws {
    guard let product = graph.primitive(of: id, as: MatMul.self) else { throw graph.hole(id, lacks: "a product") }
    let (a, b) = (graph.input(0, of: id), graph.input(1, of: id))
    let depth = graph.shape(of: a)[product.transposesLeft ? -2 : -1]
    let scale = scaled.first { $0.value.product == id }
    let value = scale?.key ?? id
    guard let buffer = bufferOf[value] else { return }
    let panels = step.factors.last.map { $0.panelOffset + $0.depth * layout.columns } ?? 0
    step.factors.append(
      BlockFactor(
        a: try memory.location(of: plan[a].root), b: try memory.location(of: plan[b].root),
        isATransposed: product.transposesLeft, isBTransposed: product.transposesRight, depth: depth,
        alpha: scale?.value.factor ?? 1, buffer: buffer, panelOffset: panels))
  }

  // MARK: Buffers

  /// The members that results need, but for products and their multiples, in order.
  private func neededMembers() -> [Int32] {
    var needed = kept
    for id in unit.nodes.reversed() where needed.contains(id) && scaled[id] == nil && !isProduct(id) {
      for input in graph.inputs(of: id) { needed.insert(plan.operand(input).source) }
    }
    return unit.nodes.filter { needed.contains($0) && scaled[$0] == nil && !isProduct($0) && !isResult($0) }
  }

  /// A kept value takes the buffer of a product's that nobody reads after it.
  private mutating func assignBuffers(_ members: [Int32]) {
    for (index, id) in members.enumerated() {
      for input in graph.inputs(of: id) { lastRead[plan.operand(input).source] = index }
    }
    let products = unit.nodes.filter { id in
      scaled[id] != nil || (isProduct(id) && !isResult(id) && !scaled.values.contains { $0.product == id })
    }
    var free: [(buffer: Int, last: Int)] = []
    for id in products where kept.contains(id) || lastRead[id] != nil {
      bufferOf[id] = step.bufferCount
      if !kept.contains(id) { free.append((step.bufferCount, lastRead[id] ?? 0)) }
      step.bufferCount += 1
    }
    for (index, id) in members.enumerated() where kept.contains(id) {
      if let place = free.firstIndex(where: { $0.last <= index }) {
        bufferOf[id] = free.remove(at: place).buffer
      } else {
        bufferOf[id] = step.bufferCount
        step.bufferCount += 1
      }
    }
  }

  // MARK: Registers

  private mutating func slot() -> Int {
    if let free = freeSlots.popLast() { return free }
    slots += 1
    return slots - 1
  }

  private mutating func register(_ place: BlockRegister, _ tile: TileRegister) -> Int32 {
    step.program.registers.append(tile)
    let number = Int32(step.program.registers.count - 1)
    registers[number] = place
    return number
  }

  private func isPerRow(_ id: Int32) -> Bool { graph.count(of: id) != layout.count }

  /// The register of a value that is computed here.
  private mutating func result(_ id: Int32) -> Int32 {
    if let known = registerOf[Key(source: id)] { return known }
    let number: Int32
    if let buffer = bufferOf[id] {
      // The same place for values that share a buffer, so that what is overwritten is not read again.
      number = register(.buffer(buffer), TileRegister(kind: .full, location: Location(base: -2, offset: buffer)))
    } else {
      let slot = slot()
      number = register(.slot(slot), TileRegister(kind: .scratch, scratch: slot, isPerRow: isPerRow(id)))
    }
    registerOf[Key(source: id)] = number
    return number
  }

  /// The register of what a member reads.
  private mutating func operand(_ id: Int32, perRow: Bool) throws -> Int32 {
    let operand = plan.operand(id), source = operand.source
    if unit.nodes.contains(source) { return result(source) }
    if operand.isSingle || graph.count(of: source) == 1 {
      let key = Key(source: source, divisor: 0)
      if let known = registerOf[key] { return known }
      let location = try memory.location(of: source)
      registerOf[key] = register(.filled(location, slot: 0), TileRegister(kind: .single, location: location))
      return registerOf[key] ?? 0
    }
    let key = Key(
      source: source, divisor: operand.divisor, modulus: operand.modulus, stretch: perRow ? -1 : operand.stretch)
    if let known = registerOf[key] { return known }
    let (location, slot, columns) = (try memory.location(of: source), slots, layout.columns)
    slots += 1
    let isNumber = perRow || operand.divisor > 1
    let place: BlockRegister =
      isNumber
      ? .numbers(
        location, divisor: perRow ? 1 : operand.divisor / columns, modulus: perRow ? 0 : operand.modulus, slot: slot)
      : .rows(location, stretch: operand.stretch / columns, period: operand.modulus / columns, slot: slot)
    registerOf[key] = register(place, TileRegister(kind: .scratch, scratch: slot, isPerRow: isNumber))
    return registerOf[key] ?? 0
  }

  // MARK: Instructions

  private mutating func append(_ id: Int32, _ index: Int) throws {
    if let random = graph.primitive(of: id, as: RandomUniform.self) {
      let slot = slots
      slots += 1
      registerOf[Key(source: id)] = register(
        .random(random, counter: try memory.location(of: plan[graph.input(of: id)].root), slot: slot),
        TileRegister(kind: .scratch, scratch: slot))
      return
    }
    let inputs = graph.inputs(of: id), perRow = isPerRow(id) && graph.opcode(of: id) != nil
    let read = try inputs.map { try operand($0, perRow: perRow) }
    var instruction = TileInstruction(kind: try kind(of: id), isPerRow: perRow, result: result(id))
    for (operand, register) in read.enumerated() { instruction.replace(operand, by: register) }
    step.program.code.append(instruction)
    for source in Set(inputs.map { plan.operand($0).source }) where lastRead[source] == index {
      if let number = registerOf[Key(source: source)], case .slot(let slot)? = registers[number] {
        freeSlots.append(slot)
      }
    }
  }

  private func kind(of id: Int32) throws -> TileInstruction.Kind {
    if let opcode = graph.opcode(of: id) { return .elementwise(opcode) }
    switch graph.primitive(of: id) {
    case is Softmax: return .softmaxRows
    case is Sum: return .reduceRows(.sum)
    case is LogSumExp: return .reduceRows(.logSumExp)
    case let extremum as Extremum: return .reduceRows(extremum.isMaximum ? .max : .min)
    default: throw graph.hole(id, lacks: "an instruction")
    }
  }

  /// Numbers that serve all elements and those repeated along rows have become registers of their own.
  private func finishRegisters() {
    for (number, tile) in step.program.registers.enumerated() {
      let known = registers[Int32(number)]
      if case .filled(let location, _)? = known {
        step.registers.append(.filled(location, slot: tile.scratch))
      } else {
        step.registers.append(known ?? .slot(tile.scratch))
      }
      switch step.registers[number] {
      case .slot, .filled: break
      case .buffer, .rows, .numbers, .random: step.moving.append(Int32(number))
      }
    }
  }

  // MARK: Sizes

  private func finish() {
    let stride = step.stride, elements = layout.columns + 16
    func padded(_ bytes: Int) -> Int { MemoryPlan.padded(bytes) }
    // As a group's: slots keep a distance modulo 4,096 bytes.
    step.slotBytes = ((Swift.max(Kernels.tileElements, elements) * stride + 511) & ~1023) + 512
    step.slotsAt = padded(step.registers.count * 8)
    step.buffersAt = step.slotsAt + slots * step.slotBytes
    step.panelsAt = padded(step.buffersAt + step.bufferCount * step.blockRows * elements * stride)
    let panels = step.factors.reduce(0) { $0 + $1.depth * layout.columns }
    step.productsAt = padded(step.panelsAt + panels * stride)
    step.scratchBytes = step.productsAt + step.productBytes
    if step.chunks > 1 {
      var bytes = 0
      for index in step.results.indices where step.results[index].isSum {
        step.results[index].partialOffset = bytes
        bytes += padded(step.results[index].width * layout.columns * stride)
      }
      step.partialBytes = bytes * layout.batch * step.chunks
    }
    let names = unit.nodes.map { graph.name(of: $0) }
    step.note = StepNote(
      name: "rowBlocks(" + names.joined(separator: ", ") + ")", shape: graph.shape(of: unit.nodes[0]))
    let depth = step.factors.reduce(0) { $0 + $1.depth } + step.results.reduce(0) { $0 + $1.width }
    step.note.flops = 2 * Double(layout.count * depth)
    for product in unit.nodes where isProduct(product) {
      for node in graph.inputs(of: product) + [product] where graph.count(of: node) != layout.count {
        step.note.bytes += Double(graph.byteCount(of: node))
      }
    }
  }
}
