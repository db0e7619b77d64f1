"""Reference numbers for the tests of distributions: mpmath with 50 digits, SciPy in double.

  pip install mpmath scipy && python distributions.py > distributions.json

A gamma number with a given probability u is found by bisection and Newton's method; how it moves with the
concentration a is −(∂P/∂a)/(∂P/∂log z), and its derivatives are differences of that with 50 digits.
"""
import json

import mpmath as mp
import numpy as np
from scipy import stats

mp.mp.dps = 50


def lower(a, x):
    return mp.gammainc(a, 0, mp.e**x, regularized=True)


def log_density(a, x):
    return a * x - mp.e**x - mp.loggamma(a)


def quantile(a, u):
    x = mp.log(stats.gamma.ppf(float(u), float(a))) if a > 0.05 else (mp.log(u) + mp.loggamma(a + 1)) / a
    for _ in range(60):
        step = (lower(a, x) - u) / mp.e**log_density(a, x)
        step = max(min(step, 2 / min(a, 1)), -2 / min(a, 1))
        x -= step
        if abs(step) < mp.mpf(10)**-35 * max(1, abs(x)):
            break
    return x


def slope(a, x):
    return -mp.diff(lambda b: lower(b, x), a, h=a * mp.mpf(10)**-15) / mp.e**log_density(a, x)


gamma = []
for a in [1e-5, 0.02, 0.4, 1, 3.5, 30, 150, 250, 2000, 1e5]:
    for u in [1e-9, 0.03, 0.4, 0.9, 1 - 2.0**-30]:
        b, x = mp.mpf(a), quantile(mp.mpf(a), mp.mpf(u))
        h = mp.mpf(10)**-10
        gamma.append({
            "a": a, "u": u, "logarithm": float(x), "slope": float(slope(b, x)),
            "byConcentration": float((slope(b * (1 + h), x) - slope(b * (1 - h), x)) / (2 * h * b)),
            "byLogarithm": float((slope(b, x + h) - slope(b, x - h)) / (2 * h)),
        })

densities = [
    ("normal", [0.3, -1.2, 2.5], [0.5, 1.7], stats.norm.logpdf([0.3, -1.2, 2.5], 0.5, 1.7)),
    ("logNormal", [0.3, 1.2, 2.5], [0.5, 1.7], stats.lognorm.logpdf([0.3, 1.2, 2.5], 1.7, scale=np.exp(0.5))),
    ("uniform", [0.3, 1.2, 2.5], [0.5, 1.7], stats.uniform.logpdf([0.3, 1.2, 2.5], 0.5, 1.2)),
    ("exponential", [0.3, 1.2, -2.5], [1.7], stats.expon.logpdf([0.3, 1.2, -2.5], scale=1 / 1.7)),
    ("gamma", [0.3, 1.2, 2.5], [2.4, 1.7], stats.gamma.logpdf([0.3, 1.2, 2.5], 2.4, scale=1 / 1.7)),
    ("beta", [0.3, 0.02, 0.95], [2.4, 0.7], stats.beta.logpdf([0.3, 0.02, 0.95], 2.4, 0.7)),
    ("dirichlet", [0.3, 0.2, 0.5], [2.4, 0.7, 1.1], [stats.dirichlet.logpdf([0.3, 0.2, 0.5], [2.4, 0.7, 1.1])]),
    ("studentT", [0.3, -1.2, 25], [3.5, 0.5, 1.7], stats.t.logpdf([0.3, -1.2, 25], 3.5, 0.5, 1.7)),
    ("cauchy", [0.3, -1.2, 25], [0.5, 1.7], stats.cauchy.logpdf([0.3, -1.2, 25], 0.5, 1.7)),
    ("laplace", [0.3, -1.2, 2.5], [0.5, 1.7], stats.laplace.logpdf([0.3, -1.2, 2.5], 0.5, 1.7)),
    ("poisson", [0, 3, 17], [4.2], stats.poisson.logpmf([0, 3, 17], 4.2)),
    ("bernoulli", [0, 1, 1], [0.3], stats.bernoulli.logpmf([0, 1, 1], 1 / (1 + np.exp(-0.3)))),
    ("binomial", [0, 3, 9], [9, 0.3], stats.binom.logpmf([0, 3, 9], 9, 1 / (1 + np.exp(-0.3)))),
    ("logistic", [0.3, -1.2, 25], [0.5, 1.7], stats.logistic.logpdf([0.3, -1.2, 25], 0.5, 1.7)),
    ("gumbel", [0.3, -1.2, 25], [0.5, 1.7], stats.gumbel_r.logpdf([0.3, -1.2, 25], 0.5, 1.7)),
    ("weibull", [0.3, 1.2, -2.5], [2.4, 1.7], stats.weibull_min.logpdf([0.3, 1.2, -2.5], 2.4, scale=1.7)),
    ("pareto", [2.3, 1.2, 25], [2.4, 1.7], stats.pareto.logpdf([2.3, 1.2, 25], 2.4, scale=1.7)),
    ("halfNormal", [0.3, -1.2, 2.5], [1.7], stats.halfnorm.logpdf([0.3, -1.2, 2.5], scale=1.7)),
    ("halfCauchy", [0.3, -1.2, 2.5], [1.7], stats.halfcauchy.logpdf([0.3, -1.2, 2.5], scale=1.7)),
    ("inverseGamma", [0.3, -1.2, 2.5], [2.4, 1.7], stats.invgamma.logpdf([0.3, -1.2, 2.5], 2.4, scale=1.7)),
    ("chiSquared", [0.3, -1.2, 2.5], [3.4], stats.chi2.logpdf([0.3, -1.2, 2.5], 3.4)),
    ("fisher", [0.3, -1.2, 2.5], [3.4, 5.6], stats.f.logpdf([0.3, -1.2, 2.5], 3.4, 5.6)),
    ("generalizedNormal", [0.3, -1.2, 2.5], [2.4, 0.5, 1.7], stats.gennorm.logpdf([0.3, -1.2, 2.5], 2.4, 0.5, 1.7)),
    ("kumaraswamy", [0.3, 0.02, 0.95], [2.4, 0.7], [np.log(2.4 * 0.7 * x**1.4 * (1 - x**2.4)**-0.3) for x in [0.3, 0.02, 0.95]]),
    ("wrappedCauchy", [0.3, 1.2, 5], [0.4], stats.wrapcauchy.logpdf([0.3, 1.2, 5], 0.4)),
    ("truncatedNormal", [0.3, 1.2, 2.5], [0.5, 1.7, -0.4, 2.1],
     stats.truncnorm.logpdf([0.3, 1.2, 2.5], -0.9 / 1.7, 1.6 / 1.7, 0.5, 1.7)),
    ("truncatedNormal", [20.3, 20.6, 20.9], [0.5, 1.7, 20, 21],
     [float(mp.log(mp.npdf(x, 0.5, 1.7)) - mp.log((mp.erfc((20 - mp.mpf(0.5)) / mp.mpf(1.7) / mp.sqrt(2)) - mp.erfc((21 - mp.mpf(0.5)) / mp.mpf(1.7) / mp.sqrt(2))) / 2)) for x in [20.3, 20.6, 20.9]]),
    ("geometric", [1, 3, 0], [0.3], stats.geom.logpmf([1, 3, 0], 1 / (1 + np.exp(-0.3)))),
    ("negativeBinomial", [0, 3, 17], [4.2, 0.3], stats.nbinom.logpmf([0, 3, 17], 4.2, 1 / (1 + np.exp(-0.3)))),
    ("betaBinomial", [0, 3, 9], [9, 2.4, 0.7], stats.betabinom.logpmf([0, 3, 9], 9, 2.4, 0.7)),
    ("multinomial", [2, 0, 5], [0.3, -0.2, 1.1],
     [stats.multinomial.logpmf([2, 0, 5], 7, np.exp([0.3, -0.2, 1.1]) / np.exp([0.3, -0.2, 1.1]).sum())]),
    ("vonMises", [0.3, -1.2, 3], [0.5, 1.7], stats.vonmises.logpdf([0.3, -1.2, 3], 1.7, 0.5)),
]


def numbers(array):
    return [str(x) if not np.isfinite(x) else x for x in np.asarray(array, dtype=np.float64).tolist()]


wishart = stats.wishart.logpdf([[2.0, 0.3], [0.3, 1.0]], 4.5, [[1.5, 0.2], [0.2, 0.8]])
mean, covariance = np.array([0.3, -0.2]), np.array([[2.0, 0.6], [0.6, 1.0]])
print(json.dumps({
    "gamma": gamma,
    "densities": [{"name": n, "x": x, "parameters": p, "values": numbers(v)} for n, x, p, v in densities],
    "multivariateNormal": float(stats.multivariate_normal.logpdf([1.0, 0.5], mean, covariance)),
    "wishart": float(wishart),
    "poisson": [
        {"rate": r, "u": u, "count": int(stats.poisson.ppf(u, r))}
        for r in [0.1, 1.0, 7.3, 150.0, 1e6] for u in [1e-6, 0.2, 0.5, 0.93, 1 - 1e-9]
    ],
}))
