extension FormulaScript {
  /// Boxes in layers, placed so that the whole fits the room there is: columns broken into lines, or rows on a phone.
  static let drawing = #"""
    const leastScale = 0.72;
    const letter = 7.9, lineHeight = 17, pad = 8;
    const svgNode = (name, attributes = {}, ...children) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      element.append(...children);
      return element;
    };
    const cut = (text, most) => { const all = charactersOf(text); return all.length > most ? all.slice(0, most - 1).join("") + "…" : text; };

    // Boxes by depth: inputs stand just before what first uses them.
    function layersOf(shown, boxes) {
      const depth = new Map(), inside = new Set(boxes);
      for (const id of boxes) depth.set(id, 1 + Math.max(-1, ...shown.inputsOf.get(id).filter(i => inside.has(i)).map(i => depth.get(i))));
      // What is made of inputs alone by one operation stands near its use, too.
      const isEarly = id => shown.inputsOf.get(id).every(i => !inside.has(i) || shown.node(i).kind !== "operation") && shown.inputsOf.get(id).length < 2;
      for (const id of boxes.slice().reverse()) {
        const uses = shown.consumers.get(id).filter(c => inside.has(c));
        if (isEarly(id) && uses.length) depth.set(id, Math.min(...uses.map(c => depth.get(c))) - 1);
      }
      const least = Math.min(...depth.values());
      for (const id of boxes) depth.set(id, depth.get(id) - least);
      const layers = [];
      for (const id of boxes) (layers[depth.get(id)] ??= []).push(id);
      return layers.filter(Boolean);
    }
    // Each layer in the order of the middles of what it is connected with (Sugiyama, Tagawa and Toda 1981).
    function ordered(shown, layers) {
      const place = new Map();
      const number = layer => layer.forEach((id, i) => place.set(id, (i + 0.5) / layer.length));
      layers.forEach(number);
      for (let sweep = 0; sweep < 6; sweep++) {
        const forth = sweep % 2 === 0;
        for (const layer of forth ? layers : layers.slice().reverse()) {
          const middle = id => { const near = (forth ? shown.inputsOf : shown.consumers).get(id).filter(i => place.has(i)); return near.length ? near.reduce((s, i) => s + place.get(i), 0) / near.length : place.get(id); };
          const middles = new Map(layer.map(id => [id, middle(id)]));
          layer.sort((a, b) => middles.get(a) - middles.get(b));
          number(layer);
        }
      }
      return layers;
    }
    // How many lines a small matrix takes, where the drawing has room for them.
    function linesOf(shown, id) {
      const shape = shown.shapes.get(id);
      return shape.length === 2 && shape[0] > 1 && shape[0] <= 4 && shape[1] <= 4 && shape[1] > 0 && shown.drawn.length <= 20 && !shown.isPlain ? shape[0] : 0;
    }
    // A row of a matrix, its columns under each other.
    function matrixLine(data, shape, line) {
      const texts = Array.from(data, x => short(x, 3)), columns = shape[1], wide = Array.from({length: columns}, (_, j) => Math.max(...texts.filter((_, i) => i % columns === j).map(t => t.length)));
      return "[" + texts.slice(line * columns, (line + 1) * columns).map((t, j) => t.padStart(wide[j])).join(" ") + "]";
    }
    function boxText(shown, id, most) {
      const n = shown.node(id), name = shown.names.get(id), part = shown.folded.get(id);
      if (part) {
        const rows = [{kind: "head", text: cut(part.name, most), full: part.name}, {kind: "local", text: cut(strings.folded(part.size), most)}, {kind: "value", key: "v" + id}];
        return shown.node(id).variable ? [...rows, {kind: "gradient", key: "g" + id}] : rows;
      }
      const head = n.kind === "operation" ? `${name} = ${shown.formula(id)}` : name + (shown.shapes.get(id).length ? ` [${shapeText(shown.shapes.get(id))}]` : "");
      const rows = [{kind: "head", text: cut(head, most), full: head}], lines = linesOf(shown, id), count = lines || 1, more = lines ? {lines, width: 3 + 9 * shown.shapes.get(id)[1]} : {};
      for (let line = 0; line < count; line++) rows.push({kind: "value", key: "v" + id, line, ...more});
      if (shown.node(id).variable) for (let line = 0; line < count; line++) rows.push({kind: "gradient", key: "g" + id, line, ...more});
      shown.contributions.forEach((c, index) => { if (c.consumer === id && c.local && c.none === undefined && shown.node(c.consumer).shape.length === 0) rows.push({kind: "local", key: "l" + index, index}); });
      return rows;
    }
    function placed(shown, boxes, width, height, isNarrow, isPlain = false) {
      shown.isPlain = isPlain;
      const most = isNarrow ? 18 : 24, layers = ordered(shown, layersOf(shown, boxes)), sizes = new Map(), rows = new Map();
      for (const id of boxes) {
        const lines = boxText(shown, id, most);
        rows.set(id, lines);
        // Wide enough for any number, so that places stay while numbers change.
        const isTensor = shown.shapes.get(id).length > 0, longest = Math.max(13, ...lines.map(l => l.kind === "head" ? l.text.length : isTensor ? most - 3 : l.index !== undefined ? 13 + shown.names.get(shown.contributions[l.index].input).length : 13));
        sizes.set(id, [Math.max(Math.min(longest, most), lines.find(l => l.width)?.width ?? 0) * letter + 2 * pad, lines.length * lineHeight + 2 * pad - 3]);
      }
      if (isNarrow) return {rows, sizes, ...placedInRows(layers, sizes, width)};
      let best = null;
      for (let lines = 1; lines <= Math.min(24, layers.length); lines++) {
        // The whole in the window where it stays readable; otherwise as wide as it can be read, and as high as it gets.
        const found = placedInColumns(shown, layers, sizes, lines), wide = Math.min(1, width / (found.width + 68)), whole = Math.min(wide, height / found.height);
        const score = whole >= leastScale ? 2 + whole : wide >= leastScale ? 1 + 1 / lines : wide;
        if (best === null || score > best.score + 0.02) best = {...found, score};
      }
      // Matrices in rows only where the whole stays in the window.
      if (!isPlain && best.height * leastScale > height && boxes.some(id => linesOf(shown, id))) return placed(shown, boxes, width, height, isNarrow, true);
      return {rows, sizes, ...best};
    }
    // Layers as columns, broken into as many lines, of about equal width.
    function placedInColumns(shown, layers, sizes, lines) {
      const gap = 44, wide = layers.map(layer => Math.max(...layer.map(id => sizes.get(id)[0])) + gap), all = wide.reduce((a, b) => a + b, 0);
      const at = new Map(), lineOf = new Map();
      let x = 0, y = 0, tall = 0, width = 0, used = 0, line = 0;
      let current = [];
      const finish = () => {
        tall = Math.max(...current.map(({layer}) => layer.reduce((h, id) => h + sizes.get(id)[1] + 16, -16)));
        for (const {layer, x} of current) {
          let top = y + (tall - layer.reduce((h, id) => h + sizes.get(id)[1] + 16, -16)) / 2;
          for (const id of layer) { at.set(id, [x, top]); lineOf.set(id, line); top += sizes.get(id)[1] + 16; }
        }
        y += tall + 34; x = 0; line++; current = [];
      };
      layers.forEach((layer, i) => {
        if (current.length && x + wide[i] / 2 > all * (line + 1) / lines - used && line < lines - 1) { used += x; finish(); }
        current.push({layer, x});
        x += wide[i];
        width = Math.max(width, x - gap);
      });
      finish();
      return {at, lineOf, width, height: y - 34};
    }
    // Layers as rows, each broken where the screen ends.
    function placedInRows(layers, sizes, width) {
      const at = new Map(), lineOf = new Map();
      let y = 0, widest = 0, line = 0;
      for (const layer of layers) {
        let row = [], x = 0;
        const finish = () => {
          let left = Math.max(0, (width - (x - 12)) / 2);
          for (const id of row) { at.set(id, [left, y]); lineOf.set(id, line); left += sizes.get(id)[0] + 12; }
          y += Math.max(...row.map(id => sizes.get(id)[1])) + 24; widest = Math.max(widest, x - 12); row = []; x = 0; line++;
        };
        for (const id of layer) { if (row.length && x + sizes.get(id)[0] > width) finish(); row.push(id); x += sizes.get(id)[0] + 12; }
        finish();
      }
      return {at, lineOf, width: Math.max(width, widest), height: y - 24, isRows: true};
    }
    function rowText(shown, row, step, most, hide = () => false) {
      const known = key => shown.shownAt.get(key) === undefined || shown.shownAt.get(key) <= step;
      switch (row.kind) {
        case "value": {
          const id = +row.key.slice(1);
          if (shown.node(id).kind === "operation" && !known(row.key)) return "";
          if (row.lines) return hide(row.key) ? (row.line ? "" : "?") : matrixLine(shown.node(id).data, shown.shapes.get(id), row.line);
          return hide(row.key) ? "?" : cut(shown.valueText(id), most);
        }
        case "gradient": {
          const id = +row.key.slice(1), text = shown.gradientText(id, step);
          if (text === "") return step >= shown.steps.length && !shown.total.has(id) && !row.line ? strings.noGradient : "";
          if (hide(row.key)) return row.line ? "" : "∂ ?";
          if (row.lines) return (row.line ? "  " : "∂ ") + matrixLine(shown.gradientAt(id, step), shown.shapes.get(id), row.line);
          const zero = step >= shown.steps.length && shown.zeroReason(id) === strings.closedGate ? " " + strings.closedGate : "";
          return cut("∂ " + text + (step < shown.shownAt.get("whole" + id) ? " + …" : zero), most);
        }
        case "local": {
          if (row.index === undefined) return row.text;
          const c = shown.contributions[row.index], by = shown.names.get(c.input);
          if (!known(row.key)) return "";
          return cut(`∂/∂${by} ` + (hide(row.key) ? "?" : tensorText(c.local, c.local.length === 1 ? [] : shown.shapes.get(c.consumer))), most);
        }
      }
      return row.text;
    }
    // A line from each box to each that reads it; on another line of the drawing it goes through the gap above that.
    function wires(shown, boxes, {at, sizes, lineOf, isRows}) {
      const found = [], seen = new Map(), tops = [];
      for (const id of boxes) tops[lineOf.get(id)] = Math.min(tops[lineOf.get(id)] ?? Infinity, at.get(id)[1]);
      for (const id of boxes) for (const from of new Set(shown.inputsOf.get(id))) {
        if (!at.has(from)) continue;
        const [x1, y1] = at.get(from), [w1, h1] = sizes.get(from), [x2, y2] = at.get(id), [w2, h2] = sizes.get(id);
        const number = seen.get(id) ?? 0, into = (number + 1) / (new Set(shown.inputsOf.get(id)).size + 1);
        seen.set(id, number + 1);
        let d;
        if (isRows) { const a = [x1 + w1 / 2, y1 + h1], b = [x2 + w2 * into, y2], middle = Math.max(14, (b[1] - a[1]) / 2); d = `M${a}C${a[0]},${a[1] + middle} ${b[0]},${b[1] - middle} ${b}`; }
        else if (lineOf.get(from) === lineOf.get(id)) { const a = [x1 + w1, y1 + h1 / 2], b = [x2, y2 + h2 * into], middle = Math.max(20, (b[0] - a[0]) / 2); d = `M${a}C${a[0] + middle},${a[1]} ${b[0] - middle},${b[1]} ${b}`; }
        else { const a = [x1 + w1, y1 + h1 / 2], b = [x2, y2 + h2 * into], low = tops[lineOf.get(id)] - 10 - 4 * (number % 4); d = `M${a}C${a[0] + 30},${a[1]} ${a[0] + 30},${low} ${a[0]},${low}L${b[0]},${low}C${b[0] - 30},${low} ${b[0] - 30},${b[1]} ${b}`; }
        found.push({element: svgNode("path", {d, class: "wire", "data-from": from, "data-to": id}), from, to: id});
      }
      return found;
    }
    function boxGroup(shown, id, {at, sizes, rows}) {
      const [x, y] = at.get(id), [w, h] = sizes.get(id), n = shown.node(id), part = shown.folded.get(id), title = part ? `${part.name}: ${strings.folded(part.size)}` : `${shown.names.get(id)}${n.kind === "operation" ? " = " + shown.formula(id) : ""}`;
      const texts = rows.get(id).map((row, i) => svgNode("text", {x: pad, y: pad + 11 + i * lineHeight, class: row.kind, "data-key": row.key ?? ""}));
      const shadow = part ? [svgNode("rect", {x: 4, y: 4, width: w, height: h, rx: 6})] : [];
      const element = svgNode("g", {"data-box": id, tabindex: "0", role: "button", "aria-label": title, ...(part ? {"aria-expanded": "false"} : {}), transform: `translate(${x} ${y})`}, svgNode("title", {}, title), ...shadow, svgNode("rect", {width: w, height: h, rx: n.kind === "operation" ? 6 : 16}), ...texts);
      return {element, id, texts};
    }
    // Draws into `svg`; what is not known at this step is left out.
    function draw(svg, shown, step, options) {
      const boxes = shown.drawn;
      const {width, height, isNarrow, hide, chosen, path} = options, key = [boxes, [...shown.folded.keys()], Math.round(width), Math.round(height), isNarrow, shown.expression.source, [...shown.wanted], [...shown.shapes.values()].join(";")].join("|");
      if (!svg.layout || svg.layout.key !== key) svg.layout = {key, ...placed(shown, boxes, width, height, isNarrow)};
      const layout = svg.layout, {sizes, rows, lineOf, isRows} = layout, margin = 10, at = shown.standsFor, way = path && path.map(at);
      const present = step > 0 ? shown.steps[step - 1] : null;
      const side = isRows || new Set(lineOf.values()).size < 2 ? margin : 34, total = [layout.width + 2 * side, layout.height + 2 * margin];
      const scale = Math.min(1, width / total[0], isNarrow || height / total[1] < leastScale ? 1 : height / total[1]);
      if (!layout.groups) {
        svg.replaceChildren();
        svg.setAttribute("viewBox", `${-side} ${-margin} ${total[0]} ${total[1]}`);
        svg.setAttribute("width", Math.round(total[0] * scale));
        svg.setAttribute("height", Math.round(total[1] * scale));
        layout.wires = wires(shown, boxes, layout);
        layout.groups = boxes.map(id => boxGroup(shown, id, layout));
        svg.append(svgNode("g", {class: "wires"}, ...layout.wires.map(w => w.element)), ...layout.groups.map(g => g.element));
      }
      const style = (element, name) => { if (element.getAttribute("class") !== name) element.setAttribute("class", name); };
      for (const {element, from, to} of layout.wires) {
        const isNow = present && ((present.kind === "forward" && at(present.node) === to) || ((present.kind === "part" || present.kind === "cut") && at(present.node) === from && at(present.consumer) === to));
        const isPath = way && way.some((p, i) => i > 0 && way[i - 1] === to && p === from);
        style(element, "wire" + (isNow ? " now" : "") + (isPath ? " path" : ""));
      }
      for (const {element, id, texts} of layout.groups) {
        style(element, ["box", shown.node(id).kind, shown.folded.has(id) ? "folded" : "", present && at(present.node) === id ? "now" : "", present && present.consumer !== undefined && at(present.consumer) === id ? "from" : "", chosen === id ? "chosen" : "", way && way.includes(id) ? "path" : ""].filter(Boolean).join(" "));
        const most = Math.floor((sizes.get(id)[0] - 2 * pad) / letter + 0.5);
        rows.get(id).forEach((row, i) => { const text = rowText(shown, row, step, most, hide); if (texts[i].textContent !== text) texts[i].textContent = text; });
      }
      return scale;
    }

    """#
}
