import ChainRuleCore
import ChainRuleFiles
import Foundation
import Testing

@testable import ChainRuleONNX
@testable import ChainRuleXLA

/// The reference cases of engines, values and gradients of every primitive, as files: sound by onnx.checker, and
/// onnxruntime computes what we do.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct ReferenceCases {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  private static let runner = """
    import numpy as np, onnx, onnxruntime as ort, sys
    ort.set_default_logger_severity(3)
    types = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
    count = int(open("count").read())
    for number in range(count):
        try:
            model = onnx.load(f"case{number}.onnx")
            onnx.checker.check_model(model, full_check=True)
            data = np.load(f"case{number}.npz")
            session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            feed = {i.name: data[i.name].astype(types[i.type]) for i in session.get_inputs()}
            worst = 0.0
            for place, value in enumerate(session.run(None, feed)):
                wanted = data[f"out.{place}"]
                assert value.shape == wanted.shape, (value.shape, wanted.shape)
                value = value.astype(np.float64)
                with np.errstate(over="ignore"): single = wanted.astype(np.float32).astype(np.float64)
                same = (value == single) | (np.isnan(value) & np.isnan(wanted))
                finite = np.abs(wanted[np.isfinite(single)])
                largest = finite.max() if finite.size else 0
                with np.errstate(invalid="ignore"):
                    gaps = np.where(same, 0, np.abs(value - wanted) / np.maximum(np.abs(wanted), max(0.1 * largest, 1e-30)))
                gaps = np.where(np.isnan(gaps), np.inf, gaps)
                assert gaps.size == 0 or gaps.max() <= 2e-6 * float(data["slack"]), f"output {place}: {gaps.max()}"
                worst = max(worst, gaps.max() if gaps.size else 0)
            print(number, worst, flush=True)
        except Exception as error:
            print(number, "failed", str(error).replace("\\n", " ")[:300], flush=True)
    """

  /// What onnxruntime makes of numbers that are not finite in ArgMax, Softmax and MaxPool is its own.
  private static let others: Set = [
    "extremes of rows with NaN", "softmax of rows of −∞", "largest of windows with NaN and −∞",
  ]

  @Test func computeTheSameInOnnxruntime() throws {
    let cases = EngineCase.all.filter { !Self.others.contains($0.name) }
    var refused: [String] = [], names: [String] = []
    for test in cases {
      let graph = Graph(.double), (inputs, outputs) = try test.record(graph)
      for (input, value) in inputs { input.assign(value) }
      if outputs.isEmpty { continue }
      do {
        let document = try graph.onnx(inputs: inputs.map(\.node), outputs: outputs)
        try document.write(to: python.file("case\(names.count).onnx"))
      } catch let error as ChainRuleError {
        refused.append("\(test.name): \(error)")
        continue
      }
      var arrays = inputs.map { ($0.node.label ?? "", $0.value) }
      for (place, output) in outputs.enumerated() {
        arrays.append(("out.\(place)", try output.value().converted(to: .float64)))
      }
      arrays.append(("slack", Tensor(test.slack)))
      try Npz.write(arrays, to: python.file("case\(names.count).npz"))
      names.append(test.name)
    }
    try "\(names.count)".write(toFile: python.file("count"), atomically: true, encoding: .utf8)
    let lines = try python.run(Self.runner).split(separator: "\n").compactMap { line -> (String, String)? in
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      return Int(words[0]).map { (names[$0], words[1]) }
    }
    for (name, verdict) in lines { #expect(!verdict.hasPrefix("failed"), "\(name): \(verdict)") }
    #expect(lines.count == names.count && names.count > 350)
    print("\(lines.count) cases, largest difference \(lines.compactMap { Double($0.1) }.max() ?? .nan)")
    #expect(refused == [], "\(refused.joined(separator: "\n"))")
  }
}
