extension FormulaScript {
  /// Sliders with the value's curve and tangent, and steps of gradient descent on its contours.
  static let change = #"""
    // Elements of inputs that a gradient reaches: what can be changed and trained, by name.
    function knobs() {
      const all = [];
      for (const name of expression.inputs) {
        if (state.off.has(name)) continue;
        const node = shown.graph.nodes.find(n => n.kind === "input" && n.label === name);
        if (!node || node.index) continue;
        for (let i = 0; i < Math.min(node.data.length, 24); i++) all.push({key: node.data.length === 1 ? name : `${name}[${indexText(i, node.shape)}]`, name, at: i, value: node.data[i], slope: shown.total.get(shown.root[node.id])?.[i] ?? 0});
      }
      return all;
    }
    const indexText = (flat, shape) => { const parts = []; for (let i = shape.length - 1; i >= 0; i--) { parts.unshift(flat % shape[i]); flat = Math.floor(flat / shape[i]); } return parts.join(", "); };
    const inputsNow = () => new Map(expression.inputs.map(name => { const n = shown.graph.nodes.find(k => k.kind === "input" && k.label === name); return [name, {shape: n.shape, data: Float64Array.from(n.data), variable: n.variable}]; }));
    // The value of the formula for other inputs, and its gradients where they are wanted.
    function evaluateAt(values, wantsGradients = false) {
      const {graph, result} = record(expression, values);
      graph.evaluate(result.id);
      let value = 0;
      for (const x of result.data) value += x;
      if (!wantsGradients) return {value};
      const {gradients} = graph.backward(result), slopes = new Map();
      for (const n of graph.nodes) if (n.kind === "input" && gradients[n.id]) slopes.set(n.label, gradients[n.id]);
      return {value, slopes};
    }
    const literalText = (data, shape, axis = 0, start = 0) => axis === shape.length ? String(data[start]) : "[" + Array.from({length: shape[axis]}, (_, i) => literalText(data, shape, axis + 1, start + i * countOf(shape.slice(axis + 1)))).join(", ") + "]";
    function setInputs(values) { for (const [name, value] of values) if (value.variable) state.texts.set(name, literalText(value.data, value.shape)); changed(); }
    const tune = {knob: "", other: "", rate: 0.1, method: "SGD", trail: []};

    function showChange() {
      const all = knobs(), select = $("#knob"), keys = all.map(k => k.key);
      $("#changebox").hidden = !all.length;
      if (!all.length) return;
      for (const [id, field] of [["knob", "knob"], ["xknob", "knob"], ["yknob", "other"]]) {
        const list = $("#" + id);
        if (list.dataset.keys !== keys.join("|")) { list.replaceChildren(...keys.map(k => make("option", {value: k}, k))); list.dataset.keys = keys.join("|"); }
        if (!keys.includes(tune[field])) tune[field] = keys[field === "other" ? Math.min(1, keys.length - 1) : 0];
        list.value = tune[field];
      }
      const knob = all.find(k => k.key === tune.knob), slider = $("#slider");
      if (document.activeElement !== slider) { const reach = Math.max(2, 2 ** Math.ceil(Math.log2(Math.abs(knob.value) + 1e-9) + 1)); slider.min = -reach; slider.max = reach; slider.step = reach / 500; }
      slider.value = knob.value;
      slider.setAttribute("aria-label", strings.slider(knob.key));
      $("#sliderout").textContent = `${knob.key} = ${short(knob.value, 5)}; ` + strings.slope(knob.key, short(knob.slope, 5));
      if ($("#changebox").open) curve(knob, Number(slider.min), Number(slider.max));
      if ($("#updatebox").open) surface(all);
    }
    function turnKnob(key, value) {
      const knob = knobs().find(k => k.key === key), values = inputsNow(), input = values.get(knob.name);
      input.data[knob.at] = value;
      state.texts.set(knob.name, literalText(input.data.map(x => Number(x.toPrecision(12))), input.shape));
      changed();
    }
    const scaleOf = (low, high, from, to) => x => from + (x - low) / (high - low || 1) * (to - from);
    // The value along one knob, with the tangent at the present place.
    function curve(knob, low, high) {
      const points = [], values = inputsNow(), data = values.get(knob.name).data, many = shown.boxes.length > 200 ? 21 : 61;
      for (let i = 0; i < many; i++) { const x = low + (high - low) * i / (many - 1); data[knob.at] = x; points.push([x, evaluateAt(values).value]); }
      data[knob.at] = knob.value;
      const here = evaluateAt(values).value, finite = points.map(p => p[1]).filter(Number.isFinite), least = Math.min(...finite, here), most = Math.max(...finite, here), margin = 0.08 * (most - least || 1);
      const x = scaleOf(low, high, 34, 332), y = scaleOf(least - margin, most + margin, 150, 8), svg = $("#curve");
      const line = points.filter(p => Number.isFinite(p[1])).map(p => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(" ");
      const reach = (high - low) / 6, tangent = [knob.value - reach, knob.value + reach].map(t => `${x(t).toFixed(1)},${y(here + knob.slope * (t - knob.value)).toFixed(1)}`);
      svg.setAttribute("aria-label", strings.curve(shown.names.get(shown.output), knob.key));
      svg.replaceChildren(svgNode("polyline", {points: line, class: "curve"}), svgNode("polyline", {points: tangent.join(" "), class: "tangent"}), svgNode("circle", {cx: x(knob.value), cy: Number.isFinite(here) ? y(here) : 0, r: 5, class: "point"}),
        svgNode("text", {x: 34, y: 166}, short(low, 3)), svgNode("text", {x: 332, y: 166, "text-anchor": "end"}, `${knob.key} ${short(high, 3)}`), svgNode("text", {x: 2, y: 16}, short(most, 3)), svgNode("text", {x: 2, y: 148}, short(least, 3)));
    }

    // One step of each method; the names and the defaults of the library's optimizers.
    const methods = {
      SGD: () => (g, rate) => g.map(x => rate * x),
      momentum: () => { let v = null; return (g, rate) => { v = v === null ? g.slice() : v.map((m, i) => 0.9 * m + g[i]); return v.map(m => rate * m); }; },
      RMSProp: () => { let s = null; return (g, rate) => { s = g.map((x, i) => 0.9 * (s ? s[i] : 0) + 0.1 * x * x); return g.map((x, i) => rate * x / (Math.sqrt(s[i]) + 1e-8)); }; },
      Adam: () => { let m = null, s = null, t = 0; return (g, rate) => { t++; m = g.map((x, i) => 0.9 * (m ? m[i] : 0) + 0.1 * x); s = g.map((x, i) => 0.999 * (s ? s[i] : 0) + 0.001 * x * x); return m.map((x, i) => rate * (x / (1 - 0.9 ** t)) / (Math.sqrt(s[i] / (1 - 0.999 ** t)) + 1e-8)); }; },
    };
    // Steps from the present inputs; each point holds the knobs of the surface and the value.
    function descend(method, steps, rate, start, picks) {
      const values = new Map([...start].map(([name, v]) => [name, {...v, data: Float64Array.from(v.data)}])), rules = new Map(), trail = [];
      const place = () => picks.map(k => values.get(k.name).data[k.at]);
      for (let i = 0; i <= steps; i++) {
        const {value, slopes} = evaluateAt(values, true);
        trail.push([...place(), value]);
        if (i === steps || !Number.isFinite(value) || Math.abs(value) > 1e12) break;
        for (const [name, input] of values) {
          const slope = slopes.get(name);
          if (!slope) continue;
          if (!rules.has(name)) rules.set(name, methods[method]());
          rules.get(name)(slope, rate).forEach((d, k) => { input.data[k] -= d; });
        }
      }
      return {trail, values};
    }
    function update(steps) {
      const start = inputsNow(), all = knobs(), picks = [all.find(k => k.key === tune.knob), all.find(k => k.key === tune.other)];
      if (!tune.trail.length) tune.start = start;
      const {trail, values} = descend(tune.method, steps, tune.rate, start, picks);
      tune.trail.push(...(tune.trail.length ? trail.slice(1) : trail));
      const [first, last] = [trail[0][2], trail[trail.length - 1][2]];
      $("#told").textContent = strings.converges(short(first, 5), short(last, 5)) + (!(last <= first) ? " — " + strings.diverges : "");
      if (Number.isFinite(last)) setInputs(values); else showChange();
    }
    const trailDashes = {SGD: "none", momentum: "7 3", RMSProp: "2 3", Adam: "9 3 2 3"};
    // Contours of the value over two knobs, and the way that was gone on them.
    function surface(all) {
      const svg = $("#surface"), a = all.find(k => k.key === tune.knob), b = all.find(k => k.key === tune.other);
      const trails = tune.compare ? tune.compare : tune.trail.length > 1 ? {[tune.method]: tune.trail} : {};
      const places = Object.values(trails).flat().filter(p => p.every(Number.isFinite)).concat([[a.value, b.value, 0]]);
      const range = i => { const v = places.map(p => p[i]), low = Math.max(-1e3, Math.min(...v)), high = Math.min(1e3, Math.max(...v)), half = Math.max(1.5, (high - low) * 0.7), middle = (low + high) / 2; return [middle - half, middle + half]; };
      const [x0, x1] = range(0), [y0, y1] = a.key === b.key ? [0, 1] : range(1), cells = shown.boxes.length > 100 ? 14 : 28, grid = [], values = inputsNow();
      for (let j = 0; j <= cells; j++) for (let i = 0; i <= cells; i++) {
        values.get(a.name).data[a.at] = x0 + (x1 - x0) * i / cells;
        if (a.key !== b.key) values.get(b.name).data[b.at] = y0 + (y1 - y0) * j / cells;
        grid.push(evaluateAt(values).value);
      }
      const finite = grid.filter(Number.isFinite).sort((p, q) => p - q), x = scaleOf(x0, x1, 6, 334), y = scaleOf(y0, y1, 294, 6), parts = [];
      for (let level = 1; level <= 10 && finite.length; level++) {
        const height = finite[Math.min(finite.length - 1, Math.floor(finite.length * level / 11))];
        let d = "";
        for (let j = 0; j < cells; j++) for (let i = 0; i < cells; i++) {
          const corner = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]].map(([p, q]) => [p, q, grid[q * (cells + 1) + p]]), hits = [];
          corner.forEach((p, k) => { const q = corner[(k + 1) % 4]; if ((p[2] < height) !== (q[2] < height)) { const t = (height - p[2]) / (q[2] - p[2]); hits.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]); } });
          for (let k = 0; k + 1 < hits.length; k += 2) d += `M${[hits[k], hits[k + 1]].map(h => `${x(x0 + (x1 - x0) * h[0] / cells).toFixed(1)},${y(y0 + (y1 - y0) * h[1] / cells).toFixed(1)}`).join("L")}`;
        }
        parts.push(svgNode("path", {d, class: "contour", style: `opacity:${0.35 + 0.06 * (10 - level)}`}));
      }
      Object.entries(trails).forEach(([method, trail], i) => {
        const inside = trail.filter(p => Number.isFinite(p[0]) && Math.abs(p[0]) < 1e4 && Math.abs(p[1]) < 1e4);
        parts.push(svgNode("polyline", {points: inside.map(p => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(" "), class: "trail t" + i, "stroke-dasharray": trailDashes[method]}));
        parts.push(...inside.slice(0, 60).map(p => svgNode("circle", {cx: x(p[0]), cy: y(p[1]), r: 2, class: "dot t" + i})));
        parts.push(svgNode("text", {x: 10, y: 20 + 15 * i, class: "t" + i}, method));
      });
      parts.push(svgNode("circle", {cx: x(a.value), cy: y(b.value), r: 5, class: "point"}), svgNode("text", {x: 334, y: 290, "text-anchor": "end"}, a.key), svgNode("text", {x: 10, y: 290}, b.key));
      svg.replaceChildren(...parts);
    }
    function listenToChange() {
      $("#knob").onchange = () => { tune.knob = $("#knob").value; document.activeElement.blur(); showChange(); };
      $("#xknob").onchange = () => { tune.knob = $("#xknob").value; forget(); };
      $("#yknob").onchange = () => { tune.other = $("#yknob").value; forget(); };
      const forget = () => { tune.trail = []; tune.compare = null; $("#told").textContent = ""; showChange(); };
      $("#slider").oninput = () => { tune.trail = []; tune.compare = null; turnKnob(tune.knob, Number($("#slider").value)); };
      $("#rate").oninput = () => { const rate = readAnswer($("#rate").value); $("#rate").setAttribute("aria-invalid", String(!rate)); if (rate) tune.rate = rate.number; };
      $("#method").onchange = () => { tune.method = $("#method").value; };
      $("#one").onclick = () => { tune.compare = null; update(1); };
      $("#ten").onclick = () => { tune.compare = null; update(10); };
      $("#again").onclick = () => { const start = tune.start; forget(); if (start) setInputs(start); };
      $("#all").onclick = () => {
        const all = knobs(), picks = [all.find(k => k.key === tune.knob), all.find(k => k.key === tune.other)], start = inputsNow();
        tune.compare = Object.fromEntries(Object.keys(methods).map(method => [method, descend(method, 40, tune.rate, start, picks).trail]));
        $("#told").textContent = Object.entries(tune.compare).map(([method, trail]) => `${method}: ${short(trail[0][2], 3)} → ${short(trail[trail.length - 1][2], 3)}`).join("; ");
        showChange();
      };
      for (const id of ["changebox", "updatebox"]) $("#" + id).addEventListener("toggle", () => { if (shown) showChange(); });
    }

    """#
}
