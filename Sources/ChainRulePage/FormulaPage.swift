import ChainRule

/// One HTML file in which somebody types a formula: every number forward and backward, without a network.
///
/// ```swift
/// let page = try FormulaPage().html()
/// ```
public struct FormulaPage {
  private let table: PageTable
  private let lessons: [PageLesson]

  /// A page that knows the primitives of `table` and offers `lessons`.
  public init(_ table: PageTable = PageTable(), lessons: [PageLesson] = []) {
    (self.table, self.lessons) = (table, lessons)
  }

  /// What a page starts with: a formula and the values of its names as they are typed.
  ///
  /// ```swift
  /// let page = try FormulaPage().html(opening: FormulaPage.address(of: "w * x", values: [("w", "0.5"), ("x", "2")]))
  /// ```
  public static func address(of formula: String, values: [(name: String, text: String)]) -> String {
    let typed = values.map { "\($0.name)=\($0.text)" }.joined(separator: ";")
    return "f=\(escaped(formula))&v=\(escaped(typed))&s=0"
  }

  /// What a page starts with: a lesson of its own.
  public static func address(ofLesson name: String) -> String { "l=\(escaped(name))&q=0" }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = String(byte, radix: 16)
      let isPlain = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
      return isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }

  /// The page: markup, style and script in one file.
  /// - Parameter address: what it starts with where its own address says nothing.
  /// - Throws: when the rule of a primitive cannot be written down.
  public func html(opening address: String = "") throws -> String {
    let data =
      "const lessons = \(PageJSON.list(lessons.map(\.json)).written), opening = \(PageJSON.text(address).written);\n"
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Chain rule</title><link rel="icon" href="data:,">
      <style>\(FormulaStyle.text)</style></head>
      \(FormulaMarkup.body)
      <script>
      "use strict";
      \(try table.script())\(data)\(FormulaScript.engine)\(FormulaScript.reader)</script></html>

      """
  }
}

/// A worked example as the page offers it.
public struct PageLesson: Sendable {
  /// What it is called.
  public var name: String
  /// Where it comes from.
  public var source: String
  /// The formula, a statement a line.
  public var formula: String
  /// The values as they are typed, by name.
  public var values: [(name: String, text: String)]
  /// Names that are not differentiated by.
  public var constants: [String]
  /// Rows of what the source published: quantity, its number, ours, the verdict.
  public var published: [[String]]
  /// Rows of the derivation: symbol, as it should be, as the source has it, the verdict.
  public var derivation: [[String]]
  /// What to see in it.
  public var remark: String

  /// A lesson of these parts.
  public init(
    name: String, source: String, formula: String, values: [(name: String, text: String)], constants: [String] = [],
    published: [[String]] = [], derivation: [[String]] = [], remark: String = ""
  ) {
    (self.name, self.source, self.formula, self.values) = (name, source, formula, values)
    (self.constants, self.published, self.derivation, self.remark) = (constants, published, derivation, remark)
  }

  var json: PageJSON {
    .of([
      "name": .text(name), "source": .text(source), "formula": .text(formula),
      "values": .list(values.map { .texts([$0.name, $0.text]) }), "constants": .texts(constants),
      "published": .list(published.map { .texts($0) }), "derivation": .list(derivation.map { .texts($0) }),
      "remark": .text(remark),
    ])
  }
}
