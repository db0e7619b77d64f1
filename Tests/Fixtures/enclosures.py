#!/usr/bin/env python3
"""Random formulas with their true values and gradients over boxes (mpmath, 120 digits): writes enclosures.json beside it.

Numbers are written in hexadecimal, so that every reader gets their last bit. For each formula: the box of every name, points inside it, and at each point the value and the gradient as the nearest
double with the sign of what is left; where mpmath's interval arithmetic knows every function of the formula, also the
width that it gives for the value at the first point.
"""
import json, pathlib, random, re
from mpmath import mp, mpf, iv
import mpmath

mp.dps = 120
iv.prec = 53
FORMULAS, POINTS = 500, 4
NAMES = r"\b[xy]\b"
dice = random.Random(20)
UNARY = {
    "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "sin": mp.sin, "cos": mp.cos, "tanh": mp.tanh, "abs": abs,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "softplus": lambda x: mp.log(1 + mp.exp(x)), "erf": mp.erf,
    "atan": mp.atan, "sinh": mp.sinh, "cosh": mp.cosh, "asinh": mp.asinh, "square": lambda x: x * x,
    "relu": lambda x: max(x, mpf(0)), "log1p": lambda x: mp.log(1 + x), "expm1": lambda x: mp.exp(x) - 1,
    "asin": mp.asin, "acos": mp.acos, "acosh": mp.acosh, "atanh": mp.atanh, "cbrt": None, "exp2": lambda x: mpf(2) ** x,
    "log2": lambda x: mp.log(x) / mp.log(2), "log10": lambda x: mp.log(x) / mp.log(10), "floor": mp.floor,
    "reciprocal": lambda x: 1 / x, "rsqrt": lambda x: 1 / mp.sqrt(x),
}
UNARY["cbrt"] = lambda x: mp.cbrt(x) if x >= 0 else -mp.cbrt(-x)


def real(function):
    def checked(*numbers):
        result = function(*numbers)
        if isinstance(result, mpmath.mpc):  # outside the domain
            raise ValueError
        return result
    return checked


UNARY = {name: real(function) for name, function in UNARY.items()}
BINARY = {"maximum": lambda a, b: max(a, b), "minimum": lambda a, b: min(a, b)}
IV = {"exp": iv.exp, "log": iv.log, "sqrt": iv.sqrt, "sin": iv.sin, "cos": iv.cos, "square": lambda x: x ** 2,
      "reciprocal": lambda x: 1 / x}


def formula(depth):
    kind = dice.random()
    if depth == 0 or kind < 0.1:
        return dice.choice(["x", "y", "x", "y", str(dice.choice([2, 3, 0.5, 1.25]))])
    if kind < 0.5:
        return f"{dice.choice(list(UNARY))}({formula(depth - 1)})"
    if kind < 0.58:
        return f"{dice.choice(list(BINARY))}({formula(depth - 1)}, {formula(depth - 1)})"
    if kind < 0.65:
        base = formula(depth - 1)
        return f"({base if re.search(NAMES, base) else 'y'})^{dice.choice([2, 3, 4, -1, -2])}"
    left, right = formula(depth - 1), formula(depth - 1)
    if not re.search(NAMES, left + right):  # numbers alone are folded in double
        right = "x"
    return f"({left}) {dice.choice('+-*/')} ({right})"


def compiled(text, functions, number):
    exact = re.sub(r"(?<![\w.^-])(\d+(?:\.\d+)?)", r"number('\1')", text)
    return eval("lambda x, y: " + exact.replace("^", "**"), {**functions, "number": number})


def pair(x):
    near = float(x)
    rest = x - mpf(near)
    return [near.hex(), 0 if rest == 0 else 1 if rest > 0 else -1]


def row(text):
    f = compiled(text, {**UNARY, **BINARY}, mpf)
    centres = [dice.uniform(-2, 2), dice.uniform(-2, 2)]
    radius = 10 ** dice.uniform(-6, -0.5)
    box = [[float(c - radius), float(c + radius)] for c in centres]
    samples = []
    for _ in range(POINTS):
        point = [dice.uniform(*side) for side in box]
        x, y = map(mpf, point)
        value = f(x, y)
        slopes = [mp.diff(lambda t: f(t, y), x), mp.diff(lambda t: f(x, t), y)]
        for number in [value, *slopes]:
            if isinstance(number, mpmath.mpc) or not mpmath.isfinite(number) or abs(number) > 1e100:
                raise ValueError
        for slope, name in zip(slopes, "xy"):  # nothing that the digits do not reach
            if name in re.findall(NAMES, text) and abs(slope) < 1e-50 and not (slope == 0 and "floor" in text):
                raise ValueError
        samples.append({"x": point[0].hex(), "y": point[1].hex(), "value": pair(value), "slopes": [pair(s) for s in slopes]})
    result = {"formula": text, "x": [a.hex() for a in box[0]], "y": [a.hex() for a in box[1]], "points": samples}
    if set(re.findall(r"[a-z]\w+", text)) <= set(IV):
        width = compiled(text, IV, iv.mpf)(*(iv.mpf(float.fromhex(samples[0][name])) for name in "xy")).delta
        result["width"] = float(mpf(width.b))
    return result


rows = []
while len(rows) < FORMULAS:
    text = formula(4)
    if "x" not in re.findall(r"\b[xy]\b", text):
        continue
    try:
        rows.append(row(text))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, mpmath.libmp.ComplexResult, AttributeError):
        pass
target = pathlib.Path(__file__).with_name("enclosures.json")
target.write_text("[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]\n")
print(len(rows), "formulas,", sum("width" in r for r in rows), "with a width,", target.stat().st_size, "bytes")
