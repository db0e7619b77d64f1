extension FormulaScript {
  /// The page as it follows from the state: drawing, words, tables, panels.
  static let showing = #"""
    // MARK: Showing

    const isNarrow = () => document.documentElement.clientWidth < 700;
    function show() {
      const box = $("#mistake");
      box.hidden = mistake === null;
      $("#formula").setAttribute("aria-invalid", String(mistake !== null));
      if (mistake) box.replaceChildren(make("strong", {}, mistake.text), make("pre", {}, mistake.excerpt ?? ""));
      document.body.classList.toggle("stale", mistake !== null);
      showFields();
      if (!shown) return;
      showStep();
      showAside();
      writeAddress();
    }
    function showFields() {
      const names = expression && !mistake ? expression.inputs : [...document.querySelectorAll("#values [data-name]")].map(e => e.dataset.name);
      const holder = $("#values"), present = [...holder.querySelectorAll("[data-name]")].map(e => e.dataset.name);
      if (present.join() !== names.join()) {
        holder.replaceChildren(...names.map(name => {
          const field = make("input", {type: "text", id: "value-" + name, value: state.texts.get(name), autocomplete: "off", spellcheck: "false", "aria-label": name, "aria-describedby": "note-" + name, oninput: () => { state.texts.set(name, field.value); changed(); }});
          const by = make("input", {type: "checkbox", "aria-label": `${strings.differentiate} ${name}`, title: `${strings.differentiate} ${name}`, onchange: () => { if (by.checked) state.off.delete(name); else state.off.add(name); changed(); }});
          return make("div", {class: "field", "data-name": name}, make("label", {for: "value-" + name}, name), field, make("label", {class: "by"}, by, " ∂"), make("span", {class: "note", id: "note-" + name, role: "status"}));
        }));
      }
      for (const name of names) {
        const part = holder.querySelector(`[data-name="${CSS.escape(name)}"]`), field = $("input[type=text]", part), note = understoodNotes.get(name);
        field.style.width = `${Math.min(24, Math.max(6, charactersOf(state.texts.get(name)).length + 3))}ch`;
        if (document.activeElement !== field && field.value !== state.texts.get(name)) field.value = state.texts.get(name);
        $("input[type=checkbox]", part).checked = !state.off.has(name);
        field.setAttribute("aria-invalid", String(note?.bad === true));
        $(".note", part).textContent = note ? note.text : "";
      }
    }
    function showStep() {
      showWords();
      const view = viewOf(shown), svg = $("#drawing"), frame = $("#frame");
      const height = Math.max(260, window.innerHeight - frame.getBoundingClientRect().top - window.scrollY - 16);
      showFolds(view);
      draw(svg, view, state.step, {width: Math.max(240, frame.clientWidth - 4), height, isNarrow: isNarrow(), hide: isHidden, chosen: state.chosen, path: state.path});
      $("#step").max = shown.steps.length;
      $("#step").value = state.step;
      $("#count").textContent = strings.countOf(state.step, shown.steps.length);
      $("#first").disabled = $("#back").disabled = state.step === 0;
      $("#next").disabled = $("#last").disabled = state.step >= shown.steps.length;
      // The tables follow when the drawing is on the screen.
      if (shown.steps.length < 40) showTables(); else { cancelAnimationFrame(tablesDue); tablesDue = requestAnimationFrame(() => setTimeout(() => { if (!mistake) showTables(); })); }
      frame.scrollLeft = 0;
    }
    let tablesDue = 0;
    const bold = text => make("b", {}, text);
    const colored = (kind, text) => make("span", {class: kind}, text);
    function showWords() {
      const words = $("#words"), step = shown.steps[state.step - 1];
      if (state.quiz && step && !quizScore.tried.get(state.step)?.done) { words.replaceChildren(...question(step)); return; }
      words.replaceChildren(...sentences(step, isHidden));
    }
    // The present step in words and numbers.
    function sentences(step, hide = () => false) {
      if (!step) return [strings.stepZero];
      const name = shown.names.get(step.node), known = (key, text) => hide(key) ? "?" : text;
      if (step.kind === "forward") {
        const numbers = shown.formula(step.node, {values: true}), result = known("v" + step.node, shown.valueText(step.node, 6)), note = shown.valueNote(step.node);
        const formula = shown.formula(step.node);
        return [bold(strings.forward.split(":")[0] + ` ${state.step}. `), `${name} = ${formula}`, ...(numbers !== formula && !/\d×\d/.test(numbers) ? [` = ${numbers}`] : []), " = ", colored("v", result), ...(note ? [make("div", {class: "warn"}, note)] : [])];
      }
      if (step.kind === "seed") return [bold("∂ "), strings.start(name)];
      const consumer = shown.names.get(step.consumer), c = shown.contributions[step.index];
      if (step.kind === "cut") return [bold("∂ "), strings.cutWord(name, consumer, c.none)];
      const parts = shown.parts.get(step.node), output = shown.names.get(shown.output), shape = shown.shapes.get(step.node);
      const local = c.local ? known("l" + step.index, closed(tensorText(c.local, c.local.length === 1 ? [] : shown.shapes.get(step.consumer), 5))) : shown.localText(step.index);
      const rule = shown.localText(step.index), product = known("g" + step.node, tensorText(c.product, shape, 6));
      const upstream = colored("g", closed(tensorText(c.upstream, shown.shapes.get(step.consumer), 5)));
      const lines = c.local === null ? [bold(`∂ ${consumer} → ${name}: `), colored("l", local), `, U = ∂${output}/∂${consumer} = `, upstream, ": ", colored("g", product)] : [bold(`∂ ${consumer} → ${name}: `), upstream, " × ", colored("l", local), ...(c.local && rule && rule !== local ? [` (∂${consumer}/∂${name} = ${rule})`] : []), " = ", colored("g", product)];
      if (parts.length > 1) {
        const done = parts.slice(0, c.number + 1).map(i => closed(tensorText(shown.contributions[i].product, shape, 4)));
        lines.push(make("div", {}, `${strings.sumWord} (${strings.consumers(c.number + 1, parts.length)}): ∂${output}/∂${name} = ${hide("g" + step.node) ? "?" : (done.length > 8 ? [...done.slice(0, 4), "…", ...done.slice(-3)] : done).join(" + ") + " = " + tensorText(c.sum, shape, 6)}`));
      } else lines.push(make("div", {}, `∂${output}/∂${name} = ${product}`));
      const why = c.number + 1 === parts.length ? shown.zeroReason(step.node) : "";
      if (why) lines.push(make("div", {class: "note"}, why));
      return lines;
    }
    // Rows of what is computed so far, the present one marked; of long lists those around it.
    function showTables() {
      const step = state.step, forward = [], backward = [], row = (cells, isNow, kinds = []) => make("tr", isNow ? {class: "now", "aria-current": "step"} : {}, ...cells.map((cell, i) => make("td", {class: kinds[i] ?? ""}, cell)));
      shown.steps.forEach((s, i) => {
        if (i >= step || Math.abs(i - step) > 60) return;
        const isNow = i === step - 1, name = shown.names.get(s.node);
        if (s.kind === "forward") forward.push(row([name, shown.formula(s.node), isHidden("v" + s.node) ? "?" : shown.valueText(s.node, 6)], isNow, ["", "", "n v"]));
        else if (s.kind === "seed") backward.push(row([name, "", "1", "", "", "1"], isNow, ["", "", "n g", "n l", "n g", "n g"]));
        else {
          const c = shown.contributions[s.index], consumer = shown.names.get(s.consumer), shape = shown.shapes.get(s.node);
          if (s.kind === "cut") { backward.push(row([name, consumer, "", c.none, "", ""], isNow)); return; }
          const hidden = isHidden("g" + s.node), parts = shown.parts.get(s.node);
          backward.push(row([name, consumer, tensorText(c.upstream, shown.shapes.get(s.consumer)), isHidden("l" + s.index) ? "?" : c.local ? tensorText(c.local, c.local.length === 1 ? [] : shown.shapes.get(s.consumer)) : shown.localText(s.index),
            hidden ? "?" : tensorText(c.product, shape), hidden ? "?" : (parts.length > 1 && c.number > 0 ? "Σ " : "") + tensorText(c.sum, shape)], isNow, ["", "", "n g", "n l", "n g", "n g"]));
        }
      });
      $("tbody", $("#forward")).replaceChildren(...forward);
      $("tbody", $("#backward")).replaceChildren(...backward);
      $("#forward").hidden = !forward.length;
      $("#backward").hidden = !backward.length;
      for (const table of document.querySelectorAll(".tables .scroll")) { const now = $("tr.now", table); if (now && table.scrollHeight > table.clientHeight) table.scrollTop = Math.max(0, now.offsetTop - table.clientHeight / 2); }
    }
    function showAside() {
      showChosen();
      showPaths();
      showChange();
      showLesson();
      $("#hide").value = state.hidden;
      $("#quiz").setAttribute("aria-pressed", String(state.quiz));
      $("#quizbox").hidden = !state.quiz;
      if (state.quiz) showScore();
    }
    const matrixText = (data, shape) => {
      if (shape.length < 2) return tensorText(data, shape, 6, 40);
      const width = shape.at(-1), block = width * shape.at(-2), texts = Array.from(data.slice(0, 400), x => short(x, 5)), wide = Math.max(...texts.map(t => t.length)), lines = [];
      for (let i = 0; i < texts.length; i += width) { if (shape.length > 2 && i % block === 0) lines.push(`[${Math.floor(i / block)}]`); lines.push(texts.slice(i, i + width).map(t => t.padStart(wide)).join("  ")); }
      return lines.join("\n");
    };
    function showChosen() {
      const panel = $("#chosen"), id = state.chosen;
      if (id === null) { panel.replaceChildren(make("p", {class: "note"}, strings.chooseBox)); return; }
      const n = shown.node(id), name = shown.names.get(id), shape = shown.shapes.get(id), key = "v" + id, list = make("dl");
      const say = (term, text, kind = "") => { if (text) list.append(make("dt", {}, term), make("dd", {class: kind}, text)); };
      say(strings.expression, n.kind === "operation" ? `${name} = ${shown.formula(id)}` : name);
      if (n.kind === "operation") say(primitives[n.op].call || n.op, primitives[n.op].equation);
      const knows = n.kind !== "operation" || shown.shownAt.get(key) <= state.step;
      say(strings.value, knows && !isHidden(key) ? matrixText(n.data, shape) : "?", "v m");
      const gradient = shown.gradientAt(id, state.step);
      if (gradient) say(strings.gradient, isHidden("g" + id) ? "?" : matrixText(gradient, shape), "g m");
      else if (state.step >= shown.steps.length) say(strings.gradient, shown.zeroReason(id));
      if (n.kind === "operation" && primitives[n.op].convention) say("0", primitives[n.op].convention);
      const keys = [n.kind === "operation" ? key : null, "g" + id, ...shown.contributions.map((c, i) => c.consumer === id ? "l" + i : null)].filter(k => k && shown.shownAt.has(k));
      const turn = (from, to) => { for (const k of keys) { from.delete(k); to.add(k); } show(); };
      const buttons = [];
      if (keys.some(isHidden)) buttons.push(make("button", {type: "button", onclick: () => turn(state.hiddenKeys, state.shownKeys)}, strings.skip));
      if (keys.some(k => !isHidden(k))) buttons.push(make("button", {type: "button", onclick: () => turn(state.shownKeys, state.hiddenKeys)}, strings.hideThis));
      panel.replaceChildren(make("h3", {}, name), list, make("div", {class: "bar"}, ...buttons));
    }
    // Every path from the output back to an input, with its product where it is one of numbers.
    function pathsTo(target, most = 200) {
      const found = [], open = [[shown.output]];
      const back = new Map();
      shown.contributions.forEach((c, i) => { if (c.none === undefined) { if (!back.has(c.consumer)) back.set(c.consumer, []); back.get(c.consumer).push([c.input, i]); } });
      const walkBack = (id, nodes, edges) => {
        if (found.length >= most) return;
        if (id === target) found.push({nodes: nodes.slice(), edges: edges.slice()});
        for (const [next, edge] of back.get(id) ?? []) if (next >= target) { nodes.push(next); edges.push(edge); walkBack(next, nodes, edges); nodes.pop(); edges.pop(); }
      };
      walkBack(shown.output, [shown.output], []);
      return found;
    }
    function showPaths() {
      const select = $("#target"), names = shown.boxes.filter(id => shown.total.has(id) && id !== shown.output).map(id => shown.names.get(id));
      const wanted = ["", ...names].join("|");
      if (select.dataset.names !== wanted) { select.replaceChildren(...["", ...names].map(name => make("option", {value: name}, name || "…"))); select.dataset.names = wanted; }
      if (!names.includes(state.target)) state.target = "";
      select.value = state.target;
      const list = $("#paths");
      list.replaceChildren();
      $("#pathsum").textContent = "";
      if (!state.target) return;
      const id = shown.boxes.find(i => shown.names.get(i) === state.target), found = pathsTo(id);
      for (const way of found) {
        const locals = way.edges.map(e => shown.contributions[e].local), numbers = locals.every(l => l && l.length === 1);
        let text = way.nodes.map(i => shown.names.get(i)).join(" ← ");
        if (numbers) text += ": " + locals.map(l => closed(short(l[0]))).join(" × ") + " = " + short(locals.reduce((a, l) => a * l[0], 1), 6);
        const isOn = state.path && state.path.join() === way.nodes.join();
        list.append(make("li", {}, make("button", {type: "button", "aria-pressed": String(Boolean(isOn)), onclick: () => { state.path = isOn ? null : way.nodes; show(); }}, text)));
      }
      $("#pathsum").textContent = strings.pathSum(found.length, state.target, tensorText(shown.total.get(id), shown.shapes.get(id), 6));
    }

    """#
}
