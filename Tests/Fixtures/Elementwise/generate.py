#!/usr/bin/env python3
"""Reference rows of the elementwise primitives, computed with 50 digits (mpmath).

    python3 generate.py NAME.json …      writes the rows of these files anew; no name: of all

A file says what its function is, as Python over mpmath (x, or a, b and c), its derivatives in the same terms, and where
its operands lie; the script adds the rows: the operands, the value as two doubles (the nearest one and what is left),
and the derivatives. Operands that a 32-bit float holds are taken wherever the domain has some, so that both precisions
can be held to a row. To begin a new function, write the first four fields and run the script.
"""
import json
import math
import pathlib
import random
import struct
import sys

from mpmath import mp, mpf, inf
import mpmath

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Special"))
import functions

mp.dps = 50
ROWS = 64


def single(x):
    """The nearest 32-bit float, or x itself where that is out of range."""
    if x == 0 or not 1e-37 < abs(x) < 1e38:
        return x
    return struct.unpack("f", struct.pack("f", x))[0]


def operands(low, high, dice):
    """Uniform in the middle, spread over magnitudes, and close to the ends of the domain."""
    low, high = float(low), float(high)
    inner_low, inner_high = max(low, -8.0), min(high, 8.0)
    kind = dice.randrange(6)
    if kind < 3 and inner_low < inner_high:
        x = dice.uniform(inner_low, inner_high)
    elif kind == 3:
        x = 10 ** dice.uniform(-30, 0) * dice.choice([-1, 1])
    elif kind == 4:
        reach = max(abs(low) if math.isfinite(low) else 1e300, abs(high) if math.isfinite(high) else 1e300)
        x = 10 ** dice.uniform(-2, math.log10(reach)) * dice.choice([-1, 1])
    else:
        end = dice.choice([e for e in (low, high) if math.isfinite(e)] or [1.0])
        x = end + dice.choice([-1, 1]) * 2.0 ** dice.randrange(-40, -1)
    x = single(x)
    return x if low <= x <= high else operands(low, high, dice)


def evaluate(text, names, values):
    scope = {name: getattr(mpmath, name) for name in dir(mpmath) if not name.startswith("_")}
    scope.update({name: getattr(functions, name) for name in dir(functions) if callable(getattr(functions, name))})
    scope.update({"inf": inf, "floor": mpmath.floor, "ceil": mpmath.ceil, "abs": abs, "min": min, "max": max})
    scope.update({name: mpf(value) for name, value in zip(names, values)})
    return mpmath.mpmathify(eval(text, {"__builtins__": {}}, scope))  # the files are this project's own


def double(y):
    """The nearest double; beyond the largest one, infinity."""
    return float(y)


def write(path):
    reference = json.loads(path.read_text())
    names = ["x"] if len(reference["domains"]) == 1 else ["a", "b", "c"][: len(reference["domains"])]
    dice = random.Random(reference["function"])
    rows = []
    while len(rows) < ROWS:
        point = [operands(low, high, dice) for low, high in reference["domains"]]
        try:
            y = evaluate(reference["value"], names, point)
            slopes = [mpmath.re(evaluate(text, names, point)) for text in reference["derivatives"]]
        except (ZeroDivisionError, OverflowError, ValueError):
            continue
        if mpmath.im(y) != 0 or not mpmath.isfinite(y) or abs(y) > mpf(2) ** 1023 or 0 < abs(y) < mpf(2) ** -1021:
            continue
        if any(not mpmath.isfinite(d) or abs(d) > mpf(2) ** 1023 for d in slopes):
            continue
        high = double(y)
        rows.append(point + [high, double(y - mpf(high))] + [double(d) for d in slopes])
    fields = {key: value for key, value in reference.items() if key != "rows"}
    head = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items())
    body = ",\n".join("    " + json.dumps(row) for row in rows)
    path.write_text("{\n" + head + ",\n  \"rows\": [\n" + body + "\n  ]\n}\n")


if __name__ == "__main__":
    folder = pathlib.Path(__file__).parent
    for path in map(pathlib.Path, sys.argv[1:] or sorted(folder.glob("*.json"))):
        write(path)
