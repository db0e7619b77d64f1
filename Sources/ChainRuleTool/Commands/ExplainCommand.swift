import ChainRule

extension Command {
  static let explain = Command(
    name: "explain", form: "EXPRESSION NAME=VALUE …", summary: "every step of a formula, forward and backward",
    details: """
        chainrule explain '(x + y) * z' x=-2 y=5 z=-4

      """,
    options: []
  ) { arguments in
    let (expression, values) = try arguments.expressionAndValues()
    let graph = Graph()
    let nodes = expression.inputs(in: graph, values: values.map { ($0.name, $0.tensor) })
    let f = try expression.record(in: graph, inputs: nodes)
    print("f = \(try f.value())")
    return 0
  }
}
