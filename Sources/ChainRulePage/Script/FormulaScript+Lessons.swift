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
      if (!lesson) { state.lesson = ""; show(); return; }
      openLesson(lesson);
      state.step = 1;
      $("#formula").value = state.formula;
      $("#formula").rows = Math.min(8, state.formula.split("\n").length);
      changed();
    }
    function showLesson() {
      $("#lesson").value = state.lesson;
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
      select.replaceChildren(make("option", {value: ""}, strings.noLesson), ...lessons.map(l => make("option", {value: l.name}, l.name)));
      select.onchange = () => takeLesson(select.value);
      $("#method").replaceChildren(...Object.keys(methods).map(name => make("option", {value: name}, name)));
      for (const element of document.querySelectorAll("[data-text]")) element.textContent = strings[element.dataset.text];
      for (const element of document.querySelectorAll("[data-label]")) { element.setAttribute("aria-label", strings[element.dataset.label]); element.title = strings[element.dataset.label]; }
      if (!lessons.length) $("#lessonbar").hidden = true;
      readAddress();
      $("#formula").value = state.formula;
      listen();
      listenToChange();
      listenToPoints();
      pause();
      compute();
      if (!location.hash && shown) state.step = shown.steps.length;
      show();
    }
    start();

    """#
}
