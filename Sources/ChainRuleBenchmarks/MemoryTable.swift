import ChainRule

/// A step of training within limits of memory: what the planner needs and how long a step takes, as the limit falls.
let limited: [(name: String, record: @Sendable () throws -> RecordedModel)] = [
  ("mlp-1024x4-b256", { perceptron([1024, 1024, 1024, 1024, 1024], batch: 256) }),
  ("lenet-b64", { leNet() }),
  ("transformer-block-b8-t128-d256", { transformerBlock() }),
  ("resblock-b32-c32-16x16", { residualBlock() }),
  ("lstm-b32-t64-i64-h128", { try lstm() }),
  ("gpt-mini-b8-t128-d128-l4", { gptMini() }),
]

/// Prints megabytes in all and between steps, and milliseconds, for limits that take away quarters of what lies between
/// steps.
func printMemoryTable(threads: Int) throws {
  print("workload, planned MB, of these between steps MB, compile ms, step ms")
  for (name, record) in limited {
    let first = try record(), updates = try first.steps(rate: 0.01)
    var use: MemoryUse?
    for share in [1, 0.75, 0.5, 0.25] {
      let limit = use.map { $0.fixed + $0.scratch + Int(share * Double($0.arena)) }
      do {
        var program: Program?
        let compiling = try ContinuousClock().measure {
          program = try first.graph.compile(
            inputs: first.inputs, outputs: [first.loss], updates: updates, memoryLimit: limit)
        }
        guard let program else { continue }
        use = use ?? program.memoryUse
        let time = try seconds(of: program, first.values, threads: threads)
        let (total, arena) = (Double(program.memoryUse.total) / 1e6, Double(program.memoryUse.arena) / 1e6)
        let times = "\(rounded(milliseconds(compiling))), \(rounded(time * 1e3))"
        print("\(name), \(rounded(total)), \(rounded(arena)), \(times)")
      } catch let error as ChainRuleError { print("\(name): \(error)") }
    }
  }
}

func milliseconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
}

func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }

extension RecordedModel {
  /// w ← w − rate · gradient for every parameter.
  func steps(rate: Double) throws -> [(state: Node, next: Node)] {
    zip(parameters, try gradients()).map { ($0, $0 - rate * $1) }
  }
}
