import ChainRule
import ChainRuleLearning

/// The first screen: what the tool can do, and one worked example that is computed as it is printed.
enum Welcome {
  static let version = "0.1"

  static func screen() throws -> String {
    """
    ChainRule \(version): values, gradients and explanations of any formula.

    \(try example())

    \(overview())
    """
  }

  static func overview() -> String {
    let commands = ChainRuleTool.commands
    let width = commands.map(\.name.count).max() ?? 0
    return
      (["Commands:"]
      + commands.map { "  chainrule \($0.name.padded(to: width))  \($0.summary)" }
      + ["", "chainrule COMMAND --help says more about each."]).joined(separator: "\n")
  }

  /// The worked example of the lectures, computed now.
  private static func example() throws -> String {
    let source = "(x + y) * z"
    let values: [(String, Double)] = [("x", -2), ("y", 5), ("z", -4)]
    let graph = Graph()
    let nodes = values.map { ($0.0, graph.input($0.0, Tensor($0.1))) }
    let f = try Expression(source).record(in: graph, inputs: Dictionary(uniqueKeysWithValues: nodes))
    let gradients = try f.gradients(withRespectTo: nodes.map(\.1))
    let slopes = try zip(nodes, gradients).map { "    ∂f/∂\($0.0) = \(Tensor(try $1.scalar()))" }
    let (place, words) = (
      values.map { "\($0.0) = \(Tensor($0.1))" }.joined(separator: ", "),
      values.map { "\($0.0)=\(Tensor($0.1))" }.joined(separator: " ")
    )
    return """
      Worked example: f = \(source) at \(place)

          f     = \(Tensor(try f.scalar()))
      \(slopes.joined(separator: "\n"))

      Every step of it:  chainrule explain '\(source)' \(words)
      """
  }

  /// Whether somebody may have forgotten the word `explain`.
  static func looksLikeExpression(_ word: String) -> Bool {
    word.contains { "+*/^@()= ".contains($0) } && (try? Expression(word)) != nil
  }
}
