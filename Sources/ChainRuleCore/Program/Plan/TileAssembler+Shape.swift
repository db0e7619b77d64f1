/// What a tile is like: its rows and columns, its scratch, and which products its sums take over.
extension TileAssembler {
  mutating func chooseTile() {
    let group = unit.group
    step.inner = group.divisor > 0 ? group.divisor : group.count
    step.rows = group.count / step.inner
    step.tileRows = Swift.max(1, Swift.min(step.rows, Kernels.tileElements / step.inner))
    for node in unit.nodes {
      for operand in plan.operands(of: node)
      where operand.divisor == 1 && operand.modulus > step.inner && operand.stretch == 0 {
        let period = operand.modulus / step.inner
        while period % step.tileRows != 0 { step.tileRows -= 1 }
      }
      if case .columns(let columns, _)? = plan.reductionForm(node), columns > step.inner {
        while (columns / step.inner) % step.tileRows != 0 { step.tileRows -= 1 }
      }
    }
    step.tileColumns = group.isFixed || step.tileRows > 1 ? step.inner : Swift.min(step.inner, Kernels.tileElements)
  }

  /// Whether rows are reduced in the sweeps that make them.
  var rowsAreSwept: Bool {
    unit.group.isFixed && step.hasLongRows(isDouble: plan.graph.precision == .double)
  }

  func isPerRow(_ root: Int32) -> Bool {
    unit.group.isFixed && plan.graph.count(of: root) == step.rows && step.rows != unit.group.count
      && plan[root].unit == plan[unit.nodes[0]].unit && !plan.isLate(root)
  }

  // MARK: Multiply and add

  /// a·b + c is one instruction when nobody else reads the product.
  mutating func findFusedMultiplications() {
    guard plan.passes.contains(.fusion) else { return }
    for node in unit.nodes where plan.graph.opcode(of: node) == .add {
      guard let product = factorsOfSum(node) else { continue }
      notes[product].isAbsorbed = true
      absorbsProducts = true
    }
  }

  func factorsOfSum(_ node: Int32) -> Int32? {
    for input in plan.graph.inputs(of: node) {
      let root = plan.operand(input)
      guard root.isFull, plan.graph.opcode(of: root.source) == .multiply, plan.onlyReader(of: root.source) == node,
        plan[root.source].unit == plan[node].unit, !memory.isStored(root.source),
        !notes[root.source].isAbsorbed
      else { continue }
      return root.source
    }
    return nil
  }

  /// The operands of a member, those of a product that it takes over included.
  func operands(of node: Int32) -> ArraySlice<Operand> {
    guard let product = absorbedProduct(of: node) else { return plan.operands(of: node) }
    let inputs = Array(plan.operands(of: node))
    let isFirst = inputs[0].isFull && inputs[0].source == product
    return plan.operands(of: product) + [isFirst ? inputs[1] : inputs[0]]
  }

  func absorbedProduct(of node: Int32) -> Int32? {
    guard absorbsProducts, plan.graph.opcode(of: node) == .add else { return nil }
    return plan.operands(of: node).first { $0.isFull && notes[$0.source].isAbsorbed }?.source
  }

  mutating func finish() {
    let stride = plan.graph.elementType.stride
    // Slots keep a distance of at least 512 bytes modulo 4,096 from seven others: see SLACK in CKernels/Tile/tile.h.
    let slotBytes = ((Swift.max(step.tileRows * step.tileColumns, step.tileRows) * stride + 511) & ~1023) + 512
    let table = (step.registers.count * 8 + 63) & ~63
    for index in step.registers.indices {
      step.registers[index].scratch = table + step.registers[index].scratch * slotBytes
    }
    // One more slot for the sums of a tile's columns.
    step.scratchBytes = table + (scratchSlots + 1) * slotBytes
    let work = unit.group.count * Swift.max(1, step.operations)
    let columns = step.sums.map { $0.columns * $0.stretches }.max() ?? 0
    step.chunks = Swift.max(1, Swift.min(step.tiles, 64, work / 65_536))
    if columns > 0 { step.chunks = Swift.max(1, Swift.min(step.chunks, unit.group.count / columns / 64, 16)) }
    // A deep one takes several times as long; below a few microseconds a part costs more than it saves.
    let depth = step.code.reduce(0) { $0 + ($1.opcode?.isDeep == true ? 6 : 1) }
    step.parts = Swift.max(1, Swift.min(32, unit.group.count * depth / 32_768))
    step.partialBytes = step.sums.reduce(0) { $0 + $1.elements } * 8
    step.names = unit.nodes.map { plan.graph.name(of: $0) }
    let moved = step.registers.filter { $0.kind == .full || $0.kind == .apart || $0.kind == .writtenApart }.count
    step.memoryBytes = moved * unit.group.count * stride
  }
}
