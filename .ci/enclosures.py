#!/usr/bin/env python3
"""Points with their true values and slopes (mpmath, 50 digits), which enclosures must hold.

    enclosures.py FOLDER POINTS [SECONDS [SEED]]     writes about POINTS points into FOLDER, a file for each primitive and
                                                     for fifty formulas; none of a primitive after SECONDS (20)

Half of the points are of the elementwise primitives, by the definitions in Tests/Fixtures/Elementwise, half of the 500
formulas of Tests/Fixtures/enclosures.json, at points of their boxes. A line is the operands, then for the value and each
slope the nearest double and the sign of what is left of the truth, `-` where there is none; doubles in hexadecimal.
"""
import importlib.util
import json
import math
import multiprocessing
import os
import pathlib
import random
import re
import sys
import time

root = pathlib.Path(__file__).resolve().parent.parent
fixtures = root / "Tests" / "Fixtures"


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


generate = module(fixtures / "Elementwise" / "generate.py")
mp, mpf, mpmath = generate.mp, generate.mpf, generate.mpmath
LARGEST = mpf(2) ** 1023


def pair(truth):
    """The nearest double, and the sign of what is left."""
    if truth is None or mpmath.im(truth) != 0 or not mpmath.isfinite(truth) or abs(truth) > LARGEST:
        return "-"
    truth = mpmath.re(truth)
    near = float(truth)
    rest = truth - mpf(near)
    return f"{near.hex()} {0 if rest == 0 else 1 if rest > 0 else -1}"


def primitive(path, points, seconds, folder, seed):
    reference = json.loads(path.read_text())
    domains = reference["domains"]
    names = ["x"] if len(domains) == 1 else ["a", "b", "c"][: len(domains)]
    dice = random.Random(reference["function"] + seed)
    lines, end = [], time.monotonic() + seconds
    while len(lines) < points and time.monotonic() < end:
        point = [generate.operands(low, high, dice) for low, high in domains]
        if dice.random() < 0.5:  # doubles that no 32-bit float holds
            point = [min(max(p * (1 + dice.uniform(-1, 1) * 1e-9), low), high) if p != round(p) else p
                     for p, (low, high) in zip(point, domains)]
        try:
            value = generate.evaluate(reference["value"], names, point)
        except (ZeroDivisionError, OverflowError, ValueError, mpmath.libmp.NoConvergence):
            continue
        truths = [pair(value)]
        if truths[0] == "-" or 0 < abs(value) < mpf(2) ** -1021:
            continue
        for text in reference["derivatives"]:
            try:
                slope = generate.evaluate(text, names, point)
            except (ZeroDivisionError, OverflowError, ValueError, mpmath.libmp.NoConvergence):
                slope = None
            truths.append(pair(slope))
        lines.append("\t".join([" ".join(p.hex() for p in map(float, point))] + truths))
    (folder / f"{path.stem}.tsv").write_text(f"primitive {reference['function']}\n" + "\n".join(lines) + "\n")
    return len(lines)


def formulas(rows, number, points, folder, seed):
    compiler = module_of_formulas()
    dice = random.Random(f"{number} {seed}")
    count, lines = 0, []
    for row in rows:
        f = compiler.compiled(row["formula"], {**compiler.UNARY, **compiler.BINARY}, mpf)
        box = [[float.fromhex(side) for side in row[name]] for name in "xy"]
        lines.append("formula " + row["formula"] + "\t" + " ".join(side.hex() for sides in box for side in sides))
        for _ in range(points):
            point = [dice.uniform(*side) for side in box]
            x, y = map(mpf, point)
            try:
                value = f(x, y)
                slopes = [mp.diff(lambda t: f(t, y), x), mp.diff(lambda t: f(x, t), y)]
            except (ZeroDivisionError, OverflowError, ValueError, TypeError, mpmath.libmp.ComplexResult):
                continue
            # What the digits of a difference do not reach is no truth.
            known = [s if s == 0 and name not in re.findall(r"\b[xy]\b", row["formula"]) or abs(s) > 1e-8 * (1 + abs(value))
                     else None for s, name in zip(slopes, "xy")]
            lines.append("\t".join([" ".join(p.hex() for p in point)] + [pair(t) for t in [value, *known]]))
            count += 1
    (folder / f"formulas-{number}.tsv").write_text("\n".join(lines) + "\n")
    return count


def module_of_formulas():
    """The functions of enclosures.py, without what it writes."""
    text = (fixtures / "enclosures.py").read_text().split("rows = []\n")[0]
    names = {"__name__": "formulas", "__file__": str(fixtures / "enclosures.py")}
    exec(compile(text, "enclosures.py", "exec"), names)
    mp.dps = 50
    return type("Formulas", (), {key: staticmethod(value) if callable(value) else value for key, value in names.items()
                                 if key in ("compiled", "UNARY", "BINARY")})


def main():
    folder, points = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 20
    seed = sys.argv[4] if len(sys.argv) > 4 else ""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.tsv"):
        old.unlink()
    paths = sorted((fixtures / "Elementwise").glob("*.json"))
    rows = json.loads((fixtures / "enclosures.json").read_text())
    each, of_formula = math.ceil(0.6 * points / len(paths)), math.ceil(0.5 * points / len(rows))
    with multiprocessing.Pool(os.cpu_count()) as pool:
        work = [pool.apply_async(primitive, (path, each, seconds, folder, seed)) for path in paths]
        work += [pool.apply_async(formulas, (rows[start:start + 50], start // 50, of_formula, folder, seed))
                 for start in range(0, len(rows), 50)]
        counts = [job.get() for job in work]
    print(f"{sum(counts)} points: {sum(counts[:len(paths)])} of {len(paths)} primitives, "
          f"{sum(counts[len(paths):])} of {len(rows)} formulas")


if __name__ == "__main__":
    main()
