"""Reference numbers for the tests of linear algebra, by JAX, NumPy and SciPy in double precision.

  pip install "jax==0.4.*" scipy && python linear_algebra.py > linear_algebra.json

Inputs are waves, so that no file has to hold them: element i of wave(shape, a, b) is sin(a·i² + b). What is only defined
up to a choice of signs enters squared or in products in which the choice cancels.
"""
import json

import jax
import jax.numpy as np
import jax.scipy.linalg as linalg
import scipy.linalg

jax.config.update("jax_enable_x64", True)


def wave(shape, a, b):
    count = 1
    for length in shape:
        count *= length
    return np.sin(a * np.arange(count, dtype=np.float64) ** 2 + b).reshape(shape)


def numbers(value):
    return [float("%.17g" % x) for x in np.asarray(value, dtype=np.float64).reshape(-1).tolist()]


def gradients(f, *arguments):
    value, found = jax.value_and_grad(f, argnums=tuple(range(len(arguments))))(*arguments)
    return {"value": float(value), "gradients": [numbers(g) for g in found]}


n = 5
general = wave((n, n), 1.3, 0.2) + 0.5 * np.eye(n)
definite = general @ general.T + np.eye(n)
symmetric = general + general.T
right = wave((n, 2), 0.7, 0.4)
weights = wave((n, n), 0.9, 1.1)
tall = wave((6, 3), 1.7, 0.3)
weigh = lambda x: (x * wave(x.shape, 0.37, 0.6)).sum()


def cholesky(a):
    return weigh(np.linalg.cholesky((a + a.T) / 2))


def vectors(a):
    values, v = np.linalg.eigh((a + a.T) / 2)
    return weigh(values) + weigh(v**2)


def singular(a):
    u, s, v = np.linalg.svd(a, full_matrices=False)
    return weigh(s) + weigh(u**2) + weigh(u @ v)


def orthogonal(a):
    q, r = np.linalg.qr(a)
    return weigh(q**2) + weigh(r**2)


def triangular(a):
    _, l, u = linalg.lu(a)
    return weigh(l) + weigh(u)


functions = {
    "cholesky": gradients(cholesky, definite),
    "triangularSolve": gradients(lambda t, b: weigh(linalg.solve_triangular(np.tril(t), b, lower=True)), definite, right),
    "solve": gradients(lambda a, b: weigh(np.linalg.solve(a, b)), general, right),
    "inverse": gradients(lambda a: weigh(np.linalg.inv(a)), general),
    "determinant": gradients(lambda a: np.linalg.det(a), general),
    "logDeterminant": gradients(lambda a: np.linalg.slogdet(a)[1], general),
    "lu": gradients(triangular, general),
    "qr": gradients(orthogonal, tall),
    "eigh": gradients(vectors, symmetric),
    "svd": gradients(singular, tall),
    "svdOfWide": gradients(lambda a: singular(a.T), tall.T),
    "pseudoInverse": gradients(lambda a: weigh(np.linalg.pinv(a)), tall),
    "leastSquares": gradients(lambda a, b: weigh(np.linalg.lstsq(a, b)[0]), tall, wave((6,), 0.5, 0.1)),
    "matrixPower": gradients(lambda a: weigh(np.linalg.matrix_power(a, 5)), 0.4 * general),
    "inversePower": gradients(lambda a: weigh(np.linalg.matrix_power(a, -3)), general),
    "nuclear": gradients(lambda a: np.linalg.norm(a, "nuc"), tall),
    "spectral": gradients(lambda a: np.linalg.norm(a, 2), tall),
    "frobenius": gradients(lambda a: np.linalg.norm(a), tall),
    "kronecker": gradients(lambda a, b: weigh(np.kron(a, b)), tall, right),
    "einsum": gradients(lambda a, b, c: np.einsum("ij,kj,kl->", a, b, c), tall, weights[:, :3], right),
    "einsumOfBatches": gradients(
        lambda a, b: weigh(np.einsum("...ij,...jk->k...i", a, b)), wave((2, 3, 4), 0.8, 0), wave((2, 4, 2), 0.6, 0.3)),
    "einsumOfDiagonals": gradients(lambda a, b: weigh(np.einsum("iij,ji->j", a, b)), wave((3, 3, 2), 1.1, 0), wave((2, 3), 0.4, 0)),
}

# The gradient of the exponential by SciPy: Fréchet derivatives along the unit matrices.
a = 0.8 * general
along = [[0.0] * n for _ in range(n)]
for i in range(n):
    for j in range(n):
        e = np.zeros((n, n)).at[i, j].set(1)
        along[i][j] = float(weigh(np.asarray(scipy.linalg.expm_frechet(a, e)[1])))
functions["matrixExponential"] = {"value": float(weigh(np.asarray(scipy.linalg.expm(a)))), "gradients": [numbers(along)]}


# ——— programs, ported line by line in LinearAlgebraProgramTests ———
def gaussian_process(logs, x, y):
    """Minus the log marginal likelihood with the kernel s² exp(−d²/2l²) + σ²."""
    length, scale, noise = np.exp(logs)
    d = (x[:, None] - x[None, :]) / length
    k = scale**2 * np.exp(-0.5 * d**2) + noise**2 * np.eye(len(x))
    l = np.linalg.cholesky(k)
    z = linalg.solve_triangular(l, y, lower=True)
    return 0.5 * z @ z + np.log(np.diag(l)).sum() + 0.5 * len(x) * np.log(2 * np.pi)


def smoother(logs, f, h, ys):
    """Minus a Kalman filter's log-likelihood, and the sum of squares of the means that Rauch, Tung and Striebel smooth."""
    q, r = np.exp(logs[0]) * np.eye(2), np.exp(logs[1]) * np.eye(2)

    def step(state, y):
        m, p = state
        m, p = f @ m, f @ p @ f.T + q
        s = h @ p @ h.T + r
        gain = np.linalg.solve(s, h @ p).T
        e = y - h @ m
        loss = 0.5 * (e @ np.linalg.solve(s, e) + np.linalg.slogdet(s)[1] + 2 * np.log(2 * np.pi))
        filtered = (m + gain @ e, p - gain @ s @ gain.T)
        return filtered, (loss, m, p) + filtered

    _, (losses, mp, pp, mf, pf) = jax.lax.scan(step, (np.zeros(2), np.eye(2)), ys)

    def back(state, row):
        m, p = state
        mf, pf, mp, pp = row
        g = np.linalg.solve(pp, f @ pf).T
        m, p = mf + g @ (m - mp), pf + g @ (p - pp) @ g.T
        return (m, p), (m, p)

    _, (ms, ps) = jax.lax.scan(back, (mf[-1], pf[-1]), (mf[:-1], pf[:-1], mp[1:], pp[1:]), reverse=True)
    return losses.sum() + 0.1 * (ms**2).sum() + 0.1 * np.trace(ps, axis1=1, axis2=2).sum()


def clustering(x, labels):
    """How far the span of the first vectors of a graph's Laplacian is from that of the labels (Bach and Jordan 2003)."""
    d = ((x[:, None, :] - x[None, :, :]) ** 2).sum(-1)
    w = np.exp(-0.5 * d)
    degree = w.sum(1)
    laplacian = np.eye(len(x)) - w / np.sqrt(degree[:, None] * degree[None, :])
    v = np.linalg.eigh(laplacian)[1][:, :2]
    e = labels / np.sqrt(labels.sum(0))
    return 0.5 * ((v @ v.T - e @ e.T) ** 2).sum()


labels = np.eye(2)[np.array([0, 0, 1, 0, 1, 1, 0, 1])]
programs = {
    "gaussianProcess": gradients(gaussian_process, np.array([-0.3, 0.2, -1.5]), np.linspace(0, 3, 12), wave((12,), 0.8, 0.1)),
    "smoother": gradients(
        smoother, np.array([-1.0, -0.5]), np.array([[1.0, 0.2], [-0.1, 0.9]]), np.array([[1.0, 0.3], [0.0, 1.0]]),
        wave((7, 2), 0.6, 0.2)),
    "clustering": gradients(clustering, 2 * wave((8, 2), 1.9, 0.7), labels),
}
programs["clustering"]["gradients"] = programs["clustering"]["gradients"][:1]
print(json.dumps({"functions": functions, "programs": programs}))
