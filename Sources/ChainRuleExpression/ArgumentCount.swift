/// How many arguments of a function stand without a label.
package enum ArgumentCount: Sendable, Hashable {
  case exactly(Int)
  case between(Int, Int)
  case atLeast(Int)

  func accepts(_ count: Int) -> Bool {
    switch self {
    case .exactly(let wanted): count == wanted
    case .between(let fewest, let most): (fewest...most).contains(count)
    case .atLeast(let fewest): count >= fewest
    }
  }

  /// The fewest and the most; no most where there may be any number.
  package var bounds: (Int, Int?) {
    switch self {
    case .exactly(let wanted): (wanted, wanted)
    case .between(let fewest, let most): (fewest, most)
    case .atLeast(let fewest): (fewest, nil)
    }
  }

  /// As it stands in messages: `1 argument`, `1 to 3 arguments`, `at least 2 arguments`.
  var text: String {
    switch self {
    case .exactly(1): "1 argument"
    case .exactly(let wanted): "\(wanted) arguments"
    case .between(let fewest, let most): "\(fewest) to \(most) arguments"
    case .atLeast(let fewest): "at least \(fewest) arguments"
    }
  }
}
