/// The units of a plan, written down as a program graph in the order in which they run, some of them several times.
///
/// A plan that follows it makes the same units of the same nodes and decides nothing anew that a sum or a rounding
/// depends on: what is joined, what a product takes over, which products are fused with sums. So what is computed again
/// has the same bits as what was computed first.
struct PlannedUnits {
  private(set) var graph: ProgramGraph
  private(set) var units: [Plan.Unit] = []
  /// The units of the plan that these are made of.
  private(set) var origins: [Int32] = []
  /// By node: whether it counts as read by several, and whether it is not written out.
  private(set) var isShared: [Bool] = [], isVirtual: [Bool] = []
  private(set) var homes: [(piece: Int32, home: Home)] = []

  private let plan: Plan
  /// By node of the plan: the copy that is read now; -1 for none yet.
  private var current: [Int32]
  /// Copies of what no unit computes (reshapes, broadcasts that are seen through), with the inputs they were made for.
  private var others: [Int32: (copy: Int32, inputs: [Int32])] = [:]

  /// What runs: a unit, or the part of it that makes some of its values again.
  struct Event {
    let unit: Int32
    /// The members that are computed, in order.
    let nodes: [Int32]
    /// The values that are made again; empty for a unit as it was planned.
    let again: [Int32]
  }

  init(_ plan: Plan, _ events: [Event]) {
    self.plan = plan
    graph = plan.graph
    (graph.nodes, graph.runs) = ([], [])
    current = [Int32](repeating: -1, count: plan.graph.nodes.count)
    for (id, node) in plan.graph.nodes.enumerated() where node.kind != .operation {
      current[id] = append(node, Int32(id))
    }
    for event in events { write(event) }
    writeHomes()
    graph.outputs = plan.graph.outputs.map { latest($0, [:]) }
    graph.updates = plan.graph.updates.map { (latest($0.leaf, [:]), latest($0.next, [:])) }
  }

  private mutating func write(_ event: Event) {
    var unit = plan.units[Int(event.unit)], made: [Int32: Int32] = [:]
    unit.nodes = event.nodes.map { old -> Int32 in
      var node = plan.graph.nodes[Int(old)]
      let inputs = plan.graph.inputs(of: old).map { latest($0, made) }
      graph.setInputs(of: &node, inputs)
      let new = append(node, old)
      made[old] = new
      return new
    }
    guard let last = unit.nodes.last else { return }
    (unit.position, unit.consumers) = (Plan.Position(node: last), [])
    units.append(unit)
    origins.append(event.unit)
    for old in event.again.isEmpty ? event.nodes : event.again { current[Int(old)] = made[old] ?? current[Int(old)] }
    if event.again.isEmpty { originals.merge(made) { first, _ in first } }
  }
  /// The first copies of what units compute.
  private var originals: [Int32: Int32] = [:]

  private mutating func append(_ node: ProgramGraph.Node, _ old: Int32) -> Int32 {
    isShared.append(plan.onlyReader(of: old) == nil)
    isVirtual.append(plan[old].isVirtual)
    return graph.append(node)
  }

  /// The copy that stands for a node now: one of the unit that is being written, or the latest there is.
  private mutating func latest(_ old: Int32, _ made: [Int32: Int32]) -> Int32 {
    if let copy = made[old] { return copy }
    let isInUnit = plan[old].root == old && plan[old].unit >= 0
    var node = plan.graph.nodes[Int(old)]
    if isInUnit || node.kind != .operation { return current[Int(old)] }
    let inputs = plan.graph.inputs(of: old).map { latest($0, made) }
    if let known = others[old], known.inputs == inputs { return known.copy }
    graph.setInputs(of: &node, inputs)
    let copy = append(node, old)
    others[old] = (copy, inputs)
    return copy
  }

  /// What is computed as a part of another value still is.
  private mutating func writeHomes() {
    for (old, copy) in originals {
      guard let home = plan[old].home, let owner = originals[home.owner] else { continue }
      homes.append((copy, Home(owner: owner, rows: home.rows)))
    }
  }
}

extension Plan {
  /// The plan that has exactly these units.
  init(following planned: PlannedUnits, passes: CompileOptions.Passes) {
    self.init(planned.graph, passes: passes)
    isFollowing = true
    for id in planned.graph.nodes.indices.map(Int32.init) {
      self[id].isShared = planned.isShared[Int(id)]
      self[id].isVirtual = planned.isVirtual[Int(id)]
    }
    operandTable = OperandTable(self)
    for unit in planned.units {
      if unit.kind == .matmul, unit.nodes.count > 1 {
        absorbed[unit.nodes[0]] = Array(unit.nodes.dropFirst())
        for node in unit.nodes.dropFirst() { self[node].absorber = unit.nodes[0] }
      }
      add(unit)
    }
    for (piece, home) in planned.homes { self[piece].home = home }
  }
}
