extension FormulaScript {
  /// What formulas call of linear algebra.
  static let matrixCalls = #"""
    function matrixCalls(call) {
      const {graph} = call, o = on(graph), {r} = o, at = i => call.at(i), name = call.f.name;
      const make = (op, attributes, ...inputs) => graph.record(op, attributes, inputs), turned = x => o.transposed(x, [1, 0]);
      const single = (...nodes) => { if (nodes.some(n => n.shape.length > 2)) throw call.wrong(say("notBatches", name)); return nodes; };
      const rows = (x, from, to) => to - from === x.shape[0] ? x : o.sliced(x, [{start: from, stop: to, step: 1}]), columns = (x, from, to) => to - from === x.shape[1] ? x : o.sliced(x, [{start: 0, stop: x.shape[0], step: 1}, {start: from, stop: to, step: 1}]);
      const row = (x, i) => o.reshaped(rows(x, i, i + 1), [x.shape[1]]), product = (a, b, left = false) => make("matmul", {transposesLeft: left, transposesRight: false}, a, b);
      const eyeNode = n => o.identity(n), square = (x, origin) => { needSquare(x.shape, origin); single(x); return x; }, matrix = (x, origin) => { needMatrix(x.shape, origin); single(x); return x; };
      const eigh = x => make("eigh", {}, square(x, "eigh")), svd = x => make("svd", {}, matrix(x, "svd"));
      const singularValues = x => row(svd(x), x.shape[0]);
      const qr = x => { const [m, n] = matrix(x, "qr").shape, k = Math.min(m, n), f = make("qr", {}, columns(x, 0, k)), q = rows(f, 0, m), upper = rows(f, m, m + k); return {q, r: n > k ? o.concatenate([upper, product(q, columns(x, k, n), true)], -1) : upper}; };
      const triangular = (t, b, isLower, isTransposed) => make("triangularSolve", {isLower, isTransposed}, t, b), triangle = (x, isLower, offset) => make(isLower ? "lowerTriangle" : "upperTriangle", {isLower, offset, diagonalWeight: 1}, x);
      function lu(x) {
        const [m, n] = matrix(x, "lu").shape, k = Math.min(m, n), order = make("pivotOrder", {}, o.stopped(x)), p = make("permuteRows", {isTransposed: true}, eyeNode(m), order), moved = make("permuteRows", {isTransposed: false}, x, order);
        const factors = make("triangularFactors", {}, columns(rows(moved, 0, k), 0, k));
        let l = r("add", triangle(factors, true, -1), eyeNode(k)), u = triangle(factors, false, 0);
        if (m > k) l = o.concatenate([l, turned(triangular(u, turned(rows(moved, k, m)), false, true))], -2);
        if (n > k) u = o.concatenate([u, triangular(l, columns(moved, k, n), true, false)], -1);
        return {p, l, u};
      }
      function withColumns(origin, a, b, record) {
        needSquare(a.shape, origin);
        if (!(b.shape.length > 0 && b.shape.at(b.shape.length === 1 ? 0 : -2) === a.shape.at(-1))) throw shapeFault(origin, say("columnsNeeded", a.shape.at(-1), written(a.shape)), say("theShape", written(b.shape)));
        single(a, b);
        return b.shape.length === 1 ? o.reshaped(record(a, o.reshaped(b, [b.shape[0], 1])), [b.shape[0]]) : record(a, b);
      }
      function determinant(x) {
        const [n] = square(x, "determinant").shape, element = (i, j) => o.reshaped(columns(rows(x, i, i + 1), j, j + 1), []), times = (a, b) => r("multiply", a, b);
        const minor = (i, j, k, l) => r("subtract", times(element(i, k), element(j, l)), times(element(i, l), element(j, k)));
        if (n === 1) return element(0, 0);
        if (n === 2) return minor(0, 1, 0, 1);
        if (n === 3) return r("add", r("subtract", times(element(0, 0), minor(1, 2, 1, 2)), times(element(0, 1), minor(1, 2, 0, 2))), times(element(0, 2), minor(1, 2, 0, 1)));
        return make("determinant", {}, x);
      }
      function power(x, exponent) {
        square(x, "matrixPower");
        let rest = Math.abs(exponent), base = exponent < 0 ? make("solve", {isTransposed: false, isCautious: false}, x, eyeNode(x.shape[0])) : x, result = null;
        while (rest > 0) { if (rest % 2 === 1) result = result ? product(result, base) : base; rest = Math.floor(rest / 2); if (rest > 0) base = product(base, base); }
        return result ?? eyeNode(x.shape[0]);
      }
      const inverse = x => x.shape.length < 2 ? r("reciprocal", x) : make("solve", {isTransposed: false, isCautious: false}, square(x, "inverse"), eyeNode(x.shape[0]));
      const norms = (x, read, empty = 0) => { matrix(x, "norm"); return Math.min(...x.shape) === 0 ? o.number(empty) : read(singularValues(x)); };
      return {
        cholesky: () => make("cholesky", {}, ...single(at(0))), inverse: () => inverse(at(0)), determinant: () => determinant(at(0)),
        logDeterminant: () => make("logDeterminant", {}, ...single(at(0))), determinantSign: () => make("determinantSign", {}, ...single(at(0))),
        pseudoInverse: () => make("pseudoInverse", {}, ...single(at(0))), matrixExponential: () => make("matrixExponential", {}, ...single(at(0))),
        eigenvalues: () => row(eigh(at(0)), 0), eigenvectors: () => { const both = eigh(at(0)); return rows(both, 1, both.shape[0]); },
        singularValues: () => singularValues(at(0)), leftSingularVectors: () => rows(svd(at(0)), 0, at(0).shape[0]), rightSingularVectors: () => { const all = svd(at(0)); return rows(all, at(0).shape[0] + 1, all.shape[0]); },
        qrOrthogonal: () => qr(at(0)).q, qrTriangular: () => qr(at(0)).r, luPermutation: () => lu(at(0)).p, luLower: () => lu(at(0)).l, luUpper: () => lu(at(0)).u,
        nuclearNorm: () => norms(at(0), s => o.reduce("sum", s, [-1], false)), spectralNorm: () => norms(at(0), s => o.reshaped(o.sliced(s, [{start: 0, stop: 1, step: 1}]), [])),
        inducedNorm: () => at(0).shape.length < 2 ? o.norm(at(0), 2, null, false) : norms(at(0), s => o.reshaped(o.sliced(s, [{start: 0, stop: 1, step: 1}]), [])),
        frobeniusNorm: () => { const x = at(0); needMatrix(x.shape, "norm"); return o.norm(x, 2, [-2, -1], false); },
        diagonalMatrix: () => {
          const x = at(0), n = x.shape.at(-1), batch = x.shape.slice(0, -1);
          if (!x.shape.length) throw shapeFault("diagonalMatrix", say("vectorNeeded"), say("aNumber"));
          if (n === 0) return o.reshaped(x, [...batch, 0, 0]);
          const spread = make("pad", {shape: [...batch, n, 1 + n], starts: [...batch.map(() => 0), 0, 0], steps: [...batch, 1, 1].map(() => 1), filling: 0}, o.reshaped(x, [...batch, n, 1]));
          return o.reshaped(o.sliced(o.reshaped(spread, [...batch, n * (n + 1)]), [...batch.map(length => ({start: 0, stop: length, step: 1})), {start: 0, stop: n * n, step: 1}]), [...batch, n, n]);
        },
        solve: () => withColumns("solve", at(0), at(1), (a, b) => make("solve", {isTransposed: false, isCautious: false}, a, b)),
        triangularSolve: () => { const isLower = call.options.has("lower") ? call.flag("lower") : true, isTransposed = call.flag("transposed"); return withColumns("triangularSolve", at(0), at(1), (a, b) => triangular(a, b, isLower, isTransposed)); },
        leastSquares: () => {
          const [a, b] = [at(0), at(1)];
          needMatrix(a.shape, "leastSquares");
          if (!(b.shape.length > 0 && b.shape.at(b.shape.length === 1 ? 0 : -2) === a.shape.at(-2))) throw shapeFault("leastSquares", say("columnsFor", a.shape.at(-2), written(a.shape)), say("theShape", written(b.shape)));
          single(a, b);
          return o.matmul(make("pseudoInverse", {}, a), b);
        },
        outer: () => {
          const [a, b] = [at(0), at(1)];
          if (a.shape.length === 0 || b.shape.length === 0) throw shapeFault("outer", say("vectorsNeeded"), say("aNumber"), say("multiplyByIt"));
          return r("multiply", o.reshaped(a, [...a.shape, 1]), o.reshaped(b, [...b.shape.slice(0, -1), 1, b.shape.at(-1)]));
        },
        kronecker: () => {
          const [a, b] = [at(0), at(1)], [s, t] = [needMatrix(a.shape, "kronecker"), needMatrix(b.shape, "kronecker")], [m, n, p, q] = [s.at(-2), s.at(-1), t.at(-2), t.at(-1)];
          const all = r("multiply", o.reshaped(a, [...s.slice(0, -2), m, 1, n, 1]), o.reshaped(b, [...t.slice(0, -2), 1, p, 1, q]));
          return o.reshaped(all, [...all.shape.slice(0, -4), m * p, n * q]);
        },
        choleskySolve: () => { const [l, b] = [at(0), at(1)], once = isTransposed => (a, c) => triangular(a, c, true, isTransposed); return withColumns("triangularSolve", l, withColumns("triangularSolve", l, b, once(false)), once(true)); },
        conditionNumber: () => {
          const x = at(0), [m, n] = needMatrix(x.shape, name).slice(-2);
          if (Math.min(m, n) === 0) throw shapeFault(name, say("leastOneElement"), say("theShape", written(x.shape)));
          const s = singularValues(x);
          return r("divide", o.sliced(s, [{index: 0}]), o.sliced(s, [{index: -1}]));
        },
        multivariateNormalLogDensity: () => {
          const [x, mean] = [at(0), at(1)], l = make("cholesky", {}, ...single(at(2))), n = l.shape[0], centered = r("subtract", x, mean), batch = centered.shape.slice(0, -1);
          if (!centered.shape.length || centered.shape.at(-1) !== n) throw shapeFault(name, say("vectorsForFactor", n, written(l.shape)), say("andMean", written(x.shape), written(mean.shape)));
          const white = triangular(l, o.transposed(o.reshaped(centered, [countOf(batch), n])), true, false), diagonal = o.sliced(o.reshaped(l, [n * n]), [{start: 0, stop: n * n, step: n + 1}]);
          const squares = o.reshaped(o.reduce("sum", r("square", white), [0], false), batch), logs = o.reduce("sum", r("log", diagonal), [-1], false);
          return r("subtract", r("subtract", o.times(squares, -0.5), logs), o.number(n * 0.9189385332046728));
        },
        matrixPower: () => { const [x, exponent] = [at(0), call.wholesFrom(call.operands[1])]; if (exponent.length !== 1) throw call.wrong(say("oneWholePower")); return power(x, exponent[0]); },
        lowerTriangle: () => { const x = at(0); return triangle(x, true, call.whole("offset", 0)); },
        upperTriangle: () => { const x = at(0); return triangle(x, false, call.whole("offset", 0)); },
      };
    }

    """#
}
