/// A strict reading of XML: tags nest, attributes are quoted, entities are known. Enough to see that SVG is SVG.
enum XMLCheck {
  struct Broken: Error { let message: String }

  static func parse(_ text: String) throws {
    var open: [String] = [], rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      try check(rest[..<start])
      guard let end = rest[start...].firstIndex(of: ">") else { throw Broken(message: "an open tag") }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard open.popLast() == String(tag.dropFirst()) else { throw Broken(message: "</\(tag.dropFirst())>") }
      } else {
        let name = String(tag.prefix { $0 != " " && $0 != "/" })
        let quotes = tag.filter { $0 == "\"" }.count
        guard quotes % 2 == 0 else { throw Broken(message: "quotes of \(name)") }
        try check(tag)
        if !tag.hasSuffix("/") { open.append(name) }
      }
    }
    try check(rest)
    guard open.isEmpty else { throw Broken(message: "open: \(open)") }
  }

  private static func check(_ text: Substring) throws {
    var rest = text
    while let start = rest.firstIndex(of: "&") {
      guard ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].contains(where: { rest[start...].hasPrefix($0) }) else {
        throw Broken(message: "a bare &")
      }
      rest = rest[rest.index(after: start)...]
    }
  }
}
