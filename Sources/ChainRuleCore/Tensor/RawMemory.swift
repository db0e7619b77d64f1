#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory of sizes that come from outside: an error where there is not enough, instead of a trap.
package enum RawMemory {
  /// Uninitialized bytes that begin at a cache line; `release` gives them back.
  /// - Throws: a size that the system refuses.
  package static func allocate(bytes: Int, in origin: @autoclosure () -> String) throws -> UnsafeMutableRawPointer {
    var pointer: UnsafeMutableRawPointer?
    guard bytes >= 0, posix_memalign(&pointer, TensorStorage.alignment, Swift.max(bytes, 64)) == 0, let pointer else {
      throw ChainRuleError(
        .value, in: origin(), required: "memory for \(bytes) bytes", got: "a refusal from the system",
        hint: "Use smaller shapes.")
    }
    return pointer
  }

  package static func release(_ pointer: UnsafeMutableRawPointer) { free(pointer) }

  /// Whether the machine has room for so many elements of a size in bytes.
  package static func fits(elements count: Int, of stride: Int) -> Bool {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: stride)
    guard count >= 0, !overflow, bytes / sysconf(Int32(_SC_PAGESIZE)) < sysconf(Int32(_SC_PHYS_PAGES)) else {
      return false
    }
    guard bytes > 1 << 26 else { return true }
    guard let pointer = malloc(bytes) else { return false }
    free(pointer)
    return true
  }
}
