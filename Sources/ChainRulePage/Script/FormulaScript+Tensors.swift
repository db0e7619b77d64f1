extension FormulaScript {
  /// Elementary operations on tensors: what the primitives that are no functions of single numbers compute.
  static let tensors = #"""
    class Fault extends Error {
      constructor(kind, origin, required, got, hint = "") { super(say("fault", origin, required, got) + (hint ? " " + hint : "")); Object.assign(this, {kind, origin, required, got, hint}); }
    }
    const shapeFault = (origin, required, got, hint) => new Fault("shape", origin, required, got, hint);
    const written = shape => "[" + shape.join(", ") + "]";
    const countOf = shape => shape.reduce((a, b) => a * b, 1);
    const sameShape = (a, b) => a.length === b.length && a.every((n, i) => n === b[i]);
    const stridesOf = shape => { const strides = Array(shape.length).fill(1); for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1]; return strides; };
    const axisLength = (shape, axis) => shape[axis < 0 ? axis + shape.length : axis] ?? 0;
    function common(a, b) {
      const rank = Math.max(a.length, b.length), result = Array(rank).fill(1);
      for (let k = 1; k <= rank; k++) {
        const x = k <= a.length ? a[a.length - k] : 1, y = k <= b.length ? b[b.length - k] : 1;
        if (x !== y && x !== 1 && y !== 1) return null;
        result[rank - k] = x === 1 ? y : x;
      }
      return result;
    }
    const reducedShape = (shape, axes, keeps) => keeps ? shape.map((n, i) => axes.includes(i) ? 1 : n) : shape.filter((_, i) => !axes.includes(i));
    function overFilled(shape, axes, origin) {
      for (const axis of axes) if (shape[axis] === 0) throw shapeFault(origin, say("leastOneElement"), say("theShape", written(shape)));
      return reducedShape(shape, axes, false);
    }
    // Calls back with the flat place in `shape` and the place in a tensor of these strides, in row-major order.
    function walk(shape, strides, offset, visit) {
      const count = countOf(shape), rank = shape.length, index = Array(rank).fill(0);
      let place = offset;
      for (let flat = 0; flat < count; flat++) {
        visit(flat, place);
        for (let axis = rank - 1; axis >= 0; axis--) {
          place += strides[axis];
          if (++index[axis] < shape[axis]) break;
          place -= strides[axis] * shape[axis];
          index[axis] = 0;
        }
      }
    }
    function copied(x, shape, strides, offset = 0) {
      const data = new Float64Array(countOf(shape));
      walk(shape, strides, offset, (flat, place) => { data[flat] = x[place]; });
      return data;
    }
    function reduceOver(x, shape, axes, start, combine) {
      const kept = reducedShape(shape, axes, true), strides = stridesOf(kept).map((s, i) => axes.includes(i) ? 0 : s);
      const data = new Float64Array(countOf(kept)).fill(start);
      walk(shape, strides, 0, (flat, place) => { data[place] = combine(data[place], x[flat]); });
      return data;
    }
    const largerOf = (a, b) => Number.isNaN(a) || Number.isNaN(b) ? NaN : a > b ? a : b;
    const smallerOf = (a, b) => Number.isNaN(a) || Number.isNaN(b) ? NaN : a < b ? a : b;
    // Along one axis: calls back with the places of each line.
    function lines(shape, axis, visit) {
      const step = stridesOf(shape)[axis], length = shape[axis], count = countOf(shape), places = Array(length);
      for (let start = 0; start < count; start++) {
        if (Math.floor(start / step) % length !== 0) continue;
        for (let i = 0; i < length; i++) places[i] = start + i * step;
        visit(places);
      }
    }
    function checkedPositions(indices, limit, origin) {
      indices.forEach((i, at) => { if (!Number.isInteger(i)) throw new Fault("value", origin, say("wholeIndices"), say("atPosition", swiftText(i), at), say("roundIt")); });
      indices.forEach((i, at) => { if (!(i >= 0 && i < limit)) throw new Fault("value", origin, say("indicesWithin", limit), say("atPosition", i, at)); });
    }
    const splitAt = (shape, axis) => [countOf(shape.slice(0, axis)), shape[axis], countOf(shape.slice(axis + 1))];
    function alongPlaces(indices, indexShape, axis, length) {
      const [outer, lines, inner] = splitAt(indexShape, axis), places = new Float64Array(indices.length);
      let at = 0;
      for (let row = 0; row < outer; row++) for (let i = 0; i < lines; i++) for (let column = 0; column < inner; column++) { places[at] = (row * length + indices[at]) * inner + column; at++; }
      return places;
    }
    const outputSize = (g, input, window) => [0, 1].map(i => {
      const span = g.dilation[i] * (window[i] - 1) + 1, padded = input[i] + 2 * g.padding[i];
      return padded < span ? 0 : Math.floor((padded - span) / g.stride[i]) + 1;
    });
    function pooledShape(p, shape, origin) {
      const size = outputSize(p.geometry, [axisLength(shape, 2), axisLength(shape, 3)], p.window);
      if (shape.length !== 4 || !(size[0] > 0 && size[1] > 0)) throw shapeFault(origin, say("windowFits", written(p.window)), written(shape));
      return [shape[0], shape[1], ...size];
    }
    // Every meeting of an output place, a place of the window and a place of the image.
    function meetings(g, window, image, output, visit) {
      for (let p = 0; p < output[0]; p++) for (let q = 0; q < output[1]; q++) for (let i = 0; i < window[0]; i++) for (let j = 0; j < window[1]; j++) {
        const row = p * g.stride[0] + i * g.dilation[0] - g.padding[0], column = q * g.stride[1] + j * g.dilation[1] - g.padding[1];
        if (row >= 0 && row < image[0] && column >= 0 && column < image[1]) visit(p * output[1] + q, i * window[1] + j, row * image[1] + column);
      }
    }
    function trilinear(g, x, w, y, visit) {
      const [n, c, h, wide] = x, [o, perGroup, kh, kw] = w, [, , oh, ow] = y, inEach = o / g.groups;
      for (let b = 0; b < n; b++) for (let out = 0; out < o; out++) for (let k = 0; k < perGroup; k++) {
        const channel = Math.floor(out / inEach) * perGroup + k;
        meetings(g, [kh, kw], [h, wide], [oh, ow], (at, inWindow, inImage) =>
          visit((b * c + channel) * h * wide + inImage, (out * perGroup + k) * kh * kw + inWindow, (b * o + out) * oh * ow + at));
      }
    }
    function convolutionShape(a, x, w) {
      const g = a.geometry;
      if (x.length !== 4 || w.length !== 4 || x[1] !== w[1] * g.groups || w[0] % g.groups !== 0) throw shapeFault("convolution", say("imagesAndWeights", g.groups), say("both", written(x), written(w)));
      const size = outputSize(g, [x[2], x[3]], [w[2], w[3]]);
      if (!(w[2] > 0 && w[3] > 0 && size[0] > 0 && size[1] > 0)) throw shapeFault("convolution", say("windowFitsInput"), say("windowOver", written(w), written(x)), say("morePadding"));
      return [x[0], w[0], ...size];
    }

    // name: [shape of the output from attributes and shapes, values from attributes, inputs, shapes and the output's shape]
    const kernels = {
      sum: [(a, [x]) => reducedShape(x, a.axes, false), (a, [x], [s]) => reduceOver(x, s, a.axes, 0, (m, n) => m + n)],
      max: [(a, [x]) => overFilled(x, a.axes, "max"), (a, [x], [s]) => reduceOver(x, s, a.axes, -Infinity, largerOf)],
      min: [(a, [x]) => overFilled(x, a.axes, "min"), (a, [x], [s]) => reduceOver(x, s, a.axes, Infinity, smallerOf)],
      logSumExp: [(a, [x]) => overFilled(x, a.axes, "logSumExp"), (a, [x], [s]) => {
        const largest = reduceOver(x, s, a.axes, -Infinity, largerOf), kept = reducedShape(s, a.axes, true);
        const back = copied(largest, s, stridesOf(kept).map((t, i) => a.axes.includes(i) ? 0 : t));
        const total = reduceOver(x.map((v, i) => Number.isFinite(back[i]) ? Math.exp(v - back[i]) : 0), s, a.axes, 0, (m, n) => m + n);
        return largest.map((l, i) => Number.isFinite(l) ? l + Math.log(total[i]) : l);
      }],
      softmax: [(a, [x]) => x, (a, [x], [s]) => {
        const y = new Float64Array(x.length);
        lines(s, a.axis, places => {
          const largest = places.reduce((m, p) => largerOf(m, x[p]), -Infinity);
          let total = 0;
          if (largest === -Infinity) return;
          for (const p of places) total += (y[p] = Math.exp(x[p] - largest));
          for (const p of places) y[p] /= total;
        });
        return y;
      }],
      argmax: [(a, [x]) => overFilled(x, [a.axis], "argmax"), (a, [x], [s], out) => {
        const y = new Float64Array(countOf(out));
        let at = 0;
        const [outer, length, inner] = splitAt(s, a.axis);
        for (let i = 0; i < outer; i++) for (let j = 0; j < inner; j++) {
          let best = 0;
          for (let k = 1; k < length; k++) if (x[(i * length + k) * inner + j] > x[(i * length + best) * inner + j]) best = k;
          y[at++] = best;
        }
        return y;
      }],
      cumulativeSum: [(a, [x]) => x, (a, [x], [s]) => {
        const y = new Float64Array(x.length);
        lines(s, a.axis, places => { let total = 0; for (const p of a.isReversed ? places.slice().reverse() : places) y[p] = total += x[p]; });
        return y;
      }],
      matmul: [(a, [x, y]) => {
        const at = axisLength, [m, k] = a.transposesLeft ? [at(x, -1), at(x, -2)] : [at(x, -2), at(x, -1)], [k2, n] = a.transposesRight ? [at(y, -1), at(y, -2)] : [at(y, -2), at(y, -1)];
        if (!(x.length >= 2 && x.length === y.length && k === k2 && sameShape(x.slice(0, -2), y.slice(0, -2))))
          throw shapeFault("matmul", say("productLengths"), `${written(x)} · ${written(y)}`, say("productAxes"));
        return [...x.slice(0, -2), m, n];
      }, (a, [x, y], [s], out) => {
        const m = out.at(-2), n = out.at(-1), k = a.transposesLeft ? s.at(-2) : s.at(-1), batches = countOf(out.slice(0, -2)), result = new Float64Array(countOf(out));
        for (let b = 0; b < batches; b++) for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
          let total = 0;
          for (let l = 0; l < k; l++) total += x[b * m * k + (a.transposesLeft ? l * m + i : i * k + l)] * y[b * k * n + (a.transposesRight ? j * k + l : l * n + j)];
          result[(b * m + i) * n + j] = total;
        }
        return result;
      }],
      broadcast: [(a, [x]) => {
        const shape = common(x, a.shape);
        if (!shape || !sameShape(shape, a.shape)) throw shapeFault("broadcast", say("broadcastsTo", written(a.shape)), written(x));
        return a.shape;
      }, (a, [x], [s], out) => {
        const strides = stridesOf(s), missing = out.length - s.length;
        return copied(x, out, out.map((_, i) => i < missing || s[i - missing] === 1 ? 0 : strides[i - missing]));
      }],
      reshape: [(a, [x]) => {
        if (countOf(x) !== Math.max(0, countOf(a.shape)) || a.shape.some(n => n < 0)) throw shapeFault("reshape", say("shapeOfElements", countOf(x)), say("fromShapeTo", written(x), written(a.shape)));
        return a.shape;
      }, (a, [x]) => x],
      transpose: [(a, [x]) => a.order.map(i => x[i]), (a, [x], [s], out) => { const t = stridesOf(s); return copied(x, out, a.order.map(i => t[i])); }],
      flip: [(a, [x]) => x, (a, [x], [s]) => {
        if (!x.length) return x;
        const strides = stridesOf(s);
        let offset = 0;
        for (const axis of a.axes) { offset += (s[axis] - 1) * strides[axis]; strides[axis] = -strides[axis]; }
        return copied(x, s, strides, offset);
      }],
      slice: [a => a.counts, (a, [x], [s]) => { const t = stridesOf(s); return copied(x, a.counts, t.map((n, i) => n * a.steps[i]), t.reduce((o, n, i) => o + n * a.starts[i], 0)); }],
      pad: [a => a.shape, (a, [x], [s]) => {
        const y = new Float64Array(countOf(a.shape)).fill(a.filling), t = stridesOf(a.shape);
        walk(s, t.map((n, i) => n * a.steps[i]), t.reduce((o, n, i) => o + n * a.starts[i], 0), (flat, place) => { y[place] = x[flat]; });
        return y;
      }],
      concatenate: [(a, shapes) => {
        const lengths = shapes[0].slice();
        for (const shape of shapes.slice(1)) {
          if (shape.length !== lengths.length || shape.some((n, i) => i !== a.axis && n !== lengths[i])) throw shapeFault("concatenate", say("equalLengthsBut", a.axis), shapes.map(written).join(", "));
          lengths[a.axis] += shape[a.axis];
        }
        return lengths;
      }, (a, parts, shapes, out) => {
        const y = new Float64Array(countOf(out)), t = stridesOf(out);
        let start = 0;
        parts.forEach((x, i) => { walk(shapes[i], t, start * t[a.axis], (flat, place) => { y[place] = x[flat]; }); start += shapes[i][a.axis]; });
        return y;
      }],
      gather: [(a, [x, i]) => {
        if (a.axis >= x.length) throw shapeFault("gather", say("anAxisNumber", a.axis), written(x));
        return [...x.slice(0, a.axis), ...i, ...x.slice(a.axis + 1)];
      }, (a, [x, at], [s], out) => {
        const [outer, length, inner] = splitAt(s, a.axis), y = new Float64Array(countOf(out));
        checkedPositions(at, length, "gather");
        let place = 0;
        for (let row = 0; row < outer; row++) for (const i of at) for (let column = 0; column < inner; column++) y[place++] = x[(row * length + i) * inner + column];
        return y;
      }],
      scatterAdd: [(a, [x, i]) => { if (!sameShape(x.slice(a.axis, a.axis + i.length), i)) throw shapeFault("scatterAdd", say("indicesShape", written(i), a.axis), written(x)); return [...x.slice(0, a.axis), a.length, ...x.slice(a.axis + i.length)]; }, (a, [x, at], s, out) => {
        checkedPositions(at, a.length, "scatterAdd");
        const [outer, length, inner] = splitAt(out, a.axis), y = new Float64Array(countOf(out));
        let place = 0;
        for (let row = 0; row < outer; row++) for (const i of at) for (let column = 0; column < inner; column++) y[(row * length + i) * inner + column] += x[place++];
        return y;
      }],
      gatherAlong: [(a, [x, i]) => {
        if (x.length !== i.length || x.some((n, k) => k !== a.axis && n !== i[k])) throw shapeFault("gatherAlong", say("indicesLike", written(x), a.axis), written(i));
        return i;
      }, (a, [x, at], [s, i]) => { checkedPositions(at, s[a.axis], "gatherAlong"); return alongPlaces(at, i, a.axis, s[a.axis]).map(p => x[p]); }],
      scatterAddAlong: [(a, [x]) => x.map((n, i) => i === a.axis ? a.length : n), (a, [x, at], [, i], out) => {
        const y = new Float64Array(countOf(out));
        alongPlaces(at, i, a.axis, a.length).forEach((p, k) => { y[p] += x[k]; });
        return y;
      }],
      stopGradient: [(a, [x]) => x, (a, [x]) => x],
      convolution: [(a, [x, w]) => convolutionShape(a, x, w), (a, [x, w], [s, t], out) => { const y = new Float64Array(countOf(out)); trilinear(a.geometry, s, t, out, (i, j, k) => { y[k] += x[i] * w[j]; }); return y; }],
      convolutionInputGradient: [(a, [u, w]) => [u[0], w[1] * a.geometry.groups, ...a.size], (a, [u, w], [s, t], out) => { const x = new Float64Array(countOf(out)); trilinear(a.geometry, out, t, s, (i, j, k) => { x[i] += u[k] * w[j]; }); return x; }],
      convolutionWeightGradient: [(a, [x, u]) => [u[1], x[1] / a.geometry.groups, ...a.window], (a, [x, u], [s, t], out) => { const w = new Float64Array(countOf(out)); trilinear(a.geometry, s, out, t, (i, j, k) => { w[j] += x[i] * u[k]; }); return w; }],
      maxPool: [(a, [x]) => pooledShape(a.pooling, x, "maxPool"), (a, [x], [s], out) => {
        const at = kernels.maxPoolWinners[1](a, [x], [s], out), plane = s[2] * s[3], each = out[2] * out[3];
        return at.map((p, i) => x[Math.floor(i / each) * plane + p]);
      }],
      maxPoolWinners: [(a, [x]) => { const o = pooledShape(a.pooling, x, "maxPoolWinners"); return [o[0] * o[1], o[2] * o[3]]; }, (a, [x], [s]) => {
        const o = pooledShape(a.pooling, s, "maxPoolWinners"), each = o[2] * o[3], plane = s[2] * s[3], y = new Float64Array(o[0] * o[1] * each).fill(-1);
        for (let b = 0; b < o[0] * o[1]; b++) meetings(a.pooling.geometry, a.pooling.window, [s[2], s[3]], [o[2], o[3]], (at, _, p) => { const k = b * each + at; if (y[k] < 0 || x[b * plane + p] > x[b * plane + y[k]]) y[k] = p; });
        return y;
      }],
      averagePool: [(a, [x]) => pooledShape(a.pooling, x, "averagePool"), (a, [x], [s], out) => {
        const y = new Float64Array(countOf(out)), each = out[2] * out[3], plane = s[2] * s[3], area = countOf(a.pooling.window);
        for (let b = 0; b < s[0] * s[1]; b++) meetings(a.pooling.geometry, a.pooling.window, [s[2], s[3]], [out[2], out[3]], (at, _, p) => { y[b * each + at] += x[b * plane + p] / area; });
        return y;
      }],
      averagePoolTransposed: [(a, [u]) => [u[0], u[1], ...a.size], (a, [u], [s], out) => {
        const x = new Float64Array(countOf(out)), each = s[2] * s[3], plane = out[2] * out[3], area = countOf(a.pooling.window);
        for (let b = 0; b < s[0] * s[1]; b++) meetings(a.pooling.geometry, a.pooling.window, [out[2], out[3]], [s[2], s[3]], (at, _, p) => { x[b * plane + p] += u[b * each + at] / area; });
        return x;
      }],
    };
    kernels.reverseCumulativeSum = kernels.cumulativeSum;
    const choosing = new Set(["argmax", "maxPoolWinners"]), moving = new Set(["broadcast", "reshape", "transpose", "flip", "slice", "concatenate", "gather", "gatherAlong", "stopGradient"]);

    // One function of numbers, element by element; a number beside a tensor is that number everywhere.
    function mapped(run, inputs) {
      const length = inputs.reduce((n, x) => Math.max(n, x.length), 0), y = new Float64Array(inputs.some(x => x.length === 0) ? 0 : length);
      const [a, b, c] = inputs, at = (x, i) => x === undefined ? undefined : x[x.length === 1 ? 0 : i];
      for (let i = 0; i < y.length; i++) y[i] = run(at(a, i), at(b, i), at(c, i));
      return y;
    }

    """#
}
