extension FormulaScript {
  /// The state, what is typed, and what follows from a change.
  static let page = #"""
    const $ = (selector, within = document) => within.querySelector(selector);
    const make = (name, attributes = {}, ...children) => {
      const element = document.createElement(name);
      for (const [key, value] of Object.entries(attributes)) if (key.startsWith("on")) element[key] = value; else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
      element.append(...children);
      return element;
    };
    const standard = {formula: "q = x + y\nq * z", values: {x: "-2", y: "5", z: "-4"}};
    const state = {formula: standard.formula, texts: new Map(Object.entries(standard.values)), off: new Set(), step: 0, hidden: "none", shownKeys: new Set(), hiddenKeys: new Set(), open: new Set(), lesson: "", quiz: false, chosen: null, target: "", path: null};
    let shown = null, expression = null, mistake = null, understoodNotes = new Map(), isPlaying = null;
    const quizScore = {right: 0, asked: 0, tried: new Map()};

    // Values as typed; what cannot be read keeps the value before, and says so.
    const kept = new Map();
    function valuesFor(names) {
      const values = new Map();
      understoodNotes = new Map();
      names.forEach((name, i) => {
        if (!state.texts.has(name)) state.texts.set(name, String([0.5, -1, 2, 1, -2, 3, 0.25][i % 7]));
        const typed = state.texts.get(name);
        try {
          const value = readValue(typed);
          kept.set(name, value);
          const plainNumber = /^-?\d+(\.\d+)?$/.test(typed.trim()) || typed.includes("[");
          if (!plainNumber) understoodNotes.set(name, {text: strings.understood(tensorText(value.data, value.shape, 6)), bad: false});
        } catch (error) {
          if (!(error instanceof FormulaError)) throw error;
          understoodNotes.set(name, {text: strings.notNumber, bad: true});
        }
        if (expression.pieces.some(piece => piece.kind === "assignment" && piece.name === name)) understoodNotes.set(name, {text: strings.readBefore(name), bad: true});
        const value = kept.get(name) ?? {shape: [], data: Float64Array.of(0)};
        values.set(name, {...value, variable: !state.off.has(name)});
      });
      return values;
    }
    // From the text to numbers: everything anew at every key.
    function compute() {
      mistake = null;
      try {
        expression = parse(state.formula);
        const values = valuesFor(expression.inputs), recorded = record(expression, values);
        shown = new Shown(expression, recorded, new Set(expression.inputs.filter(name => !state.off.has(name))));
      } catch (error) {
        if (error instanceof Fault) mistake = {text: error.message};
        else if (error instanceof FormulaError) mistake = {text: error.message, excerpt: excerpt(state.formula, error)};
        else throw error;
      }
      if (shown && state.step > shown.steps.length) state.step = shown.steps.length;
      if (shown && state.chosen !== null && !shown.names.has(state.chosen)) state.chosen = null;
    }
    const isHidden = key => {
      if (state.hiddenKeys.has(key)) return true;
      if (state.shownKeys.has(key)) return false;
      if (state.quiz) { const at = shown.shownAt.get(key); return at !== undefined && at === state.step && !quizScore.tried.get(state.step)?.done; }
      return state.hidden === "all" ? shown.shownAt.has(key) : state.hidden === "gradients" ? /^[gl]/.test(key) : false;
    };

    // MARK: The address

    function writeAddress() {
      const all = new URLSearchParams();
      all.set("f", state.formula);
      all.set("v", expression ? expression.inputs.map(name => `${name}=${state.texts.get(name)}`).join(";") : "");
      if (state.off.size) all.set("off", [...state.off].join(","));
      all.set("s", state.step);
      if (state.hidden !== "none") all.set("h", state.hidden);
      if (state.shownKeys.size) all.set("r", [...state.shownKeys].join(","));
      if (state.hiddenKeys.size) all.set("x", [...state.hiddenKeys].join(","));
      if (state.open.size) all.set("o", [...state.open].join(","));
      if (state.quiz) all.set("q", "1");
      if (state.lesson) all.set("l", state.lesson);
      // Browsers allow few changes a second: the last one counts.
      clearTimeout(addressTimer);
      addressTimer = setTimeout(() => { try { history.replaceState(null, "", "#" + all); } catch { location.hash = all; } }, 200);
    }
    let addressTimer = 0;
    function readAddress() {
      const all = new URLSearchParams(location.hash.slice(1) || opening);
      const lesson = lessons.find(l => l.name === all.get("l"));
      if (lesson) { openLesson(lesson, !all.has("f") && all.get("q") !== "0"); state.step = 1; }
      if (!all.has("f")) return;
      state.formula = all.get("f");
      readValues(all.get("v") ?? "");
      state.off = new Set((all.get("off") ?? "").split(",").filter(Boolean));
      state.step = Math.max(0, Number(all.get("s")) || 0);
      state.hidden = ["all", "gradients"].includes(all.get("h")) ? all.get("h") : "none";
      state.shownKeys = new Set((all.get("r") ?? "").split(",").filter(Boolean));
      state.hiddenKeys = new Set((all.get("x") ?? "").split(",").filter(Boolean));
      state.open = new Set((all.get("o") ?? "").split(",").filter(Boolean));
      state.quiz = all.get("q") === "1";
    }

    """#
}
