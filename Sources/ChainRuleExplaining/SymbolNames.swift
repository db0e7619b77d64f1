import ChainRuleDrawing

/// Symbols for the nodes of an explanation, no two alike: neither as text, nor as LaTeX, where `w1` and `w_1` are both
/// w with an index.
struct SymbolNames {
  /// Names that people gave; nothing else is called so.
  private var labels: Set<String>
  private var labelsLaTeX: Set<String>
  private var used: Set<String> = []
  private var usedLaTeX: Set<String> = []
  private var intermediates = 0
  private var constants = 0

  init(labels: [String]) {
    self.labels = Set(labels)
    labelsLaTeX = Set(labels.map { LaTeXText.symbol($0) })
  }

  /// The name itself for the first node that has it; `h_2`, `h_3` … for others.
  mutating func symbol(for label: String) -> Formula {
    guard !used.insert(label).inserted else { return distinct(label) }
    var copy = 2
    while labels.contains("\(label)_\(copy)") { copy += 1 }
    let symbol = "\(label)_\(copy)"
    labels.insert(symbol)
    return distinct(symbol)
  }

  /// `f`, unless something else is called so: ∂f/∂z must not have two meanings.
  mutating func output() -> Formula { isFree("f") ? distinct("f") : intermediate() }

  /// `v1`, `v2` …
  mutating func intermediate() -> Formula { next("v", \.intermediates) }

  /// `c1`, `c2` …
  mutating func constant() -> Formula { next("c", \.constants) }

  private mutating func next(_ letter: String, _ counter: WritableKeyPath<SymbolNames, Int>) -> Formula {
    repeat { self[keyPath: counter] += 1 } while !isFree("\(letter)\(self[keyPath: counter])")
    return distinct("\(letter)\(self[keyPath: counter])")
  }

  private func isFree(_ symbol: String) -> Bool {
    !labels.contains(symbol) && !labelsLaTeX.contains(LaTeXText.symbol(symbol))
  }

  /// A symbol whose LaTeX is its own too: upright where another one looks the same, and with a number after that.
  private mutating func distinct(_ text: String) -> Formula {
    let upright = "\\mathrm{\(LaTeXText.escaped(text))}"
    var latex = LaTeXText.symbol(text), copy = 1
    while !usedLaTeX.insert(latex).inserted {
      latex = copy == 1 ? upright : "\(upright)_{(\(copy))}"
      copy += 1
    }
    return .symbol(text: text, latex: latex)
  }
}
