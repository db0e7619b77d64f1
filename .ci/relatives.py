#!/usr/bin/env python3
"""PyTorch on the relatives that chainrule-bench runs under the same names; prints lines as peers.py does."""
import argparse, json, os, statistics, sys, time

ap = argparse.ArgumentParser()
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--only", default="")
ap.add_argument("--peers", default="")
args = ap.parse_args()
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:args.threads]))
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(args.threads)

import torch
import torch.nn.functional as F
from torch import nn
torch.set_num_threads(args.threads)
normal = lambda *shape, dtype=torch.float32: torch.randn(*shape, dtype=dtype)


def clock(call):
    for _ in range(3): call()
    t = time.perf_counter(); call(); once = time.perf_counter() - t
    inner, samples = max(1, int(0.1 / max(once, 1e-9))), []
    for _ in range(5):
        t = time.perf_counter()
        for _ in range(inner): call()
        samples.append((time.perf_counter() - t) / inner)
    return statistics.median(samples)


def report(workload, make):
    """make gives what one call does: it is made for the chosen workloads alone."""
    if args.only and workload not in args.only.split(","): return
    torch.manual_seed(0)
    try:
        line = {"workload": workload, "peer": "torch", "threads": args.threads, "seconds": clock(make())}
        print(json.dumps(line), flush=True)
    except Exception as e:
        print(json.dumps({"workload": workload, "error": repr(e)[:200]}), file=sys.stderr, flush=True)


def training(model, x):
    """Forward, backward and descent on the mean of squares of the outputs."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad(set_to_none=True)
        y = model(x)
        (y[0] if isinstance(y, tuple) else y).square().mean().backward()
        optimizer.step()
    return step


def gradients(f, *inputs):
    inputs = [x.requires_grad_() for x in inputs]
    return lambda: torch.autograd.grad(f(*inputs), inputs)


class Last(nn.Module):
    def __init__(s, layer): super().__init__(); s.layer = layer
    def forward(s, x): return s.layer(x)[0][:, -1]


class Attention(nn.Module):
    def __init__(s, width, heads):
        super().__init__(); s.heads = heads
        s.q, s.k, s.v, s.o = (nn.Linear(width, width) for _ in range(4))

    def forward(s, x):
        b, t, d = x.shape
        split = lambda z: z.view(b, t, s.heads, d // s.heads).transpose(1, 2)
        y = F.scaled_dot_product_attention(split(s.q(x)), split(s.k(x)), split(s.v(x)))
        return F.dropout(s.o(y.transpose(1, 2).reshape(b, t, d)), 0.1)


class Gated(nn.Module):
    def __init__(s): super().__init__(); s.a, s.b, s.c = nn.Linear(256, 683), nn.Linear(256, 683), nn.Linear(683, 256)
    def forward(s, x): h = F.rms_norm(x, (256,), eps=1e-5); return s.c(F.silu(s.a(h)) * s.b(h))


report("rel-rnn-b16-t512-i16-h32", lambda: training(Last(nn.RNN(16, 32, batch_first=True)), normal(16, 512, 16)))
report("rel-gru-b32-t64-i64-h128", lambda: training(Last(nn.GRU(64, 128, batch_first=True)), normal(32, 64, 64)))
report("rel-bilstm-b32-t32-i64-h64",
       lambda: training(nn.LSTM(64, 64, batch_first=True, bidirectional=True), normal(32, 32, 64)))
report("rel-lstm-2-layers-b16-t32-i32-h64", lambda: training(nn.LSTM(32, 64, 2, batch_first=True), normal(16, 32, 32)))
report("rel-lstm-b1-t100-i8-h32", lambda: training(Last(nn.LSTM(8, 32, batch_first=True)), normal(1, 100, 8)))

attention = lambda causal: lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=causal).square().sum()
for name, shape, causal in (("rel-attention-b2-h8-t512-d64", (2, 8, 512, 64), False),
                            ("rel-attention-b64-h8-t16-d16", (64, 8, 16, 16), True),
                            ("rel-attention-b2-h2-t2048-d64", (2, 2, 2048, 64), True)):
    report(name, lambda shape=shape, causal=causal: gradients(attention(causal), *(normal(*shape) for _ in range(3))))
report("rel-mha-b8-t64-d128", lambda: training(Attention(128, 8), normal(8, 64, 128)))


def convolution(name, x, outputs, window, stride=1, padding=0, dilation=1, groups=1):
    f = lambda x, w: F.conv2d(x, w, None, stride, padding, dilation, groups).square().sum()
    report(name, lambda: gradients(f, normal(*x), normal(outputs, x[1] // groups, window, window)))


convolution("rel-depthwise-8x64x28", (8, 64, 28, 28), 64, 3, padding=1, groups=64)
convolution("rel-grouped-8x64x28-g4", (8, 64, 28, 28), 64, 3, padding=1, groups=4)
convolution("rel-strided-8x32x56", (8, 32, 56, 56), 64, 3, stride=2, padding=1)
convolution("rel-dilated-4x32x32", (4, 32, 32, 32), 32, 3, padding=2, dilation=2)
convolution("rel-pointwise-8x128x28", (8, 128, 28, 28), 128, 1)
convolution("rel-5x5-8x32x28", (8, 32, 28, 28), 32, 5, padding=2)
convolution("rel-7x7s2-4x3x112", (4, 3, 112, 112), 32, 7, stride=2, padding=3)
report("rel-conv1d-16x32x256",
       lambda: training(nn.Sequential(nn.Conv1d(32, 64, 5, padding=2), nn.ReLU()), normal(16, 32, 256)))
report("rel-groupnorm-16x64x28",
       lambda: training(nn.Sequential(nn.GroupNorm(8, 64), nn.GroupNorm(8, 64)), normal(16, 64, 28, 28)))
report("rel-layernorm-8192x256",
       lambda: gradients(lambda x, w, g, b: (F.layer_norm(x, (256,), g, b) * w).sum(), normal(8192, 256),
                         normal(8192, 256), normal(256), normal(256)))
report("rel-rmsnorm-swiglu-b512-d256", lambda: training(Gated(), normal(512, 256)))
report("rel-nll-2048x1000",
       lambda: gradients(lambda x: F.cross_entropy(x, torch.arange(2048) * 7 % 1000), normal(2048, 1000)))
report("rel-maxpool-16x32x64",
       lambda: gradients(lambda x: F.max_pool2d(x, 2).square().sum(), normal(16, 32, 64, 64)))

product = lambda x, y: (x @ y).square().sum()
double = torch.float64
report("rel-bmm-2000x9x9", lambda: gradients(product, normal(2000, 9, 9), normal(2000, 9, 9)))
report("rel-bmm-256x48x48-f64",
       lambda: gradients(product, normal(256, 48, 48, dtype=double), normal(256, 48, 48, dtype=double)))
report("rel-embedding-10k-64-b4096-repeated",
       lambda: training(nn.Embedding(10_000, 64, sparse=True), torch.randint(0, 500, (4096,))))


def logistic_hessian():
    x, w = normal(500, 50, dtype=double), normal(50, dtype=double)
    hessian = torch.func.hessian(lambda w: F.softplus(x @ w).sum())
    return lambda: hessian(w)


report("rel-hessian-logistic-50-f64", logistic_hessian)
layers = lambda: nn.Sequential(nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 10))
report("rel-mlp-f64-256x4-b64", lambda: training(layers().double(), normal(64, 256, dtype=double)))
report("rel-gelu-mlp-b256-d256",
       lambda: training(nn.Sequential(nn.Linear(256, 1024), nn.GELU(), nn.Linear(1024, 256)), normal(256, 256)))
report("rel-cumsum-softplus-4096x256",
       lambda: gradients(lambda x: F.softplus(x).cumsum(1).square().mean(), normal(4096, 256)))
