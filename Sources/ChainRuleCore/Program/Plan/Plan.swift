/// From a simplified draft to steps: what is computed together (units), in which order, and where values lie.
///
/// A unit is a group of elementwise nodes and reductions run tile by tile, a matrix product with its epilogue, a
/// number, or any other single primitive. Positions order the units; a unit is only ever given inputs from units
/// that stand before it, so that joining nodes can never make a cycle.
struct Plan {
  let draft: Draft
  let passes: CompileOptions.Passes
  /// The node that holds the same elements: reshapes and copies are no work.
  var roots: [Int32]
  /// Nodes that read a root: start of each node's run in `readers`, one more at the end.
  private(set) var readerStarts: [Int32] = []
  private(set) var readers: [Int32] = []
  /// The unit that computes a node; -1 for leaves and for what is not computed on its own.
  var unitOf: [Int32]
  var units: [Unit] = []
  /// Roots that outlive their unit: outputs and updates.
  var isKept: [Bool]
  /// Slices that are read where they lie.
  let views: Views

  struct Unit {
    enum Kind: UInt8 { case group, matmul, number, single }
    var kind: Kind
    /// In topological order.
    var nodes: [Int32]
    var position: Position
    var consumers: Set<Int32> = []
    var group = GroupShape()
    /// The number that its nodes share, if they are to be planned together.
    var togetherWith: Int32 = 0
    var isMerged = false
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

  var sequence: Int32 = 0
  /// The last group that read a value, to find groups that read the same.
  var lastReader: [Int32: Int32] = [:]

  init(_ draft: Draft, passes: CompileOptions.Passes) {
    self.draft = draft
    self.passes = passes
    roots = Self.roots(of: draft)
    unitOf = [Int32](repeating: -1, count: draft.nodes.count)
    isKept = [Bool](repeating: false, count: draft.nodes.count)
    for id in draft.outputs { isKept[Int(roots[Int(id)])] = true }
    for update in draft.updates { isKept[Int(roots[Int(update.next)])] = true }
    views = Views(draft, roots: roots, isKept: isKept, passes: passes)
    countReaders()
  }

  private static func roots(of draft: Draft) -> [Int32] {
    var roots = [Int32](repeating: 0, count: draft.nodes.count)
    for id in draft.nodes.indices {
      let node = draft.nodes[id]
      roots[id] = Int32(id)
      guard node.kind == .operation, node.inputCount == 1 else { continue }
      if node.opcode == .copy || (node.opcode == nil && isAlias(draft.primitive(of: node))) {
        // A number is kept apart from tensors: it lives in the file of numbers.
        if (node.shape == 0) == (draft.nodes[Int(node.first)].shape == 0),
          node.isIndex == draft.nodes[Int(node.first)].isIndex
        {
          roots[id] = roots[Int(node.first)]
        }
      }
    }
    return roots
  }

  private static func isAlias(_ primitive: (any Primitive)?) -> Bool {
    primitive is Reshape || primitive is StopGradient
  }

  func isAlias(_ id: Int32) -> Bool { roots[Int(id)] != id }

  private mutating func countReaders() {
    var counts = [Int32](repeating: 0, count: draft.nodes.count + 1)
    for id in draft.nodes.indices where draft.nodes[id].kind == .operation && roots[id] == Int32(id) {
      for index in 0..<Int(draft.nodes[id].inputCount) {
        counts[Int(roots[Int(draft.input(index, of: draft.nodes[id]))])] += 1
      }
    }
    readerStarts = [Int32](repeating: 0, count: draft.nodes.count + 1)
    for id in draft.nodes.indices { readerStarts[id + 1] = readerStarts[id] + counts[id] }
    readers = [Int32](repeating: 0, count: Int(readerStarts[draft.nodes.count]))
    var next = readerStarts
    for id in draft.nodes.indices where draft.nodes[id].kind == .operation && roots[id] == Int32(id) {
      for index in 0..<Int(draft.nodes[id].inputCount) {
        let root = Int(roots[Int(draft.input(index, of: draft.nodes[id]))])
        readers[Int(next[root])] = Int32(id)
        next[root] += 1
      }
    }
  }

  /// The nodes that read a root, each as often as it reads it.
  func readers(of root: Int32) -> ArraySlice<Int32> {
    readers[Int(readerStarts[Int(root)])..<Int(readerStarts[Int(root) + 1])]
  }

  /// The only node that reads a root, if nothing else needs it.
  func onlyReader(of root: Int32) -> Int32? {
    let readers = readers(of: root)
    return readers.count == 1 && !isKept[Int(root)] ? readers.first : nil
  }

  func isNumber(_ id: Int32) -> Bool { draft.nodes[Int(id)].shape == 0 && !draft.nodes[Int(id)].isIndex }

  /// The unit that computes a value, or what it is a view of; -1 for leaves.
  func producer(of root: Int32) -> Int32 { unitOf[Int(views.bases[Int(root)])] }

  func position(of root: Int32) -> Position {
    let unit = producer(of: root)
    return unit < 0 ? Position(node: -1) : units[Int(unit)].position
  }

  // MARK: Making units

  /// Groups all nodes into units and puts the units into the order in which they run.
  mutating func makeUnits() {
    if passes.contains(.matrixEpilogues) { findMatrixEpilogues() }
    findVirtualBroadcasts()
    for id in draft.nodes.indices { place(Int32(id)) }
    if passes.contains(.inPlace) { hoistUpdates() }
  }

  private mutating func place(_ id: Int32) {
    let node = draft.nodes[Int(id)]
    guard node.kind == .operation, roots[Int(id)] == id, !views.isView(id) else { return }
    if let product = absorbedBy[id] {
      if absorbed[product]?.last == id { placeProduct(product, last: id) }
      return
    }
    if absorbed[id] != nil { return }
    if isNumber(id), node.opcode != nil { return add(Unit(kind: .number, nodes: [id], position: Position(node: id))) }
    if isVirtual[Int(id)] { return }
    if isFusable(id) { return placeInGroup(id) }
    let isProduct = draft.primitive(of: id, as: MatMul.self) != nil
    add(Unit(kind: isProduct ? .matmul : .single, nodes: [id], position: Position(node: id)))
  }

  /// The product runs where the last node that it absorbed stands.
  private mutating func placeProduct(_ product: Int32, last: Int32) {
    add(Unit(kind: .matmul, nodes: [product] + (absorbed[product] ?? []), position: Position(node: last)))
  }

  mutating func add(_ unit: Unit) {
    units.append(unit)
    let number = Int32(units.count - 1)
    for node in unit.nodes {
      unitOf[Int(node)] = number
      addConsumer(number, of: node)
    }
  }

  /// Notes that a unit reads what a node reads.
  mutating func addConsumer(_ unit: Int32, of node: Int32) {
    for input in draft.inputs(of: node) {
      let producer = producer(of: operand(input).source)
      if producer >= 0, producer != unit { units[Int(producer)].consumers.insert(unit) }
    }
  }

  /// Broadcasts that are not written out.
  var isVirtual: [Bool] = []

  /// Products by the nodes they absorbed, and what each absorbed, in order.
  var absorbedBy: [Int32: Int32] = [:]
  var absorbed: [Int32: [Int32]] = [:]

  /// The units in running order.
  var order: [Int32] {
    units.indices.filter { !units[$0].isMerged }.map(Int32.init).sorted {
      units[Int($0)].position < units[Int($1)].position
    }
  }
}
