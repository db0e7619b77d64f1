/// The colours of the terminal, the same as in the pictures: green values, red gradients.
public enum TerminalStyle: Sendable {
  /// As the terminal writes anyway.
  case plain
  /// Headings, rules and shapes.
  case faint
  /// Names of nodes.
  case bold
  /// Values, green.
  case value
  /// Gradients, red.
  case gradient
  /// Local gradients, violet.
  case local
  /// Tangents and the step at hand, blue.
  case now

  /// `text` in this style where `color` is true, and as it is otherwise.
  public func apply(_ text: String, _ color: Bool) -> String {
    guard color, self != .plain else { return text }
    let code =
      switch self {
      case .plain: "0"
      case .faint: "2"
      case .bold: "1"
      case .value: "32"
      case .gradient: "31"
      case .local: "35"
      case .now: "1;36"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
