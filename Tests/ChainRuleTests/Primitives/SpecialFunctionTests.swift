import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore

/// The special functions against 50-digit references and the tables that SciPy is tested with (`Tests/Fixtures/Special`).
@Suite("Special functions") struct SpecialFunctionTests {
  typealias Function = @Sendable ([Node]) -> Node

  /// What is tested, by the names of the fixtures and of `Docs/SpecialFunctions.md`.
  static let functions: [String: Function] = [
    "lgamma": { lgamma($0[0]) }, "digamma": { digamma($0[0]) }, "trigamma": { polygamma(1, $0[0]) },
    "beta": { beta($0[0], $0[1]) }, "erf": { erf($0[0]) }, "erfc": { erfc($0[0]) }, "erfcx": { erfcx($0[0]) },
    "normalCDF": { normalCDF($0[0]) }, "logNormalCDF": { logNormalCDF($0[0]) }, "erfInverse": { erfInverse($0[0]) },
    "normalQuantile": { normalQuantile($0[0]) }, "sinc": { sinc($0[0]) }, "besselI0": { besselI0($0[0]) },
    "besselI1": { besselI1($0[0]) }, "besselI0e": { besselI0e($0[0]) }, "besselI1e": { besselI1e($0[0]) },
    "gammaIncomplete": { gammaIncomplete($0[0], $0[1]) },
    "betaIncomplete": { betaIncomplete($0[0], $0[1], $0[2]) }, "entropy": { entropy($0[0]) },
    "xlogy": { xlogy($0[0], $0[1]) }, "log1mexp": { log1mexp($0[0]) }, "logAddExp": { logAddExp($0[0], $0[1]) },
    "softsign": { softsign($0[0]) }, "sqrt1pm1": { sqrt1pm1($0[0]) }, "hypot": { hypot($0[0], $0[1]) },
    "atan2": { atan2($0[0], $0[1]) },
  ]
  static let names = functions.keys.sorted()

  private struct Table: Decodable {
    let function: String
    let rows: [[Double]]
  }

  private func tables(_ file: String) throws -> [Table] {
    let path = PrimitivesPageTests.root.appendingPathComponent("Tests/Fixtures/Special/\(file).json").path
    return try JSONDecoder().decode([Table].self, from: try #require(FileManager.default.contents(atPath: path)))
  }

  private func miss(_ value: Double, _ expected: Double) -> Double {
    value == expected ? 0 : expected == 0 ? .infinity : abs(value - expected) / expected.ulp
  }

  /// The largest errors of value, first and second derivatives, in units in the last place.
  private func worst(_ name: String) throws -> [Double] {
    let function = try #require(Self.functions[name])
    let table = try #require(try tables("second_order").first { $0.function == name })
    let arity = table.rows[0].count == 4 ? 1 : table.rows[0].count == 8 ? 2 : 3
    var worst = [0.0, 0, 0]
    for row in table.rows {
      let graph = Graph(), x = (0..<arity).map { graph.input("x\($0)", row[$0]) }, y = function(x)
      let slopes = try y.gradients(withRespectTo: x)
      var next = arity
      func compare(_ node: Node?, _ order: Int) throws {
        let value = try node?.scalar() ?? 0, error = miss(value, row[next])
        if error > 4 { Issue.record("\(name)\(row[..<arity]), order \(order): \(value), not \(row[next])") }
        worst[order] = Swift.max(worst[order], error)
        next += 1
      }
      try compare(y, 0)
      for slope in slopes { try compare(slope, 1) }
      for (i, slope) in slopes.enumerated() {
        let second = slope.backward()
        for j in i..<arity { try compare(second[x[j]], 2) }
      }
    }
    return worst
  }

  @Test("Value, gradient and Hessian lie within four units in the last place, as the document says", arguments: names)
  func secondOrder(name: String) throws {
    let path = PrimitivesPageTests.root.appendingPathComponent("Docs/SpecialFunctions.md").path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }, "\(name) is not there")
    let stated = line.split(separator: "|").dropFirst().prefix(3).compactMap {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    let measured = try worst(name)
    print("special: \(name)", measured.map { String(format: "%.2f", $0) }.joined(separator: " "))
    #expect(stated.count == 3)
    for (measured, stated) in zip(measured, stated) { #expect(measured <= stated + 0.05, "\(name)") }
  }

  @Test("SciPy's tables are met within one unit in the last place of the value")
  func scipyTables() throws {
    var known = Self.functions
    known["besselI"] = { $0[1].graph.record(.besselI, $0) }
    let tables = try tables("scipy")
    #expect(tables.count > 20)
    for table in tables {
      let function = try #require(known[table.function])
      for row in table.rows {
        let graph = Graph()
        let y = try function(row.dropLast().map { graph.constant($0) }).scalar()
        #expect(
          miss(y, row[row.count - 1]) <= 1, "\(table.function)\(row.dropLast()) = \(y), not \(row[row.count - 1])")
      }
    }
  }

  @Test("Forward mode gives what reverse mode gives, in tensors and in programs of both precisions", arguments: names)
  func programs(name: String) throws {
    let function = try #require(Self.functions[name])
    let table = try #require(try tables("second_order").first { $0.function == name })
    let arity = table.rows[0].count == 4 ? 1 : table.rows[0].count == 8 ? 2 : 3
    for precision in [Graph.Precision.double, .single] {
      let graph = Graph(precision)
      let values = (0..<arity).map { position in Tensor(table.rows.prefix(8).map { $0[position] }) }
      let x = values.enumerated().map { graph.input("x\($0)", $1) }
      let y = function(x), gradients = try y.sum().gradients(withRespectTo: x)
      let ones = try y.tangent(along: x.map { ($0, graph.constant(Tensor(shape: [8], repeating: 1))) })
      let program = try graph.compile(inputs: x, outputs: [y] + gradients)
      let recorded = try ([y] + gradients).map { try $0.value().scalars }
      for (a, b) in zip(try program.run(try x.map { try $0.value() }), recorded) {
        for (a, b) in zip(a.scalars, b) where a.isFinite || b.isFinite {
          #expect(abs(a - b) <= (precision == .double ? 1e-14 : 1e-5) * Swift.max(abs(b), 1e-300), "\(name)")
        }
      }
      for (index, tangent) in try ones.value().scalars.enumerated() {
        let parts = recorded.dropFirst().map { $0[index] }, sum = parts.reduce(0, +)
        let size = parts.reduce(0) { $0 + abs($1) }
        guard size.isFinite else { continue }
        #expect(abs(tangent - sum) <= (precision == .double ? 1e-14 : 1e-6) * size, "\(name)")
      }
    }
  }
}

/// Edges, conventions, shapes.
@Suite("Special functions at their edges") struct SpecialEdgeTests {
  @Test("values at 0, ∞, NaN, poles and signed zeros")
  func values() throws {
    let graph = Graph(), inf = Double.infinity
    func c(_ x: Double) -> Node { graph.constant(x) }
    let cases: [(Node, Double)] = [
      (lgamma(c(0)), inf), (lgamma(c(-3)), inf), (lgamma(c(inf)), inf), (lgamma(c(1)), 0), (lgamma(c(2)), 0),
      (digamma(c(0)), .nan), (digamma(c(-4)), .nan), (digamma(c(inf)), inf), (polygamma(1, c(-2)), inf),
      (polygamma(2, c(-2)), .nan), (polygamma(0, c(1)), -0.5772156649015329), (polygamma(-1, c(1)), .nan),
      (beta(c(2), c(3)), 1.0 / 12), (beta(c(0), c(3)), inf), (beta(c(-0.5), c(0.5)), 0),
      (erfc(c(0)), 1), (erfc(c(inf)), 0), (erfc(c(-inf)), 2), (erfcx(c(0)), 1), (erfcx(c(inf)), 0),
      (erfcx(c(-inf)), inf), (erfcx(c(1e300)), 5.641895835477562e-301), (normalCDF(c(0)), 0.5),
      (normalCDF(c(-inf)), 0), (normalCDF(c(inf)), 1), (logNormalCDF(c(-inf)), -inf), (logNormalCDF(c(inf)), 0),
      (logNormalCDF(c(-1e10)), -5e19), (erfInverse(c(1)), inf), (erfInverse(c(-1)), -inf), (erfInverse(c(0)), 0),
      (erfInverse(c(1.5)), .nan), (normalQuantile(c(0)), -inf), (normalQuantile(c(1)), inf),
      (normalQuantile(c(0.5)), 0), (sinc(c(0)), 1), (sinc(c(3)), 0), (sinc(c(inf)), 0), (besselI0(c(0)), 1),
      (besselI1(c(0)), 0), (besselI0(c(-inf)), inf), (besselI0e(c(inf)), 0), (gammaIncomplete(c(2), c(0)), 0),
      (gammaIncomplete(c(2), c(inf)), 1), (gammaIncomplete(c(0), c(1)), 1), (gammaIncomplete(c(-1), c(1)), .nan),
      (betaIncomplete(c(2), c(3), c(0)), 0), (betaIncomplete(c(2), c(3), c(1)), 1),
      (betaIncomplete(c(2), c(3), c(2)), .nan), (xlogy(c(0), c(0)), 0), (xlogy(c(0), c(.nan)), .nan),
      (xlogy(c(2), c(0)), -inf), (entropy(c(0)), 0), (entropy(c(-1)), .nan), (log1mexp(c(0)), -inf),
      (log1mexp(c(1)), .nan), (log1mexp(c(-inf)), 0), (logAddExp(c(-inf), c(-inf)), -inf),
      (logAddExp(c(inf), c(-inf)), inf), (logAddExp(c(1000), c(1000)), 1000.6931471805599), (softsign(c(inf)), 1),
      (softsign(c(-inf)), -1), (sqrt1pm1(c(inf)), inf), (sqrt1pm1(c(-1)), -1), (atan2(c(0), c(-1)), .pi),
      (atan2(c(-0.0), c(-1)), -.pi), (atan2(c(0), c(0)), 0), (atan2(c(0), c(-0.0)), .pi), (hypot(c(inf), c(.nan)), inf),
      (hypot(c(0x3p600), c(0x4p600)), 0x5p600), (hypot(c(0x3p-600), c(0x4p-600)), 0x5p-600), (remainder(c(-7), 3), 2),
      (remainder(c(7), -3), -2), (remainder(c(5), 0), .nan), (truncatedRemainder(c(-7), 3), -1),
      (truncatedRemainder(c(7), -3), 1),
    ]
    for (index, (node, expected)) in cases.enumerated() {
      let value = try node.scalar()
      #expect(value == expected || value.isNaN && expected.isNaN, "case \(index): \(value), not \(expected)")
    }
    #expect(try (remainder(c(-6), 3).scalar().sign, remainder(c(6), -3).scalar().sign) == (.plus, .minus))
  }

  @Test("slopes at corners and jumps are the stated ones")
  func conventions() throws {
    func slopes(_ point: [Double], _ f: ([Node]) -> Node) throws -> [Double] {
      let graph = Graph(), x = point.enumerated().map { graph.input("x\($0)", $1) }
      return try f(x).gradients(withRespectTo: x).map { try $0.scalar() }
    }
    #expect(try slopes([0, 0]) { hypot($0[0], $0[1]) } == [0, 0])
    #expect(try slopes([0, 0]) { atan2($0[0], $0[1]) } == [0, 0])
    #expect(try slopes([0, 0]) { xlogy($0[0], $0[1]) } == [-.infinity, 0])
    #expect(try slopes([-7, 3]) { remainder($0[0], $0[1]) } == [1, 3])
    #expect(try slopes([-7, 3]) { truncatedRemainder($0[0], $0[1]) } == [1, 2])
    #expect(try slopes([0]) { besselI0e($0[0]) } == [0])
    #expect(try slopes([0x3p600, 0x4p600]) { hypot($0[0], $0[1]) } == [0.6, 0.8])
    #expect(try slopes([0x3p-600, 0x4p-600]) { hypot($0[0], $0[1]) } == [0.6, 0.8])
  }

  @Test("the checker sees corners and jumps, and agrees beside them")
  func checker() throws {
    func verdict(_ point: [Double], _ f: ([Node]) -> Node) throws -> GradientReport.Verdict {
      let graph = Graph(), x = point.enumerated().map { graph.input("x\($0)", $1) }
      return try checkGradients(of: f(x), withRespectTo: x).verdict
    }
    #expect(try verdict([7.25, 3]) { remainder($0[0], $0[1]) } == .agree)
    #expect(try verdict([6, 3]) { remainder($0[0], $0[1]) } != .disagree)
    #expect(try verdict([0, 0]) { hypot($0[0], $0[1]) } != .disagree)
    #expect(try verdict([0, -1]) { atan2($0[0], $0[1]) } != .disagree)
    #expect(try verdict([2.5, 0.7]) { gammaIncomplete($0[0], $0[1]) } == .agree)
    #expect(try verdict([2.5, 0.7, 0.3]) { betaIncomplete($0[0], $0[1], $0[2]) } == .agree)
  }

  @Test("shapes that do not fit are an error that names the function")
  func shapes() {
    let graph = Graph(), a = graph.input("a", [1, 2]), b = graph.input("b", [1, 2, 3])
    for (name, node) in [
      ("beta", beta(a, b)), ("hypot", hypot(a, b)), ("atan2", atan2(a, b)), ("xlogy", xlogy(a, b)),
      ("logAddExp", logAddExp(a, b)), ("gammaIncomplete", gammaIncomplete(a, b)), ("remainder", remainder(a, b)),
      ("betaIncomplete", betaIncomplete(a, b, b)),
    ] {
      #expect(node.error?.description.contains(name) == true)
    }
    #expect(hypot(a, graph.input("c", [[1], [2]])).shape == [2, 2])
  }
}
