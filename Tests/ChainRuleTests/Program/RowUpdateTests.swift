import Testing

@testable import ChainRuleCore

/// What is added at indices is added where it lies; the numbers are those of a tensor of zeros with a few rows.
@Suite("Updates of rows")
struct RowUpdateTests {
  private struct Table {
    let graph: Graph, parameter: Parameter, table: Node, indices: Node, values: [Tensor]
  }

  /// A table of rows and indices into it, some of them more than once.
  private func table(_ precision: Graph.Precision, rows: Int, width: Int, count: Int, seed: UInt64 = 1) -> Table {
    var random = RandomNumbers(seed: seed)
    let graph = Graph(precision)
    let start = Tensor(shape: [rows, width], (0..<rows * width).map { _ in random.uniform() - 0.5 })
    let parameter = Parameter(precision == .double ? start : start.converted(to: .float32), name: "table")
    let indices = Tensor(indices: (0..<count).map { _ in Int(random.next() % UInt64(rows)) })
    return Table(
      graph: graph, parameter: parameter, table: graph.parameter(parameter),
      indices: graph.input("indices", shape: [count], indices: true), values: [indices])
  }

  /// The table after three steps, with all passes or without this one.
  private func renewed(
    _ make: () throws -> (Table, [(state: Node, next: Node)]), passes: CompileOptions.Passes, threads: Int = 1
  ) throws -> (values: [Double], listing: String) {
    let (table, updates) = try make()
    let program = try table.graph.compile(
      inputs: [table.indices], outputs: [], updates: updates, options: CompileOptions(passes: passes))
    program.threads = threads
    for _ in 0..<3 { _ = try program.run(table.values) }
    return (table.parameter.value.scalars, "\(program)")
  }

  private func expectSame(tolerance: Double, _ make: () throws -> (Table, [(state: Node, next: Node)])) throws {
    let one = try renewed(make, passes: .all), dense = try renewed(make, passes: .all.subtracting(.rowUpdates))
    #expect(one.listing.contains("addAt") && !one.listing.contains("scatterAdd"), "\(one.listing)")
    #expect(dense.listing.contains("scatterAdd"))
    let pairs = zip(one.values, dense.values)
    #expect(pairs.allSatisfy { Swift.abs($0 - $1) <= tolerance * (1 + Swift.abs($1)) })
    for passes in [CompileOptions.Passes.all.subtracting(.inPlace), .all.subtracting(.fusion), [.rowUpdates]] {
      let other = try renewed(make, passes: passes).values
      #expect(zip(other, dense.values).allSatisfy { Swift.abs($0 - $1) <= tolerance * (1 + Swift.abs($1)) })
    }
    let two = try renewed(make, passes: .all, threads: 2)
    #expect(two.values == one.values)
  }

  @Test(arguments: [Graph.Precision.double, .single], [(7, 1, 30), (50, 3, 20), (40, 33, 64), (9, 130, 600)])
  func descentTouchesRowsOnly(precision: Graph.Precision, sizes: (rows: Int, width: Int, count: Int)) throws {
    try expectSame(tolerance: precision == .double ? 1e-14 : 1e-5) {
      let table = table(precision, rows: sizes.rows, width: sizes.width, count: sizes.count)
      let loss = square(table.table.gathered(at: table.indices)).mean()
      let gradient = try loss.gradients(withRespectTo: [table.table])[0]
      return (table, [(table.table, table.table - 0.1 * gradient)])
    }
  }

  @Test func aTableThatIsReadTwiceIsAddedToTwice() throws {
    try expectSame(tolerance: 1e-14) {
      let table = table(.double, rows: 12, width: 5, count: 20)
      let rows = table.table.gathered(at: table.indices)
      let others = table.table.gathered(at: table.graph.constant(Tensor(indices: [3, 3, 0])))
      let loss = square(rows).sum() + (others * others * others).sum()
      let gradient = try loss.gradients(withRespectTo: [table.table])[0]
      return (table, [(table.table, table.table - 0.01 * gradient)])
    }
  }

  @Test func aRateThatTheProgramComputesAndDecayOfTheWeights() throws {
    try expectSame(tolerance: 1e-14) {
      let table = table(.double, rows: 12, width: 5, count: 20), rate = table.graph.input("rate", 0.1)
      let loss = square(table.table.gathered(at: table.indices)).sum()
      let gradient = try loss.gradients(withRespectTo: [table.table])[0]
      return (table, [(table.table, table.table - rate * gradient), (rate, rate * 0.5)])
    }
    try expectSame(tolerance: 1e-14) {
      let table = table(.double, rows: 12, width: 5, count: 20)
      let loss = square(table.table.gathered(at: table.indices)).sum()
      let gradient = try loss.gradients(withRespectTo: [table.table])[0]
      return (table, [(table.table, table.table * 0.99 - 0.1 * gradient)])
    }
  }

  @Test func momentumIsAddedToWhereItLies() throws {
    try expectSame(tolerance: 1e-14) {
      let table = table(.double, rows: 12, width: 5, count: 20)
      let speed = table.graph.input("speed", Tensor(shape: [12, 5], repeating: 0))
      let loss = square(table.table.gathered(at: table.indices)).sum()
      let gradient = try loss.gradients(withRespectTo: [table.table])[0]
      let next = 0.9 * speed + gradient
      return (table, [(speed, next), (table.table, table.table - 0.1 * next)])
    }
  }

  /// θ ← θ − η · 2θ for each time that a row is named: 1 − 2η·count for each row, in closed form.
  @Test func repeatedIndicesAddUp() throws {
    let graph = Graph(), parameter = Parameter(Tensor([[1, 2], [3, 4], [5, 6]]), name: "table")
    let table = graph.parameter(parameter), indices = graph.constant(Tensor(indices: [2, 0, 2, 2]))
    let loss = square(table.gathered(at: indices)).sum()
    let gradient = try loss.gradients(withRespectTo: [table])[0]
    let program = try graph.compile(
      inputs: [], outputs: [loss], updates: [table: table - 0.125 * gradient])
    #expect(try program.run()[0].scalars == [188])  // 1 + 4 + 3 · (25 + 36)
    #expect(parameter.value.scalars == [0.75, 1.5, 3, 4, 1.25, 1.5])
  }

  @Test func whatOthersReadStaysATensor() throws {
    let table = table(.double, rows: 12, width: 5, count: 20)
    let loss = square(table.table.gathered(at: table.indices)).sum()
    let gradient = try loss.gradients(withRespectTo: [table.table])[0]
    let program = try table.graph.compile(
      inputs: [table.indices], outputs: [gradient], updates: [table.table: table.table - 0.1 * gradient])
    #expect("\(program)".contains("scatterAdd"))
    let before = table.parameter.value.scalars, found = try program.run(table.values)[0].scalars
    let after = table.parameter.value.scalars
    for place in before.indices { #expect(Swift.abs(after[place] - before[place] + 0.1 * found[place]) < 1e-15) }
  }

  @Test func anIndexOutOfRangeIsAnErrorOfTheRun() throws {
    let table = table(.double, rows: 12, width: 5, count: 2)
    let loss = square(table.table.gathered(at: table.indices)).sum()
    let gradient = try loss.gradients(withRespectTo: [table.table])[0]
    let program = try table.graph.compile(
      inputs: [table.indices], outputs: [], updates: [table.table: table.table - 0.1 * gradient])
    #expect(throws: ChainRuleError.self) { try program.run([Tensor(indices: [0, 12])]) }
  }
}
