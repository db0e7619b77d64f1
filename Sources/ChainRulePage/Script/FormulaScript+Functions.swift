extension FormulaScript {
  /// What functions record that are more than one primitive, and what they read from their options.
  static let functionCalls = #"""
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

    class Call {
      constructor(f, graph, operands, options, wrong, ends) { Object.assign(this, {f, graph, operands, options, wrong, ends}); }
      mistyped(argument, wanted) {
        const text = argument.text.length > 40 ? argument.text.slice(0, 39).join("") + "…" : argument.text.join("");
        return this.wrong(say("takes", argument.label === null ? this.f.name : argument.label + ":", wanted, text), argument);
      }
      at(index) { return toNode(this.operands[index].value, this.graph); }
      argument(index, option) {
        if (this.operands.length <= index) return this.options.get(option) ?? null;
        if (this.options.has(option)) throw this.wrong(say("hasOption", this.f.name, option), this.options.get(option));
        return this.operands[index];
      }
      flag(option) {
        const argument = this.options.get(option);
        if (!argument) return false;
        const number = numberOf(argument.value.literal);
        if (number !== 0 && number !== 1) throw this.mistyped(argument, say("trueOrFalse"));
        return number === 1;
      }
      numberFrom(argument) {
        const number = numberOf(argument.value.literal);
        if (!isNumber(number)) throw this.mistyped(argument, say("aNumber"));
        return number;
      }
      number(option, otherwise) { const argument = this.options.get(option); return argument ? this.numberFrom(argument) : otherwise; }
      wholesFrom(argument) {
        const kind = say("wholeNumbers"), literal = argument.value.literal;
        if (!literal || literal.shape.length > 1 || literal.scalars.some(x => !Number.isInteger(x) || Math.abs(x) >= 2 ** 31)) throw this.mistyped(argument, kind);
        return literal.scalars;
      }
      wholes(option, otherwise = null) { const argument = this.options.get(option); return argument ? this.wholesFrom(argument) : otherwise; }
      // One number without brackets is that for every axis.
      wholesForEach(option, rank) {
        const numbers = this.wholes(option);
        return numbers && isNumber(numberOf(this.options.get(option).value.literal)) ? Array(rank).fill(numbers[0]) : numbers;
      }
      word(option, words) {
        const argument = this.options.get(option);
        if (!argument) return null;
        const {text} = argument.value, found = text === undefined ? undefined : words.find(w => plainWord(w) === plainWord(text));
        if (found === undefined) throw this.mistyped(argument, say("wordsOf", words.slice(0, -1).join(", "), words.at(-1)));
        return found;
      }
      leadingText() {
        const {text} = this.operands[0].value;
        if (text === undefined) throw this.wrong(say("textNeeded", this.f.name, this.ends), this.operands[0]);
        return text;
      }
      whole(option, otherwise) {
        const argument = this.options.get(option);
        if (!argument) return otherwise;
        const numbers = this.wholesFrom(argument);
        if (numbers.length !== 1) throw this.mistyped(argument, say("oneWhole"));
        return numbers[0];
      }
      lengthFrom(name) {
        const {literal} = this.operands[0].value;
        if (literal && isNumber(numberOf(literal))) return this.wholesFrom(this.operands[0])[0];
        const {shape} = this.at(0);
        if (shape.length !== 1) throw this.wrong(say("wholeOrVector", name, written(shape)));
        return shape[0];
      }
      layout(option) {
        const argument = this.argument(1, option);
        if (!argument) throw this.wrong(say("needsOption", this.f.name, option, this.ends));
        return this.wholesFrom(argument);
      }
      positions() {
        const argument = this.argument(1, "at");
        if (!argument) throw this.wrong(say("needsPositions", this.f.name, this.ends));
        const literal = argument.value.literal;
        if (!literal) return argument.value.node;
        if (literal.scalars.some(x => !Number.isInteger(x) || Math.abs(x) >= 2 ** 31)) throw this.mistyped(argument, say("thePositions"));
        return this.graph.constant({shape: literal.shape, data: Float64Array.from(literal.scalars), index: true});
      }
      extremum(op, compare) {
        if (this.operands.length === 1) { const x = this.at(0); return on(this.graph).reduce(op, x, this.wholes("axis"), this.flag("keepingDimensions")); }
        if (this.options.size) throw this.wrong(say("comparesTwo", this.f.name));
        return on(this.graph).r(compare, this.at(0), this.at(1));
      }
      node() {
        const {graph} = this, o = on(graph), {r, number} = o, name = this.f.name, self = this;
        const reduce = op => { const x = this.at(0); return o.reduce(op, x, this.wholes("axis"), this.flag("keepingDimensions")); };
        const along = (op, more = {}) => { const x = this.at(0); return graph.record(op, {axis: position(x.shape, this.whole("axis", -1), op), ...more}, [x]); };
        const special = {
          "σ": () => r("sigmoid", this.at(0)), "ᵀ": () => o.asTransposed(this.at(0)),
          pow: () => { const p = numberOf(this.operands[1].value.literal); return isNumber(p) ? o.pow(this.at(0), p) : r("pow", this.at(0), this.at(1)); },
          sum: () => reduce("sum"), logSumExp: () => reduce("logSumExp"), max: () => this.extremum("max", "maximum"), min: () => this.extremum("min", "minimum"),
          softmax: () => along("softmax"), argmax: () => along("argmax"), cumulativeSum: () => along("cumulativeSum", {isReversed: false}),
          matmul: () => o.matmul(this.at(0), this.at(1)),
          reshaped: () => { const x = this.at(0); return o.reshaped(x, this.layout("to")); },
          broadcast: () => { const x = this.at(0); return o.broadcast(x, this.layout("to")); },
          transposed: () => { const x = this.at(0), order = this.argument(1, "axes"); return o.transposed(x, order ? this.wholesFrom(order) : null); },
          flipped: () => { const x = this.at(0); return graph.record("flip", {axes: positions(x.shape, this.wholes("axis"), "flip")}, [x]); },
          padded: () => {
            const x = this.at(0), rank = x.shape.length, none = x.shape.map(() => 0), before = this.wholesForEach("before", rank) ?? none, after = this.wholesForEach("after", rank) ?? none;
            const mode = this.word("mode", paddingModes) ?? "constant";
            if (mode !== "constant" && this.options.has("value")) throw this.wrong(say("valueWithConstant", mode), this.options.get("value"));
            if (mode !== "constant") return bordered(graph, x, before, after, mode);
            const filling = this.number("value", 0);
            if (before.length !== x.shape.length || after.length !== x.shape.length || [...before, ...after].some(n => n < 0)) throw shapeFault("padded", say("widthOfSides", written(x.shape)), say("both", written(before), written(after)));
            return graph.record("pad", {shape: x.shape.map((n, i) => n + before[i] + after[i]), starts: before, steps: x.shape.map(() => 1), filling}, [x]);
          },
          einsum: () => { const formula = this.leadingText(); return sumOfProducts(graph, formula, this.operands.slice(1).map((_, i) => this.at(i + 1))); },
          concatenate: () => { const nodes = this.operands.map((_, i) => this.at(i)); return o.concatenate(nodes, this.whole("axis", 0)); },
          stack: () => { const nodes = this.operands.map((_, i) => this.at(i)); return o.stack(nodes, this.whole("axis", 0)); },
          gathered: () => { const x = this.at(0), at = this.positions(); return graph.record("gather", {axis: position(x.shape, this.whole("axis", 0), "gather")}, [x, at]); },
          gatheredAlong: () => { const x = this.at(0), axis = this.whole("axis", -1), at = this.positions(); return graph.record("gatherAlong", {axis: position(x.shape, axis, "gatherAlong")}, [x, at]); },
          stoppingGradient: () => o.stopped(this.at(0)),
          convolution2d: () => {
            const x = this.at(0), w = this.at(1), bias = this.operands.length > 2 ? this.at(2) : null;
            const geometry = geometryOf(this.wholes("stride", [1]), this.wholes("padding", [0]), this.wholes("dilation", [1]), this.whole("groups", 1), "convolution2d");
            const product = graph.record("convolution", {geometry}, [x, w]);
            return bias ? r("add", product, o.reshaped(bias, [1, countOf(bias.shape), 1, 1])) : product;
          },
          maxPool2d: () => { const x = this.at(0); return graph.record("maxPool", {pooling: poolingOf(this, "maxPool2d")}, [x]); },
          avgPool2d: () => { const x = this.at(0); return graph.record("averagePool", {pooling: poolingOf(this, "avgPool2d"), countsPadding: true}, [x]); },
          gelu: () => {
            const x = this.at(0), approximate = this.flag("approximate");
            const inner = approximate ? r("tanh", r("multiply", number(0.7978845608028654), r("add", x, r("multiply", number(0.044715), r("multiply", x, r("minimum", r("square", x), number(1000))))))) : r("erf", r("multiply", number(0.7071067811865476), x));
            return r("multiply", r("multiply", number(0.5), x), r("add", number(1), inner));
          },
          leakyReLU: () => { const x = this.at(0), slope = this.number("slope", 0.01); return o.where(r("greater", x, number(0)), x, r("multiply", number(slope), x)); },
          elu: () => { const x = this.at(0), alpha = this.number("alpha", 1), isPositive = r("greater", x, number(0)); return o.where(isPositive, x, r("multiply", number(alpha), r("expm1", o.where(isPositive, number(0), x)))); },
          clamp: () => {
            const low = this.argument(1, "min"), lower = low ? this.numberFrom(low) : null, high = this.argument(2, "max"), upper = high ? this.numberFrom(high) : null;
            if (lower !== null && upper !== null && lower > upper) throw this.wrong(say("limitsTurned", swiftText(lower), swiftText(upper)));
            let x = this.at(0);
            if (lower !== null) x = o.where(r("less", x, number(lower)), number(lower), x);
            if (upper !== null) x = o.where(r("greater", x, number(upper)), number(upper), x);
            return x;
          },
          mean: () => { const x = this.at(0); return o.mean(x, this.wholes("axis"), this.flag("keepingDimensions")); },
          product: () => { const x = this.at(0); return o.product(x, this.wholes("axis"), this.flag("keepingDimensions")); },
          variance: () => { const x = this.at(0); return o.variance(x, this.wholes("axis"), this.flag("keepingDimensions"), this.whole("correction", 0)); },
          standardDeviation: () => { const x = this.at(0); return o.deviation(x, this.wholes("axis"), this.flag("keepingDimensions"), this.whole("correction", 0)); },
          squaredNorm: () => { const x = this.at(0); return o.reduce("sum", r("square", x), this.wholes("axis"), this.flag("keepingDimensions")); },
          diag: () => o.diagonal(this.at(0)),
          trace: () => o.reduce("sum", o.diagonal(this.at(0)), null, false),
          ones: () => o.ones(this.lengthFrom("ones")),
          identity: () => o.identity(this.lengthFrom("identity")),
          norm: () => { const x = this.at(0); return o.norm(x, this.number("p", 2), this.wholes("axis"), this.flag("keepingDimensions")); },
          logSoftmax: () => {
            const x = this.at(0);
            return o.logSoftmax(x, this.whole("axis", -1));
          },
          tiled: () => {
            const x = this.at(0), repeats = this.layout("repeats");
            if (repeats.length < x.shape.length || repeats.some(n => n < 0)) throw shapeFault("tiled", say("countOfAxes", written(x.shape)), written(repeats));
            const lengths = [...Array(repeats.length - x.shape.length).fill(1), ...x.shape];
            return o.reshaped(o.broadcast(o.reshaped(x, lengths.flatMap(n => [1, n])), repeats.flatMap((n, i) => [n, lengths[i]])), repeats.map((n, i) => n * lengths[i]));
          },
        };
        if (Object.hasOwn(special, name)) return special[name]();
        if (Object.hasOwn(expansions, name)) { const y = expanded(expansions[name], this.operands.map((_, i) => this.at(i)), graph); return name.endsWith("′") ? o.broadcast(y, this.at(0).shape) : y; }
        for (const more of [matrixCalls, orderCalls, randomCalls, relativeCalls]) { const found = more(this); if (Object.hasOwn(found, name)) return found[name](); }
        if (calls.has(name)) return graph.record(calls.get(name), {}, this.operands.map((_, i) => this.at(i)));
        throw this.wrong(say("notComputed", name));
      }
    }
    function expanded(rule, operands, graph) {
      const made = [], place = name => typeof name === "number" ? made[name] : operands[Number(name.slice(1))];
      for (const [op, attributes, reads] of rule.factor) made.push(op === "constant" ? graph.constant(Number(attributes.value)) : graph.record(op, attributes, reads.map(place)));
      return place(rule.result);
    }
    function pairOf(numbers, least, what, origin) {
      if (!(numbers.length >= 1 && numbers.length <= 2 && numbers.every(n => n >= least))) throw shapeFault(origin, say("oneOrTwo", what, least), written(numbers));
      return numbers.length === 2 ? numbers : [numbers[0], numbers[0]];
    }
    function geometryOf(stride, padding, dilation, groups, origin) {
      const geometry = {stride: pairOf(stride, 1, "stride", origin), padding: pairOf(padding, 0, "padding", origin), dilation: pairOf(dilation, 1, "dilation", origin), groups};
      if (groups < 1) throw shapeFault(origin, say("groupsOfOne"), `${groups}`);
      return geometry;
    }
    function poolingOf(call, origin) {
      const typed = call.wholes("window", [2]), stride = call.wholes("stride"), padding = call.wholes("padding", [0]), window = pairOf(typed, 1, "window", origin);
      const geometry = geometryOf(stride ?? window, padding, [1, 1], 1, origin);
      if (window.some((n, i) => geometry.padding[i] >= n)) throw shapeFault(origin, say("paddingOfWindow", written(window)), written(geometry.padding));
      return {window, geometry};
    }

    """#
}
