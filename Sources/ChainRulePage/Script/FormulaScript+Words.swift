extension FormulaScript {
  /// Words of a formula; the same as the tool's, held against it by a corpus of formulas and mistakes.
  static let words = #"""
    class FormulaError extends Error {
      constructor(message, start, end) { super(message); this.start = start; this.end = Math.max(start, end ?? start); }
    }
    const plainWord = word => word.toLowerCase().replace(/[_-]/g, "");
    const segmenter = typeof Intl !== "undefined" && Intl.Segmenter ? new Intl.Segmenter("en", {granularity: "grapheme"}) : null;
    const charactersOf = text => /^[\x20-\x7e\n\t]*$/.test(text) ? text.split("") : segmenter ? Array.from(segmenter.segment(text), part => part.segment) : Array.from(text);
    const superscripts = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "-"};
    const typeset = {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "⊙": "*", "÷": "/", "ᵀ": "ᵀ", "…": "..."};
    const quotes = {"\"": "\"", "“": "”", "„": "“"};
    const bars = {"‖": "norm", "|": "abs"};
    const symbols = new Set(["+", "-", "*", "/", "^", "@", "<", ">", "==", "=", "(", ")", "[", "]", ",", ":", ";", ".", "ᵀ"]);
    const isDigit = c => c !== undefined && c.length === 1 && c >= "0" && c <= "9";
    const isNewline = c => /^(\r\n|[\n\r\v\f\u0085\u2028\u2029])$/.test(c);
    const isSpace = c => /^\p{White_Space}/u.test(c);
    const isSuperscript = c => Object.hasOwn(superscripts, c);
    const isNameStart = c => (/^\p{Alphabetic}/u.test(c) && c !== "ᵀ") || c === "_";
    const isNumeric = c => /^\p{N}/u.test(c);

    function characterHint(c) {
      if (c === "{" || c === "}") return say("useParentheses");
      if (c === "'" || c === "`") return say("withoutQuotes");
      if (c === "√") return say("writeRoot");
      if (["&", "!", "?", "≤", "≥"].includes(c)) return say("writeMask");
      return "";
    }

    // Words with the characters that they cover: {kind: number | name | symbol | newline | end, value, start, end}.
    function wordsOf(chars) {
      const words = [], brackets = [];
      let at = 0;
      // A bar closes behind a value, where one is open; anywhere else it opens.
      function bar(sign) {
        const last = words[words.length - 1], start = at;
        const endsValue = last && (["number", "name", "text"].includes(last.kind) || [")", "]", "ᵀ"].includes(last.kind === "symbol" && last.value));
        at++;
        if (endsValue && brackets[brackets.length - 1] === sign) { brackets.pop(); add("symbol", ")", start); return; }
        brackets.push(sign);
        add("name", bars[sign], start);
        add("symbol", "(", at);
      }
      function nest(sign) {
        if (sign === "(" || sign === "[") brackets.push("(");
        else if ((sign === ")" || sign === "]") && brackets[brackets.length - 1] === "(") brackets.pop();
      }
      const add = (kind, value, start, end = at) => words.push({kind, value, start, end});
      const take = test => { const start = at; while (at < chars.length && test(chars[at])) at++; return chars.slice(start, at).join(""); };
      const isAfter = (steps, c) => chars[at + steps] === c;
      function number() {
        const start = at;
        let word = take(isDigit);
        if (chars[at] === "." && !(at + 1 < chars.length && isNameStart(chars[at + 1]))) { at++; word += "." + take(isDigit); }
        if (chars[at] === "e" || chars[at] === "E") {
          const sign = chars[at + 1], negative = sign === "-" || sign === "−", length = negative || sign === "+" ? 2 : 1;
          if (isDigit(chars[at + length])) { at += length; word += (negative ? "e-" : "e") + take(isDigit); }
        }
        const value = Number(word.endsWith(".") ? word + "0" : word);
        if (!Number.isFinite(value)) throw new FormulaError(say("tooLarge", word), start, at);
        return value;
      }
      while (at < chars.length) {
        const start = at, next = chars[at];
        if (next === "#") take(c => !isNewline(c));
        else if (isNewline(next)) { at++; add("newline", "", start); }
        else if (isSpace(next)) take(c => isSpace(c) && !isNewline(c));
        else if (isDigit(next) || (next === "." && isDigit(chars[at + 1]))) { const value = number(); add("number", value, start); }
        else if (isNameStart(next)) { let name = take(c => isNameStart(c) || (isNumeric(c) && !isSuperscript(c))); if (["′", "'"].includes(chars[at]) && isAfter(1, "(")) { at++; name += "′"; } add("name", name, start); }
        else if (Object.hasOwn(quotes, next)) {
          at++;
          const text = take(c => c !== quotes[next] && !isNewline(c));
          if (chars[at] !== quotes[next]) throw new FormulaError(say("textOpen"), start, at);
          at++;
          add("text", text, start);
        } else if (next === "." && isAfter(1, ".") && isAfter(2, ".")) { at += 3; add("symbol", "...", start); }
        else if (isSuperscript(next)) {
          const digits = Array.from(take(isSuperscript), c => superscripts[c]).join("");
          add("symbol", "^", start);
          if (/^-?\d+$/.test(digits)) add("number", Number(digits), start);
        } else if (next === "√" && isAfter(1, "(")) { at++; add("name", "sqrt", start); }
        else if (next === "*" && isAfter(1, "*")) { at += 2; add("symbol", "^", start); }
        else if (next === "=" && isAfter(1, "=")) { at += 2; add("symbol", "==", start); }
        else if (Object.hasOwn(bars, next)) bar(next);
        else if (symbols.has(next) || Object.hasOwn(typeset, next)) { at++; add("symbol", typeset[next] ?? next, start); nest(next); }
        else { at++; throw new FormulaError(say("noMeaning", next) + characterHint(next), start, at); }
      }
      add("end", "", at);
      return words;
    }

    """#
}
