import CKernels

/// Elementwise instructions over the rows of a tile, with numbers of rows as operands and reductions of rows in the same
/// sweep.
///
/// Unchecked Sendable: the C program that the pointer leads to is built by the initializer and only read afterwards.
final class RowSegment: @unchecked Sendable {
  /// A row that becomes one number: its sum, largest or smallest element, as it is or as softmax needs it.
  struct Fold {
    let value: Int32, after: Int, room: Int32, result: Int32
    let reduction: Kernels.Reduction
    let end: End
  }
  /// What becomes of the number: nothing, 0 for −∞ (what a softmax subtracts), its reciprocal (what it multiplies by).
  enum End: Sendable { case plain, shift, reciprocal }

  private let program: OpaquePointer

  /// Elements of the kernels' longest blocks.
  static func blockElements(isDouble: Bool) -> Int { isDouble ? Int(CR_ROW_ROOM) / 2 : Int(CR_ROW_ROOM) }

  /// - Parameter numbers: registers with a number for each row, and those that instructions read in their place.
  /// - Parameter isReadLater: for each register, whether its value is needed after the segment.
  /// - Throws: when the system has no memory left.
  init(
    _ instructions: [TileInstruction], folds: [Fold], numbers: [(from: Int32, room: Int32)],
    registers: [TileRegister], isReadLater: [Bool]
  ) throws {
    let code = instructions.compactMap(\.slotCode)
    let ends = folds.map { fold in
      cr_row_fold(
        value: UInt16(fold.value), after: UInt16(fold.after), room: UInt16(fold.room), result: UInt16(fold.result),
        reduction: fold.reduction, end: fold.end.ofKernels)
    }
    let expanded = numbers.map { cr_row_number(from: UInt16($0.from), room: UInt16($0.room)) }
    let used = Set(instructions.flatMap(\.operands))
    let constants = used.filter { registers[Int($0)].kind == .filled }.sorted().map { UInt16($0) }
    var description = cr_row_description()
    (description.count, description.folds, description.numbers) = (code.count, ends.count, expanded.count)
    (description.constants, description.slots) = (constants.count, registers.count)
    description.twice = mayRepeat(instructions, registers)
    let built = code.withUnsafeBufferPointer { code in
      ends.withUnsafeBufferPointer { ends in
        expanded.withUnsafeBufferPointer { expanded in
          constants.withUnsafeBufferPointer { constants in
            isReadLater.withUnsafeBufferPointer { kept in
              (description.code, description.fold) = (code.baseAddress, ends.baseAddress)
              (description.repeated, description.constant) = (expanded.baseAddress, constants.baseAddress)
              description.kept = kept.baseAddress
              return cr_rows_build(&description)
            }
          }
        }
      }
    }
    guard let built else {
      throw ChainRuleError(.value, in: "compile", required: "memory for the plan of a group of rows", got: "none left")
    }
    program = built
  }

  deinit { cr_rows_free(program) }

  @inline(__always)
  func run(isDouble: Bool, _ slots: UnsafeMutablePointer<UnsafeMutableRawPointer>, rows: Int, width: Int) {
    Kernels.withElement(isDouble: isDouble) { $0.runRows(program, slots, rows, width) }
  }
}

extension RowSegment.End {
  fileprivate var ofKernels: cr_row_end {
    switch self {
    case .plain: CR_ROW_PLAIN
    case .shift: CR_ROW_SHIFT
    case .reciprocal: CR_ROW_SHARE
    }
  }
}

/// Whether instructions may compute elements twice: nothing they read from outside lies where they write.
func mayRepeat(_ instructions: some Sequence<TileInstruction>, _ registers: [TileRegister]) -> Bool {
  var written: Set<Int32> = [], read: Set<Int32> = []
  for instruction in instructions {
    read.formUnion(instruction.operands.filter { !written.contains($0) })
    written.insert(instruction.result)
  }
  let places = Set(written.map { registers[Int($0)].place })
  return !read.contains { places.contains(registers[Int($0)].place) }
}

extension TileInstruction {
  /// An elementwise one in the kernels' terms.
  var slotCode: cr_slot_code? {
    opcode.map {
      cr_slot_code(
        op: UInt16($0.rawValue), out: UInt16(result), a: UInt16(first), b: UInt16(second), c: UInt16(third))
    }
  }
}
