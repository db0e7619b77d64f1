#!/usr/bin/env python3
"""Takes a few rows of the tables that SciPy tests its special functions with (from Boost, and its own) into scipy.json.

    pip download scipy==1.11.4 --no-deps && unzip scipy-*.whl 'scipy/special/tests/data/*.npz'
    python3 scipy_tables.py FOLDER-OF-NPZ
"""
import json
import math
import pathlib
import sys

import numpy

# function, file, tables that begin so, columns of the operands, column of the value
WANTED = [
    ("lgamma", "boost", "test_gamma_data_ipp-near", [0], 2), ("lgamma", "boost", "test_gamma_data_ipp-fact", [0], 2),
    ("digamma", "boost", "digamma_", [0], 1), ("erfc", "boost", "erf_small", [0], 2),
    ("erfc", "boost", "erf_data", [0], 2), ("erfc", "boost", "erf_large", [0], 2),
    ("erfInverse", "boost", "erf_inv", [0], 1), ("beta", "boost", "beta_", [0, 1], 2),
    ("gammaIncomplete", "boost", "igamma_small", [0, 1], 5), ("gammaIncomplete", "boost", "igamma_med", [0, 1], 5),
    ("gammaIncomplete", "boost", "igamma_big", [0, 1], 5), ("gammaIncomplete", "boost", "igamma_int_", [0, 1], 5),
    ("gammaIncomplete", "local", "gammainc", [0, 1], 2),
    ("betaIncomplete", "boost", "ibeta_small", [0, 1, 2], 5), ("betaIncomplete", "boost", "ibeta_data", [0, 1, 2], 5),
    ("betaIncomplete", "boost", "ibeta_large", [0, 1, 2], 5), ("besselI", "boost", "bessel_i_int_", [0, 1], 2),
]

if __name__ == "__main__":
    tables = []
    for function, file, start, operands, value in WANTED:
        data = numpy.load(pathlib.Path(sys.argv[1]) / f"{file}.npz")
        for name in data.files:
            if not name.startswith(start) or name == "gammaincc":
                continue
            rows = [[float(row[i]) for i in operands + [value]] for row in data[name]]
            rows = [row for row in rows if all(map(math.isfinite, row)) and abs(row[-1]) > 1e-300]
            tables.append({"function": function, "table": f"{file}: {name.split('-')[-1]}",
                           "rows": rows[:: max(1, len(rows) // 16)][:16]})
    text = ",\n".join('{"function": "%s", "table": "%s", "rows": [\n  %s]}' % (
        t["function"], t["table"], ",\n  ".join(map(json.dumps, t["rows"]))) for t in tables)
    (pathlib.Path(__file__).parent / "scipy.json").write_text("[" + text + "]\n")
