/// Memory planning: where every value lies. Values live from the unit that computes them to the last that reads them;
/// those whose lifetimes do not overlap share the arena.

/// A stretch of the arena with its lifetime in units.
struct Buffer: Sendable {
  let bytes: Int
  let first: Int
  var last: Int
  var offset = 0
}

/// The table of bases: the arena, then what lies outside it.
struct BaseTable: Sendable {
  let inputs: Int, parameters: Int, states: Int, constants: Int, outputs: Int
  func input(_ number: Int32) -> Int32 { 1 + number }
  func parameter(_ number: Int32) -> Int32 { 1 + Int32(inputs) + number }
  func state(_ number: Int32) -> Int32 { 1 + Int32(inputs + parameters) + number }
  func constant(_ number: Int32) -> Int32 { 1 + Int32(inputs + parameters + states) + number }
  func output(_ number: Int) -> Int32 { Int32(1 + inputs + parameters + states + constants + number) }
  /// The pool of numbers.
  var numbers: Int32 { output(outputs) }
  var count: Int { 2 + inputs + parameters + states + constants + outputs }
}

/// Numbers known when the program is made that steps read from memory, each once.
final class NumberPool {
  private(set) var values: [Double] = []
  private var known: [UInt64: Int] = [:]

  /// The entry that holds a number.
  func entry(_ value: Double) -> Int {
    if let index = known[value.bitPattern] { return index }
    known[value.bitPattern] = values.count
    values.append(value)
    return values.count - 1
  }
}

/// The places of all values that are written to memory.
struct MemoryPlan {
  private let plan: Plan
  let order: [Int32]
  let bases: BaseTable
  /// The time of each unit in the order; the leaves' is -1.
  private(set) var times: [Int]
  private(set) var buffers: [Buffer] = []
  /// Buffers by root, or an outside location.
  private var bufferOf: [Int32: Int] = [:]
  private var outside: [Int32: Location] = [:]
  private var lastUse: [Int32: Int] = [:]
  private(set) var arenaBytes = 0
  let numbers = NumberPool()
  /// Roots of updates that are written where their leaf lies.
  private(set) var renewedInPlace: Set<Int32> = []

  init(_ plan: Plan, bases: BaseTable) {
    self.plan = plan
    self.bases = bases
    order = plan.order
    times = [Int](repeating: -1, count: plan.units.count)
    for (time, unit) in order.enumerated() { times[Int(unit)] = time }
    findLastUses()
    placeUpdates()
    placeOutputs()
    for time in order.indices { placeResults(of: plan.units[Int(order[time])], time) }
    assignOffsets()
  }

  // MARK: Lifetimes

  private mutating func findLastUses() {
    for (time, unit) in order.enumerated() {
      for node in plan.units[Int(unit)].nodes {
        for source in plan.sources(of: node) { lastUse[plan.views.bases[Int(source)]] = time }
      }
    }
    for id in plan.draft.outputs + plan.draft.updates.map(\.next) { lastUse[plan.roots[Int(id)]] = order.count }
  }

  /// Whether a value is written to memory: somebody outside its unit reads it.
  func isStored(_ root: Int32) -> Bool {
    let node = plan.draft.nodes[Int(root)]
    if node.kind != .operation { return true }
    let unit = plan.unitOf[Int(root)]
    guard unit >= 0 else { return false }
    // What nobody reads (dead nodes left in) still needs a place of its own, unless it stays in a tile.
    guard let last = lastUse[root] else {
      return plan.units[Int(unit)].kind == .group ? plan.isLate(root) : plan.units[Int(unit)].kind != .number
    }
    if plan.units[Int(unit)].kind == .number { return plan.isReadFromMemory(root) }
    return plan.isLate(root) || last > times[Int(unit)]
  }

  // MARK: Places

  /// Where a value that is stored (or a leaf) lies.
  func location(of root: Int32) -> Location {
    if plan.views.isView(root) {
      var place = location(of: plan.views.bases[Int(root)])
      let stride = plan.draft.nodes[Int(root)].isIndex ? 4 : plan.draft.elementType.stride
      place.offset += plan.views.offsets[Int(root)] * stride
      return place
    }
    if let location = leafLocation(root) ?? outside[root] { return location }
    guard let buffer = bufferOf[root] else { return Location(base: 0, offset: 0) }
    return Location(base: 0, offset: buffers[buffer].offset)
  }

  func leafLocation(_ root: Int32) -> Location? {
    let node = plan.draft.nodes[Int(root)]
    switch node.kind {
    case .input: return Location(base: bases.input(node.leaf), offset: 0)
    case .parameter: return Location(base: bases.parameter(node.leaf), offset: 0)
    case .state: return Location(base: bases.state(node.leaf), offset: 0)
    case .constant:
      return node.leaf >= 0
        ? Location(base: bases.constant(node.leaf), offset: 0)
        : Location(base: bases.numbers, offset: numbers.entry(node.value) * plan.draft.elementType.stride)
    case .operation: return nil
    }
  }

  /// An update takes the place of its leaf if everybody else has read the leaf by then.
  private mutating func placeUpdates() {
    guard plan.passes.contains(.inPlace) else { return }
    for update in plan.draft.updates {
      let (leaf, next) = (plan.roots[Int(update.leaf)], plan.roots[Int(update.next)])
      let unit = plan.unitOf[Int(next)]
      guard plan.draft.nodes[Int(next)].kind == .operation, unit >= 0, outside[next] == nil, !plan.isKept[Int(leaf)],
        !plan.isNumber(next), let place = leafLocation(leaf)
      else { continue }
      let isLast = (lastUse[leaf] ?? -1) <= times[Int(unit)]
      let isReadHere = lastUse[leaf] == times[Int(unit)]
      if isLast, !isReadHere || plan.mayOverwrite(leaf, with: next) {
        outside[next] = place
        renewedInPlace.insert(next)
      }
    }
  }

  /// An output is computed where the caller wants it, if it is computed at all.
  private mutating func placeOutputs() {
    for (number, id) in plan.draft.outputs.enumerated() {
      let root = plan.roots[Int(id)]
      guard plan.draft.nodes[Int(root)].kind == .operation, outside[root] == nil, !plan.isNumber(root) else { continue }
      outside[root] = Location(base: bases.output(number), offset: 0)
    }
  }

  private mutating func placeResults(of unit: Plan.Unit, _ time: Int) {
    for root in unit.nodes where isStored(root) && outside[root] == nil {
      let bytes = plan.byteCount(of: root), last = lastUse[root] ?? time
      if plan.passes.contains(.inPlace), let reused = reusable(for: root, unit, time, bytes) {
        buffers[reused].last = Swift.max(last, time)
        bufferOf[root] = reused
      } else {
        bufferOf[root] = addBuffer(bytes, time...Swift.max(last, time))
      }
    }
  }

  /// The buffer of an operand that is read for the last time, element by element, by the node that takes its place.
  private func reusable(for root: Int32, _ unit: Plan.Unit, _ time: Int, _ bytes: Int) -> Int? {
    guard unit.kind == .group || unit.kind == .matmul else { return nil }
    for node in unit.nodes {
      for source in plan.sources(of: node) {
        guard let buffer = bufferOf[source], lastUse[source] == time, buffers[buffer].last == time,
          buffers[buffer].first < time, plan.byteCount(of: source) == bytes,
          buffers[buffer].bytes == Self.padded(bytes),
          plan.unitOf[Int(source)] != plan.unitOf[Int(root)], plan.mayOverwrite(source, with: root)
        else { continue }
        return buffer
      }
    }
    return nil
  }

  static func padded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

  private mutating func addBuffer(_ bytes: Int, _ lifetime: ClosedRange<Int>) -> Int {
    buffers.append(Buffer(bytes: Self.padded(bytes), first: lifetime.lowerBound, last: lifetime.upperBound))
    return buffers.count - 1
  }

  // MARK: Offsets

  /// Gives every buffer its offset: largest first, at the lowest place that no buffer of an overlapping lifetime has.
  private mutating func assignOffsets() {
    guard plan.passes.contains(.memoryReuse), buffers.count < 20_000 else {
      for index in buffers.indices {
        buffers[index].offset = arenaBytes
        arenaBytes += buffers[index].bytes
      }
      return
    }
    var placed: [Int] = []  // by offset
    for index in buffers.indices.sorted(by: { (buffers[$0].bytes, $1) > (buffers[$1].bytes, $0) }) {
      let buffer = buffers[index]
      var offset = 0
      for other in placed
      where buffers[other].first <= buffer.last && buffer.first <= buffers[other].last
        && buffers[other].offset < offset + buffer.bytes && offset < buffers[other].offset + buffers[other].bytes
      {
        offset = buffers[other].offset + buffers[other].bytes
      }
      buffers[index].offset = offset
      let position = placed.firstIndex { buffers[$0].offset > offset } ?? placed.count
      placed.insert(index, at: position)
      arenaBytes = Swift.max(arenaBytes, offset + buffer.bytes)
    }
  }
}

extension Plan {
  /// Whether a number is needed by more than other numbers and the end of the run.
  func isReadFromMemory(_ root: Int32) -> Bool {
    readers(of: root).contains { reader in
      if isVirtual[Int(reader)] { return isReadFromMemory(reader) }
      let unit = unitOf[Int(reader)]
      return unit >= 0 && units[Int(unit)].kind != .number
    }
  }

  func byteCount(of root: Int32) -> Int {
    draft.count(of: root) * (draft.nodes[Int(root)].isIndex ? 4 : draft.elementType.stride)
  }

  /// The roots that a node reads, through broadcasts that are not written out.
  func sources(of node: Int32) -> [Int32] {
    let unit = unitOf[Int(node)]
    if unit >= 0, units[Int(unit)].kind == .group { return operands(of: node).map(\.source) }
    if unit >= 0, units[Int(unit)].kind == .matmul, node != units[Int(unit)].nodes[0] {
      // An absorbed node reads its bias, its scale or the matrix that is added to.
      return draft.inputs(of: node).map { id in
        let root = roots[Int(id)]
        return draft.primitive(of: root, as: Broadcast.self) != nil && draft.uniform(root) == nil
          ? roots[Int(draft.nodes[Int(root)].first)] : root
      }
    }
    return draft.inputs(of: node).map { roots[Int($0)] }
  }

  /// Whether `result` may be written where `source` lies: every reader of the source in the unit reads exactly the
  /// element that is then overwritten, and not after it.
  func mayOverwrite(_ source: Int32, with result: Int32) -> Bool {
    let unit = units[Int(unitOf[Int(result)])]
    switch unit.kind {
    case .group:
      guard !isLate(result), draft.count(of: source) == draft.count(of: result) else { return false }
      for node in unit.nodes {
        for operand in operands(of: node) where views.bases[Int(operand.source)] == source {
          if operand.source != source { return false }
          // A product may be computed as late as the sum that it is fused with.
          let time = draft.opcode(of: node) == .multiply ? onlyReader(of: node) ?? node : node
          if !operand.isFull || time > result || elementCount(of: node) != draft.count(of: result) { return false }
        }
      }
      return true
    case .matmul:
      let epilogue = epilogue(of: unit.nodes[0]).epilogue
      let others = draft.inputs(of: unit.nodes[0]).map { roots[Int($0)] } + [epilogue.bias, epilogue.alphaNumber]
      return epilogue.accumulated == source
        && !others.contains { $0 == source || ($0 >= 0 && views.bases[Int($0)] == source) }
    default: return false
    }
  }
}
