"""Reference numbers for PortedProgramTests: three public programs, in JAX and in double precision.

  pip install jax && python ported.py > ported.json

The Gaussian process is JAX's own example (examples/gaussian_process_regression.py), the smoother that of dynamax
(linear_gaussian_ssm/inference.py, with its psd_solve), the sort SoftSort (Prillo and Eisenschlos 2020). Inputs are waves,
so that no file has to hold them: element i of wave(shape, a, b) is 0.4·sin(a·i + b).
"""
import json
import pathlib
import sys

import jax
import jax.numpy as np
from jax import vmap
from jax.scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from jax.scipy.stats import multivariate_normal

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from waves import gradients, numbers, wave  # noqa: E402


def cov_map(cov_func, xs, xs2=None):
    if xs2 is None:
        return vmap(lambda x: vmap(lambda y: cov_func(x, y))(xs))(xs)
    return vmap(lambda x: vmap(lambda y: cov_func(x, y))(xs))(xs2).T


def exp_quadratic(x1, x2):
    return np.exp(-np.sum((x1 - x2) ** 2))


def softplus(x):
    return np.logaddexp(x, 0.0)


def gp(params, x, y, xtest=None):
    amp, noise, ls = [softplus(p) for p in params]
    ymean = np.mean(y)
    y = y - ymean
    x = x / ls
    train_cov = amp * cov_map(exp_quadratic, x) + np.eye(len(x)) * (noise + 1e-6)
    chol = cholesky(train_cov, lower=True)
    kinvy = solve_triangular(chol.T, solve_triangular(chol, y, lower=True))
    if xtest is None:
        ml = np.sum(-0.5 * np.dot(y.T, kinvy) - np.sum(np.log(np.diag(chol))) - (len(x) / 2.0) * np.log(2.0 * np.pi))
        return -(ml - np.sum(-0.5 * np.log(2 * np.pi) - np.log(amp) ** 2))
    xtest = xtest / ls
    cross_cov = amp * cov_map(exp_quadratic, x, xtest)
    mu = np.dot(cross_cov.T, kinvy) + ymean
    v = solve_triangular(chol, cross_cov, lower=True)
    return mu, amp * cov_map(exp_quadratic, xtest) - np.dot(v.T, v)


def trained(params, x, y):
    momentums, scales = np.zeros(3), np.ones(3)
    for _ in range(20):
        g = jax.grad(gp)(params, x, y)
        momentums, scales = 0.9 * momentums + 0.1 * g, 0.9 * scales + 0.1 * g**2
        params = params - 0.01 * momentums / np.sqrt(scales + 1e-5)
    return params


def psd_solve(a, b, boost=1e-9):
    a = 0.5 * (a + a.T) + boost * np.eye(len(a))
    return cho_solve(cho_factor(a, lower=True), b)


def smoother(f, h, ys):
    mean, cov = np.zeros(3), np.eye(3)
    b, d = wave((3,), 0.9, 0.4), wave((2,), 1.4, 0.2)
    q, r = 0.1 * np.eye(3), 0.2 * np.eye(2) + 0.05

    def forth(carry, y):
        ll, m, p = carry
        ll += multivariate_normal.logpdf(y, h @ m + d, h @ p @ h.T + r)
        s = r + h @ p @ h.T
        k = psd_solve(s, h @ p).T
        pf = p - k @ s @ k.T
        mf, pf = m + k @ (y - d - h @ m), 0.5 * (pf + pf.T)
        return (ll, f @ mf + b, f @ pf @ f.T + q), (mf, pf)

    (ll, _, _), (ms, ps) = jax.lax.scan(forth, (0.0, mean, cov), ys)

    def back(carry, row):
        next_m, next_p = carry
        m, p = row
        g = psd_solve(q + f @ p @ f.T, f @ p).T
        sm = m + g @ (next_m - f @ m - b)
        sp = p + g @ (next_p - f @ p @ f.T - q) @ g.T
        return (sm, sp), (sm, sp, g @ next_p + np.outer(sm, next_m))

    _, (sms, sps, cross) = jax.lax.scan(back, (ms[-1], ps[-1]), (ms[:-1], ps[:-1]), reverse=True)
    return -ll + 0.1 * np.sum(sms**2) + 0.1 * np.trace(sps, axis1=1, axis2=2).sum() + 0.1 * np.sum(cross**2)


def softsort(scores, tau, power, hard):
    scores = scores[..., None]
    ordered = -np.sort(-scores, axis=1)
    p = jax.nn.softmax(-(np.abs(np.swapaxes(scores, 1, 2) - ordered) ** power) / tau, -1)
    if hard:
        p = jax.lax.stop_gradient(jax.nn.one_hot(np.argmax(p, -1), p.shape[-1]) - p) + p
    return p


def ranking(scores, hard):
    p = softsort(scores, 0.3, 2.0, hard)
    weights = wave((5,), 1.1, 0.6)
    return np.sum((np.einsum("bij,bj->bi", p, scores) - np.sort(scores, -1)[..., ::-1] * weights) ** 2)


x, y = 1 + 4 * np.abs(wave((7, 1), 2.3, 0.1)), 2 * wave((7, 1), 0.8, 0.1)
params, xtest = np.array([0.0, -5.0, 0.0]), np.linspace(0, 2, 5)[:, None]
mu, var = gp(params, x, y, xtest)
print(json.dumps({
    "process": gradients(gp, params, x, y), "trained": numbers(trained(params, x, y)), "mean": numbers(mu),
    "variance": numbers(var), "smoother": gradients(smoother, np.eye(3) + wave((3, 3), 1.3, 0.2), np.eye(2, 3) + wave((2, 3), 0.7, 0.5), wave((9, 2), 0.6, 0.2)),
    "soft": gradients(lambda s: ranking(s, False), wave((3, 5), 2.1, 0.3)),
    "hard": gradients(lambda s: ranking(s, True), wave((3, 5), 2.1, 0.3)),
}))
