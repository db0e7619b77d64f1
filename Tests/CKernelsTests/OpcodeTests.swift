import CKernels
import Testing

@testable import ChainRuleCore

/// What each row of `opcodes.h` must have made.
@Suite struct OpcodeTests {
  @Test func everyOperationHasAnArityAndANameOfItsOwn() {
    #expect(Opcode.allCases.count == CR_OPCODE_COUNT)
    #expect(Set(Opcode.allCases.map(\.name)).count == Opcode.allCases.count)
    for op in Opcode.allCases { #expect(!op.name.isEmpty && (1...3).contains(op.arity), "\(op.name)") }
    #expect(Opcode.where.name == "where" && Opcode.where.arity == 3)
  }

  @Test("Every operation has a kernel in every variant and both types", arguments: variants + ["plain"])
  func kernels(variant: String) {
    with(variant) {
      for op in Opcode.allCases {
        kernel(variant, op, Float.self)
        kernel(variant, op, Double.self)
      }
    }
  }

  private func kernel<T: KernelElement>(_ variant: String, _ op: Opcode, _: T.Type) {
    var y: T = .nan
    T.elementwise(op, 1, &y, [0.75 as T], 1, [1.5 as T], 1, [2.5 as T], 1)
    let scalar = T(cr_scalar(op, 0.75, 1.5, 2.5))
    let ulps = y.ulps(from: Reference(scalar))
    // The plain kernel is the scalar definition itself.
    #expect(
      y.isNaN && scalar.isNaN || (variant == "plain" ? y == scalar : ulps <= 3), "\(variant) \(T.self) \(op.name)")
  }
}
