extension PageSamples {
  /// Sums by letters, borders, parts behind `...`, random numbers and densities; and what they refuse.
  static let textsAndNumbers = sums + borders + rests + numbers + densities + relatives

  private static let sums = [
    #"einsum("ij,jk->ik", M, N)"#, #"einsum("ij,jk", M, N)"#, #"einsum("ij->ji", M)"#, #"einsum("ij->", M)"#,
    #"einsum("i,i", u, v)"#, #"einsum("i,j->ij", u, v)"#, #"einsum("i,ij,j->", u, N @ M, v)"#, #"einsum("ii", N @ M)"#,
    #"einsum("ii->i", N @ M)"#, #"einsum("...i,i->...", M, u)"#, #"einsum("...i->i...", M)"#,
    #"einsum("i,i,i->i", u, v, u)"#,
    #"einsum("ij,kj->ik", M, M)"#, #"einsum("ij,ij->", M, M)"#, #"einsum("ij,ij->ij", M, M)"#,
    #"einsum("ab, bc -> ca", M, N)"#,
    #"einsum("bij,bjk->bik", stack(M, M), stack(N, N))"#, #"einsum(“ij,jk->ik”, M, N)"#,
    #"einsum("i,i,i,i,i,i,i->", u, v, u, v, u, v, u)"#,
    #"einsum("ij,jk,kl,lm->im", M, N, M, N)"#, #"einsum("iij->j", stack(M, M))"#, #"einsum("iij->j", stack(N, N, N))"#,
    #"einsum("i,j->ij", a, u)"#, #"einsum(",i->i", a, u)"#, #"einsum("->", a)"#,
    #"einsum("i,i->i", reshaped(a, [1]), u)"#,
    #"einsum("ij,jk->ik", M, M)"#, #"einsum("ij,jk->il", M, N)"#, #"einsum("ij,jk->ii", M, N)"#, #"einsum("ij", M, N)"#,
    #"einsum("i2,jk", M, N)"#, #"einsum("i......", M)"#, #"einsum("ijk", M)"#, #"einsum("ij->i->j", M)"#,
    #"einsum("ii", M)"#,
    #"einsum("ij,jk->ik")"#, "einsum(M, N)", #"einsum(M, "ij")"#, #"einsum("ij", "ji")"#, #"sum("ij")"#,
    #"sum(u, axis: "0")"#,
    #"einsum("ij"#, "einsum(\"ij\n\", M)", #""ij""#, #""ij" + a"#, #"einsum("ij" + "jk", M, N)"#, #"u["i"]"#,
    #"["a", "b"]"#,
    #"einsum('ij', M)"#, #"M.einsum("ij->ji")"#, #"q = "ij"; a"#, #"|"a"|"#,
  ]

  private static let borders =
    ["edge", "reflect", "symmetric", "wrap", "constant"].flatMap { mode in
      ["padded(u, before: 2, after: 1, mode: \(mode))", "padded(M, before: 1, after: [0, 2], mode: \(mode))"]
    } + [
      "padded(u, before: 7, after: 9, mode: reflect)", "padded(u, before: 7, after: 9, mode: symmetric)",
      "padded(u[:1], before: 3, mode: reflect)", "padded(u[1:1], before: 3, mode: edge)", "padded(u, mode: edge)",
      #"padded(u, before: 1, mode: "wrap")"#, "padded(u, before: 1, mode: Reflect)",
      "padded(u, before: 1, mode: mirror)",
      "padded(u, before: 1, mode: 3)", "padded(u, before: 1, mode: u + v)",
      "padded(u, before: 1, mode: edge, value: 2)",
      "padded(u, before: -1, mode: edge)", "padded(M, before: [1], mode: edge)", "padded(M, before: 1, value: 3)",
      "padded(a, before: 1, mode: edge)", "padded(u, before: 1, mode: constant, value: a)", "padded(u, mode:)",
      "edge = a; padded(u, before: 1, mode: edge) + edge", "padded(u, before: 1, mode: edge, mode: wrap)",
    ]

  private static let rests = [
    "M[..., 0]", "M[0, ...]", "M[...]", "M[…, 1:]", "u[..., -1]", "stack(M, M)[0, ..., 1]",
    "stack(M, M)[..., 1:, ::-1]",
    "stack(M, M)[..., 0, 1, 1]", "M[..., 0, 0, 0]", "M[..., ...]", "M[0:...]", "M[...:1]", "M[..., 5]", "M[... 0]",
    "M...",
    "... + a", "(...)", "sum(...)", "[..., 1]", "M[...,]", "a[...]", "M[0:1, ..., 0:2]", "u[...][0]", "M..[0]",
  ]

  private static let numbers = [
    "a * randomUniform([2, 3], seed: 1)", "randomNormal([3], seed: 2) * u", "sum(randn([2, 2], seed: 3)) * a",
    "randomGumbel([4], seed: 4) * a", "u[randomPermutation(3, seed: 5)]", "gathered(u, randomPermutation(3, seed: 5))",
    "randomPermutation(9, seed: 6) * a", "randomNormal([3], seed: 2147483647, counter: 7) + u",
    "uniform([], seed: 1) * a", "uniform(4, seed: 0, counter: 0.5) * a", "randomUniform(shape: [2], seed: 1) * a",
    "randomExponential(a^2 + 1, seed: 1)", "randomExponential(u^2 + 1, shape: [2, 3], seed: 1)",
    "randomExponential(-1, seed: 1) * a", "randomBernoulli(0.3, shape: [8], seed: 1) * a",
    "randomBernoulli(sigmoid(u), seed: 2) * v",
    "bernoulli(2, seed: 1) * a", "randomCategorical(M, seed: 1) * a", "gathered(u, randomCategorical(Nᵀ, seed: 2))",
    "randomUniform([2])", "randomUniform(seed: 1)", "randomUniform([2], seed: -1)", "randomUniform([2], seed: 0.5)",
    "randomUniform([-2], seed: 1)", "randomUniform([2000, 2000], seed: 1)", "randomUniform(u, seed: 1)",
    "randomUniform([2], shape: [2], seed: 1)", "randomUniform([2], seed: a)", "randomUniform([2], sed: 1)",
    "randomUniform([2], seed: 1, counter: a)", "randomNormal(0.5, seed: 1)", "randomPermutation(-1, seed: 1)",
    "randomPermutation([2, 3], seed: 1)", "randomPermutation(3)", "randomExponential(u, shape: [2], seed: 1)",
    "randomBernoulli(M, shape: [3], seed: 1)", "randomCategorical(a, seed: 1)", "randomCategorical(u)",
    "randomGamma(a^2 + 1, shape: [3], seed: 1)",
    "randomBeta(a^2 + 1, b^2 + 1, seed: 1)", "randomDirichlet(u^2 + 1, seed: 1)", "randomPoisson(a^2 + 1, seed: 1) * b",
  ]

  private static let relatives = [
    "choleskySolve(cholesky(N @ Nᵀ + identity(3)), u)", "choleskySolve(cholesky(N @ Nᵀ + identity(3)), N)",
    "choleskySolve(M, u)", "choleskySolve(identity(3) * a, [1, 2])", "symmetricPart(N @ M)", "symmetricPart(M)",
    "symmetricPart(stack(N @ M, M.transposed() @ Nᵀ))", "conditionNumber(M)", "cond(N @ M + 3 * identity(3))",
    "cond(u)", "cond(M[:0])",
    "cross(u, v)", "cross(M, u)", "cross(N, u)", "cross(a, u)", "squaredDistances(M, Nᵀ)", "squaredDistances(M, M)",
    "squaredDistances(M, N)", "squaredDistances(u, v)", "toeplitz(u, v)", "toeplitz(u, [a])", "toeplitz([a], u)",
    "toeplitz(M, u)",
    "trapezoid(u, v)", "trapezoid(M, [0, 1, a])", "trapz(M, M)", "trapezoid(u, [1, 2])", "trapezoid(a, u)",
    "trapezoid([a], [b])",
    "blockDiagonal(M, N)", "blockDiag(M)", "blockDiag(M, u)", "blockDiag(M, M, N)", "covariance(M)",
    "cov(N, correction: 0)", "cov(u)",
  ]

  private static let densities = [
    "logisticLogDensity(u, a, b^2 + 1)", "gumbelLogDensity(u, a, b^2 + 1)", "weibullLogDensity(u, a^2 + 1, b^2 + 1)",
    "paretoLogDensity(u^2 + 1, a^2 + 1, 1.5)", "halfNormalLogDensity(u, a^2 + 1)", "halfCauchyLogDensity(u, a^2 + 1)",
    "inverseGammaLogDensity(u, a^2 + 1, b^2 + 1)", "chiSquaredLogDensity(u, a^2 + 1)",
    "fisherLogDensity(u, a^2 + 1, b^2 + 2)",
    "generalizedNormalLogDensity(u, 1.5, a, b^2 + 1)", "kumaraswamyLogDensity(sigmoid(u), a^2 + 1, b^2 + 1)",
    "wrappedCauchyLogDensity(u^2, sigmoid(a))", "truncatedNormalLogDensity(u, a, b^2 + 1, -9, 9)",
    "truncatedNormalLogDensity(u, a, b^2 + 1, -inf, 9)", "truncatedNormalLogDensity(u, a, b^2 + 1, -9, inf)",
    "geometricLogProbability([1, 2, 5], a)", "negativeBinomialLogProbability([0, 1, 4], a^2 + 1, b)",
    "betaBinomialLogProbability([0, 1, 3], 3, a^2 + 1, b^2 + 1)", "multinomialLogProbability([2, 0, 1], u)",
    "multinomialLogProbability([[1, 0, 1], [0, 2, 2]], M)", "multivariateNormalLogDensity(u, v, N @ Nᵀ + identity(3))",
    "multivariateNormalLogDensity(M, u, N @ Nᵀ + identity(3))", "multivariateNormalLogDensity(u, v, M)",
    "multivariateNormalLogDensity([a, b], u, N @ Nᵀ + identity(3))",
    "multivariateNormalLogDensity([a, b], 0, N @ Nᵀ + identity(3))",
    "multivariateNormalLogDensity(u, 0, 0 * N @ Nᵀ)", "multivariateNormalLogDensity(a, b, N @ Nᵀ + identity(3))",
  ]
}
