/// What the interpreter of groups with row values needs: operands that have an element for each of the result's, and
/// consecutive elementwise instructions in one piece.
extension TileStep {
  /// - Parameter newSlot: a further stretch of scratch for a tile.
  func cutIntoSegments(newSlot: () -> Int) {
    let expanded = expandScalars(newSlot)
    var start = 0
    while start < expanded.count {
      let instruction = expanded[start]
      var end = start + 1
      switch instruction.kind {
      case .elementwise:
        while end < expanded.count, expanded[end].opcode != nil, expanded[end].isPerRow == instruction.isPerRow {
          end += 1
        }
        segments.append(
          TileSegment(expanded[start..<end], registers: registers, isReadLater: isRead(by: expanded[end...])))
        actions.append(.segment(Int32(segments.count - 1)))
      case .expand: actions.append(.expand(instruction.result, from: instruction.first))
      case .reduceRows(let reduction):
        actions.append(.reduceRows(reduction, instruction.result, from: instruction.first))
      case .softmaxRows: actions.append(.softmaxRows(instruction.result, from: instruction.first))
      case .sum: actions.append(.sum(instruction.result, of: instruction.first))
      case .foldRows: break  // sweeps alone have them
      }
      start = end
    }
  }

  /// For each register, whether one of the instructions reads it, or it lies in memory.
  func isRead(by code: some Sequence<TileInstruction>) -> [Bool] {
    var isRead = registers.map { $0.kind == .full || $0.kind == .rows || $0.kind == .writtenApart }
    for instruction in code {
      for register in instruction.operands { isRead[Int(register)] = true }
    }
    return isRead
  }

  /// Numbers that serve all elements are repeated once a run, numbers that serve a row once a tile.
  private func expandScalars(_ newSlot: () -> Int) -> [TileInstruction] {
    var expanded: [Int32: Int32] = [:], result: [TileInstruction] = []
    for var instruction in code {
      for (operand, register) in instruction.operands.enumerated() {
        if registers[Int(register)].kind == .single {
          registers[Int(register)].kind = .filled
          registers[Int(register)].scratch = newSlot()
        } else if registers[Int(register)].isPerRow && !instruction.isPerRow {
          if let known = expanded[register] {
            instruction.replace(operand, by: known)
          } else {
            registers.append(TileRegister(kind: .scratch, scratch: newSlot()))
            let wide = Int32(registers.count - 1)
            expanded[register] = wide
            result.append(TileInstruction(kind: .expand, result: wide, first: register))
            instruction.replace(operand, by: wide)
          }
        }
      }
      result.append(instruction)
    }
    return result
  }
}
