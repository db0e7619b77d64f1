extension FormulaScript {
  /// What statistics and signals make of vectors and matrices, composed as the library composes it.
  static let relatives = #"""
    function relativeCalls(call) {
      const {graph} = call, o = on(graph), {r} = o, at = i => call.at(i), name = call.f.name;
      const make = (op, attributes, ...inputs) => graph.record(op, attributes, inputs);
      return {
        symmetricPart: () => { const x = at(0); needSquare(x.shape, "symmetricPart"); const order = x.shape.map((_, i) => i); order.push(...order.splice(-2).reverse()); return r("multiply", o.number(0.5), r("add", x, o.transposed(x, order))); },
        cross: () => {
          const [a, b] = [at(0), at(1)], ends = [a, b].map(x => x.shape.at(-1));
          if (ends[0] !== 3 || ends[1] !== 3) throw shapeFault("cross", say("vectorsOfThree"), say("both", written(a.shape), written(b.shape)));
          const turnedBy = (x, count) => { const lead = x.shape.slice(0, -1).map(n => ({start: 0, stop: n, step: 1})), part = (start, stop) => o.sliced(x, [...lead, {start, stop, step: 1}]); return o.concatenate([part(count, 3), part(0, count)], x.shape.length - 1); };
          const [left, right] = [[1, 2], [2, 1]].map(([p, q]) => { const x = turnedBy(a, p); return r("multiply", x, turnedBy(b, q)); });
          return r("subtract", left, right);
        },
        squaredDistances: () => {
          const [x, y] = [at(0), at(1)];
          if (!(x.shape.length >= 2 && y.shape.length >= 2 && x.shape.at(-1) === y.shape.at(-1))) throw shapeFault(name, say("rowsOfOneLength"), say("both", written(x.shape), written(y.shape)));
          return o.reduce("sum", r("square", r("subtract", o.expanded(x, -2), o.expanded(y, -3))), [-1], false);
        },
        toeplitz: () => {
          const [column, line] = [at(0), at(1)], [m, n] = [column.shape[0], line.shape[0]];
          if (!(column.shape.length === 1 && line.shape.length === 1 && m > 0 && n > 0)) throw shapeFault(name, say("vectorsWithElements"), say("both", written(column.shape), written(line.shape)));
          const back = make("flip", {axes: [0]}, column), all = n === 1 ? back : o.concatenate([back, o.sliced(line, [{start: 1, stop: n, step: 1}])], 0);
          return make("gather", {axis: 0}, all, graph.constant({shape: [m, n], data: Float64Array.from({length: m * n}, (_, i) => m - 1 - Math.floor(i / n) + i % n), index: true}));
        },
        trapezoid: () => {
          const [y, x] = [at(0), at(1)], n = y.shape.at(-1), part = (z, start, stop) => o.sliced(z, [...z.shape.slice(0, -1).map(length => ({start: 0, stop: length, step: 1})), {start, stop, step: 1}]);
          if (!(n > 0 && x.shape.at(-1) === n)) throw shapeFault(name, say("valuesAndPlaces"), say("both", written(y.shape), written(x.shape)));
          const widths = r("multiply", o.number(0.5), r("subtract", part(x, 1, n), part(x, 0, n - 1)));
          return o.reduce("sum", r("multiply", widths, r("add", part(y, 1, n), part(y, 0, n - 1))), [-1], false);
        },
        blockDiagonal: () => {
          const all = call.operands.map((_, i) => at(i)), odd = all.find(x => x.shape.length !== 2), width = all.reduce((n, x) => n + x.shape[1], 0);
          if (odd) throw shapeFault(name, say("matricesNeeded"), say("theShape", written(odd.shape)));
          let before = 0;
          const parts = all.map(x => { const y = make("pad", {shape: [x.shape[0], width], starts: [0, before], steps: [1, 1], filling: 0}, x); before += x.shape[1]; return y; });
          return parts.length === 1 ? parts[0] : o.concatenate(parts, 0);
        },
        covariance: () => {
          const x = at(0), correction = call.whole("correction", 1), n = needMatrix(x.shape, name).at(-2), centered = r("subtract", x, o.mean(x, [-2], true));
          return r("divide", make("matmul", {transposesLeft: true, transposesRight: false}, centered, centered), o.number(n - correction));
        },
      };
    }

    """#
}
