import ChainRule

/// Steps of training whose compiling is timed: each within no limit, and within those of the table of memory.
private let compiled: [(name: String, record: @Sendable () throws -> RecordedModel)] =
  limited + [("chain-10000-tensors", { @Sendable in tensorChain(10_000) })]

@Sendable private func tensorChain(_ count: Int) -> RecordedModel {
  let graph = Graph(.single), w = graph.parameter(Parameter(Tensor(shape: [16], repeating: 0.5), name: "w"))
  var y = w
  for _ in 0..<count / 6 { y = sin(y * w) }
  return RecordedModel(graph: graph, inputs: [], loss: y.sum(), parameters: [w], values: [])
}

/// Prints milliseconds, the best of a few; with `showsPlans` what was compiled too, to hold two builds beside each other.
func printCompiling(showsPlans: Bool) throws {
  for (name, record) in compiled {
    let model = try record(), updates = try model.steps(rate: 0.01)
    var use: MemoryUse?
    for share in [1, 0.75, 0.5, 0.25] {
      let limit = use.map { $0.fixed + $0.scratch + Int(share * Double($0.arena)) }
      var program: Program?, least = Double.infinity
      do {
        for _ in 0..<(limit == nil ? 10 : 3) {
          let time = try ContinuousClock().measure {
            program = try model.graph.compile(
              inputs: model.inputs, outputs: [model.loss], updates: updates, memoryLimit: limit)
          }
          least = Swift.min(least, milliseconds(time))
        }
      } catch let error as ChainRuleError { print("\(name), \(share): \(error)") }
      guard let program else { continue }
      use = use ?? program.memoryUse
      if showsPlans {
        print("\(name), \(share): \(program.memoryUse.total) bytes\n\(program)")
      } else {
        print("\(name), \(share): \(rounded(least)) ms")
      }
    }
  }
}
