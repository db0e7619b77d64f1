import ChainRule
import Foundation
import Testing

/// Nonlinear regression problems of NIST's Statistical Reference Datasets (certified to 11 digits).
@Suite("Certified regressions") struct NISTTests {
  static let names = ["nist_misra1a", "nist_thurber", "nist_hahn1"]

  struct Problem {
    let json: JSON
    let graph = Graph()
    let parameters: Node
    let residuals: Node

    init(_ name: String) throws {
      json = try #require(Golden.cases(of: "published").first { $0.name == name }).json
      let start = GoldenArray(json["inputs"]["starts"][0]["parameters"])?.scalars ?? []
      let x = graph.constant(Tensor(GoldenArray(json["inputs"]["x"])?.scalars ?? []))
      let y = graph.constant(Tensor(GoldenArray(json["inputs"]["y"])?.scalars ?? []))
      let b = graph.input("b", Tensor(start))
      parameters = b
      if name == "nist_misra1a" {
        residuals = y - b[0] * (1 - exp(-b[1] * x))
      } else {
        let top = b[0] + x * (b[1] + x * (b[2] + x * b[3]))
        residuals = y - top / (1 + x * (b[4] + x * (b[5] + x * b[6])))
      }
    }

    var certified: [Double] { GoldenArray(json["expected"]["parameters"])?.scalars ?? [] }
    var deviations: [Double] { GoldenArray(json["expected"]["parameter_standard_deviations"])?.scalars ?? [] }
    var certifiedSum: Double { json["expected"]["residual_sum_of_squares"].double ?? .nan }
  }

  @Test(arguments: names) func sumsAndGradientsAtTheStartsAndAtTheCertifiedPoint(_ name: String) throws {
    let problem = try Problem(name)
    let sum = square(problem.residuals).sum()
    let gradient = try sum.gradients(withRespectTo: [problem.parameters])[0]
    for start in problem.json["inputs"]["starts"].array {
      problem.parameters.assign(Tensor(GoldenArray(start["parameters"])?.scalars ?? []))
      let expected = try #require(start["residual_sum_of_squares"].double)
      #expect(abs(try sum.scalar() / expected - 1) < 1e-10)
      let slopes = try #require(GoldenArray(start["gradient"]))
      let scale = slopes.scalars.map(abs).max() ?? 0
      #expect(slopes.mismatch(try gradient.value().scalars, relative: 1e-9, absolute: 1e-10 * scale) == nil)
    }
    problem.parameters.assign(Tensor(problem.certified))
    #expect(abs(try sum.scalar() / problem.certifiedSum - 1) < 1e-9)
    // The gradient vanishes there: a move by one standard deviation changes the sum by a negligible part of it.
    for (slope, deviation) in zip(try gradient.value().scalars, problem.deviations) {
      #expect(abs(slope * deviation) < 1e-5 * problem.certifiedSum)
    }
  }
}
