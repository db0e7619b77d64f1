extension PageScript {
  /// Numbers as people type them. A comma is a decimal comma, never one between thousands.
  static let understanding = #"""
    const fractions = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5, "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8};
    // 0.5, 0,5, .5, 1e-3, -2, −2, 1/3, ½, 2½; null where the text is no number.
    function understand(text) {
      const typed = text.trim().replace(/[−–]/g, "-");
      const parts = typed.split("/").map(part => part.trim());
      const one = part => {
        if (/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(part)) return Number(part.replace(",", "."));
        const mixed = /^([+-]?)(\d*) ?(.)$/u.exec(part);
        if (!mixed || fractions[mixed[3]] === undefined) return NaN;
        return (mixed[1] === "-" ? -1 : 1) * (Number(mixed[2]) + fractions[mixed[3]]);
      };
      const value = parts.length === 1 ? one(parts[0]) : parts.length === 2 ? one(parts[0]) / one(parts[1]) : NaN;
      return Number.isFinite(value) ? value : null;
    }

    """#

  /// The fields of the inputs: what is typed, how it was understood, and what follows from it.
  static let inputs = #"""
    function explainEntry(field, value) {
      const note = $("#understood" + field.dataset.input);
      field.setAttribute("aria-invalid", String(value === null));
      if (value === null) note.textContent = `not a number; ${number("v", +field.dataset.input, 6)} is kept`;
      else note.textContent = /^-?\d+(\.\d+)?$/.test(field.value.trim()) ? "" : "= " + short(value, 6);
    }
    function edit(field) {
      const id = +field.dataset.input, value = understand(field.value);
      explainEntry(field, value);
      if (value === null) return;
      if (value === recorded.v[id]) edited.delete(id); else edited.set(id, value);
      recompute();
      draw();
      refreshPaths();
    }
    function refreshPaths() {
      const index = $$("#paths button").findIndex(b => b.getAttribute("aria-pressed") === "true");
      showPaths();
      if (index >= 0) { const button = $$("#paths button")[index]; if (button) button.click(); }
    }
    for (const field of $$("[data-input]")) field.addEventListener("input", () => edit(field));
    if ($("#reset")) $("#reset").onclick = () => {
      for (const field of $$("[data-input]")) { field.value = recorded.v[+field.dataset.input]; explainEntry(field, recorded.v[+field.dataset.input]); }
      edited.clear(); recompute(); draw(); refreshPaths();
    };
    """#
}
