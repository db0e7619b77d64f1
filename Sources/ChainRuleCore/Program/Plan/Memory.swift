/// Memory planning: where every value lies. Values live from the unit that computes them to the last that reads them;
/// those whose lifetimes do not overlap share the arena.

/// Numbers known when the program is made that steps read from memory, each once.
final class ScalarPool {
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
  /// The time of each unit in the order; -1 for units that were merged into others.
  private var times: [Int]
  /// Buffers in which parts of a value are computed before the value is.
  private var sharedBuffers: Set<Int> = []
  private(set) var buffers: [Buffer] = []
  /// What is known of each root's value.
  private var values: [Value]
  private(set) var arenaBytes = 0
  let pool = ScalarPool()

  private struct Value {
    /// The time of the unit that reads it last, or the end for what outlives the run; `nil` if nobody reads it.
    var lastUse: Int?
    var place: Place?
    /// Whether it is an update that is written where its leaf lies.
    var isRenewedInPlace = false
  }

  private enum Place {
    case buffer(Int)
    case outside(Location)
    /// A part of what another value takes.
    case home(Home)
  }

  init(_ plan: Plan, bases: BaseTable) {
    self.plan = plan
    self.bases = bases
    order = plan.order
    times = [Int](repeating: -1, count: plan.units.count)
    values = [Value](repeating: Value(), count: plan.graph.nodes.count)
    for (time, unit) in order.enumerated() { times[Int(unit)] = time }
    findLastUses()
    placeUpdates()
    placeOutputs()
    placeParts()
    for time in order.indices { placeResults(of: plan.units[Int(order[time])], time) }
    assignOffsets()
  }

  // MARK: Lifetimes

  private mutating func findLastUses() {
    for (time, unit) in order.enumerated() {
      for node in plan.units[Int(unit)].nodes {
        plan.forEachSource(of: node) { values[Int(plan[$0].base)].lastUse = time }
      }
    }
    for id in plan.graph.outputs + plan.graph.updates.map(\.next) { values[Int(plan[id].root)].lastUse = order.count }
  }

  /// Whether a value is written to memory: somebody outside its unit reads it.
  func isStored(_ root: Int32) -> Bool {
    if plan.graph.nodes[Int(root)].kind != .operation { return true }
    let unit = plan[root].unit
    guard unit >= 0 else { return false }
    // What nobody reads (dead nodes left in) still needs a place of its own, unless it stays in a tile.
    guard let last = values[Int(root)].lastUse else {
      return plan.units[Int(unit)].kind == .group ? plan.isLate(root) : plan.units[Int(unit)].kind != .scalar
    }
    if plan.units[Int(unit)].kind == .scalar { return plan.isReadFromMemory(root) }
    return plan.isLate(root) || last > times[Int(unit)]
  }

  func isRenewedInPlace(_ root: Int32) -> Bool { values[Int(root)].isRenewedInPlace }

  /// The value whose memory holds this one, if that is in the arena.
  func arenaOwner(of root: Int32) -> Int32? {
    var (owner, place) = (root, values[Int(root)].place)
    while case .home(let home)? = place { (owner, place) = (home.owner, values[Int(home.owner)].place) }
    if case .buffer? = place { return owner }
    return nil
  }

  // MARK: Places

  /// Where a value that is stored (or a leaf) lies.
  func location(of root: Int32) throws -> Location {
    let base = plan[root].base
    var (owner, offset, place) = (base, plan[root].offset, values[Int(base)].place)
    while case .home(let home)? = place {
      (owner, offset, place) = (home.owner, offset + home.rows.offset, values[Int(home.owner)].place)
    }
    var location: Location
    switch place {
    case .outside(let place)?: location = place
    case .buffer(let buffer)?: location = .arena(buffers[buffer].offset)
    case .home?, nil:
      guard let place = leafLocation(owner) else {
        throw plan.graph.hole(root, lacks: "a place in memory")
      }
      location = place
    }
    location.offset += offset * plan.graph.stride(of: root)
    return location
  }

  /// The rows as which a value is written, if they lie apart.
  func rowsApart(_ root: Int32) -> Rows? {
    guard case .home(let home)? = values[Int(root)].place, !home.rows.isConsecutive else { return nil }
    return home.rows
  }

  func leafLocation(_ root: Int32) -> Location? {
    let node = plan.graph.nodes[Int(root)]
    return switch node.kind {
    case .input: bases.input(node.leaf)
    case .parameter: bases.parameter(node.leaf)
    case .state: bases.state(node.leaf)
    case .constant where node.leaf >= 0: bases.constant(node.leaf)
    case .constant: bases.pool(pool.entry(node.value), stride: plan.graph.elementType.stride)
    case .operation: nil
    }
  }

  /// An update takes the place of its leaf if everybody else has read the leaf by then.
  private mutating func placeUpdates() {
    guard plan.passes.contains(.inPlace) else { return }
    for update in plan.graph.updates {
      let (leaf, next) = (plan[update.leaf].root, plan[update.next].root)
      let unit = plan[next].unit
      guard plan.graph.nodes[Int(next)].kind == .operation, unit >= 0, values[Int(next)].place == nil,
        !plan[leaf].isKept, !plan.isScalar(next), let place = leafLocation(leaf)
      else { continue }
      let time = times[Int(unit)], last = values[Int(leaf)].lastUse
      let (isLast, isReadHere) = (last.map { $0 <= time } ?? true, last == time)
      if isLast, !isReadHere || plan.mayOverwrite(leaf, with: next) {
        values[Int(next)].place = .outside(place)
        values[Int(next)].isRenewedInPlace = true
      }
    }
  }

  /// An output is computed where the caller wants it, if it is computed at all.
  private mutating func placeOutputs() {
    for (number, id) in plan.graph.outputs.enumerated() {
      let root = plan[id].root
      guard plan.graph.nodes[Int(root)].kind == .operation, values[Int(root)].place == nil, !plan.isScalar(root) else {
        continue
      }
      values[Int(root)].place = .outside(bases.output(number))
    }
  }

  /// What is computed as a part of another value has its place there: the other's buffer is needed from its first part
  /// until nobody reads the value or a part of it.
  private mutating func placeParts() {
    var lives: [Int32: (first: Int, last: Int)] = [:]
    for id in plan.graph.nodes.indices.map(Int32.init) {
      guard var home = plan[id].home, values[Int(id)].place == nil else { continue }
      values[Int(id)].place = .home(home)
      while let next = plan[home.owner].home { home = next }
      let time = times[Int(plan[id].unit)], end = times[Int(plan[home.owner].unit)]
      let known = lives[home.owner] ?? (end, values[Int(home.owner)].lastUse ?? end)
      lives[home.owner] = (
        Swift.min(known.first, time), Swift.max(known.last, values[Int(id)].lastUse ?? time)
      )
    }
    for (owner, life) in lives.sorted(by: { $0.key < $1.key }) where values[Int(owner)].place == nil {
      let bytes = Self.padded(plan.graph.byteCount(of: owner))
      buffers.append(Buffer(bytes: bytes, first: life.first, last: life.last))
      sharedBuffers.insert(buffers.count - 1)
      values[Int(owner)].place = .buffer(buffers.count - 1)
    }
  }

  private mutating func placeResults(of unit: Plan.Unit, _ time: Int) {
    let ending = endingOperands(of: unit, time)
    for root in unit.nodes where isStored(root) && values[Int(root)].place == nil {
      let bytes = plan.graph.byteCount(of: root)
      let last = values[Int(root)].lastUse.map { Swift.max($0, time) } ?? time
      if let reused = reusable(for: root, ending, time, bytes) {
        buffers[reused].last = last
        values[Int(root)].place = .buffer(reused)
      } else {
        buffers.append(Buffer(bytes: Self.padded(bytes), first: time, last: last))
        values[Int(root)].place = .buffer(buffers.count - 1)
      }
    }
  }

  /// What a unit reads for the last time.
  private struct EndingOperand {
    let source: Int32
    /// The buffer that it leaves.
    let buffer: Int
    /// The member that reads it last, in a group.
    var lastRead: Int32 = -1
  }

  /// What a unit reads for the last time, in the order in which it is read.
  private func endingOperands(of unit: Plan.Unit, _ time: Int) -> [EndingOperand] {
    guard plan.passes.contains(.inPlace), unit.kind != .scalar else { return [] }
    var ending: [EndingOperand] = []
    for node in unit.nodes {
      plan.forEachSource(of: node) { source in
        guard case .buffer(let buffer)? = values[Int(source)].place, values[Int(source)].lastUse == time,
          !sharedBuffers.contains(buffer), buffers[buffer].first < time, plan[source].unit != plan[node].unit,
          !ending.contains(where: { $0.source == source })
        else { return }
        ending.append(EndingOperand(source: source, buffer: buffer))
      }
    }
    if unit.kind == .group {
      let last = plan.lastReadings(of: ending.map(\.source), in: unit)
      for index in ending.indices { ending[index].lastRead = last[index] }
    }
    return ending
  }

  /// The buffer of an operand that is read for the last time, element by element, by the node that takes its place.
  private func reusable(for root: Int32, _ ending: [EndingOperand], _ time: Int, _ bytes: Int) -> Int? {
    let isGroup = plan.units[Int(plan[root].unit)].kind == .group
    return ending.first {
      buffers[$0.buffer].last == time && plan.graph.byteCount(of: $0.source) == bytes
        && buffers[$0.buffer].bytes == Self.padded(bytes)
        && (isGroup
          ? plan.mayOverwrite($0.source, lastRead: $0.lastRead, with: root) : plan.mayOverwrite($0.source, with: root))
    }?.buffer
  }

  static func padded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

  // MARK: Offsets

  /// With this many buffers or more each has memory of its own: every buffer is compared with all that have a place.
  private static let mostSharedBuffers = 20_000

  /// Where buffers begin that lie behind an offset.
  private static func position(behind offset: Int, _ placed: [Buffer]) -> Int {
    var (low, high) = (0, placed.count)
    while low < high {
      let middle = (low + high) / 2
      if placed[middle].offset > offset { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Gives every buffer its offset: largest first, at the lowest place that no buffer of an overlapping lifetime has.
  private mutating func assignOffsets() {
    guard plan.passes.contains(.memoryReuse), buffers.count < Self.mostSharedBuffers else {
      for index in buffers.indices {
        buffers[index].offset = arenaBytes
        arenaBytes += buffers[index].bytes
      }
      return
    }
    var placed: [Buffer] = []  // by offset
    placed.reserveCapacity(buffers.count)
    let bySize = buffers.indices.map { (bytes: buffers[$0].bytes, index: $0) }
      .sorted { ($0.bytes, $1.index) > ($1.bytes, $0.index) }
    for (_, index) in bySize {
      var buffer = buffers[index]
      for other in placed
      where other.first <= buffer.last && buffer.first <= other.last && buffer.offset < other.offset + other.bytes {
        if other.offset >= buffer.offset + buffer.bytes { break }
        buffer.offset = other.offset + other.bytes
      }
      buffers[index] = buffer
      placed.insert(buffer, at: Self.position(behind: buffer.offset, placed))
      arenaBytes = Swift.max(arenaBytes, buffer.offset + buffer.bytes)
    }
  }
}
