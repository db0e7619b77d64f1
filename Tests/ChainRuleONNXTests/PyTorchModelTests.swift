import ChainRuleCore
import ChainRuleFiles
import ChainRuleTraining
import Testing

@testable import ChainRuleONNX

/// Models that PyTorch's exporter writes: their outputs here are those of onnxruntime.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct PyTorchModels {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  /// A small model of each kind, exported with an open batch, with numbers for two batch sizes.
  private static let script = """
    import numpy as np, torch, torch.nn as nn, torch.nn.functional as F, onnxruntime as ort
    torch.manual_seed(0); torch.backends.mha.set_fastpath_enabled(False)
    def export(name, model, x, axes=None):
        model.eval()
        with torch.no_grad():
            torch.onnx.export(model, x, name + ".onnx", input_names=["x"], output_names=["y"], dynamo=False,
                              opset_version=17, dynamic_axes=axes or {"x": {0: "batch"}, "y": {0: "batch"}})
        session = ort.InferenceSession(name + ".onnx", providers=["CPUExecutionProvider"])
        for size in (x.shape[0], x.shape[0] + 1):
            shape = (size,) + tuple(x.shape[1:])
            given = torch.randn(shape) if x.dtype == torch.float32 else torch.randint(0, 11, shape)
            np.savez(f"{name}-{size}.npz", x=given.numpy(), y=session.run(None, {"x": given.numpy()})[0])
    class Block(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.a = nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                                   nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
            self.b = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if i != o else nn.Identity()
        def forward(self, x): return F.relu(self.a(x) + self.b(x))
    class Mobile(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.a = nn.Sequential(nn.Conv2d(i, 3 * i, 1), nn.BatchNorm2d(3 * i), nn.ReLU6(),
                nn.Conv2d(3 * i, 3 * i, 3, 2, 1, groups=3 * i), nn.BatchNorm2d(3 * i), nn.Hardswish(), nn.Conv2d(3 * i, o, 1))
        def forward(self, x): return self.a(x)
    class Last(nn.Module):
        def __init__(self, rnn, width):
            super().__init__(); self.rnn = rnn; self.out = nn.Linear(width, 3)
        def forward(self, x): return self.out(self.rnn(x)[0][:, -1])
    class GPT(nn.Module):
        def __init__(self, vocabulary=11, width=16, heads=2, longest=12):
            super().__init__()
            self.e = nn.Embedding(vocabulary, width); self.p = nn.Embedding(longest, width)
            self.n1, self.n2, self.nf = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.m = nn.Sequential(nn.Linear(width, 32), nn.GELU(approximate="tanh"), nn.Linear(32, width))
            self.heads = heads
        def forward(self, ids):
            b, t = ids.shape
            x = self.e(ids) + self.p(torch.arange(t, device=ids.device))
            q, k, v = self.qkv(self.n1(x)).split(x.shape[-1], dim=2)
            q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in (q, k, v))
            s = q @ k.transpose(-2, -1) / 8 ** 0.5
            s = s.masked_fill(torch.tril(torch.ones(t, t)) == 0, float("-inf"))
            x = x + self.o((s.softmax(-1) @ v).transpose(1, 2).reshape(b, t, -1))
            x = x + self.m(self.n2(x))
            return self.nf(x) @ self.e.weight.T
    export("mlp", nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 3), nn.LogSoftmax(-1)),
           torch.randn(2, 5))
    export("resnet", nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
           Block(8, 8, 1), Block(8, 12, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5)), torch.randn(2, 3, 33, 33))
    export("mobilenet", nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1, dilation=1), Mobile(4, 6), nn.AvgPool2d(3, 2, 1), nn.Flatten(),
           nn.Linear(6 * 16, 4)), torch.randn(2, 3, 32, 32))
    export("lstm", Last(nn.LSTM(4, 6, 2, batch_first=True, bidirectional=True), 12), torch.randn(2, 5, 4))
    export("gru", Last(nn.GRU(4, 6, batch_first=True), 6), torch.randn(2, 5, 4))
    export("rnn", Last(nn.RNN(4, 6, batch_first=True), 6), torch.randn(2, 5, 4))
    export("encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2, enable_nested_tensor=False),
           torch.randn(2, 5, 8))
    export("gpt", GPT(), torch.randint(0, 11, (2, 7)), {"x": {0: "batch", 1: "time"}, "y": {0: "batch"}})
    export("upsample", nn.Sequential(nn.ConvTranspose2d(2, 3, 3, 2, 1, output_padding=1), nn.Upsample(scale_factor=2, mode="bilinear"),
           nn.InstanceNorm2d(3, affine=True), nn.GroupNorm(3, 3), nn.PReLU(3), nn.ELU()), torch.randn(2, 2, 4, 4))
    """
  static let names = ["mlp", "resnet", "mobilenet", "lstm", "gru", "rnn", "encoder", "gpt", "upsample"]

  @Test func computeWhatOnnxruntimeDoes() throws {
    try python.run(Self.script)
    for name in Self.names {
      let model = try ONNXModel(contentsOf: python.file("\(name).onnx"))
      #expect(!model.parameters.isEmpty, "\(name)")
      for size in [2, 3] {
        let arrays = try Npz.read(python.file("\(name)-\(size).npz"))
        let given = try #require(arrays.first { $0.name == "x" }?.value)
        let wanted = try #require(arrays.first { $0.name == "y" }?.value)
        let graph = Graph(.single)
        let output = try #require(model.record(["x": graph.input("x", given)], in: graph)["y"])
        let value = try output.value()
        #expect(value.shape == wanted.shape)
        let worst = zip(value.scalars, wanted.scalars).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 1e-5, "\(name): \(worst)")
        // Somebody else's model has gradients here.
        let loss = square(output).mean(), gradients = loss.backward()
        let first = try #require(graph.parameters.first { $0.isTrainable })
        #expect(try #require(gradients[graph.parameter(first)]).value().scalars.allSatisfy(\.isFinite), "\(name)")
      }
    }
  }

  /// Weights in a file beside the model are read; one outside its folder is not.
  @Test func weightsMayLieBesideTheModel() throws {
    try python.run(
      """
      import numpy as np, onnx
      from onnx import helper, numpy_helper, TensorProto as T
      def save(name, location):
          w = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(2, 3), "w")
          graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g",
              [helper.make_tensor_value_info("x", T.FLOAT, ["n", 2])], [helper.make_tensor_value_info("y", T.FLOAT, ["n", 3])], [w])
          model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
          onnx.external_data_helper.convert_model_to_external_data(model, location="w.bin", size_threshold=0)
          onnx.save(model, name)
          model = onnx.load(name, load_external_data=False)
          model.graph.initializer[0].external_data[0].value = location
          open(name, "wb").write(model.SerializeToString())
      save("beside.onnx", "w.bin"); save("outside.onnx", "../w.bin"); save("missing.onnx", "none.bin")
      """)
    let graph = try Graph(onnx: python.file("beside.onnx"), sizes: ["n": 2])
    graph.node(named: "x")?.assign([[1, 0], [2, 1]])
    #expect(try graph.node(named: "y")?.value() == [[0, 1, 2], [3, 6, 9]])
    for name in ["outside.onnx", "missing.onnx"] {
      #expect(throws: FileError.self) { try ONNXModel(contentsOf: python.file(name)) }
    }
  }

  /// A convolutional network for digits of PyTorch's, imported, trained further, and exported again.
  @Test func areTrainedFurtherAndGoBack() throws {
    let digits = try Digits.bundled()
    let images = digits.test.inputs.reshaped(to: [digits.test.count, 1, 8, 8])
    try Npz.write([("x", images)], to: python.file("images.npz"))
    try python.run(
      """
      import torch, torch.nn as nn, numpy as np, onnxruntime as ort
      torch.manual_seed(1)
      model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10)).eval()
      torch.onnx.export(model, torch.zeros(2, 1, 8, 8), "cnn.onnx", input_names=["x"], output_names=["scores"], dynamo=False,
                        opset_version=17, dynamic_axes={"x": {0: "batch"}, "scores": {0: "batch"}})
      x = np.load("images.npz")["x"].astype(np.float32)
      np.savez("scores.npz", scores=ort.InferenceSession("cnn.onnx").run(None, {"x": x})[0])
      """)
    let model = ImportedModel(try ONNXModel(contentsOf: python.file("cnn.onnx")))
    let scores = try model.predict(images), theirs = try #require(Npz.read(python.file("scores.npz")).first?.value)
    #expect((zip(scores.scalars, theirs.scalars).map { abs($0 - $1) }.max() ?? 1) < 1e-5)
    let training = try Training(
      Sequential(Reshape([1, 8, 8]), model), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
    let history = try training.run(on: digits.training, validatingOn: digits.test, epochs: 3, batchSize: 32)
    #expect((history.last?.validationAccuracy ?? 0) > 0.9)
    try model.onnx(inputs: images.shape).write(to: python.file("back.onnx"))
    try Npz.write([("scores", try model.predict(images))], to: python.file("tuned.npz"))
    try python.run(
      """
      import numpy as np, onnx, onnxruntime as ort
      onnx.checker.check_model(onnx.load("back.onnx"), full_check=True)
      x = np.load("images.npz")["x"].astype(np.float32)
      session = ort.InferenceSession("back.onnx")
      scores = session.run(None, {session.get_inputs()[0].name: x})[0]
      error = np.abs(scores - np.load("tuned.npz")["scores"]).max()
      assert error < 1e-4, error
      """)
  }
}
