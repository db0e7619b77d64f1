import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleExpression

/// One walk over all descriptors: whoever adds a primitive and leaves something out hears of it here.
@Suite("Every elementwise primitive is complete") struct DescriptorTests {
  @Test("Its type is found by the name of its row", arguments: Opcode.allCases)
  func table(opcode: Opcode) throws {
    let primitive = try #require(PrimitiveTable[opcode] as? any TabulatedPrimitive, "\(opcode.name) has no Swift type")
    #expect(type(of: primitive).opcode == opcode)
    #expect("\(type(of: primitive))" == PrimitiveTable.typeName(of: opcode))
    let gradients = PrimitiveTable.gradients[Int(opcode.rawValue)]
    #expect(gradients.isEmpty == !(primitive is any TabulatedGradients))
    #expect(gradients.isEmpty || gradients.count == opcode.arity)
  }

  @Test("It says what it computes, its derivatives, its domains and its file", arguments: Opcode.allCases)
  func words(opcode: Opcode) {
    let descriptor = PrimitiveTable[opcode].descriptor
    #expect(!descriptor.equation.isEmpty)
    #expect(descriptor.derivatives.count == opcode.arity && descriptor.derivatives.allSatisfy { !$0.isEmpty })
    #expect(descriptor.domains.count == opcode.arity)
    #expect(descriptor.file == "\(PrimitiveTable.typeName(of: opcode)).swift")
    #expect((0.5...4).contains(descriptor.accuracy.single) && (0.5...4).contains(descriptor.accuracy.double))
    #expect(descriptor.kinks.isEmpty || opcode.arity == 1)
  }

  @Test("Its kinks are where its branches change, and nowhere else near", arguments: Opcode.allCases)
  func kinks(opcode: Opcode) throws {
    guard let piecewise = PrimitiveTable[opcode] as? any PiecewisePrimitive else {
      #expect(PrimitiveTable[opcode].descriptor.kinks.isEmpty)
      return
    }
    guard opcode.arity == 1 else { return }
    let points = stride(from: -1.25, through: 1.25, by: 0.25).filter { !piecewise.descriptor.kinks.contains($0) }
    #expect(!piecewise.descriptor.kinks.isEmpty)
    for kink in piecewise.descriptor.kinks {
      let sides = try [kink - 1e-3, kink, kink + 1e-3].map { try piecewise.branches(of: [Tensor($0)]).element(0) }
      #expect(sides[0] != sides[2] || sides[0] != sides[1], "no kink at \(kink)")
    }
    for point in points {
      let sides = try [point - 1e-3, point, point + 1e-3].map { try piecewise.branches(of: [Tensor($0)]).element(0) }
      #expect(Set(sides).count == 1, "an unnamed kink at \(point)")
    }
  }

  @Test("Formulas know it by its name and aliases", arguments: Opcode.allCases)
  func formulas(opcode: Opcode) throws {
    let descriptor = PrimitiveTable[opcode].descriptor
    guard let call = descriptor.call else { return }
    #expect(ExpressionFunction.elementwise.contains { $0.name == call })
    let values = PrimitiveSamples.inside(descriptor.domains, shape: []).map { Double($0.element(0)) }
    let operands = values.map { "\($0)" }.joined(separator: ", ")
    for name in [call] + descriptor.aliases {
      let f = try Expression("\(name)(\(operands))").record(in: Graph(), values: [:])
      let (recorded, computed) = (try f.scalar(), try Kernels.elementwise(opcode, values.map { Tensor($0) }).scalar())
      #expect(abs(recorded - computed) <= 4 * computed.ulp, "\(name)(\(operands))")
    }
  }

  @Test("Text and LaTeX show every operand, and LaTeX is balanced", arguments: Opcode.allCases)
  func notation(opcode: Opcode) throws {
    let graph = Graph(), descriptor = PrimitiveTable[opcode].descriptor
    let inputs = PrimitiveSamples.inside(descriptor.domains, shape: []).enumerated().map {
      graph.input("p\($0)", Double($1.element(0)))
    }
    let f = graph.record(opcode, inputs).named("f")
    let explanation = try f.explain()
    let node = try #require(explanation["f"])
    for position in inputs.indices {
      #expect(node.formula.contains("p\(position)") && node.formulaLaTeX.contains("p_{\(position)}"), "\(node.formula)")
    }
    #expect(node.formulaLaTeX.count { $0 == "{" } == node.formulaLaTeX.count { $0 == "}" })
    #expect(!node.formulaLaTeX.contains("#") && !node.formula.contains("#"))
  }

  @Test("A page computes it, or says why not", arguments: Opcode.allCases)
  func page(opcode: Opcode) throws {
    let graph = Graph(), descriptor = PrimitiveTable[opcode].descriptor
    let inputs = PrimitiveSamples.inside(descriptor.domains, shape: []).enumerated().map {
      graph.input("p\($0)", Double($1.element(0)))
    }
    let f = graph.record(opcode, inputs)
    let script = try #require(descriptor.script, "\(opcode.name) has no instruction for pages")
    let arithmetic = try #require(try f.explain().arithmetic)
    #expect(arithmetic.operations[opcode.name] == script)
    for (position, operand) in ["a", "b", "c"].enumerated() {
      let reads = script.contains(try Regex("\\b\(operand)\\b").wordBoundaryKind(.simple))
      #expect(reads == (position < opcode.arity), "\(script) and \(operand)")
    }
    #expect(try f.explain().html().contains("\(opcode.name):(a,b,c)=>\(script)"))
  }

  /// Bits, since 1/0 and 1/(−0) differ: the larger of 0 and −0 is the first, so maximum does not commute.
  @Test("It commutes exactly where a and b may change places", arguments: Opcode.allCases.filter { $0.arity == 2 })
  func commutes(opcode: Opcode) throws {
    let probes = [0, -0.0, 1, -1, 0.1, -2.5, .leastNonzeroMagnitude, 1e308, .infinity, -.infinity, .nan]
    let a = Tensor(probes.flatMap { [Double](repeating: $0, count: probes.count) })
    let b = Tensor(probes.map { _ in probes }.flatMap { $0 })
    let orders = try [Kernels.elementwise(opcode, [a, b]), Kernels.elementwise(opcode, [b, a])].map(\.scalars)
    let isSame = zip(orders[0], orders[1]).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
    #expect(PrimitiveTable[opcode].descriptor.commutes == isSame)
  }

  @Test("A row without a type is an error that names the type")
  func missingType() {
    let missing = PrimitiveTable.Missing(opcode: .atan)
    #expect(throws: ChainRuleError.self) { _ = try missing.shape(of: [.scalar]) }
    #expect(throws: ChainRuleError.self) { _ = try missing.forward([1]) }
    let graph = Graph()
    let f = graph.record(missing, [graph.input("x", 1)])
    #expect(f.error?.required.contains("struct Atan") == true)
  }
}
