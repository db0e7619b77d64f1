/// A pass rewrites a program graph node by node. Each has a file of its own that states its rule, and can be turned
/// off.
protocol Pass {
  /// Whether there is anything in a program graph that the rule could be about. A graph is not written anew for nothing.
  static func mayFind(in graph: ProgramGraph) -> Bool
  /// Called for every node in order, its inputs already rewritten. Returns a node of the program graph that computes
  /// the same, or `nil` to keep the node as it is.
  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32?
}

extension Pass {
  static func mayFind(in graph: ProgramGraph) -> Bool { true }
}

extension ProgramGraph {
  /// Writes the program graph anew through a pass.
  /// - Returns: how many nodes were replaced.
  mutating func rewrite<P: Pass>(with pass: inout P) -> Int {
    guard P.mayFind(in: self) else { return 0 }
    var changes = 0
    rewrite { node, _, _, graph in
      guard let replacement = pass.replacement(for: node, in: &graph) else { return graph.append(node) }
      changes += 1
      return replacement
    }
    return changes
  }

  /// Runs the chosen passes until none finds anything more to do, then those that run once.
  mutating func simplify(_ passes: CompileOptions.Passes) {
    simplifyRepeatedly(passes)
    var changes = passes.contains(.rowUpdates) ? RowUpdates.apply(to: &self) : 0
    if passes.contains(.algebra) {
      var gradients = InputGradients()
      changes += rewrite(with: &gradients)
    }
    if passes.contains(.fusion) {
      var rows = ShiftedRows()
      changes += rewrite(with: &rows)
      if SumsOfPads.mayFind(in: self) {
        var sums = SumsOfPads(self)
        changes += rewrite(with: &sums)
      }
    }
    if changes > 0, passes.contains(.deadNodes) { removeDeadNodes() }
  }

  /// Rounds of passes, should rules keep finding what others leave.
  private static let mostRounds = 8

  private mutating func simplifyRepeatedly(_ passes: CompileOptions.Passes) {
    for _ in 0..<Self.mostRounds {
      var changes = 0
      if passes.contains(.constantFolding) {
        var pass = ConstantFolding()
        changes += rewrite(with: &pass)
      }
      if passes.contains(.commonSubexpressions) {
        var pass = CommonSubexpressions(capacity: nodes.count)
        _ = rewrite(with: &pass)
        changes += PartsOfWholes.apply(to: &self)
      }
      if passes.contains(.algebra) {
        var pass = AlgebraicSimplification()
        changes += rewrite(with: &pass)
        var sums = PerExampleSums()
        changes += rewrite(with: &sums)
      }
      if passes.contains(.stableForms) {
        var pass = StableForms()
        changes += rewrite(with: &pass)
      }
      if passes.contains(.deadNodes) { removeDeadNodes() }
      if changes == 0 { return }
    }
  }
}
