/// What a search for values to compute again knows of a plan: units in order, the values that they hand over, and what
/// each takes to compute.
struct RecomputationModel {
  /// A value that lies in the arena.
  struct Value {
    /// The root in the plan's program graph.
    let root: Int32
    let bytes: Int
    /// The unit that computes it, by its time.
    let time: Int
    /// Whether that unit may compute it again.
    let isRepeatable: Bool
    /// Whether it outlives the run's steps.
    let isKept: Bool
  }

  /// A unit or a part of one: what it reads and writes, and what it takes.
  struct Work {
    var nodes: [Int32]
    var reads: [Int32] = [], writes: [Int32] = []
    /// Values that may take the place of what is read for the last time: pairs of what is written and read.
    var overwrites: [(written: Int32, read: Int32)] = []
    /// An estimate, in nanoseconds.
    var cost = 0.0
  }

  let plan: Plan
  let order: [Int32]
  private(set) var values: [Value] = []
  /// The values' numbers by root; -1 for what does not lie in the arena.
  private var numbers: [Int32]
  /// What each unit does, by time.
  private(set) var works: [Work] = []
  /// By time: a unit may be computed again before this time, since a leaf that it reads is renewed then.
  private(set) var deadlines: [Int] = []

  /// - Parameter excluded: units that compute nothing again.
  init(_ plan: Plan, _ memory: MemoryPlan, leastBytes: Int, excluded: Set<Int32> = []) {
    (self.plan, order) = (plan, memory.order)
    numbers = [Int32](repeating: -1, count: plan.graph.nodes.count)
    let owners = Set(plan.graph.nodes.indices.compactMap { plan[Int32($0)].home?.owner })
    for (time, unit) in order.enumerated() {
      for root in plan.units[Int(unit)].nodes where memory.arenaOwner(of: root) == root {
        numbers[Int(root)] = Int32(values.count)
        values.append(
          Value(
            root: root, bytes: MemoryPlan.padded(plan.graph.byteCount(of: root)), time: time,
            isRepeatable: plan.graph.byteCount(of: root) >= leastBytes && !owners.contains(root)
              && !excluded.contains(unit) && isRepeatable(root),
            isKept: plan[root].isKept))
      }
    }
    for unit in order {
      for root in plan.units[Int(unit)].nodes where numbers[Int(root)] < 0 {
        if let owner = memory.arenaOwner(of: root) { numbers[Int(root)] = numbers[Int(owner)] }
      }
    }
    findDeadlines(memory)
    works = order.map { work(of: plan.units[Int($0)], nodes: plan.units[Int($0)].nodes, writing: nil) }
  }

  // MARK: What may be computed again

  private func isRepeatable(_ root: Int32) -> Bool {
    guard !plan[root].isKept, plan[root].home == nil else { return false }
    let unit = plan.units[Int(plan[root].unit)]
    switch unit.kind {
    case .group: return !plan.isLate(root)
    case .matmul: return unit.nodes.count == 1 || plan.epilogue(of: unit.nodes[0]).epilogue.accumulated == nil
    case .rowBlocks: return true
    case .scalar: return false
    case .single:
      // A primitive of somebody's own may count its calls; loops and solutions take longer than anything else.
      let primitive = plan.graph.primitive(of: root)
      return primitive is SumOfPads || primitive is AsNumbers || primitive is AsIndices
        || (primitive is any DescribedPrimitive && !(primitive is any JointPrimitive))
    }
  }

  private mutating func findDeadlines(_ memory: MemoryPlan) {
    var renewals: [Int32: Int] = [:]
    for (time, unit) in order.enumerated() {
      for root in plan.units[Int(unit)].nodes where memory.isRenewedInPlace(root) {
        for update in plan.graph.updates where plan[update.next].root == root {
          renewals[plan[update.leaf].root] = time
        }
      }
    }
    deadlines = order.map { unit in
      plan.units[Int(unit)].nodes.reduce(.max) { least, node in
        plan.sources(of: node).reduce(least) { Swift.min($0, renewals[plan[$1].base] ?? .max) }
      }
    }
  }

  // MARK: What it takes

  /// What a unit does to make some of its values again, and nothing else.
  /// - Parameter alive: by value, whether it can be read, those of the unit itself among them.
  func work(again wanted: Set<Int32>, time: Int, from alive: [Bool]) -> Work {
    let unit = plan.units[Int(order[time])]
    guard unit.kind == .group else { return work(of: unit, nodes: unit.nodes, writing: wanted) }
    var needed = wanted.map { values[Int($0)].root }, nodes: [Int32] = []
    for node in unit.nodes.reversed() where needed.contains(node) {
      let number = numbers[Int(node)], isThere = number >= 0 && alive[Int(number)]
      if isThere, plan.graph.count(of: node) == unit.group.count, !wanted.contains(number) { continue }
      nodes.append(node)
      plan.forEachSource(of: node) { if !needed.contains($0) { needed.append($0) } }
    }
    return work(of: unit, nodes: nodes.reversed(), writing: wanted)
  }

  private func work(of unit: Plan.Unit, nodes: [Int32], writing wanted: Set<Int32>?) -> Work {
    var work = Work(nodes: nodes)
    for node in nodes {
      plan.forEachSource(of: node) { source in
        let value = numbers[Int(plan[source].base)]
        if value >= 0, !work.reads.contains(value), !nodes.contains(plan[source].base) { work.reads.append(value) }
      }
      let value = numbers[Int(node)]
      if value >= 0, unit.kind != .group || wanted?.contains(value) ?? true, !work.writes.contains(value) {
        work.writes.append(value)
      }
    }
    work.reads.sort()
    work.writes.sort()
    work.cost = cost(of: nodes) + 500
    if unit.kind == .group || unit.kind == .matmul, plan.passes.contains(.inPlace) {
      work.overwrites = overwrites(work, unit)
    }
    return work
  }

  private func overwrites(_ work: Work, _ unit: Plan.Unit) -> [(written: Int32, read: Int32)] {
    var result: [(written: Int32, read: Int32)] = []
    let sources = work.reads.map { values[Int($0)].root }
    let last = unit.kind == .group ? plan.lastReadings(of: sources, in: unit) : []
    for written in work.writes {
      let target = values[Int(written)].root
      for (index, source) in sources.enumerated() {
        let read = work.reads[index]
        if values[Int(read)].bytes != values[Int(written)].bytes || plan[target].unit == plan[source].unit { continue }
        let isGroup = unit.kind == .group && plan[target].unit == plan[unit.nodes[0]].unit
        let mayOverwrite =
          isGroup
          ? plan.mayOverwrite(source, lastRead: last[index], with: target) : plan.mayOverwrite(source, with: target)
        if mayOverwrite { result.append((written, read)) }
      }
    }
    return result
  }

  private func cost(of nodes: [Int32]) -> Double {
    nodes.reduce(0.0) { sum, id in
      let count = Double(Swift.max(plan.graph.count(of: id), plan.elementCount(of: id)))
      if let opcode = plan.graph.opcode(of: id) { return sum + count * (opcode.isDeep ? 0.5 : 0.1) }
      switch plan.graph.primitive(of: id) {
      case is MatMul:
        let (left, result) = (plan.graph.shape(of: plan.graph.input(of: id)), plan.graph.shape(of: id))
        let terms = Double(left.elementCount) / Double(Swift.max(1, result.elementCount / Swift.max(1, result[-1])))
        return sum + 2 * count * terms / 80
      case is Convolution:
        let sizes = plan.graph.inputs(of: id).map { Double(plan.graph.count(of: $0)) }
        return sum + sizes.reduce(count, *).squareRoot() * 2
      case is Sum, is Extremum, is LogSumExp, is Softmax: return sum + count * 0.5
      case is RandomUniform: return sum + count * 5
      case is any DataMovement, is Broadcast, is SumOfPads, is Pad: return sum + count * 0.5
      default: return sum + count * 20
      }
    }
  }
}
