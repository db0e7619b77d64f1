import ChainRule

func loops() throws {
  let graph = Graph()
  let w = graph.input("w", 0.5), xs = graph.input("xs", [1, -2, 3]), start = graph.constant(0)

  // A recurrent net: what is carried, and what each step gives out.
  let (last, states) = try scan(over: xs, from: [start]) { carried, x in
    let h = tanh(w * carried[0] + x)
    return ([h], [h])
  }
  print(try states[0].value())
  print(try last[0].gradients(withRespectTo: [w, xs]).map { try $0.value() })

  // Newton's method, as many steps as it needs.
  let a = graph.input("a", 2)
  let root = try whileLoop(from: [a], bound: 50, while: { abs($0[0] * $0[0] - a) .> 1e-12 }) {
    [($0[0] + a / $0[0]) / 2]
  }[0]
  print(try root.scalar(), try root.gradients(withRespectTo: [a])[0].scalar())

  // One of two functions: only the one that is chosen is computed.
  let x = graph.input("x", -4)
  let y = try condition(x .> 0, then: { log(x) }, else: { sqrt(-x) })
  print(try y.scalar(), try y.gradients(withRespectTo: [x])[0].scalar())
}
