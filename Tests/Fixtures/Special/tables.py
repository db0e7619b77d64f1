#!/usr/bin/env python3
"""Writes the tables of Sources/CKernels/Special, computed with 80 digits (mpmath), each number as two doubles.

    python3 tables.py        writes gamma_tables.h and temme_table.h
"""
import pathlib

from mpmath import mp, mpf, bernoulli, digamma, factorial, findroot, polygamma, zeta, euler
import mpmath

mp.dps = 80
FOLDER = pathlib.Path(__file__).resolve().parents[3] / "Sources/CKernels/Special"


def two(x):
    high = float(x)
    return f"{{{high.hex()}, {float(mpf(x) - mpf(high)).hex()}}}"


def table(name, words, numbers):
    return f"// {words}\nstatic const pair {name}[] = {{\n  " + ",\n  ".join(map(two, numbers)) + "};\n"


def gamma():
    root = findroot(digamma, mpf("1.46163214496836234126"))
    parts, rest = [], root
    for _ in range(3):
        parts.append(float(rest).hex())
        rest -= mpf(float(rest))
    return (
        "// Made by Tests/Fixtures/Special/tables.py.\n"
        + table("BERNOULLI", "B₂, B₄, …", [bernoulli(2 * k) for k in range(1, 21)])
        + table("LOG_GAMMA", "ln Γ(1 + d) / d in d: −γ, ζ(2)/2, −ζ(3)/3, …",
                [-euler] + [(-1) ** k * zeta(k) / k for k in range(2, 57)])
        + f"// The positive root of digamma, and digamma / d in d = x − root.\nstatic const double ROOT[] = {{{', '.join(parts)}}};\n"
        + table("AT_ROOT", "ψ⁽ᵏ⁾(root) / k!", [polygamma(k, root) / factorial(k) for k in range(1, 46)]))


def product(a, b, terms):
    return [sum(a[i] * b[n - i] for i in range(n + 1)) for n in range(terms)]


def inverse(a, terms):
    y = [1 / a[0]]
    for n in range(1, terms):
        y.append(-sum(a[i] * y[n - i] for i in range(1, n + 1)) / a[0])
    return y


def temme(orders=10, terms=28):
    """Temme's expansion (DLMF 8.12): μ/η, ln(1 + μ)/η and C_0 … as series in η, where η²/2 = μ - ln(1 + μ)."""
    size = terms + 2 * orders + 8
    # μ = η m: μ μ' = η (1 + μ) gives m (m + η m') = 1 + η m, coefficient by coefficient.
    m = [mpf(1)]
    for n in range(1, size):
        rest = sum(m[i] * (n - i + 1) * m[n - i] for i in range(1, n))
        m.append((m[n - 1] - rest) / (n + 2))
    # C_0 = 1/μ - 1/η = (1/m - 1)/η; ln(1 + μ)/η = m - η/2
    c = [inverse(m, size)[1:]]
    logs = m[:]
    logs[1] -= mpf(1) / 2
    stirling, gamma_series = [], [mpf(1)]
    # Γ*(a) = exp Σ B_2k / (2k (2k-1) a^(2k-1))
    exponent = [mpf(0)] * (orders + 1)
    for k in range(1, orders + 1):
        if k % 2:
            exponent[k] = bernoulli(k + 1) / (k * (k + 1))
    for n in range(1, orders + 1):
        gamma_series.append(sum(k * exponent[k] * gamma_series[n - k] for k in range(1, n + 1)) / n)
    for k in range(1, orders):
        before = c[-1]
        c.append([(-1) ** k * gamma_series[k] * c[0][n] + (n + 2) * before[n + 2] for n in range(len(before) - 2)])
    # Q_a = E Σ A_k a^-k and Q_aa = E Σ B_k a^-k: E' = E (η L - 1/2a), η' = -m/a, L = ln(1 + μ)/η
    shifted = [mpf(0)] + logs

    def derivative(before, start):
        size = min(map(len, before)) - 1
        result = []
        for k in range(orders):
            parts = product(shifted, before[k], size)
            if k == 0:
                parts = [x + y for x, y in zip(parts, start[:size])] if start else parts
            else:
                below = before[k - 1]
                slope = product(m, [(n + 1) * below[n + 1] for n in range(len(below) - 1)], size - 1)
                parts = [parts[n] - (k - mpf(1) / 2) * below[n] - slope[n] for n in range(size - 1)]
            result.append(parts)
        return result

    first = derivative(c, logs)
    second = derivative(first, None)
    row = lambda numbers: "{" + ", ".join(float(x).hex() for x in numbers[:terms]) + "}"
    tables = ",\n".join("  {\n    " + ",\n    ".join(map(row, t)) + "}" for t in (c, first, second))
    return (f"// Made by Tests/Fixtures/Special/tables.py.\nenum {{ TEMME_ORDERS = {orders}, TEMME_TERMS = {terms} }};\n"
            "// Of Q but for erfc, of its first and of its second derivative by a: the series in η of each power of 1/a.\n"
            f"static const double TEMME[3][TEMME_ORDERS][TEMME_TERMS] = {{\n{tables}}};\n")


if __name__ == "__main__":
    (FOLDER / "gamma_tables.h").write_text(gamma())
    (FOLDER / "temme_table.h").write_text(temme())
