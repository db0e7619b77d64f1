#!/usr/bin/env python3
"""PyTorch and JAX on the variants that chainrule-bench runs under the same names; prints lines as peers.py does."""
import argparse, json, os, statistics, sys, time

ap = argparse.ArgumentParser()
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--only", default="")
ap.add_argument("--peers", default="")
args = ap.parse_args()
os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:args.threads]))
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(args.threads)

import jax, jax.numpy as jnp, numpy as np, torch
import torch.nn.functional as F
from torch import nn
torch.set_num_threads(args.threads)
rng = np.random.default_rng(0)
f32 = lambda *s: rng.standard_normal(s).astype(np.float32)


def clock(call, done=lambda r: r):
    for _ in range(3): done(call())
    t = time.perf_counter(); done(call()); once = time.perf_counter() - t
    inner, samples = max(1, int(0.15 / max(once, 1e-9))), []
    for _ in range(7):
        t = time.perf_counter()
        for _ in range(inner): r = call()
        done(r)
        samples.append((time.perf_counter() - t) / inner)
    return statistics.median(samples)


def report(workload, peer, call, done=lambda r: r):
    if args.only and workload not in args.only.split(","): return
    try:
        line = {"workload": workload, "peer": peer, "threads": args.threads, "seconds": clock(call, done)}
        print(json.dumps(line), flush=True)
    except Exception as e:
        print(json.dumps({"workload": workload, "peer": peer, "error": repr(e)[:200]}), file=sys.stderr, flush=True)


# ---------------------------------------------------------------- torch
def torch_step(model, loss, compiled, rate=0.1):
    forward = torch.compile(model) if compiled else model
    optimizer = torch.optim.SGD(model.parameters(), rate, foreach=True)

    def step():
        optimizer.zero_grad(); l = loss(forward); l.backward(); optimizer.step(); return l
    return step


class Block(nn.Module):
    def __init__(s, d=192, h=6):
        super().__init__(); s.h = h
        s.n1, s.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        s.qkv, s.o, s.u, s.dn = nn.Linear(d, 3 * d), nn.Linear(d, d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(s, x):
        b, t, d = x.shape
        q, k, v = s.qkv(s.n1(x)).reshape(b, t, 3, s.h, d // s.h).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + s.o(a.transpose(1, 2).reshape(b, t, d))
        return x + s.dn(F.silu(s.u(s.n2(x))))


small, large = (96, 40, 12), (600, 200, 100, 20)
for peer, compiled in (("torch", False), ("torch-compile", True)):
    x, y = torch.tensor(f32(48, 96)), torch.tensor(f32(48, 12))
    m = nn.Sequential(nn.Linear(96, 40), nn.Tanh(), nn.Linear(40, 12))
    report("variant-mlp-96-40-12-b48-tanh-mse", peer, torch_step(m, lambda f, x=x, y=y: F.mse_loss(f(x), y), compiled))
    x2, y2 = torch.tensor(f32(96, 600)), torch.tensor(rng.integers(0, 20, 96))
    m = nn.Sequential(nn.Linear(600, 200), nn.Sigmoid(), nn.Linear(200, 100), nn.Sigmoid(), nn.Linear(100, 20))
    report("variant-mlp-600-200-100-20-b96-sigmoid", peer,
           torch_step(m, lambda f, x=x2, y=y2: F.cross_entropy(f(x), y), compiled))
    xs = torch.tensor(f32(700_000), requires_grad=True)
    f = lambda x: (F.softplus(x) * torch.sin(x) + torch.log(1 + x * x)).sum()
    g = torch.compile(f) if compiled else f

    def elementwise():
        xs.grad = None; g(xs).backward(); return xs.grad
    report("variant-elementwise-700k", peer, elementwise)
    xb = torch.tensor(f32(4, 96, 192))
    report("variant-transformer-b4-t96-d192-silu", peer,
           torch_step(Block(), lambda f: f(xb).square().mean(), compiled, 1e-3))

# ---------------------------------------------------------------- jax
block = jax.block_until_ready


def trainer(loss, ps, *data, lr=np.float32(.1)):
    @jax.jit
    def step(ps):
        l, g = jax.value_and_grad(loss)(ps, *data)
        return jax.tree.map(lambda p, g: p - lr * g, ps, g), l
    box = [ps]

    def call():
        box[0], l = step(box[0]); return l
    return call


def parameters(sizes):
    return [(jnp.asarray(f32(i, o) * np.float32((2 / i) ** .5)), jnp.zeros(o, jnp.float32))
            for i, o in zip(sizes, sizes[1:])]


def network(activation):
    def run(ps, x):
        for k, (w, b) in enumerate(ps):
            x = x @ w + b
            if k < len(ps) - 1: x = activation(x)
        return x
    return run


def cross_entropy(logits, y):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()


tanh, sigmoid = network(jnp.tanh), network(jax.nn.sigmoid)
report("variant-mlp-96-40-12-b48-tanh-mse", "jax",
       trainer(lambda p, x, y: jnp.square(tanh(p, x) - y).mean(), parameters(small), f32(48, 96), f32(48, 12)), block)
report("variant-mlp-600-200-100-20-b96-sigmoid", "jax",
       trainer(lambda p, x, y: cross_entropy(sigmoid(p, x), y), parameters(large), f32(96, 600),
               rng.integers(0, 20, 96)), block)
gj = jax.jit(jax.grad(lambda x: (jax.nn.softplus(x) * jnp.sin(x) + jnp.log(1 + x * x)).sum()))
xj = jnp.asarray(f32(700_000))
report("variant-elementwise-700k", "jax", lambda: gj(xj), block)

d, h = 192, 6
w = lambda *s: jnp.asarray(f32(*s) * np.float32(.05))
zeros, ones = (lambda n: jnp.zeros(n, jnp.float32)), (lambda n: jnp.ones(n, jnp.float32))
p = dict(g1=ones(d), b1=zeros(d), g2=ones(d), b2=zeros(d), qkv=w(d, 3 * d), qb=zeros(3 * d), o=w(d, d), ob=zeros(d),
         u=w(d, 4 * d), ub=zeros(4 * d), dn=w(4 * d, d), db=zeros(d))
mask = jnp.where(jnp.tril(jnp.ones((96, 96), bool)), np.float32(0), np.float32(-1e9))


def norm(x, g, b):
    m = x.mean(-1, keepdims=True); v = ((x - m) ** 2).mean(-1, keepdims=True)
    return (x - m) * jax.lax.rsqrt(v + np.float32(1e-5)) * g + b


def transformer(p, x):
    b, t, d = x.shape
    qkv = (norm(x, p["g1"], p["b1"]) @ p["qkv"] + p["qb"]).reshape(b, t, 3, h, d // h)
    q, k, v = jnp.moveaxis(qkv, 2, 0).transpose(0, 1, 3, 2, 4)
    a = jax.nn.softmax(q @ k.swapaxes(-1, -2) * np.float32((d // h) ** -.5) + mask) @ v
    x = x + a.transpose(0, 2, 1, 3).reshape(b, t, d) @ p["o"] + p["ob"]
    x = x + jax.nn.silu(norm(x, p["g2"], p["b2"]) @ p["u"] + p["ub"]) @ p["dn"] + p["db"]
    return (x * x).mean()


report("variant-transformer-b4-t96-d192-silu", "jax",
       trainer(transformer, p, jnp.asarray(f32(4, 96, 192)), lr=np.float32(1e-3)), block)
