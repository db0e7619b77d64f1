import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// Every primitive, every input: values against differences, the transpose identity, linearity, and in the heavy tier
/// second derivatives.
@Suite struct PrimitiveRegistryTests {
  @Test func everyPrimitiveOfTheSourcesHasASample() throws {
    let names = try PrimitiveSources.names()
    #expect(names.count > 50)
    let sampled = Set(PrimitiveSamples.all.map(\.typeName) + PrimitiveSamples.withoutGradient)
    #expect(names.subtracting(sampled) == [], "these primitives have no sample to check")
  }

  @Test(arguments: PrimitiveSamples.all.filter { $0.typeName != "Argmax" && $0.orders > 0 })
  func gradientsAgree(_ sample: PrimitiveSample) throws {
    let report = try checkPrimitive(sample.primitive, at: sample.inputs)
    #expect(report.verdict == .agree, "\(report)")
  }

  @Test("Where derivatives end, the report says so", arguments: PrimitiveSamples.all.filter { $0.orders == 0 })
  func derivativesEnd(_ sample: PrimitiveSample) throws {
    #expect("\(try checkPrimitive(sample.primitive, at: sample.inputs))".contains("are not computed"))
  }

  @Test(
    .enabled(if: isHeavy), arguments: PrimitiveSamples.all.filter { $0.typeName != "Argmax" && $0.orders > 1 })
  func secondDerivativesAgree(_ sample: PrimitiveSample) throws {
    let report = try checkPrimitive(sample.primitive, at: sample.inputs, order: 2)
    #expect(report.verdict == .agree, "\(report)")
    #expect(report.order == 2)
  }

  @Test func linearMapsAreTransposesOfEachOther() throws {
    var count = 0
    for sample in PrimitiveSamples.all {
      let names = sample.inputs.indices.map { "x\($0)" }
      let local = try LocalCheck(sample.primitive, sample.inputs, names: names, output: "y")
      for index in local.inputs.indices {
        guard
          case .linear = sample.primitive.localGradient(of: local.output, withRespectTo: index, inputs: local.inputs)
        else { continue }
        count += 1
        let mistake = try LinearMap(sample.primitive, local.output, local.inputs, index).mistake()
        #expect(mistake == nil, "\(sample): \(mistake ?? "")")
      }
    }
    #expect(count >= 25)
  }
}
