public import CKernels

/// The elementwise operations that the kernels know, a row each in `Sources/CKernels/include/opcodes.h`.
public typealias Opcode = CKernels.Opcode

extension Opcode: @retroactive CaseIterable {
  /// Every operation, in the order of the rows.
  public static let allCases: [Opcode] = (0..<count).compactMap { Opcode(rawValue: UInt8($0)) }

  /// How many there are: their numbers are 0..<count, so that tables can be indexed by them.
  @inline(__always)
  static var count: Int { CR_OPCODE_COUNT }

  /// The number of operands.
  public var arity: Int { cr_arity(self) }
  /// Whether it takes many instructions, about as long as reading its operand from memory and writing the result.
  var isDeep: Bool { cr_is_deep(self) }
  /// What formulas and messages call it: `log1p`.
  public var name: String { Self.names[Int(rawValue)] }

  private static let names = allCases.map { String(cString: cr_name($0)) }

  /// The former name of `where`.
  @available(*, deprecated, renamed: "where")
  public static var select: Opcode { .where }
}

extension Opcode: @retroactive CustomStringConvertible {
  /// The name.
  public var description: String { name }
}
