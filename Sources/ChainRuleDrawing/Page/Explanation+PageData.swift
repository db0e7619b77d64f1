extension Explanation {
  /// Up to this many nodes a page carries a drawing of every node, and the tables of every number.
  static let mostOnPage = 200

  /// What the page's script reads: the explanation without LaTeX, which no browser shows. Of a large one also without
  /// what stands there twice, and with matrices of more than a few numbers summarized.
  var forPage: Explanation {
    var page = self
    for id in nodes.indices {
      page.nodes[id].formulaLaTeX = ""
      page.nodes[id].symbolLaTeX = ""
      page.nodes[id].arithmeticLaTeX = ""
      page.nodes[id].arithmetic = ""
    }
    for id in edges.indices { page.edges[id].localLaTeX = "" }
    for index in forwardFrames.indices { page.forwardFrames[index].total = nil }
    if nodes.count > Explanation.mostOnPage { page.leaveOutRepetitions() }
    return page
  }

  private mutating func leaveOutRepetitions() {
    for index in frames.indices where frames[index].total == nodes[frames[index].node].gradient.value {
      frames[index].total = nil
    }
    for id in edges.indices {
      if edges[id].upstream == nodes[edges[id].consumer].gradient.value { edges[id].upstream = nil }
      edges[id].upstream?.summarize(above: 9)
      edges[id].product?.summarize(above: 9)
      edges[id].factor?.summarize(above: 9)
    }
    for id in nodes.indices {
      nodes[id].expression = ""
      nodes[id].value?.summarize(above: 9)
      nodes[id].gradient.value?.summarize(above: 9)
    }
    for index in frames.indices { frames[index].total?.summarize(above: 9) }
    for index in sums.indices { sums[index].total.summarize(above: 9) }
  }
}

extension ExplainedValue {
  fileprivate mutating func summarize(above limit: Int) {
    if scalars.count > limit { self = ExplainedValue(shape: shape, scalars: scalars, limit: limit) }
  }
}
