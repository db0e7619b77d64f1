/// The script of a page: the numbers, what is shown of them, what the reader can type, and what can be pressed. It
/// multiplies and adds along edges and knows no derivative: the elementary operations that occur are written into it,
/// and local gradients are among the arithmetic that the page carries.
enum PageScript {
  /// - Parameter arithmetic: what the page can compute again; `nil` where it only shows recorded numbers.
  static func text(_ arithmetic: ExplainedArithmetic?) -> String {
    let operations = arithmetic?.script ?? "{}"
    return "\"use strict\";\n" + PackedText.script + numbers.replacing("OPERATIONS", with: operations) + reader
      + understanding + inputs + controls
  }

  /// Recorded numbers, recomputed numbers, and how they are written; the rule of `NumberText`.
  static let numbers = #"""
    const text = document.getElementById("data");
    const data = JSON.parse(text.type === "text/plain" ? unpack(text.textContent) : text.textContent);
    const operations = OPERATIONS;
    const nodes = data.nodes, edges = data.edges, frames = data.frames, arithmetic = data.arithmetic;

    """# + NumberScript.short + #"""
      const shape = value => value.shape.length === 0 ? "scalar" : value.shape.length === 1 ? `[${value.shape[0]}]` : value.shape.join("×");
      const summary = (value, numbers, digits) => { const [low, mean, high] = numbers.map(x => short(x, digits)); return `${shape(value)}: min ${low}, mean ${mean}, max ${high}`; };
      function line(value, digits = 4, elements = 9) {
        if (value === undefined || value === null) return "not computed";
        if (typeof value === "number") return short(value, digits);
        if (value.scalars === undefined) return summary(value, [value.min, value.mean, value.max], digits);
        const all = value.scalars.map(plain);
        if (value.shape.length === 0) return short(all[0], digits);
        if (all.length === 0) return "empty " + value.shape.join("×");
        if (all.length > elements) {
          const mean = all.reduce((a, b) => a + b, 0) / all.length;
          return summary(value, [Math.min(...all), mean, Math.max(...all)], digits);
        }
        const nested = (part, axis) => axis === value.shape.length ? short(part[0], digits)
          : "[" + Array.from({length: value.shape[axis]}, (_, i) => { const size = part.length / value.shape[axis]; return nested(part.slice(i * size, (i + 1) * size), axis + 1); }).join(", ") + "]";
        return nested(all, 0);
      }
      // Aligned rows; above rank 2 each block opens and closes a bracket of its own.
      function matrix(value, digits = 4) {
        if (!value || typeof value === "number" || value.scalars === undefined || value.shape.length < 2) return line(value, digits, 16);
        const width = value.shape[value.shape.length - 1], all = value.scalars.map(x => short(x, digits)), rows = [];
        const wide = Math.max(...all.map(x => x.length));
        const sizes = value.shape.slice(1, -1).reverse().map((_, i, lengths) => lengths.slice(0, i + 1).reduce((a, b) => a * b, 1));
        for (let i = 0; i < all.length; i += width) {
          const row = i / width, opened = sizes.filter(size => row % size === 0).length, closes = sizes.filter(size => (row + 1) % size === 0).length;
          rows.push(" ".repeat(sizes.length - opened) + "[".repeat(opened + 1) + all.slice(i, i + width).map(x => x.padStart(wide)).join("  ") + "]".repeat(closes + 1));
        }
        return rows.join("\n");
      }
      const closed = text => text.startsWith("−") || text.startsWith("-") ? `(${text})` : text;

      // What is known: v, g, t by node; l, u, p, r by edge. A scalar is a number, a tensor its recorded data.
      const unwrap = value => value && value.shape.length === 0 && value.scalars ? plain(value.scalars[0]) : value;
      const recorded = {v: nodes.map(n => unwrap(n.value)), g: nodes.map(n => unwrap(n.gradient.value)), t: nodes.map(n => unwrap(n.tangent)),
        l: edges.map(e => unwrap(e.factor)), u: edges.map(e => unwrap(e.upstream ?? (e.product && nodes[e.consumer].gradient.value))), p: edges.map(e => unwrap(e.product)), r: []};
      for (const frame of frames) if (frame.edge !== undefined) recorded.r[frame.edge] = unwrap(frame.total ?? nodes[frame.node].gradient.value);
      let now = recorded, edited = new Map();
      const states = nodes.map(n => n.gradient.state);

      function recompute() {
        if (edited.size === 0) { now = recorded; nodes.forEach((n, i) => states[i] = n.gradient.state); return; }
        const slots = [], slotInput = new Map([...edited].map(([node, value]) => [arithmetic.nodeSlots[node], value]));
        arithmetic.instructions.forEach((step, i) => {
          const [a, b, c] = step.inputs.map(s => slots[s]);
          slots.push(step.name === "input" || step.name === "constant" ? (slotInput.has(i) ? slotInput.get(i) : plain(step.numbers[0]))
            : operations[step.name](a, b, c));
        });
        const next = {v: arithmetic.nodeSlots.map(s => slots[s]), g: [], l: [], u: [], p: [], r: [], t: recorded.t.map(() => undefined)};
        next.g[data.output] = recorded.g[data.output];
        for (const frame of frames) {
          if (frame.edge === undefined) continue;
          const e = edges[frame.edge];
          next.l[e.id] = slots[arithmetic.edgeSlots[e.id]];
          next.u[e.id] = next.g[e.consumer];
          next.p[e.id] = next.u[e.id] * next.l[e.id];
          next.g[e.node] = next.g[e.node] === undefined || e.node === data.output ? next.p[e.id] : next.g[e.node] + next.p[e.id];
          next.r[e.id] = next.g[e.node];
        }
        now = next;
        for (let i = nodes.length - 1; i >= 0; i--) {
          if (next.g[i] === undefined) continue;
          const into = contributions[i];
          states[i] = next.g[i] !== 0 ? "value" : into.length > 0 && into.every(id => states[edges[id].consumer] === "closedGate"
            || (edges[id].gate && next.l[id] === 0)) ? "closedGate" : "zero";
        }
      }
      const contributions = nodes.map(() => []);
      for (const frame of frames) if (frame.edge !== undefined) contributions[frame.node].push(frame.edge);
      for (const sum of data.sums) contributions[sum.node] = sum.edges;
      const number = (key, index, digits) => line(now[key][index], digits);
      const fill = (words, digits) => words.replace(/\{([a-zA-Z])(\d+)\}/g, (_, key, index) =>
        key === key.toLowerCase() ? number(key, +index, digits) : closed(number(key.toLowerCase(), +index, digits)));
      function gradientText(i, digits) {
        const text = number("g", i, digits);
        return {value: text, zero: text + " (zero)", closedGate: text + " (closed gate)", noPath: "no path", notComputed: "not computed"}[states[i]];
      }

      """#
}
