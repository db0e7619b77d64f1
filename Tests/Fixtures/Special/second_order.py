#!/usr/bin/env python3
"""Values, first and second derivatives of the special functions, computed with 50 digits (mpmath), tails included.

    python3 second_order.py        writes second_order.json: operands, value, gradient, upper triangle of the Hessian

Beside each function stands the largest error of SciPy's value at the same points, in units in the last place.
"""
import json
import math
import pathlib
import random

import mpmath
from mpmath import mp, mpf

from functions import *

mp.dps = 50
ROWS = 24
pi, exp, log, sqrt, psi = mpmath.pi, mpmath.exp, mpmath.log, mpmath.sqrt, mpmath.polygamma
dice = random.Random("second order")
U = dice.uniform
spread = lambda low, high: math.exp(U(math.log(low), math.log(high)))
either = lambda *choices: dice.choice(choices)()
one = lambda f: lambda: [f()]


def normal(x):
    h, r = mpmath.npdf(x) / normal_cdf(x), mills_ratio(mpf(1), x)
    return [log_normal_cdf(x), h, -h * r]


def inverse_erf(x):
    y = mpmath.erfinv(x)
    s = sqrt(pi) / 2 * exp(y * y)
    return [y, s, 2 * y * s * s]


def quantile(p):
    z = normal_quantile(p)
    s = 1 / mpmath.npdf(z)
    return [z, s, z * s * s]


def bessel(n):
    i = lambda k, x: mpmath.besseli(abs(k), x)
    return lambda x: [i(n, x), (i(n - 1, x) + i(n + 1, x)) / 2, (i(n - 2, x) + 2 * i(n, x) + i(n + 2, x)) / 4]


def beta(a, b):
    y = exp(mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b))
    u, v, s = psi(0, a) - psi(0, a + b), psi(0, b) - psi(0, a + b), psi(1, a + b)
    return [y, y * u, y * v, y * (u * u + psi(1, a) - s), y * (u * v - s), y * (v * v + psi(1, b) - s)]


def gamma_incomplete(a, x):
    f, u = gamma_density(a, x), log(x) - psi(0, a)
    return [by_shape(0, a, x), by_shape(1, a, x), f, by_shape(2, a, x), f * u, f * (a - 1 - x) / x]


def beta_incomplete(a, b, x):
    f, u = beta_density(a, b, x), log(x) + psi(0, a + b) - psi(0, a)
    v = log(1 - x) + psi(0, a + b) - psi(0, b)
    return [beta_by(*o, a, b, x) for o in [(0, 0), (1, 0), (0, 1)]] + [f, beta_by(2, 0, a, b, x), beta_by(1, 1, a, b, x),
            f * u, beta_by(0, 2, a, b, x), f * v, f * ((a - 1) / x - (b - 1) / (1 - x))]


def hypot(a, b):
    r = sqrt(a * a + b * b)
    return [r, a / r, b / r, b * b / r ** 3, -a * b / r ** 3, a * a / r ** 3]


def angle(a, b):
    q = a * a + b * b
    return [mpmath.atan2(a, b), b / q, -a / q, -2 * a * b / q ** 2, (a * a - b * b) / q ** 2, 2 * a * b / q ** 2]


def log_add(a, b):
    p, q = 1 / (1 + exp(b - a)), 1 / (1 + exp(a - b))
    return [log(exp(a) + exp(b)), p, q, p * q, -p * q, p * q]


positive = one(lambda: either(lambda: U(0.01, 10), lambda: spread(1e-8, 1e8), lambda: U(1, 3)))
anywhere = one(lambda: either(lambda: U(0.01, 10), lambda: spread(1e-8, 1e8), lambda: U(-20, 0)))
FUNCTIONS = {
    "lgamma": (anywhere, lambda x: [log_gamma(x), psi(0, x), psi(1, x)], "gammaln"),
    "digamma": (anywhere, lambda x: [psi(0, x), psi(1, x), psi(2, x)], "digamma"),
    "trigamma": (anywhere, lambda x: [psi(1, x), psi(2, x), psi(3, x)], "polygamma(1,.)"),
    "beta": (lambda: [either(lambda: U(0.3, 10), lambda: spread(0.3, 300)), U(0.3, 50)], beta, "beta"),
    "erf": (one(lambda: U(-26, 26)), lambda x: [mpmath.erf(x), 2 / sqrt(pi) * exp(-x * x), -4 * x / sqrt(pi) * exp(-x * x)], "erf"),
    "erfc": (one(lambda: U(-6, 26)), lambda x: [mpmath.erfc(x), -2 / sqrt(pi) * exp(-x * x), 4 * x / sqrt(pi) * exp(-x * x)], "erfc"),
    "erfcx": (one(lambda: either(lambda: U(-25, 30), lambda: spread(1e-3, 1e9))), lambda x: [erfcx_derivative(mpf(n), x) for n in range(3)], "erfcx"),
    "normalCDF": (one(lambda: U(-37, 8)), lambda x: [normal_cdf(x), mpmath.npdf(x), -x * mpmath.npdf(x)], "ndtr"),
    "logNormalCDF": (one(lambda: either(lambda: U(-37, 30), lambda: -spread(1, 1e6), lambda: U(-2, 2))), normal, "log_ndtr"),
    "erfInverse": (one(lambda: either(lambda: U(-1, 1), lambda: 1 - spread(1e-15, 0.1), lambda: spread(1e-20, 1))), inverse_erf, "erfinv"),
    "normalQuantile": (one(lambda: either(lambda: U(0, 1), lambda: spread(1e-300, 0.1), lambda: 1 - spread(1e-15, 0.1))), quantile, "ndtri"),
    "sinc": (one(lambda: either(lambda: U(-4, 4), lambda: U(-100, 100), lambda: spread(1e-150, 1e-2))), lambda x: [sinc_derivative(mpf(n), x) for n in range(3)], "numpy.sinc"),
    "besselI0": (one(lambda: either(lambda: U(-3, 3), lambda: U(-600, 600), lambda: spread(1e-9, 1))), bessel(0), "i0"),
    "besselI1": (one(lambda: either(lambda: U(-3, 3), lambda: U(-600, 600), lambda: spread(1e-9, 1))), bessel(1), "i1"),
    "besselI0e": (one(lambda: either(lambda: U(-3, 3), lambda: U(-200, 200), lambda: spread(1e-9, 1e4))), lambda x: [bessel_scaled(mpf(0), mpf(n), x) for n in range(3)], "i0e"),
    "besselI1e": (one(lambda: either(lambda: U(-3, 3), lambda: U(-200, 200), lambda: spread(1e-9, 1e4))), lambda x: [bessel_scaled(mpf(1), mpf(n), x) for n in range(3)], "i1e"),
    "gammaIncomplete": (lambda: (lambda a: [a, a * spread(0.2, 4)])(either(lambda: U(0.1, 20), lambda: spread(1e-2, 500))), gamma_incomplete, "gammainc"),
    "betaIncomplete": (lambda: [either(lambda: U(0.1, 20), lambda: spread(1e-2, 100)), U(0.1, 30), either(lambda: U(0.001, 0.95), lambda: spread(1e-6, 0.5))], beta_incomplete, "betainc"),
    "entropy": (positive, lambda x: [-x * log(x), -1 - log(x), -1 / x], "entr"),
    "xlogy": (lambda: [U(-9, 9), spread(1e-100, 1e100)], lambda a, b: [a * log(b), log(b), a / b, 0, 1 / b, -a / b ** 2], "xlogy"),
    "log1mexp": (one(lambda: either(lambda: U(-5, 0), lambda: -spread(1e-10, 300))), lambda x: [log(-mpmath.expm1(x)) if x > -1 else mpmath.log1p(-exp(x)), exp(x) / mpmath.expm1(x), -exp(x) / mpmath.expm1(x) ** 2], None),
    "logAddExp": (lambda: (lambda a: [a, either(lambda: U(-30, 30), lambda: a + U(-2, 2))])(U(-30, 30)), log_add, "numpy.logaddexp"),
    "softsign": (one(lambda: dice.choice([-1, 1]) * spread(1e-9, 1e9)), lambda x: [x / (1 + abs(x)), 1 / (1 + abs(x)) ** 2, -2 * mpmath.sign(x) / (1 + abs(x)) ** 3], None),
    "sqrt1pm1": (one(lambda: either(lambda: U(-0.999, 3), lambda: spread(1e-15, 1e15))), lambda x: [x / (1 + sqrt(1 + x)), 1 / (2 * sqrt(1 + x)), -1 / (4 * sqrt(1 + x) ** 3)], None),
    "hypot": (lambda: either(lambda: [U(-5, 5), U(-5, 5)], lambda: [spread(1e-150, 1e150), spread(1e-100, 1e100)]), hypot, "numpy.hypot"),
    "atan2": (lambda: either(lambda: [U(-5, 5), U(-5, 5)], lambda: [spread(1e-70, 1e70), spread(1e-70, 1e70)]), angle, "numpy.arctan2"),
}


def scipy_error(name, rows):
    import numpy
    import scipy.special
    if name is None:
        return None
    f = (lambda x: scipy.special.polygamma(1, x)) if "polygamma" in name else getattr(
        numpy if name.startswith("numpy") else scipy.special, name.split(".")[-1])
    worst = 0.0
    for operands, numbers in rows:
        y = float(f(*operands))
        worst = max(worst, float(abs(mpf(y) - numbers[0]) / math.ulp(float(numbers[0]))))
    return float(f"{worst:.2g}")


if __name__ == "__main__":
    parts = []
    for function, (draw, derive, name) in FUNCTIONS.items():
        rows = []
        while len(rows) < ROWS:
            operands = [float(x) for x in draw()]
            numbers = [mpmath.re(y) for y in derive(*map(mpf, operands))]
            if all(y == 0 or 1e-290 < abs(y) < 1e290 for y in numbers):
                rows.append((operands, numbers))
        body = ",\n    ".join(json.dumps(o + [float(y) for y in n]) for o, n in rows)
        parts.append(f'  {{"function": "{function}", "scipy": {json.dumps(scipy_error(name, rows))}, "rows": [\n    {body}]}}')
    (pathlib.Path(__file__).parent / "second_order.json").write_text("[\n" + ",\n".join(parts) + "\n]\n")
