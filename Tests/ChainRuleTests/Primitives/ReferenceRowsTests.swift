import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore

/// Values and local gradients of an elementwise primitive, computed with 50 digits (`Tests/Fixtures/Elementwise`).
struct ReferenceRows: Decodable {
  let function: String
  let derivatives: [String]
  let rows: [[Double]]

  init(of opcode: Opcode) throws {
    let path = "Tests/Fixtures/Elementwise/\(opcode.name).json"
    let content = try #require(
      FileManager.default.contents(atPath: PrimitivesPageTests.root.appendingPathComponent(path).path),
      "\(opcode.name) has no \(path): see Docs/AddingAPrimitive.md, The reference numbers")
    self = try JSONDecoder().decode(Self.self, from: content)
  }

  /// The operands, the value as the nearest double and what is left of it, and the derivatives.
  struct Row { let operands: [Double], value: Double, rest: Double, slopes: [Double] }

  func row(_ numbers: [Double], arity: Int) -> Row {
    Row(
      operands: Array(numbers[..<arity]), value: numbers[arity], rest: numbers[arity + 1],
      slopes: Array(numbers[(arity + 2)...]))
  }
}

@Suite("Elementwise primitives agree with 50-digit references") struct ReferenceRowsTests {
  @Test(
    "Every row is within the error that the descriptor states, on every instruction set", arguments: Opcode.allCases)
  func values(opcode: Opcode) throws {
    let reference = try ReferenceRows(of: opcode), limit = PrimitiveTable[opcode].descriptor.accuracy
    #expect(reference.function == opcode.name && reference.rows.count >= 40)
    var inSingle = 0
    for row in reference.rows.map({ reference.row($0, arity: opcode.arity) }) {
      for name in instructionSets {
        func kernel(_ operands: [Tensor]) throws -> Double {
          try with(instructionSet: name) { try Kernels.elementwise(opcode, operands).element(0) }
        }
        let y = try kernel(row.operands.map { Tensor([$0]) })
        let error = abs(y - row.value - row.rest) / row.value.ulp
        // The plain kernels are libm's, whose cube root and decimal logarithm may be a few units off.
        let bound = name == "plain" ? Swift.max(4, limit.double) : limit.double
        #expect(
          error <= bound + 0.01 || y == row.value, "\(name) \(opcode)\(row.operands) = \(y), \(error) ulp, not \(bound)"
        )

        let operands = row.operands.map { Float($0) }, nearest = Float(row.value)
        guard zip(operands, row.operands).allSatisfy({ Double($0) == $1 }), nearest.isNormal || row.value == 0 else {
          continue
        }
        inSingle += 1
        let z = try kernel(operands.map { Tensor(floats: [$0]) })
        let miss = abs(z - row.value) / Double(nearest.ulp)
        #expect(
          miss <= limit.single + 0.01 || Float(z) == nearest,
          "\(name) \(opcode)\(operands) = \(z), \(miss) ulp, not \(limit.single)")
      }
    }
    #expect(inSingle >= 20, "too few rows that a 32-bit float holds")
  }

  @Test("Every local gradient is that of the reference", arguments: Opcode.allCases)
  func slopes(opcode: Opcode) throws {
    let reference = try ReferenceRows(of: opcode)
    for row in reference.rows.map({ reference.row($0, arity: opcode.arity) }) {
      let graph = Graph()
      let inputs = row.operands.enumerated().map { graph.input("x\($0)", $1) }
      let y = graph.record(opcode, inputs), gradients = y.backward()
      #expect(row.slopes.count == (reference.derivatives.isEmpty ? 0 : opcode.arity))
      for (input, slope) in zip(inputs, row.slopes) {
        let computed = try gradients[input]?.scalar() ?? 0
        let close = abs(computed - slope) <= 1e-13 * abs(slope) + 4e-16
        #expect(close, "\(opcode)\(row.operands): ∂ = \(computed), not \(slope)")
      }
      if reference.derivatives.isEmpty { for input in inputs { #expect(gradients[input] == nil) } }
    }
  }
}
