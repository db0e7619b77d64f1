import Foundation
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

  // MARK: Elements along an axis

  /// A tensor that depends on x, and elements of x added to it at indices along an axis, some more than once.
  private func elements(
    _ precision: Graph.Precision, _ axis: Int, passes: CompileOptions.Passes, threads: Int = 1
  ) throws -> (values: [Double], listing: String) {
    let graph = Graph(precision), shape: Shape = [5, 6, 7], length = [8, 3, 2][axis]
    var counts = shape.dimensions
    counts[axis] = length
    var random = RandomNumbers(seed: 3)
    let x = graph.input("x", shape: shape)
    let chosen = (0..<Shape(counts).elementCount).map { _ in Int(random.next() % UInt64(shape[axis])) }
    let indices = graph.constant(Tensor(indices: chosen, shape: Shape(counts)))
    let loss = (exp(x) / 3).sum() - 2 * square(x.gatheredAlong(axis: axis, at: indices)).sum()
    let slopes = try loss.gradients(withRespectTo: [x])[0]
    let program = try graph.compile(
      inputs: [x], outputs: [-slopes * slopes], options: CompileOptions(passes: passes))
    program.threads = threads
    let value = Tensor(shape: shape, (0..<210).map { _ in random.uniform() - 0.5 })
    let given = precision == .double ? value : value.converted(to: .float32)
    return (try program.run([given])[0].scalars, "\(program)")
  }

  @Test(arguments: [Graph.Precision.double, .single], [0, 1, 2])
  func elementsAreAddedWhereTheyLie(precision: Graph.Precision, axis: Int) throws {
    let one = try elements(precision, axis, passes: .all)
    #expect(one.listing.contains("addAlong") && !one.listing.contains("scatterAddAlong"), "\(one.listing)")
    let dense = try elements(precision, axis, passes: .all.subtracting(.rowUpdates))
    #expect(dense.listing.contains("scatterAddAlong"))
    let tolerance = precision == .double ? 1e-14 : 2e-6
    for passes in [CompileOptions.Passes.all, .all.subtracting(.inPlace), .all.subtracting(.fusion), [.rowUpdates], []]
    {
      let other = try elements(precision, axis, passes: passes).values
      let pairs = zip(other, dense.values)
      #expect(pairs.allSatisfy { Swift.abs($0 - $1) <= tolerance * (1 + Swift.abs($1)) }, "\(passes)")
    }
    #expect(try elements(precision, axis, passes: .all, threads: 2).values == one.values)
  }

  /// The gradient of a cross-entropy by labels: softmax less 1 at the label, one sweep and one addition for each row; a row
  /// of −∞ alone has none.
  @Test(arguments: [Graph.Precision.double, .single]) func crossEntropyByLabels(precision: Graph.Precision) throws {
    let graph = Graph(precision), x = graph.input("x", shape: [4, 300]), labels = [7, 299, 0, 12]
    let indices = graph.constant(Tensor(indices: labels, shape: [4, 1]))
    let loss = -logSoftmax(x).gatheredAlong(axis: 1, at: indices).sum()
    let slopes = try loss.gradients(withRespectTo: [x])[0]
    let program = try graph.compile(inputs: [x], outputs: [2 * slopes])
    let listing = "\(program)"
    #expect(listing.contains("addAlong") && !listing.contains("scatter"), "\(listing)")
    let scores = (0..<1200).map { (i: Int) -> Double in
      i < 900 ? Double(Float(Foundation.sin(Double(i)) * 4)) : -Double.infinity
    }
    let value = Tensor(shape: [4, 300], scores)
    let given = precision == .double ? value : value.converted(to: .float32)
    let found = try program.run([given])[0].scalars, tolerance = precision == .double ? 1e-14 : 1e-6
    for row in 0..<4 {
      let powers = scores[row * 300..<row * 300 + 300].map { Foundation.exp($0) }
      let sum = powers.reduce(0, +)
      for column in 0..<300 {
        let share = powers[column] / sum, slope = row == 3 ? 0 : share - (column == labels[row] ? 1 : 0)
        #expect(Swift.abs(found[row * 300 + column] - 2 * slope) < tolerance)
      }
    }
  }

  @Test func anElementOutOfRangeIsAnErrorOfTheRun() throws {
    let graph = Graph(), x = graph.input("x", shape: [2, 3]), i = graph.input("i", shape: [2, 1], indices: true)
    let loss = exp(x).sum() + 3 * x.gatheredAlong(axis: 1, at: i).sum()
    let slopes = try loss.gradients(withRespectTo: [x])
    let program = try graph.compile(inputs: [x, i], outputs: slopes)
    #expect("\(program)".contains("addAlong"))
    let value = Tensor([[1, 2, 3], [4, 5, 6]])
    _ = try program.run([value, Tensor(indices: [2, 0], shape: [2, 1])])
    #expect(throws: ChainRuleError.self) { try program.run([value, Tensor(indices: [0, 3], shape: [2, 1])]) }
  }
}
