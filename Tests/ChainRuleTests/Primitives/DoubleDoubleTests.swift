import ChainRule
import Testing

@testable import ChainRuleCore

/// Twice the precision against 50-digit references: 28 digits at least.
@Suite struct DoubleDoubleTests {
  @Test("every kernel's precise form", arguments: Opcode.allCases)
  func kernels(opcode: Opcode) throws {
    let reference = try ReferenceRows(of: opcode)
    for row in reference.rows.map({ reference.row($0, arity: opcode.arity) }) {
      let isAngle = opcode == .sin || opcode == .cos
      if isAngle && row.operands[0].magnitude >= 1e15 { continue }
      guard let value = opcode.precise(row.operands.map { DoubleDouble($0) }) else { return }  // counted below
      guard row.value.isFinite, row.value.magnitude > 1e-280 else {
        #expect(value.high == row.value || (value.high - row.value).magnitude < 1e-280)
        continue
      }
      let miss = (value - DoubleDouble(row.value) - DoubleDouble(row.rest)).magnitude.high
      #expect(miss <= 0x1p-93 * row.value.magnitude, "\(opcode.name)\(row.operands): off by \(miss / row.value)")
    }
  }

  @Test("the forms that there are")
  func forms() {
    let known = Opcode.allCases.filter { $0.precise([0.5, 0.25, 2].prefix($0.arity).map { DoubleDouble($0) }) != nil }
    #expect(known.count >= 48)
  }

  @Test("identities that a double would not hold")
  func identities() throws {
    for x in [1e-9, 0.3, 1.7, 12, 300] {
      let t = DoubleDouble(x) + DoubleDouble(x * 1e-20)
      let (sine, cosine) = t.sineAndCosine
      #expect((sine * sine + cosine * cosine - 1).magnitude.high < 1e-30)
      #expect((t.exp.log - t).magnitude.high < 1e-30 * Swift.max(x, 1))
      #expect((t.squareRoot * t.squareRoot - t).magnitude.high < 1e-30 * x)
      #expect((t.cubeRoot.raised(to: 3) - t).magnitude.high < 1e-29 * x)
      #expect((t / 3 * 3 - t).magnitude.high < 1e-30 * x)
    }
  }

  @Test("sums, products, softmax and moves keep the digits that cancel")
  func tensors() throws {
    let graph = Graph()
    let x = graph.input("x", [[1e17, 1], [-1e17, 2]]), w = graph.input("w", [[1, 3], [1, 4]])
    func elements(_ node: Node) throws -> [DoubleDouble] {
      var found: [Int32: [DoubleDouble]] = [:]
      for id in 0...node.id {
        found[id] =
          graph.isOperation(id)
          ? try #require(try graph.precise(id, from: graph.inputs(of: id).map { found[$0] ?? [] }))
          : graph.tensor(of: id).scalars.map { DoubleDouble($0) }
      }
      return found[node.id] ?? []
    }
    #expect(try elements(x.sum()).map(\.high) == [3])
    #expect(try elements(x.transposed().matmul(w)).map(\.high) == [0, -1e17, 3, 11])
    #expect(try elements(x.cumulativeSum(axis: 0)).map(\.high) == [1e17, 1, 0, 3])
    #expect(try elements(x.padded(before: [0, 1], after: [0, 0], value: 7)[1]).map(\.high) == [7, -1e17, 2])
    #expect(try elements(softmax(w, axis: 1).sum(axes: [1])).allSatisfy { ($0 - 1).magnitude.high < 1e-31 })
    let gap = try elements(logSumExp(w, axes: [0]) - log(exp(w).sum(axes: [0])))
    #expect(gap.allSatisfy { $0.magnitude.high < 1e-30 })
  }
}
