/// An element of SVG or HTML, built as a value and written as text; everything in it is escaped.
///
/// ```swift
/// Markup("svg", ["viewBox": "0 0 10 10"], [Markup("title", text: "a < b")]).text
/// ```
///
/// Attributes keep their order, so the same drawing is the same text on every machine.
///
/// This folder is what every drawing is made with, reports included: markup, colours, numbers and widths of text. It
/// knows no explanation.
public struct Markup: Sendable {
  /// What stands between an element's tags.
  public enum Child: Sendable {
    /// Another element.
    case element(Markup)
    /// Text, which is escaped.
    case text(String)
    /// Text that goes out as it is: a style sheet, a script, markup made elsewhere.
    case verbatim(String)
  }

  /// The name of the element, `svg` or `p`.
  public var name: String
  /// The attributes in the order in which they are written.
  public var attributes: [(name: String, value: String)]
  /// What stands between the tags, in order.
  public var children: [Child]

  /// An element that holds elements.
  public init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ elements: [Markup] = []) {
    self.name = name
    self.attributes = attributes.map { (name: $0.key, value: $0.value) }
    children = elements.map(Child.element)
  }

  /// An element that holds a text, which is escaped.
  public init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String) {
    self.init(name, attributes)
    children = [.text(text)]
  }

  /// An element that holds a text which goes out as it is: a style sheet, a script.
  public init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], verbatim: String) {
    self.init(name, attributes)
    children = [.verbatim(verbatim)]
  }

  /// Adds an element after what the element holds already.
  public mutating func append(_ element: Markup) { children.append(.element(element)) }
  /// Adds a text, which is escaped, after what the element holds already.
  public mutating func append(text: String) { children.append(.text(text)) }

  /// The value of an attribute; setting nil removes it, setting a new one adds it at the end.
  public subscript(attribute: String) -> String? {
    get { attributes.first { $0.name == attribute }?.value }
    set {
      if let index = attributes.firstIndex(where: { $0.name == attribute }) {
        if let newValue { attributes[index].value = newValue } else { attributes.remove(at: index) }
      } else if let newValue {
        attributes.append((name: attribute, value: newValue))
      }
    }
  }

  /// The element as text. An element of elements goes on lines of its own; text stays on one line.
  public var text: String {
    var result = ""
    write(into: &result, indent: 0)
    return result
  }

  /// `text` with the five characters that markup reserves replaced by entities; control characters, which
  /// XML cannot hold, become spaces.
  public static func escaped(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      case "\n", "\t": nil
      case _ where scalar.value < 32: " "
      default: nil
      }
    }
  }

  /// HTML elements that have no end tag. Every other element is closed explicitly, which both HTML and XML read.
  private static let void: Set<String> = ["meta", "input", "br", "hr", "link", "img"]
  /// SVG shapes, which close themselves; HTML would read `<ul/>` as an open list.
  private static let shapes: Set<String> = ["rect", "circle", "path", "line", "polyline", "polygon", "image"]
  private static let tight: Set<String> = [
    "text", "tspan", "title", "desc", "p", "td", "th", "button", "label", "code",
    "option", "summary", "h1", "h2", "h3", "span", "li", "output", "dt", "dd", "a", "strong", "em",
  ]

  /// Elements deeper than this are not indented further: a large drawing would be a tenth spaces.
  private static let deepest = 3

  private func write(into result: inout String, indent: Int) {
    result += "<\(name)"
    for attribute in attributes { result += " \(attribute.name)=\"\(Markup.escaped(attribute.value))\"" }
    if Markup.void.contains(name) { result += ">"; return }
    if children.isEmpty, Markup.shapes.contains(name) {
      result += "/>"
      return
    }
    result += ">"
    let onLines =
      !Markup.tight.contains(name)
      && children.contains { if case .element = $0 { true } else { false } }
    for child in children {
      if onLines { result += "\n" + String(repeating: " ", count: Swift.min(indent + 1, Markup.deepest)) }
      switch child {
      case .element(let element): element.write(into: &result, indent: indent + 1)
      case .text(let text): result += Markup.escaped(text)
      case .verbatim(let text): result += text
      }
    }
    if onLines { result += "\n" + String(repeating: " ", count: Swift.min(indent, Markup.deepest)) }
    result += "</\(name)>"
  }
}
