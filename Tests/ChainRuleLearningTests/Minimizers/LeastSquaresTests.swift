import ChainRule
import Foundation
import Testing

@testable import ChainRuleTraining

@Suite("Least squares")
struct LeastSquaresTests {
  /// One of NIST's nonlinear regressions (Statistical Reference Datasets), certified to 11 digits.
  struct Regression: Sendable, CustomTestStringConvertible {
    let json: JSON
    var name: String { json["name"].string ?? "?" }
    var testDescription: String { name }

    func numbers(_ json: JSON) -> [Double] { json.array.compactMap(\.double) }

    func fit(from start: Int) throws -> LeastSquaresFit {
      let formula = try Expression(json["formula"].string ?? "")
      let isLogarithm = json["logarithm"].bool ?? false
      return try leastSquares(from: numbers(json["starts"].array[start]), iterations: 5000) { b in
        var inputs: [String: Node] = [:]
        for index in 0..<b.shape[0] { inputs["b\(index + 1)"] = b[index] }
        for name in ["x", "x1", "x2"] where formula.reads(name) {
          inputs[name] = b.graph.constant(Tensor(numbers(json["columns"][name])))
        }
        let y = b.graph.constant(Tensor(numbers(json["columns"]["y"])))
        return try formula.record(in: b.graph, inputs: inputs) - (isLogarithm ? log(y) : y)
      }
    }

    /// How many of the certified digits of the worst parameter are met.
    static func digits(_ found: [Double], _ certified: [Double]) -> Double {
      let error = zip(found, certified).map { abs($0 / $1 - 1) }.max() ?? 1
      return error.isFinite ? Swift.min(11, -log10(Swift.max(error, 1e-11))) : 0
    }
  }

  static let regressions = Golden.file("nist")["cases"].array.map(Regression.init)

  @Test func thereAre27() { #expect(Self.regressions.count == 27) }

  @Test(arguments: regressions) func certifiedParametersAreFoundFromBothStarts(regression: Regression) throws {
    let certified = regression.numbers(regression.json["parameters"])
    for start in isHeavy ? 0..<2 : 1..<2 {  // the second is nearer
      let fit = try regression.fit(from: start)
      let digits = Regression.digits(fit.parameters, certified)
      print(
        "\(regression.name) from start \(start + 1): \(String(format: "%.1f", digits)) of 11 digits,", fit.iterations,
        "iterations,", fit.reason.rawValue)
      #expect(digits >= 9)
      #expect(fit.converged)
      // Lanczos1 has residuals of 1e-13: their sum is rounding of the data.
      guard regression.name != "Lanczos1" else { continue }
      let deviations = regression.numbers(regression.json["deviations"])
      #expect(Regression.digits(fit.standardErrors, deviations) >= 6)
      #expect(abs(fit.sumOfSquares / (regression.json["sum_of_squares"].double ?? .nan) - 1) < 1e-8)
    }
  }

  /// A parameter that does not matter, or is held by its bound, changes nothing for the others, wherever it stands.
  @Test(arguments: 0..<3) func aParameterThatDoesNotMatterMayStandAnywhere(place: Int) throws {
    let x = Tensor([0, 1, 2, 3, 4]), y = Tensor([1.1, 2.9, 5.2, 7.1, 8.8])
    // numpy.polyfit(x, y, 1) has 1.96 and 1.1.
    for bounds in [nil, (0..<3).map { $0 == place ? 1.0...1.0 : -100.0...100 }] as [[ClosedRange<Double>]?] {
      let fit = try leastSquares(from: [1, 1, 1], bounds: bounds) { b in
        let used = (0..<3).filter { $0 != place }.map { b[$0] }
        return used[0] + used[1] * b.graph.constant(x) - b.graph.constant(y) + 0 * b[place]
      }
      let found = (0..<3).filter { $0 != place }.map { fit.parameters[$0] }
      #expect(abs(found[0] - 1.1) < 1e-9 && abs(found[1] - 1.96) < 1e-9, "\(fit)")
      #expect(fit.converged)
    }
  }
}
