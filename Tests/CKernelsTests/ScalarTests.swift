import CKernels
import Foundation
import Testing

@testable import ChainRuleCore

/// A step whose operands are slots.
private func step(_ op: Opcode, _ out: Int32, _ a: Int32, _ b: Int32 = 0, _ c: Int32 = 0, last: Bool = false)
  -> cr_scalar_step
{
  cr_scalar_step(op: UInt32(op.rawValue) | (last ? UInt32(CR_SCALAR_LAST) : 0), out: out, a: a, b: b, c: c)
}

@Suite struct ScalarTests {
  @Test func programsOfScalarsReplay() {
    // (x + y) · z, sin of it, and a choice
    let steps = [step(.add, 3, 0, 1), step(.multiply, 4, 3, 2), step(.sin, 5, 4), step(.where, 6, 0, 4, 5)]
    var file = [1.0, 2, 4, 0, 0, 0, 0]
    cr_scalars_run_f64(steps, steps.count, &file, nil)
    #expect(file[4] == 12 && file[5] == sin(12.0) && file[6] == 12)
  }

  /// Equal, or both NaN: outside the domain of an operation.
  private func same(_ a: Double, _ b: Double) -> Bool { a == b || a.isNaN && b.isNaN }

  @Test func everyOperationIsItsDefinition() {
    for op in Opcode.allCases {
      let expected = cr_scalar(op, 0.75, 1.5, 2.5)
      var file = [0.75, 1.5, 2.5, 0]
      cr_scalars_run_f64([step(op, 3, 0, 1, 2)], 1, &file, nil)
      #expect(same(file[3], expected))
      cr_scalars_run_f32([step(op, 3, 0, 1, 2)], 1, &file, nil)
      #expect(same(file[3], Double(Float(expected))))
    }
  }

  /// The result of the step before is the first operand, at the start of a stretch as well as inside.
  @Test func everyOperationContinues() {
    for op in Opcode.allCases {
      let expected = cr_scalar(op, 1.125, 1.5, 2.5)
      let steps = [step(.multiply, 3, 0, 1), step(op, 4, 3, 1, 2, last: true)]
      var file = [0.75, 1.5, 2.5, 0, 0]
      cr_scalars_run_f64(steps, 2, &file, nil)
      #expect(file[..<4] == [0.75, 1.5, 2.5, 1.125] && same(file[4], expected))
      file[4] = 0
      steps.withUnsafeBufferPointer { cr_scalars_run_f64($0.baseAddress! + 1, 1, &file, nil) }
      #expect(same(file[4], expected))
    }
  }

  @Test func numbersAreLoadedAndStored() {
    var (source, target) = ([1.0, 2, 3], [Float](repeating: 0, count: 3))
    var file = [0.0]
    source.withUnsafeMutableBytes { source in
      let bases: [UnsafeMutableRawPointer?] = [nil, source.baseAddress]
      let load = cr_scalar_step(op: UInt32(CR_SCALAR_LOAD), out: 0, a: 1, b: 0, c: 16)
      cr_scalars_run_f64([load], 1, &file, bases)
    }
    #expect(file == [3])
    target.withUnsafeMutableBytes { target in
      // An offset of -4 from one element on: both halves count.
      let bases: [UnsafeMutableRawPointer?] = [target.baseAddress! + 8]
      let store = cr_scalar_step(op: UInt32(CR_SCALAR_STORE), out: 0, a: 0, b: -1, c: -4)
      cr_scalars_run_f32([store], 1, &file, bases)
    }
    #expect(target == [0, 3, 0])
  }

  @Test func nothingIsReplayedOfNothing() {
    var file = [1.0]
    cr_scalars_run_f64(nil, 0, &file, nil)
    #expect(file == [1])
  }
}
