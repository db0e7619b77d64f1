import CKernels

extension Kernels {
  /// Elements of a tile that Swift runs segment by segment: two of the kernels' own, since each step between its
  /// segments costs more than a jump from handler to handler.
  static var tileElements: Int { 2 * CR_TILE_ELEMENTS }
}

/// Consecutive elementwise instructions of a tile, which the kernels run block by block in registers.
struct TileSegment: Sendable {
  private let code: [cr_slot_code]
  private let blocks: [cr_block]
  /// Whether elements may be computed twice: nothing it reads from outside lies where it writes.
  private let mayRepeat: Bool
  let isPerRow: Bool

  /// - Parameter instructions: elementwise ones.
  /// - Parameter isReadLater: for each register, whether its value is needed after the segment.
  init(_ instructions: ArraySlice<TileInstruction>, registers: [TileRegister], isReadLater: [Bool]) {
    code = instructions.compactMap(\.slotCode)
    var blocks = [cr_block](repeating: cr_block(), count: 3 * code.count + 1)
    cr_blocks_write(code, code.count, isReadLater, nil, 0, &blocks)
    self.blocks = blocks
    isPerRow = instructions.first?.isPerRow ?? false
    mayRepeat = ChainRuleCore.mayRepeat(instructions, registers)
  }

  @inline(__always)
  func run(isDouble: Bool, _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer>, count: Int) {
    Kernels.withElement(isDouble: isDouble) { $0.runBlocks(code, blocks, mayRepeat, slots, count) }
  }
}
