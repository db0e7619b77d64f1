"""Who is right where: the families of Tests/Fixtures/verdicts.json, judged by three checkers at their defaults.

    pip install torch jax                        # CPU builds will do
    swift build --product chainrule
    python Tests/Peers/gradcheck.py .build/debug/chainrule

Prints a Markdown table. A checker is right when it accepts what is right and rejects what is wrong; an error counts as a
rejection. PyTorch's gradcheck and gradgradcheck run in double precision at orders 1 and 2 (there is none for 3), JAX's
check_grads with 64 bits in reverse mode at every order. ChainRule may also say that it cannot decide.
"""

import json
import math
import pathlib
import subprocess
import sys

import jax
import torch

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
from jax.test_util import check_grads  # noqa: E402

FAMILIES = pathlib.Path(__file__).resolve().parent.parent / "Fixtures" / "verdicts.json"


def function(formula, module, stop):
    """The formula as a Python function: its syntax is Python's but for the power."""
    code = compile(formula.replace("^", "**"), formula, "eval")
    names = {name: getattr(module, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh")}
    return lambda x: eval(code, {"__builtins__": {}}, {**names, "pi": math.pi, "stoppingGradient": stop, "x": x})


def by_torch(formula, point, order):
    if order > 2:
        return None
    x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    check = torch.autograd.gradcheck if order == 1 else torch.autograd.gradgradcheck
    try:
        return "agree" if check(function(formula, torch, lambda y: y.detach()), (x,)) else "disagree"
    except Exception:  # a failed check is an exception, as is a function without a gradient
        return "disagree"


def by_jax(formula, point, order):
    try:
        f = function(formula, jnp, jax.lax.stop_gradient)
        check_grads(f, (jnp.float64(point),), order=order, modes=("rev",))
        return "agree"
    except Exception:
        return "disagree"


def by_chainrule(tool, formula, point, order):
    command = [tool, "check", formula, f"x={point!r}", "--order", str(order), "--rows", "1"]
    return subprocess.run(command, capture_output=True, text=True).stdout.split(" ", 1)[0]


def cell(family, verdicts):
    if None in verdicts:
        return "–"
    right = verdicts.count(family["right"])
    undecided = verdicts.count("inconclusive")
    return f"{right}" + (f" ({undecided} undecided)" if undecided else "")


def main(tool):
    print("| family | right is | members | ChainRule | gradcheck | check_grads |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for family in json.loads(FAMILIES.read_text())["families"]:
        found = {"chainrule": [], "torch": [], "jax": []}
        for value, point in family["members"]:
            formula, order, point = family["formula"].replace("K", value), family["order"], float(point)
            found["chainrule"].append(by_chainrule(tool, formula, point, order))
            found["torch"].append(by_torch(formula, point, order))
            found["jax"].append(by_jax(formula, point, order))
        cells = [cell(family, found[name]) for name in found]
        print("|", " | ".join([family["name"], family["right"], str(len(family["members"])), *cells]), "|", flush=True)
    print(f"\nPyTorch {torch.__version__}, JAX {jax.__version__}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: gradcheck.py PATH-TO-CHAINRULE")
    main(sys.argv[1])
