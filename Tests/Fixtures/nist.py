"""Writes nist.json: the nonlinear regressions of NIST's Statistical Reference Datasets (public domain), from a folder
with their .dat files. The formulas are those of the files, in the language of the library's expressions.

    python3 nist.py FOLDER
"""
import json, pathlib, re, sys

GAUSS = "b1*exp(-b2*x) + b3*exp(-(x-b4)^2/b5^2) + b6*exp(-(x-b7)^2/b8^2)"
LANCZOS = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5*exp(-b6*x)"
CUBICS = "(b1 + b2*x + b3*x^2 + b4*x^3)/(1 + b5*x + b6*x^2 + b7*x^3)"
WAVES = " + ".join(f"{c}*cos(2*pi*x/{p}) + {s}*sin(2*pi*x/{p})" for c, s, p in
                   [("b2", "b3", "12"), ("b5", "b6", "b4"), ("b8", "b9", "b7")])
MODELS = {
    "Bennett5": "b1*(b2 + x)^(-1/b3)", "BoxBOD": "b1*(1 - exp(-b2*x))", "Chwirut1": "exp(-b1*x)/(b2 + b3*x)",
    "Chwirut2": "exp(-b1*x)/(b2 + b3*x)", "DanWood": "b1*x^b2", "ENSO": "b1 + " + WAVES,
    "Eckerle4": "(b1/b2)*exp(-0.5*((x - b3)/b2)^2)", "Gauss1": GAUSS, "Gauss2": GAUSS, "Gauss3": GAUSS,
    "Hahn1": CUBICS, "Kirby2": "(b1 + b2*x + b3*x^2)/(1 + b4*x + b5*x^2)", "Lanczos1": LANCZOS, "Lanczos2": LANCZOS,
    "Lanczos3": LANCZOS, "MGH09": "b1*(x^2 + x*b2)/(x^2 + x*b3 + b4)", "MGH10": "b1*exp(b2/(x + b3))",
    "MGH17": "b1 + b2*exp(-x*b4) + b3*exp(-x*b5)", "Misra1a": "b1*(1 - exp(-b2*x))",
    "Misra1b": "b1*(1 - (1 + b2*x/2)^(-2))", "Misra1c": "b1*(1 - (1 + 2*b2*x)^(-0.5))",
    "Misra1d": "b1*b2*x*(1 + b2*x)^(-1)", "Nelson": "b1 - b2*x1*exp(-b3*x2)", "Rat42": "b1/(1 + exp(b2 - b3*x))",
    "Rat43": "b1/((1 + exp(b2 - b3*x))^(1/b4))", "Roszman1": "b1 - b2*x - atan(b3/(x - b4))/pi", "Thurber": CUBICS,
}

folder = pathlib.Path(sys.argv[1])
cases = []
for name, formula in MODELS.items():
    lines = (folder / f"{name}.dat").read_text().splitlines()
    rows = [re.match(r"\s*b\d+\s*=\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", line) for line in lines]
    rows = [[float(x) for x in row.groups()] for row in rows if row]
    total = next(float(line.split(":")[1]) for line in lines if line.startswith("Residual Sum of Squares"))
    start = max(i for i, line in enumerate(lines) if re.match(r"Data:\s+y", line))
    names = lines[start].split()[1:]
    table = [[float(x) for x in line.split()] for line in lines[start + 1:] if line.split()]
    columns = {n: [row[i] for row in table] for i, n in enumerate(names)}
    cases.append({"name": name, "formula": formula, "logarithm": name == "Nelson",
                  "starts": [[r[0] for r in rows], [r[1] for r in rows]], "parameters": [r[2] for r in rows],
                  "deviations": [r[3] for r in rows], "sum_of_squares": total, "columns": columns})
path = pathlib.Path(__file__).with_name("nist.json")
path.write_text(json.dumps({"schema": "nist/1", "cases": cases}, separators=(",", ":")) + "\n")
