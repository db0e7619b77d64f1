import ChainRule

extension GeneralSamples {
  /// Applications of the primitives of matrices, of order and of transforms, as `nodes(in:)`: a group for each way in
  /// which their rules differ. Matrices are single ones, and lengths are of one rank.
  static func factorizations(in graph: Graph) -> [[Node]] {
    func x(_ lengths: Int...) -> Node { graph.input("x", Tensor(shape: Shape(lengths), repeating: 0.5)) }
    let square = [x(5, 5), x(7, 7), x(11, 11)]
    func each(_ name: String, _ matrices: [Node], _ made: (Node) -> Node) -> [Node] {
      matrices.map { primitive(name, under: made($0)) }
    }
    func pairs(_ made: (Node, Node) -> Node) -> [Node] { [made(x(5, 5), x(5, 3)), made(x(7, 7), x(7, 4))] }
    let solves = [
      [matrixProduct(x(3, 2), x(3, 4), true, false), matrixProduct(x(7, 2, 5), x(7, 2, 6), true, false)],
      pairs { solve($0, $1) }, pairs { triangularSolve($0, $1) }, pairs { triangularSolve($0, $1, lower: false) },
      pairs { triangularSolve($0, $1, transposed: true) },
      pairs { triangularSolve($0, $1, lower: false, transposed: true) },
    ]
    let ofSquare = [
      each("cholesky", square, cholesky), each("determinant", square, determinant),
      each("logDeterminant", square) { logDeterminant($0).value },
      each("determinantSign", square) { logDeterminant($0).sign },
      each("matrixExponential", square, matrixExponential), each("eigh", square) { eigh($0).values },
      each("triangularFactors", square) { lu($0).u }, each("permuteRows", square) { lu($0).u },
      each("pivotOrder", square) { lu($0).u }, [x(5, 4).lowerTriangle(offset: 2), x(7, 8).lowerTriangle(offset: -3)],
      [x(5, 4).upperTriangle(offset: 2), x(7, 8).upperTriangle(offset: -3)],
    ]
    let (tall, wide) = ([x(7, 4), x(11, 5), x(13, 8)], [x(4, 7), x(5, 11), x(8, 13)])
    let rectangular = [
      each("pseudoInverse", [x(7, 4), x(5, 11)], pseudoInverse),
      each("svd", tall) { svd($0).s }, each("svd", square) { svd($0).s }, each("svd", wide) { svd($0).s },
      each("qr", tall) { qr($0).q }, each("qr", square) { qr($0).q },
    ]
    return solves + ofSquare + rectangular + running(in: graph)
  }

  private static func running(in graph: Graph) -> [[Node]] {
    func x(_ lengths: Int...) -> Node { graph.input("x", Tensor(shape: Shape(lengths), repeating: 0.5)) }
    let (cube, flat) = (x(2, 3, 4), x(5, 3)), rows = [x(2, 4), x(3, 2, 5)]
    let places = [cube.argsort(axis: 1), flat.argsort(axis: 0, descending: true)]
    return [
      places, [primitive("topK", under: cube.topK(2, axis: 1).indices), flat.topK(2, axis: 0).indices],
      [cube, flat].map { primitive("cumulativeMaximum", under: $0.cumulativeMaximum(axis: $0 == cube ? 1 : 0)) },
      [linearRecurrence(cube, x(2, 3, 4), axis: 1), linearRecurrence(flat, x(5, 3), axis: 0, reversed: true)],
      [cube.cumulativeLogSumExp(axis: 1), flat.cumulativeLogSumExp(axis: 0)],
      rows.map { primitive("fft", under: fft($0).real) },
      rows.map { primitive("inverseFFT", under: inverseFFT($0).real) },
      [
        tridiagonalSolve(lower: x(2, 4), diagonal: x(2, 4), upper: x(2, 4), x(2, 4)),
        tridiagonalSolve(lower: x(3, 2, 5), diagonal: x(3, 2, 5), upper: x(3, 2, 5), x(3, 2, 5)),
      ],
      [searchSorted(x(4), cube), searchSorted(x(6), flat)],
      [cube, flat].map { primitive("quantile", under: $0.quantile(graph.input("q", 0.5), axis: 0)) },
      [graph.randomUniform(shape: [2, 3], seed: 1), graph.randomUniform(shape: [4], seed: 2)],
      [primitive("selected", under: flat.selected(where: x(5), count: 2))],
      [graph.constant(Tensor(indices: [0, 1])).oneHot(classes: 3)],
      [x(5, 3), x(4, 2, 3)].map {
        let segments = [Int](repeating: 0, count: $0.shape[0])
        return $0.segmentSum(graph.constant(Tensor(indices: segments)), count: 2)
      },
    ]
  }

  /// The node of a primitive of that name that a result is made of.
  private static func primitive(_ name: String, under node: Node) -> Node {
    var open = [node]
    while let next = open.popLast() {
      if next.primitive?.name == name { return next }
      open += next.inputs
    }
    return node
  }
}
