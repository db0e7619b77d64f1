import ChainRuleLearning
import Testing

/// Fifty steps of every schedule beside those of PyTorch.
@Suite struct SchedulesAgreeWithPyTorch {
  static let cases = Golden.cases(of: "schedules")

  @Test(arguments: cases) func rateAndMomentum(golden: GoldenCase) throws {
    let schedule = try #require(golden.schedule, "\(golden.name)")
    let base = try #require(golden.json["base_lr"].double)
    let metrics = golden.json["metrics"].scalars, momenta = golden.json["momentum"].scalars
    let rates = golden.json["lr"].scalars
    #expect(rates.count == 50)
    for (time, expected) in rates.enumerated() {
      let moment = ScheduleMoment(time: time, losses: Array(metrics.prefix(time)))
      let rate = schedule.rate(base, at: moment)
      #expect(abs(rate - expected) <= 1e-10 * expected + 1e-12, "\(golden.name), rate at \(time)")
      if time < momenta.count {
        let momentum = try #require(schedule.momentum(at: moment))
        #expect(abs(momentum - momenta[time]) <= 1e-10, "\(golden.name), momentum at \(time)")
      }
    }
  }

  @Test func everyCaseIsThere() { #expect(Self.cases.count == 18) }
}

extension GoldenCase {
  fileprivate var schedule: (any Schedule)? {
    let h = json["hyperparameters"]
    func number(_ key: String) -> Double { h[key].double ?? 0 }
    func int(_ key: String) -> Int { h[key].int ?? 0 }
    switch json["schedule"].string {
    case "constant": return ConstantRate()
    case "StepLR": return StepDecay(every: int("step_size"), factor: number("gamma"))
    case "MultiStepLR": return MultiStepDecay(at: h["milestones"].ints, factor: number("gamma"))
    case "ExponentialLR": return ExponentialDecay(factor: number("gamma"))
    case "CosineAnnealingLR": return CosineAnnealing(over: int("T_max"), downTo: number("eta_min"))
    case "CosineAnnealingWarmRestarts":
      return WarmRestarts(every: int("T_0"), growingBy: int("T_mult"), downTo: number("eta_min"))
    case "LinearLR":
      return LinearChange(from: number("start_factor"), to: number("end_factor"), over: int("total_iters"))
    case "PolynomialLR": return PolynomialDecay(over: int("total_iters"), power: number("power"))
    case "warmup_cosine":
      return Warmup(
        over: int("warmup"), from: number("start_factor"),
        then: CosineAnnealing(over: int("T_max"), downTo: number("eta_min")))
    case "OneCycleLR":
      return OneCycle(
        peak: number("max_lr"), over: int("total_steps"), rise: number("pct_start"),
        shape: h["anneal_strategy"].string == "linear" ? .linear : .cosine, startDivisor: number("div_factor"),
        endDivisor: number("final_div_factor"), hasThreePhases: h["three_phase"].bool ?? false,
        momenta: number("base_momentum")...number("max_momentum"))
    case "ReduceLROnPlateau":
      let threshold = number("threshold")
      return ReduceOnPlateau(
        factor: number("factor"), patience: int("patience"),
        threshold: h["threshold_mode"].string == "abs" ? .absolute(threshold) : .relative(threshold),
        cooldown: int("cooldown"), lowest: number("min_lr"), isScore: h["mode"].string == "max")
    default: return nil
    }
  }
}
