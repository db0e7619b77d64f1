import CKernels
import Foundation
import Testing

@testable import ChainRuleCore

/// On-demand evaluation and programs must agree to rounding, whatever the passes and the number of threads.
struct Differential {
  let precision: Graph.Precision
  /// The kernels that programs are made for and run with on this thread; `nil` for the machine's best.
  var instructionSet: String?

  /// The first disagreement of a random graph, or `nil`.
  func disagreement(seed: UInt64, size: Int, options: CompileOptions, threads: Int) throws -> String? {
    let random = RandomGraph(seed: seed, size: size, precision: precision)
    let expected = try random.outputs.map { try $0.value() }
    let renewed = try random.updates.map { try $0.1.value() }
    let before = random.parameters.map(\.value)
    var options = options
    options.includesRegisteredUpdates = true
    if seed % 2 == 1 { options.leastRematerializedBytes = 0 }
    for (leaf, next) in random.updates { try random.graph.update(leaf, to: next) }
    // What is prepared for one instruction set is run with it; on-demand evaluation above used the machine's best.
    if let instructionSet { cr_select_isa_of_thread(instructionSet) }
    defer { cr_select_isa_of_thread(nil) }
    let program = try random.graph.compile(inputs: random.inputs, outputs: random.outputs, options: options)
    program.threads = threads
    let results = try program.run(random.values)
    for (index, pair) in zip(results, expected).enumerated() {
      if let difference = difference(pair.0, pair.1) { return "output \(index): \(difference)" }
    }
    for ((leaf, _), value) in zip(random.updates, renewed) {
      guard let parameter = random.parameters.first(where: { random.graph.parameter($0) == leaf }) else { continue }
      if let difference = difference(parameter.value, value) { return "update: \(difference)" }
    }
    // The values read before the run are not changed by it, and a second run from them gives the same bits.
    for (parameter, value) in zip(random.parameters, before) { parameter.value = value }
    var again = results
    try program.run(random.values, into: &again)
    for (one, other) in zip(results, again) where !isSame(one, other) { return "a second run differs" }
    return nil
  }

  private func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
    a.shape == b.shape && zip(a.scalars, b.scalars).allSatisfy { $0.bitPattern == $1.bitPattern || $0 == $1 }
  }

  private func difference(_ a: Tensor, _ b: Tensor) -> String? {
    guard a.shape == b.shape, a.elementType == b.elementType else {
      return "\(a.shape) \(a.elementType) for \(b.shape) \(b.elementType)"
    }
    let scale = 1 + (b.scalars.map { Swift.abs($0) }.filter { $0.isFinite }.max() ?? 0)
    let tolerance = (precision == .double ? 1e-9 : 3e-3) * scale
    for (index, (x, y)) in zip(a.scalars, b.scalars).enumerated() {
      if x == y || (x.isNaN && y.isNaN) || Swift.abs(x - y) <= tolerance { continue }
      return "\(x) for \(y) at \(index) of shape \(a.shape)"
    }
    return nil
  }

  /// Checks a seed; a failure is first made as small as it stays wrong.
  func check(seed: UInt64, size: Int, options: CompileOptions = CompileOptions(), threads: Int = 1) throws {
    guard try disagreement(seed: seed, size: size, options: options, threads: threads) != nil else { return }
    var smallest = size
    for smaller in 1..<size where try disagreement(seed: seed, size: smaller, options: options, threads: threads) != nil
    {
      smallest = smaller
      break
    }
    let random = RandomGraph(seed: seed, size: smallest, precision: precision)
    let what = try disagreement(seed: seed, size: smallest, options: options, threads: threads) ?? ""
    Issue.record(
      """
      seed \(seed), size \(smallest), \(precision), passes \(options.passes.rawValue), threads \(threads): \(what)
      \(random.steps.joined(separator: "\n"))
      """)
  }
}

private let seeds: Range<UInt64> = 0..<(isHeavy ? 4000 : 100)

@Test(arguments: [Graph.Precision.double, .single])
func programsAgreeWithEvaluationOnDemand(precision: Graph.Precision) throws {
  for seed in seeds { try Differential(precision: precision).check(seed: seed, size: 3 + Int(seed % 23)) }
}

@Test(arguments: CompileOptions.Passes.named.map(\.name))
func programsAgreeWithoutEachPass(name: String) throws {
  let pass = CompileOptions.Passes.named.first { $0.name == name }?.pass ?? []
  for seed in seeds.lowerBound..<(seeds.upperBound / 4) {
    let options = CompileOptions(passes: CompileOptions.Passes.all.subtracting(pass))
    try Differential(precision: .double).check(seed: seed, size: 3 + Int(seed % 19), options: options)
  }
}

@Test func programsAgreeWithoutAnyPassAndOnTwoThreads() throws {
  for seed in seeds.lowerBound..<(seeds.upperBound / 4) {
    try Differential(precision: .double).check(
      seed: seed, size: 3 + Int(seed % 19), options: CompileOptions(passes: []))
    try Differential(precision: .single).check(seed: seed, size: 3 + Int(seed % 19), threads: 2)
  }
}

@Test(arguments: instructionSets)
func programsAgreeOnEachInstructionSet(name: String) throws {
  for seed in seeds.lowerBound..<(seeds.upperBound / 4) {
    let precision: Graph.Precision = seed % 2 == 0 ? .double : .single
    try Differential(precision: precision, instructionSet: name).check(seed: seed, size: 3 + Int(seed % 21))
  }
}
