/// How the parts of a drawing look: one table, written in three ways.
///
/// - As presentation attributes of each element, in the colours for white paper: every program that reads SVG
///   understands those, be it a browser, a drawing program or a slide.
/// - As a style sheet that only overrides the colours where the reader's system is dark.
/// - As the style sheet of a page, whose colours are custom properties.
struct Paint: Sendable {
  struct Rule: Sendable {
    /// Classes, or names of elements, from the outside in: `[".leaf", ".box"]`, `[".fork", "circle"]`.
    var path: [String]
    /// Presentation attributes.
    var properties: [(name: String, value: Value)]

    init(_ path: String, _ properties: KeyValuePairs<String, Value>) {
      self.path = path.split(separator: " ").map(String.init)
      self.properties = properties.map { (name: $0.key, value: $0.value) }
    }
  }

  /// What an attribute is set to: a colour of the palette, a size in pixels, or a word of SVG.
  enum Value: Sendable, ExpressibleByStringLiteral {
    case color(Palette.Color)
    case pixels(Int)
    case word(String)

    init(stringLiteral word: String) { self = .word(word) }

    /// As an attribute, for white paper.
    var attribute: String {
      switch self {
      case .color(let color): color.light
      case .pixels(let size): String(size)
      case .word(let word): word
      }
    }

    /// As a declaration in the style sheet of a page.
    var declaration: String {
      switch self {
      case .color(let color): "var(--\(color.rawValue))"
      case .pixels(let size): "\(size)px"
      case .word(let word): word
      }
    }
  }

  /// A later rule wins over an earlier one.
  var rules: [Rule]

  /// The style sheet of a page: `selector` holds the drawing, and the palette's variables are defined around it.
  func style(_ selector: String) -> String { sheet(selector, \.declaration) }

  /// What overrides the attributes where the reader's system is dark.
  func darkStyle(_ selector: String) -> String {
    let dark = sheet(selector) { if case .color(let color) = $0 { color.dark } else { nil } }
    return "@media (prefers-color-scheme:dark){\n\(dark)\n}"
  }

  private func sheet(_ selector: String, _ text: (Value) -> String?) -> String {
    rules.compactMap { rule in
      let declarations = rule.properties.compactMap { name, value in text(value).map { "\(name):\($0)" } }
      guard !declarations.isEmpty else { return nil }
      return "\(([selector] + rule.path).joined(separator: " ")){\(declarations.joined(separator: ";"))}"
    }.joined(separator: "\n")
  }

  /// `markup` with the attributes that its rules give it and everything in it.
  func applied(to markup: Markup) -> Markup { applied(to: markup, inside: []) }

  private func applied(to markup: Markup, inside outer: [Set<String>]) -> Markup {
    let classes = markup["class"]?.split(separator: " ").map { ".\($0)" } ?? []
    let names = outer + [Set(classes + [markup.name])]
    var result = markup
    for rule in rules where Paint.reaches(rule.path, names) {
      for (name, value) in rule.properties { result[name] = value.attribute }
    }
    for index in result.children.indices {
      if case .element(let element) = result.children[index] {
        result.children[index] = .element(applied(to: element, inside: names))
      }
    }
    return result
  }

  /// Whether the last part names the innermost element and the others some elements around it, in order.
  private static func reaches(_ path: [String], _ names: [Set<String>]) -> Bool {
    guard let last = path.last, names.last?.contains(last) ?? false else { return false }
    var rest = path.dropLast()
    for outer in names.dropLast() { if let next = rest.first, outer.contains(next) { rest.removeFirst() } }
    return rest.isEmpty
  }
}
