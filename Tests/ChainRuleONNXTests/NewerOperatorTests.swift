import ChainRuleCore
import ChainRuleFiles
import Testing

@testable import ChainRuleONNX

/// Operators that are newer than the cases of `onnx` 1.17, beside onnxruntime.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct NewerOperators {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  private static let script = """
    import numpy as np, onnxruntime as ort
    from onnx import helper as h, TensorProto as T, numpy_helper as nh
    r = np.random.default_rng(0); f = lambda *s: r.standard_normal(s).astype(np.float32)
    kinds = {"float32": T.FLOAT, "int64": T.INT64, "bool": T.BOOL}
    def case(name, op, inputs, outputs=1, opset=23, known="", **attributes):
        values = {n: v for n, v in inputs if v is not None}
        free = {n: v for n, v in values.items() if n not in known}
        names = [f"y{i}" for i in range(outputs)]
        graph = h.make_graph([h.make_node(op, [n if v is not None else "" for n, v in inputs], names, **attributes)], "g",
            [h.make_tensor_value_info(n, kinds[str(v.dtype)], v.shape) for n, v in free.items()],
            [h.make_tensor_value_info(n, T.FLOAT, None) for n in names], [nh.from_array(values[n], n) for n in known])
        bytes = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=10).SerializeToString()
        results = ort.InferenceSession(bytes, providers=["CPUExecutionProvider"]).run(None, free)
        open(f"{name}.onnx", "wb").write(bytes)
        free = {n: v.astype(np.float32) if v.dtype == bool else v for n, v in free.items()}
        np.savez(f"{name}.npz", **free, **dict(zip(names, results)))
        print(name)
    Q, K, V = f(2, 4, 5, 8), f(2, 4, 6, 8), f(2, 4, 6, 7)
    q, past = [("q", Q), ("k", K), ("v", V)], [("a", f(2, 4, 3, 8)), ("b", f(2, 4, 3, 7))]
    case("plain", "Attention", q)
    case("scale", "Attention", q, scale=0.3)
    case("causal", "Attention", q, is_causal=1)
    case("mask", "Attention", q + [("m", f(5, 6))], known="m")
    case("bool", "Attention", q + [("m", r.random((2, 1, 5, 6)) > 0.3)], known="m")
    case("both", "Attention", q + [("m", f(2, 4, 5, 6))], is_causal=1)
    case("groups", "Attention", [("q", Q), ("k", f(2, 2, 6, 8)), ("v", f(2, 2, 6, 7))])
    case("cap", "Attention", q + [("m", f(5, 6))], softcap=2.0)
    case("flat", "Attention", [("q", f(2, 5, 32)), ("k", f(2, 6, 16)), ("v", f(2, 6, 16))], q_num_heads=4, kv_num_heads=2)
    case("past", "Attention", q + [("m", None)] + past, outputs=3)
    case("pastcausal", "Attention", q + [("m", None)] + past, outputs=3, is_causal=1)
    for mode in range(4):
        case(f"mode{mode}", "Attention", q + [("m", f(5, 9))] + past, outputs=4, qk_matmul_output_mode=mode, softcap=1.5)
    C, S, P = f(10, 4), f(10, 4), r.integers(0, 10, (2, 5))
    turn = lambda name, x, c=C, s=S, **a: case(name, "RotaryEmbedding", [("x", x), ("c", c), ("s", s), ("p", P)], known="cs", **a)
    turn("halves", f(2, 3, 5, 8)); turn("neighbours", f(2, 3, 5, 8), interleaved=1); turn("rows", f(2, 5, 24), num_heads=3)
    for i in (0, 1): turn(f"part{i}", f(2, 3, 5, 8), f(10, 2), f(10, 2), rotary_embedding_dim=4, interleaved=i)
    case("given", "RotaryEmbedding", [("x", f(2, 3, 5, 8)), ("c", f(2, 5, 4)), ("s", f(2, 5, 4))])
    case("rms", "RMSNormalization", [("x", f(2, 3, 5)), ("w", f(5))], known="w")
    case("rms2", "RMSNormalization", [("x", f(2, 3, 5)), ("w", f(3, 5))], axis=1, epsilon=1e-3)
    case("swish", "Swish", [("x", f(2, 3))], opset=24, alpha=1.5)
    """

  @Test func computeWhatOnnxruntimeDoes() throws {
    let names = try python.run(Self.script).split(separator: "\n").map(String.init)
    #expect(names.count == 24)
    for name in names {
      let model = try ONNXModel(contentsOf: python.file("\(name).onnx"))
      let arrays = Dictionary(
        try Npz.read(python.file("\(name).npz")).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      let graph = Graph(.double)
      var inputs: [String: Node] = [:]
      for input in model.inputs { inputs[input.name] = arrays[input.name].map { graph.input(input.name, $0) } }
      let outputs = try model.record(inputs, in: graph)
      for (output, node) in outputs {
        let value = try node.value(), wanted = try #require(arrays[output])
        #expect(value.shape == wanted.shape, "\(name) \(output)")
        let worst = zip(value.scalars, wanted.scalars).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 1e-5, "\(name) \(output): \(worst)")
      }
      // Tables of angles and masks are no parameters.
      #expect(model.parameters.allSatisfy { $0.name == "w" }, "\(name)")
    }
  }
}
