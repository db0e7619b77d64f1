/// A pass rewrites a draft node by node. Each has a file of its own that states its rule, and can be turned off.
protocol Pass {
  /// Called for every node in order, its inputs already rewritten. Returns a node of the draft that computes the
  /// same, or `nil` to keep the node as it is.
  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32?
}

extension Draft {
  /// Writes the draft anew through a pass.
  /// - Returns: how many nodes were replaced.
  mutating func rewrite<P: Pass>(with pass: inout P) -> Int {
    let (old, oldRuns) = (nodes, runs)
    nodes = []
    nodes.reserveCapacity(old.count)
    runs = []
    var copies = [Int32](repeating: -1, count: old.count), changes = 0
    for id in old.indices {
      var node = old[id]
      if node.kind == .operation {
        if node.inputCount > 3 {
          let start = Int(node.first)
          setInputs(of: &node, oldRuns[start..<start + Int(node.inputCount)].map { copies[Int($0)] })
        } else {
          node.first = copies[Int(node.first)]
          if node.inputCount > 1 { node.second = copies[Int(node.second)] }
          if node.inputCount > 2 { node.third = copies[Int(node.third)] }
        }
      }
      if let replacement = pass.replacement(for: node, in: &self) {
        copies[id] = replacement
        changes += 1
      } else {
        copies[id] = append(node)
      }
    }
    outputs = outputs.map { copies[Int($0)] }
    updates = updates.map { (copies[Int($0.leaf)], copies[Int($0.next)]) }
    return changes
  }

  /// Runs the chosen passes until none finds anything more to do.
  mutating func simplify(_ passes: CompileOptions.Passes) {
    simplifyRepeatedly(passes)
    guard passes.contains(.fusion) else { return }
    var pass = ShiftedRows()
    var sums = PlacedSums()
    if rewrite(with: &pass) + rewrite(with: &sums) > 0, passes.contains(.deadNodes) { removeDeadNodes() }
  }

  private mutating func simplifyRepeatedly(_ passes: CompileOptions.Passes) {
    for _ in 0..<8 {
      var changes = 0
      if passes.contains(.constantFolding) {
        var pass = ConstantFolding()
        changes += rewrite(with: &pass)
      }
      if passes.contains(.commonSubexpressions) {
        var pass = CommonSubexpressions(capacity: nodes.count)
        _ = rewrite(with: &pass)
      }
      if passes.contains(.algebra) {
        var pass = AlgebraicSimplification(self)
        changes += rewrite(with: &pass)
      }
      if passes.contains(.stableForms) {
        var pass = StableForms(self)
        changes += rewrite(with: &pass)
      }
      if passes.contains(.deadNodes) { removeDeadNodes() }
      if changes == 0 { return }
    }
  }
}
