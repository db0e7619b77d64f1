import ChainRule
import Testing

/// Order and selection against NumPy, SciPy and JAX (Tests/Fixtures/Mathematics/order.py).
@Suite struct OrderTests {
  struct Numbers: Decodable, Sendable {
    struct Order: Decodable, Sendable {
      let name: String, row: [Double], argsort: [Int], sorted: [Double], argmin: Int
      let cumulativeMaximum: [Double], cumulativeProduct: [Double]
    }
    struct Quantiles: Decodable, Sendable { let row: [Double], q: [Double], quantiles: [Double], median: Double }
    struct Search: Decodable, Sendable { let row: [Double], numbers: [Double], left: [Int], right: [Int] }
    struct Products: Decodable, Sendable { let row: [Double], gradient: [Double], hessian: [Double] }
    struct Sums: Decodable, Sendable { let row: [Double], values: [Double], gradient: [Double] }
    struct Borders: Decodable, Sendable { let mode: String, before: [Int], after: [Int], padded: [Double] }
    let order: [Order], quantiles: [Quantiles], search: Search, products: [Products], sums: [Sums], borders: [Borders]
  }
  static let numbers = Result { try fixture("order", Numbers.self) }
  var numbers: Numbers { get throws { try Self.numbers.get() } }

  @Test func sortsAsNumPyDoes() throws {
    for sample in try numbers.order {
      let x = Graph().input("x", Tensor(sample.row))
      #expect(try x.argsort().value().indices == sample.argsort, "\(sample.name)")
      expect(try x.sorted().value().scalars, near: sample.sorted, 0, sample.name)
      #expect(try x.argmin().value().indices == [sample.argmin])
      expect(try x.cumulativeMaximum().value().scalars, near: sample.cumulativeMaximum, 0, sample.name)
      expect(try x.cumulativeProduct().value().scalars, near: sample.cumulativeProduct, 1e-14, sample.name)
      let backwards = try x.sorted(descending: true).value().scalars
      expect(backwards, near: Array(sample.sorted.reversed()), 0, sample.name)
    }
  }

  @Test func longRowsAreSortedAndStable() throws {
    var random = RandomNumbers(seed: 3)
    let row = (0..<5_000).map { _ in (random.uniform() * 300).rounded() }
    let x = Graph().input("x", Tensor(row)), places = try x.argsort().value().indices
    let expected = row.indices.sorted { (row[$0], $0) < (row[$1], $1) }
    #expect(places == expected)
    let down = try x.argsort(descending: true).value().indices
    #expect(down == row.indices.sorted { (-row[$0], $0) < (-row[$1], $1) })
  }

  @Test func theLargestComeWithNaNFirst() throws {
    let graph = Graph(), x = graph.input("x", [[1, 3, .nan, 3], [0, -1, 2, 2]])
    let (values, places) = x.topK(3)
    #expect(try places.value().indices == [2, 1, 3, 2, 3, 0])
    expect(try values.value().scalars, near: [.nan, 3, 3, 2, 2, 0], 0, "topK")
    let columns = x.topK(1, axis: 0)
    #expect(try columns.indices.value().indices == [0, 0, 0, 0])
    #expect(columns.values.shape == [1, 4])
  }

  @Test func quantilesAreNumPys() throws {
    for sample in try numbers.quantiles {
      let graph = Graph(), x = graph.input("x", Tensor(sample.row)), q = graph.input("q", 0.5)
      #expect(try x.median().scalar() == sample.median)
      for (fraction, expected) in zip(sample.q, sample.quantiles) {
        #expect(abs(try x.quantile(fraction).scalar() - expected) < 1e-15)
        q.assign(Tensor(fraction))
        #expect(abs(try x.quantile(q).scalar() - expected) < 2e-15)
      }
    }
    let graph = Graph(), x = graph.input("x", [[1, .nan, 2], [4, 3, 5]])
    expect(try x.median().value().scalars, near: [.nan, 4], 0, "NaN")
    expect(try x.quantile(0.5, keepingDimensions: true).value().scalars, near: [.nan, 4], 0, "NaN")
    let ends = graph.input("e", [-.infinity, 0, .infinity])
    #expect(try ends.quantile(0).scalar() == -.infinity && ends.quantile(1).scalar() == .infinity)
    #expect(try ends.quantile(0.25).scalar() == -.infinity)
  }

  @Test func numbersAreSoughtAsInNumPy() throws {
    let sample = try numbers.search, graph = Graph()
    let row = graph.input("row", Tensor(sample.row)), x = graph.input("x", Tensor(sample.numbers))
    #expect(try searchSorted(row, x).value().indices == sample.left)
    #expect(try searchSorted(row, x, side: .right).value().indices == sample.right)
    let rows = graph.input("rows", [[0, 1], [5, 6]]), each = graph.input("each", [[0.5, 7], [5.5, 7]])
    #expect(try searchSorted(rows, each).value().indices == [1, 2, 1, 2])
    #expect(throws: ChainRuleError.self) { try searchSorted(graph.input("bad", [2, 1]), x).value() }
    #expect(searchSorted(rows, x).error?.origin == "searchSorted")
  }

  @Test func productsHaveGradientsAtZeros() throws {
    let weights = Tensor([1, -2, 0.5, 3])
    for sample in try numbers.products {
      let graph = Graph(), x = graph.input("x", Tensor(sample.row))
      let f = (x.cumulativeProduct() * graph.constant(weights)).sum()
      expect(try f.gradients(withRespectTo: [x])[0].value().scalars, near: sample.gradient, 1e-14, "\(sample.row)")
      expect(try f.hessian(withRespectTo: [x])[0][0].value().scalars, near: sample.hessian, 1e-14, "\(sample.row)")
    }
  }

  @Test func runningSumsOfExponentialsAreJAXs() throws {
    let weights = Tensor([1, -2, 0.5, 3])
    for sample in try numbers.sums {
      let graph = Graph(), x = graph.input("x", Tensor(sample.row)), y = x.cumulativeLogSumExp()
      expect(try y.value().scalars, near: sample.values, 1e-15, "\(sample.row)")
      let kept = sample.row[0].isFinite ? y * graph.constant(weights) : y[1...] * graph.constant(weights)[1...]
      // e^{x − y} of numbers near 1,000 has the rounding of y: 1,000 units of ε.
      let tolerance = (sample.row.filter(\.isFinite).map(\.magnitude).max() ?? 1) * 1e-15
      let gradient = try kept.sum().gradients(withRespectTo: [x])[0].value().scalars
      expect(gradient, near: sample.gradient, max(1e-14, tolerance), "\(sample.row)")
    }
  }

  @Test func bordersAreNumPys() throws {
    let modes: [String: PaddingMode] = [
      "constant": .constant, "edge": .edge, "reflect": .reflect, "symmetric": .symmetric, "wrap": .wrap,
    ]
    for sample in try numbers.borders {
      let graph = Graph(), x = graph.input("x", [[0, 1, 2], [3, 4, 5]])
      let padded = x.padded(before: sample.before, after: sample.after, mode: try #require(modes[sample.mode]))
      #expect(try padded.value().scalars == sample.padded, "\(sample.mode) \(sample.before) \(sample.after)")
    }
    let graph = Graph(), x = graph.input("x", [1, 2, 3])
    #expect(try x.padded([(1, 2)], mode: .reflect).value().scalars == [2, 1, 2, 3, 2, 1])
    #expect(try x.padded(1, mode: .edge).value().scalars == [1, 1, 2, 3, 3])
    #expect(try x.padded([1], mode: .constant(9)).value().scalars == [9, 1, 2, 3, 9])
  }

  @Test func slicesMove() throws {
    let graph = Graph(), x = graph.input("x", [[1, 2, 4], [7, 11, 16]])
    #expect(try x.difference().value().scalars == [1, 2, 4, 5])
    #expect(try x.difference(axis: 0).value().scalars == [6, 9, 12])
    #expect(try x.difference(order: 2).value().scalars == [1, 1])
    #expect(try x.rolled(by: 1).value().scalars == [4, 1, 2, 16, 7, 11])
    #expect(try x.rolled(by: -4).value().scalars == [2, 4, 1, 11, 16, 7])
    #expect(try x.rolled(by: .min, axis: 0).value() == x.value())
    #expect(try x.repeated(2).value().scalars == [1, 1, 2, 2, 4, 4, 7, 7, 11, 11, 16, 16])
    #expect(try x.repeated([0, 2], axis: 0).value().scalars == [7, 11, 16, 7, 11, 16])
    #expect(try x[..., 0].value().scalars == [1, 7])
    #expect(try x[..., 1...].value().scalars == [2, 4, 11, 16])
    #expect(try x[1, ..., 2].scalar() == 16)
    #expect(try x[0, ...].value().scalars == [1, 2, 4])
    let labels = graph.input("labels", Tensor(indices: [2, 0]))
    #expect(try labels.oneHot(classes: 3).value().scalars == [0, 0, 1, 1, 0, 0])
    #expect(try x.segmentSum(labels, count: 3).value().scalars == [7, 11, 16, 0, 0, 0, 1, 2, 4])
    let down = graph.input("down", [3, 1, 2])
    #expect(try down.cumulativeMinimum().value().scalars == [3, 1, 1])
    #expect(try down.cumulativeMaximum(reversed: true).value().scalars == [3, 2, 2])
    #expect(try down.cumulativeProduct(reversed: true).value().scalars == [6, 2, 2])
  }

  @Test func masksSelectAStatedNumber() throws {
    let graph = Graph(), x = graph.input("x", [3, -1, 4, -1, 5])
    #expect(try x.selected(where: x .> 0, count: 2).value().scalars == [3, 4])
    let most = x.selected(where: x .> 0, count: 4, filling: 9)
    #expect(try most.value().scalars == [3, 4, 5, 9])
    #expect(try square(most).sum().gradients(withRespectTo: [x])[0].value().scalars == [6, 0, 8, 0, 10])
    let columns = graph.input("columns", [[1, 2, 3], [4, 5, 6]]), mask = graph.constant([0, 1, 1])
    #expect(try columns.selected(where: mask, count: 2, axis: 1).value().scalars == [2, 3, 5, 6])
    #expect(try x.selected(where: x .> 9, count: 0).value().isEmpty)
  }

  /// An infinite neighbour does not count where the place is an element's own.
  @Test func quantilesBesideInfinity() throws {
    let graph = Graph(), x = graph.input("x", Tensor([1, 2, .infinity] as [Double]))
    for (q, expected) in [(0, 1.0), (0.25, 1.5), (0.5, 2), (1, .infinity)] {
      #expect(try x.quantile(q).scalar() == expected)
      #expect(try x.quantile(graph.constant(Tensor(q))).scalar() == expected)
    }
  }

  @Test func aTieIsAKink() throws {
    let graph = Graph(), x = graph.input("x", [1, 1, 0]), w = graph.constant([1, 2, 4])
    let f = (x.sorted() * w).sum()
    #expect(try f.gradients(withRespectTo: [x])[0].value().scalars == [2, 4, 1])
    let report = try checkGradients(of: f, withRespectTo: [x])
    #expect(report.verdict == .inconclusive && report.entries.contains { $0.kink != nil }, "\(report)")
    let largest = x.cumulativeMaximum().sum()
    #expect(try largest.gradients(withRespectTo: [x])[0].value().scalars == [3, 0, 0])
    #expect(try checkGradients(of: largest, withRespectTo: [x]).verdict == .inconclusive)
  }
}
