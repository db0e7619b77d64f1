import ChainRuleLearning

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The schedules that `--schedule` names, each laid out over the whole run.
enum ScheduleChoice: String, CaseIterable, Codable {
  case constant, step, multistep, exponential, cosine, restarts, warmup, onecycle, plateau

  /// - Parameters:
  ///   - rate: the learning rate, which one-cycle takes as its peak.
  ///   - steps: all steps of the run.
  func schedule(rate: Double, steps: Int) -> (any Schedule)? {
    let steps = Swift.max(steps, 1)
    switch self {
    case .constant: return nil
    case .step: return StepDecay(every: part(steps, 3))
    case .multistep: return MultiStepDecay(at: [steps / 2, 3 * steps / 4])
    case .exponential: return ExponentialDecay(factor: pow(0.01, 1 / Double(steps)))
    case .cosine: return CosineAnnealing(over: steps)
    case .restarts: return WarmRestarts(every: part(steps, 7), growingBy: 2)
    case .warmup:
      let rise = part(steps, 10)
      return Warmup(over: rise, from: 0.01, then: CosineAnnealing(over: Swift.max(steps - rise, 1)))
    case .onecycle: return OneCycle(peak: rate, over: steps)
    case .plateau: return ReduceOnPlateau(factor: 0.3, patience: 3)
    }
  }

  /// So many steps that `count` such parts cover all.
  private func part(_ steps: Int, _ count: Int) -> Int { (steps + count - 1) / count }

  /// What it does, for people.
  var words: String {
    switch self {
    case .constant: "the same rate throughout"
    case .step: "a tenth after each third of the run"
    case .multistep: "a tenth at one half, and again at three quarters"
    case .exponential: "down to a hundredth, by the same factor in each step"
    case .cosine: "half a cosine wave down to 0"
    case .restarts: "three cosine waves, each twice as long as the one before"
    case .warmup: "up during the first tenth, then a cosine wave down to 0"
    case .onecycle: "from a 25th up to the rate and far down, momentum the other way"
    case .plateau: "times 0.3 when the test loss has not fallen for 3 epochs"
    }
  }
}
