import ChainRuleCore
import ChainRuleMathematics
import Foundation
import Testing

import ChainRuleStableHLO
@testable import ChainRuleXLA

/// What is written, without a plugin.
@Suite struct StableHLOTests {
  @Test func everyRowOfTheKernelsIsWritten() throws {
    for precision in [Graph.Precision.double, .single] {
      for (opcode, _) in PrimitiveTable.descriptors {
        let graph = Graph(precision)
        let inputs = (0..<opcode.arity).map { graph.input("x\($0)", shape: [3]) }
        let f = graph.record(PrimitiveTable[opcode], inputs)
        let text = try graph.stableHLO(inputs: inputs, outputs: [f]).text
        #expect(text.contains("func.func public @main(%arg0: tensor<3x\(precision == .double ? "f64" : "f32")>"))
        #expect(precision == .double || !text.contains("f64"), "\(opcode.name)")
      }
    }
  }

  /// The types of the reference cases' primitives, after the passes.
  private static func typesInCases() throws -> Set<String> {
    var found: Set<String> = []
    for test in EngineCase.all {
      let graph = Graph(.double), (inputs, outputs) = try test.record(graph)
      let program = try graph.portableProgram(inputs: inputs.map(\.node), outputs: outputs)
      for node in program.nodes { if let primitive = node.primitive { found.insert("\(type(of: primitive))") } }
      _ = try StableHLOModule(program)
    }
    return found
  }

  @Test func everyOtherPrimitiveIsInTheReferenceCases() throws {
    let known = try Self.typesInCases()
    let registry: [any DescribedPrimitive.Type] =
      PrimitiveFamilies.reductions + PrimitiveFamilies.linear + PrimitiveFamilies.withoutGradient
      + LinearAlgebraFamily.primitives + OrderFamily.primitives
    let missing = registry.map { "\($0)" }.filter { !known.contains($0) }
    // Draws of these distributions search with a number of steps that chance decides.
    #expect(Set(missing) == ["RandomLogGamma", "LogGammaSlope", "RandomPoisson"])
  }

  @Test(arguments: ["randomGamma", "randomPoisson"])
  func drawsThatSearchAreRefusedByName(_ name: String) throws {
    let graph = Graph(), shape = graph.input("shape", shape: [3])
    let draws =
      name == "randomGamma"
      ? graph.randomLogGamma(concentration: shape, seed: 1) : graph.randomPoisson(rate: shape, seed: 1)
    #expect(draws.error == nil)
    let error = #expect(throws: ChainRuleError.self) { try graph.stableHLO(inputs: [shape], outputs: [draws]) }
    #expect(error?.got == name, "\(String(describing: error))")
  }

  struct Cube: StableHLOPrimitive {
    let name = "cube"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(3 * inputs[0] * inputs[0])
    }
    func stableHLO(_ inputs: [StableHLOValue], in body: StableHLOBuilder) throws -> StableHLOValue {
      inputs[0] * inputs[0] * inputs[0]
    }
  }

  struct Secret: Primitive {
    let name = "secret"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .none(reason: "secret")
    }
  }

  struct Liar: StableHLOPrimitive {
    let name = "liar"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .none(reason: "none")
    }
    func stableHLO(_ inputs: [StableHLOValue], in body: StableHLOBuilder) throws -> StableHLOValue { body.constant(1) }
  }

  @Test func aPrimitiveOfOnesOwnIsWrittenAsItSays() throws {
    let graph = Graph(), x = graph.input("x", shape: [2])
    let text = try graph.stableHLO(inputs: [x], outputs: [graph.record(Cube(), [x])]).text
    #expect(text.components(separatedBy: "stablehlo.multiply").count == 3)
    for primitive in [Secret() as any Primitive, Liar()] {
      let error = #expect(throws: ChainRuleError.self) {
        try graph.stableHLO(inputs: [x], outputs: [graph.record(primitive, [x])])
      }
      #expect(error?.description.contains(primitive.name) == true)
    }
  }

  @Test func argumentsAndResultsComeInTheirOrder() throws {
    let graph = Graph(), x = graph.input("x", shape: [4])
    let slope = graph.parameter(Parameter(2, name: "slope")), count = graph.input("count", 0)
    let f = (slope * x).sum() + count
    let module = try graph.stableHLO(inputs: [x], outputs: [f], updates: [slope: slope * 2, count: count + 1])
    #expect(module.arguments.map(\.name) == ["x", "slope", "count"])
    #expect(module.arguments.map(\.kind) == [.input, .parameter, .state])
    #expect(module.outputCount == 1)
    #expect(module.renewed == [1, 2])
  }

  /// Two pairs of devices: pairs share the batch, each of a pair keeps half of the columns, of the momentum too, and its
  /// memory is given to what renews it. With indices to judge nothing is given away.
  @Test func partsAndDonatedMemoryAreAnnotated() throws {
    let graph = Graph(.double), x = graph.input("x", shape: [6, 3])
    let weight = Parameter(Tensor(shape: [3, 4], repeating: 1)), w = graph.parameter(weight)
    let memory = Parameter(Tensor(shape: [3, 4], repeating: 0), isTrainable: false), m = graph.parameter(memory)
    let f = square(x.matmul(w)).sum(), next = 0.9 * m + (try f.gradients(withRespectTo: [w])[0])
    var program = try graph.portableProgram(inputs: [x], outputs: [f], updates: [(m, next), (w, w - 0.1 * next)])
    program.batched = [0]
    #expect(program.parameters.count == 2)
    let number = try #require(program.parameters.firstIndex { $0 === weight })
    let axes = program.withMemory(of: [number: 1])
    #expect(axes == [0: 1, 1: 1])
    let layout = DeviceLayout(devices: 4, tensorParallel: 2, axes: axes)
    let text = try StableHLOModule(program, layout: layout, donates: true).text
    let part = "mhlo.sharding = \"{devices=[1,2,2]<=[2,2]T(1,0) last_tile_dim_replicate}\""
    #expect(
      text.contains("%arg0: tensor<6x3xf64> {mhlo.sharding = \"{devices=[2,1,2]<=[4] last_tile_dim_replicate}\"}"))
    for (argument, result) in [(1, 1), (2, 2)] {
      let place = text.contains("\(part), tf.aliasing_output = \(result) : i32}")
      #expect(place, "%arg\(argument) \(text.prefix(900))")
    }
    #expect(text.components(separatedBy: part).count == 5)
    let alone = try StableHLOModule(program, donates: true).text
    #expect(!alone.contains("sharding") && alone.components(separatedBy: "tf.aliasing_output").count == 3)

    let at = graph.input("at", shape: [2], indices: true)
    let judged = try graph.portableProgram(
      inputs: [x, at], outputs: [x.gathered(at: at).sum()], updates: [(w, w * 2)])
    #expect(try !StableHLOModule(judged, checksIndices: true, donates: true).text.contains("aliasing"))
  }

  @Test func numbersAreWrittenExactly() throws {
    let graph = Graph(.double), x = graph.input("x", shape: [])
    for (value, text) in [
      (0.1, "dense<0.1>"), (1e-300, "dense<1.0e-300>"), (-.infinity, "0xFFF0000000000000"), (1e22, "dense<1.0e+22>"),
    ] as [(Double, String)] {
      #expect(try graph.stableHLO(inputs: [x], outputs: [x * value + 3]).text.contains(text), "\(value)")
    }
  }
}
