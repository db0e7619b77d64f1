import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// Files that go to Python's own libraries and come back. Needs a Python with numpy, ml_dtypes (for bfloat16) and
/// safetensors, named by CHAINRULE_PYTHON.
@Suite(.enabled(if: Environment.python != nil))
struct PythonInterchange {
  let python: Python
  init() throws { python = try Python(Environment.python) }

  @Test func safetensorsBothWays() throws {
    let state = ModelState([
      ("w", Tensor(floats: [1.5, -2, 0.1], shape: [3, 1])), ("d", Tensor([0.1, 1e300])),
      ("i", Tensor(indices: [4, -5])),
    ])
    try Safetensors.write(state, metadata: ["who": "swift"], to: python.file("a.safetensors"))
    let text = try python.run(
      """
      import numpy as np, safetensors, safetensors.numpy as st
      a = st.load_file("a.safetensors")
      assert a["w"].dtype == np.float32 and a["w"].shape == (3, 1)
      assert a["d"].tolist() == [0.1, 1e300] and a["i"].tolist() == [4, -5]
      with safetensors.safe_open("a.safetensors", "np") as f: print(f.metadata()["who"])
      st.save_file({"h": np.array([1, 65504, 6e-8], np.float16), "f": np.arange(6, dtype=np.float64).reshape(2, 3),
                    "l": np.array([1, -2], np.int64), "b": np.array([True, False])}, "b.safetensors", {"k": "v"})
      """)
    #expect(text == "swift\n")
    let read = try Safetensors.read(python.file("b.safetensors"))
    #expect(read.metadata == ["k": "v"])
    #expect(read.state["h"]?.floats == [1, 65504, 0x1p-24])
    #expect(read.state["f"] == Tensor([[0, 1, 2], [3, 4, 5]]))
    #expect(read.state["l"]?.indices == [1, -2])
    #expect(read.state["b"]?.indices == [1, 0])
  }

  @Test func sixteenBitsBothWays() throws {
    let numbers: [Float] = [1.5, -2, 0.1, 0x1p-24, 65504]
    for (storage, name) in [(FloatStorage.float16, "h"), (.bfloat16, "b")] {
      try Safetensors.write(
        ModelState([(name, Tensor(floats: numbers))]), to: python.file("\(name).safetensors"), storage: storage)
    }
    try python.run(
      """
      import ml_dtypes, numpy as np, safetensors, safetensors.numpy as st
      x = np.array([1.5, -2, 0.1, 2.0 ** -24, 65504], np.float32)
      h = st.load_file("h.safetensors")["h"]
      assert h.dtype == np.float16 and (h == x.astype(np.float16)).all()
      brain = x.astype(ml_dtypes.bfloat16)
      (name, b), = safetensors.deserialize(open("b.safetensors", "rb").read())
      assert b["dtype"] == "BF16" and list(b["shape"]) == [5] and bytes(b["data"]) == brain.tobytes()
      st.save_file({"x": brain, "h": h}, "back.safetensors")
      """)
    let back = try Safetensors.read(python.file("back.safetensors")).state
    for (name, written) in [("x", "b"), ("h", "h")] {
      let expected = try #require(Safetensors.read(python.file("\(written).safetensors")).state[written])
      #expect(back[name] == expected)
      #expect(expected.floats[0] == 1.5 && abs(expected.floats[2] - 0.1) < 0.1 * 0x1p-8)
    }
  }

  @Test func everyTypeOfNumpyIsRead() throws {
    try python.run(
      """
      import numpy as np
      arrays = {t: np.array([1, 2, 100], t) for t in
                "float16 float32 float64 int8 uint8 int16 uint16 int32 uint32 int64 uint64".split()}
      np.savez("all.npz", **arrays, bool=np.array([True, False, True]))
      for t in arrays: np.save(t + ".npy", arrays[t].astype(arrays[t].dtype.newbyteorder(">")))
      """)
    let arrays = try Npz.read(python.file("all.npz"))
    #expect(arrays.count == 12)
    for (name, value) in arrays {
      #expect(value.scalars == (name == "bool" ? [1, 0, 1] : [1, 2, 100]), "\(name)")
      if name != "bool" { #expect(try Npy.read(python.file("\(name).npy")) == value, "\(name), other end first") }
    }
  }

  /// A model that the library has trained, run by Python from its file, gives the library's scores.
  @Test func aTrainedModelRunsInPython() throws {
    let digits = try Digits.bundled()
    let model = withSeed(1) { Sequential(Dense(64, 16, activation: { relu($0) }), Dense(16, 10)) }
    try Training(model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
      .run(on: digits.training, epochs: 1)
    try Safetensors.write(model.state, to: python.file("m.safetensors"))
    try Npz.write([("x", digits.test.inputs), ("y", model.predict(digits.test.inputs))], to: python.file("d.npz"))
    try python.run(
      """
      import numpy as np, safetensors.numpy as st
      m, d = st.load_file("m.safetensors"), np.load("d.npz")
      names = sorted(m)
      b0, w0, b1, w1 = (m[n].astype(np.float64) for n in names)
      y = np.maximum(d["x"] @ w0 + b0, 0) @ w1 + b1
      assert np.abs(y - d["y"]).max() < 1e-4, np.abs(y - d["y"]).max()
      """)
  }

  /// Events as TensorBoard's own reader has them.
  @Test func tensorBoardReadsTheEvents() throws {
    let examples = try Dataset((0..<30).map { [Double($0 % 7), Double($0 % 5)] }, labels: (0..<30).map { $0 % 3 })
    let training = try Training(
      withSeed(1) { Sequential(Dense(2, 3)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1),
      monitorsGradients: true)
    let writer = EventWriter(to: python.file("events"))
    let history = try training.run(on: examples, validatingOn: examples, epochs: 3, callbacks: [writer])
    let text = try python.run(
      """
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      events = EventAccumulator("events", {"histograms": 0, "scalars": 0}).Reload()
      tags = events.Tags()
      print(sorted(tags["scalars"])); print(sorted(tags["histograms"]))
      print([(e.step, round(e.value, 5)) for e in events.Scalars("loss")])
      h = events.Histograms("0.weight")
      print([e.step for e in h], h[-1].histogram_value.num, sum(h[-1].histogram_value.bucket))
      w = h[-1].histogram_value
      print(round(w.min, 5), round(w.max, 5), round(w.sum, 4))
      """)
    let lines = text.split(separator: "\n").map(String.init).suffix(5)
    let weights = training.model.state.entries.filter { $0.path == "0.weight" }.flatMap(\.value.scalars)
    func rounded(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }
    #expect(
      Array(lines) == [
        "['accuracy', 'gradient_norm', 'gradient_norm/0.bias', 'gradient_norm/0.weight', 'learning_rate', 'loss', "
          + "'seconds', 'validation_accuracy', 'validation_loss']", "['0.bias', '0.weight']",
        "[" + history.map { "(\($0.number), \(rounded($0.loss, 1e5)))" }.joined(separator: ", ") + "]",
        "[0, 1, 2, 3] 6.0 6.0",
        "\(rounded(weights.min() ?? 0, 1e5)) \(rounded(weights.max() ?? 0, 1e5)) \(rounded(weights.reduce(0, +), 1e4))",
      ])
  }

  @Test func numpyBothWays() throws {
    try Npy.write(Tensor([[1, 2], [3, 4.5]]), to: python.file("a.npy"))
    try Npz.write([("x", Tensor(floats: [1, 2])), ("n", Tensor(indices: [3]))], to: python.file("a.npz"))
    try python.run(
      """
      import numpy as np
      assert np.load("a.npy").tolist() == [[1, 2], [3, 4.5]]
      z = np.load("a.npz")
      assert z["x"].dtype == np.float32 and z["n"].tolist() == [3]
      np.save("b.npy", np.asfortranarray(np.arange(6, dtype=">f4").reshape(2, 3)))
      np.savez("b.npz", u=np.array([1, 2], np.uint8), s=np.float64(2.5))
      np.savez_compressed("c.npz", u=np.zeros(1000))
      """)
    #expect(try Npy.read(python.file("b.npy")).scalars == [0, 1, 2, 3, 4, 5])
    let arrays = try Npz.read(python.file("b.npz"))
    #expect(arrays.map(\.name) == ["u", "s"])
    #expect(arrays.map(\.value.scalars) == [[1, 2], [2.5]])
    #expect(message { _ = try Npz.read(python.file("c.npz")) }.contains("compressed"))
  }
}
