extension FormulaScript {
  /// Buttons, keys, and what leaves the page.
  static let controls = #"""
    function changed() { state.path = null; compute(); show(); }
    function go(step) {
      if (!shown) return;
      const next = Math.min(Math.max(step, 0), shown.steps.length);
      if (next !== state.step) { state.step = next; show(); }
      if (next >= shown.steps.length) pause();
    }
    function pause() { if (isPlaying !== null) { clearInterval(isPlaying); isPlaying = null; } $("#play").textContent = "▶ " + strings.play; }
    function play() {
      if (isPlaying !== null) { pause(); return; }
      if (state.step >= shown.steps.length) go(0);
      isPlaying = setInterval(() => go(state.step + 1), Number($("#speed").value));
      $("#play").textContent = "❚❚ " + strings.pause;
    }
    // A box is chosen; a folded part opens.
    function press(id) {
      const part = viewOf(shown).folded.get(id);
      if (part) { turnPart(part, true); return; }
      state.chosen = id;
      show();
    }
    function pictureText(forFile) {
      const copy = $("#drawing").cloneNode(true), look = getComputedStyle(document.documentElement), color = name => look.getPropertyValue("--" + name).trim();
      copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      for (const group of copy.querySelectorAll("g[tabindex]")) { group.removeAttribute("tabindex"); group.removeAttribute("role"); }
      const style = svgNode("style");
      style.textContent = `text{white-space:pre;font:13px monospace;fill:${color("ink")}}.head{font-weight:600}.value{fill:${color("value")}}.gradient{fill:${color("gradient")}}.local{fill:${color("local")}}rect{fill:${color("box")};stroke:${color("edge")}}.input rect{fill:${color("leaf")}}.wire{fill:none;stroke:${color("wire")};stroke-width:1.5}.now rect,.wire.now{stroke:${color("now")};stroke-width:3}`;
      copy.prepend(style);
      if (forFile) { const [x, y, w, h] = copy.getAttribute("viewBox").split(" "); copy.insertBefore(svgNode("rect", {x, y, width: w, height: h, style: `fill:${color("paper")};stroke:none`}), style.nextSibling); copy.setAttribute("width", w); copy.setAttribute("height", h); }
      return new XMLSerializer().serializeToString(copy);
    }
    function save(name, blob) { const link = make("a", {href: URL.createObjectURL(blob), download: name}); link.click(); setTimeout(() => URL.revokeObjectURL(link.href), 1000); }
    const saveSVG = () => save("chainrule.svg", new Blob([pictureText(true)], {type: "image/svg+xml"}));
    function savePNG() {
      const image = new Image(), svg = $("#drawing").viewBox.baseVal;
      image.onload = () => {
        const canvas = make("canvas", {width: Math.round(2 * svg.width), height: Math.round(2 * svg.height)});
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(blob => save("chainrule.png", blob));
      };
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(pictureText(true));
    }
    // What is seen as LaTeX: a line for every step so far.
    function latexText() {
      const lines = [], output = texName(shown.names.get(shown.output)), number = texTensor;
      const partial = name => `\\frac{\\partial ${output}}{\\partial ${texName(name)}}`;
      for (const step of shown.steps.slice(0, state.step)) {
        const name = shown.names.get(step.node);
        if (step.kind === "forward") lines.push(`${texName(name)} &= ${shown.formula(step.node, {latex: true})} = ${isHidden("v" + step.node) ? "?" : number(shown.node(step.node).data, shown.shapes.get(step.node))}`);
        if (step.kind === "part") {
          const c = shown.contributions[step.index], parts = shown.parts.get(step.node), shape = shown.shapes.get(step.node);
          if (c.number + 1 < parts.length) continue;
          const terms = parts.map(i => shown.contributions[i]).map(k => `${partial(shown.names.get(k.consumer))} \\cdot \\frac{\\partial ${texName(shown.names.get(k.consumer))}}{\\partial ${texName(name)}}`);
          lines.push(`${partial(name)} &= ${terms.join(" + ")} = ${isHidden("g" + step.node) ? "?" : number(c.sum, shape)}`);
        }
      }
      if (!lines.length) lines.push(`${output} &= ${number(shown.node(shown.output).data, shown.shapes.get(shown.output))}`);
      return "\\begin{align*}\n" + lines.join(" \\\\\n").replace(/[−·⊙∞×…ᵀ′]/g, sign => ({"−": "-", "·": "\\cdot ", "⊙": "\\odot ", "∞": "\\infty ", "×": "\\times ", "…": "\\dots ", "ᵀ": "^\\top ", "′": "'"})[sign]) + "\n\\end{align*}\n";
    }
    async function copy(text, button, done) {
      try { await navigator.clipboard.writeText(text); } catch { const area = make("textarea", {}, text); document.body.append(area); area.select(); document.execCommand("copy"); area.remove(); }
      const before = button.textContent;
      button.textContent = done;
      setTimeout(() => { button.textContent = before; }, 1200);
    }
    // As high as what is typed, and not so high that the drawing leaves the window.
    function fitFormula() {
      const formula = $("#formula");
      formula.rows = 1;
      formula.rows = Math.min(6, Math.max(1, Math.round((formula.scrollHeight - 8) / 23)));
    }
    // Puts a formula in place of the one there is, at a step.
    function take(formula, step) {
      state.formula = $("#formula").value = formula;
      state.step = step;
      state.path = state.chosen = null;
      state.open.clear();
      fitFormula();
      changed();
    }
    function listen() {
      const formula = $("#formula");
      formula.addEventListener("input", () => { state.formula = formula.value; state.lesson = ""; state.open.clear(); fitFormula(); changed(); });
      fitFormula();
      for (const [id, act] of Object.entries({first: () => go(0), back: () => go(state.step - 1), next: () => go(state.step + 1), last: () => go(shown.steps.length), play, svg: saveSVG, png: savePNG, print: () => window.print(), previousLesson: () => turnLesson(-1), nextLesson: () => turnLesson(1)})) $("#" + id).onclick = () => { if (id !== "play") pause(); act(); };
      $("#share").onclick = () => copy(location.href, $("#share"), strings.shared);
      $("#latex").onclick = () => copy(latexText(), $("#latex"), strings.copied);
      $("#step").oninput = () => { pause(); go(Number($("#step").value)); };
      $("#speed").onchange = () => { if (isPlaying !== null) { pause(); play(); } };
      $("#hide").onchange = () => { state.hidden = $("#hide").value; state.shownKeys.clear(); state.hiddenKeys.clear(); show(); };
      $("#quiz").onclick = () => { state.quiz = !state.quiz; quizScore.right = quizScore.asked = 0; quizScore.tried.clear(); if (state.quiz) state.step = Math.min(1, shown.steps.length); show(); };
      $("#target").onchange = () => { state.target = $("#target").value; state.path = null; show(); };
      $("#drawing").addEventListener("click", event => { const box = event.target.closest("[data-box]"); if (box) press(Number(box.dataset.box)); });
      document.addEventListener("keydown", event => {
        const inField = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "range" && event.target.type !== "checkbox";
        const box = event.target.closest && event.target.closest("[data-box]");
        if (event.key === "Escape") { state.path = null; state.chosen = null; pause(); if (inField) event.target.blur(); show(); return; }
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (box && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); const id = box.dataset.box; press(Number(id)); $(`[data-box="${id}"]`)?.focus(); return; }
        if (inField) return;
        if (event.target.tagName === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
        if (event.target.type === "range" && event.target.id !== "step") return;
        const acts = {ArrowRight: () => go(state.step + 1), ArrowLeft: () => go(state.step - 1), Home: () => go(0), End: () => go(shown.steps.length), " ": play, h: () => { const modes = ["none", "gradients", "all"]; state.hidden = modes[(modes.indexOf(state.hidden) + 1) % 3]; state.shownKeys.clear(); show(); }, r: reveal};
        const act = acts[event.key] ?? acts[event.key.toLowerCase()];
        if (act && shown) { event.preventDefault(); if (event.key !== " ") pause(); act(); }
      });
      window.addEventListener("resize", () => { if (shown) show(); });
      window.addEventListener("hashchange", () => { if (new URLSearchParams(location.hash.slice(1)).get("f") !== state.formula) { readAddress(); formula.value = state.formula; changed(); fitFormula(); } });
      window.addEventListener("beforeprint", printAll);
      window.addEventListener("afterprint", () => { $("#handout").replaceChildren(); show(); });
    }
    // Shows the numbers of the present step where they are hidden.
    function reveal() {
      const step = shown.steps[state.step - 1];
      if (!step) return;
      for (const key of step.kind === "forward" ? ["v" + step.node] : ["g" + step.node, "l" + step.index]) { state.hiddenKeys.delete(key); state.shownKeys.add(key); }
      show();
    }
    // A handout: every step as a line, for paper; hidden numbers stay empty places.
    function printAll() {
      const at = state.step, list = make("ol");
      for (let i = 1; i <= shown.steps.length && i <= 400; i++) { state.step = i; list.append(make("li", {}, ...sentences(shown.steps[i - 1], key => isHidden(key)))); }
      state.step = shown.steps.length;
      showStep();
      $("#handout").replaceChildren(make("h2", {}, strings.step), list);
      state.step = at;
    }

    """#
}
