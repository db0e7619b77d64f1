extension PageSamples {
  /// A square matrix of no symmetry, one of four rows, and one that is positive definite.
  private static let square = "(N @ M + [[3, 1, 0], [0, 2, -1], [1, 0, 4]])"
  private static let four =
    "(outer([a, b, c, 1], [1, a, 2, b]) + [[4, 1, 0, 2], [0, 3, 1, 0], [1, 0, 5, 1], [2, 1, 0, 3]])"
  private static let definite = "(M @ Mᵀ + identity(2))"

  /// Functions of matrices, of order, of transforms and of densities: in their domain, at its edge, and misused.
  static let functions = ofSquares + ofMatrices + others

  private static let ofSquares = [
    "inverse", "determinant", "logDeterminant", "determinantSign", "matrixExponential",
  ].flatMap { name in [definite, square, four, "M", "a"].map { "\(name)(\($0))" } }

  private static let ofMatrices = [
    "pseudoInverse", "singularValues", "leftSingularVectors", "rightSingularVectors", "nuclearNorm", "spectralNorm",
    "inducedNorm", "frobeniusNorm", "qrOrthogonal", "qrTriangular", "luPermutation", "luLower", "luUpper",
    "lowerTriangle", "upperTriangle",
  ].flatMap { name in ["M", "N", square, "u", "a"].map { "\(name)(\($0))" } }

  private static let others = [
    "cholesky(\(definite))", "cholesky((N @ Nᵀ + identity(3)))", "cholesky(M)", "cholesky(u)",
    "cholesky((0 - identity(2) * a^2))", "cholesky( [[a^2 + 1]])", "cholesky((N @ Nᵀ + identity(3)))[1]",
    "determinant((N @ M))", "matrixExponential((N @ M))", "inv(u)", "inv([[1, 2], [2, 4]] * a)", "det([[a]])",
    "det(outer(u, v))", "det(reshaped(M, [1, 2, 3]))", "logdet(([[1, 2], [2, 4]] * a))", "pinv(outer(u, v))",
    "eigenvalues(\(definite))", "eigenvalues((N @ Nᵀ + identity(3)))", "eigenvalues(M)",
    "eigenvalues(identity(2) * a)", "eigenvalues(u)", "eigenvalues(\(square))", "eigenvectors(\(definite))",
    "eigenvectors((N @ Nᵀ + identity(3)))", "eigenvectors(M)", "eigenvectors(identity(2) * a)", "eigenvectors(u)",
    "eigenvectors(\(square))", "sum(eigenvalues((identity(3) * a)))", "sum(singularValues((identity(3) * a)))",
    "sum(u @ leftSingularVectors((identity(3) * a)))", "sum([1, 2, 3] @ eigenvectors((N @ Nᵀ + identity(3))))",
    "sum(singularValues(M)^3)", "sum(singularValues(N)^3)", "sum(qrOrthogonal(\(square)) * N @ M)",
    "u @ qrTriangular(\(square)) @ v", "qrTriangular(N)[0, 1]", "solve(\(square), u)",
    "solve((N @ Nᵀ + identity(3)), N)", "solve(M, u)", "solve((N @ Nᵀ + identity(3)), M)",
    "solve([[1, 2], [2, 4]], [a, b])", "solve(N @ M * 0, u)", "leastSquares(N, u)", "leastSquares(M, [a, b])",
    "lstsq(N, N)", "leastSquares(N, a)", "outer(u, v)", "outer(a, u)", "outer(M, v)", "kronecker(M, N)",
    "kron(M, u)", "kronecker(\(definite), M)", "triangularSolve((N @ Nᵀ + identity(3)), u)",
    "triangularSolve((N @ Nᵀ + identity(3)), u, lower: false)",
    "triangularSolve((N @ Nᵀ + identity(3)), u, transposed: true)",
    "solveTriangular((N @ Nᵀ + identity(3)), N, lower: false, trans: true)",
    "triangularSolve((N @ Nᵀ + identity(3)), a)", "triangularSolve((N @ Nᵀ + identity(3)), u, lower: 2)",
    "triangularSolve(upperTriangle(\(square), offset: 1), u)", "matrixPower(\(square), 3)",
    "matrixPower(\(square), -2)", "matrixPower(\(square), 0)", "matrixPower(\(square), 1)", "matrixPower(M, 2)",
    "matrixPower(\(square), 0.5)", "matrixPower(\(square), [1, 2])", "matrixPower(\(square), a)",
    "tril(M, offset: 1)", "triu(M, k: -1)", "lowerTriangle(\(square), offset: -1)", "triu(M, offset: 0.5)",
    "diagonalMatrix(u)", "diagonalMatrix(M)", "diagonalMatrix(a)", "diag(M @ N)", "diag(M)", "trace(M @ N)",
    "trace(N @ M)", "identity(u)", "ones(u) * a", "matrixExponential(10 * \(definite))",
    "logDeterminant((N @ Nᵀ + identity(3))) + trace(inverse((N @ Nᵀ + identity(3))))",
    "cholesky(\(definite)) @ [a, b]", "determinant(stack(M[:, :2], M[:, 1:]))", "sorted(u)",
    "sorted(u, descending: true)", "sort(M, axis: 0)", "sorted(M, axis: 3)", "sorted(a)", "argsort(M)",
    "argsort(u, descending: true) * a", "topK(u, 2)", "topK(M, 1, axis: 0)", "topK(u, 4)", "topK(u, 0)",
    "topK(u, a)", "topK(u, [1, 2])", "argmin(u)", "argmin(M, axis: 0) * a", "argmin(a)", "median(u)", "median(M)",
    "median(M, axis: 0, keepingDimensions: true)", "median(a)", "median(u[1:1])", "quantile(u, 0.9)",
    "quantile(u, 0.5)", "quantile(M, 0.25, axis: 0)", "quantile(M, 1)", "quantile(u, 1.5)",
    "quantile(u, sigmoid(a))", "quantile(M, sigmoid(a), axis: 0, keepdims: true)", "quantile(u, v)",
    "quantile(u, 2 + a^2)", "quantile([a], sigmoid(b))", "searchSorted([1, 2, 3], u)",
    "searchSorted([1, 2, 2, 3], M, right: true) * a", "searchSorted([2, 1], u)", "searchSorted(M, u)",
    "searchSorted(sorted(M), M)", "searchSorted(sorted(u), 0.5)", "cumulativeProduct(u)", "cumprod(M, axis: 0)",
    "cumulativeProduct(M, reversed: true)", "cumulativeProduct(u * [1, 0, 1])", "cumulativeMaximum(u)",
    "cummax(M, axis: 0, reversed: true)", "cumulativeMinimum(M)", "cummin(u, reversed: true)",
    "cumulativeMinimum(u, axis: 2)", "cumulativeProduct(a)", "cumulativeLogSumExp(u)", "logcumsumexp(M, axis: 0)",
    "cumulativeLogSumExp(M, reversed: true)", "linearRecurrence(u, v)", "linearRecurrence(M, Nᵀ, axis: 0)",
    "linearRecurrence(u, v, reversed: true)", "linearRecurrence(u, a)",
    "linearRecurrence(M, M, axis: 1, reversed: true)", "linearRecurrence(a, b)", "difference(u)", "diff(M, axis: 0)",
    "difference(u, times: 2)", "difference(u, times: 4)", "difference(a)", "rolled(u, 1)", "roll(M, -1, axis: 0)",
    "rolled(u, 3)", "rolled(u, 0.5)", "rolled(M, 4)", "repeated(u, 2)", "repeat(M, 3, axis: 0)", "repeated(u, -1)",
    "repeated(u, 0)", "oneHot([0, 2], 3) * a", "oneHot(u, 3)", "oneHot([0, 2], 0)", "oneHot([0, 3], 3) * a",
    "oneHot(argsort(u), 3) @ u", "selected(u, u > 0, count: 2)", "selected(M, [1, 0, 1], count: 2, axis: 1)",
    "selected(M, [1, 1], count: 3, filling: 7)", "selected(u, [1, 0], count: 2)", "selected(u, u > 0)",
    "selected(u, u > 0, count: -1)", "segmentSum(u, [0, 1, 0], count: 2)",
    "segmentSum(M, [1, 0, 1], count: 2, axis: 1)", "segmentSum(u, [0, 1], count: 2)",
    "segmentSum(u, [0, 5, 0], count: 2)", "segmentSum(u, [0, 1, 0])", "segmentSum(u, [0, 1, 0], count: -1)",
    "fft(u)", "fft(M)", "fft(u, v)", "fft(u, M)", "fft(a)", "inverseFFT(u)", "ifft(M, M * 2)", "fft(u[1:1])",
    "sum(fft(u)^2)", "inverseFFT(fft(u)[0], fft(u)[1])", "fft([a, b, c, a, b])", "interpolate(u, [-2, 0, 2], v)",
    "interpolate(u, [-2, 0, 2], v, cubic: true)", "interpolate(a, [-2, -1, 0, 2], [a, b, c, 1], cubic: true)",
    "interp(M, [-3, -1, 0, 1, 3], [a, b, c, 1, a], cubic: true)", "interpolate(u, [0, 1], [a, b], cubic: true)",
    "interpolate(u, [1, 0], [a, b])", "interpolate(u, [0, 0], [a, b])", "interpolate(u, u, [a, b])",
    "interpolate(a, sorted(u), v)", "tridiagonalSolve(u, v + 5, u, v)", "tridiagonalSolve(u, v, u, [a, b])",
    "tridiagonalSolve(M, M + 6, M, M)", "tridiagonalSolve(u, 0 * v, u, v)", "tridiagonalSolve(a, a, a, a)",
    "normalLogDensity(u, a, b^2 + 1)", "normalLogDensity(a, b, c)", "logNormalLogDensity(u^2 + 0.1, a, 2)",
    "logNormalLogDensity(u, a, 2)", "uniformLogDensity(u, -1, 1 + a^2)", "uniformLogDensity(a, -9, b^2 + 2)",
    "exponentialLogDensity(u, a^2 + 1)", "cauchyLogDensity(M, a, b^2 + 1)", "laplaceLogDensity(u, a, b^2 + 1)",
    "bernoulliLogProbability([1, 0, 1], u)", "gammaLogDensity(u^2 + 0.1, a^2 + 1, 2)",
    "gammaLogDensity(u, a^2 + 1, 2)", "betaLogDensity(sigmoid(u), a^2 + 1, b^2 + 1)", "betaLogDensity(a, 2, 3)",
    "dirichletLogDensity(softmax(u), u^2 + 1)", "dirichletLogDensity(softmax(M), u^2 + 1)",
    "dirichletLogDensity(a, b)", "studentTLogDensity(u, a^2 + 2, b, c^2 + 1)",
    "poissonLogProbability([0, 1, 4], a^2 + 1)", "poissonLogProbability(u, a^2 + 1)",
    "binomialLogProbability([0, 1, 2], 3, a)", "vonMisesLogDensity(u, a, b^2 + 0.5)",
    "categoricalLogProbability([0, 2], N)", "categoricalLogProbability([0, 2, 1], N)",
    "categoricalLogProbability(1, u)", "categoricalLogProbability([1, 5, 0], N)", "categoricalLogProbability(u, N)",
    "normalLogDensity(a, b)", "matmul(M, N)", "matmul(u, N)", "std(M, axis: 0)",
    "standardDeviation(u, correction: 1)", "squaredNorm(M, axis: 1)", "logSoftmax(M, axis: 0)", "σ′(a)",
    "sigmoid′(u)", "tanh'(M)", "relu′(u)", "gelu′(a)", "silu′(u)", "elu′(u)", "leakyReLU′(u)", "tan′(a)",
    "exp′(a * b)", "sum′(u)", "foo′(a)", "sigmoid′", "σ′(a, b)", "lrelu′(u)", "abs′(u)", "lgamma′(a^2 + 1)",
    "square′(u) @ v", "σ''(a)", "σ′′(a)", "sigmoid′(2)", "a' * b", "log′(-1 - a^2)", "softplus′(u) + sin'(u)",
  ]
}
