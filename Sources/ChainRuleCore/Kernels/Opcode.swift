public import CKernels

/// The elementwise operations that the kernels know, a row each in `Sources/CKernels/include/opcodes.h`.
public typealias Opcode = CKernels.Opcode

extension Opcode: @retroactive CaseIterable {
  public static let allCases: [Opcode] = (0..<count).compactMap { Opcode(rawValue: UInt8($0)) }

  /// How many there are: their numbers are 0..<count, so that tables can be indexed by them.
  @inline(__always)
  static var count: Int { CR_OPCODE_COUNT }

  /// The number of operands.
  public var arity: Int { cr_arity(self) }
  public var name: String { String(cString: cr_name(self)) }

  @available(*, deprecated, renamed: "where")
  public static var select: Opcode { .where }
}

extension Opcode: @retroactive CustomStringConvertible {
  /// The name.
  public var description: String { name }
}
