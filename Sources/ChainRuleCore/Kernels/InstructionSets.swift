import CKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The instruction sets that the loops over memory are built for, and the one that CHAINRULE_ISA asks for.
package enum InstructionSets {
  /// Those that this machine can run, the best first.
  package static var available: [String] {
    ["avx512", "avx2", "neon", "baseline", "plain"].filter { name in
      defer { cr_select_isa_of_thread(nil) }
      return cr_select_isa_of_thread(name)
    }
  }

  /// Runs a body with the loops of one of them, on this thread alone.
  package static func with<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    let isOther = cr_select_isa_of_thread(name)
    defer { if isOther { cr_select_isa_of_thread(nil) } }
    return try body()
  }

  /// What is wrong with the value of CHAINRULE_ISA, as a sentence; `nil` where it is not set or names one of these.
  package static var mistake: String? {
    guard let value = getenv("CHAINRULE_ISA").map({ String(cString: $0) }), !available.contains(value) else {
      return nil
    }
    return "CHAINRULE_ISA is one of \(available.joined(separator: ", ")) on this machine, not '\(value)'"
  }
}
