extension PageScript {
  /// Stepping, choosing a node, following paths.
  static let reader = #"""
    const $ = (selector, root = document) => root.querySelector(selector);
    const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
    function make(name, text, attributes = {}, ...children) {
      const element = document.createElement(name);
      if (text) element.textContent = text;
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      element.append(...children);
      return element;
    }

    // Steps: the leaves are there from the start; then every node, then the backward frames.
    const forward = data.forwardFrames.filter(f => nodes[f.node].inputs.length > 0);
    const steps = [...forward, ...frames];
    const forwardAt = nodes.map(() => 0), gradientAt = nodes.map(() => []), edgeAt = [];
    steps.forEach((frame, i) => {
      if (frame.kind === "forward") forwardAt[frame.node] = i + 1;
      else { gradientAt[frame.node].push(i + 1); if (frame.edge !== undefined) edgeAt[frame.edge] = i + 1; }
    });
    let position = steps.length, timer = null, chosen = null, path = null;
    // The drawing of the whole that is shown, and with it the insides of the modules that are open.
    const view = () => $(".drawing[data-view]:not([hidden]) svg");
    const shown = () => $$(".drawing>svg").filter(svg => !svg.closest("[hidden]"));

    // Numbers are hidden until the step that computes them.
    function reveal(svg) {
      for (const label of $$("text[data-node],text[data-edge],g.fork", svg)) {
        const node = +label.dataset.node, edge = +label.dataset.edge;
        let isKnown = true;
        if (label.matches(".value")) isKnown = forwardAt[node] <= position;
        else if (label.matches(".gradient")) isKnown = gradientAt[node].length === 0 ? position === steps.length : gradientAt[node][0] <= position;
        else if (label.matches(".sum")) isKnown = gradientAt[node][gradientAt[node].length - 1] <= position;
        else if (label.matches(".fork")) isKnown = gradientAt[node].length > 0 && gradientAt[node][0] <= position;
        else if (label.dataset.edge !== undefined) isKnown = edgeAt[edge] <= position;
        label.classList.toggle("off", !isKnown);
      }
    }

    // The step at hand, in every drawing that shows a part of it.
    function mark(svg, frame) {
      for (const element of $$(".now,.from", svg)) element.classList.remove("now", "from");
      if (frame && (position < steps.length || timer)) {
        const boxOf = id => $(`g[data-node="${id}"]:not(.fork):not(.exit)`, svg) || $(`g[data-nodes~="${id}"]`, svg);
        const box = boxOf(frame.node);
        if (box) box.classList.add("now");
        if (frame.edge !== undefined) {
          for (const wire of $$(`.wire[data-edge~="${frame.edge}"]`, svg)) wire.classList.add("now");
          const from = boxOf(edges[frame.edge].consumer);
          if (from && from !== box) from.classList.add("from");
        }
        if (box) follow(box);
      }
      for (const box of $$("g[data-node]:not(.fork)", svg)) {
        const id = +box.dataset.node;
        label(box, `${box.dataset.title}, value ${number("v", id)}, gradient ${gradientText(id)}`);
      }
    }
    function label(box, text) {
      box.setAttribute("aria-label", text);
      box.firstChild.textContent = text;
    }

    function draw() {
      const frame = position > 0 ? steps[position - 1] : null;
      for (const element of $$("[data-q]").filter(e => !e.closest(".inside[hidden]"))) {
        const key = element.dataset.q, kind = key[0].toLowerCase(), i = +key.slice(1);
        let text = number(kind, i);
        if (key[0] !== kind) text = closed(text);
        if (kind === "g" && element.closest("svg")) {
          const done = gradientAt[i].filter(at => at <= position).length, all = gradientAt[i].length;
          if (done > 0 && done < all && gradientAt[i].length > 1) {
            const last = steps[gradientAt[i][done - 1] - 1];
            text = (last.edge === undefined ? number("g", i) : number("r", last.edge)) + ` … ${done} of ${all}`;
          } else if (states[i] === "closedGate") text = "0 closed gate";
        } else if (kind === "g") text = gradientText(i);
        element.textContent = text;
      }
      for (const svg of shown()) { reveal(svg); mark(svg, frame); }
      say(frame);
      $("#step").value = position;
      $("#step").setAttribute("aria-valuetext", `step ${position} of ${steps.length}`);
      $("#count").textContent = `${position} / ${steps.length}`;
      $("#previous").disabled = $("#first").disabled = position === 0;
      $("#next").disabled = $("#last").disabled = position === steps.length;
      $("#play").textContent = timer ? "❚❚ pause" : "▶ play";
      panel();
    }

    function say(frame) {
      const words = $("#words");
      words.textContent = "";
      if (position === 0) words.append(make("span", "Start", {class: "kind"}), "The inputs have their values. Next: the forward pass, one node at a time.");
      else {
        const isForward = frame.kind === "forward", done = isForward ? position : position - forward.length, all = isForward ? forward.length : frames.length;
        const kind = `${isForward ? "Forward" : "Backward"}, step ${done} of ${all}`;
        words.append(make("span", position === steps.length ? kind + " — every number is shown; play starts again" : kind, {class: "kind"}), fill(frame.words, 5));
      }
    }

    function follow(box) {
      const pane = box.closest(".drawing"), outer = pane.getBoundingClientRect(), inner = box.getBoundingClientRect();
      if (inner.left < outer.left + 120 || inner.right > outer.right - 120) pane.scrollLeft += (inner.left + inner.right) / 2 - (outer.left + outer.right) / 2;
      if (inner.top < outer.top + 30 || inner.bottom > outer.bottom - 30) pane.scrollTop += (inner.top + inner.bottom) / 2 - (outer.top + outer.bottom) / 2;
    }

    function go(to) { position = Math.max(0, Math.min(steps.length, to)); draw(); }
    function stop() { clearInterval(timer); timer = null; }
    function play() {
      if (timer) { stop(); draw(); return; }
      if (position === steps.length) position = 0;
      timer = setInterval(() => { if (position >= steps.length - 1) stop(); go(position + 1); }, 1300);
      draw();
    }

    // The chosen node.
    function choose(id) { chosen = id; draw(); }
    function panel() {
      const box = $("#panel");
      for (const element of $$(".chosen")) element.classList.remove("chosen");
      if (chosen === null) return;
      const node = nodes[chosen];
      for (const element of $$(`g[data-node="${chosen}"]`)) element.classList.add("chosen");
      const list = make("dl");
      const row = (name, text, style = "") => { if (text) list.append(make("dt", name), make("dd", text, {class: style + (text.includes("\n") ? " m" : "")})); };
      row("node", `${node.symbol}${node.inputs.length ? " = " + node.formula : " (" + node.kind + ")"}`);
      if (node.expression && node.expression !== node.formula) row("in full", node.expression);
      row("shape", node.shape.length ? node.shape.join("×") : "scalar");
      if (node.module.length) row("module", node.module.join("."));
      row("value", matrix(now.v[chosen]), "v");
      row("gradient", states[chosen] === "value" ? matrix(now.g[chosen]) : gradientText(chosen) + (node.gradient.reason ? ": " + node.gradient.reason : ""), "g");
      if (now.t[chosen] !== undefined) row("tangent", matrix(now.t[chosen]));
      const parts = [make("h2", `Node ${node.symbol}`), list];
      const into = contributions[chosen];
      if (into.length) {
        const table = make("table"), head = make("tr");
        for (const title of ["through", "upstream", "× local gradient", "= product"]) head.append(make("th", title, {scope: "col"}));
        table.append(make("thead", "", {}, head));
        const body = make("tbody");
        for (const id of into) {
          const e = edges[id], factor = now.l[id] === undefined ? e.local : `${e.local === number("l", id).replace("−", "-") ? "" : e.local + " = "}${number("l", id)}`;
          body.append(make("tr", "", {}, make("td", nodes[e.consumer].symbol), make("td", number("u", id), {class: "g"}), make("td", factor, {class: "l"}), make("td", number("p", id), {class: "g"})));
          if (e.jacobian) row("Jacobian of " + nodes[e.consumer].symbol, matrix(e.jacobian), "l");
        }
        if (into.length > 1) body.append(make("tr", "", {class: "sum"}, make("td", "Σ"), make("td", into.map((id, i) => i ? closed(number("p", id)) : number("p", id)).join(" + "), {colspan: 2}), make("td", number("g", chosen), {class: "g"})));
        table.append(body);
        const done = into.filter(id => edgeAt[id] <= position).length;
        parts.push(make("div", "", {class: "scroll"}, table));
        if (done < into.length && position > forward.length) parts.push(make("p", `upstream is not final yet: ${done} of ${into.length} consumers done`, {class: "note"}));
      }
      if (node.inputs.length) {
        const inputs = make("p", "inputs: ", {class: "note"});
        for (const id of node.inputs) { const button = make("button", nodes[id].symbol); button.onclick = () => choose(id); inputs.append(button, " "); }
        parts.push(inputs);
      }
      box.replaceChildren(...parts);
    }

    // Paths.
    function pathsTo(target) {
      const known = data.paths.filter(p => p.nodes[p.nodes.length - 1] === target);
      if (known.length) return known;
      const reaches = nodes.map(() => false), found = [];
      reaches[target] = true;
      for (const e of [...edges].sort((a, b) => a.consumer - b.consumer)) if (e.product !== undefined && reaches[e.node]) reaches[e.consumer] = true;
      const open = reaches[data.output] ? [{nodes: [data.output], edges: []}] : [];
      const into = nodes.map(() => []);
      for (const e of edges) if (e.product !== undefined && reaches[e.node]) into[e.consumer].push(e);
      while (open.length && found.length < 200) {
        const way = open.pop(), end = way.nodes[way.nodes.length - 1];
        if (end === target) { found.push(way); continue; }
        for (const e of [...into[end]].sort((a, b) => b.position - a.position)) open.push({nodes: [...way.nodes, e.node], edges: [...way.edges, e.id]});
      }
      return found;
    }
    function showPaths() {
      const target = +$("#target").value, list = $("#paths");
      list.replaceChildren();
      highlight(null);
      if ($("#target").value === "") return;
      const found = pathsTo(target);
      let total = 0;
      for (const way of found) {
        const scalars = way.edges.every(id => typeof now.l[id] === "number") && typeof now.g[data.output] === "number";
        let text = way.nodes.map(id => nodes[id].symbol).join(" → ") + ":  " + way.edges.map((id, i) => {
          const factor = typeof now.l[id] === "number" ? number("l", id) : edges[id].local;
          return i ? closed(factor) : factor;
        }).join(" × ");
        if (scalars) {
          const product = way.edges.reduce((a, id) => a * now.l[id], now.g[data.output]);
          total += product;
          text += " = " + short(product);
        } else if (way.product) text += " = " + line(unwrap(way.product));
        const button = make("button", text, {"aria-pressed": "false"});
        button.onclick = () => { const on = button.getAttribute("aria-pressed") === "true"; highlight(on ? null : way, on ? null : button); };
        list.append(make("li", "", {}, button));
      }
      $("#total").textContent = found.length === 0 ? `no path leads from ${nodes[data.output].symbol} to ${nodes[target].symbol}`
        : found.length >= 200 ? "the first 200 paths" : `Σ over ${found.length} path${found.length > 1 ? "s" : ""} = gradient of ${nodes[target].symbol} = ${gradientText(target)}`;
    }
    function highlight(way, button) {
      path = way;
      for (const b of $$("#paths button")) b.setAttribute("aria-pressed", b === button ? "true" : "false");
      for (const svg of $$("svg.chainrule")) {
        for (const element of $$(".path", svg)) element.classList.remove("path");
        svg.classList.toggle("has-path", way !== null);
        if (!way) continue;
        for (const id of way.nodes) for (const element of $$(`[data-node="${id}"],[data-nodes~="${id}"]`, svg)) element.classList.add("path");
        for (const id of way.edges) for (const element of $$(`[data-edge~="${id}"]`, svg)) element.classList.add("path");
      }
    }

    """#
}
