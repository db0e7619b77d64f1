/// What the interpreter of groups with row values needs: operands that have an element for each of the result's, and
/// consecutive elementwise instructions in one piece.
extension TileStep {
  /// - Parameter newSlot: a further stretch of scratch for a tile.
  func cutIntoSegments(newSlot: () -> Int) {
    expandNumbers(newSlot)
    let old = code
    code = []
    var start = 0
    while start < old.count {
      var end = start + 1
      if old[start].isElementwise {
        while end < old.count, old[end].isElementwise, old[end].isPerRow == old[start].isPerRow { end += 1 }
        segments.append(TileSegment(old[start..<end], registers: registers, isReadLater: readers(of: old, from: end)))
        code.append(
          TileInstruction(code: TileInstruction.segment, result: 0, first: Int32(segments.count - 1)))
      } else {
        code.append(old[start])
      }
      start = end
    }
  }

  /// For each register, whether its value is read from an instruction on, or lies in memory.
  private func readers(of code: [TileInstruction], from index: Int) -> [Bool] {
    var isRead = registers.map { $0.kind == .full || $0.kind == .rows }
    for instruction in code[index...] {
      for register in instruction.operands { isRead[Int(register)] = true }
    }
    return isRead
  }

  /// Numbers that serve all elements are repeated once a run, numbers that serve a row once a tile.
  private func expandNumbers(_ newSlot: () -> Int) {
    var expanded: [Int32: Int32] = [:], result: [TileInstruction] = []
    for var instruction in code {
      for operand in instruction.operands.indices {
        let register = instruction.operands[operand]
        if registers[Int(register)].kind == .single {
          registers[Int(register)].kind = .filled
          registers[Int(register)].scratch = newSlot()
        } else if registers[Int(register)].isPerRow && !instruction.isPerRow {
          if expanded[register] == nil {
            registers.append(TileRegister(kind: .scratch, scratch: newSlot()))
            expanded[register] = Int32(registers.count - 1)
            result.append(
              TileInstruction(code: TileInstruction.expand, result: Int32(registers.count - 1), first: register))
          }
          instruction.replace(operand, by: expanded[register] ?? register)
        }
      }
      result.append(instruction)
    }
    code = result
  }
}
