import ChainRule
import Testing

/// Order, transforms and random numbers with the edge values of what they take: a result or an error, and soon.
@Suite(.enabled(if: isSweepWanted)) struct SweepOfOrder {
  static let unary: [(String, @Sendable (Node) -> Node)] = [
    ("sorted", { $0.sorted(descending: true) }), ("argsort", { $0.argsort() }), ("median", { $0.median() }),
    ("argmin", { $0.argmin() }), ("cumulativeProduct", { $0.cumulativeProduct() }),
    ("cumulativeMaximum", { $0.cumulativeMaximum(reversed: true) }), ("cumulativeMinimum", { $0.cumulativeMinimum() }),
    ("cumulativeLogSumExp", { $0.cumulativeLogSumExp() }), ("difference", { $0.difference() }),
    ("fft", { fft($0).imaginary }), ("inverseFFT", { inverseFFT($0, $0).real }), ("realFFT", { realFFT($0).real }),
    ("subscript", { $0[..., 0] }), ("subscripts", { $0[0, ..., 0] }),
    ("randomGamma", { $0.graph.randomGamma(concentration: $0, seed: 1) }),
    ("randomLogGamma", { $0.graph.randomLogGamma(concentration: abs($0) + 0.1, seed: 1) }),
    ("randomDirichlet", { $0.graph.randomDirichlet(concentration: exp($0), seed: 1) }),
    ("randomPoisson", { $0.graph.randomPoisson(rate: $0, seed: 1) }),
    ("randomExponential", { $0.graph.randomExponential(rate: $0, seed: 1) }),
    ("randomBernoulli", { $0.graph.randomBernoulli(probability: $0, seed: 1) }),
    ("randomCategorical", { $0.graph.randomCategorical(logits: $0, seed: 1) }),
  ]

  @Test(arguments: unary.indices) func functionsOfANode(number: Int) {
    let (name, function) = Self.unary[number]
    for precision in [Graph.Precision.double, .single] {
      for (index, node) in Edge.nodes(in: Graph(precision)).enumerated() {
        exercise(function(node), "\(name) of node \(index)")
      }
    }
  }

  static let binary: [(String, @Sendable (Node, Node) -> Node)] = [
    ("quantile", { $0.quantile($1) }), ("searchSorted", { searchSorted($0, $1) }),
    ("searchSorted right", { searchSorted($0, $1, side: .right) }), ("linearRecurrence", { linearRecurrence($0, $1) }),
    ("selected", { $0.selected(where: $1, count: 2) }), ("segmentSum", { $0.segmentSum($1, count: 3) }),
    ("fft", { fft($0, $1).real }), ("inverseRealFFT", { inverseRealFFT($0, $1, length: 4) }),
    ("interpolate", { interpolate($0, $1, $1) }), ("interpolate others", { interpolate($0, $1, $0, method: .cubic) }),
    ("natural splines", { interpolate($1, $0, $0, method: .naturalCubic) }),
    ("tridiagonalSolve", { tridiagonalSolve(lower: $0, diagonal: $1, upper: $0, $1) }),
    ("randomBeta", { $0.graph.randomBeta($0, $1, seed: 1) }),
    ("randomNormal", { $0.graph.randomNormal(mean: $0, standardDeviation: $1, seed: 1) }),
    ("randomUniform", { $0.graph.randomUniform(from: $0, to: $1, seed: 1, counter: $0) }),
    ("normalLogDensity", { normalLogDensity($0, mean: $1, standardDeviation: $0) }),
    ("uniformLogDensity", { uniformLogDensity($0, from: $1, to: $0) }),
    ("categoricalLogProbability", { categoricalLogProbability($0, logits: $1) }),
  ]

  @Test(arguments: binary.indices) func functionsOfTwoNodes(number: Int) {
    let (name, function) = Self.binary[number], nodes = Edge.nodes(in: Graph())
    for (i, a) in nodes.enumerated() {
      for (j, b) in nodes.enumerated() { exercise(function(a, b), inProgram: (i + j) % 4 == 0, "\(name) \(i), \(j)") }
    }
  }

  static let withInteger: [(String, @Sendable (Node, Int) -> Node)] = [
    ("sorted", { $0.sorted(axis: $1) }), ("topK", { $0.topK($1).values }),
    ("topK axis", { $0.topK(1, axis: $1).indices }),
    ("median", { $0.median(axis: $1, keepingDimensions: true) }), ("argmin", { $0.argmin(axis: $1) }),
    ("cumulativeProduct", { $0.cumulativeProduct(axis: $1) }), ("difference", { $0.difference(order: $1) }),
    ("difference axis", { $0.difference(axis: $1) }), ("rolled", { $0.rolled(by: $1) }),
    ("rolled axis", { $0.rolled(by: 1, axis: $1) }), ("repeated", { $0.repeated($1) }),
    ("repeated axis", { $0.repeated(2, axis: $1) }), ("padded", { $0.padded($1, mode: .reflect) }),
    ("padded with a number", { $0.padded($1, mode: .constant(.nan)) }),
    ("selected", { $0.selected(where: $0, count: $1) }),
    ("selected axis", { $0.selected(where: $0, count: 1, axis: $1) }),
    ("segmentSum", { $0.segmentSum($0, count: $1) }), ("subscript", { $0[..., $1] }),
    ("inverseRealFFT", { inverseRealFFT($0, $0, length: $1) }),
    ("randomPermutation", { $0.graph.randomPermutation($1, seed: 1, counter: $0) }),
    ("linearRecurrence", { linearRecurrence($0, $0, axis: $1, reversed: true) }),
  ]

  @Test(arguments: withInteger.indices) func functionsOfANodeAndAnInteger(number: Int) {
    let (name, function) = Self.withInteger[number]
    for (index, node) in Edge.nodes(in: Graph()).enumerated() {
      for integer in Edge.integers {
        exercise(function(node, integer), inProgram: index % 3 == 0, "\(name) of node \(index), \(integer)")
      }
    }
  }

  static let withList: [(String, @Sendable (Node, [Int]) -> Node)] = [
    ("repeated", { $0.repeated($1) }), ("padded", { $0.padded($1, mode: .edge) }),
    ("padded around", { $0.padded(before: $1, after: [], mode: .wrap) }),
    ("randomGamma", { $0.graph.randomGamma(concentration: $0, shape: Shape($1), seed: 1) }),
    ("randomPoisson", { $0.graph.randomPoisson(rate: $0, shape: Shape($1), seed: 1) }),
    ("randomGumbel", { $0.graph.randomGumbel(shape: Shape($1), seed: 1, counter: $0) }),
  ]

  @Test(arguments: withList.indices) func functionsOfANodeAndAList(number: Int) {
    let (name, function) = Self.withList[number]
    for (index, node) in Edge.nodes(in: Graph()).enumerated() {
      for list in Edge.lists {
        exercise(function(node, list), inProgram: index % 3 == 0, "\(name) of node \(index), \(list.prefix(4))")
      }
    }
  }

  @Test func quantilesOfEveryFraction() {
    for (index, node) in Edge.nodes(in: Graph(.single)).enumerated() {
      for value in Edge.numbers {
        exercise(node.quantile(value), "quantile of node \(index), \(value)")
        exercise(node.quantile(node.graph.constant(value)), "quantile of node \(index), \(value)")
        exercise(
          node.graph.randomGamma(concentration: node.graph.constant(value), seed: 1), "randomGamma \(index), \(value)")
        exercise(
          node.graph.randomPoisson(rate: node.graph.constant(value), seed: 1), "randomPoisson \(index), \(value)")
      }
    }
  }
}
