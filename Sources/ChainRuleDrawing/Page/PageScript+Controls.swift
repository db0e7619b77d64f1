extension PageScript {
  /// What can be opened, made larger and reached by keys.
  static let controls = #"""

    // Views, and modules: each opens below the drawing, and closes again.
    const opened = new Set(), section = key => $$(".inside").find(s => s.dataset.inside === key);
    function show(name) {
      for (const element of $$(".drawing[data-view]")) element.hidden = element.dataset.view !== name;
      if ($("#views")) $("#views").value = name;
      update();
    }
    // Boxes are buttons: made so when their drawing is shown first, which may be packed until then.
    function prepare(root) {
      for (const packed of $$("script", root)) { packed.insertAdjacentHTML("afterend", unpack(packed.textContent)); packed.remove(); }
      for (const box of $$("g[data-node]:not(.fork),g[data-module]", root)) {
        box.prepend(document.createElementNS(box.namespaceURI, "title"));
        for (const [key, value] of [["tabindex", "0"], ["role", "button"]]) box.setAttribute(key, value);
        if (box.dataset.module !== undefined) label(box, box.dataset.title + "; opens below");
        const act = () => box.dataset.module !== undefined ? toggle(box.dataset.module) : choose(+box.dataset.node);
        box.addEventListener("click", act);
        box.addEventListener("keydown", event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.stopPropagation(); act(); } });
      }
      root.dataset.ready = "";
    }
    function update() {
      for (const pane of $$(".drawing[data-view]:not([data-ready])")) prepare(pane);
      for (const inside of $$(".inside")) {
        const boxes = $$("g[data-module]").filter(box => box.dataset.module === inside.dataset.inside);
        const isOpen = opened.has(inside.dataset.inside) && boxes.some(box => !box.closest("[hidden]"));
        if (isOpen && inside.dataset.ready === undefined) prepare(inside);
        inside.hidden = !isOpen;
        for (const box of boxes) { box.setAttribute("aria-expanded", String(isOpen)); box.classList.toggle("open", isOpen); }
      }
      size(scale);
      draw();
      if (path) highlight(path, $('#paths button[aria-pressed="true"]'));
    }
    function toggle(key) {
      if (!opened.delete(key)) opened.add(key);
      update();
      if (opened.has(key) && section(key)) section(key).scrollIntoView({block: "nearest"});
    }
    for (const inside of $$(".inside")) $(".close", inside).onclick = () => {
      const key = inside.dataset.inside;
      if (opened.has(key)) toggle(key);
      const box = $$("g[data-module]").find(box => box.dataset.module === key && !box.closest("[hidden]"));
      if (box) box.focus();
    };
    if ($("#unfold")) {
      $("#unfold").onclick = () => { for (const inside of $$(".inside")) opened.add(inside.dataset.inside); update(); };
      $("#fold").onclick = () => { opened.clear(); update(); };
    }

    // Size and keys.
    // At first a drawing is made to fit where that leaves it readable.
    let scale = "readable";
    const natural = svg => svg.viewBox.baseVal.width;
    function size(to) {
      scale = to;
      for (const svg of shown()) {
        const fits = Math.min(1, (svg.parentElement.clientWidth - 4) / natural(svg));
        const factor = to === "fit" ? fits : to === "readable" ? (fits > 0.62 ? fits : 1) : to;
        svg.setAttribute("width", natural(svg) * factor);
        svg.setAttribute("height", svg.viewBox.baseVal.height * factor);
      }
    }
    const current = () => view().width.baseVal.value / natural(view());
    $("#fit").onclick = () => size("fit");
    $("#larger").onclick = () => size(Math.min(4, current() * 1.25));
    $("#smaller").onclick = () => size(Math.max(0.1, current() / 1.25));
    $("#first").onclick = () => { stop(); go(0); };
    $("#previous").onclick = () => { stop(); go(position - 1); };
    $("#play").onclick = play;
    $("#next").onclick = () => { stop(); go(position + 1); };
    $("#last").onclick = () => { stop(); go(steps.length); };
    $("#step").addEventListener("input", () => { stop(); go(+$("#step").value); });
    $("#target").onchange = showPaths;
    if ($("#views")) $("#views").onchange = () => show($("#views").value);
    document.addEventListener("keydown", event => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input,select,textarea,summary")) return;
      const keys = {ArrowRight: () => { stop(); go(position + 1); }, ArrowLeft: () => { stop(); go(position - 1); }, Home: () => { stop(); go(0); },
        End: () => { stop(); go(steps.length); }, Escape: () => { stop(); chosen = null; $("#panel").replaceChildren(make("h2", "Node"), make("p", "Choose a box of the drawing.", {class: "note"})); highlight(null); draw(); },
        " ": () => { if (!event.target.closest("button")) play(); else return true; }};
      if (keys[event.key] && keys[event.key]() !== true) event.preventDefault();
    });
    $("#step").max = steps.length;
    update();
    """#
}
