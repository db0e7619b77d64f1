extension FormulaScript {
  /// Asking before showing: an answer is accepted to the digits that were written; known slips are told.
  static let quiz = #"""
    // An answer as typed: the number and half a unit of its last digit; null where it is none.
    function readAnswer(text) {
      let number;
      try { number = readValue(text); } catch { return null; }
      if (number.shape.length) return null;
      const digits = /^\s*[+−–-]?\s*(\d*)(?:[.,](\d+))?(?:e([+−-]?\d+))?\s*$/i.exec(text);
      const unit = digits ? 10 ** (Number((digits[3] ?? "0").replace("−", "-")) - (digits[2] ?? "").length) : 0;
      return {number: number.data[0], slack: unit / 2};
    }
    const agrees = (answer, truth) => Math.abs(answer.number - truth) <= answer.slack * (1 + 1e-9) + 1e-9 * Math.abs(truth);
    // Whether the written digits are enough to count: a whole number does not stand for 0.45.
    const isFine = (answer, truth) => (answer.number !== 0 || Math.abs(truth) < 1e-9) && (answer.slack === 0 || answer.slack <= 0.05 * Math.abs(truth) + 1e-12 || answer.number === truth || answer.slack < 0.006);

    // Of a vector or matrix one element is asked for, always the same.
    const askedOf = step => step.kind === "forward" ? shown.node(step.node).data : step.kind === "part" ? shown.contributions[step.index].product : [];
    const placeOf = step => askedOf(step).length > 1 ? hashOf(state.formula + state.step) % askedOf(step).length : 0;
    const askedName = step => { const name = shown.names.get(step.node); return askedOf(step).length > 1 ? `${name}[${indexText(placeOf(step), shown.shapes.get(step.node))}]` : name; };
    // Wrong numbers that come of known slips, with their sentence.
    function slipsOf(step) {
      const at = placeOf(step), of = data => data.length === 1 ? data[0] : data[at], slips = [], add = (number, why) => { if (number !== undefined && Number.isFinite(number)) slips.push([number, why]); };
      if (step.kind === "forward") {
        const n = shown.node(step.node), truth = of(n.data), inputs = n.ins.map(i => of(shown.node(i).data));
        add(-truth, "sign");
        if (n.op === "divide") add(inputs[1] / inputs[0], "inverse");
        return {truth, slips};
      }
      const c = shown.contributions[step.index], truth = of(c.product), n = shown.node(c.consumer), before = c.number > 0 ? shown.contributions[shown.parts.get(step.node)[c.number - 1]].sum : null;
      add(-truth, "sign");
      if (before !== null) { add(of(before) + truth, "sum"); }
      add(of(c.upstream), "upstream");
      if (c.local) add(of(c.local), "local");
      add(of(shown.node(step.node).data), "value");
      for (const other of shown.contributions) if (other.consumer === c.consumer && other.place !== c.place && other.product) add(of(other.product), "other");
      if (c.local && n.op === "divide") add(of(c.upstream) / of(c.local), "inverse");
      return {truth, slips};
    }
    // Local gradients to choose from: the right one, and what known slips would make of it.
    function choicesOf(step) {
      const c = shown.contributions[step.index], n = shown.node(c.consumer), right = shown.localText(step.index) || short(c.local ? c.local[0] : 1);
      const name = shown.names.get(c.input), output = shown.names.get(c.consumer), choices = [[right, null]];
      const add = (text, why) => { if (text && text !== right && !choices.some(([t]) => t === text)) choices.push([text, why]); };
      add(/^[−-]/.test(right) ? right.slice(1) : "−" + (/[ +·/−-]/.test(right) ? `(${right})` : right), "sign");
      for (const other of shown.contributions) if (other.consumer === c.consumer && other.place !== c.place) { const i = shown.contributions.indexOf(other); add(shown.localText(i), n.op === "matmul" ? "transposed" : "other"); }
      if (/ᵀ/.test(right)) add(right.replace(/ᵀ/g, ""), "transposed");
      add(n.ins.length === 1 ? name : output, "value");
      if (/[·(]/.test(right)) add(right.split(/[·(]/)[0].trim() || null, "factor");
      add(n.ins.length === 1 ? "1" : name, n.ins.length === 1 ? "factor" : "value");
      const order = Array.from(choices.keys()).sort((a, b) => hashOf(`${state.formula}${state.step}${a}`) - hashOf(`${state.formula}${state.step}${b}`));
      return order.slice(0, 5).includes(0) ? order.slice(0, 5).map(i => choices[i]) : [choices[0], ...order.slice(0, 4).map(i => choices[i])];
    }
    // FNV-1a (Fowler, Noll and Vo), 32 bits.
    function hashOf(text) {
      let hash = 2166136261;
      for (let i = 0; i < text.length; i++) { hash ^= text.charCodeAt(i); hash = Math.imul(hash, 16777619) >>> 0; }
      return hash;
    }
    function question(step) {
      const record = quizScore.tried.get(state.step) ?? {tries: 0, done: false, chose: false}, name = shown.names.get(step.node), id = `answer${state.step}`;
      quizScore.tried.set(state.step, record);
      const isNumber = askedOf(step).length > 0 && askedOf(step).length <= 400;
      const c = step.index !== undefined ? shown.contributions[step.index] : null, choosing = step.kind === "part" && !record.chose && Boolean(shown.localText(step.index) || c.local);
      if (!isNumber && !choosing) { record.done = true; return sentences(step); }
      const told = make("div", {class: "note", role: "status"}, record.told ?? "");
      const finish = right => {
        if (!record.counted) { record.counted = true; quizScore.asked++; if (right && record.tries === 0) quizScore.right++; }
      };
      if (choosing) {
        const buttons = choicesOf(step).map(([text, why]) => make("button", {type: "button", class: "choice", onclick: () => {
          if (why === null) { record.chose = true; record.told = strings.right; if (!isNumber) { finish(true); record.done = true; } }
          else { record.tries++; record.told = `${strings.wrong} ${strings.slips[why]}`; }
          show();
          if (why === null) $("input", $("#words"))?.focus();
        }}, text));
        return [make("div", {}, strings.askLocal(shown.names.get(step.consumer), name)), make("div", {class: "choices", role: "group"}, ...buttons), told];
      }
      const field = make("input", {type: "text", id, autocomplete: "off", "aria-label": strings.answer, size: 12});
      const check = () => {
        const answer = readAnswer(field.value), {truth, slips} = slipsOf(step);
        if (answer && agrees(answer, truth) && isFine(answer, truth)) { finish(true); record.done = true; record.told = strings.right; show(); $("#next").focus(); return; }
        record.tries++;
        const near = answer && Math.abs(answer.number - truth) <= 2.2 * answer.slack, slip = answer && slips.find(([number]) => agrees(answer, number));
        told.textContent = answer === null ? strings.notNumber : `${strings.wrong} ${slip ? strings.slips[slip[1]] : near ? strings.slips.decimals : strings.slips.none}`;
        finish(false);
        showScore();
      };
      field.addEventListener("keydown", event => { if (event.key === "Enter") { event.preventDefault(); check(); } });
      const text = step.kind === "forward" ? strings.askValue(askedName(step), shown.formula(step.node)) : strings.askProduct(askedName(step), shown.names.get(step.consumer));
      return [make("label", {for: id}, text + " "), field, " ", make("button", {type: "button", onclick: check}, strings.check), " ", make("button", {type: "button", onclick: () => { record.tries++; finish(false); record.done = true; show(); }}, strings.skip), told];
    }
    // The formula and its values as one line: what a code stands for.
    const exercise = () => state.formula + "|" + expression.inputs.map(name => `${name}=${state.texts.get(name)}`).join(";");
    const codeOf = (formula, right, asked) => hashOf(`${formula}|${right}/${asked}`).toString(36).toUpperCase().padStart(7, "0");
    function showScore() {
      const {right, asked} = quizScore;
      $("#score").textContent = strings.score(right, asked) + (asked ? " · " + strings.code(codeOf(exercise(), right, asked)) : "");
      $("#csv").onclick = () => copy([exercise(), right, asked, codeOf(exercise(), right, asked)].map(x => `"${String(x).replace(/"/g, "\"\"").replace(/\n/g, "; ")}"`).join(","), $("#csv"), strings.copied);
      $("#key").onclick = () => { state.quiz = false; state.hidden = "none"; state.step = shown.steps.length; show(); window.print(); };
    }

    """#
}
