"""Reference numbers for TransformationProgramTests: five programs and a series, by JAX in double precision.

  pip install jax==0.4.* && python transformations.py > transformations.json

Inputs are waves, so that no file has to hold them: element i of wave(shape, a, b) is 0.4·sin(a·i + b).
"""
import json

import jax
import jax.numpy as np
from jax.experimental.jet import jet
from jax.experimental.ode import odeint

from waves import gradients, numbers, wave


def lstm(w, u, b, xs):
    def step(state, x):
        h, c = state
        z = x @ w + h @ u + b
        i, f, g, o = np.split(z, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * np.tanh(g)
        h = jax.nn.sigmoid(o) * np.tanh(c)
        return (h, c), h

    zeros = np.zeros((2, 3))
    _, hs = jax.lax.scan(step, (zeros, zeros), xs)
    return np.sum(hs**2)


def kalman(logs, ys):
    """Minus the log-likelihood of positions with noise, for a body of nearly constant speed."""
    q, r = np.exp(logs[0]), np.exp(logs[1])
    f = np.array([[1.0, 0.1], [0.0, 1.0]])
    noise = q * np.array([[0.1**3 / 3, 0.1**2 / 2], [0.1**2 / 2, 0.1]])

    def step(state, y):
        m, p = state
        m, p = f @ m, f @ p @ f.T + noise
        s, e = p[0, 0] + r, y - m[0]
        k = p[:, 0] / s
        return (m + k * e, p - np.outer(k, p[0])), 0.5 * (np.log(2 * np.pi * s) + e**2 / s)

    _, parts = jax.lax.scan(step, (np.zeros(2), np.eye(2)), ys)
    return np.sum(parts)


def flow(w, v, xs):
    """Minus the log-density of points under four affine couplings of two coordinates."""

    def layer(state, weights):
        (a, b), total = state
        w, v = weights
        h = np.tanh(np.outer(a, w[0]) + w[1])
        s, t = np.tanh(h @ v[0]), h @ v[1]
        return ((b * np.exp(s) + t, a), total + s), None

    (z, total), _ = jax.lax.scan(layer, ((xs[:, 0], xs[:, 1]), np.zeros(xs.shape[0])), (w, v))
    return -np.mean(-0.5 * (z[0] ** 2 + z[1] ** 2) - np.log(2 * np.pi) + total)


def neural_ode(w1, w2, y0):
    ys = odeint(lambda y, t, w1, w2: np.tanh(y @ w1) @ w2, y0, np.array([0.0, 0.5, 1.5]), w1, w2, rtol=1e-11, atol=1e-12)
    return np.sum(ys**2)


def equilibrium(w, x):
    z = np.zeros(4)
    for _ in range(300):
        z = np.tanh(w @ z + x)
    return np.sum(z * np.arange(1.0, 5.0))


def clipped(w, c, xs, ys):
    loss = lambda w, c, x, y: -np.sum(y * jax.nn.log_softmax(x @ w + c))
    gw, gc = jax.vmap(jax.grad(loss, argnums=(0, 1)), in_axes=(None, None, 0, 0))(w, c, xs, ys)
    scale = 1 / np.maximum(1, np.sqrt(np.sum(gw**2, axis=(1, 2)) + np.sum(gc**2, axis=1)) / 0.5)
    return [numbers(np.sum(gw * scale[:, None, None], axis=0)), numbers(np.sum(gc * scale[:, None], axis=0))]


def series(order):
    ws = wave((10, 4, 4), 1.3, 0.2) * 2

    def f(x):
        for w in ws:
            x = np.tanh(w @ x)
        return x

    x, direction = wave((4,), 1.0, 0.3), wave((4,), 2.0, 1.0)
    terms = [direction] + [np.zeros(4)] * (order - 1)
    first, rest = jet(f, (x,), (terms,))
    factorial, rows = 1.0, [numbers(first)]
    for k, row in enumerate(rest, 1):
        factorial *= k
        rows.append(numbers(row / factorial))
    return rows


onehot = np.eye(3)[np.arange(6) % 3]
print(json.dumps({
    "lstm": gradients(lstm, wave((5, 12), 0.7, 0.1), wave((3, 12), 1.1, 0.4), wave((12,), 0.3, 0.0), wave((7, 2, 5), 0.9, 0.2)),
    "kalman": gradients(kalman, np.array([-1.0, -2.0]), wave((20,), 0.31, 0.5)),
    "flow": gradients(flow, wave((4, 2, 5), 0.8, 0.1), wave((4, 2, 5), 1.7, 0.6), wave((6, 2), 1.3, 0.9) * 2),
    "neuralODE": gradients(neural_ode, wave((2, 6), 0.9, 0.3) * 2, wave((6, 2), 1.9, 0.1) * 2, np.array([0.5, -1.0])),
    "equilibrium": gradients(equilibrium, wave((4, 4), 1.2, 0.5), wave((4,), 0.8, 0.2)),
    "clipped": clipped(wave((4, 3), 0.6, 0.1), wave((3,), 0.5, 0.7), wave((6, 4), 1.4, 0.3) * 3, onehot),
    "series": series(8),
}))
