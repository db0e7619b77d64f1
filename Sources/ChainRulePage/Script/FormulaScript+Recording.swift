extension FormulaScript {
  /// The graph, what records into it, values on demand, and the one backward loop.
  static let graph = #"""
    const digits6 = x => {
      if (Number.isNaN(x)) return "nan";
      if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
      if (x === 0) return Object.is(x, -0) ? "-0" : "0";
      const [m, e] = x.toExponential(5).split("e"), power = Number(e), trim = t => t.includes(".") ? t.replace(/\.?0+$/, "") : t;
      if (power < -4 || power >= 6) return trim(m) + "e" + (power < 0 ? "-" : "+") + String(Math.abs(power)).padStart(2, "0");
      return trim(x.toFixed(Math.max(0, 5 - power)));
    };
    const mostElements = 4000000;
    class Graph {
      nodes = [];
      elements = 0;
      // A page that would fill the memory of its reader says so instead.
      push(node) {
        this.elements += countOf(node.shape);
        if (this.elements > mostElements) throw shapeFault(node.op ?? "page", say("mostElements", mostElements), written(node.shape), say("toolComputes"));
        node.id = this.nodes.length; this.nodes.push(node); return node;
      }
      input(name, value, isVariable = true, index = false) {
        return this.push({kind: "input", label: name, op: null, ins: [], shape: value.shape, data: value.data, variable: isVariable && !index, index});
      }
      constant(value) {
        const tensor = typeof value === "number" ? {shape: [], data: Float64Array.of(value)} : value;
        return this.push({kind: "constant", label: null, op: null, ins: [], shape: tensor.shape, data: tensor.data, variable: false, index: tensor.index === true});
      }
      name(node) { return node.label ?? (node.kind === "constant" && node.shape.length === 0 ? digits6(node.data[0]) : node.kind === "operation" ? `${node.op}#${node.id}` : `#${node.id}`); }
      naming(error, inputs) {
        if (!(error instanceof Fault) || error.kind !== "shape" || !inputs.length) return error;
        return new Fault(error.kind, error.origin, error.required, say("ofInputs", error.got, inputs.map(n => this.name(n)).join(", ")), error.hint);
      }
      // Any operation; its shapes are checked, and an elementwise one has its operands brought to one shape before.
      record(op, attributes, inputs) {
        return (kernels[op] ? null : new Smooth(this).form(op, inputs)) ?? this.plain(op, inputs, attributes);
      }
      plain(op, inputs, attributes = {}) {
        const kernel = kernels[op];
        let shape;
        if (kernel) {
          try { shape = kernel[0](attributes, inputs.map(n => n.shape)); } catch (error) { throw this.naming(error, inputs); }
        } else {
          shape = [];
          for (const n of inputs) {
            const wider = common(shape, n.shape);
            if (!wider) throw this.naming(shapeFault(op, say("shapesThatBroadcast"), inputs.map(n => written(n.shape)).reduce((a, b) => say("both", a, b))), inputs);
            shape = wider;
          }
          inputs = inputs.map(n => sameShape(n.shape, shape) ? n : this.record("broadcast", {shape}, [n]));
        }
        const index = choosing.has(op) || (moving.has(op) && inputs.every(n => n.index));
        return this.push({kind: "operation", label: null, op, attributes, ins: inputs.map(n => n.id), shape, data: null, variable: inputs.some(n => n.variable), index});
      }
      compute(op, attributes, inputs, shapes, shape) {
        return kernels[op] ? kernels[op][1](attributes, inputs, shapes, shape) : mapped(primitives[op].run, inputs);
      }
      evaluate(last = this.nodes.length - 1) {
        for (let id = 0; id <= last; id++) {
          const n = this.nodes[id];
          if (n.data === null) n.data = complement(n.op, n.ins.map(i => this.nodes[i]), x => this.operands(x))
            ?? this.compute(n.op, n.attributes, n.ins.map(i => this.nodes[i].data), n.ins.map(i => this.nodes[i].shape), n.shape);
        }
      }
      operands(node) { return node.ins.map(i => typeof i === "number" ? this.nodes[i] : i); }
      // The rule of a node for one input, which the primitive's table lists.
      rule(node, index) {
        const {gradients, variants} = primitives[node.op], shape = this.nodes[node.ins[0]].shape, facts = {...node.attributes, form: Math.sign(shape[0] - shape[1])};
        const rules = gradients ?? variants.find(([when]) => Object.entries(when).every(([key, value]) => facts[key] === value))[1];
        return rules[Math.min(index, rules.length - 1)];
      }
      // Carries out a rule: the factor, or the product of the upstream through a linear map.
      follow(rule, node, index, upstream) {
        const inputs = node.ins.map(i => this.nodes[i]), own = inputs[index].shape, done = [];
        const place = name => typeof name === "number" ? done[name] : name === "y" ? node
          : name === "u" ? {data: upstream, shape: node.shape} : inputs[Number(name.slice(1))];
        for (const [op, template, reads] of rule.factor ?? rule.product) {
          if (op === "constant") { done.push({op: null, data: Float64Array.of(rule.factor ? template.value : template.value[0]), shape: []}); continue; }
          const ins = reads.map(place), attributes = {};
          for (const [key, value] of Object.entries(template)) attributes[key] = rule.factor ? value : readOff(value, node, inputs, own, index);
          const shapes = ins.map(n => n.shape), shape = kernels[op] ? kernels[op][0](attributes, shapes) : shapes.reduce((a, b) => common(a, b), []);
          const data = complement(op, ins, x => this.operands(x)) ?? this.compute(op, attributes, ins.map(n => n.data), shapes, shape);
          if (data.fault && asksForVectors(node, upstream, own)) throw data.fault;
          done.push({op, ins, shape, data});
        }
        return place(rule.result);
      }
      // Upstream × local gradient, and the sum over consumers: the only place where the page differentiates.
      backward(output) {
        const ones = new Float64Array(countOf(output.shape)).fill(1);
        const gradients = Array(this.nodes.length).fill(null), contributions = [];
        gradients[output.id] = ones;
        for (let id = output.id; id >= 0; id--) {
          const node = this.nodes[id], upstream = gradients[id];
          if (upstream === null || node.kind !== "operation") continue;
          node.ins.forEach((input, index) => {
            if (!this.nodes[input].variable) return;
            const rule = this.rule(node, index);
            if (rule.none !== undefined) { contributions.push({input, consumer: id, index, none: rule.none}); return; }
            const followed = this.follow(rule, node, index, upstream);
            const local = rule.factor ? followed.data : null;
            const product = rule.factor ? mapped((a, b) => a * b, [upstream, local]) : followed.data;
            const sum = gradients[input];
            gradients[input] = sum === null ? product : sum.map((g, i) => g + product[i]);
            contributions.push({input, consumer: id, index, local, upstream, product, total: gradients[input]});
          });
        }
        return {gradients, contributions};
      }
    }
    // 1 − σ(x) as σ(−x) and 1 − tanh²x as 4 σ(2x) σ(−2x), as the library computes them: where σ or tanh is 1 but for
    // rounding, the difference has no digits left.
    function complement(op, ins, operands) {
      if (op !== "subtract") return null;
      const [one, other] = ins, source = one.op === "broadcast" ? operands(one)[0] : one;
      if (source.op !== null || source.kind === "input" || source.data.length !== 1 || source.data[0] !== 1) return null;
      const sigmoid = x => x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
      if (other.op === "sigmoid") return operands(other)[0].data.map(x => sigmoid(-x));
      const root = other.op === "square" ? operands(other)[0] : null;
      return root?.op === "tanh" ? operands(root)[0].data.map(x => 4 * sigmoid(2 * x) * sigmoid(-2 * x)) : null;
    }
    // How many paths lead from the output back to each node.
    function pathCounts(graph, output, contributions) {
      const counts = Array(graph.nodes.length).fill(0);
      counts[output.id] = 1;
      for (const c of contributions) if (c.none === undefined) counts[c.input] += counts[c.consumer];
      return counts;
    }
    // "3", "1*x0.1" or "2*y.0-1": a number, or a length of an input or of the output, how often, and what is added to it.
    function dimension(text, inputs, out) {
      const [, times, place, input, axis, more] = /^(?:(\d)\*(y|x(\d+))\.(\d+))?([+-]?\d+)?$/.exec(text);
      return (place === undefined ? 0 : Number(times) * (place === "y" ? out : inputs[Number(input)].shape)[Number(axis)]) + Number(more ?? 0);
    }
    // What a step of a linear rule is made with, read off the node at hand; the names are those of RuleTemplate.
    function readOff(reading, node, inputs, own, index) {
      if (Array.isArray(reading)) return reading[0];
      const a = node.attributes, out = node.shape;
      if (reading.startsWith("attribute:")) return a[reading.slice(10)];
      if (reading.startsWith("not:")) return !a[reading.slice(4)];
      if (reading.startsWith("dim:")) return dimension(reading.slice(4), inputs, out);
      if (reading.startsWith("dims:")) return reading.slice(5).split(",").filter(Boolean).map(part => dimension(part, inputs, out));
      if (/^shape\d+$/.test(reading)) return inputs[Number(reading.slice(5))].shape;
      switch (reading) {
        case "own": return own;
        case "output": return out;
        case "kept": return reducedShape(own, a.axes, true);
        case "onlyAxis": return a.axes[0];
        case "inverse": return a.order.map((_, position) => a.order.indexOf(position));
        case "zeros": return own.map(() => 0);
        case "atAxis": return own.map((_, i) => i === a.axis ? 1 : 0);
        case "axisShorter": return own.map((n, i) => i === a.axis ? n - 1 : n);
        case "atAxisForth": return own.map((_, i) => i === a.axis && !a.isReversed ? 1 : 0);
        case "atAxisBack": return own.map((_, i) => i === a.axis && a.isReversed ? 1 : 0);
        case "lastAxis": return own.map((_, i) => i === own.length - 1 ? 1 : 0);
        case "lastShorter": return own.map((n, i) => i === own.length - 1 ? n - 1 : n);
        case "spread": { const missing = out.length - own.length; return out.map((_, i) => i).filter(i => i < missing || (own[i - missing] === 1 && out[i] !== 1)); }
        case "ones": return own.map(() => 1);
        case "axisAlone": return [a.axis];
        case "axisKept": return own.map((n, i) => i === a.axis ? 1 : n);
        case "axisGone": return own.filter((_, i) => i !== a.axis);
        case "length": return own[a.axis];
        case "offset": return own.map((_, i) => i === a.axis ? inputs.slice(0, index).reduce((sum, n) => sum + n.shape[i], 0) : 0);
        case "size": return own.slice(2);
        case "plane": return own[2] * own[3];
        case "ownPlanes": return [own[0] * own[1], own[2] * own[3]];
        case "outputPlanes": return [out[0] * out[1], out[2] * out[3]];
      }
      throw new Error(reading);
    }

    """#
}
