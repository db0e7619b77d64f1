import CKernels

/// The instruction sets that this machine can run.
let instructionSets = ["plain", "baseline", "avx2", "avx512", "neon"].filter { name in
  defer { cr_select_isa_of_thread(nil) }
  return cr_select_isa_of_thread(name)
}

/// Runs a body with the kernels of one instruction set.
func with<Result>(instructionSet name: String, _ body: () throws -> Result) rethrows -> Result {
  cr_select_isa_of_thread(name)
  defer { cr_select_isa_of_thread(nil) }
  return try body()
}
