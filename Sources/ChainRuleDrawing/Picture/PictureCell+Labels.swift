extension PictureCell {
  /// What stands at an input: the local gradient, and upstream times local gradient where the numbers are few.
  static func portLabel(_ edge: ExplainedEdge, sourceFansOut: Bool) -> PortLabel {
    guard edge.kind == .factor, let factor = edge.factor, factor.count <= 3 else {
      let product = edge.product?.line(digits: 3, elements: 3, typographic: true) ?? ""
      return PortLabel(
        local: wrapped(edge.local, 24).map { [.init(text: $0)] },
        product: sourceFansOut ? [[.init(text: product, key: .product(edge.id))]] : [], edge: edge.id)
    }
    let number = factor.line(digits: 4, elements: 3, typographic: true)
    return PortLabel(
      local: local(edge, number), product: product(edge, number, sourceFansOut: sourceFansOut), edge: edge.id)
  }

  /// `z = 3`, on two lines where it is long.
  private static func local(_ edge: ExplainedEdge, _ number: String) -> [[Picture.Run]] {
    let expression = String(edge.local.map { $0 == "-" ? "−" : $0 })
    let value = Picture.Run(text: number, key: .local(edge.id))
    guard expression != number, expression.count <= 24 else { return [[value]] }
    if expression.count + number.count <= 11 { return [[.init(text: "\(expression) = "), value]] }
    return [[.init(text: expression)], [.init(text: "= "), value]]
  }

  /// `upstream × local gradient`, and what it makes where it is one of several contributions.
  private static func product(_ edge: ExplainedEdge, _ number: String, sourceFansOut: Bool) -> [[Picture.Run]] {
    guard let upstream = edge.upstream, upstream.count <= 3 else { return [] }
    let arrived = upstream.line(digits: 4, elements: 3, typographic: true)
    guard arrived.count + number.count <= 44 else { return [] }
    let factors = [
      Picture.Run(text: arrived, key: .upstream(edge.id)), .init(text: " × "),
      .init(text: NumberText.parenthesized(number), key: .local(edge.id).parenthesized),
    ]
    guard sourceFansOut else { return [factors] }
    let equals = [
      Picture.Run(text: "= "),
      .init(text: edge.product?.line(digits: 4, elements: 3, typographic: true) ?? "", key: .product(edge.id)),
    ]
    let length = (factors + equals).reduce(0) { $0 + $1.text.count }
    return length <= 14 ? [factors + [.init(text: " ")] + equals] : [factors, equals]
  }

  /// The terms of a sum, on one line where they are short.
  static func sum(_ contributions: [Int], of explanation: Explanation) -> [[Picture.Run]] {
    guard contributions.count <= 4, explanation.edges[contributions[0]].product?.scalar != nil else {
      return [[.init(text: "Σ of \(contributions.count)")]]
    }
    let lines = contributions.enumerated().map { position, id in
      let product = explanation.edges[id].product?.line(digits: 4, typographic: true) ?? "not computed"
      return position == 0
        ? [Picture.Run(text: "Σ = "), .init(text: product, key: .product(id))]
        : [Picture.Run(text: "  + "), .init(text: NumberText.parenthesized(product), key: .product(id).parenthesized)]
    }
    let length = lines.joined().reduce(0) { $0 + $1.text.count }
    guard length <= 16 else { return lines }
    return [lines[0] + lines.dropFirst().flatMap { [Picture.Run(text: " + "), $0[1]] }]
  }

  /// A value over the wire: one number, a small matrix line by line, or a summary on two lines.
  static func block(_ value: ExplainedValue, key: ExplainedQuantity) -> [[Picture.Run]] {
    if value.scalar != nil, value.shape.isEmpty {
      return [[.init(text: value.line(digits: 4, typographic: true), key: key)]]
    }
    let isSmall =
      value.summary == nil && value.shape.count <= 2 && value.rows.count <= 4 && (value.shape.last ?? 0) <= 4
    if isSmall { return value.lines(digits: 3, rows: 4, columns: 4, typographic: true).map { [.init(text: $0)] } }
    let summary = value.shortSummary
    func number(_ x: Double) -> String { NumberText.typographic(x, digits: 3) }
    return [
      [.init(text: "\(value.shapeText) mean \(number(summary.mean))")],
      [.init(text: "\(number(summary.min)) … \(number(summary.max))")],
    ]
  }

  /// A map in words on at most three lines, broken at spaces.
  private static func wrapped(_ text: String, _ limit: Int) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let part = word == "-" ? "−" : String(word)
      if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + part.count >= limit { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + part
    }
    lines = lines.map { $0.count <= limit + 8 ? $0 : $0.prefix(limit + 7) + "…" }
    return lines.count <= 3 ? lines : Array(lines.prefix(2)) + ["…"]
  }
}
