import ChainRule

func matrices() throws {
  let graph = Graph()

  // A Gaussian process: how likely y is, and how that changes with the length scale and the noise.
  let x = graph.constant([0, 0.5, 1, 2]), y = graph.constant([0.1, 0.7, 0.8, 0.9])
  let length = graph.input("length", 0.8), noise = graph.input("noise", 0.1)
  let d = (x.expandingDimension(at: 1) - x.expandingDimension(at: 0)) / length
  let l = cholesky(exp(-0.5 * square(d)) + noise * graph.constant([1, 1, 1, 1]).diagonalMatrix())
  let loss = 0.5 * square(triangularSolve(l, y)).sum() + log(l.diagonal()).sum()
  print(try loss.scalar(), try loss.gradients(withRespectTo: [length, noise]).map { try $0.scalar() })

  // Eigenvalues ascend; each moves with the matrix as the square of its vector.
  let a = graph.input("a", [[2, 1], [1, 2]])
  let (values, vectors) = eigh(a)
  print(try values.value(), try vectors.value())
  print(try values[1].gradients(withRespectTo: [a])[0].value())

  // What has no answer says why.
  let singular = graph.input("s", [[1, 2], [2, 4]])
  do { print(try solve(singular, graph.constant([1, 1])).value()) } catch { print(error) }
  let equal = graph.input("e", [[3, 0], [0, 3]])
  do { print(try eigh(equal).vectors[0, 0].gradients(withRespectTo: [equal])[0].value()) } catch { print(error) }

  // Three matrices and a vector: two products with vectors, not of matrices.
  let w = graph.input("w", Tensor(shape: [3, 4], repeating: 0.5)), v = graph.constant([1, 2, 3, 4])
  print(try einsum("ij,kj,k->i", w, w, graph.constant([1, 0, 1])).value(), try einsum("ij,j->", w, v).scalar())
}
