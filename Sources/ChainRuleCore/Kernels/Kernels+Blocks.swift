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
    code = instructions.compactMap { instruction in
      instruction.opcode.map {
        cr_slot_code(
          op: UInt16($0.rawValue), out: UInt16(instruction.result), a: UInt16(instruction.first),
          b: UInt16(instruction.second), c: UInt16(instruction.third))
      }
    }
    var blocks = [cr_block](repeating: cr_block(), count: 3 * code.count + 1)
    cr_blocks_write(code, code.count, isReadLater, &blocks)
    self.blocks = blocks
    isPerRow = instructions.first?.isPerRow ?? false

    var written: Set<Int32> = [], read: Set<Int32> = []
    for instruction in instructions {
      read.formUnion(instruction.operands.filter { !written.contains($0) })
      written.insert(instruction.result)
    }
    let places = Set(written.map { registers[Int($0)].place })
    mayRepeat = !read.contains { places.contains(registers[Int($0)].place) }
  }

  @inline(__always)
  func run(isDouble: Bool, _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer>, count: Int) {
    Kernels.withElement(isDouble: isDouble) { $0.runBlocks(code, blocks, mayRepeat, slots, count) }
  }
}
