extension FormulaScript {
  /// What functions record that are more than one primitive.
  static let functions = #"""
    const position = (shape, axis, origin) => {
      const at = axis < 0 ? axis + shape.length : axis;
      if (!(at >= 0 && at < shape.length)) throw shapeFault(origin, shape.length === 0 ? say("tensorWithAxes") : say("anAxisWithin", -shape.length, shape.length - 1), say("axisOfShape", axis, written(shape)), say("negativeAxes"));
      return at;
    };
    function positions(shape, axes, origin) {
      if (axes === null) return shape.map((_, i) => i);
      const all = axes.map(axis => position(shape, axis, origin)).sort((a, b) => a - b);
      if (all.some((n, i) => i > 0 && n === all[i - 1])) throw shapeFault(origin, say("eachAxisOnce"), say("axesOfShape", written(axes), written(shape)));
      return all;
    }
    function between(start, end, step, length) {
      if (step === 0) throw shapeFault("slice", say("otherStep"), "0");
      const from = start < 0 ? start + length : start, to = end < 0 && step > 0 ? end + length : end;
      const inside = step > 0 ? 0 <= from && from <= to && to <= length : from < length && from >= to && to >= -1;
      if (!inside) throw shapeFault("slice", say("rangeWithin", length), say("fromToBy", start, end, step));
      const distance = Math.abs(to - from), count = distance === 0 ? 0 : Math.floor((distance - 1) / Math.abs(step)) + 1;
      return [from, count, count > 1 ? step : 1, true];
    }
    // The operators and functions on the nodes of one graph.
    const on = graph => {
      const r = (op, ...inputs) => graph.record(op, {}, inputs), number = x => graph.constant(x);
      const f = {
        r, number,
        pow: (x, p) => new Smooth(graph).power(x, p) ?? (p === 2 ? r("square", x) : p === -1 ? r("reciprocal", x) : p === 0.5 ? r("sqrt", x) : r("pow", x, number(p))),
        times: (x, p) => r("multiply", x, number(p)),
        reshaped(x, shape) {
          if (sameShape(x.shape, shape)) return x;
          const lengths = shape.slice(), open = lengths.indexOf(-1);
          if (open >= 0) { lengths[open] = 1; const known = lengths.some(n => n < 0) ? 0 : countOf(lengths); lengths[open] = known > 0 ? Math.floor(countOf(x.shape) / known) : -1; }
          return graph.record("reshape", {shape: lengths}, [x]);
        },
        expanded(x, axis) { const at = axis < 0 ? axis + x.shape.length + 1 : axis; return f.reshaped(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]); },
        broadcast: (x, shape) => sameShape(x.shape, shape) ? x : graph.record("broadcast", {shape}, [x]),
        reduce(op, x, axes, keeps) {
          const at = positions(x.shape, axes, op), isNested = op === "logSumExp" && at.length > 1;
          const result = isNested ? at.slice().sort((a, b) => b - a).reduce((y, a) => graph.record(op, {axes: [a]}, [y]), x) : graph.record(op, {axes: at}, [x]);
          return keeps ? f.reshaped(result, reducedShape(x.shape, at, true)) : result;
        },
        concatenate: (nodes, axis) => graph.record("concatenate", {axis: position(nodes[0].shape, axis, "concatenate")}, nodes),
        stack(nodes, axis) {
          const shape = nodes[0].shape;
          if (!(axis >= -shape.length - 1 && axis <= shape.length)) throw shapeFault("stack", say("newAxisWithin", -shape.length - 1, shape.length), say("axisOfShape", axis, written(shape)));
          const odd = nodes.find(n => !sameShape(n.shape, shape));
          if (odd) throw shapeFault("stack", say("nodesOfShape", written(shape)), written(odd.shape));
          return f.concatenate(nodes.map(n => f.expanded(n, axis)), axis);
        },
        transposed(x, order) {
          const at = (order ?? x.shape.map((_, i) => i).reverse()).map(axis => position(x.shape, axis, "transpose"));
          if (!sameShape(at.slice().sort((a, b) => a - b), x.shape.map((_, i) => i))) throw shapeFault("transpose", say("eachAxisOf", written(x.shape)), say("theOrder", written(at)));
          return graph.record("transpose", {order: at}, [x]);
        },
        matmul(a, b) {
          const product = (x, y) => graph.record("matmul", {transposesLeft: false, transposesRight: false}, [x, y]), [s, t] = [a.shape, b.shape];
          if (!(s.length > 0 && t.length > 0 && s.at(-1) === (t.length === 1 ? t[0] : t.at(-2))))
            throw shapeFault("matmul", say("productLengths"), say("ofInputs", `${written(s)} · ${written(t)}`, `${graph.name(a)}, ${graph.name(b)}`), say("productAxes"));
          if (s.length === 1) return f.reshaped(f.matmul(f.reshaped(a, [1, s[0]]), b), t.length === 1 ? [] : [...t.slice(0, -2), t.at(-1)]);
          if (t.length === 1) return f.reshaped(f.matmul(a, f.reshaped(b, [t[0], 1])), s.slice(0, -1));
          if (t.length === 2) return f.reshaped(product(s.length === 2 ? a : f.reshaped(a, [countOf(s.slice(0, -1)), s.at(-1)]), b), [...s.slice(0, -1), t.at(-1)]);
          const batch = common(s.slice(0, -2), t.slice(0, -2));
          if (!batch) throw shapeFault("matmul", say("batchesThatBroadcast"), `${written(s)} · ${written(t)}`);
          const left = f.broadcast(a, [...batch, ...s.slice(-2)]);
          return product(left, f.broadcast(b, [...batch, ...t.slice(-2)]));
        },
        asTransposed: x => x.shape.length === 0 ? x : x.shape.length === 1 ? f.reshaped(x, [1, x.shape[0]]) : f.transposed(x),
        juxtaposed(x, y) {
          const [s, t] = [x.shape, y.shape];
          if (s.length === 0 || t.length === 0) return r("multiply", x, y);
          if (s.length === 1 && t.length === 2 && t[0] === 1) return f.matmul(f.reshaped(x, [s[0], 1]), y);
          if (s.length === 1 && t.length === 1) throw shapeFault(say("unsignedProduct"), say("oneSide"), say("twoVectors", written(s), written(t)), say("writeProduct"));
          const product = f.matmul(x, y);
          return s.length === 2 && s[0] === 1 && t.length === 1 ? f.reshaped(product, []) : product;
        },
        sliced(x, parts) {
          if (parts.length > x.shape.length) throw shapeFault("slice", say("mostParts", x.shape.length, written(x.shape)), `${parts.length}`);
          let starts = x.shape.map(() => 0);
          const counts = x.shape.slice(), steps = x.shape.map(() => 1), kept = [];
          x.shape.forEach((length, axis) => {
            const part = parts[axis];
            if (part === undefined) { kept.push(length); return; }
            let resolved;
            if (part.index !== undefined) {
              const at = part.index < 0 ? part.index + length : part.index;
              if (!(at >= 0 && at < length)) throw shapeFault("slice", length === 0 ? say("filledAxis") : say("anIndexWithin", -length, length - 1), `${part.index}`, say("negativeIndices"));
              resolved = [at, 1, 1, false];
            } else resolved = between(part.start, part.stop ?? (part.step > 0 ? length : -1), part.step, length);
            [starts[axis], counts[axis], steps[axis]] = resolved;
            if (resolved[3]) kept.push(resolved[1]);
          });
          if (countOf(counts) === 0) starts = starts.map(() => 0);
          return f.reshaped(graph.record("slice", {starts, counts, steps}, [x]), kept);
        },
        mean(x, axes, keeps) {
          const at = positions(x.shape, axes, "mean"), sum = f.reduce("sum", x, at, keeps);
          return r("divide", sum, number(at.reduce((n, i) => n * x.shape[i], 1)));
        },
        variance(x, axes, keeps, correction) {
          const at = positions(x.shape, axes, "variance"), count = at.reduce((n, i) => n * x.shape[i], 1);
          let share = 1;
          while (1 < count * share * share) share /= 2;
          const centered = r("subtract", x, f.mean(x, at, true)), squares = r("square", share === 1 ? centered : r("multiply", number(share), centered));
          return r("divide", f.reduce("sum", squares, at, keeps), number((count - correction) * (share * share)));
        },
        product(x, axes, keeps) {
          const at = positions(x.shape, axes, "product"), rest = x.shape.map((_, i) => i).filter(i => !at.includes(i)), shape = reducedShape(x.shape, at, keeps);
          const count = at.reduce((n, i) => n * x.shape[i], 1);
          if (count === 0) return f.broadcast(number(1), shape);
          let factors = f.reshaped(f.transposed(x, [...at, ...rest]), [count, ...rest.map(i => x.shape[i])]);
          const part = (y, start, stop) => f.sliced(y, [{start, stop, step: 1}]);
          while (factors.shape[0] > 1) {
            const length = factors.shape[0], half = Math.floor(length / 2), pairs = r("multiply", part(factors, 0, half), part(factors, half, 2 * half));
            factors = length % 2 === 0 ? pairs : f.concatenate([pairs, part(factors, 2 * half, length)], 0);
          }
          return f.reshaped(factors, shape);
        },
        ones(count) {
          if (!(count >= 1 && count <= 1000000)) throw shapeFault("ones", say("onesWithin"), `${count}`);
          return graph.constant({shape: [count], data: new Float64Array(count).fill(1)});
        },
        identity(count) {
          if (!(count >= 1 && count <= 4096)) throw shapeFault("identity", say("rowsWithin"), `${count}`);
          return graph.constant({shape: [count, count], data: Float64Array.from({length: count * count}, (_, i) => i % (count + 1) === 0 ? 1 : 0)});
        },
        diagonal(x) {
          const [n, m] = x.shape;
          if (!(n > 0 && (x.shape.length === 1 || x.shape.length === 2 && n === m))) throw shapeFault("diag", say("vectorOrSquare"), say("theShape", written(x.shape)));
          return x.shape.length === 1 ? r("multiply", f.reshaped(x, [n, 1]), f.identity(n)) : f.reduce("sum", r("multiply", x, f.identity(n)), [1], false);
        },
        deviation(x, axes, keeps, correction) {
          const at = positions(x.shape, axes, "standardDeviation"), centered = r("subtract", x, f.mean(x, at, true));
          return r("divide", f.norm(centered, 2, at, keeps), number(Math.sqrt(at.reduce((n, i) => n * x.shape[i], 1) - correction)));
        },
        logSoftmax(x, axis) {
          const axes = [position(x.shape, axis, "logSoftmax")], largest = f.stopped(f.reduce("max", x, axes, true));
          const shifted = r("subtract", x, r("maximum", largest, number(-Number.MAX_VALUE))), total = f.reduce("logSumExp", shifted, axes, true);
          return f.where(r("equal", largest, number(-Infinity)), number(-Infinity), r("subtract", shifted, total));
        },
        stopped: x => graph.record("stopGradient", {}, [x]),
        where: (c, a, b) => graph.record("where", {}, [c, a, b]),
        norm(x, p, axes, keeps) {
          if (Number.isNaN(p)) throw new Fault("value", "norm", say("orderIsNumber"), "NaN");
          const at = positions(x.shape, axes, "norm"), abs = y => r("abs", y), reduce = (op, y) => f.reduce(op, y, at, keeps);
          const powered = (y, q) => { const isZero = r("equal", y, number(0)), safe = abs(f.where(isZero, number(1), y)); const power = q === 0 ? r("pow", safe, number(0)) : f.pow(safe, q); return f.where(isZero, number(0), power); };
          const whole = p === 2 ? new Smooth(graph).normOfNorm(x, at, keeps) : null;
          if (whole) return whole;
          if (p === 1) return reduce("sum", abs(x));
          if (p === Infinity) return reduce("max", abs(x));
          if (p === -Infinity) return reduce("min", abs(x));
          if (p === 0) return reduce("sum", powered(x, 0));
          if (at.some(i => x.shape[i] === 0)) { const shape = reducedShape(x.shape, at, keeps); return graph.constant({shape, data: new Float64Array(countOf(shape))}); }
          const large = 2 ** Math.trunc(400 * 2 / Math.max(Math.abs(p), 2)), largest = f.reduce("max", abs(f.stopped(x)), at, true);
          const isOut = r("multiply", r("add", r("multiply", r("less", largest, number(1 / large)), r("greater", largest, number(0))), r("greater", largest, number(large))), r("less", largest, number(Infinity)));
          const unit = f.where(isOut, r("maximum", largest, number(2 ** -1022)), number(1)), scaled = r("divide", x, unit);
          const total = reduce("sum", p === 2 ? r("square", scaled) : p < 1 ? powered(scaled, p) : f.pow(abs(scaled), p)), unitOfTotal = f.reshaped(unit, total.shape);
          const isZero = p > 0 ? r("equal", total, number(0)) : reduce("max", r("equal", x, number(0)));
          return r("multiply", f.where(isZero, number(0), f.pow(f.where(isZero, number(1), total), 1 / p)), unitOfTotal);
        },
      };
      return f;
    };

    """#
}
