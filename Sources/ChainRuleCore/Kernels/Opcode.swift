/// The elementwise operations that the kernels know. The numbers are those of `cr_op` in CKernels.
public enum Opcode: UInt8, Sendable, CaseIterable {
  case copy = 0, negate, exp, expm1, log, log1p, sqrt, rsqrt, square, reciprocal
  case abs, sign, sin, cos, tanh, sigmoid, softplus, relu, heaviside, erf, atan, floor
  case add = 32, subtract, multiply, divide, pow, maximum, minimum, equal, less, greater
  case select = 64, multiplyAdd

  /// The number of operands.
  public var arity: Int { rawValue < 32 ? 1 : rawValue < 64 ? 2 : 3 }
  public var name: String { self == .select ? "where" : "\(self)" }

  /// One more than the largest number: the size of tables indexed by opcode.
  static let tableSize = 66
}
