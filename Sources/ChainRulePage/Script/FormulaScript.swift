import ChainRule

/// The script of the page: a reader of formulas, elementary operations on tensors, one backward loop, and what shows
/// them. It names no derivative of its own; the table of primitives comes before it.
enum FormulaScript {
  /// Everything up to the numbers: what needs no page.
  static let engine = [
    NumberScript.short, sentences, words, parser, tensors, graph, smooth, language, matrices, matrixCalls, order, sums,
    random, relatives, functions, functionCalls,
  ].joined()

  /// What the reader sees and does.
  static let reader = [
    strings, steps, folding, drawing, page, showing, controls, quiz, change, points, lessons,
  ].joined()
}
