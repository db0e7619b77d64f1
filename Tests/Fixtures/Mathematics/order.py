"""Reference numbers for the tests of order, borders, interpolation and transforms: NumPy, SciPy and JAX in double.

  pip install numpy scipy jax && python order.py > order.json

What is not finite is written as "nan", "inf", "-inf".
"""
import json

import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import CubicSpline

jax.config.update("jax_enable_x64", True)
nan, inf = float("nan"), float("inf")


def numbers(array):
    flat = np.asarray(array, dtype=np.float64).reshape(-1).tolist()
    return [str(x) if not np.isfinite(x) else x for x in flat]


def wave(n, a, b):
    return np.sin(a * np.arange(n) + b)


rows = {
    "ties": [3, 1, 2, 1, 3, -0.0, 0.0],
    "nan": [2, nan, -1, inf, nan, -inf, 0],
    "one": [4.5],
    "wave": wave(40, 1.7, 0.3).tolist(),
}
order = []
for name, row in rows.items():
    row = np.array(row)
    order.append({
        "name": name, "row": numbers(row), "argsort": np.argsort(row, kind="stable").tolist(),
        "sorted": numbers(np.sort(row, kind="stable")), "argmin": int(np.argmin(row)),
        "cumulativeMaximum": numbers(np.maximum.accumulate(row)),
        "cumulativeProduct": numbers(np.cumprod(row)),
    })

quantiles = []
for n in [1, 2, 5, 6, 11]:
    row = wave(n, 2.3, 0.7)
    quantiles.append({
        "row": numbers(row), "q": [0, 0.1, 0.25, 0.5, 0.77, 0.9, 1],
        "quantiles": numbers(np.quantile(row, [0, 0.1, 0.25, 0.5, 0.77, 0.9, 1])), "median": float(np.median(row)),
    })

row = np.array([-2.0, 0, 0, 1, 5])
probes = np.array([-3, -2, -1, 0, 0.5, 1, 5, 6, nan])
search = {
    "row": numbers(row), "numbers": numbers(probes), "left": np.searchsorted(row, probes, "left").tolist(),
    "right": np.searchsorted(row, probes, "right").tolist(),
}

weights = jnp.array([1.0, -2.0, 0.5, 3.0])
products = []
for row in [[0.5, -2.0, 3.0, 1.5], [0.5, 0.0, 3.0, 1.5], [0.5, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 2.0]]:
    # The derivative is taken of products written out: no division, so that zeros are exact.
    def f(x):
        out, product = [], 1.0
        for i in range(4):
            product = product * x[i]
            out.append(product)
        return jnp.sum(weights * jnp.stack(out))

    x = jnp.array(row)
    products.append({
        "row": row, "gradient": numbers(jax.grad(f)(x)), "hessian": numbers(jax.hessian(f)(x)),
    })

sums = []
for row in [[0.3, -1.2, 2.0, 0.7], [1000.0, -1000.0, 1001.0, 999.0], [-inf, 0.5, -inf, 1.0]]:
    x = jnp.array(row)
    f = lambda x: jnp.sum(weights * jnp.stack([jax.scipy.special.logsumexp(x[:i + 1]) for i in range(4)]))
    finite = lambda x: jnp.sum(weights[1:] * jnp.stack([jax.scipy.special.logsumexp(x[:i + 1]) for i in range(1, 4)]))
    sums.append({
        "row": numbers(row), "values": numbers([jax.scipy.special.logsumexp(x[:i + 1]) for i in range(4)]),
        "gradient": numbers(jax.grad(f if np.isfinite(row[0]) else finite)(x)),
    })

borders = []
grid = np.arange(6.0).reshape(2, 3)
for mode in ["constant", "edge", "reflect", "symmetric", "wrap"]:
    for widths in [((1, 2), (2, 1)), ((5, 0), (0, 7)), ((0, 0), (3, 3))]:
        borders.append({
            "mode": mode, "before": [w[0] for w in widths], "after": [w[1] for w in widths],
            "padded": numbers(np.pad(grid, widths, mode=mode)),
        })

splines = []
for places in [[0, 1], [0, 1, 3], [0, 0.5, 2, 3], [-1, 0, 0.25, 2, 2.5, 4, 7]]:
    places = np.array(places, dtype=float)
    values = wave(len(places), 1.9, 0.4)
    x = np.array([places[0] - 0.7, places[0], places[0] + 0.1, (places[0] + places[-1]) / 2, places[-1], places[-1] + 0.3])
    case = {"places": numbers(places), "values": numbers(values), "x": numbers(x)}
    case["linear"] = numbers(np.interp(x, places, values))
    for name, kind in [("cubic", "not-a-knot"), ("naturalCubic", "natural")]:
        curve = CubicSpline(places, values, bc_type=kind)
        case[name] = numbers(curve(x))
        case[name + "Slopes"] = numbers(curve(x, 1))
        # Linear in the values: the gradient by each is the curve through a one in its place.
        case[name + "Weights"] = numbers(
            [CubicSpline(places, unit, bc_type=kind)(x).sum() for unit in np.eye(len(places))])
    splines.append(case)

transforms = []
for n in list(range(1, 65)) + [97, 1000, 4096, 10007]:
    y = np.fft.fft(wave(n, 1.3, 0.2) + 1j * wave(n, 0.7, 1.1))
    places = sorted({0, 1 % n, n // 2, n - 1})
    transforms.append({
        "length": n, "places": places, "real": numbers(y.real[places]), "imaginary": numbers(y.imag[places]),
        "norm": float(np.linalg.norm(y)),
    })



def spectral(x):
    magnitudes = lambda x: jnp.log(jnp.abs(jnp.fft.rfft(x)) + 1e-3)
    return jnp.mean(jnp.abs(magnitudes(x) - magnitudes(jnp.array(wave(16, 0.8, 1)))))


loss, slopes = jax.value_and_grad(spectral)(jnp.array(wave(16, 1.7, 0.3)))

print(json.dumps({
    "order": order, "quantiles": quantiles, "search": search, "products": products, "sums": sums, "borders": borders,
    "splines": splines, "transforms": transforms, "spectralLoss": {"value": float(loss), "gradient": numbers(slopes)},
}))
