extension FormulaScript {
  /// What is smooth as a whole is recorded without its corner: the table of the library's SmoothForms.
  static let smooth = #"""
    const isEvenPower = p => p !== null && p % 2 === 0;
    const dataMoves = new Set(["gatherAlong", "gather", "concatenate", "reshape", "slice", "broadcast", "transpose", "flip"]);
    class Smooth {
      constructor(graph) { this.graph = graph; }
      // The value of a constant number, also where it was broadcast.
      number(n) { while (n.op === "broadcast") n = this.operand(n, 0); return n.kind === "constant" && n.shape.length === 0 ? n.data[0] : null; }
      operand(n, at) { return this.graph.nodes[n.ins[at]]; }
      // The form in which an elementwise operation is recorded, or null where that is itself.
      form(op, [a, b]) {
        if (op === "multiply") return this.hasCorner(a) && this.isSame(a, b) ? this.form("square", [a]) : null;
        if (op === "maximum") { const bound = this.number(b); return bound !== null && bound <= 0 && this.isSquares(a) ? a : null; }
        if (op === "pow") return this.number(b) === null ? null : this.power(a, this.number(b));
        if (a.kind !== "operation") return null;
        switch (op) {
          case "square": return this.square(a);
          case "sqrt": return this.root(a);
          case "abs": case "relu": return this.isSquares(a) ? a : null;
          case "cos": case "cosh": return a.op === "abs" ? this.graph.record(op, {}, [this.operand(a, 0)]) : null;
          case "cbrt": return a.op === "pow" && this.number(this.operand(a, 1)) === 3 ? this.operand(a, 0) : null;
        }
        return null;
      }
      power(base, p) {
        if (!(p > 0 && Number.isFinite(p))) return null;
        if (p % 2 === 0) { const square = this.square(base); return square && (p === 2 ? square : on(this.graph).pow(square, p / 2)); }
        return p === 3 && base.op === "cbrt" ? this.operand(base, 0) : null;
      }
      hasCorner(n) {
        if (["abs", "sqrt", "negate", "maximum", "divide"].includes(n.op)) return true;
        if (n.op === "multiply") return this.norm(n) !== null || [0, 1].some(i => this.number(this.operand(n, i)) !== null);
        return n.kind === "operation" && Object.hasOwn(kernels, n.op);
      }
      isSame(a, b, visits = {left: 512}) {
        if (a === b) return true;
        if (--visits.left <= 0) return false;
        if (this.number(a) !== null) return this.number(a) === this.number(b);
        return a.kind === "operation" && a.op === b.op && sameShape(a.shape, b.shape) && a.ins.length === b.ins.length
          && JSON.stringify(a.attributes) === JSON.stringify(b.attributes) && a.ins.every((_, i) => this.isSame(this.operand(a, i), this.operand(b, i), visits));
      }
      square(n) {
        const base = this.unsigned(n, 4);
        return base ? this.square(base) ?? this.graph.plain("square", [base]) : this.squareOfRoot(n, 4);
      }
      // A node of the same magnitude that is not made by |…|.
      unsigned(n, depth) {
        if (depth === 0 || n.kind !== "operation") return null;
        const [a, b] = n.ins.map(i => this.graph.nodes[i]);
        switch (n.op) {
          case "abs": return a;
          case "negate": return this.unsigned(a, depth - 1);
          case "maximum": return a.op === "negate" && this.operand(a, 0) === b ? b : b.op === "negate" && this.operand(b, 0) === a ? a : null;
          case "multiply": case "divide": {
            const left = this.unsigned(a, depth - 1), right = this.unsigned(b, depth - 1);
            return left || right ? this.graph.record(n.op, {}, [left ?? a, right ?? b]) : null;
          }
        }
        return this.moved(n, x => this.unsigned(x, depth - 1));
      }
      // The square of a root or a norm, times constants, which stay inside so that nothing leaves the range.
      squareOfRoot(n, depth, scale = 1) {
        if (depth === 0 || n.kind !== "operation") return null;
        const o = on(this.graph), times = (x, k) => k === 1 ? x : this.graph.record("multiply", {}, [o.number(k), x]);
        switch (n.op) {
          case "sqrt": return this.isSquares(this.operand(n, 0)) ? times(this.operand(n, 0), scale * scale) : null;
          case "negate": return this.squareOfRoot(this.operand(n, 0), depth - 1, scale);
          case "multiply": case "divide": {
            const norm = this.norm(n);
            if (norm) return o.reshaped(o.reduce("sum", o.r("square", times(norm.vector, scale)), norm.axes, false), n.shape);
            for (const i of n.op === "divide" ? [1] : [1, 0]) {
              const number = this.number(this.operand(n, i));
              if (number === null || !(Math.abs(number) >= 2 ** -30 && Math.abs(number) <= 2 ** 30)) continue;
              const found = this.squareOfRoot(this.operand(n, 1 - i), depth - 1, scale * (n.op === "multiply" ? number : 1 / number));
              if (found) return found;
            }
            return null;
          }
        }
        return this.moved(n, x => this.squareOfRoot(x, depth - 1, scale));
      }
      moved(n, change) {
        if (n.ins.length !== 1 || !dataMoves.has(n.op)) return null;
        const changed = change(this.operand(n, 0));
        return changed && this.graph.record(n.op, n.attributes, [changed]);
      }
      root(n) {
        const o = on(this.graph);
        if (n.op === "square" || (n.op === "multiply" && n.ins[0] === n.ins[1])) return o.r("abs", this.operand(n, 0));
        const p = n.op === "pow" ? this.number(this.operand(n, 1)) : null;
        if (p === null || p < 2 || p % 2 !== 0) return null;
        const half = o.pow(this.operand(n, 0), p / 2);
        return p % 4 === 0 ? half : o.r("abs", half);
      }
      // Whether it is made of squares and numbers that are not negative by sums and products alone.
      isSquares(n, depth = 4) {
        if (depth === 0 || n.kind !== "operation") return this.number(n) !== null && this.number(n) >= 0;
        const inside = i => this.isSquares(this.operand(n, i), depth - 1), number = i => this.number(this.operand(n, i));
        switch (n.op) {
          case "square": return true;
          case "pow": return number(1) > 0 && isEvenPower(number(1));
          case "multiply": return n.ins[0] === n.ins[1] || (inside(0) && inside(1));
          case "add": return inside(0) && inside(1);
          case "divide": return number(1) > 0 && inside(0);
        }
        return n.ins.length === 1 && (n.op === "sum" || n.op === "stopGradient" || dataMoves.has(n.op)) && inside(0);
      }
      // The vector and the axes of a 2-norm, as `norm` records it.
      norm(n) {
        const at = (x, ...places) => places.reduce((y, i) => y && y.kind === "operation" ? this.operand(y, i) ?? null : null, x), under = (x, op) => x && x.op === op ? this.operand(x, 0) : x;
        if (n.op !== "multiply") return null;
        const choice = at(n, 0), root = choice.op === "where" ? at(choice, 2) : null, inner = root?.op === "sqrt" ? at(root, 0) : null;
        if (inner?.op !== "where" || this.number(at(choice, 1)) !== 0) return null;
        const total = at(inner, 2), isZero = at(choice, 0), sum = under(total, "reshape"), scaled = sum?.op === "sum" && at(sum, 0).op === "square" ? at(sum, 0, 0) : null;
        if (isZero.op !== "equal" || at(isZero, 0) !== total || scaled?.op !== "divide") return null;
        return under(at(scaled, 1), "broadcast") === under(at(n, 1), "reshape") ? {vector: at(scaled, 0), axes: sum.attributes.axes} : null;
      }
      // The 2-norm of a 2-norm: one norm over the axes of both.
      normOfNorm(n, axes, keeps) {
        const norm = n.kind === "operation" ? this.norm(n) : null;
        if (!norm) return null;
        const kept = norm.vector.shape.map((_, i) => i).filter(i => !norm.axes.includes(i)), isKept = n.shape.length === norm.vector.shape.length;
        if (!isKept && n.shape.length !== kept.length) return null;
        const all = [...new Set([...norm.axes, ...(isKept ? axes : axes.map(i => kept[i]))])].sort((a, b) => a - b), o = on(this.graph);
        return o.reshaped(o.norm(norm.vector, 2, all, false), reducedShape(n.shape, axes, keeps));
      }
    }

    """#
}
