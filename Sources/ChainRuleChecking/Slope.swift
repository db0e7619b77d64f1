import ChainRuleCore

/// A derivative found from function values alone, with its error bar and how it was found.
struct Slope {
  var value = Double.nan
  var bar = Double.infinity
  var truncation = Double.infinity
  var noise = Double.infinity
  var step = 0.0
  var stencil = GradientReport.Entry.Stencil.central
  /// Every difference that the answer was made of was exactly zero: the output did not move at all.
  var isFlat = false
  /// At the first step of the scheme: the step, the difference, and how far the two sides leave the line.
  var first = (step: 0.0, difference: 0.0, bend: 0.0)
  /// The function's own scale of slopes around 0, and where a branch changes smoothly; 0 elsewhere.
  var scale = 0.0
  /// Below the steps the function does something that no step resolves.
  var isUnresolved = false
  var kink: TwoSlopes?
  var note = ""

  init(isFlat: Bool = false) { self.isFlat = isFlat }
}

extension Slope {
  /// The smaller bar is better. Where two bars exclude each other, the wider stencil missed something near the point:
  /// then the one with smaller steps is, if it shows any digits.
  func isBetter(than other: Slope) -> Bool {
    let excludes = (value - other.value).magnitude > bar + other.bar
    if excludes, step < other.step, bar <= 1e-3 * value.magnitude { return true }
    if excludes, step > other.step, other.bar <= 1e-3 * other.value.magnitude { return false }
    return bar < other.bar
  }
}

/// What a stencil of one step saw: a difference per output, or why there is none.
enum Difference {
  /// At the step that was taken: the differences, the bounds of their round-off, and |f(x+h) − 2f(x) + f(x−h)|/h.
  case slopes([Double], noises: [Double], bends: [Double], step: Double)
  case trouble(Trouble)

  struct Trouble {
    /// On which side the function is not finite, or took another branch.
    var left = false, right = false
    var notFinite = false
    var flip: PerturbedEvaluation.Flip?
  }
}
