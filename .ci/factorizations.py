"""Factorizations and their gradients beside JAX: both take turns, the shortest time of each counts."""
import subprocess
import sys
import time

import jax
import jax.numpy as np
import jax.scipy.linalg as linalg

jax.config.update("jax_enable_x64", True)
NAMES = ["cholesky", "solve", "lu", "qr", "eigh", "svd", "eigenvalues", "singularValues"]


def numbers(n, start):
    places = np.arange(n * n, dtype=np.float64)
    return np.sin(0.7351 * places * places + start).reshape(n, n)


def loss(name, n):
    w = numbers(n, 0.7)
    v, one = w[0], np.eye(n)

    def of(a):
        if name == "cholesky":
            return (np.linalg.cholesky(a @ a.T / n + 2 * one) * w).sum()
        if name == "solve":
            return (np.linalg.solve(a + n * one, w) * w).sum()
        if name == "lu":
            _, l, u = linalg.lu(a)
            return (l * w).sum() + (u * w).sum()
        if name == "qr":  # with a positive diagonal of R
            q, r = np.linalg.qr(a)
            s = np.sign(np.diag(r))
            return (q * s * w).sum() + (r * s[:, None] * w).sum()
        if name == "eigh":
            s, q = np.linalg.eigh(a, symmetrize_input=True)
            return (s * v).sum() + (q**2 * w).sum()
        if name == "svd":
            q, s, r = np.linalg.svd(a, full_matrices=False)
            return (s * v).sum() + (q**2 * w).sum() + (r.T**2 * w).sum()
        if name == "eigenvalues":
            return (np.linalg.eigvalsh(a) * v).sum()
        return (np.linalg.svd(a, compute_uv=False) * v).sum()

    return of


ours = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def run(line):
    ours.stdin.write(line + "\n")
    ours.stdin.flush()
    return [float(word) for word in ours.stdout.readline().split()]


print("name              n   value: JAX ms, here, ratio      gradient: JAX ms, here, ratio")
for n in [int(size) for size in sys.argv[2].split(",")]:
    x, rounds = numbers(n, 0.3), max(3, min(60, 4000 // n))
    for name in sys.argv[3].split(",") if sys.argv[3] else NAMES:
        cells = []
        for kind in ["value", "gradient"]:
            f = jax.jit(loss(name, n) if kind == "value" else jax.value_and_grad(loss(name, n)))
            line, first = f"{name} {n} {kind}", jax.block_until_ready(f(x))
            own, value = run(line), first if kind == "value" else first[0]
            length = 0 if kind == "value" else float((first[1] ** 2).sum())
            wrong = abs(own[1] - value) > 1e-8 * max(1, abs(value)) or abs(own[2] - length) > 1e-6 * max(1, length)
            if wrong:
                sys.exit(f"{line}: JAX has {value}, {length}, here are {own[1:]}")
            theirs, mine = [], []
            for _ in range(rounds):
                start = time.perf_counter()
                jax.block_until_ready(f(x))
                theirs.append(time.perf_counter() - start)
                mine.append(run(line)[0])
            cells.append(f"{min(theirs) * 1e3:9.3f} {min(mine) * 1e3:9.3f} {min(mine) / min(theirs):6.2f}")
        print(f"{name:14} {n:5}   {cells[0]}      {cells[1]}", flush=True)
