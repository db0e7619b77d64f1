extension FormulaScript {
  /// Worked examples with what their sources published; and the start of the page.
  static let lessons = #"""
    function openLesson(lesson, asks = true) {
      state.lesson = lesson.name;
      state.formula = lesson.formula;
      for (const [name, text] of lesson.values) state.texts.set(name, text);
      state.off = new Set(lesson.constants);
      state.step = 0;
      state.path = null;
      state.chosen = null;
      state.shownKeys.clear();
      state.hiddenKeys.clear();
      state.open.clear();
      state.quiz = asks;
      quizScore.right = quizScore.asked = 0;
      quizScore.tried.clear();
    }
    function turnLesson(by) {
      const at = lessons.findIndex(l => l.name === state.lesson), next = lessons[(at + by + lessons.length) % lessons.length];
      if (next) takeLesson(next.name);
    }
    function takeLesson(name) {
      const lesson = lessons.find(l => l.name === name);
      if (name.startsWith("example:")) { takeExample(examples[Number(name.slice(8))]); return; }
      if (!lesson) { state.lesson = ""; show(); return; }
      openLesson(lesson);
      take(lesson.formula, 1);
    }
    // Formulas to start from; what is a constant stands behind the values.
    const examples = [
      ["start", "q = x + y\nq * z", "x=-2;y=5;z=-4"],
      ["neuron", "p = sigmoid(w @ x + b)\nL = -(t * log(p) + (1 - t) * log(1 - p))", "w=[0.5, -1];x=[1, 2];b=0.25;t=1", "x,t"],
      ["network", "h = tanh(W1 @ x + b1)\ny = W2 @ h + b2\nsum((y - t)^2) / 2", "W1=[[0.15, 0.2], [0.25, 0.3]];x=[0.5, 1];b1=0.35;W2=[[0.4, 0.45], [0.5, 0.55]];b2=0.6;t=[0.1, 0.9]", "x,t"],
      ["crossEntropy", "z = W @ x + b\np = softmax(z)\nL = -sum(t * log(p))", "W=[[0.2, -0.5], [1.5, 1.3], [0, 0.25]];x=[1, -0.5];b=[0.1, 0, -0.2];t=[0, 1, 0]", "x,t"],
      ["attention", "S = Q @ Kᵀ / sqrt(2)\nA = softmax(S)\nO = A @ V\nsum((O - T)^2)", "Q=[[1, 0], [0.5, -1]];K=[[0.5, 1], [-1, 0.25]];V=[[1, 2], [0, -1]];T=[[0, 1], [1, 0]]", "T"],
      ["convolution", "h = relu(conv2d(X, K, b, padding: 1))\np = maxPool2d(h, window: 2)\nsum(p^2)", "X=[[[[1, 0, 2, 1], [0, 1, -1, 0], [2, 1, 0, 1], [1, -2, 1, 0]]]];K=[[[[0.5, -1, 0], [1, 0, 0.5], [0, 1, -0.5]]]];b=[0.1]", "X"],
      ["recurrent", "h1 = tanh(w * x1 + u * 0)\nh2 = tanh(w * x2 + u * h1)\nh3 = tanh(w * x3 + u * h2)\n(h3 - t)^2", "w=0.8;x1=1;u=-0.5;x2=0.5;x3=-1;t=1", "x1,x2,x3,t"],
      ["normalization", "c = x - mean(x)\ny = g * c / sqrt(mean(c^2) + 1e-5) + b\nsum((y - t)^2)", "x=[1, 2, 4];g=1.5;b=0;t=[0, 0, 1]", "t"],
      ["regression", "e = X @ w + b - y\nmean(e^2)", "X=[[1, 2], [2, 1], [3, 5]];w=[0.5, -0.25];b=0;y=[1, 3, 2]", "X,y"],
      ["valley", "(1 - x)^2 + 100 * (y - x^2)^2", "x=-1.2;y=1"],
      ["vanishing", "h0 = x\n" + Array.from({length: 20}, (_, i) => `h${i + 1} = sigmoid(w * h${i} + b)`).join("\n") + "\n(h20 - t)^2", "x=1;w=0.5;b=0.1;t=1", "t"],
    ];
    function readValues(text) { for (const part of text.split(";")) { const at = part.indexOf("="); if (at > 0) state.texts.set(part.slice(0, at), part.slice(at + 1)); } }
    function takeExample([, formula, values, constants = ""]) {
      readValues(values);
      Object.assign(state, {lesson: "", quiz: false, hidden: "none", off: new Set(constants.split(",").filter(Boolean))});
      state.shownKeys.clear();
      state.hiddenKeys.clear();
      take(formula, 0);
      state.step = shown.steps.length;
      show();
    }
    function showLesson() {
      const example = examples.findIndex(([, formula]) => formula === state.formula);
      $("#lesson").value = state.lesson || (example >= 0 ? `example:${example}` : "");
      const box = $("#lessonbox"), lesson = lessons.find(l => l.name === state.lesson);
      box.hidden = !lesson;
      if (!lesson || box.dataset.name === lesson.name + state.quiz) return;
      box.dataset.name = lesson.name + state.quiz;
      const rows = (head, all) => make("div", {class: "scroll", tabindex: "0"}, make("table", {}, make("thead", {}, make("tr", {}, ...head.map(h => make("th", {scope: "col"}, h)))), make("tbody", {}, ...all.map(row => make("tr", {}, ...row.map(cell => make("td", {}, cell)))))));
      const parts = [make("h2", {}, lesson.name), make("p", {class: "note"}, `${strings.source}: ${lesson.source}`)];
      const results = [];
      if (lesson.published.length) results.push(make("h3", {}, strings.published), rows(["", strings.sourceSays, strings.computed, ""], lesson.published));
      if (lesson.derivation.length) results.push(make("h3", {}, strings.derivation), rows(["", strings.asItShould, strings.sourceSays, ""], lesson.derivation));
      results.push(make("h3", {}, strings.remark), make("p", {}, lesson.remark));
      if (state.quiz) parts.push(make("details", {}, make("summary", {}, strings.skip), ...results)); else parts.push(...results);
      box.replaceChildren(...parts);
    }
    function start() {
      const select = $("#lesson");
      const group = (label, all) => all.length ? [make("optgroup", {label}, ...all)] : [];
      select.replaceChildren(make("option", {value: ""}, strings.noLesson), ...group(strings.examples, examples.map(([key], i) => make("option", {value: `example:${i}`}, strings.exampleNames[key]))), ...group(strings.lessons, lessons.map(l => make("option", {value: l.name}, l.name.replace(/-/g, " ")))));
      select.onchange = () => takeLesson(select.value);
      $("#method").replaceChildren(...Object.keys(methods).map(name => make("option", {value: name}, name)));
      for (const element of document.querySelectorAll("[data-text]")) element.textContent = strings[element.dataset.text];
      for (const element of document.querySelectorAll("[data-label]")) { element.setAttribute("aria-label", strings[element.dataset.label]); element.title = strings[element.dataset.label]; }
      readAddress();
      $("#formula").value = state.formula;
      listen();
      listenToChange();
      listenToPoints();
      pause();
      compute();
      if (!location.hash && !opening && shown) state.step = shown.steps.length;
      show();
    }
    start();

    """#
}
