/// From a simplified program graph to steps: what is computed together (units), in which order, and where values lie.
///
/// A unit is a group of elementwise nodes and reductions run tile by tile, a matrix product with its epilogue, a
/// number, or any other single primitive. Positions order the units; a unit is only ever given inputs from units
/// that stand before it, so that joining nodes can never make a cycle.
struct Plan {
  let graph: ProgramGraph
  let passes: CompileOptions.Passes
  /// What the plan knows of each node.
  private var nodes: [PlannedNode] = []
  /// The nodes that read each root, root after root.
  private var readers: [Int32] = []
  var units: [Unit] = []
  /// What each product takes over, in order.
  var absorbed: [Int32: [Int32]] = [:]
  /// The nodes so far of the region that is being assigned.
  private var openRegion: [Int32] = []
  /// Whether the units are those of another plan.
  var isFollowing = false
  /// What each node reads, node after node, once that is settled (see Operand.swift); before, it is found anew.
  var operandTable: OperandTable?
  /// How many groups have been moved behind others.
  var sequence: Int32 = 0

  struct PlannedNode {
    /// The node that holds the same elements: reshapes and copies are no work. All else is said of roots.
    var root: Int32
    /// The unit that computes the node; -1 for leaves and for what is not computed on its own.
    var unit: Int32 = -1
    /// Whether it outlives its unit: outputs and updates.
    var isKept = false
    /// Whether it is a broadcast, or a slice in rows, that is not written out.
    var isVirtual = false
    /// The value that it is a stretch of, and how many elements from that value's start (see Views.swift); itself
    /// otherwise.
    var base: Int32, offset = 0
    /// The value that it is computed as a part of (see PartsInRows.swift).
    var home: Home?
    /// The product that takes it over as part of its epilogue; -1 if none does.
    var absorber: Int32 = -1
    /// Whether it counts as read by several, as in a plan that this one follows (see PlannedUnits.swift).
    var isShared = false
    /// The last group that read it, to find groups that read the same; -1 before.
    var lastReader: Int32 = -1
    fileprivate var firstReader: Int32 = 0, readerCount: Int32 = 0
  }

  subscript(id: Int32) -> PlannedNode {
    _read { yield nodes[Int(id)] }
    _modify { yield &nodes[Int(id)] }
  }

  struct Unit {
    enum Kind: UInt8 { case group, matmul, scalar, single, rowBlocks }
    var kind: Kind
    /// In topological order.
    var nodes: [Int32]
    var position: Position
    /// The units that read what its nodes compute; one may stand there several times.
    var consumers: [Int32] = []
    var group = GroupShape()
    /// The number that its nodes share, if they are to be planned together.
    var togetherWith: Int32 = 0
    var isMerged = false
    /// Whether the kernels' own tile programs run it, where it follows a unit of another plan.
    var hasKernel: Bool?
  }

  /// Where a unit stands; `sequence` orders those that were moved behind the same node, and `update` the updates that
  /// were brought forward to right behind a unit.
  struct Position: Comparable {
    var node: Int32
    var sequence: Int32 = 0
    var update: Int32 = 0
    static func < (a: Position, b: Position) -> Bool {
      (a.node, a.sequence, a.update) < (b.node, b.sequence, b.update)
    }
  }

  init(_ graph: ProgramGraph, passes: CompileOptions.Passes) {
    self.graph = graph
    self.passes = passes
    nodes = graph.nodes.indices.map { PlannedNode(root: Int32($0), base: Int32($0)) }
    findRoots()
    for id in graph.outputs { self[self[id].root].isKept = true }
    for update in graph.updates { self[self[update.next].root].isKept = true }
    if passes.contains(.inPlace) { findViews() }
    findReaders()
  }

  private mutating func findRoots() {
    for (id, node) in graph.nodes.enumerated() where node.kind == .operation && node.inputCount == 1 {
      guard node.opcode == .copy || graph.applies(Reshape.self, node) || graph.applies(StopGradient.self, node)
      else { continue }
      let input = graph.input(of: node), source = graph.nodes[Int(input)]
      // A number is kept apart from tensors: it lives in the file of numbers.
      if (node.shape == 0) == (source.shape == 0), node.isIndex == source.isIndex { nodes[id].root = self[input].root }
    }
  }

  func isAlias(_ id: Int32) -> Bool { self[id].root != id }

  private mutating func findReaders() {
    forEachReading { plan, root, _ in plan[root].readerCount += 1 }
    var count: Int32 = 0
    for id in nodes.indices {
      nodes[id].firstReader = count
      count += nodes[id].readerCount
      nodes[id].readerCount = 0
    }
    readers = [Int32](repeating: 0, count: Int(count))
    forEachReading { plan, root, reader in
      plan.readers[Int(plan[root].firstReader + plan[root].readerCount)] = reader
      plan[root].readerCount += 1
    }
  }

  /// Every input of every operation that is no alias, in order.
  private mutating func forEachReading(_ body: (inout Plan, _ root: Int32, _ reader: Int32) -> Void) {
    for (id, node) in graph.nodes.enumerated() where node.kind == .operation && !isAlias(Int32(id)) {
      for index in 0..<Int(node.inputCount) { body(&self, self[graph.input(index, of: node)].root, Int32(id)) }
    }
  }

  /// The nodes that read a root, each as often as it reads it.
  func readers(of root: Int32) -> ArraySlice<Int32> {
    let start = Int(self[root].firstReader)
    return readers[start..<start + Int(self[root].readerCount)]
  }

  /// The only node that reads a root, if nothing else needs it.
  func onlyReader(of root: Int32) -> Int32? {
    let readers = readers(of: root)
    return readers.count == 1 && !self[root].isKept && !self[root].isShared ? readers.first : nil
  }

  func isScalar(_ id: Int32) -> Bool { graph.nodes[Int(id)].shape == 0 && !graph.nodes[Int(id)].isIndex }

  /// The unit that computes a value, or what it is a view of; -1 for leaves.
  func producer(of root: Int32) -> Int32 { self[self[root].base].unit }

  func position(of root: Int32) -> Position {
    let unit = producer(of: root)
    return unit < 0 ? Position(node: -1) : units[Int(unit)].position
  }

  // MARK: Making units

  /// Groups all nodes into units and puts the units into the order in which they run.
  mutating func makeUnits() {
    if passes.contains(.matrixEpilogues) { findMatrixEpilogues() }
    findVirtualBroadcasts()
    operandTable = OperandTable(self)
    for (id, node) in graph.nodes.enumerated() {
      if node.region == 0 { assign(Int32(id)) } else { assign(Int32(id), toRegion: node.region) }
    }
    findHomes()
    if passes.contains(.inPlace) { bringUpdatesForward() }
  }

  /// Makes a node part of a unit, if it is computed at all.
  private mutating func assign(_ id: Int32) {
    let node = graph.nodes[Int(id)]
    guard node.kind == .operation, self[id].root == id, !isView(id) else { return }
    if self[id].absorber >= 0 { return addProduct(self[id].absorber, last: id) }
    if absorbed[id] != nil { return }
    if isScalar(id), node.opcode != nil { return add(Unit(kind: .scalar, nodes: [id], position: Position(node: id))) }
    if self[id].isVirtual { return }
    if isFusable(id) { return assignToGroup(id) }
    let isProduct = graph.applies(MatMul.self, id)
    add(Unit(kind: isProduct ? .matmul : .single, nodes: [id], position: Position(node: id)))
  }

  /// A region's nodes stand together, so that its unit runs where the last of them stands.
  private mutating func assign(_ id: Int32, toRegion region: Int32) {
    if graph.nodes[Int(id)].kind == .operation, self[id].root == id, !self[id].isVirtual { openRegion.append(id) }
    guard id + 1 == graph.nodes.count || graph.nodes[Int(id) + 1].region != region else { return }
    add(Unit(kind: .rowBlocks, nodes: openRegion, position: Position(node: id)))
    openRegion = []
  }

  /// The product runs where the last node that it takes over stands.
  private mutating func addProduct(_ product: Int32, last: Int32) {
    guard let nodes = absorbed[product], nodes.last == last else { return }
    add(Unit(kind: .matmul, nodes: [product] + nodes, position: Position(node: last)))
  }

  mutating func add(_ unit: Unit) {
    units.append(unit)
    let number = Int32(units.count - 1)
    for node in unit.nodes {
      self[node].unit = number
      addConsumer(number, of: node)
    }
  }

  /// Notes that a unit reads what a node reads.
  mutating func addConsumer(_ unit: Int32, of node: Int32) {
    let record = graph.nodes[Int(node)]
    for index in 0..<Int(record.inputCount) {
      let producer = producer(of: operand(graph.input(index, of: record)).source)
      if producer >= 0, producer != unit, units[Int(producer)].consumers.last != unit {
        units[Int(producer)].consumers.append(unit)
      }
    }
  }

  /// The units in running order.
  var order: [Int32] {
    // The positions beside their units: to look them up while sorting costs more than sorting.
    var placed: [(position: Position, unit: Int32)] = []
    for unit in units.indices where !units[unit].isMerged { placed.append((units[unit].position, Int32(unit))) }
    return placed.sorted { $0.position < $1.position }.map(\.unit)
  }
}
