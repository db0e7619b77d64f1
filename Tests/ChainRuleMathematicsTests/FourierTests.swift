import ChainRule
import Foundation
import Testing

/// Fourier transforms, interpolation and systems of three diagonals against NumPy and SciPy
/// (Tests/Fixtures/Mathematics/order.py).
@Suite struct FFTTests {
  struct Numbers: Decodable, Sendable {
    struct Transform: Decodable, Sendable {
      let length: Int, places: [Int], real: [Double], imaginary: [Double], norm: Double
    }
    struct Spline: Decodable, Sendable {
      let places: [Double], values: [Double], x: [Double]
      let linear: [Double], cubic: [Double], cubicSlopes: [Double], cubicWeights: [Double]
      let naturalCubic: [Double], naturalCubicSlopes: [Double], naturalCubicWeights: [Double]
    }
    struct Loss: Decodable, Sendable { let value: Double, gradient: [Double] }
    let transforms: [Transform], splines: [Spline], spectralLoss: Loss
  }
  static let numbers = Result { try fixture("order", Numbers.self) }
  var numbers: Numbers { get throws { try Self.numbers.get() } }

  @Test func everyLengthIsNumPys() throws {
    for sample in try numbers.transforms {
      let n = sample.length, graph = Graph(), scale = sample.norm
      let x = graph.input("x", wave([n], 1.3, 0.2)), y = graph.input("y", wave([n], 0.7, 1.1))
      let (real, imaginary) = fft(x, y), (re, im) = (try real.value().scalars, try imaginary.value().scalars)
      for (position, place) in sample.places.enumerated() {
        #expect(abs(re[place] - sample.real[position]) < 1e-14 * scale, "\(n), \(place)")
        #expect(abs(im[place] - sample.imaginary[position]) < 1e-14 * scale, "\(n), \(place)")
      }
      // Parseval: n·Σ|x|² = Σ|y|²; and there and back.
      let energy = (re + im).reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(energy - sample.norm) < 1e-14 * scale)
      let back = inverseFFT((real, imaginary))
      expect(try back.real.value(), near: try x.value(), 4e-15, "\(n)")
      expect(try back.imaginary.value(), near: try y.value(), 4e-15, "\(n)")
    }
  }

  @Test func transformsOfRealNumbers() throws {
    for n in [1, 2, 5, 8, 21] {
      let graph = Graph(), x = graph.input("x", wave([3, n])), half = realFFT(x), whole = fft(x)
      #expect(half.real.shape == [3, n / 2 + 1])
      #expect(try half.real.value() == whole.real[..., 0..<(n / 2 + 1)].value())
      let back = inverseRealFFT(half.real, half.imaginary, length: n)
      expect(try back.value(), near: try x.value(), 1e-15, "\(n)")
      #expect(try checkGradients(of: square(back).sum(), withRespectTo: [x], order: 2).verdict == .agree)
    }
    let graph = Graph(), tone = graph.input("tone", Tensor((0..<12).map { cos(2 * .pi * 3 * Double($0) / 12) }))
    let (real, imaginary) = fft(tone)
    expect(try real.value().scalars, near: (0..<12).map { $0 == 3 || $0 == 9 ? 6 : 0 }, 1e-15, "a tone")
    expect(try imaginary.value().scalars, near: [Double](repeating: 0, count: 12), 1e-14, "a tone")
  }

  @Test func curvesAreSciPys() throws {
    for sample in try numbers.splines {
      let graph = Graph(), places = graph.input("places", Tensor(sample.places))
      let values = graph.input("values", Tensor(sample.values)), x = graph.input("x", Tensor(sample.x))
      expect(try interpolate(x, places, values).value().scalars, near: sample.linear, 1e-15, "linear")
      let kinds: [(InterpolationMethod, [Double], [Double], [Double])] = [
        (.cubic, sample.cubic, sample.cubicSlopes, sample.cubicWeights),
        (.naturalCubic, sample.naturalCubic, sample.naturalCubicSlopes, sample.naturalCubicWeights),
      ]
      for (method, curve, slopes, weights) in kinds {
        let y = interpolate(x, places, values, method: method),
          gradients = try y.sum().gradients(withRespectTo: [x, values])
        expect(try y.value().scalars, near: curve, 2e-14, "\(method) \(sample.places)")
        expect(try gradients[0].value().scalars, near: slopes, 4e-14, "\(method) \(sample.places)")
        expect(try gradients[1].value().scalars, near: weights, 4e-14, "\(method) \(sample.places)")
      }
    }
  }

  /// Straight lines have a kink where they meet, and a spline has none.
  @Test func placesAreKinksOfLinesOnly() throws {
    let graph = Graph(), x = graph.input("x", 2.5), places = graph.constant([0, 1, 2.5, 3]),
      values = graph.constant(wave([4]))
    let lines = try checkGradients(of: interpolate(x, places, values), withRespectTo: [x])
    #expect(lines.verdict == .inconclusive && lines.entries[0].kink != nil)
    for method in [InterpolationMethod.cubic, .naturalCubic] {
      let curve = interpolate(x, places, values, method: method)
      let report = try checkGradients(of: curve, withRespectTo: [x])
      #expect(report.verdict == .agree, "\(report)")
    }
  }

  static let trials: [Trial] =
    [1, 2, 3, 4, 6, 7, 12, 17].map { n in
      Trial("fft of \(n)", [wave([n]), wave([n], 0.9, 1)]) { x in
        let (re, im) = fft(x[0], x[1])
        return exp(0.3 * re) * im
      }
    } + [
      Trial("rows and back", [wave([2, 5])]) { x in
        let (re, im) = fft(x[0]), (power, other) = inverseFFT(square(re), im)
        return power + other
      },
      Trial("log magnitudes", [wave([9])]) { x in
        let (re, im) = realFFT(x[0])
        return log(square(re) + square(im) + 1e-3)
      },
      Trial("linear interpolation", [Tensor([0.3, 1.7, 2.2]), Tensor([0, 1, 2.5, 3]), wave([4])]) {
        exp(interpolate($0[0], $0[1], $0[2]))
      },
      Trial("cubic interpolation", [Tensor([0.3, 1.7, 2.2]), Tensor([0, 1, 2.5, 3, 4.4]), wave([5])], single: 1e-3) {
        interpolate($0[0], $0[1], $0[2], method: .cubic)
      },
      Trial("natural splines", [Tensor([-0.3, 1.7, 2.2]), Tensor([0, 1, 2.5, 3]), wave([4])], single: 1e-3) {
        interpolate($0[0], $0[1], $0[2], method: .naturalCubic)
      },
      Trial("three diagonals", [wave([2, 4]), wave([2, 4], 0.9, 1), wave([2, 4], 0.5, 2), wave([2, 4], 1.2, 0)]) {
        tridiagonalSolve(lower: $0[0], diagonal: 3 + $0[1], upper: $0[2], $0[3])
      },
    ]

  @Test(arguments: trials) func agrees(trial: Trial) throws { try trial.agrees() }

  /// The log-magnitude loss of audio models, and its gradient, by JAX.
  @Test func aSpectralLoss() throws {
    let graph = Graph(), x = graph.input("x", wave([16])), y = graph.constant(wave([16], 0.8, 1))
    func magnitudes(_ x: Node) -> Node {
      let (re, im) = realFFT(x)
      return log(sqrt(square(re) + square(im)) + 1e-3)
    }
    let loss = abs(magnitudes(x) - magnitudes(y)).mean()
    let expected = try numbers.spectralLoss
    expect([try loss.scalar()], near: [expected.value], 1e-14, "loss")
    expect(try loss.gradients(withRespectTo: [x])[0].value().scalars, near: expected.gradient, 1e-13, "gradient")
    #expect(try checkGradients(of: loss, withRespectTo: [x], order: 2).verdict == .agree)
  }

  @Test func aSystemOfThreeDiagonals() throws {
    let graph = Graph(), two = graph.constant([2, 2, 2]), one = graph.constant([-1, -1, -1])
    let x = tridiagonalSolve(lower: one, diagonal: two, upper: one, graph.constant([1, 0, 1]))
    expect(try x.value().scalars, near: [1, 1, 1], 1e-15, "the second difference")
    let zero = graph.constant([0, 1, 1])
    #expect(throws: ChainRuleError.self) { try tridiagonalSolve(lower: one, diagonal: zero, upper: one, two).value() }
  }

  @Test func mistakesStayInTheNode() throws {
    let graph = Graph(), x = graph.input("x", [[1, 2, 3], [4, 5, 6]]), number = graph.constant(1)
    let empty = graph.constant(Tensor(shape: [0], [])), row = x[0]
    let mistakes: [(String, Node)] = [
      ("fft", fft(number).real), ("fft", fft(x, row).imaginary), ("fft", fft(empty).real),
      ("inverseFFT", inverseFFT(number).real), ("inverseRealFFT", inverseRealFFT(x, x, length: 6)),
      ("inverseRealFFT", inverseRealFFT(x, x, length: .min)), ("inverseRealFFT", inverseRealFFT(x, row, length: 5)),
      ("fft", realFFT(empty).real), ("interpolate", interpolate(x, x, x)),
      ("interpolate", interpolate(x, row, row[0..<2])),
      ("interpolate", interpolate(x, row[0..<1], row[0..<1])),
      ("tridiagonalSolve", tridiagonalSolve(lower: x, diagonal: x, upper: row, x)),
      ("tridiagonalSolve", tridiagonalSolve(lower: number, diagonal: number, upper: number, number)),
    ]
    for (origin, node) in mistakes {
      #expect(node.error?.origin == origin, "\(origin): \(node.error.map { "\($0)" } ?? "no error")")
    }
    #expect(throws: ChainRuleError.self) { try interpolate(x, graph.constant([0, 0, 1]), row).value() }
    #expect(try fft(graph.constant(Tensor(shape: [0, 3], []))).real.value().isEmpty)
  }
}
