import Foundation
import Testing

@testable import ChainRule
@testable import Examples

/// NIST's nonlinear regressions (Tests/Fixtures/published.json): residual sums, vanishing gradients, and the certified
/// parameters found from both published starts by Levenberg–Marquardt on our Jacobians.
@Suite struct LeastSquaresTests {
  struct Problem: CustomTestStringConvertible, Sendable {
    let name: String, x: [Double], y: [Double], certified: [Double], residualSum: Double
    let starts: [(parameters: [Double], residualSum: Double, gradient: [Double])]
    /// Digits of the certified parameters that must be found from each start.
    let digits: Double
    var testDescription: String { name }

    init(_ name: String, digits: Double) {
      let json = Golden.cases(of: "published").first { $0.name == name }?.json ?? .null
      self.name = name
      self.digits = digits
      x = json["inputs"]["x"]["data"].scalars
      y = json["inputs"]["y"]["data"].scalars
      certified = json["expected"]["parameters"]["data"].scalars
      residualSum = json["expected"]["residual_sum_of_squares"].double ?? .nan
      starts = json["inputs"]["starts"].array.map {
        ($0["parameters"]["data"].scalars, $0["residual_sum_of_squares"].double ?? .nan, $0["gradient"]["data"].scalars)
      }
    }

    func curve(_ x: Node, _ b: Node) -> Node {
      if name == "nist_misra1a" { return -1 * b[0] * expm1(-1 * b[1] * x) }
      let above = b[0] + x * (b[1] + x * (b[2] + x * b[3]))
      let below = 1 + x * (b[4] + x * (b[5] + x * b[6]))
      return above / below
    }

    func fit(from start: [Double]) throws -> LeastSquares {
      try LeastSquares(x: x, y: y, start: start) { curve($0, $1) }
    }
  }

  static let problems = [
    Problem("nist_misra1a", digits: 10), Problem("nist_thurber", digits: 9), Problem("nist_hahn1", digits: 9),
  ]

  @Test(arguments: problems) func residualSumsAndGradientsAreThePublishedOnes(_ problem: Problem) throws {
    #expect(problem.starts.count == 2)
    for start in problem.starts {
      let fit = try problem.fit(from: start.parameters)
      let sum = square(fit.residuals).sum()
      let gradient = try sum.gradients(withRespectTo: [fit.parameters])[0]
      #expect(abs(try sum.scalar() / start.residualSum - 1) < 1e-12)
      for (ours, published) in zip(try gradient.value().scalars, start.gradient) {
        #expect(abs(ours / published - 1) < 1e-9)
      }
    }
    let fit = try problem.fit(from: problem.certified)
    #expect(abs(try fit.sumOfSquares(at: problem.certified) / problem.residualSum - 1) < 1e-9)
    // Jᵀr vanishes against the sizes of its summands.
    let jacobian = try fit.jacobian.value().scalars, r = try fit.residuals.value().scalars
    let columns = problem.certified.count
    for column in 0..<columns {
      var (sum, size) = (0.0, 0.0)
      for row in r.indices {
        sum += jacobian[row * columns + column] * r[row]
        size += abs(jacobian[row * columns + column] * r[row])
      }
      #expect(abs(sum) < 1e-5 * size)
    }
  }

  @Test(arguments: problems) func theCertifiedParametersAreFoundFromBothStarts(_ problem: Problem) throws {
    for start in problem.starts {
      let fit = try problem.fit(from: start.parameters)
      let found = try fit.minimize()
      let digits =
        zip(found.parameters, problem.certified).map { -log10(Swift.max(1e-16, abs($0 / $1 - 1))) }.min() ?? 0
      print(
        "\(problem.name) from \(start.parameters): \(found.steps) steps, \(Tensor.text(digits, significantDigits: 3)) digits"
      )
      #expect(digits >= problem.digits)
      #expect(abs(found.sumOfSquares / problem.residualSum - 1) < 1e-9)
    }
  }

  @Test func theJacobianOfThurberIsChecked() throws {
    let problem = Self.problems[1]
    let fit = try problem.fit(from: problem.certified)
    let report = try checkGradients(of: square(fit.residuals[0..<4]).sum(), withRespectTo: [fit.parameters])
    #expect(report.verdict != .disagree, "\(report)")
  }
}
