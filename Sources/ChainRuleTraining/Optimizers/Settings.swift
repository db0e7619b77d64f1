import ChainRuleCore

/// The numbers that a setting of an optimizer or a schedule may be.
enum SettingRange {
  /// At least 0.
  case notNegative
  /// Above 0.
  case positive
  /// At least 0 and below 1: what is kept of a mean from step to step.
  case share
  /// At least 0 and at most 1.
  case closedShare
  /// At least this whole number.
  case atLeast(Int)

  private var words: String {
    switch self {
    case .notNegative: "of at least 0"
    case .positive: "above 0"
    case .share: "of at least 0 and below 1"
    case .closedShare: "of at least 0 and at most 1"
    case .atLeast(let least): "of at least \(least)"
    }
  }

  private func contains(_ value: Double) -> Bool {
    switch self {
    case .notNegative: value >= 0 && value.isFinite
    case .positive: value > 0 && value.isFinite
    case .share: value >= 0 && value < 1
    case .closedShare: value >= 0 && value <= 1
    case .atLeast(let least): value >= Double(least)
    }
  }

  /// - Throws: for a number outside, naming the setting and whose it is.
  func check(_ value: Double, _ name: String, of owner: Any) throws {
    guard !contains(value) else { return }
    throw ChainRuleError(.value, in: "\(type(of: owner))", required: "\(name) \(words)", got: "\(value)")
  }

  /// Several settings, by name.
  /// - Throws: for the first number outside.
  func check(_ values: KeyValuePairs<String, Double>, of owner: Any) throws {
    for (name, value) in values { try check(value, name, of: owner) }
  }

  /// - Throws: for a number outside, naming the setting and whose it is.
  func check(_ value: Int, _ name: String, of owner: Any) throws {
    guard !contains(Double(value)) else { return }
    throw ChainRuleError(.value, in: "\(type(of: owner))", required: "\(name) \(words)", got: "\(value)")
  }
}
