import ChainRuleLearning

/// NIST's Misra1a: y = b₁ (1 − e^(−b₂x)), certified b = (238.94212918, 0.00055015643181), deviations 2.7070075241 and
/// 7.2668688436e-06.
func curveFit() throws {
  let x: Tensor = [77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760]
  let y: Tensor = [
    10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78,
  ]
  let fit = try leastSquares(from: [500, 0.0001]) { b in
    b[0] * (1 - exp(-b[1] * b.graph.constant(x))) - b.graph.constant(y)
  }
  print("b =", Tensor(fit.parameters), "±", Tensor(fit.standardErrors))
  print("sum of squares", Tensor(fit.sumOfSquares), "because", fit.reason.rawValue)
}
