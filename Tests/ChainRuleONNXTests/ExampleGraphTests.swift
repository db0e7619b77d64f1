import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

@testable import ChainRuleONNX
@testable import Examples

/// What the programs of Sources/Examples record, as files: sound by onnx.checker, and onnxruntime computes what we do.
/// Models and functions are theirs; what stands in the middle of a program is recorded again.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct ExampleGraphs {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  /// Graphs by the names of the programs: inputs, and what is computed.
  typealias Recorded = (inputs: [Node], outputs: [Node])

  static func wave(_ shape: Shape, scale: Double = 1) -> Tensor {
    Tensor(
      shape: shape,
      (0..<shape.elementCount).map { (i: Int) -> Double in scale * Double(Float(i * 37 % 101) / 101 - 0.45) })
  }

  /// A model on numbers, its loss, and the loss's gradients by its parameters.
  static func trained(
    _ model: some Model, _ graph: Graph, _ x: Tensor, loss: (Node) throws -> Node
  ) throws -> Recorded {
    graph.mode = .evaluation
    let input = graph.input("x", x), y = model(input), f = try loss(y)
    let leaves = model.trainableParameters.map { graph.parameter($0.parameter) }
    return ([input], [y, f] + (try f.gradients(withRespectTo: leaves)))
  }

  static func classes(_ count: Int, _ classes: Int) -> Tensor {
    Tensor(indices: (0..<count).map { ($0 * 7) % classes }, shape: [count])
  }

  static let formulas: KeyValuePairs<String, @Sendable (Graph) throws -> Recorded> = [
    "FirstGradient": { graph in
      let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4), f = (x + y) * z
      return ([x, y, z], [f] + (try f.gradients(withRespectTo: [x, y, z])))
    },
    "WhyNoGradient": { graph in
      let x = graph.input("x", 2), y = graph.input("y", 1.5), f = x * floor(y)
      return ([x, y], [f] + (try f.gradients(withRespectTo: [x])))
    },
    "HigherDerivatives": { graph in
      let x = graph.input("x", 0.5), y = graph.input("y", 2), f = 100 * pow(y - x * x, 2) + pow(x - 1, 2)
      let hessian = try f.hessian(withRespectTo: [x, y]).flatMap { $0 }
      return (
        [x, y], [f] + (try f.gradients(withRespectTo: [x, y])) + hessian + [try f.tangent(along: [(x, 1), (y, 0.5)])]
      )
    },
    "CheckAFormula": { graph in
      let x = graph.input("x", 0.5), y = graph.input("y", -2), f = exp(sin(x) * y)
      return ([x, y], [f] + (try f.gradients(withRespectTo: [x, y])))
    },
    "TypedExpression": { graph in
      let f = try Expression("h = sigmoid(w * x); (h - 1)^2").record(in: graph, values: ["w": 0.5, "x": 2])
      let leaves = ["w", "x"].compactMap { graph.node(named: $0) }
      return (leaves, [f] + (try f.gradients(withRespectTo: leaves)))
    },
    "Enclosures": { graph in
      let x = graph.input("x", [0.5, -1]), w = graph.input("w", [[1, -2], [0.5, 1]]), v = graph.input("v", [1, -1])
      let y = sigmoid(v.matmul(tanh(w.matmul(x))))
      return ([x, w, v], [y] + (try y.gradients(withRespectTo: [x, w])))
    },
    "RecordOnce": { graph in
      let x = graph.input("x", [0, 1, 2, 3]), y = graph.input("y", [1, 3, 5, 7])
      let slope = graph.parameter(Parameter(0.5, name: "slope")), offset = graph.parameter(Parameter(0, name: "offset"))
      let error = slope * x + offset - y, loss = (error * error).mean()
      return ([x, y], [loss] + (try loss.gradients(withRespectTo: [slope, offset])))
    },
    "CurveFit": { graph in
      let b = graph.input("b", [500, 0.0001]), x = graph.constant([77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8])
      let f = b[0] * (1 - exp(-b[1] * x)) - graph.constant([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02])
      return ([b], [f] + (try square(f).sum().gradients(withRespectTo: [b])))
    },
    "BatchOfExamples": { graph in
      let w = graph.input("w", [0.5, -1]), xs = graph.input("xs", [[1, 2], [3, 0], [0, -1]])
      let ys = graph.input("ys", [1, 0, 2]), norms = try vectorized { x in x.norm() }(xs)
      let gradients = try perExampleGradients(
        of: { x, y in square((w * x).sum() - y) }, over: [xs, ys], withRespectTo: [w])[0]
      let lengths = gradients.norm(axes: [1], keepingDimensions: true)
      return ([w, xs, ys], [norms, gradients, (gradients / maximum(lengths, 1)).sum(axes: [0])])
    },
    "Loops": { graph in
      let w = graph.input("w", 0.5), xs = graph.input("xs", [1, -2, 3]), start = graph.constant(0)
      let (last, states) = try scan(over: xs, from: [start]) { carried, x in
        let h = tanh(w * carried[0] + x)
        return ([h], [h])
      }
      let a = graph.input("a", 2)
      let root = try whileLoop(from: [a], bound: 50, while: { abs($0[0] * $0[0] - a) .> 1e-12 }) {
        [($0[0] + a / $0[0]) / 2]
      }[0]
      let x = graph.input("x", -4), y = try condition(x .> 0, then: { log(x) }, else: { sqrt(-x) })
      return (
        [w, xs, a, x],
        [last[0], states[0], root, y] + (try last[0].gradients(withRespectTo: [w, xs]))
          + (try root.gradients(withRespectTo: [a])) + (try y.gradients(withRespectTo: [x]))
      )
    },
    "Matrices": { graph in
      let x = graph.constant([0, 0.5, 1, 2]), y = graph.constant([0.1, 0.7, 0.8, 0.9])
      let length = graph.input("length", 0.8), noise = graph.input("noise", 0.1)
      let d = (x.expandingDimension(at: 1) - x.expandingDimension(at: 0)) / length
      let l = cholesky(exp(-0.5 * square(d)) + noise * graph.constant([1, 1, 1, 1]).diagonalMatrix())
      let loss = 0.5 * square(triangularSolve(l, y)).sum() + log(l.diagonal()).sum()
      let a = graph.input("a", [[2, 1], [1, 2]]), (values, vectors) = eigh(a)
      let w = graph.input("w", Tensor(shape: [3, 4], repeating: 0.5)), v = graph.constant([1, 2, 3, 4])
      return (
        [length, noise, a, w],
        [loss, values, vectors, einsum("ij,kj,k->i", w, w, graph.constant([1, 0, 1])), einsum("ij,j->", w, v)]
          + (try loss.gradients(withRespectTo: [length, noise])) + (try values[1].gradients(withRespectTo: [a]))
      )
    },
    "OrderAndSelection": { graph in
      let x = graph.input("x", [0.3, -1.2, 0.8, 2]), (values, places) = x.topK(2)
      let distance = abs(x.sorted() - graph.constant([1, -0.5, 0.2, 1.4]).sorted()).mean()
      let factors = graph.input("factors", [2, 0, 5]), product = factors.cumulativeProduct()
      return (
        [x, factors],
        [x.sorted(), x.argsort(), values, places, distance, product, x.selected(where: x .> 0, count: 4)]
          + (try x.quantile(0.9).gradients(withRespectTo: [x])) + (try distance.gradients(withRespectTo: [x]))
          + (try product.sum().gradients(withRespectTo: [factors]))
      )
    },
    "OwnGradient": { graph in
      let x = graph.input("x", [-1, 0.3, 20])
      let y = withGradient(of: [x], name: "softplus", value: { log(1 + exp($0[0])) }) { upstream, x, _ in
        [upstream / (1 + exp(-x[0]))]
      }
      let levels = straightThrough(x) { round($0 * 4) / 4 }
      return (
        [x],
        [y, levels] + (try y.sum().gradients(withRespectTo: [x])) + (try levels.sum().gradients(withRespectTo: [x]))
      )
    },
    "RandomNumbersWithGradients": { graph in
      let counter = graph.input("counter", 7)
      return (
        [counter],
        [
          graph.randomUniform(shape: [64], seed: 11, counter: counter),
          graph.randomNormal(shape: [5, 4], seed: 12, counter: counter), graph.randomPermutation(6, seed: 3),
        ]
      )
    },
    "SeriesAndStructure": { graph in
      let x = graph.input("x", 0.3), u = graph.input("u", wave([20]))
      let f = u[0..<18] - 2 * u[1..<19] + u[2..<20] + square(u[1..<19])
      return ([x, u], try tanh(x).series(along: [(x, 1)], order: 5) + [try f.jacobian(withRespectTo: u)])
    },
    "Spectrum": { graph in
      let time = graph.constant(Tensor((0..<48).map { Double($0) / 48 })), frequency = graph.input("frequency", 2.875)
      let signal = sin(2 * Double.pi * 3 * time) + 0.5 * cos(2 * Double.pi * 10 * time)
      func logMagnitudes(_ x: Node) -> Node {
        let (real, imaginary) = realFFT(x)
        return log(square(real) + square(imaginary) + 1e-3) / 2
      }
      let loss = square(logMagnitudes(sin(2 * Double.pi * frequency * time)) - logMagnitudes(signal)).mean()
      let places = graph.constant([0, 1, 2, 4]), values = graph.constant([0, 1, 8, 64]), at = graph.input("at", 3)
      let cubic = interpolate(at, places, values, method: .cubic)
      return (
        [frequency, at],
        [loss, cubic] + (try loss.gradients(withRespectTo: [frequency])) + (try cubic.gradients(withRespectTo: [at]))
      )
    },
    "FitAnODE": { graph in
      let k = graph.input("k", 2.5), c = graph.input("c", 0.1)
      let x = spring(stiffness: k, damping: c, steps: 20, step: 0.1)
      return ([k, c], [x] + (try square(x).mean().gradients(withRespectTo: [k, c])))
    },
  ]

  private static let runner = """
    import numpy as np, onnx, onnxruntime as ort
    types = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
    for name in NAMES:
        model = onnx.load(name + ".onnx")
        onnx.checker.check_model(model, full_check=True)
        session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        data = np.load(name + ".npz")
        feed = {i.name: data[i.name].astype(types[i.type]) for i in session.get_inputs()}
        values = session.run(None, feed)
        largest = max(np.abs(data[f"out.{place}"]).max() for place in range(len(values)))
        for place, value in enumerate(values):
            wanted = data[f"out.{place}"]
            error = np.abs(value - wanted).max() / max(0.01 * largest, np.abs(wanted).max())
            assert value.shape == wanted.shape and error < 2e-6, (name, place, error)
    """

  @Test func computeTheSameInOnnxruntime() throws {
    let all = Array(Self.formulas) + Array(Self.models)
    for (name, record) in all {
      let graph = Graph(.double), (inputs, outputs) = try record(graph)
      try graph.onnx(inputs: inputs, outputs: outputs).write(to: python.file("\(name).onnx"))
      var arrays = try inputs.map { ($0.label ?? "", try $0.value()) }
      for (place, output) in outputs.enumerated() {
        arrays.append(("out.\(place)", try output.value().converted(to: .float64)))
      }
      try Npz.write(arrays, to: python.file("\(name).npz"))
    }
    try python.run(Self.runner.replacingOccurrences(of: "NAMES", with: "\(all.map(\.key))"))
  }

  /// What has no operators is refused by name: a search whose steps the data decide, and a primitive of one's own.
  @Test func whatHasNoOperatorsIsRefusedByName() throws {
    let graph = Graph(.double), x = graph.input("x", [0.5, -1]), w = graph.input("W", [[0.3, -0.2], [0.1, 0.4]])
    let z = try fixedPoint(from: graph.constant([0, 0])) { z, _ in tanh(w.matmul(z) + x) }
    let cube = graph.record(Cube(), [x])
    for (node, name) in [(z, "fixedPoint"), (cube, "cube")] {
      let error = #expect(throws: ChainRuleError.self) { try graph.onnx(inputs: [x, w], outputs: [node]) }
      #expect(error?.got.contains(name) == true, "\(String(describing: error))")
    }
  }
}
