import ChainRule
import Testing

/// Numbers at the ends of their range, at 0 and at ∞: the values are limits and closed forms.
@Suite struct ExtremeNumbers {
  private func slopes(_ at: Tensor, _ precision: Graph.Precision = .double, _ f: (Node) -> Node) throws -> [Double] {
    let x = Graph(precision).input("x", at)
    return try f(x).sum().gradients(withRespectTo: [x])[0].value().scalars
  }

  // MARK: Nothing but −∞

  /// What is masked out by −∞ weighs nothing, whole rows too: by evaluation and in programs, of rows of every length.
  @Test(arguments: [(1, Graph.Precision.double), (3, .single), (10, .double), (33, .single), (700, .double)])
  func rowsOfMinusInfinity(length: Int, precision: Graph.Precision) throws {
    let masked = [Double](repeating: -.infinity, count: length)
    let ordinary = (0..<length).map { Double($0 % 7) }, zeros = [Double](repeating: 0, count: length)
    for axis in [0, 1] {
      let graph = Graph(precision), columns = zip(masked, ordinary).flatMap { [$0, $1] }
      let x = graph.input(
        "x", axis == 1 ? Tensor(shape: [2, length], masked + ordinary) : Tensor(shape: [length, 2], columns))
      let s = softmax(x, axis: axis), total = logSumExp(x, axes: [axis]), logarithm = logSoftmax(x, axis: axis)
      let weight = graph.constant(Tensor(shape: x.shape, (0..<2 * length).map { Double($0 + 1) }))
      let gradients = try [(s * weight).sum(), total.sum(), (logarithm * weight).sum()].map {
        try $0.gradients(withRespectTo: [x])[0]
      }
      let program = try graph.compile(inputs: [x], outputs: [s, total] + gradients + [logarithm, log(s)])
      let compiled = try program.run([x.value()])
      for (number, logarithms) in [(5, try logarithm.value()), (6, try log(s).value())] {
        for value in [logarithms, compiled[number]] {
          for place in 0..<2 * length {
            let isMasked = axis == 1 ? place < length : place % 2 == 0
            #expect(isMasked ? value.scalars[place] == -.infinity : value.scalars[place].isFinite)
          }
        }
      }
      for (number, node) in ([s, total] + gradients).enumerated() {
        for value in [try node.value(), compiled[number]] {
          #expect(!value.scalars.contains { $0.isNaN })
          if number == 1 { #expect(value.scalars[0] == -.infinity && value.scalars[1].isFinite) }
          let first = (0..<length).map { value.scalars[axis == 1 || number == 1 ? 0 : 2 * $0] }
          if number != 1 { #expect((axis == 1 ? Array(value.scalars.prefix(length)) : first) == zeros) }
        }
      }
    }
  }

  @Test func sumsOfNothing() throws {
    let none = Tensor(shape: [2, 2], repeating: -.infinity)
    #expect(try slopes(none) { logSumExp($0) } == [0, 0, 0, 0])
    #expect(try slopes(none) { logSumExp($0, axes: [1]) } == [0, 0, 0, 0])
    #expect(try slopes(Tensor([-.infinity, -.infinity])) { logAddExp($0, -Double.infinity) } == [0, 0])
    // ln(eᵃ + e^−∞) = a.
    #expect(try slopes(Tensor([3, -2])) { logAddExp($0, -Double.infinity) } == [1, 1])
    #expect(try slopes(none) { $0.cumulativeLogSumExp() } == [0, 0, 0, 0])
  }

  // MARK: Powers

  @Test func powersOfZeroWithATensorForAnExponent() throws {
    let graph = Graph()
    let x = graph.input("x", 0)
    let f = pow(x, graph.constant([0, 1, 2])).sum()
    let first = try f.gradients(withRespectTo: [x])[0]
    #expect(try first.scalar() == 1)
    #expect(try first.gradients(withRespectTo: [x])[0].scalar() == 2)
  }

  /// ∂/∂x, ∂/∂y and ∂²/∂x² of x^y at x = 0.
  @Test(
    arguments: [
      (0, 0, 0, 0), (1, 1, 0, 0), (2, 0, 0, 2), (3, 0, 0, 0), (-1, -Double.infinity, -.infinity, .infinity),
    ] as [(Double, Double, Double, Double)])
  func powersOfZeroWithAVariableForAnExponent(y: Double, byX: Double, byY: Double, second: Double) throws {
    let graph = Graph()
    let x = graph.input("x", 0), exponent = graph.input("y", Tensor(y))
    let first = try pow(x, exponent).gradients(withRespectTo: [x, exponent])
    #expect(try first[0].scalar() == byX)
    #expect(try first[1].scalar() == byY)
    #expect(try first[0].gradients(withRespectTo: [x])[0].scalar() == second)
    let program = try graph.compile(inputs: [x, exponent], outputs: first)
    #expect(try program.run([0, Tensor(y)]).map { try $0.scalar() } == [byX, byY])
  }

  @Test func powersElsewhereAreAsBefore() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", 3)
    let first = try pow(x, y).gradients(withRespectTo: [x, y])
    #expect(try first[0].scalar() == 12)
    #expect(abs(try first[1].scalar() - 5.545177444479562) < 1e-14)
    #expect(try checkGradients(of: pow(x, y), withRespectTo: [x, y], order: 2).verdict == .agree)
  }

  // MARK: Norms

  @Test(
    arguments: [
      ([1e20, 1e20], Graph.Precision.single), ([1e-23, 1e-23], .single), ([3e-39, 3e-39], .single),
      ([1e38, 1e38], .single), ([1e200, 1e200], .double), ([1e-200, 1e-200], .double), ([1, 1], .double),
    ] as [([Double], Graph.Precision)])
  func aNormOfAnySize(vector: [Double], precision: Graph.Precision) throws {
    let x = Graph(precision).input("x", Tensor(vector)), norm = x.norm()
    let expected = vector[0] * 1.4142135623730951, tolerance = precision == .single ? 1e-6 : 1e-15
    #expect(abs(try norm.scalar() - expected) <= tolerance * expected)
    for slope in try norm.gradients(withRespectTo: [x])[0].value().scalars {
      #expect(abs(slope - 0.7071067811865476) < tolerance)
    }
    let program = try x.graph.compile(inputs: [x], outputs: [norm])
    #expect(abs(try program.run([Tensor(vector)])[0].scalar() - expected) <= tolerance * expected)
  }

  @Test(arguments: [(3.0, 1.2599210498948732), (0.5, 4), (-1, 0.5), (-2, 0.7071067811865476), (10, 1.0717734625362931)])
  func normsOfOtherOrdersAndAnySize(p: Double, factor: Double) throws {
    for size in [1e-300, 1, 1e300] {
      let x = Graph().input("x", Tensor([size, size])), norm = x.norm(p)
      #expect(abs(try norm.scalar() / size - factor) < 1e-14 * factor)
      // A norm grows with its argument: Σ x·∂/∂x = ‖x‖.
      let slopes = try norm.gradients(withRespectTo: [x])[0].value().scalars
      #expect(abs(slopes[0] + slopes[1] - factor) < 1e-14 * factor)
    }
  }

  @Test(arguments: [-Double.infinity, -1, 0, 0.5, 1, 2, 3, .infinity])
  func aNormAtZeroIsZeroAndSoIsItsGradient(p: Double) throws {
    let x = Graph().input("x", [0, 0])
    #expect(try x.norm(p).scalar() == 0)
    #expect(try x.norm(p).gradients(withRespectTo: [x])[0].value().scalars == [0, 0])
  }

  @Test func normsWithAZeroAmongTheElements() throws {
    let x = Graph().input("x", [0, -3, 4])
    #expect(try x.norm(0).scalar() == 2)
    #expect(try x.norm(-.infinity).scalar() == 0)
    #expect(try x.norm(-1).scalar() == 0)
    #expect(try x.norm(.infinity).scalar() == 4)
    #expect(abs(try x.norm(0.5).scalar() - 13.928203230275509) < 1e-13)
    #expect(try x.norm(0.5).gradients(withRespectTo: [x])[0].value().scalars.allSatisfy(\.isFinite))
    #expect(try Graph().input("x", [.infinity, 1]).norm().scalar() == .infinity)
    #expect(try Graph().input("x", [.nan, 1]).norm().scalar().isNaN)
    #expect(throws: ChainRuleError.self) { try x.norm(.nan).scalar() }
  }

  @Test(arguments: [[0.0, 0], [3, 4], [1e-8, -1e-8]]) func theSquaredNormIsSmooth(at: [Double]) throws {
    let x = Graph().input("x", Tensor(at))
    let slope = try x.squaredNorm().gradients(withRespectTo: [x])[0]
    #expect(try slope.value().scalars == at.map { 2 * $0 })
    #expect(try slope.sum().gradients(withRespectTo: [x])[0].value().scalars == [2, 2])
  }

  @Test func secondDerivativesOfAScaledNorm() throws {
    // The Hessian of ‖x‖ times (1, 0) at (3, 4)·10⁻²⁰⁰ is (16, −12)/125 · 10²⁰⁰.
    let x = Graph().input("x", Tensor([3e-200, 4e-200]))
    let second = try x.norm().gradients(withRespectTo: [x])[0][0].gradients(withRespectTo: [x])[0].value().scalars
    #expect(abs(second[0] / 1e200 - 0.128) < 1e-14 && abs(second[1] / 1e200 + 0.096) < 1e-14)
  }

  @Test(
    arguments: [
      (1e200, Graph.Precision.double), (1e-200, .double), (1e20, .single), (1e-23, .single), (1, .double),
    ])
  func deviationsOfAnySize(size: Double, precision: Graph.Precision) throws {
    let tolerance = precision == .single ? 1e-6 : 1e-15
    let x = Graph(precision).input("x", Tensor([size, -size, size, -size])), deviation = x.standardDeviation()
    #expect(abs(try deviation.scalar() / size - 1) < tolerance)
    let slopes = try deviation.gradients(withRespectTo: [x])[0].value().scalars
    for (slope, sign) in zip(slopes, [1.0, -1, 1, -1]) { #expect(abs(slope - sign / 4) < tolerance) }
    let pairs = x.reshaped(to: [2, 2]).standardDeviation(axes: [1], correction: 1)
    for value in try pairs.value().scalars { #expect(abs(value / size - 1.4142135623730951) < 2 * tolerance) }
  }

  @Test func equalElementsHaveNoDeviation() throws {
    #expect(try slopes([3, 3, 3]) { $0.standardDeviation() } == [0, 0, 0])
    #expect(try Graph().input("x", [3, 3]).standardDeviation().scalar() == 0)
  }

  // MARK: Sums of squares and of exponentials

  /// 1,000 elements ±d have the variance d², also where the sum of their squares has no number.
  @Test(arguments: [(1e18, Graph.Precision.single), (1.2e19, .single), (9e153, .double), (3, .double)])
  func aVarianceWhoseSumOverflows(size: Double, precision: Graph.Precision) throws {
    for count in [2, 1000] {
      let x = Graph(precision).input("x", Tensor((0..<count).map { $0 % 2 == 0 ? size : -size }))
      let variance = try x.variance().scalar() / size / size
      #expect(abs(variance - 1) < (precision == .single ? 1e-5 : 1e-14))
      // ∂/∂x is 2(x − mean)/n.
      let slopes = try x.variance().gradients(withRespectTo: [x])[0].value().scalars
      #expect(abs(slopes[0] / size * Double(count) / 2 - 1) < (precision == .single ? 1e-5 : 1e-14))
      let pairs = x.reshaped(to: [count / 2, 2]).variance(axes: [1], correction: 1)
      #expect(abs(try pairs.value().scalars[0] / size / size / 2 - 1) < 1e-5)
    }
  }

  /// Shares of equal elements are equal, whatever rounding does to the logarithm of their sum.
  @Test(arguments: [1e4, 1e8, 1e15, 3e37], [Graph.Precision.single, .double])
  func sharesOfLargeLogarithms(size: Double, precision: Graph.Precision) throws {
    let x = Tensor(shape: [2, 2], repeating: size), quarter = [0.25, 0.25, 0.25, 0.25]
    for (node, expected) in [
      (try slopes(x, precision) { logSumExp($0) }, quarter),
      (try slopes(x, precision) { logSumExp($0, axes: [1]) }, [0.5, 0.5, 0.5, 0.5]),
    ] {
      for (found, expected) in zip(node, expected) { #expect(abs(found - expected) < 1e-6) }
    }
  }

  /// Slopes whose formulas square or cube what is large: 1/√(x² ± 1), and 1 or 0 for the GELU.
  @Test(arguments: [(1e30, Graph.Precision.single), (1e200, .double)])
  func slopesOfWhatIsLarge(size: Double, precision: Graph.Precision) throws {
    for function in [{ asinh($0) }, { acosh($0) }] as [(Node) -> Node] {
      #expect(abs(try slopes(Tensor([size]), precision, function)[0] * size - 1) < 1e-6)
    }
    #expect(try slopes(Tensor([size, -size]), precision) { gelu($0, approximate: true) } == [1, 0])
    #expect(try slopes(Tensor([size, -size]), precision) { gelu($0) } == [1, 0])
  }

  @Test func logSumExpAtTheEnds() throws {
    #expect(try slopes(Tensor([-.infinity, 0])) { logSumExp($0) } == [0, 1])
    #expect(try slopes(Tensor([1e308, -1e308])) { logSumExp($0) } == [1, 0])
  }
}
