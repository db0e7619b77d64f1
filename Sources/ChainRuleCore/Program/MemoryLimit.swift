/// A program whose run needs no more memory than it is allowed: what does not fit is computed again.
struct MemoryLimit {
  private let graph: ProgramGraph
  private let leaves: ProgramLeaves
  private let options: CompileOptions
  private var passes: CompileOptions.Passes { options.passes }
  private let bases: BaseTable

  init(_ graph: ProgramGraph, _ leaves: ProgramLeaves, _ options: CompileOptions) {
    (self.graph, self.leaves, self.options) = (graph, leaves, options)
    bases = BaseTable(graph, leaves)
  }

  /// What each round lowers the peak by: a sixteenth.
  private static let fraction = 16
  private static let mostRounds = 64

  /// - Throws: a limit below what can be reached, with the least that can.
  func code(within limit: Int) throws -> ProgramCode {
    let plain = try Assembler.assemble(graph, bases: bases, passes: passes), all = use(plain)
    if all.total <= limit { return plain }
    var plan = Plan(graph, passes: passes)
    plan.makeUnits()
    let memory = MemoryPlan(plan, bases: bases)
    if !plan.units.isEmpty { noteKernels(of: plain, in: &plan, memory.order) }
    // A part of a group that the kernels' tile programs do not take is not computed again; there is hardly ever one.
    var excluded: Set<Int32> = [], least = all
    while true {
      let model = RecomputationModel(
        plan, memory, leastBytes: options.leastRecomputedBytes, excluded: excluded)
      do { return try code(within: limit, Recomputation(model), &least) } catch let error as OtherKernel {
        guard !excluded.contains(error.unit) else { throw unreachable(limit, all) }
        excluded.insert(error.unit)
        least = all
      }
    }
  }

  private func code(
    within limit: Int, _ start: Recomputation, _ least: inout MemoryUse
  ) throws -> ProgramCode {
    var search = start, threshold = search.peak
    // What a round reaches is planned where it may be enough: a plan takes as long as many rounds.
    let others = least.total - least.arena
    var isPlanned = true
    for _ in 0..<Self.mostRounds where !search.model.values.isEmpty {
      threshold -= Swift.max(1, threshold / Self.fraction)
      guard search.lower(to: threshold) else { break }
      threshold = Swift.min(threshold, search.peak)
      isPlanned = others + search.peak <= limit
      if isPlanned, let code = try code(search, within: limit, &least) { return code }
    }
    if !isPlanned, let code = try code(search, within: limit, &least) { return code }
    throw unreachable(limit, least)
  }

  /// The code of what a search has reached, if that is enough.
  private func code(
    _ search: Recomputation, within limit: Int, _ least: inout MemoryUse
  ) throws -> ProgramCode? {
    let code = try code(search.planned), use = use(code)
    if use.total <= limit { return try taken(back: search, within: limit, use, code) }
    if use.total < least.total { least = use }
    return nil
  }

  /// A unit whose sums would be rounded in another way, since other kernels run it.
  private struct OtherKernel: Error { let unit: Int32 }

  private func noteKernels(of code: ProgramCode, in plan: inout Plan, _ order: [Int32]) {
    let groups = order.filter { plan.units[Int($0)].kind == .group }
    for (unit, step) in zip(groups, code.tiles) { plan.units[Int(unit)].hasKernel = step.kernel != nil }
  }

  private func use(_ code: ProgramCode) -> MemoryUse { MemoryUse(code, leaves, graph) }

  private func code(_ planned: PlannedUnits) throws -> ProgramCode {
    let plan = Plan(following: planned, passes: passes)
    let code = try Assembler.assemble(plan, MemoryPlan(plan, bases: bases))
    let groups = planned.units.indices.filter { planned.units[$0].kind == .group }
    for (number, step) in zip(groups, code.tiles) where planned.units[number].hasKernel != (step.kernel != nil) {
      throw OtherKernel(unit: planned.origins[number])
    }
    return code
  }

  /// Without what need not be computed again.
  private func taken(
    back search: Recomputation, within limit: Int, _ use: MemoryUse, _ code: ProgramCode
  ) throws -> ProgramCode {
    var search = search
    let room = limit - use.total
    search.takeBack(within: search.peak + room)
    let less = try self.code(search.planned)
    return self.use(less).total <= limit ? less : code
  }

  private func unreachable(_ limit: Int, _ least: MemoryUse) -> ChainRuleError {
    let parts = [
      ("parameters", least.parameters), ("inputs", least.inputs), ("outputs", least.outputs), ("states", least.states),
      ("constants", least.constants), ("values between steps", least.arena), ("threads' scratch", least.scratch),
    ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
    return ChainRuleError(
      .value, in: "compile", required: "a memoryLimit of at least \(least.total) bytes", got: "\(limit)",
      hint: "The least that is reached holds \(parts.joined(separator: ", ")).")
  }
}
