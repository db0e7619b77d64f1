import ChainRuleCore

/// Tries a stencil at steps over many scales and keeps the best extrapolation for every output.
///
/// It starts at an eighth of |x|. Where truncation dominates, or the stencil leaves the domain or crosses a branch,
/// smaller steps follow; where round-off dominates, larger ones.
struct StepSearch {
  /// Exponents of two: the first step to try, the smallest and the largest that make sense.
  var start: Int, lowest: Int, highest: Int
  /// The parts of the slopes' sizes at which a bar is small enough to stop.
  let targets: [Double]
  let power: Int
  let steps: Steps

  private(set) var best: [Slope] = []
  /// What stood in the way, from the last attempt that failed.
  private(set) var trouble: Difference.Trouble?
  /// Whether trouble was only ever on one side.
  private(set) var leftWasClean = true, rightWasClean = true

  static let accuracy = 1e-9

  init(start: Int, lowest: Int, highest: Int, targets: [Double], power: Int, steps: Steps) {
    (self.start, self.lowest, self.highest) = (start, lowest, Swift.max(start, highest))
    (self.targets, self.power, self.steps) = (targets, power, steps)
    best = targets.map { _ in Slope() }
    isStill = targets.map { _ in false }
  }

  /// Outputs that claim no slope and did not move even at large steps: nobody looks further.
  private var isStill: [Bool]
  private var largeEnough: Int { Swift.max(start, -3) + 8 }

  var isSatisfied: Bool { best.indices.allSatisfy { isStill[$0] || isGood(best[$0], targets[$0]) } }

  func isGood(_ slope: Slope, _ target: Double) -> Bool {
    // What does not move over the first steps has no slope there, whatever it does farther away. Below them it may be a
    // plateau between two roundings.
    if slope.isFlat, slope.step < Double(sign: .plus, exponent: Swift.max(-1074, start - 2), significand: 1) {
      return false
    }
    return slope.bar <= Self.accuracy * Swift.max(target, slope.value.magnitude)
  }

  mutating func run(_ difference: (Double) -> Difference) {
    findStill(difference)
    guard !isSatisfied else { return }
    var (low, high, down, up) = (start, start, 4, 4)
    var lowState = attempt(start, difference)
    var highState = lowState
    for _ in 0..<32 where !isSatisfied {
      if lowState.wantsSmaller, low > lowest {
        low = Swift.max(lowest, low - down)
        if down < 256, low < start - 12 { down *= 2 }
        lowState = attempt(low, difference)
      } else if highState == .noisy, high < highest {
        high = Swift.min(highest, high < -8 && highest > -3 && high > start ? -3 : high + up)
        if up < 256, high > start + 8 { up *= 2 }
        highState = attempt(high, difference)
      } else {
        break
      }
    }
    refine(difference)
  }

  /// Outputs that claim no slope and have the same bits over the first steps, wide ones, and between need no scheme.
  private mutating func findStill(_ difference: (Double) -> Difference) {
    guard targets.contains(0), largeEnough <= highest else { return }
    var still = targets.map { $0 == 0 }, last = best
    for (number, exponent) in [(0, start), (1, start), (2, start), (0, (start + largeEnough) / 2), (0, largeEnough)] {
      guard
        case .slopes(let slopes, let noises, let bends, let step) = difference(steps.step(number, exponent: exponent))
      else { return }
      for output in still.indices where still[output] {
        guard slopes[output] == 0, bends[output] == 0 else {
          still[output] = false
          continue
        }
        (last[output].value, last[output].truncation, last[output].isFlat) = (0, 0, true)
        (last[output].noise, last[output].bar, last[output].step) = (noises[output], noises[output], step)
        last[output].first = (step, 0, 0)
      }
    }
    for output in still.indices where still[output] { (best[output], isStill[output]) = (last[output], true) }
  }

  /// Between the largest step at which rounding dominated and the smallest at which something else did.
  private mutating func refine(_ difference: (Double) -> Difference) {
    for _ in 0..<4 where !isSatisfied {
      guard let noisy = states.filter({ $0.value == .noisy }).keys.max(),
        let other = states.filter({ $0.key > noisy && $0.value.wantsSmaller }).keys.min(), other - noisy > 1
      else { return }
      _ = attempt((noisy + other) / 2, difference)
    }
  }

  private var states: [Int: State] = [:]

  /// What an attempt teaches about where to go on.
  private enum State {
    case smooth, truncated, noisy, blocked
    var wantsSmaller: Bool { self == .truncated || self == .blocked }
  }

  /// One extrapolation from steps 2^exponent downwards.
  private mutating func attempt(_ exponent: Int, _ difference: (Double) -> Difference) -> State {
    let state = extrapolate(exponent, difference)
    states[exponent] = state
    return state
  }

  private mutating func extrapolate(_ exponent: Int, _ difference: (Double) -> Difference) -> State {
    let open = targets.indices.filter { !isStill[$0] }
    var scheme = Extrapolation(power: power, outputs: open.count)
    for count in 0..<Steps.count {
      switch difference(steps.step(count, exponent: exponent)) {
      case .trouble(let found):
        trouble = found
        if found.left { leftWasClean = false }
        if found.right { rightWasClean = false }
        return .blocked
      case .slopes(let slopes, let noises, let bends, let step):
        func part(_ values: [Double]) -> [Double] { open.count == values.count ? values : open.map { values[$0] } }
        scheme.add(step: step, part(slopes), noises: part(noises), bends: part(bends))
      }
      if count >= 2, scheme.best.allSatisfy(\.isFlat) { break }
      if count >= 4, zip(scheme.best, open).allSatisfy({ $0.isFlat || isGood($0, targets[$1]) }) { break }
    }
    return keep(scheme.best, of: open, exponent)
  }

  private mutating func keep(_ slopes: [Slope], of open: [Int], _ exponent: Int) -> State {
    var isTruncated = false, isNoisy = false
    for (output, slope) in zip(open, slopes) {
      // A larger step at which nothing moves says more than a smaller one; a step at which something moves, more yet.
      if slope.isBetter(than: best[output])
        || (best[output].isFlat && !slope.isFlat && slope.bar < slope.value.magnitude / 8)
      {
        best[output] = slope
      }
      if slope.isFlat, targets[output] == 0, exponent >= largeEnough { isStill[output] = true }
      if isGood(slope, targets[output]) || isStill[output] { continue }
      if 2 * slope.truncation > slope.noise { isTruncated = true } else { isNoisy = true }
    }
    return isTruncated ? .truncated : isNoisy ? .noisy : .smooth
  }
}
