extension FormulaScript {
  /// Order, running results, transforms and selections: their kernels, and what formulas call.
  static let order = #"""
    const orderOf = (a, b) => Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b || 0;
    const alongAxis = (shape, axis, visit) => { if (countOf(shape)) lines(shape, axis, visit); };
    const sortedPlaces = (x, places, isDescending) => places.map((_, i) => i).sort((i, j) => (isDescending ? -1 : 1) * orderOf(x[places[i]], x[places[j]]) || i - j);
    const argsort = [(a, [x]) => x.map((n, i) => i === a.axis && a.count !== undefined ? a.count : n), (a, [x], [s], out) => {
      const y = new Float64Array(countOf(out)), all = new Map(), found = [];
      alongAxis(s, a.axis, places => found.push(sortedPlaces(x, places, a.isDescending)));
      let at = 0;
      if (countOf(out)) lines(out, a.axis, places => { const order = found[at++]; places.forEach((p, i) => { y[p] = order[i]; }); });
      return y;
    }];
    // A transform of any length by Σⱼ xⱼ e^{∓2πi jk/n}; angles are reduced before, so that no digit is lost.
    function fourier(a, x, s) {
      const n = s.at(-1), y = new Float64Array(x.length), sign = a.isInverse ? 1 : -1, scale = a.isMean ? n : 1, angle = Array.from({length: n}, (_, k) => 2 * Math.PI * k / n), quarter = [1, 0, -1, 0], c = angle.map((t, k) => 4 * k % n === 0 ? quarter[4 * k / n] : Math.cos(t)), d = angle.map((t, k) => sign * (4 * k % n === 0 ? quarter[(4 * k / n + 3) % 4] : Math.sin(t)));
      for (let start = 0; start < x.length; start += 2 * n) for (let k = 0; k < n; k++) {
        let re = 0, im = 0;
        for (let j = 0; j < n; j++) { const at = j * k % n, [p, q] = [x[start + j], x[start + n + j]]; re += p * c[at] - q * d[at]; im += p * d[at] + q * c[at]; }
        y[start + k] = re / scale; y[start + n + k] = im / scale;
      }
      return y;
    }
    const fourierShape = origin => (a, [x]) => { if (!(x.length >= 2 && x.at(-2) === 2 && x.at(-1) > 0)) throw shapeFault(origin, say("rowsOfParts"), written(x)); return x; };
    Object.assign(kernels, {
      argsort, topK: argsort,
      cumulativeMaximum: [(a, [x]) => x, (a, [x], [s]) => {
        const y = new Float64Array(x.length);
        alongAxis(s, a.axis, places => { let best = 0; places.forEach((p, i) => { const largest = x[places[best]]; if (!Number.isNaN(largest) && (x[p] > largest || Number.isNaN(x[p]))) best = i; y[p] = best; }); });
        return y;
      }],
      quantile: [(a, [x]) => x, (a, [x]) => x.map(q => { if (!(q >= 0 && q <= 1)) throw new Fault("value", "quantile", say("fromZeroToOne"), swiftText(q), say("medianHint")); return Math.max(0, Math.min(Math.trunc(q * (a.length - 1)), a.length - 2)); })],
      selected: [(a, [x]) => [...x.slice(0, -1), a.count], (a, [x], [s], out) => {
        const length = s.at(-1), y = new Float64Array(countOf(out)).fill(length);
        for (let row = 0; row < (a.count ? y.length / a.count : 0); row++) for (let i = 0, found = 0; i < length && found < a.count; i++) if (x[row * length + i] !== 0) y[row * a.count + found++] = i;
        return y;
      }],
      searchSorted: [(a, [row, x]) => {
        const origin = a.givesPiece ? "interpolate" : "searchSorted";
        if (!(row.length >= 1 && (row.length === 1 || sameShape(row.slice(0, -1), x.slice(0, -1))))) throw shapeFault(origin, say("ascendingRow"), say("both", written(row), written(x)));
        return x;
      }, (a, [keys, x], [s, t]) => {
        const length = s.at(-1), origin = a.givesPiece ? "interpolate" : "searchSorted", each = Math.max(1, t.at(-1) ?? 1);
        for (let i = 1; i < keys.length; i++) if (i % length !== 0 && !(orderOf(keys[i - 1], keys[i]) < 0 || (orderOf(keys[i - 1], keys[i]) === 0 && !a.givesPiece))) throw new Fault("value", origin, say(a.givesPiece ? "placesAscending" : "rowsAscending"), say("after", swiftText(keys[i]), swiftText(keys[i - 1])), say("sortThem"));
        return x.map((number, at) => {
          const start = s.length === 1 ? 0 : Math.floor(at / each) * length;
          let place = 0;
          while (place < length && (orderOf(keys[start + place], number) < 0 || (!a.isLeft && orderOf(keys[start + place], number) === 0))) place++;
          return a.givesPiece ? Math.max(0, Math.min(place - 1, length - 2)) : place;
        });
      }],
      oneHot: [(a, [x]) => [...x, a.classes], (a, [x]) => {
        const y = new Float64Array(x.length * a.classes);
        checkedPositions(x, a.classes, "oneHot");
        x.forEach((k, i) => { y[i * a.classes + k] = 1; });
        return y;
      }],
      linearRecurrence: [(a, [x, y]) => { if (!sameShape(x, y)) throw shapeFault("linearRecurrence", say("factorsAndTerms"), say("both", written(x), written(y))); return x; }, (a, [x, b], [s]) => {
        const y = Float64Array.from(b);
        alongAxis(s, a.axis, places => { const way = a.isReversed ? places.slice().reverse() : places; for (let i = 1; i < way.length; i++) y[way[i]] = x[way[i]] * y[way[i - 1]] + b[way[i]]; });
        return y;
      }],
      cumulativeLogSumExp: [(a, [x]) => x, (a, [x], [s]) => {
        const y = new Float64Array(x.length);
        alongAxis(s, a.axis, places => {
          let largest = -Infinity, sum = 0;
          for (const p of places) {
            const v = x[p];
            if (v > largest || Number.isNaN(v)) { sum = largest === -Infinity ? 1 : sum * Math.exp(largest - v) + 1; largest = v; } else if (v > -Infinity) sum += largest === Infinity ? 0 : Math.exp(v - largest);
            y[p] = largest === -Infinity ? largest : largest + Math.log(sum);
          }
        });
        return y;
      }],
      fft: [fourierShape("fft"), (a, [x], [s]) => fourier(a, x, s)], inverseFFT: [fourierShape("inverseFFT"), (a, [x], [s]) => fourier(a, x, s)],
      tridiagonalSolve: [(a, shapes) => { if (!(shapes[0].length > 0 && shapes.every(s => sameShape(s, shapes[0])))) throw shapeFault("tridiagonalSolve", say("threeDiagonals"), shapes.map(written).join(", "), say("endsUnread")); return shapes[0]; }, (a, [lower, diagonal, upper, right], [s]) => {
        const n = s.at(-1), p = Float64Array.from(diagonal), x = Float64Array.from(right);
        for (let start = 0; start < x.length; start += n) {
          for (let i = start; i < start + n; i++) {
            if (i > start) { const factor = lower[i] / p[i - 1]; p[i] -= factor * upper[i - 1]; x[i] -= factor * x[i - 1]; }
            if (p[i] === 0) throw new Fault("value", "tridiagonalSolve", say("withoutExchanges"), say("pivotInRow", i - start));
          }
          for (let i = start + n - 1; i >= start; i--) { if (i + 1 < start + n) x[i] -= upper[i] * x[i + 1]; x[i] /= p[i]; }
        }
        return x;
      }],
    });
    for (const op of ["argsort", "topK", "cumulativeMaximum", "quantile", "selected", "searchSorted"]) choosing.add(op);
    const swiftText = x => Number.isInteger(x) && Math.abs(x) < 1e16 ? x.toFixed(1) : String(x).replace("Infinity", "inf").replace("NaN", "nan");

    function orderCalls(call) {
      const {graph} = call, o = on(graph), {r, number} = o, at = i => call.at(i), name = call.f.name;
      const make = (op, attributes, ...inputs) => graph.record(op, attributes, inputs), indices = (data, shape) => graph.constant({shape, data: Float64Array.from(data), index: true});
      const axisOf = (x, otherwise = -1, origin = name) => position(x.shape, call.whole("axis", otherwise), origin), gathered = (x, places, axis) => make("gather", {axis}, x, places), along = (x, places, axis) => make("gatherAlong", {axis}, x, places);
      const slot = (x, axis, start, count) => o.sliced(x, [...Array(axis).fill(0).map((_, i) => ({start: 0, stop: x.shape[i], step: 1})), {start, stop: start + count, step: 1}]);
      const bordered = (x, axis, before, after) => make("pad", {shape: x.shape.map((n, i) => i === axis ? n + before + after : n), starts: x.shape.map((_, i) => i === axis ? before : 0), steps: x.shape.map(() => 1), filling: 0}, x);
      const wholeAt = i => { const numbers = call.wholesFrom(call.operands[i]); if (numbers.length !== 1) throw call.wrong(say("oneWholeThere", name, call.ends)); return numbers[0]; };
      const needed = option => { const found = call.whole(option, null); if (found === null) throw call.wrong(say("needsOption", name, option, call.ends)); return found; };
      const sorted = (x, axis, isDescending = false) => along(x, make("argsort", {axis, isDescending}, x), axis);
      const cumulated = (x, run, origin = name) => { const axis = axisOf(x, -1, origin), isReversed = call.flag("reversed"), turned = y => make("flip", {axes: [axis]}, y); return isReversed ? turned(run(turned(x), axis)) : run(x, axis); };
      const running = (x, axis) => along(x, make("cumulativeMaximum", {axis}, x), axis);
      function ordered(x, read) {
        const axis = axisOf(x), keeps = call.flag("keepingDimensions"), shape = overFilled(x.shape, [axis], name), all = sorted(x, axis), last = gathered(all, indices([x.shape[axis] - 1], []), axis);
        return o.reshaped(o.where(r("equal", last, last), read(all, axis), last), keeps ? reducedShape(x.shape, [axis], true) : shape);
      }
      function between(x, q, axis) {
        const height = q * (x.shape[axis] - 1), lower = Math.floor(height), part = height - lower, element = i => gathered(x, indices([i], []), axis);
        return part === 0 ? element(lower) : r("add", r("multiply", number(1 - part), element(lower)), r("multiply", number(part), element(lower + 1)));
      }
      function quantile() {
        const q = numberOf(call.operands[1].value.literal), outside = () => new Fault("value", "quantile", say("fromZeroToOne"), swiftText(q), say("medianHint")), x = at(0);
        if (isNumber(q)) return ordered(x, (all, axis) => { if (!(q >= 0 && q <= 1)) throw outside(); return between(all, q, axis); });
        const node = at(1);
        return ordered(x, (all, axis) => {
          if (node.shape.length) throw shapeFault("quantile", say("rankZero"), say("theShape", written(node.shape)));
          const length = all.shape[axis], place = make("quantile", {length}, node), lower = gathered(all, place, axis);
          if (length === 1) return r("add", lower, r("multiply", number(0), node));
          const upper = gathered(all, r("add", place, number(1)), axis), part = r("subtract", r("multiply", node, number(length - 1)), place);
          const isOut = r("multiply", r("equal", part, number(0)), r("equal", r("abs", upper), number(Infinity)));
          return r("add", r("multiply", r("subtract", number(1), part), lower), r("multiply", part, o.where(isOut, lower, upper)));
        });
      }
      function difference(x, axis, times) {
        const length = x.shape[axis];
        if (!(times >= 0 && times <= length)) throw shapeFault("difference", say("orderWithin", length), `${times}`);
        for (let step = 0; step < times; step++) { const left = length - step - 1; x = r("subtract", slot(x, axis, 1, left), slot(x, axis, 0, left)); }
        return x;
      }
      function transform(isInverse) {
        const real = at(0), imaginary = call.operands.length > 1 ? at(1) : null, origin = isInverse ? "inverseFFT" : "fft";
        if (!(real.shape.length > 0 && sameShape(real.shape, (imaginary ?? real).shape))) throw shapeFault(origin, say("partsOfOneShape"), imaginary ? say("both", written(real.shape), written(imaginary.shape)) : written(real.shape));
        const y = make(origin, {isInverse, isMean: isInverse}, o.stack([real, imaginary ?? o.broadcast(number(0), real.shape)], -2)), lead = real.shape.slice(0, -1).map(n => ({start: 0, stop: n, step: 1}));
        return o.stack([0, 1].map(i => o.sliced(y, [...lead, {index: i}, {start: 0, stop: real.shape.at(-1), step: 1}])), -2);
      }
      function interpolated() {
        const [x, places, values] = [at(0), at(1), at(2)], isCubic = call.flag("cubic"), n = places.shape[0];
        if (!(places.shape.length === 1 && sameShape(places.shape, values.shape) && n >= 2)) throw shapeFault("interpolate", say("placesAndValues"), say("both", written(places.shape), written(values.shape)));
        const piece = make("searchSorted", {isLeft: false, givesPiece: true}, places, x), next = r("add", piece, number(1)), ends = row => [gathered(row, piece, 0), gathered(row, next, 0)];
        next.index = true;
        const [start, end] = ends(places), [low, high] = ends(values), width = r("subtract", end, start), times = (a, b) => r("multiply", a, b), less = (a, b) => r("subtract", a, b), plus = (a, b) => r("add", a, b);
        let part = r("divide", less(x, start), width);
        if (!isCubic) {
          part = o.where(r("less", part, number(0)), number(0), part);
          part = o.where(r("greater", part, number(1)), number(1), part);
          return plus(times(less(number(1), part), low), times(part, high));
        }
        const [bendLow, bendHigh] = ends(bends(places, values)), rest = less(number(1), part);
        const curve = plus(times(times(rest, less(r("square", rest), number(1))), bendLow), times(times(part, less(r("square", part), number(1))), bendHigh));
        return plus(plus(times(rest, low), times(part, high)), times(r("divide", r("square", width), number(6)), curve));
      }
      // The second derivatives of a spline at its places, with both ends eliminated (not-a-knot).
      function bends(places, values) {
        const n = places.shape[0], times = (a, b) => r("multiply", a, b), less = (a, b) => r("subtract", a, b), plus = (a, b) => r("add", a, b), over = (a, b) => r("divide", a, b), k = number;
        if (n === 2) return times(k(0), values);
        const widths = difference(places, 0, 1), slopes = over(difference(values, 0, 1), widths), part = (x, from, to) => slot(x, 0, from, to - from), before = part(widths, 0, n - 2), after = part(widths, 1, n - 1), right = times(k(6), difference(slopes, 0, 1));
        if (n === 3) return repeated(over(right, times(k(3), plus(before, after))), 3, 0);
        const first = part(widths, 0, 1), last = part(widths, n - 2, n - 1), a = over(first, part(widths, 1, 2)), b = over(last, part(widths, n - 3, n - 2)), inner = n - 2, atStart = x => bordered(x, 0, 0, inner - 1), atEnd = x => bordered(x, 0, inner - 1, 0);
        const solution = make("tridiagonalSolve", {}, less(before, atEnd(times(last, b))), plus(plus(times(k(2), plus(before, after)), atStart(times(first, plus(k(1), a)))), atEnd(times(last, plus(k(1), b)))), less(after, atStart(times(first, a))), right);
        const start = less(times(plus(k(1), a), part(solution, 0, 1)), times(a, part(solution, 1, 2))), end = less(times(plus(k(1), b), part(solution, inner - 1, inner)), times(b, part(solution, inner - 2, inner - 1)));
        return o.concatenate([start, solution, end], 0);
      }
      function repeated(x, count, axis) {
        if (count < 0) throw shapeFault("repeated", say("countOfZero"), `${count}`);
        return o.reshaped(o.broadcast(o.expanded(x, axis + 1), [...x.shape.slice(0, axis + 1), count, ...x.shape.slice(axis + 1)]), x.shape.map((n, i) => i === axis ? n * count : n));
      }
      const recurrence = (a, b, axis, isReversed) => make("linearRecurrence", {axis, isReversed}, a, b);
      return {
        sorted: () => { const x = at(0), axis = call.whole("axis", -1), places = position(x.shape, axis, "argsort"); return sorted(x, places, call.flag("descending")); },
        argsort: () => { const x = at(0); return make("argsort", {axis: position(x.shape, call.whole("axis", -1), "argsort"), isDescending: call.flag("descending")}, x); },
        topK: () => {
          const x = at(0), k = wholeAt(1), axis = axisOf(x), length = x.shape[axis];
          if (!(k >= 1 && k <= length)) throw shapeFault("topK", say("kWithin", length), say("kForShape", k, written(x.shape)));
          return along(x, make("topK", {axis, isDescending: true, count: k}, x), axis);
        },
        argmin: () => { const x = at(0), axis = axisOf(x); return make("argmax", {axis}, r("negate", x)); },
        median: () => ordered(at(0), (all, axis) => between(all, 0.5, axis)), quantile,
        searchSorted: () => { const isLeft = !call.flag("right"); return make("searchSorted", {isLeft, givesPiece: false}, at(0), at(1)); },
        cumulativeProduct: () => cumulated(at(0), (x, axis) => x.shape[axis] === 0 ? x : recurrence(x, bordered(slot(x, axis, 0, 1), axis, 0, x.shape[axis] - 1), axis, false)),
        cumulativeMaximum: () => cumulated(at(0), running), cumulativeMinimum: () => r("negate", cumulated(r("negate", at(0)), running, "cumulativeMaximum")),
        cumulativeLogSumExp: () => cumulated(at(0), (x, axis) => make("cumulativeLogSumExp", {axis}, x)),
        linearRecurrence: () => { const [a, b] = [at(0), at(1)], axis = axisOf(a); return recurrence(a, b, axis, call.flag("reversed")); },
        difference: () => { const x = at(0), axis = axisOf(x); return difference(x, axis, call.whole("times", 1)); },
        rolled: () => {
          const x = at(0), count = wholeAt(1), axis = axisOf(x), length = x.shape[axis], places = length > 1 ? (count % length + length) % length : 0;
          return places === 0 ? x : o.concatenate([slot(x, axis, length - places, places), slot(x, axis, 0, length - places)], axis);
        },
        repeated: () => { const x = at(0), count = wholeAt(1), axis = axisOf(x); return repeated(x, count, axis); },
        oneHot: () => { const x = at(0), classes = wholeAt(1); if (classes < 1) throw shapeFault("oneHot", say("oneClass"), `${classes}`); return make("oneHot", {classes}, x); },
        selected: () => {
          const [x, mask] = [at(0), at(1)], count = needed("count"), filling = call.number("filling", 0), axis = axisOf(x, 0);
          if (!(count >= 0 && sameShape(mask.shape, [x.shape[axis]]))) throw shapeFault("selected", say("countAndMask", x.shape[axis]), say("both", count, written(mask.shape)));
          const places = make("selected", {count}, mask), more = make("pad", {shape: x.shape.map((n, i) => i === axis ? n + 1 : n), starts: x.shape.map(() => 0), steps: x.shape.map(() => 1), filling}, x);
          return gathered(more, places, axis);
        },
        segmentSum: () => {
          const x = at(0), places = call.positions(), count = needed("count");
          if (count < 0) throw shapeFault("segmentSum", say("countOfZero"), `${count}`);
          return make("scatterAdd", {axis: axisOf(x, 0), length: count}, x, places);
        },
        fft: () => transform(false), inverseFFT: () => transform(true), interpolate: interpolated,
        tridiagonalSolve: () => make("tridiagonalSolve", {}, at(0), at(1), at(2), at(3)),
        dirichletLogDensity: () => { const [x, a] = [at(0), at(1)], sum = y => o.reduce("sum", y, [-1], false); return r("subtract", r("add", sum(r("xlogy", r("subtract", a, number(1)), x)), r("lgamma", sum(a))), sum(r("lgamma", a))); },
        multinomialLogProbability: () => { const [k, logits] = [at(0), at(1)], sum = y => o.reduce("sum", y, [-1], false), total = sum(k); return r("add", r("subtract", r("lgamma", r("add", total, number(1))), sum(r("lgamma", r("add", k, number(1))))), sum(r("multiply", k, o.logSoftmax(logits, -1)))); },
        categoricalLogProbability: () => { const [classes, logits] = [at(0), at(1)], places = o.expanded(classes, -1); return o.reshaped(along(o.logSoftmax(logits, -1), places, position(logits.shape, -1, "gatherAlong")), classes.shape); },
      };
    }

    """#
}
