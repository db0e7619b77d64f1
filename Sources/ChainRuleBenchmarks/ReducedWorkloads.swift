import ChainRule

/// The third table: the same work in floats and in reduced precision. Its ratios are of our own figures; no peer is asked.
let reducedWorkloads: [Workload] =
  [256, 1024].flatMap { n in
    [Graph.Precision.single, .bfloat16Products].map { precision in
      .program("product-\(n)-\(precision)") { try product(n, precision) }
    }
  }
  + [Graph.Precision.single, .bfloat16Products].map { precision in
    .program("mlp-784-1024-1024-10-b128-\(precision)") {
      try descent(perceptron([784, 1024, 1024, 10], batch: 128, precision: precision))
    }
  }
  + [1, 8, 128].flatMap { rows in
    [CompileOptions.Weights.recorded, .int8].map { weights in
      .program("predict-4096-rows-\(rows)-\(weights)") { try prediction(rows, weights) }
    }
  }

private func product(_ n: Int, _ precision: Graph.Precision) throws -> (Program, [Tensor]) {
  var random = RandomTensors()
  let graph = Graph(precision), a = graph.input("a", shape: [n, n]), b = graph.input("b", shape: [n, n])
  return (try graph.compile(inputs: [a, b], outputs: [a.matmul(b)]), [random.normal([n, n]), random.normal([n, n])])
}

/// A layer of 4,096 × 4,096 on some rows.
private func prediction(_ rows: Int, _ weights: CompileOptions.Weights) throws -> (Program, [Tensor]) {
  var random = RandomTensors()
  let graph = Graph(.single), x = graph.input("x", shape: [rows, 4096])
  let w = graph.parameter(Parameter(random.normal([4096, 4096], scale: 0.02), name: "w"))
  let program = try graph.compile(
    inputs: [x], outputs: [relu(x.matmul(w))], options: CompileOptions(weights: weights))
  return (program, [random.normal([rows, 4096])])
}
