import Foundation
import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

/// What can be told by a name is everything that there is.
@Suite struct ChoicesByName {
  /// The types in a folder of the library that are declared to be of a kind.
  private func types(in folder: String, of kind: String) throws -> Set<String> {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Sources/ChainRuleTraining/\(folder)")
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil) {
      let pattern = try Regex("(?m)^public (?:struct|final class) (\\w+): .*\\b\(kind)\\b")
      for match in try String(contentsOf: file, encoding: .utf8).matches(of: pattern) {
        names.insert(String(match[1].substring ?? ""))
      }
    }
    return names
  }

  @Test func everyOptimizerHasAName() throws {
    let all = try types(in: "Optimizers", of: "Optimizer")
    let named = Set(OptimizerChoice.allCases.map { "\(type(of: $0.optimizer(rate: $0.usualRate, decay: 0)))" })
    #expect(all.count >= 10)
    #expect(all == named)
  }

  @Test func everyScheduleHasAName() throws {
    let all = try types(in: "Schedules", of: "Schedule")
    let named = Set(ScheduleChoice.allCases.map { "\(type(of: $0.schedule(rate: 1, steps: 7)))" })
    #expect(all.count >= 11)
    #expect(all == named.union(["CustomRate"]))  // a function has no name
  }

  @Test func namesAreReadBackAndDiffer() throws {
    #expect(Set(OptimizerChoice.allCases.map(\.rawValue)).count == OptimizerChoice.allCases.count)
    #expect(Set(ScheduleChoice.allCases.map(\.rawValue)).count == ScheduleChoice.allCases.count)
    for choice in OptimizerChoice.allCases {
      let optimizer = choice.optimizer(rate: 0.25, decay: 0.125)
      #expect(OptimizerChoice(rawValue: choice.rawValue)?.rawValue == choice.rawValue)
      #expect(optimizer.learningRate == 0.25)
      #expect("\(optimizer)".contains("0.125"), "\(choice.rawValue): the decay is not passed on")
    }
    #expect(OptimizerChoice(rawValue: "none") == nil && ScheduleChoice(rawValue: "") == nil)
    for choice in ScheduleChoice.allCases {
      for steps in [0, 1, 2, 1000] { try choice.schedule(rate: 0.1, steps: steps).validate() }
    }
  }

  /// At the end of 100 steps from a rate of 1, by the formulas of Docs/Learning/Optimizers.md.
  @Test(arguments: [
    ("constant", 1), ("step", 0.01), ("multistep", 0.01), ("exponential", 0.01), ("linear", 0.01), ("polynomial", 0),
    ("cosine", 0), ("warmup", 0),
  ]) func aRunEndsAtItsLastRate(name: String, last: Double) throws {
    let choice = try #require(ScheduleChoice(rawValue: name))
    let schedule = choice.schedule(rate: 1, steps: 100)
    #expect(abs(schedule.rate(1, at: ScheduleMoment(time: name == "step" ? 99 : 100)) - last) < 1e-12)
  }
}
