import ChainRule

func seriesAndStructure() throws {
  let graph = Graph()

  // tanh around 0: x − x³/3 + 2x⁵/15 − …
  let x = graph.input("x", 0)
  print(try tanh(x).series(along: [(x, 1)], order: 5).map { try $0.scalar() })

  // A Jacobian with three diagonals takes three passes, whatever its size.
  let u = graph.input("u", Tensor(shape: [1_000], repeating: 0.5))
  let f = u[0..<998] - 2 * u[1..<999] + u[2..<1_000] + square(u[1..<999])
  let jacobian = try f.jacobian(withRespectTo: u, structure: .detected)
  print(jacobian.passes, jacobian.rows.count, try jacobian.values.value().scalars.prefix(3))

  // An arrow of second derivatives takes two.
  let v = graph.input("v", Tensor((0..<100).map { 0.01 * Double($0) }))
  let hessian = try (v[0] * sin(v)).sum().hessian(withRespectTo: v, structure: .detected)
  print(hessian.passes, hessian.rows.count)
}
