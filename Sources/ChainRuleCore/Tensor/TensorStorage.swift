#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The type of a tensor's elements.
public enum ElementType: String, Hashable, Sendable, Codable {
  /// IEEE 754 single precision, 24 bits of significand: about 7 decimal digits.
  case float32
  /// IEEE 754 double precision, 53 bits of significand: about 16 decimal digits.
  case float64
  /// Class labels and positions; they choose, and no gradient flows through them.
  case int32

  /// Bytes per element.
  public var stride: Int { self == .float64 ? 8 : 4 }
  /// Whether elements are numbers to compute with, not indices.
  public var isFloatingPoint: Bool { self != .int32 }
}

/// A contiguous block of elements, shared by tensors until one of them is written to.
///
/// Unchecked Sendable: it is written only while it has one owner (copy on write), so that what
/// several threads can see never changes.
final class TensorStorage: @unchecked Sendable {
  let elementType: ElementType
  let count: Int
  let base: UnsafeMutableRawPointer
  /// The first mistake made with this tensor (a ragged literal, a bad shape); whoever reads it reports it.
  var error: ChainRuleError? { mistake?.error }
  /// Whether there is an error, without copying it.
  var isBroken: Bool { mistake != nil }
  private let mistake: Mistake?

  /// A reference, so that the common case carries one empty word.
  private final class Mistake: Sendable {
    let error: ChainRuleError
    init(_ error: ChainRuleError) { self.error = error }
  }

  /// Vector loads of a whole cache line start here.
  static let alignment = 64

  /// Uninitialized elements. An impossible size leaves an empty storage that carries the error.
  init(uninitialized count: Int, _ elementType: ElementType) {
    self.elementType = elementType
    let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.stride)
    if bytes <= 64, !overflow, count >= 0 {
      (self.count, base, mistake) = (count, .allocate(byteCount: Swift.max(bytes, 8), alignment: 16), nil)
      return
    }
    var pointer: UnsafeMutableRawPointer?
    if !overflow, count >= 0, posix_memalign(&pointer, Self.alignment, bytes) == 0, let pointer {
      (self.count, base, mistake) = (count, pointer, nil)
    } else {
      (self.count, base) = (0, .allocate(byteCount: 8, alignment: 16))
      mistake = Mistake(
        ChainRuleError(
          .value, in: "Tensor", required: "memory for \(count) elements", got: "a refusal from the system",
          hint: "Use a smaller shape."))
    }
  }

  /// No elements, only a mistake to report.
  init(_ error: ChainRuleError) {
    (elementType, count, base) = (.float64, 0, .allocate(byteCount: 8, alignment: 16))
    mistake = Mistake(error)
  }

  deinit { free(base) }

  func pointer<T>(_ type: T.Type) -> UnsafeMutablePointer<T> { base.assumingMemoryBound(to: type) }
}
