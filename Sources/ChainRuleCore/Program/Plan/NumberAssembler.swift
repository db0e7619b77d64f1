/// Writes the instructions of numbers, and gives every number a slot of the file for as long as it is needed.
struct NumberAssembler {
  private(set) var code = NumberCode()
  private let draft: Draft
  private let roots: [Int32]
  private var slots: [Int32]
  /// How often a number will still be read by instructions.
  private var reads: [Int32]
  private var freeSlots: [Int32] = []
  private var constantSlots: [UInt64: Int32] = [:]

  /// - Parameter isNumber: whether a node's computation is an instruction.
  init(_ draft: Draft, roots: [Int32], isNumber: (Int32) -> Bool) {
    (self.draft, self.roots) = (draft, roots)
    slots = [Int32](repeating: -1, count: draft.nodes.count)
    reads = [Int32](repeating: 0, count: draft.nodes.count)
    for id in draft.nodes.indices where isNumber(Int32(id)) {
      let node = draft.nodes[id]
      for index in 0..<Int(node.inputCount) { reads[Int(roots[Int(draft.input(index, of: node))])] += 1 }
    }
    for id in draft.outputs { reads[Int(roots[Int(id)])] += 1 }
    for update in draft.updates { reads[Int(roots[Int(update.next)])] += 1 }
  }

  /// Computes a number; it is stored as well if steps read it from memory.
  mutating func append(_ id: Int32, _ opcode: Opcode, storedAt location: Location?, _ memory: MemoryPlan) {
    let node = draft.nodes[Int(id)]
    let first = slot(node.first, memory)
    let second = node.inputCount > 1 ? slot(node.second, memory) : 0
    let third = node.inputCount > 2 ? slot(node.third, memory) : 0
    release(node.first)
    if node.inputCount > 1 { release(node.second) }
    if node.inputCount > 2 { release(node.third) }
    let result = freshSlot()
    slots[Int(id)] = result
    code.append(opcode, first, second, third, result: result)
    if let location { code.store(result, at: location) }
    if reads[Int(id)] == 0 { freeSlots.append(result) }
  }

  /// Stores a number where an output or a leaf lies.
  mutating func store(_ id: Int32, at location: Location, _ memory: MemoryPlan) {
    code.store(slot(id, memory), at: location)
    release(id)
  }

  /// The slot that holds a number; one that lies in memory is loaded when first needed.
  private mutating func slot(_ id: Int32, _ memory: MemoryPlan) -> Int32 {
    let root = roots[Int(id)]
    if slots[Int(root)] >= 0 { return slots[Int(root)] }
    let node = draft.nodes[Int(root)]
    if node.kind == .constant {
      if let known = constantSlots[node.value.bitPattern] { return known }
      code.file.append(node.value)
      constantSlots[node.value.bitPattern] = Int32(code.file.count - 1)
      return Int32(code.file.count - 1)
    }
    let slot = freshSlot()
    slots[Int(root)] = slot
    code.load(slot, from: memory.location(of: root))
    return slot
  }

  private mutating func freshSlot() -> Int32 {
    if let free = freeSlots.popLast() { return free }
    code.file.append(0)
    return Int32(code.file.count - 1)
  }

  private mutating func release(_ id: Int32) {
    let root = Int(roots[Int(id)])
    reads[root] -= 1
    if reads[root] == 0, slots[root] >= 0 { freeSlots.append(slots[root]) }
  }
}
