/// An option of a function, `axis: 0`: declared here once, under every name that people write for it.
package struct ExpressionOption: Sendable, Hashable {
  /// The name that help and forms use.
  package let name: String
  /// The name and what other frameworks call it.
  package let names: [String]

  private init(_ name: String, _ aliases: String...) {
    self.name = name
    names = [name] + aliases
  }

  /// Whether somebody who writes `label` means this option; capitals and `_` do not count.
  func isCalled(_ label: String) -> Bool { names.contains { plain($0) == plain(label) } }

  static let axis = ExpressionOption("axis", "axes")
  /// The order of all axes, of which `axis` names some.
  static let order = ExpressionOption("axes")
  static let keepingDimensions = ExpressionOption("keepingDimensions", "keepdims", "keepdim")
  static let correction = ExpressionOption("correction")
  static let p = ExpressionOption("p")
  static let approximate = ExpressionOption("approximate")
  static let slope = ExpressionOption("slope", "negativeSlope")
  static let alpha = ExpressionOption("alpha")
  static let min = ExpressionOption("min")
  static let max = ExpressionOption("max")
  static let shape = ExpressionOption("to", "shape")
  static let repeats = ExpressionOption("repeats")
  static let before = ExpressionOption("before")
  static let after = ExpressionOption("after")
  static let value = ExpressionOption("value")
  static let mode = ExpressionOption("mode")
  static let positions = ExpressionOption("at")
  static let window = ExpressionOption("window")
  static let stride = ExpressionOption("stride")
  static let padding = ExpressionOption("padding")
  static let dilation = ExpressionOption("dilation")
  static let groups = ExpressionOption("groups")
  // Of matrices.
  static let lower = ExpressionOption("lower")
  static let transposed = ExpressionOption("transposed", "trans")
  static let offset = ExpressionOption("offset", "k")
  // Of order, selection and recurrences.
  static let descending = ExpressionOption("descending")
  static let reversed = ExpressionOption("reversed")
  static let right = ExpressionOption("right")
  static let times = ExpressionOption("times")
  static let count = ExpressionOption("count", "size")
  static let filling = ExpressionOption("filling", "fillValue")
  static let cubic = ExpressionOption("cubic")
  // Of random numbers.
  static let seed = ExpressionOption("seed", "key")
  static let counter = ExpressionOption("counter")
  static let drawn = ExpressionOption("shape", "size")

  /// Options whose value is a word, which is no name of a value there.
  static let takingWords = [mode]
}
