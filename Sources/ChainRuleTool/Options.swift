/// An option as the help lists it and the words of a command line are sorted by.
protocol DeclaredOption: Sendable {
  var name: String { get }
  /// What stands for its value in the help; nil for a switch.
  var placeholder: String? { get }
  var help: String { get }
  var isRepeatable: Bool { get }
  /// Reads a value that is given, whether or not the command will ask for it.
  /// - Throws: a ``UsageError`` that names the option and what it needs.
  func validate(_ text: String) throws
}

extension DeclaredOption {
  var isRepeatable: Bool { false }
  func validate(_ text: String) throws {}
  var form: String { "--" + name + (placeholder.map { " " + $0 } ?? "") }
}

/// The options of a command: each stored property is an option, or a group of options that commands share. The
/// property is the only declaration: the help lists it, the command line is sorted by it, and `Arguments` reads it by
/// key path, so that an option which a command does not have cannot be read.
protocol CommandOptions: Sendable {}

extension CommandOptions {
  /// Every option, in the order of declaration.
  var all: [any DeclaredOption] {
    Mirror(reflecting: self).children.flatMap { property -> [any DeclaredOption] in
      if let option = property.value as? any DeclaredOption { return [option] }
      guard let group = property.value as? any CommandOptions else {
        preconditionFailure("\(property.label ?? "a property") of \(Self.self) is no option")
      }
      return group.all
    }
  }
}

/// An option that is there or not.
struct Switch: DeclaredOption {
  let name: String
  let help: String
  var placeholder: String? { nil }

  init(_ name: String, _ help: String) { (self.name, self.help) = (name, help) }
}

/// An option with a value, and how its text is read.
struct Option<Value: Sendable>: DeclaredOption {
  let name: String
  let placeholder: String?
  let help: String
  /// From the text to the value.
  /// - Throws: a ``UsageError`` that names the option and what it needs.
  let read: @Sendable (String) throws -> Value

  func validate(_ text: String) throws { _ = try read(text) }
}

/// An option with a text that may be given more than once.
struct RepeatedOption: DeclaredOption {
  let name: String
  let placeholder: String?
  let help: String
  var isRepeatable: Bool { true }

  init(_ name: String, _ placeholder: String, _ help: String) {
    (self.name, self.placeholder, self.help) = (name, placeholder, help)
  }
}

extension Option where Value == String {
  init(_ name: String, _ placeholder: String, _ help: String) {
    self.init(name: name, placeholder: placeholder, help: help) { $0 }
  }
}

extension Option where Value == Int {
  /// A whole number of a range.
  init(_ name: String, _ placeholder: String, _ help: String, in range: ClosedRange<Int>) {
    self.init(name: name, placeholder: placeholder, help: help) { text in
      guard let number = Int(text), range.contains(number) else {
        throw UsageError(
          "--\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
      }
      return number
    }
  }
}

extension Option where Value == RunLength {
  /// A whole number of a range, or auto.
  init(_ name: String, _ placeholder: String, _ help: String, in range: ClosedRange<Int>) {
    self.init(name: name, placeholder: placeholder, help: help) { text in
      if text == "auto" { return .automatic }
      guard let number = Int(text), range.contains(number) else {
        throw UsageError(
          "--\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound), or auto, not '\(text)'")
      }
      return .number(number)
    }
  }
}

extension Option where Value == Double {
  /// A number between two bounds.
  init(_ name: String, _ placeholder: String, _ help: String, above least: Double, below most: Double) {
    self.init(name: name, placeholder: placeholder, help: help) { text in
      guard let number = Double(text), number > least, number < most else {
        throw UsageError("--\(name) needs a number between \(least) and \(most), not '\(text)'")
      }
      return number
    }
  }

  /// A finite number above a bound.
  init(_ name: String, _ placeholder: String, _ help: String, above least: Double) {
    self.init(name: name, placeholder: placeholder, help: help) { text in
      guard let number = Double(text), number.isFinite, number > least else {
        throw UsageError("--\(name) needs a number above \(least), not '\(text)'")
      }
      return number
    }
  }

  /// A finite number that is not below a bound.
  init(_ name: String, _ placeholder: String, _ help: String, from least: Double) {
    self.init(name: name, placeholder: placeholder, help: help) { text in
      guard let number = Double(text), number.isFinite, number >= least else {
        throw UsageError("--\(name) needs a number of at least \(least), not '\(text)'")
      }
      return number
    }
  }
}

extension Option where Value: CaseIterable & RawRepresentable<String> {
  /// One of the cases of a type, by name.
  init(_ name: String, _ placeholder: String, _ help: String) {
    self.init(name: name, placeholder: placeholder, help: help) { text in
      if let choice = Value(rawValue: text) { return choice }
      let choices = Value.allCases.map(\.rawValue)
      throw UsageError(
        "--\(name) is one of \(choices.joined(separator: ", "))" + meant(text, among: choices) { ", not '\(text)'" })
    }
  }
}
