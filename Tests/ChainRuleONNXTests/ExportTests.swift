import ChainRuleCore
import ChainRuleFiles
import ChainRuleMathematics
import ChainRuleTraining
import Testing

@testable import ChainRuleONNX

/// What is exported is sound by onnx.checker, and onnxruntime computes what we do.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct ExportedGraphs {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  /// Every layer of the library on an input of a shape; whole numbers below `tokens` where that is not 0.
  static var layers: [(name: String, model: any Model, shape: Shape, tokens: Int)] {
    withSeed(3) {
      [
        ("dense", Dense(4, 3, activation: { tanh($0) }), [2, 4], 0),
        ("batchNorm", BatchNorm(3), [2, 3, 4, 4], 0), ("layerNorm", LayerNorm(4), [2, 4], 0),
        ("groupNorm", GroupNorm(groups: 2, channels: 4), [2, 4, 3, 3], 0),
        ("dropout", Dropout(0.5), [2, 4], 0), ("embedding", Embedding(5, 3), [2, 4], 5),
        ("conv2d", Conv2D(2, 4, kernel: [3], stride: [2], padding: [1]), [2, 2, 7, 7], 0),
        ("conv1d", Conv1D(2, 4, kernel: 3), [2, 2, 7], 0),
        ("transposed", TransposedConv2D(2, 3, kernel: [3], stride: [2]), [2, 2, 4, 4], 0),
        ("maxPool", MaxPool2D([3], stride: [2], padding: [1]), [2, 2, 7, 7], 0),
        ("averagePool", AveragePool2D([3], stride: [2], padding: [1], countsPadding: false), [2, 2, 7, 7], 0),
        ("maxPool1d", MaxPool1D(2), [2, 2, 6], 0), ("averagePool1d", AveragePool1D(2), [2, 2, 6], 0),
        ("globalAverage", GlobalAveragePool(), [2, 3, 4, 4], 0), ("globalMax", GlobalMaxPool(), [2, 3, 4, 4], 0),
        ("flatten", Flatten(), [2, 3, 2], 0), ("reshape", Reshape([3, 2]), [2, 6], 0),
        ("residual", Residual(Dense(4, 4)), [2, 4], 0), ("maxout", Maxout(4, 3, pieces: 2), [2, 4], 0),
        ("rnn", RNN(3, 4), [2, 5, 3], 0), ("lstm", LSTM(3, 4, layers: 2), [2, 5, 3], 0),
        ("gru", GRU(3, 4, returnsSequence: false), [2, 5, 3], 0),
        ("bidirectional", Bidirectional<GRUCell>(3, 4), [2, 5, 3], 0),
        ("attention", MultiHeadAttention(8, heads: 2, isCausal: true), [2, 5, 8], 0),
        ("transformer", TransformerBlock(8, heads: 2), [2, 5, 8], 0),
        ("sinusoidal", SinusoidalPositions(), [2, 5, 8], 0), ("positions", LearnedPositions(6, 8), [2, 5, 8], 0),
      ]
    }
  }

  private static let runner = """
    import numpy as np, onnx, onnxruntime as ort, sys
    def run(name):
        onnx.checker.check_model(onnx.load(name + ".onnx"), full_check=True)
        session = ort.InferenceSession(name + ".onnx", providers=["CPUExecutionProvider"])
        data = np.load(name + ".npz")
        types = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
        feed = {i.name: data[i.name].astype(types[i.type]) for i in session.get_inputs()}
        for output, value in zip(session.get_outputs(), session.run(None, feed)):
            wanted = data["out." + output.name]
            error = np.abs(value - wanted).max() / max(1, np.abs(wanted).max()) if wanted.size else 0
            assert value.shape == wanted.shape and error < 2e-6, (name, output.name, error)

    """

  /// Writes a graph and its numbers, in double, so that what differs is onnxruntime's single precision.
  private func write(_ name: String, _ inputs: [Node], _ outputs: [Node], training: Bool = false) throws {
    let graph = inputs[0].graph
    let document = try graph.onnx(inputs: inputs, outputs: outputs, training: training)
    try document.write(to: python.file("\(name).onnx"))
    var arrays = try inputs.map { ($0.label ?? "", try $0.value()) }
    let model = try ONNXModel(contentsOf: python.file("\(name).onnx"))
    for output in model.outputs {
      let node = try #require(graph.node(named: output.name) ?? outputs.first, "\(output.name)")
      arrays.append(("out.\(output.name)", try node.value().converted(to: .float64)))
    }
    try Npz.write(arrays, to: python.file("\(name).npz"))
  }

  private static func values(_ shape: Shape, tokens: Int) -> Tensor {
    let count = shape.elementCount
    if tokens > 0 { return Tensor(indices: (0..<count).map { $0 * 7 % tokens }, shape: shape) }
    return Tensor(shape: shape, (0..<count).map { (i: Int) -> Double in Double(Float(i * 37 % 101) / 101 - 0.45) })
  }

  @Test func ofEveryLayer() throws {
    let layers = Self.layers
    for layer in layers {
      let graph = Graph(.double)
      graph.mode = .evaluation
      let x = graph.input("x", Self.values(layer.shape, tokens: layer.tokens))
      try write(layer.name, [x], [layer.model(x).named("y")])
    }
    try python.run(
      Self.runner + "for name in \(layers.map(\.name)): run(name)".replacingOccurrences(of: "\"", with: "'"))
  }

  @Test func ofTheGradientsOfEveryLayer() throws {
    var names: [String] = []
    for layer in Self.layers where !parameters(of: layer.model).isEmpty {
      let graph = Graph(.double)
      graph.mode = .evaluation
      for named in layer.model.parameters { named.parameter.name = named.path }
      let x = graph.input("x", Self.values(layer.shape, tokens: layer.tokens))
      let y = layer.model(x)
      try write("g-\(layer.name)", [x], [(square(y) * Double(0.5)).mean().named("loss")], training: true)
      names.append("g-\(layer.name)")
    }
    #expect(names.count > 12)
    try python.run(Self.runner + "for name in \(names): run(name)".replacingOccurrences(of: "\"", with: "'"))
  }

  /// Elementwise primitives and gradients of what moves elements.
  @Test func ofFunctions() throws {
    let graph = Graph(.double)
    let x = graph.input("x", Tensor([[0.3, -0.7, 1.2], [0.01, -2.5, 0.6]])), w = graph.input("w", Tensor([[1, 2, 3]]))
    let functions: [Node] = [
      exp(x), expm1(x), log1p(square(x)), rsqrt(square(x) + 1), softplus(x), gelu(x), erf(x), erfc(x), round(2 * x),
      truncate(3 * x), log2(square(x) + 1), exp2(x), cbrt(x), hypot(x, w), remainder(x, w), truncatedRemainder(x, w),
      logAddExp(x, w), normalCDF(x), gaussian(x), normalDensity(x), heaviside(x), maximum(x, w), x .> w, equal(x, x),
      `where`(x .> 0, x, w), softmax(x), logSoftmax(x), logSumExp(x, axes: [1]), x.max(axes: [0]), x.min(),
      x.cumulativeSum(axis: 1, reversed: true), x.flipped(axes: [1]), x[0..., Stride(from: 2, by: -1)], x.product(),
      x.padded(before: [1, 0], after: [0, 2], value: 3), x.variance(axes: [1]), x.matmul(x.transposed()),
      softsign(x), xlogy(square(x), square(w)), entropy(square(x)), x.tiled([2, 2]), pow(square(x), w),
    ]
    for (number, node) in functions.enumerated() { node.named("f\(number)") }
    var gradients: [Node] = []
    for part in [x[0..., Stride(from: 2, by: -2)], x[1], x.gathered(at: graph.constant(Tensor(indices: [1, 1, 0])))] {
      gradients.append(try square(part).sum().gradients(withRespectTo: [x])[0].named("g\(gradients.count)"))
    }
    try write("functions", [x, w], functions + gradients)
    try python.run(Self.runner + "run('functions')")
  }

  @Test func refusesWhatONNXHasNoOperatorsFor() throws {
    let graph = Graph(), x = graph.input("x", [1, 2])
    let draws = [
      ("randomGamma", graph.randomLogGamma(concentration: x, seed: 1)),
      ("randomPoisson", graph.randomPoisson(rate: x, seed: 1)),
    ]
    for (name, draw) in draws {
      let error = #expect(throws: ChainRuleError.self) { try graph.onnx(inputs: [x], outputs: [draw.named("draw")]) }
      #expect(error?.got == "\(name) (draw)", "\(String(describing: error))")
    }
    let error = #expect(throws: ChainRuleError.self) { try graph.onnx(inputs: [x], outputs: []) }
    #expect(error?.required == "at least one output")
    let other = Graph().input("y", 1)
    for (inputs, outputs) in [([x], [other]), ([other], [x]), ([x, x], [x])] {
      #expect(throws: ChainRuleError.self) { try graph.onnx(inputs: inputs, outputs: outputs) }
    }
  }
}
