extension FormulaScript {
  /// What was recorded as the reader sees it: boxes, names, formulas, and the steps forward and backward.
  static let steps = #"""
    const shapeText = shape => shape.length === 0 ? "" : shape.join("×");
    // A number, or the elements of a small tensor; a larger one by its shape, least and largest.
    function tensorText(data, shape, digits = 4, most = 6) {
      if (data === null || data === undefined) return "";
      if (shape.length === 0) return short(data[0], digits);
      if (data.length === 0) return say("emptyOf", shapeText(shape));
      if (data.length > most) {
        let low = Infinity, high = -Infinity;
        for (const x of data) { if (x < low) low = x; if (x > high) high = x; }
        return `${shapeText(shape)}: ${short(low, 3)} … ${short(high, 3)}`;
      }
      const nested = (start, axis) => {
        if (axis === shape.length) return short(data[start], digits);
        const step = countOf(shape.slice(axis + 1));
        return "[" + Array.from({length: shape[axis]}, (_, i) => nested(start + i * step, axis + 1)).join(" ") + "]";
      };
      return nested(0, 0);
    }
    const closed = text => /^[−-]/.test(text) ? `(${text})` : text;

    class Shown {
      constructor(expression, recorded, wanted) {
        Object.assign(this, recorded, {expression, wanted});
        const {graph, result} = this;
        graph.evaluate(result.id);
        const nodes = graph.nodes, needed = new Set(), open = [result.id];
        while (open.length) { const id = open.pop(); if (!needed.has(id)) { needed.add(id); open.push(...nodes[id].ins); } }
        // A reshape is its input in other brackets: both are one box. What is computed of constants alone is written out.
        this.root = nodes.map(n => n.id);
        for (const n of nodes) if (n.op === "reshape") this.root[n.id] = this.root[n.ins[0]];
        this.isInline = nodes.map(n => n.kind === "constant");
        for (const n of nodes) if (n.kind === "operation" && n.ins.every(i => this.isInline[i])) this.isInline[n.id] = true;
        this.output = this.root[result.id];
        this.isInline[this.output] = false;
        this.boxes = nodes.filter(n => needed.has(n.id) && this.root[n.id] === n.id && !this.isInline[n.id]).map(n => n.id);
        this.consumers = new Map(this.boxes.map(id => [id, []]));
        this.inputsOf = new Map(this.boxes.map(id => [id, []]));
        for (const id of this.boxes) for (const input of nodes[id].ins) { const from = this.root[input]; if (!this.isInline[from] && this.consumers.has(from)) { this.inputsOf.get(id).push(from); this.consumers.get(from).push(id); } }
        this.nameBoxes();
        this.pullBack();
        this.listSteps();
      }
      nameBoxes() {
        const {nodes} = this.graph, labels = new Map();
        for (const n of nodes) if (n.label) labels.set(this.root[n.id], n.label);
        const taken = new Set([...labels.values(), ...this.expression.inputs]);
        let next = 1;
        this.names = new Map();
        this.isNamed = new Set(labels.keys());
        for (const id of this.boxes) {
          let name = labels.get(id);
          if (!name && id === this.output && !taken.has("f")) name = "f";
          while (!name) { const candidate = "v" + next++; if (!taken.has(candidate)) name = candidate; }
          this.names.set(id, name);
        }
        this.shapes = new Map(this.boxes.map(id => [id, nodes[id].shape]));
        const uses = new Map();
        for (const n of nodes) for (const i of n.ins) uses.set(i, (uses.get(i) ?? 0) + 1);
        for (const n of nodes) if (n.op === "reshape" && this.shapes.has(this.root[n.id]) && nodes[this.root[n.id]].kind === "operation" && (n.label || n.id === this.result.id || (nodes[n.ins[0]].op === "matmul" && uses.get(n.ins[0]) === 1))) this.shapes.set(this.root[n.id], n.shape);
      }
      pullBack() {
        const {graph, result} = this, back = graph.backward(result);
        this.back = back;
        this.total = new Map([[this.output, new Float64Array(graph.nodes[result.id].data.length).fill(1)]]);
        this.contributions = [];
        this.parts = new Map(this.boxes.map(id => [id, []]));
        for (const c of back.contributions) {
          const input = this.root[c.input], consumer = this.root[c.consumer];
          if (input === consumer || this.isInline[input]) continue;
          const known = this.total.get(input);
          const part = {...c, input, consumer, place: c.index};
          if (c.none === undefined) {
            const sum = known === undefined ? c.product : known.map((g, i) => g + c.product[i]);
            this.total.set(input, sum);
            part.sum = sum;
            part.number = this.parts.get(input).length;
            this.parts.get(input).push(this.contributions.length);
          }
          this.contributions.push(part);
        }
      }
      listSteps() {
        const {nodes} = this.graph;
        const forward = this.boxes.filter(id => nodes[id].kind === "operation").map(node => ({kind: "forward", node}));
        const backward = this.total.size > 0 ? [{kind: "seed", node: this.output}] : [];
        this.contributions.forEach((c, index) => backward.push({kind: c.none === undefined ? "part" : "cut", node: c.input, consumer: c.consumer, index}));
        this.steps = [...forward, ...backward];
        this.forwardCount = forward.length;
        this.shownAt = new Map();
        this.steps.forEach((step, i) => {
          if (step.kind === "forward") this.shownAt.set("v" + step.node, i + 1);
          if (step.kind === "seed") this.shownAt.set("g" + step.node, i + 1);
          if (step.kind === "part") { this.shownAt.set("l" + step.index, i + 1); if (!this.shownAt.has("g" + step.node)) this.shownAt.set("g" + step.node, i + 1); this.shownAt.set("whole" + step.node, i + 1); }
        });
      }
      node(id) { return this.graph.nodes[id]; }
      // The gradient of a box as far as it is known after `step` steps.
      gradientAt(id, step) {
        if (id === this.output) return step > this.forwardCount ? this.total.get(id) : null;
        let sum = null;
        for (const index of this.parts.get(id)) if (this.shownAt.get("l" + index) <= step) sum = this.contributions[index].sum;
        return sum;
      }
      // Whether a sum that should vanish left only rounding behind.
      isRounding(value, terms) {
        const size = terms.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
        return value !== 0 && Math.abs(value) < 4e-16 * size * terms.length;
      }
      valueText(id, digits) {
        const n = this.node(id), text = tensorText(n.data, this.shapes.get(id), digits);
        if (n.shape.length === 0 && (n.op === "add" || n.op === "subtract") && this.isRounding(n.data[0], n.ins.map(i => this.node(i).data[0]))) return say("roundingOf", text);
        return text;
      }
      gradientText(id, step, digits) {
        const g = this.gradientAt(id, step);
        if (g === null || g === undefined) return "";
        const text = tensorText(g, this.shapes.get(id), digits);
        if (g.length === 1 && this.parts.get(id).length > 1 && this.isRounding(g[0], this.parts.get(id).map(i => this.contributions[i].product[0]))) return say("roundingOf", text);
        return text;
      }
      // Why no gradient reaches a box, or why it is 0.
      zeroReason(id) {
        const {wanted} = this;
        if (!this.total.has(id)) {
          const cut = this.contributions.find(c => c.input === id && c.none !== undefined);
          if (cut) return cut.none;
          if (this.node(id).kind === "input" && !wanted.has(this.node(id).label)) return strings.notWanted;
          return this.node(id).variable ? strings.noPath : strings.notWanted;
        }
        const g = this.total.get(id), parts = this.parts.get(id).map(i => this.contributions[i]);
        if (!g.every(x => x === 0) || !parts.length) return "";
        const gates = parts.filter(c => c.local && c.local.every(x => x === 0)).map(c => this.node(c.consumer));
        if (!gates.length) return "";
        const atKink = gates.find(n => primitives[n.op].kinks.some(k => this.node(n.ins[0]).data.every(x => x === k)));
        return atKink ? strings.atKink(primitives[atKink.op].convention || "") : gates.every(n => ["relu", "maximum", "minimum", "where", "heaviside"].includes(n.op)) ? strings.closedGate : "";
      }
      // The note that a value deserves: log of a negative number, a division by 0.
      valueNote(id) {
        const n = this.node(id);
        if (n.kind !== "operation" || !n.data.some(x => !Number.isFinite(x))) return "";
        if (n.ins.some(i => this.node(i).data.some(x => !Number.isFinite(x)))) return "";
        return n.data.some(Number.isNaN) ? strings.outside(this.formula(id)) : strings.infinite(this.formula(id));
      }
      operand(id, latex, values) {
        const root = this.root[id];
        if (!this.isInline[root] && this.names.has(root)) return values ? tensorText(this.node(root).data, this.shapes.get(root), 4) : latex ? texName(this.names.get(root)) : this.names.get(root);
        const n = this.node(id);
        if (n.kind === "constant") return latex ? texNumber(tensorText(n.data, n.shape, 6)) : tensorText(n.data, n.shape, 6);
        if (n.op === "broadcast" || n.op === "reshape") return this.operand(n.ins[0], latex, values);
        return this.apply(n, n.ins.map(i => this.operand(i, latex, values)), latex);
      }
      // A formula of one step: names of what it is computed from; `values` puts numbers in their place.
      formula(id, {latex = false, values = false} = {}) {
        const n = this.node(id);
        return n.kind === "operation" ? this.apply(n, n.ins.map(i => this.operand(i, latex, values)), latex) : this.names.get(id);
      }
      apply(n, args, latex) {
        const primitive = primitives[n.op], [kind, text, tex] = primitive.notation;
        const loose = x => /[ +−·*/-]/.test(x.slice(1)) && !/^[[(].*[\])]$/.test(x) && !/^[\p{L}\w]+\(.*\)$/u.test(x);
        const wrap = x => loose(x) || /^[−-]/.test(x) ? `(${x})` : x, product = x => /[ ][+−-][ ]/.test(x) || /^[−-]/.test(x) ? `(${x})` : x;
        switch (kind) {
          case "sum": return /^[−-]/.test(args[1]) ? `${args[0]} − ${args[1].slice(1)}` : `${args[0]} + ${args[1]}`;
          case "difference": return `${args[0]} − ${wrap(args[1])}`;
          case "product": case "matrixProduct": {
            const sign = kind === "product" && n.shape.length > 0 && n.ins.every(i => this.node(i).op !== "broadcast") ? (latex ? " \\odot " : " ⊙ ") : latex ? " \\cdot " : " · ";
            return product(args[0]) + sign + product(args[1]);
          }
          case "quotient": return latex ? `\\frac{${args[0]}}{${args[1]}}` : `${product(args[0])} / ${wrap(args[1])}`;
          case "reciprocal": return latex ? `\\frac{1}{${args[0]}}` : `1 / ${wrap(args[0])}`;
          case "negation": return `−${wrap(args[0])}`;
          case "form": {
            const form = latex ? tex : text;
            if (form && form.length) return form[0].replace(/#(\d)/g, (_, i) => form[2][i] >= 4 ? wrap(args[i]) : args[i]);
          }
        }
        const call = primitive.call || n.op, detail = detailText(n);
        if (latex) return `${kind === "function" && text ? text : `\\operatorname{${call}}`}\\left(${args.join(", ")}\\right)`;
        if (n.op === "slice") return `${args[0]}[${sliceText(n)}]`;
        return `${call}(${[...args, ...(detail ? [detail] : [])].join(", ")})`;
      }
      // The local gradient of a contribution in words: 1/b with the names in place of a, b, x and y.
      localText(index) {
        const c = this.contributions[index], n = this.node(c.consumer), primitive = primitives[n.op];
        const rule = (primitive.derivatives[Math.min(c.place, primitive.derivatives.length - 1)] ?? "").replace(/`/g, "");
        if (!rule || /^none/.test(rule)) return "";
        if (n.op === "matmul") return c.place === 0 ? `U · ${this.operand(n.ins[1])}ᵀ` : `${this.operand(n.ins[0])}ᵀ · U`;
        if (n.op === "transpose" && n.shape.length === 2) return "Uᵀ";
        if (c.local === null) return rule;
        const letters = n.ins.length === 1 ? ["x"] : ["a", "b", "c"], names = {};
        letters.forEach((letter, i) => { if (i < n.ins.length) names[letter] = this.operand(n.ins[i]); });
        names.y = this.names.get(c.consumer);
        return rule.replace(/(?<![\p{L}_])([abcxy])(?![\p{L}_])/gu, (all, letter, at) => names[letter] === undefined ? all : (/\d/.test(rule[at - 1] ?? "") ? "·" : "") + names[letter]);
      }
    }
    function detailText(n) {
      const a = n.attributes ?? {}, rank = n.shape.length + (a.axes ? a.axes.length : 0);
      if (a.axes) return a.axes.length === rank ? "" : a.axes.length === 1 ? `axis: ${a.axes[0]}` : `axis: [${a.axes}]`;
      if (n.op === "broadcast") return shapeText(a.shape);
      return a.axis !== undefined && n.shape.length > 1 ? `axis: ${a.axis}` : "";
    }
    const sliceText = n => n.attributes.starts.map((start, i) => {
      const {counts, steps} = n.attributes;
      return counts[i] === 1 ? `${start}` : `${start}:${start + counts[i] * steps[i]}` + (steps[i] === 1 ? "" : `:${steps[i]}`);
    }).join(", ");
    const greek = {"θ": "theta", "σ": "sigma", "α": "alpha", "β": "beta", "η": "eta", "λ": "lambda", "μ": "mu", "π": "pi"};
    const texName = plain => { const hats = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde"}, mark = /^(\p{L})([\u0302-\u0304])$/u.exec(plain.normalize("NFD")); if (mark && hats[mark[2]]) return `\\${hats[mark[2]]}{${mark[1]}}`; const name = plain.replace(/[₀-₉]/g, d => d.codePointAt(0) - 0x2080), m = /^(\p{L})([\p{L}]*)_?(\d*)$/u.exec(name); return m && !m[2] ? (greek[m[1]] ? "\\" + greek[m[1]] : m[1]) + (m[3] ? `_{${m[3]}}` : "") : `\\mathit{${name.replace(/_/g, "\\_")}}`; };
    // A vector as a column, a matrix in rows; others by their text.
    function texTensor(data, shape) {
      if (data.length === 1) return texNumber(short(data[0], 6));
      const columns = shape.length === 2 ? shape[1] : 1, texts = Array.from(data, x => texNumber(short(x, 4)));
      if (shape.length > 2 || data.length > 36 || !data.length) return `\\text{${tensorText(data, shape).replace(/×/g, " by ").replace(/…/g, "to")}}`;
      return "\\begin{bmatrix}" + Array.from({length: texts.length / columns}, (_, i) => texts.slice(i * columns, (i + 1) * columns).join(" & ")).join(" \\\\ ") + "\\end{bmatrix}";
    }
    const texNumber = text => text.replace(/−/g, "-").replace(/e([+-]?)0*(\d+)/, (_, sign, n) => ` \\cdot 10^{${sign === "-" ? "-" : ""}${n}}`);

    """#
}
