/// Row blocks: what stands between products, with a row for each row of their results, is computed a block of rows at
/// a time and never written whole. In an attention that is everything with an element for each query and key:
///
/// | pass | region | results |
/// |---|---|---|
/// | forward | S = q·kᵀ, scaled and masked; P = softmax S, with dropout or without | P·v |
/// | backward | S and P made again; dP = dO·vᵀ; dS = P·(dP − Σ P·dP) | dS·k, dSᵀ·q, Pᵀ·dO |
///
/// A region is found from its results: products that read a *wide* value which other products and primitives on
/// rows make. It may be written in any way that such primitives say; nobody else may read what is wide, since that
/// would be written anyway. A region's nodes are copied to where the first of its results stands, whatever other
/// regions make again.
struct RowBlocks {
  /// What a region's wide values have in common: as many matrices of as many rows and columns.
  struct Layout: Hashable {
    var batch: Int, rows: Int, columns: Int
    var count: Int { batch * rows * columns }

    init(_ shape: Shape) {
      (rows, columns) = (shape[-2], shape[-1])
      batch = rows * columns == 0 ? 0 : shape.elementCount / (rows * columns)
    }
  }

  /// Roots that a wide value is made from.
  struct Slice {
    var members: Set<Int32> = [], products: Set<Int32> = [], broadcasts: Set<Int32> = []
    /// What is read from outside.
    var sources: Set<Int32> = []

    func union(_ other: Slice) -> Slice {
      Slice(
        members: members.union(other.members), products: products.union(other.products),
        broadcasts: broadcasts.union(other.broadcasts), sources: sources.union(other.sources))
    }
    /// All that is copied, in order.
    var nodes: [Int32] { (members.union(products).union(broadcasts)).sorted() }
  }

  struct Region {
    let layout: Layout
    var slice: Slice
    /// Products that read a wide value.
    var results: [Int32]
    /// Where its copy stands.
    let first: Int32
  }

  /// What a backward region makes again must be so many times as large as what a forward region alone leaves out: a
  /// product and a softmax cost more than reading a few megabytes.
  private static let timesMadeAgain = 20
  /// With this many rows or more some blocks have columns to leave out.
  private static let worthHiding = 96

  /// More primitives than this are not computed in one go.
  static let mostNodes = 64

  let plan: Plan
  var graph: ProgramGraph { plan.graph }
  var regions: [Region] = []

  /// The program graph with the nodes of each region together, or `nil` if there is none.
  static func apply(to graph: ProgramGraph, options: CompileOptions) -> ProgramGraph? {
    let needed: CompileOptions.Passes = [.rowBlocks, .deadNodes, .fusion, .inPlace]
    let least = Swift.max(1, options.leastRowBlockBytes / graph.elementType.stride)
    guard options.passes.isSuperset(of: needed), graph.shapes.contains(where: { $0.elementCount >= least }) else {
      return nil
    }
    func isWideProduct(_ id: Int32, _ graph: ProgramGraph) -> Bool {
      graph.primitive(of: id, as: MatMul.self) != nil
        && graph.inputs(of: id).contains { graph.count(of: $0) >= least }
    }
    guard graph.nodes.indices.contains(where: { isWideProduct(Int32($0), graph) }) else { return nil }
    let mirrored = mirrored(graph, options.passes, least: least)
    var search = RowBlocks(plan: Plan(mirrored, passes: options.passes))
    for id in mirrored.nodes.indices.map(Int32.init) where isWideProduct(id, mirrored) { search.add(id, least: least) }
    search.dropWhatDoesNotPay(least: timesMadeAgain * options.leastRowBlockBytes)
    search.dropWhatIsReadElsewhere()
    return search.regions.isEmpty ? nil : search.rewritten()
  }

  private init(plan: Plan) { self.plan = plan }

  /// The graph with (A·B)ᵀ as Bᵀ·Aᵀ where something is wide: gradients of what is written in columns are transposes.
  private static func mirrored(_ graph: ProgramGraph, _ passes: CompileOptions.Passes, least: Int) -> ProgramGraph {
    let plan = Plan(graph, passes: passes)
    var result = graph
    result.rewrite { node, old, copies, result in
      let id = graph.input(of: old), factors = node.inputCount == 1 ? graph.inputs(of: id) : []
      guard node.inputCount == 1,
        let order = (graph.primitive(of: old, as: Transpose.self)?.order).flatMap({ $0.count >= 2 ? $0 : nil }),
        order == Array(0..<order.count - 2) + [order.count - 1, order.count - 2],
        let product = graph.primitive(of: id, as: MatMul.self), plan.onlyReader(of: id) == old,
        (factors + [id]).contains(where: { graph.count(of: $0) >= least })
      else { return result.append(node) }
      let mirrored = MatMul(transposesLeft: !product.transposesRight, transposesRight: !product.transposesLeft)
      return result.append(
        mirrored, factors.reversed().map { copies[Int($0)] }, shape: graph.shape(of: old))
    }
    result.removeDeadNodes()
    return result
  }

  // MARK: Finding

  /// Makes a product a result of a region, if it reads a wide value that primitives on rows make from products.
  private mutating func add(_ product: Int32, least: Int) {
    for side in 0..<2 {
      let wide = graph.input(side, of: product), layout = Layout(graph.shape(of: wide))
      let other = plan[graph.input(1 - side, of: product)].root
      guard layout.count >= least, layout.rows > 1, layout.columns > 1, other != plan[wide].root,
        layout.count > graph.count(of: product), layout.count > graph.count(of: other),
        var slice = slice(of: plan[wide].root, layout), !slice.products.isEmpty, sharesOut(slice)
      else { continue }
      slice.sources.insert(other)
      return add(product, slice, layout)
    }
  }

  /// Whether rows are shares, by a softmax or an exponential. The hidden layer of a network is as wide between two
  /// products, but it would cost a product more to make it again.
  private func sharesOut(_ slice: Slice) -> Bool {
    slice.members.contains { graph.primitive(of: $0, as: Softmax.self) != nil || graph.opcode(of: $0) == .exp }
  }

  private mutating func add(_ result: Int32, _ slice: Slice, _ layout: Layout) {
    for index in regions.indices.reversed() where regions[index].layout == layout {
      let all = regions[index].slice.union(slice)
      guard !regions[index].slice.products.isDisjoint(with: slice.products), all.nodes.count <= Self.mostNodes,
        all.sources.allSatisfy({ isThere($0, before: regions[index].first) })
      else { continue }
      regions[index].slice = all
      return regions[index].results.append(result)
    }
    regions.append(Region(layout: layout, slice: slice, results: [result], first: result))
  }

  private func isThere(_ root: Int32, before first: Int32) -> Bool {
    root < first || graph.nodes[Int(root)].kind == .constant
  }

  // MARK: What a wide value is made from

  private func slice(of wide: Int32, _ layout: Layout) -> Slice? {
    var (slice, open, seen) = (Slice(), [wide], Set<Int32>())
    while let root = open.popLast() {
      guard seen.insert(root).inserted else { continue }
      guard !graph.nodes[Int(root)].isIndex, seen.count <= 4 * Self.mostNodes else { return nil }
      if let inputs = inputsOfMember(root, layout) {
        slice.members.insert(root)
        open += inputs.map { plan[$0].root }
      } else if isProduct(root, layout) {
        slice.products.insert(root)
        slice.sources.formUnion(graph.inputs(of: root).map { plan[$0].root })
      } else if let source = sourceOfBroadcast(root, layout) {
        slice.broadcasts.insert(root)
        open.append(source)
      } else {
        slice.sources.insert(root)
      }
    }
    return slice.sources.isDisjoint(with: slice.members.union(slice.products)) ? slice : nil
  }

  /// What a primitive on rows reads of other such primitives; `nil` if it is none.
  private func inputsOfMember(_ root: Int32, _ layout: Layout) -> [Int32]? {
    let node = graph.nodes[Int(root)], count = graph.count(of: root)
    guard node.kind == .operation else { return nil }
    if node.opcode != nil {
      return count == layout.count || (count == layout.batch * layout.rows && readsRows(root, layout))
        ? graph.inputs(of: node) : nil
    }
    if graph.primitive(of: node) is RandomUniform { return count == layout.count ? graph.inputs(of: node) : nil }
    if let softmax = graph.primitive(of: node) as? Softmax {
      let (_, length, inner) = graph.shape(of: root).split(at: softmax.axis)
      return count == layout.count && length == layout.columns && inner == 1 ? graph.inputs(of: node) : nil
    }
    return reducesRows(root, layout) ? graph.inputs(of: node) : nil
  }

  private func isProduct(_ root: Int32, _ layout: Layout) -> Bool {
    graph.primitive(of: root, as: MatMul.self) != nil && Layout(graph.shape(of: root)) == layout
  }

  /// Whether a reduction leaves one number of each row.
  private func reducesRows(_ root: Int32, _ layout: Layout) -> Bool {
    let node = graph.nodes[Int(root)]
    guard node.inputCount == 1, let axes = Plan.reducedAxes(graph.primitive(of: node)) else { return false }
    let shape = graph.shape(of: graph.input(of: node)), long = (0..<shape.rank).filter { shape[$0] != 1 }
    return shape.elementCount == layout.count && graph.count(of: root) == layout.batch * layout.rows
      && long.last.map { shape[$0] == layout.columns && axes.filter { shape[$0] != 1 } == [$0] } ?? false
  }

  /// Whether a value with one number for each row is made from reductions of rows, by few primitives.
  private func readsRows(_ root: Int32, _ layout: Layout) -> Bool {
    var (open, seen) = ([root], 0)
    while let root = open.popLast(), seen < Self.mostNodes {
      seen += 1
      if reducesRows(root, layout) { return true }
      guard graph.opcode(of: root) != nil, graph.count(of: root) == layout.batch * layout.rows else { continue }
      open += graph.inputs(of: root).map { plan[$0].root }
    }
    return false
  }

  /// What a broadcast repeats, if rows of it are rows or numbers of that.
  private func sourceOfBroadcast(_ root: Int32, _ layout: Layout) -> Int32? {
    guard let input = graph.broadcastSource(root), graph.count(of: input) > 0,
      let pattern = Plan.pattern(from: graph.shape(of: input), to: graph.shape(of: root))
    else { return nil }
    let source = plan[input].root
    // A broadcast of a broadcast is seen through if it is of one number.
    if graph.primitive(of: source, as: Broadcast.self) != nil, graph.count(of: source) > 1 { return nil }
    if pattern.divisor == 0 { return source }
    guard graph.count(of: root) == layout.count else { return nil }
    let isByRows = pattern.divisor > 1 ? pattern.divisor % layout.columns == 0 : pattern.modulus % layout.columns == 0
    return isByRows && pattern.stretch % layout.columns == 0 ? source : nil
  }

  // MARK: What else reads it

  /// What several regions make is kept instead, unless it is large or half of it is hidden.
  private mutating func dropWhatDoesNotPay(least: Int) {
    let all = regions
    regions = all.indices.filter { index in
      let region = all[index], bytes = region.layout.count * graph.elementType.stride
      return bytes >= least || (region.layout.rows >= Self.worthHiding && hasMask(region))
        || all.indices.allSatisfy { $0 == index || all[$0].slice.products.isDisjoint(with: region.slice.products) }
    }.map { all[$0] }
  }

  /// Whether a constant tells the first row's last column from the last row's first: those a causal mask does.
  private func hasMask(_ region: Region) -> Bool {
    region.slice.sources.contains { root in
      let node = graph.nodes[Int(root)], count = graph.count(of: root), columns = region.layout.columns
      guard node.kind == .constant, node.leaf >= 0, !node.isIndex, count > columns, count % columns == 0 else {
        return false
      }
      let mask = graph.constants[Int(node.leaf)]
      return mask.element(columns - 1) != mask.element(count - columns)
    }
  }

  /// A value that somebody else reads is written whole, and then it is read by all.
  private mutating func dropWhatIsReadElsewhere() {
    while true {
      var covered: Set<Int32> = []
      for region in regions {
        covered.formUnion(region.slice.nodes)
        covered.formUnion(region.results)
      }
      let left = regions.filter { region in
        region.slice.members.union(region.slice.products).allSatisfy { isReadBy(covered, $0) }
      }
      if left.count == regions.count { return }
      regions = left
    }
  }

  private func isReadBy(_ nodes: Set<Int32>, _ root: Int32) -> Bool {
    !plan[root].isKept
      && plan.readers(of: root).allSatisfy { reader in
        guard nodes.contains(reader) else { return false }
        return graph.primitive(of: reader, as: Broadcast.self) == nil || isReadBy(nodes, reader)
      }
  }

  // MARK: Writing

  private func rewritten() -> ProgramGraph {
    var (result, replaced): (ProgramGraph, [Int32: Int32]) = (graph, [:])
    let starts = Dictionary(grouping: regions.indices) { regions[$0].first }
    result.rewrite { node, old, copies, result in
      for number in starts[old] ?? [] { write(number, &result, copies, &replaced) }
      return replaced[old] ?? result.append(node)
    }
    result.removeDeadNodes()
    return result
  }

  /// Writes a region's copy; its results replace the nodes that they were.
  private func write(
    _ number: Int, _ result: inout ProgramGraph, _ copies: [Int32], _ replaced: inout [Int32: Int32]
  ) {
    let (region, start) = (regions[number], result.nodes.count)
    var made: [Int32: Int32] = [:]
    func input(_ id: Int32) -> Int32 {
      let root = plan[id].root
      if made[root] == nil, copies[Int(root)] < 0 { made[root] = result.append(graph.nodes[Int(root)]) }
      return result.reshaped(made[root] ?? copies[Int(root)], to: graph.shape(of: id))
    }
    func copy(_ old: Int32) -> Int32 {
      var node = graph.nodes[Int(old)]
      let inputs = graph.inputs(of: old).map { input($0) }
      result.setInputs(of: &node, inputs)
      return result.append(node)
    }
    for old in region.slice.nodes { made[old] = copy(old) }
    for old in region.results { replaced[old] = copy(old) }
    for id in start..<result.nodes.count { result.nodes[id].region = Int32(number + 1) }
  }
}
