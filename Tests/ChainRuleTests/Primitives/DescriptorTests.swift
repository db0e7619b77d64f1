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

  @Test("It says what it computes, its derivatives, its domains, its course and its file", arguments: Opcode.allCases)
  func words(opcode: Opcode) {
    let descriptor = PrimitiveTable[opcode].descriptor
    #expect(!descriptor.equation.isEmpty, "\(opcode.name) has no equation")
    #expect(
      descriptor.derivatives.count == opcode.arity && descriptor.derivatives.allSatisfy { !$0.isEmpty },
      "\(opcode.name) needs \(opcode.arity) derivatives, one for each input, and has \(descriptor.derivatives)")
    #expect(
      descriptor.domains.count == opcode.arity,
      "\(opcode.name) needs \(opcode.arity) domains, one for each input, and has \(descriptor.domains)")
    #expect(descriptor.file == "\(PrimitiveTable.typeName(of: opcode)).swift")
    let accuracy = descriptor.accuracy
    #expect(accuracy == .none || ((0.5...4).contains(accuracy.single) && (0.5...4).contains(accuracy.double)))
    #expect(descriptor.course != nil)
    #expect(descriptor.kinks.isEmpty || opcode.arity == 1)
  }

  @Test("Formulas call the other primitives by their descriptors' names, and no other name stands among them")
  func otherPrimitives() {
    let listed = ExpressionFunction.reductions + ExpressionFunction.arrangements + ExpressionFunction.windows
    #expect(Set(listed.map(\.name)) == Set(PrimitiveFamilies.called.keys))
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

  /// Found here, since the functions of formulas are a dictionary, in which the last to come wins.
  @Test("No two primitives go by one name in formulas")
  func namesAreTakenOnce() {
    var owners: [String: String] = [:]
    for (opcode, descriptor) in PrimitiveTable.descriptors {
      guard let call = descriptor.call else { continue }
      for name in [call] + descriptor.aliases {
        if let owner = owners.updateValue(opcode.name, forKey: plain(name)) {
          Issue.record("\(owner) and \(opcode.name) both go by \(name)")
        }
      }
    }
    for function in ExpressionFunction.all.dropFirst(ExpressionFunction.elementwise.count) {
      for name in [function.name] + function.aliases {
        if let owner = owners.updateValue(function.name, forKey: plain(name)) {
          Issue.record("\(owner) and \(function.name) both go by \(name)")
        }
      }
    }
  }

  /// Capitals and `_` do not count in formulas.
  private func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" } }

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
  @Test("Its value is a number where its domains say that it has one", arguments: Opcode.allCases)
  func domains(opcode: Opcode) throws {
    for operands in samples(opcode) {
      let y = try Kernels.elementwise(opcode, operands.map { Tensor($0) }).element(0)
      #expect(
        y.isFinite,
        "\(opcode.name)\(operands) is \(y), and the domains are \(PrimitiveTable[opcode].descriptor.domains)")
    }
  }

  /// Points inside the domains, at and beside kinks, and equal ones.
  private func samples(_ opcode: Opcode) -> [[Double]] {
    let descriptor = PrimitiveTable[opcode].descriptor
    let drawn = (1...40).map { seed in
      PrimitiveSamples.inside(descriptor.domains, shape: [], seed: UInt64(100 * seed)).map { $0.element(0) }
    }
    let pieces = descriptor.kinks.flatMap { kink in [kink - 0.25, kink, kink + 0.25].map { [$0] } }
    return drawn + pieces + (descriptor.domains.count == 2 ? [[1, 1], [1, 2], [2, 1]] : [])
  }

  private func agrees(_ page: Double, with kernel: Double) -> Bool {
    abs(page - kernel) <= 1e-14 * Swift.max(abs(kernel), 1)
  }

  /// The reader knows what instructions are made of but for functions of their own, which need an engine.
  @Test("The instruction of pages computes what the kernel computes", arguments: Opcode.allCases)
  func pageValues(opcode: Opcode) throws {
    let script = try #require(PrimitiveTable[opcode].descriptor.script, "\(opcode.name) has no instruction")
    guard !script.contains("=>") else { return }
    let instruction = try PageInstruction(script)
    for operands in samples(opcode) {
      let kernel = try Kernels.elementwise(opcode, operands.map { Tensor($0) }).element(0)
      let page = try instruction.value(operands)
      #expect(agrees(page, with: kernel), "\(opcode.name)\(operands) is \(kernel), and \(script) makes \(page)")
    }
  }

  @Test(
    "Node.js computes what the kernels compute", .enabled(if: JavaScript.node != nil, "Node.js runs the instructions"))
  func pageValuesInNode() throws {
    let all = Opcode.allCases.map { (opcode: $0, samples: samples($0)) }
    let lines = all.map { opcode, samples in
      let script = PrimitiveTable[opcode].descriptor.script ?? "NaN"
      return "\(samples).map(([a,b,c])=>\(script))"
    }
    let said = try JavaScript.run("console.log(JSON.stringify([\(lines.joined(separator: ","))]))")
    let values = try JSONDecoder().decode([[Double?]].self, from: Data(said.utf8))
    for ((opcode, samples), pages) in zip(all, values) {
      for (operands, page) in zip(samples, pages) {
        let kernel = try Kernels.elementwise(opcode, operands.map { Tensor($0) }).element(0)
        #expect(
          agrees(page ?? .nan, with: kernel), "\(opcode.name)\(operands) is \(kernel), a page makes \(page ?? .nan)")
      }
    }
  }

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
