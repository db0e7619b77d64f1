import ChainRuleCore
import ChainRuleFiles
import ChainRuleTraining
import Testing

@testable import ChainRuleONNX

/// Models that PyTorch's newer exporter writes (torch.export, dynamo=True): outputs here are those of onnxruntime, and
/// gradients by the input those of PyTorch.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct DynamoModels {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  /// Exports, and leaves numbers of one or two batch sizes.
  private static let head = """
    import numpy as np, torch, torch.nn as nn, torch.nn.functional as F, onnxruntime as ort, warnings, logging, math
    warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
    torch.manual_seed(0)
    d = torch.export.Dim
    def export(name, model, x, dims=None, opset=18, beside=False):
        model.eval()
        shapes = {} if dims == "fixed" else {"dynamic_shapes": (dims or {0: d("batch", min=1, max=64)},)}
        program = torch.onnx.export(model, (x,), dynamo=True, opset_version=opset, input_names=["x"], output_names=["y"],
                                    verbose=False, external_data=beside, **shapes)
        program.save(name + ".onnx", external_data=beside)
        session = ort.InferenceSession(name + ".onnx", providers=["CPUExecutionProvider"])
        sizes = (x.shape[0],) if dims == "fixed" else (x.shape[0], x.shape[0] + 1)
        for size in sizes:
            shape = (size,) + tuple(x.shape[1:])
            given = torch.randn(shape) if x.dtype == torch.float32 else torch.randint(0, 11, shape)
            feed = given.clone().requires_grad_(x.dtype == torch.float32)
            y = session.run(None, {"x": given.numpy()})[0]
            if feed.requires_grad: (model(feed) ** 2).mean().backward()
            np.savez(f"{name}-{size}.npz", x=given.numpy(), y=y, **({"slope": feed.grad.numpy()} if feed.requires_grad else {}))
        print("exported", name, *sizes)
    class Block(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.a = nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                                   nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
            self.b = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False),
                nn.BatchNorm2d(o)) if i != o else nn.Identity()
        def forward(self, x): return F.relu(self.a(x) + self.b(x))
    class SE(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.f = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, 2, 1), nn.SiLU(), nn.Conv2d(2, c, 1),
                nn.Sigmoid())
        def forward(self, x): return x * self.f(x)
    class Mobile(nn.Module):
        def __init__(self, i, o, act, se=False):
            super().__init__()
            self.a = nn.Sequential(nn.Conv2d(i, 3 * i, 1), nn.BatchNorm2d(3 * i), act(),
                nn.Conv2d(3 * i, 3 * i, 3, 2, 1,
                    groups=3 * i), nn.BatchNorm2d(3 * i), act(), *([SE(3 * i)] if se else []), nn.Conv2d(3 * i,
                    o, 1))
        def forward(self, x): return self.a(x)
    class Last(nn.Module):
        def __init__(self, rnn, width):
            super().__init__(); self.rnn = rnn; self.out = nn.Linear(width, 3)
        def forward(self, x): return self.out(self.rnn(x)[0][:, -1])
    class Attention(nn.Module):
        def __init__(self, width, heads, bias=None, fused=False):
            super().__init__()
            self.qkv, self.o, self.heads, self.fused = nn.Linear(width, 3 * width), nn.Linear(width,
                width), heads, fused
            self.bias = nn.Embedding(8, heads) if bias else None
        def forward(self, x, causal=False):
            b, t, w = x.shape
            q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).chunk(3, dim=-1))
            if self.fused: return self.o(F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1,
                2).reshape(b, t, w))
            s = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
            if self.bias is not None:
                p = torch.arange(t)[None, :] - torch.arange(t)[:, None]
                n = p.abs()
                bucket = torch.where(n < 2, n,
                    (2 + (torch.log(n.float().clamp(min=1) / 2) * 1.5).long()).clamp(max=3)) + (p > 0).long() * 4
                s = s + self.bias(bucket).permute(2, 0, 1)[None]
            if causal: s = s.masked_fill(torch.triu(torch.ones(t, t, dtype=torch.bool), 1), float("-inf"))
            return self.o((s.softmax(-1) @ v).transpose(1, 2).reshape(b, t, w))
    class Layer(nn.Module):
        def __init__(self, width, heads, norm=nn.LayerNorm, causal=False, **kw):
            super().__init__()
            self.n1, self.n2, self.a, self.causal = norm(width), norm(width), Attention(width, heads,
                **kw), causal
            self.m = nn.Sequential(nn.Linear(width, 32), nn.GELU(approximate="tanh"), nn.Linear(32, width))
        def forward(self, x):
            x = x + self.a(self.n1(x), self.causal)
            return x + self.m(self.n2(x))
    class GPT(nn.Module):
        def __init__(self, vocabulary=11, width=16, fused=False):
            super().__init__(); self.e, self.p = nn.Embedding(vocabulary, width), nn.Embedding(12, width)
            self.l = nn.Sequential(Layer(width, 2, causal=True, fused=fused), Layer(width, 2, causal=True,
                fused=fused)); self.n = nn.LayerNorm(width)
        def forward(self, ids):
            x = self.e(ids) + self.p(torch.arange(ids.shape[1], device=ids.device))
            return self.n(self.l(x)) @ self.e.weight.T
    class RMS(nn.Module):
        def __init__(self, width): super().__init__(); self.w = nn.Parameter(torch.ones(width) * 1.1)
        def forward(self, x): return self.w * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
    class T5(nn.Module):
        def __init__(self):
            super().__init__(); self.e = nn.Embedding(11, 16)
            self.l = nn.Sequential(Layer(16, 2, RMS, bias=True), Layer(16, 2, RMS, bias=True)); self.n = RMS(16)
        def forward(self, ids): return self.n(self.l(self.e(ids)))
    class Rotary(nn.Module):
        def __init__(self):
            super().__init__(); self.e = nn.Embedding(11, 16); self.q = nn.Linear(16, 16)
            self.g = nn.Linear(16, 32); self.d = nn.Linear(16, 16)
        def forward(self, ids):
            x = self.e(ids); t = x.shape[1]
            a = torch.outer(torch.arange(t).float(), 1 / 100 ** (torch.arange(0, 16, 2).float() / 16))
            a = torch.cat([a, a], -1)
            q = self.q(x); h = torch.cat([-q[..., 8:], q[..., :8]], -1); q = q * a.cos() + h * a.sin()
            s = (q @ q.transpose(1, 2) / 4).softmax(-1) @ x
            u, v = self.g(s).chunk(2, -1)
            return self.d(F.silu(u) * v)
    class ViT(nn.Module):
        def __init__(self):
            super().__init__(); self.p = nn.Conv2d(3, 16, 4, 4); self.c = nn.Parameter(torch.randn(1, 1, 16))
            self.e = nn.Parameter(torch.randn(1, 17, 16))
            self.l = nn.Sequential(Layer(16, 2), Layer(16, 2, fused=True)); self.n = nn.LayerNorm(16)
            self.h = nn.Linear(16, 5)
        def forward(self, x):
            x = self.p(x).flatten(2).transpose(1, 2)
            x = torch.cat([self.c.expand(x.shape[0], -1, -1), x], 1) + self.e
            return self.h(self.n(self.l(x))[:, 0])
    class UNet(nn.Module):
        def __init__(self, up):
            super().__init__()
            c = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.GroupNorm(2, o), nn.SiLU())
            self.a, self.b, self.m = c(2, 4), c(4, 8), c(8, 8); self.up = up
            self.u = nn.ConvTranspose2d(8, 4, 2, 2); self.r = nn.Conv2d(8, 4, 1); self.z = c(8, 2)
        def forward(self, x):
            a = self.a(x); b = self.m(self.b(F.max_pool2d(a, 2)))
            u = self.u(b) if self.up == "transposed" else self.r(F.interpolate(b, scale_factor=2, mode=self.up,
                **({} if self.up == "nearest" else {"align_corners": self.up == "bicubic"})))
            return self.z(torch.cat([a, u], 1))
    """

  /// Small models of each kind, most with an open batch; some again in version 20, one with weights beside it.
  private static let models = """
    models = {
     "mlp": lambda: (nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 3),
         nn.LogSoftmax(-1)), torch.randn(2, 5)),
     "resnet": lambda: (nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
         nn.MaxPool2d(3, 2, 1), Block(8, 8, 1), Block(8, 12, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
         nn.Linear(12, 5)), torch.randn(2, 3, 33, 33)),
     "mobilenet": lambda: (nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), Mobile(4, 6, nn.ReLU6), Mobile(6, 6,
         nn.Hardswish), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24, 4)), torch.randn(2, 3, 32, 32)),
     "efficientnet": lambda: (nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), Mobile(4, 6, nn.SiLU, True),
         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)), torch.randn(2, 3, 32, 32)),
     "lstm": lambda: (Last(nn.LSTM(4, 6, 2, batch_first=True, bidirectional=True), 12), torch.randn(2, 5, 4)),
     "gru": lambda: (Last(nn.GRU(4, 6, batch_first=True), 6), torch.randn(2, 5, 4)),
     "rnn": lambda: (Last(nn.RNN(4, 6, batch_first=True), 6), torch.randn(2, 5, 4)),
     "encoder": lambda: (nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2,
         enable_nested_tensor=False), torch.randn(2, 5, 8)),
     "gpt": lambda: (GPT(), torch.randint(0, 11, (2, 7)), {0: d("batch", min=1, max=64), 1: d("time", min=2,
         max=12)}),
     "gpt-fused": lambda: (GPT(fused=True), torch.randint(0, 11, (2, 7)), {0: d("batch", min=1, max=64),
         1: d("time", min=2, max=12)}),
     "t5": lambda: (T5(), torch.randint(0, 11, (2, 7)), {0: d("batch", min=1, max=64), 1: d("time", min=2,
         max=30)}),
     "rotary": lambda: (Rotary(), torch.randint(0, 11, (2, 7)), {0: d("batch", min=1, max=64), 1: d("time",
         min=2, max=30)}),
     "vit": lambda: (ViT(), torch.randn(2, 3, 16, 16)),
     "unet": lambda: (UNet("transposed"), torch.randn(2, 2, 8, 8), {0: d("batch", min=1, max=64)}),
     "unet-bilinear": lambda: (UNet("bilinear"), torch.randn(2, 2, 8, 8)),
     "unet-nearest": lambda: (UNet("nearest"), torch.randn(2, 2, 8, 8)),
     "unet-bicubic": lambda: (UNet("bicubic"), torch.randn(2, 2, 8, 8)),
    }

    for name, make in models.items():
        made = make()
        export(name, made[0], made[1], *made[2:], beside=name == "mlp")
        if name in ("gpt-fused", "vit", "unet-bicubic", "lstm"): export(name + "-20", *made[:2], *made[2:], opset=20)
    """

  /// Functions that PyTorch has one word for.
  private static let functions = """
    class One(nn.Module):
        def __init__(self, f): super().__init__(); self.f = f; self.w = nn.Parameter(torch.randn(4))
        def forward(self, x): return self.f(x * self.w)
    functions = {
        "roll": lambda y: y.roll(1, -1),
        "sort": lambda y: y.sort(-1).values,
        "topk": lambda y: y.topk(2, -1)[0],
        "cumsum": lambda y: y.cumsum(1),
        "std": lambda y: y.std(-1),
        "var": lambda y: y.var(1, keepdim=True),
        "norm": lambda y: F.normalize(y, dim=1),
        "acts": lambda y: F.hardtanh(y) + F.mish(y) + F.softsign(y) + F.elu(y) + F.leaky_relu(y) + F.selu(y)
            + F.celu(y) + F.hardsigmoid(y) + F.logsigmoid(y) + F.softplus(y) + F.tanhshrink(y) + F.softshrink(y)
            + F.hardshrink(y) + F.threshold(y, 0.1, 0.2) + F.relu6(y) + F.glu(torch.cat([y, y], -1)),
        "where": lambda y: torch.where(y > 0, torch.log1p(y.abs()), torch.expm1(-y.abs())).clamp(-1, 2),
        "pad": lambda y: F.pad(y, (1, 2), mode="reflect"),
        "padr": lambda y: F.pad(y, (1, 2), mode="replicate"),
        "padc": lambda y: F.pad(y, (1, 1), mode="circular"),
        "einsum": lambda y: torch.einsum("btc,bsc->bts", y, y),
        "bmm": lambda y: torch.bmm(y, y.transpose(1, 2)),
        "prod": lambda y: y.prod(-1),
        "minmax": lambda y: y.amax(1) - y.amin(1),
        "lse": lambda y: torch.logsumexp(y, 1),
        "gather": lambda y: y.gather(1, torch.tensor([[[0, 1, 2, 0]]]).expand(y.shape[0], -1, -1)),
        "index": lambda y: y[:, [0, 2]],
        "index-fill": lambda y: y.index_fill(1, torch.tensor([1]), 0.5),
        "scatter": lambda y: torch.zeros_like(y).scatter_add(1, torch.zeros_like(y, dtype=torch.long), y),
        "tril": lambda y: y.tril() + y.triu(1),
        "flip": lambda y: y.flip(1),
        "stack": lambda y: torch.stack([y, y * 2], 1),
        "unbind": lambda y: sum(y.unbind(1)),
        "split": lambda y: torch.cat(y.split([2, 3, 4], 1)[::-1], 1),
        "erf": lambda y: torch.erf(y) + torch.atan(y) + torch.asinh(y) + torch.sinh(y),
        "trig": lambda y: torch.sin(y) * torch.cos(y) + torch.tan(y * 0.3),
        "atan2": lambda y: torch.atan2(y, y + 3),
        "pow": lambda y: y.abs().pow(1.5) + y ** 2 + 2 ** y,
        "frac": lambda y: y - y.floor() + torch.fmod(y, 0.7) + torch.remainder(y, 0.7),
        "meshgrid": lambda y: y + torch.stack(torch.meshgrid(torch.arange(9.0), torch.arange(4.0),
            indexing="ij")).sum(0),
        "masked": lambda y: y.masked_fill(y > 0.3, -1.0),
        "argmax": lambda y: y + y.argmax(-1, keepdim=True),
        "unfold": lambda y: y.unfold(1, 3, 2),
        "max1": lambda y: F.max_pool1d(y.transpose(1, 2), 3, 2, 1),
        "avg1": lambda y: F.avg_pool1d(y.transpose(1, 2), 3, 2, 1),
        "ad1": lambda y: F.adaptive_avg_pool1d(y.transpose(1, 2), 3),
        "inorm": lambda y: F.instance_norm(y),
        "lrn": lambda y: F.local_response_norm(y[..., None], 2),
        "pixel": lambda y: F.pixel_shuffle(y.reshape(y.shape[0], 4, 3, 3), 2),
        "ce": lambda y: F.cross_entropy(y.flatten(0, 1), torch.tensor([0, 1, 2, 3, 0, 1, 2, 3, 1] * 2),
            reduction="none"),
        "huber": lambda y: F.smooth_l1_loss(y, y * 0.5 + 1, reduction="none"),
        "cosine": lambda y: F.cosine_similarity(y, y.flip(1), -1),
        "grid": lambda y: F.grid_sample(y.reshape(2, 1, 6, 6), torch.linspace(-0.9, 0.9, 16).reshape(1, 4, 2,
            2).expand(2, -1, -1, -1), align_corners=False),
        "conv3d": lambda y: F.conv3d(y.reshape(2, 1, 3, 3, 4), torch.ones(2, 1, 2, 2, 2)),
        "conv1d": lambda y: F.conv1d(y.transpose(1, 2), torch.ones(3, 4, 3), padding=1, dilation=1),
        "tconv1": lambda y: F.conv_transpose1d(y.transpose(1, 2), torch.ones(4, 2, 3), stride=2),
        "embedding": lambda y: F.embedding(torch.tensor([1, 0, 3]), y[0]),
        "upx": lambda y: F.interpolate(y.transpose(1, 2), size=5, mode="linear"),
        "upn": lambda y: F.interpolate(y.reshape(2, 1, 6, 6), size=(4, 9), mode="nearest"),
        "upa": lambda y: F.interpolate(y.reshape(2, 1, 6, 6), scale_factor=0.5, mode="bilinear", antialias=False),
        "repeat": lambda y: y.repeat(1, 2, 1),
        "repeat-interleave": lambda y: y.repeat_interleave(2, 1),
        "diag": lambda y: torch.diagonal(y, dim1=1, dim2=2),
        "fft": lambda y: torch.fft.rfft(y, dim=1).abs(),
        "det": lambda y: torch.linalg.det(y[:, :4] + torch.eye(4) * 3),
        "any": lambda y: y * (y > 0).any(-1, keepdim=True),
        "bucketize": lambda y: y + torch.bucketize(y, torch.tensor([-1.0, 0.0, 1.0])),
        "sdpa": lambda y: F.scaled_dot_product_attention(y[:, None], y[:, None], y[:, None], is_causal=True),
        "sdpam": lambda y: F.scaled_dot_product_attention(y[:, None], y[:, None], y[:, None],
            attn_mask=torch.ones(9, 9).tril().bool()),
        "rms": lambda y: F.rms_norm(y, (4,)),
        "ln": lambda y: F.layer_norm(y, (9, 4)),
    }
    for name, f in functions.items(): export("f-" + name, One(f), torch.randn(2, 9, 4), "fixed")
    """

  /// Every file that a script named, on the numbers that it left.
  private func compare(_ script: String, count: Int) throws {
    let printed = try python.run(Self.head + "\n" + script)
    let names = printed.split(separator: "\n").filter { $0.hasPrefix("exported ") }.map { String($0.dropFirst(9)) }
    #expect(names.count == count, "\(printed)")
    for name in names {
      let parts = name.split(separator: " ").map(String.init),
        model = try ONNXModel(contentsOf: python.file("\(parts[0]).onnx"))
      for size in parts.dropFirst() {
        let arrays = Dictionary(
          try Npz.read(python.file("\(parts[0])-\(size).npz")).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let given = try #require(arrays["x"]), wanted = try #require(arrays["y"])
        let graph = Graph(.double), x = graph.input("x", given)
        let output = try #require(model.record(["x": x], in: graph)["y"]), value = try output.value()
        #expect(value.shape == wanted.shape, "\(name)")
        let worst = zip(value.scalars, wanted.scalars).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst < 1e-5 * max(1, wanted.scalars.map(abs).max() ?? 1), "\(name) \(size): \(worst)")
        guard let slope = arrays["slope"] else { continue }
        let ours = try #require(square(output).mean().backward()[x]).value()
        let gap = zip(ours.scalars, slope.scalars).map { abs($0 - $1) }.max() ?? .infinity
        #expect(
          ours.shape == slope.shape && gap < 1e-5 * max(1, slope.scalars.map(abs).max() ?? 1),
          "\(name): gradient \(gap)")
      }
    }
  }

  @Test func computeWhatOnnxruntimeDoes() throws { try compare(Self.models, count: 21) }

  /// One function each, of a parameter and an input.
  @Test func functionsOneByOne() throws { try compare(Self.functions, count: 63) }
}
