import ChainRule

extension EngineCase {
  /// Loops, choices and functions with a gradient of their own.
  static var control: [EngineCase] {
    let x = numbers([4, 3], seed: 81), start = numbers([3], seed: 82)
    return [
      smooth("scan", slack: 8, [x, start]) { inputs in
        let (last, outputs) = try scan(over: inputs[0], from: [inputs[1]]) { carry, x in
          let next = tanh(carry[0] * x + x)
          return ([next], [next * next])
        }
        return last[0] + outputs[0].sum(axes: [0])
      },
      smooth("while loop", slack: 4, [start]) { inputs in
        try whileLoop(from: [inputs[0]], bound: 50, while: { ($0[0] * $0[0]).sum() .< 100 }, { [$0[0] * 1.5] })[0]
      },
      smooth("while loop without a step", [start]) { inputs in
        try whileLoop(from: [inputs[0]], bound: 5, while: { $0[0].sum() .> 1e9 }, { [$0[0] * 1.5] })[0]
      },
      smooth("condition", [start]) { inputs in
        let x = inputs[0]
        return try condition(x.sum() .> 0, then: { exp(x) }, else: { x * x * x })
      },
      smooth("choice", [start, Tensor(2)]) { inputs in
        let x = inputs[0]
        return try choose(inputs[1], among: [{ sin(x) }, { cos(x) }, { x * x }])
      },
      smooth("checkpointed", [start]) { inputs in try checkpointed([inputs[0]]) { sin($0[0]) * $0[0] } },
      smooth("gradient of one's own", [start]) { inputs in
        withGradient(of: [inputs[0]], value: { sin($0[0]) }, pullback: { upstream, x, _ in [upstream * 2 * x[0]] })
      },
      smooth("batch of a function", [x]) { inputs in
        try vectorized(over: 0) { row in softmax(row) * row.sum() }(inputs[0])
      },
    ]
  }
}
