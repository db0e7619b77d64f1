/// Which number of an explanation a piece of text stands for: the value of node 3, the local gradient of edge 5.
///
/// It is written `v3` or `l5`; a capital letter asks for parentheses around a negative number. Sentences hold it in
/// braces, drawings in the attribute `data-q`, and the page's script reads both.
package struct ExplainedQuantity: Sendable, Hashable {
  /// The first three belong to nodes, the others to edges.
  package enum Kind: Character, Sendable {
    case value = "v"
    case gradient = "g"
    case tangent = "t"
    case local = "l"
    case upstream = "u"
    case product = "p"
    /// The sum of the contributions up to and with an edge.
    case partialSum = "r"
  }

  package let kind: Kind
  package let index: Int
  package private(set) var isParenthesized = false

  private init(_ kind: Kind, _ index: Int) { (self.kind, self.index) = (kind, index) }

  package static func value(_ node: Int) -> Self { .init(.value, node) }
  package static func gradient(_ node: Int) -> Self { .init(.gradient, node) }
  package static func tangent(_ node: Int) -> Self { .init(.tangent, node) }
  package static func local(_ edge: Int) -> Self { .init(.local, edge) }
  package static func upstream(_ edge: Int) -> Self { .init(.upstream, edge) }
  package static func product(_ edge: Int) -> Self { .init(.product, edge) }

  /// The same number, in parentheses where it is negative.
  package var parenthesized: Self {
    var result = self
    result.isParenthesized = true
    return result
  }

  package var key: String {
    (isParenthesized ? kind.rawValue.uppercased() : String(kind.rawValue)) + String(index)
  }

  /// As it stands in a sentence, `{v3}`.
  package var placeholder: String { "{\(key)}" }

  /// As it stands in LaTeX, `⟨v3⟩`.
  package var placeholderLaTeX: String { "⟨\(key)⟩" }

  /// Reads `v3` or `V3`; nil where the text is nothing of the kind.
  init?(key: Substring) {
    guard let letter = key.first, let kind = Kind(rawValue: Character(letter.lowercased())),
      let index = Int(key.dropFirst())
    else { return nil }
    self.init(kind, index)
    isParenthesized = letter.isUppercase
  }
}
