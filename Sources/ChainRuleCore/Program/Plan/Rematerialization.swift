/// Rematerialization: what a few cheap primitives make from values that are read anyway is computed again where it is
/// needed, instead of being written to memory by one group and read back by another.
///
/// For GELU the forward group would otherwise hand x², t = tanh(…), 1 − t² … over to the backward group; now it hands
/// over x alone. Only values too large for the caches are worth it. Counted in sweeps over memory:
///
/// - computing v again saves one read, and one write if no third group reads v;
/// - every value that the recipe needs in addition costs one read, and one write if nobody else needed it stored;
/// - what the kernels' table calls deep (exp, tanh, …) takes about as long as one sweep, the rest next to nothing.
struct Rematerialization {
  /// Primitives in a recipe.
  static let longestRecipe = 8

  private let plan: Plan
  private let leastBytes: Int
  private var graph: ProgramGraph { plan.graph }
  /// What each group computes again, recipes included.
  private var recomputed: [Int32: Set<Int32>] = [:]

  /// The program graph with recipes in front of their readers, or `nil` if nothing is gained.
  static func apply(to graph: ProgramGraph, options: CompileOptions) -> ProgramGraph? {
    let least = Swift.max(options.leastRematerializedBytes, 2 * graph.elementType.stride)
    guard options.passes.contains(.rematerialization), options.passes.contains(.fusion),
      graph.shapes.contains(where: { $0.elementCount * graph.elementType.stride >= least })
    else { return nil }
    var plan = Plan(graph, passes: options.passes)
    plan.makeUnits()
    var search = Rematerialization(plan: plan, leastBytes: least)
    for unit in plan.units.indices where plan.units[unit].kind == .group && !plan.units[unit].isMerged {
      search.choose(Int32(unit))
    }
    return search.recomputed.isEmpty ? nil : search.rewritten()
  }

  private init(plan: Plan, leastBytes: Int) { (self.plan, self.leastBytes) = (plan, leastBytes) }

  // MARK: Choosing

  private func isLarge(_ id: Int32) -> Bool { graph.count(of: id) * graph.elementType.stride >= leastBytes }

  /// Whether a unit may compute this again. What takes a sweep is read instead where others need it stored anyway.
  private func isCheap(_ id: Int32, for unit: Int32) -> Bool {
    guard plan.units[Int(plan[id].unit)].kind == .group else { return false }
    guard let opcode = graph.opcode(of: id) else { return false }
    return !opcode.isDeep || (!plan[id].isKept && !isReadElsewhere(id, than: unit))
  }

  private func takesASweep(_ id: Int32) -> Bool { graph.opcode(of: id)?.isDeep == true }

  /// Large values that a group reads from other groups, element by element.
  private func handedOver(to unit: Int32) -> [Int32] {
    var values: Set<Int32> = []
    for node in plan.units[Int(unit)].nodes {
      for operand in plan.operands(of: node) where operand.isFull && isLarge(operand.source) {
        let producer = plan[operand.source].unit
        if producer >= 0, producer != unit, !plan.isView(operand.source) { values.insert(operand.source) }
      }
    }
    return values.sorted()
  }

  private mutating func choose(_ unit: Int32) {
    let values = handedOver(to: unit)
    var again: Set<Int32> = [], targets: Set<Int32> = [], needed: Set<Int32> = []
    for value in values where isCheap(value, for: unit) && !plan[value].isKept {
      guard
        let recipe = recipe(for: value, in: unit, known: again)
          ?? recipe(for: value, in: unit, known: again, fromWritten: true)
      else { continue }
      targets.insert(value)
      again.formUnion(recipe.nodes)
      needed.formUnion(recipe.reads)
    }
    var gain = 0
    for value in targets { gain += isReadElsewhere(value, than: unit) ? 1 : 2 }
    for read in needed.subtracting(again) where isLarge(read) && !values.contains(read) {
      gain -= isWritten(read) ? 1 : 2
    }
    for node in again where takesASweep(node) { gain -= 1 }
    if gain > 0 { recomputed[unit] = again }
  }

  /// The cheap primitives that make a value, and what they read: values that are no cheap primitives, or also
  /// whatever is written for others, as what a relu's mask is made from is for the product behind it.
  private func recipe(
    for value: Int32, in unit: Int32, known: Set<Int32>, fromWritten: Bool = false
  ) -> (nodes: Set<Int32>, reads: Set<Int32>)? {
    var nodes: Set<Int32> = [], reads: Set<Int32> = [], open = [value]
    while let node = open.popLast() {
      guard !nodes.contains(node), !known.contains(node) else { continue }
      nodes.insert(node)
      if nodes.count > Self.longestRecipe { return nil }
      for operand in plan.operands(of: node) {
        // Rows and columns of a smaller value cost as much as reading what they make.
        if !operand.isFull, !operand.isSingle { return nil }
        if operand.isFull, graph.nodes[Int(operand.source)].kind == .operation, !plan.isView(operand.source),
          plan[operand.source].unit >= 0, isCheap(operand.source, for: unit),
          !fromWritten || !isWritten(operand.source)
        {
          open.append(operand.source)
        } else {
          reads.insert(operand.source)
        }
      }
    }
    return (nodes, reads)
  }

  private func readingUnits(of value: Int32) -> Set<Int32> {
    var units: Set<Int32> = []
    for reader in plan.readers(of: value) {
      // A broadcast that is seen through is read by whoever reads it.
      if plan[reader].isVirtual || plan.isView(reader) {
        units.formUnion(plan.readers(of: reader).map { plan[$0].unit })
      } else {
        units.insert(plan[reader].unit)
      }
    }
    return units
  }

  private func isReadElsewhere(_ value: Int32, than unit: Int32) -> Bool {
    !readingUnits(of: value).isSubset(of: [unit, plan[value].unit])
  }

  private func isWritten(_ value: Int32) -> Bool {
    let unit = plan.producer(of: value)
    return unit < 0 || plan.units[Int(unit)].kind != .group || plan[value].isKept
      || !readingUnits(of: value).isSubset(of: [unit])
  }

  // MARK: Writing

  /// Writes the program graph anew; a group with recipes and the recipes share a number, so that they are planned
  /// together.
  private func rewritten() -> ProgramGraph {
    var (result, made): (ProgramGraph, [Int32: [Int32: Int32]]) = (graph, [:])
    result.rewrite { node, old, copies, result in
      let unit = plan[old].unit
      guard node.kind == .operation, unit >= 0, let again = recomputed[unit] else { return result.append(node) }
      var node = node
      node.togetherWith = unit + 1
      let inputs = graph.inputs(of: old).map { input(again, $0, unit, &result, copies, &made) }
      result.setInputs(of: &node, inputs)
      return result.append(node)
    }
    if plan.passes.contains(.deadNodes) { result.removeDeadNodes() }
    return result
  }

  /// What a node of the group reads: the value as it was, or made again. Recipes stand on one another no deeper than a
  /// group is long.
  private func input(
    _ again: Set<Int32>, _ id: Int32, _ unit: Int32, _ result: inout ProgramGraph, _ copies: [Int32],
    _ made: inout [Int32: [Int32: Int32]]
  ) -> Int32 {
    let root = plan[id].root
    guard again.contains(root), plan[root].unit != unit else { return copies[Int(id)] }
    if made[unit]?[root] == nil {
      var node = graph.nodes[Int(root)]
      node.togetherWith = unit + 1
      let inputs = graph.inputs(of: node).map { input(again, $0, unit, &result, copies, &made) }
      result.setInputs(of: &node, inputs)
      made[unit, default: [:]][root] = result.append(node)
    }
    guard let copy = made[unit]?[root] else { return copies[Int(id)] }
    return result.reshaped(copy, to: graph.shape(of: id))
  }
}
