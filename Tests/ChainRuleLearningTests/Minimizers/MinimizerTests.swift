import ChainRuleLearning
import Testing

@Suite struct Minimizers {
  static let methods: [MinimizationMethod] = [.lbfgs(), .newtonCG]

  @Test(arguments: methods) func rosenbrocksValleyIsWalkedToItsEnd(method: MinimizationMethod) throws {
    let objective = try Objective(from: Tensor([-1.2, 1, -1.2, 1])) { x in
      (square(1 - x[0..<3]) + 100 * square(x[1..<4] - square(x[0..<3]))).sum()
    }
    let minimum = try objective.minimize(with: method)
    #expect(minimum.hasConverged)
    for x in minimum.point { #expect(abs(x - 1) < 1e-6, "\(minimum)") }
    #expect(minimum.iterations < 100)
  }

  @Test(arguments: methods) func parametersHoldTheMinimum(method: MinimizationMethod) throws {
    let center = Parameter([3, 4]), scale = Parameter(1)
    let objective = try Objective(of: [center, scale]) { graph in
      square(graph.parameter(center) - graph.constant([1, -1])).sum() + square(graph.parameter(scale) - 0.5)
    }
    #expect(try objective.minimize(with: method).value < 1e-15)
    for (a, b) in zip(center.value.scalars + scale.value.scalars, [1, -1, 0.5]) { #expect(abs(a - b) < 1e-7) }
  }

  @Test func anInfiniteStartIsReported() throws {
    let objective = try Objective(from: Tensor([0])) { log($0).sum() }
    #expect(throws: ChainRuleError.self) { try objective.minimize() }
  }
}
