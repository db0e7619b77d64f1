/// Turns a simplified program graph into steps.
struct Assembler {
  private let graph: ProgramGraph
  private let plan: Plan
  private let memory: MemoryPlan
  private var code: ProgramCode
  private var scalars: ScalarAssembler
  private var stride: Int { graph.elementType.stride }

  static func assemble(
    _ graph: ProgramGraph, bases: BaseTable, passes: CompileOptions.Passes
  ) throws -> ProgramCode {
    var plan = Plan(graph, passes: passes)
    let hasOnlyScalars = graph.nodes.allSatisfy {
      $0.shape == 0 && !$0.isIndex && ($0.kind != .operation || $0.opcode != nil)
    }
    if !hasOnlyScalars { plan.makeUnits() }
    var assembler = Assembler(plan, MemoryPlan(plan, bases: bases), hasOnlyScalars: hasOnlyScalars)
    try assembler.assemble()
    return assembler.code
  }

  /// The steps of a plan whose units are made.
  static func assemble(_ plan: Plan, _ memory: MemoryPlan) throws -> ProgramCode {
    var assembler = Assembler(plan, memory, hasOnlyScalars: false)
    try assembler.assemble()
    return assembler.code
  }

  /// Where there are scalars alone, they are replayed in the order of the program graph and nothing is planned.
  private let hasOnlyScalars: Bool
  /// Updates whose next value is what another leaf holds: it is set aside behind the arena, so that two leaves can be
  /// exchanged.
  private let setAside: [(next: Int32, place: Location, spare: Location)]
  /// Where the partial sums of all steps are, one stretch behind what is set aside, since steps run one at a time.
  private let partials: Location
  /// Where numbers that are known beforehand lie.
  private let numbers: Location
  private let notes: TileNotes

  private init(_ plan: Plan, _ memory: MemoryPlan, hasOnlyScalars: Bool) {
    (graph, self.plan, self.memory, self.hasOnlyScalars) = (plan.graph, plan, memory, hasOnlyScalars)
    scalars = ScalarAssembler(plan) { id in
      if hasOnlyScalars { return plan.graph.nodes[Int(id)].kind == .operation && !plan.isAlias(id) }
      let unit = plan[id].unit
      return unit >= 0 && plan.units[Int(unit)].kind == .scalar
    }
    code = ProgramCode(bases: memory.bases)
    var (end, setAside) = (MemoryPlan.padded(memory.arenaBytes), [(next: Int32, place: Location, spare: Location)]())
    for (leaf, next) in Self.updateRoots(plan) where Self.isLeaf(next, plan) && leaf != next {
      guard let place = memory.leafLocation(leaf) else { continue }
      setAside.append((next, place, .arena(end)))
      end += MemoryPlan.padded(graph.byteCount(of: next))
    }
    (self.setAside, partials) = (setAside, .arena(end))
    numbers = memory.bases.pool(0, stride: plan.graph.elementType.stride)
    notes = TileNotes(plan)
  }

  private mutating func assemble() throws {
    if hasOnlyScalars {
      for (id, node) in graph.nodes.enumerated() where !plan.isAlias(Int32(id)) {
        if let opcode = node.opcode { try appendScalar(Int32(id), opcode) }
      }
    }
    for unit in memory.order { try assemble(plan.units[Int(unit)]) }
    try copyOutputs()
    try copyUpdates()
    code.scalars = scalars.code
    code.constants = graph.constants
    code.pool = memory.pool.values
    code.buffers = memory.buffers
    // Steps run one at a time, so that what each needs for itself is needed once.
    let needs = code.singles.map { $0.needs(stride: stride) }
    code.arenaBytes =
      partials.offset
      + most(
        code.tiles.map(\.allPartialBytes) + needs.map(\.partialBytes) + code.rowBlocks.map(\.partialBytes))
    code.scratchBytes = most(
      code.tiles.map(\.allScratchBytes) + code.products.map(\.product.scratchBytes) + needs.map(\.scratchBytes)
        + code.rowBlocks.map(\.scratchBytes))
  }

  private func most(_ bytes: [Int]) -> Int { bytes.reduce(0) { Swift.max($0, $1) } }

  private mutating func assemble(_ unit: Plan.Unit) throws {
    let first = unit.nodes[0]
    switch unit.kind {
    case .scalar:
      guard let opcode = graph.opcode(of: first) else { throw graph.hole(first, lacks: "an opcode") }
      try appendScalar(first, opcode)
    case .group:
      var assembler = TileAssembler(plan, memory, unit, partials: partials, notes: notes)
      let step = try assembler.assemble { [pool = memory.pool, numbers, stride] in
        $0.base == numbers.base ? pool.values[$0.offset / stride] : nil
      }
      code.tiles.append(step)
      append(.tiles(Int32(code.tiles.count - 1)), note(for: step, unit))
    case .matmul:
      let step = try product(unit)
      code.products.append(step)
      append(.product(Int32(code.products.count - 1)), note(for: step, unit))
    case .single: try appendSingle(first)
    case .rowBlocks:
      var assembler = try RowBlockAssembler(plan, memory, unit, partials: partials)
      let step = try assembler.assemble()
      code.rowBlocks.append(step)
      append(.rowBlocks(Int32(code.rowBlocks.count - 1)), step.note)
    }
  }

  private mutating func append(_ step: ProgramStep, _ note: StepNote) {
    code.steps.append(step)
    code.notes.append(note)
  }

  private mutating func appendScalar(_ id: Int32, _ opcode: Opcode) throws {
    let start = Int32(scalars.code.steps.count)
    try scalars.append(id, opcode, storedAt: memory.isStored(id) ? memory.location(of: id) : nil, memory)
    extendScalars(from: start)
  }

  /// Consecutive scalars are one step.
  private mutating func extendScalars(from start: Int32) {
    let end = Int32(scalars.code.steps.count)
    guard end > start else { return }
    if case .scalars(let begin, let last)? = code.steps.last, last == start {
      code.steps[code.steps.count - 1] = .scalars(begin, end)
      code.notes[code.notes.count - 1].flops = Double(end - begin)
    } else {
      append(.scalars(start, end), StepNote(name: "numbers", shape: .scalar, flops: Double(end - start)))
    }
  }

  private mutating func appendSingle(_ id: Int32) throws {
    guard let step = try SingleAssembler(plan: plan, memory: memory, partials: partials).step(for: id) else { return }
    code.singles.append(step)
    let bytes = Double((graph.inputs(of: id) + [id]).map { graph.byteCount(of: $0) }.reduce(0, +))
    append(
      .single(Int32(code.singles.count - 1)),
      StepNote(
        name: graph.name(of: id), shape: graph.shape(of: id), flops: step.needs(stride: stride).flops, bytes: bytes))
  }

  private func note(for step: TileStep, _ unit: Plan.Unit) -> StepNote {
    let name = unit.nodes.count == 1 ? step.names[0] : "fused(" + step.names.joined(separator: ", ") + ")"
    var note = StepNote(name: name, shape: Shape([step.rows, step.inner]))
    note.flops = Double(step.operations * step.rows * step.inner)
    note.bytes = Double(step.memoryBytes)
    note.inPlace = unit.nodes.contains { memory.isRenewedInPlace($0) }
    return note
  }

  private func note(for step: ProductStep, _ unit: Plan.Unit) -> StepNote {
    let first = unit.nodes[0], product = step.product
    var note = StepNote(name: productName(unit), shape: graph.shape(of: first))
    note.flops = 2 * Double(product.m * product.n * product.k * step.batch)
    note.bytes = Double((graph.inputs(of: first) + [first]).map { graph.count(of: $0) * stride }.reduce(0, +))
    note.inPlace = unit.nodes.last.map { memory.isRenewedInPlace($0) } ?? false
    return note
  }

  // MARK: Products

  private func product(_ unit: Plan.Unit) throws -> ProductStep {
    let id = unit.nodes[0], last = unit.nodes[unit.nodes.count - 1]
    guard let matmul = graph.primitive(of: id, as: MatMul.self) else { throw graph.hole(id, lacks: "a product") }
    let (a, b) = (graph.input(0, of: id), graph.input(1, of: id))
    let shape = graph.shape(of: id), (left, right) = (graph.shape(of: a), graph.shape(of: b))
    let epilogue = unit.nodes.count > 1 ? plan.epilogue(of: id).epilogue : MatrixEpilogue()
    let (m, n) = (shape[-2], shape[-1])
    let (rowsA, rowsB) = (plan.operand(a).rows, plan.operand(b).rows)
    let k = matmul.transposesLeft ? left[-2] : left[-1]
    let product = PreparedProduct(
      isDouble: graph.precision == .double, m: m, n: n, k: k,
      transposed: (matmul.transposesLeft, matmul.transposesRight), lda: rowsA?.stride ?? left[-1],
      ldb: rowsB?.stride ?? right[-1], ldc: n,
      alpha: epilogue.alpha, beta: epilogue.accumulated == nil ? 0 : 1, isRelu: epilogue.isRelu,
      roundsFactors: matmul.roundsFactors)
    let step = try ProductStep(
      product: product, a: matrix(a), b: matrix(b), result: memory.location(of: last))
    if let bias = epilogue.bias { step.bias = try memory.location(of: bias) }
    if let scale = epilogue.alphaScalar { step.scale = try memory.location(of: scale) }
    if let accumulated = epilogue.accumulated {
      let start = try memory.location(of: accumulated)
      if start != step.result { step.start = start }
    }
    step.batch = m * n == 0 ? 0 : shape.elementCount / (m * n)
    (step.strideA, step.strideB, step.strideC) = (m * k, k * n, m * n)
    step.chooseParts()
    return step
  }

  /// Where a factor lies, on its own or as rows of a larger value.
  private func matrix(_ id: Int32) throws -> Location {
    let operand = plan.operand(id)
    guard let rows = operand.rows else { return try memory.location(of: plan[id].root) }
    var location = try memory.location(of: operand.source)
    location.offset += rows.offset * stride
    return location
  }

  private func productName(_ unit: Plan.Unit) -> String {
    let matmul = graph.primitive(of: unit.nodes[0], as: MatMul.self)
    let name = "matmul" + (matmul?.transposesLeft == true ? "ᵀ" : "") + (matmul?.transposesRight == true ? "·ᵀ" : "")
    let rest = unit.nodes.dropFirst().map { graph.name(of: $0) }
    return rest.isEmpty ? name : name + "+" + rest.joined(separator: "+")
  }

  // MARK: Ends

  /// Outputs that are not computed in their place: leaves, scalars, and what is asked for twice.
  private mutating func copyOutputs() throws {
    for (index, id) in graph.outputs.enumerated() {
      try copy(plan[id].root, to: memory.bases.output(index), "copy to output \(index)")
    }
  }

  /// Updates that are not computed in the leaf's place.
  private mutating func copyUpdates() throws {
    for (next, _, spare) in setAside { appendCopy(next, try memory.location(of: next), spare, "set aside") }
    for (leaf, next) in Self.updateRoots(plan) where !Self.isLeaf(next, plan) {
      guard let place = memory.leafLocation(leaf) else { continue }
      try copy(next, to: place, "update")
    }
    for (next, place, spare) in setAside { appendCopy(next, spare, place, "update") }
  }

  /// Copies a value to where it is not computed.
  private mutating func copy(_ root: Int32, to place: Location, _ name: String) throws {
    if plan.isScalar(root) {
      let start = Int32(scalars.code.steps.count)
      try scalars.store(root, at: place, memory)
      extendScalars(from: start)
    } else {
      let from = try memory.location(of: root)
      if from != place { appendCopy(root, from, place, name) }
    }
  }

  private mutating func appendCopy(_ root: Int32, _ from: Location, _ to: Location, _ name: String) {
    let bytes = graph.byteCount(of: root)
    code.singles.append(.copy(CopyStep(from: from, to: to, bytes: bytes)))
    append(
      .single(Int32(code.singles.count - 1)),
      StepNote(name: name, shape: graph.shape(of: root), bytes: Double(2 * bytes)))
  }

  private static func updateRoots(_ plan: Plan) -> [(leaf: Int32, next: Int32)] {
    plan.graph.updates.map { (plan[$0.leaf].root, plan[$0.next].root) }
  }

  /// Whether an update's next value is what another leaf holds.
  private static func isLeaf(_ root: Int32, _ plan: Plan) -> Bool {
    [.input, .parameter, .state].contains(plan.graph.nodes[Int(root)].kind)
  }
}
