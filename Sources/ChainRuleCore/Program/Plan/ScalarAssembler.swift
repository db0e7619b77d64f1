/// Writes the instructions of scalars, and gives every number a slot of the file for as long as it is needed.
struct ScalarAssembler {
  private(set) var code = ScalarCode()
  private let plan: Plan
  private var graph: ProgramGraph { plan.graph }
  private var slots: [Int32]
  /// How often a number will still be read by instructions.
  private var reads: [Int32]
  private var freeSlots: [Int32] = []
  private var constantSlots: [UInt64: Int32] = [:]

  /// - Parameter isStep: whether a node's computation is an instruction.
  init(_ plan: Plan, isStep: (Int32) -> Bool) {
    self.plan = plan
    let graph = plan.graph
    slots = [Int32](repeating: -1, count: graph.nodes.count)
    reads = [Int32](repeating: 0, count: graph.nodes.count)
    for (id, node) in graph.nodes.enumerated() where isStep(Int32(id)) {
      for index in 0..<Int(node.inputCount) { reads[Int(plan[graph.input(index, of: node)].root)] += 1 }
    }
    for id in graph.outputs { reads[Int(plan[id].root)] += 1 }
    for update in graph.updates { reads[Int(plan[update.next].root)] += 1 }
  }

  /// Computes a number; it is stored as well if steps read it from memory.
  mutating func append(_ id: Int32, _ opcode: Opcode, storedAt location: Location?, _ memory: MemoryPlan) throws {
    let node = graph.nodes[Int(id)], count = Int(node.inputCount)
    // Operands that an opcode does not have are read from slot 0 by nobody.
    var operands: (Int32, Int32, Int32) = (0, 0, 0)
    operands.0 = try slot(graph.input(0, of: node), memory)
    if count > 1 { operands.1 = try slot(graph.input(1, of: node), memory) }
    if count > 2 { operands.2 = try slot(graph.input(2, of: node), memory) }
    for index in 0..<count { release(graph.input(index, of: node)) }
    let result = freshSlot()
    slots[Int(id)] = result
    code.append(
      opcode, operands.0, operands.1, operands.2, commutes: PrimitiveTable.commutes[Int(opcode.rawValue)],
      result: result)
    if let location { code.store(result, at: location) }
    if reads[Int(id)] == 0 { freeSlots.append(result) }
  }

  /// Stores a number where an output or a leaf lies.
  mutating func store(_ id: Int32, at location: Location, _ memory: MemoryPlan) throws {
    code.store(try slot(id, memory), at: location)
    release(id)
  }

  /// The slot that holds a number; one that lies in memory is loaded when first needed.
  private mutating func slot(_ id: Int32, _ memory: MemoryPlan) throws -> Int32 {
    let root = plan[id].root
    if slots[Int(root)] >= 0 { return slots[Int(root)] }
    let node = graph.nodes[Int(root)]
    if node.kind == .constant {
      if let known = constantSlots[node.value.bitPattern] { return known }
      code.file.append(node.value)
      constantSlots[node.value.bitPattern] = Int32(code.file.count - 1)
      return Int32(code.file.count - 1)
    }
    let slot = freshSlot()
    slots[Int(root)] = slot
    code.load(slot, from: try memory.location(of: root))
    return slot
  }

  private mutating func freshSlot() -> Int32 {
    if let free = freeSlots.popLast() { return free }
    code.file.append(0)
    return Int32(code.file.count - 1)
  }

  private mutating func release(_ id: Int32) {
    let root = Int(plan[id].root)
    reads[root] -= 1
    if reads[root] == 0, slots[root] >= 0 { freeSlots.append(slots[root]) }
  }
}
