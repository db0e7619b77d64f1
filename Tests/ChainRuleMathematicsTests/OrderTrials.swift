import ChainRule
import Testing

/// Order, selection and recurrences through derivatives, programs and batches, in shapes of every kind.
@Suite struct OrderTrialTests {
  static let weights = Tensor([0.5, -1, 2, 0.7, 1.3, -0.4])
  static let trials: [Trial] = [
    Trial("sorted", [wave([6])]) { square($0[0].sorted()) * $0[0].graph.constant(weights) },
    Trial("sorted columns, descending", [wave([4, 3])]) { square($0[0].sorted(axis: 0, descending: true)) },
    Trial("argsort only chooses", [wave([2, 3])]) { $0[0] * $0[0].argsort(axis: 0) },
    Trial("topK", [wave([2, 5])]) { exp($0[0].topK(3).values) },
    Trial("topK of columns", [wave([3, 2, 2])]) { exp($0[0].topK(2, axis: 0).values) },
    Trial("median of an odd count", [wave([5])]) { square($0[0].median()) },
    Trial("median of an even count", [wave([2, 6])]) { square($0[0].median(keepingDimensions: true)) },
    Trial("quantile", [wave([4, 2])]) { exp($0[0].quantile(0.3, axis: 0)) },
    Trial("quantile by q", [wave([5]), Tensor(0.37)]) { exp($0[0].quantile($0[1])) },
    Trial("argmin", [wave([2, 3])]) { $0[0] * $0[0].argmin(axis: 0) },
    Trial("cumulativeProduct", [wave([5])]) { $0[0].cumulativeProduct() },
    Trial("cumulativeProduct with zeros", [Tensor([1.5, 0, -2, 0, 3])]) { $0[0].cumulativeProduct(axis: 0) },
    Trial("cumulativeProduct of columns, reversed", [wave([3, 2])]) {
      $0[0].cumulativeProduct(axis: 0, reversed: true)
    },
    Trial("cumulativeMaximum", [wave([6])]) { square($0[0].cumulativeMaximum()) },
    Trial("cumulativeMinimum of columns", [wave([4, 2])]) { exp($0[0].cumulativeMinimum(axis: 0)) },
    Trial("cumulativeLogSumExp", [wave([5])]) { $0[0].cumulativeLogSumExp() },
    Trial("cumulativeLogSumExp, reversed", [wave([3, 2])]) { $0[0].cumulativeLogSumExp(axis: 0, reversed: true) },
    Trial("linearRecurrence", [wave([2, 4]), wave([2, 4], 0.9, 1)]) { linearRecurrence($0[0], $0[1]) },
    Trial("linearRecurrence, reversed", [wave([4, 2]), wave([4, 2], 0.9, 1)]) {
      linearRecurrence($0[0], $0[1], axis: 0, reversed: true)
    },
    Trial("searchSorted only chooses", [wave([4])]) {
      $0[0] * searchSorted($0[0].graph.constant([-0.5, 0.2, 0.6]), $0[0])
    },
    Trial("selected", [wave([6])]) { square($0[0].selected(where: $0[0] .> 0, count: 4)) },
    Trial("segmentSum", [wave([4, 2])]) {
      square($0[0].segmentSum($0[0].graph.constant(Tensor(indices: [1, 0, 1, 2])), count: 3))
    },
    Trial("difference", [wave([2, 5])]) { square($0[0].difference(order: 2)) },
    Trial("rolled", [wave([2, 5])]) { exp($0[0].rolled(by: 2)) * $0[0] },
    Trial("repeated", [wave([2, 2])]) { exp($0[0].repeated(3, axis: 0)) },
    Trial("repeated, a count for each", [wave([3, 2])]) { exp($0[0].repeated([2, 0, 1], axis: 0)) },
    Trial("reflected border", [wave([4])]) { exp($0[0].padded([(3, 2)], mode: .reflect)) },
    Trial("edges", [wave([2, 3])]) { exp($0[0].padded(1, mode: .edge)) },
    Trial("the last axis", [wave([2, 3, 2])]) { exp($0[0][..., 1]) },
  ]

  @Test(arguments: trials) func agrees(trial: Trial) throws { try trial.agrees() }

  /// 1-D Wasserstein distance of two samples, by sorting; a pinball loss; the distance of ranks that are soft.
  @Test func lossesOfOrder() throws {
    let graph = Graph(), x = graph.input("x", [0.3, -1.2, 0.8, 2]), y = graph.constant([1, -0.5, 0.2, 1.4])
    let distance = abs(x.sorted() - y.sorted()).mean()
    // scipy.stats.wasserstein_distance([0.3, -1.2, 0.8, 2], [1, -0.5, 0.2, 1.4])
    #expect(abs(try distance.scalar() - 0.4) < 1e-15)
    #expect(try distance.gradients(withRespectTo: [x])[0].value().scalars == [0.25, -0.25, -0.25, 0.25])
    #expect(try checkGradients(of: distance, withRespectTo: [x], order: 2).verdict == .agree)
    // The q-quantile makes the pinball loss smallest: its subgradient there has both signs.
    func pinball(_ c: Node) -> Node { (maximum(0.3 * (x - c), -0.7 * (x - c))).sum() }
    let best = try x.quantile(0.3).scalar()
    let loss = try [best - 0.2, best, best + 0.2].map { try pinball(graph.constant($0)).scalar() }
    #expect(loss[1] <= loss[0] && loss[1] <= loss[2])
    let ranks = sigmoid((x.expandingDimension(at: 1) - x) / 0.1).sum(axes: [1])
    #expect(
      try checkGradients(of: square(ranks - y.argsort().argsort()).sum(), withRespectTo: [x], order: 2).verdict
        == .agree)
  }

  @Test func mistakesStayInTheNode() throws {
    let graph = Graph(), x = graph.input("x", [[1, 2, 3], [4, 5, 6]]),
      empty = graph.constant(Tensor(shape: [0, 2], []))
    let number = graph.constant(1)
    let mistakes: [(String, Node)] = [
      ("argsort", x.argsort(axis: 2)), ("argsort", x.sorted(axis: .min)), ("argsort", number.argsort()),
      ("topK", x.topK(4).values), ("topK", x.topK(0).indices), ("topK", x.topK(-1, axis: 0).values),
      ("topK", x.topK(1, axis: 5).values), ("median", empty.median(axis: 0)), ("median", x.median(axis: 2)),
      ("quantile", x.quantile(1.5)), ("quantile", x.quantile(.nan)), ("quantile", x.quantile(x)),
      ("quantile", empty.quantile(0.5, axis: 0)), ("argmin", x.argmin(axis: 7)),
      ("cumulativeProduct", x.cumulativeProduct(axis: 2)), ("cumulativeMaximum", x.cumulativeMaximum(axis: -3)),
      ("cumulativeLogSumExp", number.cumulativeLogSumExp()), ("difference", x.difference(axis: 2)),
      ("difference", x.difference(order: 4)), ("difference", x.difference(order: -1)),
      ("rolled", x.rolled(by: 1, axis: 4)),
      ("repeated", x.repeated(-1)), ("repeated", x.repeated([1])), ("repeated", x.repeated([1, .max, .max])),
      ("oneHot", x.oneHot(classes: 0)), ("padded", x.padded([1], mode: .edge)),
      ("padded", x.padded(-1, mode: .reflect)),
      ("padded", x.padded(.max, mode: .wrap)), ("padded", empty.padded(1, mode: .edge)),
      ("selected", x.selected(where: x, count: 2)), ("selected", x.selected(where: x[..., 0], count: -1)),
      ("segmentSum", x.segmentSum(x.argmin(axis: 1), count: -1)), ("searchSorted", searchSorted(number, x)),
      ("linearRecurrence", linearRecurrence(x, x[0])), ("slice", x[..., 0, 0, 0]), ("slice", x[..., 3]),
    ]
    for (origin, node) in mistakes {
      #expect(node.error?.origin == origin, "\(origin): \(node.error.map { "\($0)" } ?? "no error")")
    }
    #expect(throws: ChainRuleError.self) { try x.repeated(.max).value() }
    #expect(throws: ChainRuleError.self) {
      try x.segmentSum(graph.constant(Tensor(indices: [0, 3])), count: 3).value()
    }
    #expect(throws: ChainRuleError.self) { try x.quantile(graph.constant(1.01)).value() }
    #expect(try empty.sorted(axis: 0).value().isEmpty && empty.cumulativeProduct(axis: 0).value().isEmpty)
    #expect(try empty.cumulativeLogSumExp(axis: 0).value().isEmpty && empty.cumulativeMaximum(axis: 0).value().isEmpty)
  }
}
