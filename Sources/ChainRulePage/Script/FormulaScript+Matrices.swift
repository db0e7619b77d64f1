extension FormulaScript {
  /// Factorizations of single matrices, and what formulas call them by; the library has batches of them, too.
  static let matrices = #"""
    const matrixFault = (origin, required, shape) => shapeFault(origin, say(required), say("theShape", written(shape)));
    function needMatrix(shape, origin) { if (shape.length < 2) throw matrixFault(origin, "matrixNeeded", shape); return shape; }
    function needSquare(shape, origin) { if (shape.length < 2 || shape.at(-1) !== shape.at(-2)) throw matrixFault(origin, "squareNeeded", shape); return shape; }
    const singularFault = (pivot, origin) => new Fault("value", origin, say("invertibleNeeded"), say("pivotIsZero", pivot), say("anyRank"));
    const needFinite = (x, origin) => { if (!x.every(Number.isFinite)) throw new Fault("value", origin, say("finiteNeeded"), "∞ or NaN"); };
    const eye = n => Float64Array.from({length: n * n}, (_, i) => i % (n + 1) === 0 ? 1 : 0);
    const flip2 = (x, m, n) => Float64Array.from({length: m * n}, (_, i) => x[(i % m) * n + Math.floor(i / m)]);
    function times2(a, b, m, k, n) {
      const c = new Float64Array(m * n);
      for (let i = 0; i < m; i++) for (let l = 0; l < k; l++) for (let j = 0; j < n; j++) c[i * n + j] += a[i * k + l] * b[l * n + j];
      return c;
    }
    // L and U in one, and the order of the rows: partial pivoting, on any m × n.
    function luOf(a, m, n = m) {
      const x = Float64Array.from(a), order = Array.from({length: m}, (_, i) => i);
      for (let j = 0; j < Math.min(m, n); j++) {
        let best = j;
        for (let i = j + 1; i < m; i++) if (Math.abs(x[i * n + j]) > Math.abs(x[best * n + j])) best = i;
        if (best !== j) { for (let k = 0; k < n; k++) [x[j * n + k], x[best * n + k]] = [x[best * n + k], x[j * n + k]]; [order[j], order[best]] = [order[best], order[j]]; }
        const pivot = x[j * n + j];
        if (pivot === 0) continue;
        for (let i = j + 1; i < m; i++) { const factor = x[i * n + j] /= pivot; for (let k = j + 1; k < n; k++) x[i * n + k] -= factor * x[j * n + k]; }
      }
      return {x, order};
    }
    const pivotsOf = ({x, order}) => {
      let odd = 0;
      const seen = new Set();
      for (const start of order) for (let at = start, length = 0; !seen.has(at); at = order[at], length++) { seen.add(at); if (length > 0) odd ^= 1; }
      return {values: order.map((_, i) => x[i * (order.length + 1)]), sign: odd ? -1 : 1};
    };
    // X of T X = B by a triangle of T; a 0 on the diagonal is a mistake of `origin`.
    function substituted(t, b, n, m, isLower, isTransposed, isUnit, origin) {
      const x = Float64Array.from(b), forth = isLower !== isTransposed, at = (i, j) => isTransposed ? t[j * n + i] : t[i * n + j];
      if (!isUnit) for (let i = 0; i < n; i++) if (t[i * n + i] === 0) throw singularFault(i, origin);
      for (let step = 0; step < n; step++) {
        const i = forth ? step : n - 1 - step;
        for (let c = 0; c < m; c++) {
          let sum = x[i * m + c];
          for (let j = forth ? 0 : i + 1; j < (forth ? i : n); j++) sum -= at(i, j) * x[j * m + c];
          x[i * m + c] = isUnit ? sum : sum / t[i * n + i];
        }
      }
      return x;
    }
    function solved2(factors, b, n, m, isTransposed, origin) {
      const {x, order} = factors;
      for (let i = 0; i < n; i++) if (x[i * (n + 1)] === 0) throw singularFault(i, origin);
      if (!isTransposed) {
        const moved = Float64Array.from({length: n * m}, (_, i) => b[order[Math.floor(i / m)] * m + i % m]);
        return substituted(x, substituted(x, moved, n, m, true, false, true, origin), n, m, false, false, false, origin);
      }
      const y = substituted(x, substituted(x, b, n, m, false, true, false, origin), n, m, true, true, true, origin), back = new Float64Array(n * m);
      order.forEach((row, i) => { for (let c = 0; c < m; c++) back[row * m + c] = y[i * m + c]; });
      return back;
    }
    // Columns with the sign that the library gives them: the first element of at least 0.9 of the largest is positive.
    function signOfColumn(x, rows, columns, j) {
      let largest = 0;
      for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(x[i * columns + j]));
      for (let i = 0; i < rows; i++) if (Math.abs(x[i * columns + j]) >= 0.9 * largest) return x[i * columns + j] < 0 ? -1 : 1;
      return 1;
    }
    // Jacobi's rotations of pairs of columns until all are orthogonal (Hestenes 1958); rows ≥ columns.
    function svdOf(a, m, n) {
      if (m < n) { const {u, s, v} = svdOf(flip2(a, m, n), n, m); return signed({u: v, s, v: u}, m, n); }
      const x = Float64Array.from(a), v = eye(n);
      for (let sweep = 0, turned = true; turned && sweep < 80; sweep++) {
        turned = false;
        for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) {
          let alpha = 0, beta = 0, gamma = 0;
          for (let i = 0; i < m; i++) { const [s, t] = [x[i * n + p], x[i * n + q]]; alpha += s * s; beta += t * t; gamma += s * t; }
          if (gamma === 0 || Math.abs(gamma) <= 1e-17 * Math.sqrt(alpha * beta)) continue;
          turned = true;
          const zeta = (beta - alpha) / (2 * gamma), t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta)), c = 1 / Math.sqrt(1 + t * t), s = c * t;
          for (const [y, rows] of [[x, m], [v, n]]) for (let i = 0; i < rows; i++) { const [e, f] = [y[i * n + p], y[i * n + q]]; y[i * n + p] = c * e - s * f; y[i * n + q] = s * e + c * f; }
        }
      }
      const size = Array.from({length: n}, (_, j) => { let sum = 0; for (let i = 0; i < m; i++) sum = Math.hypot(sum, x[i * n + j]); return sum; });
      const order = size.map((_, j) => j).sort((i, j) => size[j] - size[i]), u = new Float64Array(m * n), w = new Float64Array(n * n), s = order.map(j => size[j]);
      order.forEach((from, to) => { for (let i = 0; i < m; i++) u[i * n + to] = size[from] > 0 ? x[i * n + from] / size[from] : 0; for (let i = 0; i < n; i++) w[i * n + to] = v[i * n + from]; });
      for (let j = 0; j < n; j++) if (s[j] <= 1e-300) completed(u, m, n, j);
      return signed({u, s, v: w}, m, n);
    }
    function signed({u, s, v}, m, n) {
      const k = s.length;
      for (let j = 0; j < k; j++) if (signOfColumn(u, m, k, j) < 0) { for (let i = 0; i < m; i++) u[i * k + j] *= -1; for (let i = 0; i < n; i++) v[i * k + j] *= -1; }
      return {u, s, v};
    }
    // A column orthogonal to those before it, of length 1.
    function completed(u, m, n, j) {
      for (let e = 0; e < m; e++) {
        const x = Float64Array.from({length: m}, (_, i) => i === e ? 1 : 0);
        for (let round = 0; round < 2; round++) for (let k = 0; k < j; k++) { let dot = 0; for (let i = 0; i < m; i++) dot += u[i * n + k] * x[i]; for (let i = 0; i < m; i++) x[i] -= dot * u[i * n + k]; }
        const size = Math.hypot(...x);
        if (size > 0.1 / Math.sqrt(m)) { for (let i = 0; i < m; i++) u[i * n + j] = x[i] / size; return; }
      }
    }
    // Eigenvalues, ascending, and vectors of the symmetric part, by Jacobi's rotations.
    function eighOf(a, n) {
      const x = Float64Array.from({length: n * n}, (_, i) => (a[i] + a[(i % n) * n + Math.floor(i / n)]) / 2), v = eye(n);
      for (let sweep = 0, turned = true; turned && sweep < 80; sweep++) {
        turned = false;
        for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) {
          const off = x[p * n + q];
          if (off === 0 || Math.abs(off) <= 1e-18 * (Math.abs(x[p * n + p]) + Math.abs(x[q * n + q]))) continue;
          turned = true;
          const zeta = (x[q * n + q] - x[p * n + p]) / (2 * off), t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta)), c = 1 / Math.sqrt(1 + t * t), s = c * t;
          for (let i = 0; i < n; i++) { const [e, f] = [x[i * n + p], x[i * n + q]]; x[i * n + p] = c * e - s * f; x[i * n + q] = s * e + c * f; }
          for (let i = 0; i < n; i++) { const [e, f] = [x[p * n + i], x[q * n + i]]; x[p * n + i] = c * e - s * f; x[q * n + i] = s * e + c * f; }
          for (let i = 0; i < n; i++) { const [e, f] = [v[i * n + p], v[i * n + q]]; v[i * n + p] = c * e - s * f; v[i * n + q] = s * e + c * f; }
          x[p * n + q] = x[q * n + p] = 0;
        }
      }
      const order = Array.from({length: n}, (_, j) => j).sort((i, j) => x[i * (n + 1)] - x[j * (n + 1)]), out = new Float64Array((n + 1) * n);
      order.forEach((from, to) => { out[to] = x[from * (n + 1)]; const sign = signOfColumn(v, n, n, from); for (let i = 0; i < n; i++) out[(i + 1) * n + to] = sign * v[i * n + from]; });
      return out;
    }
    // Q above R with a diagonal that is not negative, by reflections (Householder 1958).
    function qrOf(a, m, n) {
      const r = Float64Array.from(a), q = Float64Array.from({length: m * n}, (_, i) => Math.floor(i / n) === i % n ? 1 : 0), mirrors = [];
      const reflect = (x, w, from) => { for (let j = 0; j < n; j++) { let dot = 0; for (let i = from; i < m; i++) dot += w[i] * x[i * n + j]; for (let i = from; i < m; i++) x[i * n + j] -= 2 * dot * w[i]; } };
      for (let j = 0; j < n; j++) {
        const w = new Float64Array(m);
        for (let i = j; i < m; i++) w[i] = r[i * n + j];
        const length = Math.hypot(...w);
        w[j] += w[j] < 0 ? -length : length;
        const size = Math.hypot(...w);
        if (size > 0) { for (let i = j; i < m; i++) w[i] /= size; reflect(r, w, j); }
        mirrors.push(w);
      }
      for (let j = n - 1; j >= 0; j--) reflect(q, mirrors[j], j);
      for (let i = 0; i < n; i++) if (r[i * n + i] < 0) { for (let j = 0; j < n; j++) r[i * n + j] *= -1; for (let k = 0; k < m; k++) q[k * n + i] *= -1; }
      const out = new Float64Array((m + n) * n);
      out.set(q);
      for (let i = 0; i < n; i++) for (let j = i; j < n; j++) out[(m + i) * n + j] = r[i * n + j];
      return out;
    }
    // eᴬ by scaling, a rational approximation of degree 13 and squaring (Higham 2005).
    function expmOf(a, n) {
      const b = [64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1];
      let norm = 0;
      for (let i = 0; i < n; i++) { let sum = 0; for (let j = 0; j < n; j++) sum += Math.abs(a[i * n + j]); norm = Math.max(norm, sum); }
      if (!a.every(Number.isFinite)) needFinite(a, "matrixExponential");
      const halvings = norm > 4 ? Math.max(0, Math.floor(Math.log2(norm / 4)) + 1) : 0, x = a.map(v => v * 2 ** -halvings), one = eye(n), mul = (p, q) => times2(p, q, n, n, n);
      const x2 = mul(x, x), x4 = mul(x2, x2), x6 = mul(x4, x2), sum = (...terms) => x.map((_, i) => terms.reduce((s, [w, t]) => s + w * t[i], 0));
      const odd = mul(x, sum([1, mul(x6, sum([b[13], x6], [b[11], x4], [b[9], x2]))], [b[7], x6], [b[5], x4], [b[3], x2], [b[1], one]));
      const even = sum([1, mul(x6, sum([b[12], x6], [b[10], x4], [b[8], x2]))], [b[6], x6], [b[4], x4], [b[2], x2], [b[0], one]);
      let result = solved2(luOf(sum([1, even], [-1, odd]), n), sum([1, even], [1, odd]), n, n, false, "matrixExponential");
      for (let i = 0; i < halvings; i++) result = mul(result, result);
      return result;
    }
    // 1/(xⱼ − xᵢ), 1/(xᵢ + xⱼ) or 1/xᵢ; where that is 0 to rounding, it carries the mistake.
    function reciprocalsOf(x, noun, kind) {
      const n = x.length, least = 8 * 2 ** -52 * Math.max(0, ...x.map(Math.abs)), y = new Float64Array(kind === "reciprocals" ? n : n * n);
      for (let i = 0; i < n; i++) for (let j = kind === "reciprocals" ? i : 0; j < (kind === "reciprocals" ? i + 1 : n); j++) {
        if (kind !== "reciprocals" && i === j) continue;
        const divisor = kind === "reciprocals" ? x[i] : kind === "sums" ? x[i] + x[j] : x[j] - x[i];
        if (Math.abs(divisor) > least) { y[kind === "reciprocals" ? i : i * n + j] = 1 / divisor; continue; }
        const [low, high] = [Math.min(i, j), Math.max(i, j)], got = kind === "gaps" ? say("areEqual", noun, low, high) : kind === "sums" ? say("areZero", noun, low, high) : say("isZero", noun, i);
        y.fault ??= new Fault("gradient", say("ofVectors"), say(kind === "gaps" ? "differing" : "aboveZero", noun), got, say("oneOfMany"));
      }
      return y;
    }
    // Whether somebody asks for the gradient of vectors, or of the values alone, which is there where vectors are not.
    function asksForVectors(node, upstream, shape) {
      const columns = node.shape[1], values = node.op === "eigh" ? 0 : shape[0];
      return upstream.some((u, i) => u !== 0 && Math.floor(i / columns) !== values);
    }
    Object.assign(kernels, {
      identity: [a => [a.count, a.count], a => eye(a.count)],
      cholesky: [(a, [x]) => needSquare(x, "cholesky"), (a, [x], [[n]]) => {
        const l = new Float64Array(n * n);
        for (let j = 0; j < n; j++) for (let i = j; i < n; i++) {
          let sum = (x[i * n + j] + x[j * n + i]) / 2;
          for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
          if (i === j && !(sum > 0)) throw new Fault("value", "cholesky", say("definiteNeeded"), say("pivotNotAbove", j), say("addIdentity"));
          l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * (n + 1)];
        }
        return l;
      }],
      lowerTriangle: [(a, [x]) => needMatrix(x, a.isLower ? "lowerTriangle" : "upperTriangle"), (a, [x], [s]) => {
        const [m, n] = s.slice(-2);
        return x.map((v, i) => { const row = Math.floor(i / n) % m, column = i % n, isKept = a.isLower ? column - row <= a.offset : column - row >= a.offset; return isKept ? row === column ? v * a.diagonalWeight : v : 0; });
      }],
      triangularSolve: [(a, [t, b]) => b, (a, [t, b], [[n], [, m]]) => substituted(t, b, n, m, a.isLower, a.isTransposed, false, "triangularSolve")],
      solve: [(a, [t, b]) => b, (a, [t, b], [[n], [, m]]) => {
        const factors = luOf(t, n), sizes = pivotsOf(factors).values.map(Math.abs), least = n * 2 ** -52 * Math.max(0, ...sizes), vanishing = a.isCautious ? sizes.findIndex(p => p <= least) : -1;
        if (vanishing >= 0) throw singularFault(vanishing, "solve");
        return solved2(factors, b, n, m, a.isTransposed, "solve");
      }],
      determinant: [(a, [x]) => { needSquare(x, "determinant"); return []; }, (a, [x], [[n]]) => { const {values, sign} = pivotsOf(luOf(x, n)); return Float64Array.of(values.reduce((p, v) => p * v, sign)); }],
      cofactors: [(a, [x]) => x, (a, [x, y], [[n]]) => {
        const sizes = pivotsOf(luOf(y, n)).values.map(Math.abs);
        if (x.every((v, i) => v === y[i]) && !(Math.min(...sizes) > n * 1e-8 * Math.max(...sizes))) {
          const {u, s, v} = svdOf(x, n, n), det = z => kernels.determinant[1]({}, [z], [[n, n]])[0], sign = det(u) * det(v) < 0 ? -1 : 1;
          return times2(u.map((e, i) => e * s.reduce((p, value, j) => j === i % n ? p : p * value, sign)), flip2(v, n, n), n, n, n);
        }
        const det = kernels.determinant[1]({}, [x], [[n, n]])[0];
        return solved2(luOf(y, n), eye(n), n, n, true, "cofactors").map(e => e * det);
      }],
      logDeterminant: [(a, [x]) => { needSquare(x, "logDeterminant"); return []; }, (a, [x], [[n]]) => Float64Array.of(pivotsOf(luOf(x, n)).values.reduce((s, v) => s + Math.log(Math.abs(v)), 0))],
      determinantSign: [(a, [x]) => { needSquare(x, "determinantSign"); return []; }, (a, [x], [[n]]) => { const {values, sign} = pivotsOf(luOf(x, n)); return Float64Array.of(values.reduce((p, v) => p * Math.sign(v), sign)); }],
      pivotOrder: [(a, [x]) => x.slice(0, -1), (a, [x], [[m, n]]) => Float64Array.from(luOf(x, m, n).order)],
      permuteRows: [(a, [x]) => x, (a, [x, order], [[m, n]]) => { const y = new Float64Array(m * n); order.forEach((from, to) => { for (let j = 0; j < n; j++) y[(a.isTransposed ? from : to) * n + j] = x[(a.isTransposed ? to : from) * n + j]; }); return y; }],
      triangularFactors: [(a, [x]) => x, (a, [x], [[n]]) => {
        const y = Float64Array.from(x);
        for (let j = 0; j < n; j++) { const pivot = y[j * (n + 1)]; for (let i = j + 1; i < n; i++) { const factor = y[i * n + j] = pivot === 0 ? y[i * n + j] : y[i * n + j] / pivot; for (let k = j + 1; k < n; k++) y[i * n + k] -= factor * y[j * n + k]; } }
        return y;
      }],
      qr: [(a, [[m, n]]) => [m + n, n], (a, [x], [[m, n]]) => qrOf(x, m, n)],
      eigh: [(a, [[n]]) => [n + 1, n], (a, [x], [[n]]) => { needFinite(x, "eigh"); return eighOf(x, n); }],
      svd: [(a, [[m, n]]) => [m + 1 + n, Math.min(m, n)], (a, [x], [[m, n]]) => { needFinite(x, "svd"); const {u, s, v} = svdOf(x, m, n); return Float64Array.of(...u, ...s, ...v); }],
      pseudoInverse: [(a, [x]) => { const [m, n] = needMatrix(x, "pseudoInverse"); return [n, m]; }, (a, [x], [[m, n]]) => {
        needFinite(x, "pseudoInverse");
        const {u, s, v} = svdOf(x, m, n), k = s.length, least = Math.max(m, n) * 2 ** -52 * (s[0] ?? 0);
        return times2(v.map((e, i) => s[i % k] > least ? e / s[i % k] : 0), flip2(u, m, k), n, k, m);
      }],
      matrixExponential: [(a, [x]) => needSquare(x, "matrixExponential"), (a, [x], [[n]]) => expmOf(x, n)],
    });
    kernels.upperTriangle = kernels.lowerTriangle;
    for (const noun of ["eigenvalue", "singular value"]) for (const kind of ["gaps", "sums", "reciprocals"]) kernels[`${noun} ${kind}`] = [(a, [x]) => kind === "reciprocals" ? x : [...x, ...x], (a, [x]) => reciprocalsOf(x, noun, kind)];

    """#
}
