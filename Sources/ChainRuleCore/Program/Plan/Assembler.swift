/// What a run does, in order: plain numbers that point into tables of steps.
enum ProgramStep: Sendable {
  case numbers(Int32, Int32)
  case tiles(Int32)
  case product(Int32)
  case single(Int32)
}

/// The finished plan of a program.
struct ProgramCode: Sendable {
  var steps: [ProgramStep] = []
  var tiles: [TileStep] = []
  var products: [ProductStep] = []
  var singles: [SingleStep] = []
  var numbers = NumberCode()
  var constants: [Tensor] = []
  /// Numbers in memory that steps read.
  var pool: [Double] = []
  var bases = BaseTable(inputs: 0, parameters: 0, states: 0, constants: 0, outputs: 0)
  var arenaBytes = 0
  var scratchBytes = 0
  /// For listings.
  var buffers: [Buffer] = []
  var notes: [StepNote] = []

  /// The same once the steps of numbers have moved to where they run.
  var withoutNumbers: ProgramCode {
    var code = self
    code.numbers = NumberCode()
    return code
  }
}

/// What a listing says of a step.
struct StepNote: Sendable {
  var name: String
  var shape: Shape
  var flops = 0.0
  var bytes = 0.0
  var inPlace = false
}

/// Turns a simplified draft into steps.
struct Assembler {
  private let draft: Draft
  private let plan: Plan
  private let memory: MemoryPlan
  private var code = ProgramCode()
  private var numbers: NumberAssembler
  private var stride: Int { draft.elementType.stride }

  static func assemble(_ draft: Draft, bases: BaseTable, passes: CompileOptions.Passes) -> ProgramCode {
    var plan = Plan(draft, passes: passes)
    let hasOnlyNumbers = draft.nodes.allSatisfy {
      $0.shape == 0 && !$0.isIndex && ($0.kind != .operation || $0.opcode != nil)
    }
    if !hasOnlyNumbers { plan.makeUnits() }
    var assembler = Assembler(plan, MemoryPlan(plan, bases: bases), hasOnlyNumbers: hasOnlyNumbers)
    assembler.assemble()
    return assembler.code
  }

  /// Where there are numbers alone, they are replayed in the order of the draft and nothing is planned.
  private let hasOnlyNumbers: Bool

  private init(_ plan: Plan, _ memory: MemoryPlan, hasOnlyNumbers: Bool) {
    (draft, self.plan, self.memory, self.hasOnlyNumbers) = (plan.draft, plan, memory, hasOnlyNumbers)
    numbers = NumberAssembler(plan.draft, roots: plan.roots) { id in
      if hasOnlyNumbers { return plan.draft.nodes[Int(id)].kind == .operation && !plan.isAlias(id) }
      let unit = plan.unitOf[Int(id)]
      return unit >= 0 && plan.units[Int(unit)].kind == .number
    }
    code.bases = memory.bases
  }

  private mutating func assemble() {
    if hasOnlyNumbers {
      for (id, node) in draft.nodes.enumerated() where !plan.isAlias(Int32(id)) {
        if let opcode = node.opcode { appendNumber(Int32(id), opcode) }
      }
    }
    for unit in memory.order { assemble(plan.units[Int(unit)]) }
    copyOutputs()
    copyUpdates()
    code.numbers = numbers.code
    code.constants = draft.constants
    code.pool = memory.numbers.values
    code.buffers = memory.buffers
    placePartialSums()
    code.scratchBytes = Swift.max(
      code.tiles.map { Swift.max($0.scratchBytes, $0.kernel?.pointerBytes ?? 0) }.max() ?? 0,
      code.products.map(\.product.scratchBytes).max() ?? 0,
      code.singles.map { $0.scratchBytes(stride) }.max() ?? 0)
  }

  /// Partial sums share one stretch behind the arena, since steps run one at a time.
  private mutating func placePartialSums() {
    let start = MemoryPlan.padded(memory.arenaBytes) + spareBytes
    var most = 0
    for index in code.tiles.indices {
      code.tiles[index].partials = Location(base: 0, offset: start)
      let step = code.tiles[index]
      most = Swift.max(most, step.partialBytes * step.chunks, step.kernel?.partialBytes ?? 0)
    }
    for index in code.singles.indices {
      guard case .convolution(var step) = code.singles[index] else { continue }
      step.partials = Location(base: 0, offset: start)
      code.singles[index] = .convolution(step)
      most = Swift.max(most, step.plan.partialBytes)
    }
    code.arenaBytes = start + most
  }

  private mutating func assemble(_ unit: Plan.Unit) {
    let first = unit.nodes[0]
    switch unit.kind {
    case .number:
      if let opcode = draft.opcode(of: first) { appendNumber(first, opcode) }  // never nil for units of this kind
    case .group:
      var assembler = TileAssembler(plan, memory, unit)
      let step = assembler.assemble { number(at: $0) }
      code.tiles.append(step)
      append(.tiles(Int32(code.tiles.count - 1)), note(for: step, unit))
    case .matmul:
      let step = product(unit)
      code.products.append(step)
      let work = Double(step.product.m * step.product.n * step.product.k * step.batch)
      var note = StepNote(name: productName(unit), shape: draft.shape(of: first), flops: 2 * work)
      note.bytes = Double((draft.inputs(of: first) + [first]).map { draft.count(of: $0) * stride }.reduce(0, +))
      note.inPlace = unit.nodes.last.map { memory.renewedInPlace.contains($0) } ?? false
      append(.product(Int32(code.products.count - 1)), note)
    case .single: appendSingle(first)
    }
  }

  private mutating func append(_ step: ProgramStep, _ note: StepNote) {
    code.steps.append(step)
    code.notes.append(note)
  }

  private mutating func appendNumber(_ id: Int32, _ opcode: Opcode) {
    let start = Int32(numbers.code.steps.count)
    numbers.append(id, opcode, storedAt: memory.isStored(id) ? memory.location(of: id) : nil, memory)
    extendNumbers(from: start)
  }

  /// Consecutive numbers are one step.
  private mutating func extendNumbers(from start: Int32) {
    let end = Int32(numbers.code.steps.count)
    guard end > start else { return }
    if case .numbers(let begin, let last)? = code.steps.last, last == start {
      code.steps[code.steps.count - 1] = .numbers(begin, end)
      code.notes[code.notes.count - 1].flops = Double(end - begin)
    } else {
      append(.numbers(start, end), StepNote(name: "numbers", shape: .scalar, flops: Double(end - start)))
    }
  }

  private mutating func appendSingle(_ id: Int32) {
    code.singles.append(SingleAssembler(plan: plan, memory: memory).step(for: id))
    let bytes = Double((draft.inputs(of: id) + [id]).map { plan.byteCount(of: $0) }.reduce(0, +))
    append(
      .single(Int32(code.singles.count - 1)),
      StepNote(
        name: draft.name(of: id), shape: draft.shape(of: id), flops: code.singles[code.singles.count - 1].flops,
        bytes: bytes))
  }

  /// A number known beforehand, by its place in memory.
  private func number(at location: Location) -> Double? {
    location.base == memory.bases.numbers ? memory.numbers.values[location.offset / stride] : nil
  }

  private func note(for step: TileStep, _ unit: Plan.Unit) -> StepNote {
    let name = unit.nodes.count == 1 ? step.names[0] : "fused(" + step.names.joined(separator: ", ") + ")"
    var note = StepNote(name: name, shape: Shape([step.rows, step.inner]))
    note.flops = Double(step.operations * step.rows * step.inner)
    note.bytes = Double(step.memoryBytes)
    note.inPlace = unit.nodes.contains { memory.renewedInPlace.contains($0) }
    return note
  }

  // MARK: Products

  private func product(_ unit: Plan.Unit) -> ProductStep {
    let id = unit.nodes[0], last = unit.nodes[unit.nodes.count - 1]
    let (a, b) = (draft.nodes[Int(id)].first, draft.nodes[Int(id)].second)
    let matmul = draft.primitive(of: id, as: MatMul.self) ?? MatMul(transposesLeft: false, transposesRight: false)
    let shape = draft.shape(of: id), (left, right) = (draft.shape(of: a), draft.shape(of: b))
    let epilogue = unit.nodes.count > 1 ? plan.epilogue(of: id).epilogue : MatrixEpilogue()
    let (m, n) = (shape[-2], shape[-1])
    let k = matmul.transposesLeft ? left[-2] : left[-1]
    let product = PreparedProduct(
      isDouble: draft.precision == .double, m: m, n: n, k: k,
      transposed: (matmul.transposesLeft, matmul.transposesRight), lda: left[-1], ldb: right[-1], ldc: n,
      alpha: epilogue.alpha, beta: epilogue.accumulated >= 0 ? 1 : 0, isRelu: epilogue.isRelu)
    let step = ProductStep(
      product: product, a: memory.location(of: plan.roots[Int(a)]), b: memory.location(of: plan.roots[Int(b)]),
      result: memory.location(of: last))
    if epilogue.bias >= 0 { step.bias = memory.location(of: epilogue.bias) }
    if epilogue.alphaNumber >= 0 { step.scale = memory.location(of: epilogue.alphaNumber) }
    if epilogue.accumulated >= 0 {
      let start = memory.location(of: epilogue.accumulated)
      if start != step.result { step.start = start }
    }
    step.batch = m * n == 0 ? 0 : shape.elementCount / (m * n)
    (step.strideA, step.strideB, step.strideC) = (m * k, k * n, m * n)
    step.chooseParts()
    return step
  }

  private func productName(_ unit: Plan.Unit) -> String {
    let matmul = draft.primitive(of: unit.nodes[0], as: MatMul.self)
    let name = "matmul" + (matmul?.transposesLeft == true ? "ᵀ" : "") + (matmul?.transposesRight == true ? "·ᵀ" : "")
    let rest = unit.nodes.dropFirst().map { draft.name(of: $0) }
    return rest.isEmpty ? name : name + "+" + rest.joined(separator: "+")
  }

  // MARK: Ends

  /// Outputs that are not computed in their place: leaves, numbers, and what is asked for twice.
  private mutating func copyOutputs() {
    for (index, id) in draft.outputs.enumerated() {
      let root = plan.roots[Int(id)], place = Location(base: memory.bases.output(index), offset: 0)
      if plan.isNumber(root) {
        storeNumber(id, at: place)
      } else if memory.location(of: root) != place {
        appendCopy(root, memory.location(of: root), place, "copy to output \(index)")
      }
    }
  }

  private mutating func storeNumber(_ id: Int32, at place: Location) {
    let start = Int32(numbers.code.steps.count)
    numbers.store(id, at: place, memory)
    extendNumbers(from: start)
  }

  private mutating func appendCopy(_ root: Int32, _ from: Location, _ to: Location, _ name: String) {
    let bytes = plan.byteCount(of: root)
    code.singles.append(.copy(from: from, to: to, bytes: bytes))
    append(
      .single(Int32(code.singles.count - 1)),
      StepNote(name: name, shape: draft.shape(of: root), bytes: Double(2 * bytes)))
  }

  /// Updates that are not computed in the leaf's place. Leaves that become other leaves are set aside first, so that
  /// two can be exchanged.
  private mutating func copyUpdates() {
    var setAside: [(next: Int32, place: Location, spare: Location)] = []
    for (leaf, next) in updateRoots where isLeaf(next) {
      guard let place = memory.leafLocation(leaf), leaf != next else { continue }
      let spare = Location(base: 0, offset: MemoryPlan.padded(memory.arenaBytes) + spareBytes)
      spareBytes += MemoryPlan.padded(plan.byteCount(of: next))
      setAside.append((next, place, spare))
      appendCopy(next, memory.location(of: next), spare, "set aside")
    }
    for (leaf, next) in updateRoots where !isLeaf(next) {
      guard let place = memory.leafLocation(leaf) else { continue }
      if plan.isNumber(next) {
        storeNumber(next, at: place)
      } else if memory.location(of: next) != place {
        appendCopy(next, memory.location(of: next), place, "update")
      }
    }
    for (next, place, spare) in setAside { appendCopy(next, spare, place, "update") }
  }

  private var updateRoots: [(leaf: Int32, next: Int32)] {
    draft.updates.map { (plan.roots[Int($0.leaf)], plan.roots[Int($0.next)]) }
  }

  /// Whether an update's next value is what another leaf holds.
  private func isLeaf(_ root: Int32) -> Bool {
    [.input, .parameter, .state].contains(draft.nodes[Int(root)].kind)
  }

  private var spareBytes = 0
}
