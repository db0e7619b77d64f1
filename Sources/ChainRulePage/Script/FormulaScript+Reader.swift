extension FormulaScript {
  /// From words to pieces, operands first: the tool's shunting yard.
  static let parser = #"""
    const precedence = {"<": 1, ">": 1, "==": 1, "+": 2, "-": 2, "*": 3, "/": 3, "@": 3, "": 4, "^": 5};
    const negationPrecedence = 4;
    const constants = {pi: Math.PI, "π": Math.PI, inf: Infinity, infinity: Infinity, nan: NaN, true: 1, false: 0};

    function parse(source) {
      const chars = charactersOf(source), words = wordsOf(chars);
      const pieces = [], inputs = [], operands = [], pending = [], assigned = new Map(), seen = new Set();
      let at = 0;
      const next = () => words[Math.min(at, words.length - 1)];
      const is = (word, ...values) => word && word.kind === "symbol" && values.includes(word.value);
      const quoted = (start, end) => "'" + chars.slice(start, end).join("") + "'";
      const fail = (message, start, end) => { throw new FormulaError(message, start, end); };
      const failAt = (message, word) => fail(message, word.start, word.end);
      const add = (piece, start, end) => { pieces.push({...piece, start, end}); return pieces.length - 1; };
      const push = (piece, start, end) => operands.push({piece: add(piece, start, end), start, end});
      const top = () => pending[pending.length - 1];
      const rank = open => open.kind === "binary" ? precedence[open.operator] : open.kind === "negation" ? negationPrecedence : null;
      const hasOpenBracket = () => pending.some(open => rank(open) === null);
      const skipNewlines = () => { while (next().kind === "newline") at++; };
      const open = (kind, start, end, more = {}) => pending.push({kind, start, end, items: [], arguments: [], label: null, subscripts: [], bounds: [], ...more});

      function missingValue(word) {
        if (word.kind === "end" || word.kind === "newline") {
          if (!(at > 0 && words[at - 1].kind !== "newline")) fail(say("valueMissingHere"), word.start, word.start);
          const before = words[at - 1];
          failAt(say("endsAfter", quoted(before.start, before.end)), before);
        }
        failAt(say("operandNeeded", quoted(word.start, word.end)), word);
      }
      function missingOperator(word) {
        const bracket = pending.findLast(open => rank(open) === null);
        const comma = bracket && ["list", "call", "element"].includes(bracket.kind) ? say("commaOr") : "";
        failAt(say("operatorMissing", comma, quoted(word.start, word.end)), word);
      }
      function reduce(to) {
        while (pending.length && rank(top()) !== null && rank(top()) >= to && operands.length) {
          const open = top(), right = operands.pop();
          if (open.kind === "binary") {
            if (!operands.length) return;
            const left = operands.pop();
            push({kind: "binary", operator: open.operator, left: left.piece, right: right.piece}, left.start, right.end);
          } else {
            const inner = pieces[right.piece];
            if (inner.kind === "number" && right.piece === pieces.length - 1) { pieces.pop(); push({kind: "number", value: -inner.value}, open.start, right.end); }
            else push({kind: "negated", piece: right.piece}, open.start, right.end);
          }
          pending.pop();
        }
      }
      function finishItem() { if (!operands.length) missingValue(next()); top().items.push(operands.pop().piece); }
      function finishArgument() {
        if (!operands.length) missingValue(next());
        const value = operands.pop(), label = top().label;
        top().label = null;
        top().arguments.push({label: label ? label.name : null, piece: value.piece, start: label ? label.start : value.start, end: value.end});
      }
      function finishSubscript(last) {
        const bounds = top().bounds;
        top().bounds = [];
        if (bounds.length === 0) { if (last !== null) top().subscripts.push({index: last}); }
        else top().subscripts.push({start: bounds[0], stop: bounds.length > 1 ? bounds[1] : last, step: bounds.length > 1 ? last : null});
      }
      const popPiece = () => operands.length ? operands.pop().piece : null;
      function close(word, emptyLast) {
        const closing = word.value, open = top();
        if (!open) failAt(say("closesNothing", closing), word);
        if (open.kind === "group" && closing === ")") {
          pending.pop();
          if (operands.length) { const inner = operands.pop(); operands.push({piece: inner.piece, start: open.start, end: word.end}); }
        } else if (open.kind === "list" && closing === "]") {
          if (!emptyLast) finishItem();
          push({kind: "list", items: pending.pop().items}, open.start, word.end);
        } else if (open.kind === "call" && closing === ")") {
          if (!emptyLast) finishArgument();
          push({kind: "call", name: open.name, arguments: pending.pop().arguments}, open.start, word.end);
        } else if (open.kind === "element" && closing === "]") {
          finishSubscript(emptyLast ? null : popPiece());
          push({kind: "element", piece: open.of.piece, subscripts: pending.pop().subscripts}, open.of.start, word.end);
        } else failAt(say("doesNotMatch", closing, quoted(open.start, open.end)), word);
      }
      function closeAfterOpening(word) {
        const open = top();
        if (!open) return null;
        if ((word.value === ")" && open.kind === "call" && open.label === null) || (word.value === "]" && open.kind === "list")) { close(word, true); return false; }
        if (word.value === "]" && open.kind === "element" && open.bounds.length) { close(word, true); return false; }
        if (word.value === "," && open.kind === "element" && open.bounds.length) { finishSubscript(null); return true; }
        return null;
      }
      function colon(word, bound) {
        top().bounds.push(bound);
        if (top().bounds.length > 2) failAt(say("sliceParts"), word);
        return true;
      }
      const endsArgument = word => is(word, ",", ")");
      // The word of an option, `mode: reflect`.
      const takesWord = () => { const bracket = top(); return Boolean(bracket && bracket.kind === "call" && bracket.label && plainWord(bracket.label.name) === "mode"); };
      function readText(word) {
        if (!(top() && top().kind === "call" && endsArgument(next()))) failAt(say("textAlone"), word);
        push({kind: "text", text: word.value}, word.start, word.end);
        return false;
      }
      function readRest(word) {
        const bracket = top();
        if (!(bracket && bracket.kind === "element" && !bracket.bounds.length && !bracket.subscripts.some(s => s.rest) && is(next(), ",", "]"))) failAt(say("restAlone"), word);
        bracket.subscripts.push({rest: true});
        const after = next();
        at++;
        if (after.value === ",") return true;
        close(after, true);
        return false;
      }
      function readName(name, word) {
        if (is(next(), "(")) { open("call", word.start, next().end, {name}); at++; return true; }
        const bracket = top();
        if (bracket && bracket.kind === "call" && bracket.label === null && is(next(), ":", "=")) { at++; bracket.label = {name, start: word.start, end: word.end}; return true; }
        if (takesWord() && endsArgument(next())) push({kind: "text", text: name}, word.start, word.end);
        else if (assigned.has(name)) push({kind: "reference", name, piece: assigned.get(name)}, word.start, word.end);
        else {
          if (!(name === "e" && is(next(), "^")) && !seen.has(name)) { seen.add(name); if (!Object.hasOwn(constants, plainWord(name))) inputs.push(name); }
          push({kind: "input", name}, word.start, word.end);
        }
        return false;
      }
      function readOperand() {
        if (pending.length && rank(top()) === null) skipNewlines();
        const word = next();
        at++;
        if (word.kind === "number") { push({kind: "number", value: word.value}, word.start, word.end); return false; }
        if (word.kind === "name") return readName(word.value, word);
        if (word.kind === "text") return readText(word);
        if (is(word, "...")) return readRest(word);
        if (word.kind === "newline" && pending.length) return true;
        if (word.kind !== "symbol") { at--; missingValue(word); }
        switch (word.value) {
          case "-": open("negation", word.start, word.end); return true;
          case "+": return true;
          case "(": open("group", word.start, word.end); return true;
          case "[": open("list", word.start, word.end); return true;
          case ":":
            if (top() && top().kind === "element") return colon(word, null);
            failAt(say("valueBeforeColon"), word);
        }
        const more = closeAfterOpening(word);
        if (more !== null) return more;
        missingValue(word);
      }
      function productWithoutSign(word) {
        if (at === 0) return null;
        const before = words[at - 1];
        if (before.end !== word.start || before.end === before.start) return null;
        const opens = is(word, "("), names = word.kind === "name";
        const fits = (before.kind === "number" && (names || opens)) || (before.kind === "name" && names)
          || (is(before, ")", "ᵀ") && (names || opens));
        if (!fits) return null;
        reduce(precedence[""]);
        if (top() && top().kind === "binary" && top().operator === "/") failAt(say("dividedUnclear"), word);
        open("binary", word.start, word.end, {operator: ""});
        return true;
      }
      function readOperator() {
        const before = at;
        skipNewlines();
        const word = next(), product = productWithoutSign(word);
        if (product !== null) return product;
        if (word.kind !== "symbol") {
          if (word.kind === "end" || (at > before && !hasOpenBracket())) return null;
          missingOperator(word);
        }
        const sign = word.value;
        if (Object.hasOwn(precedence, sign)) {
          at++;
          reduce(sign === "^" ? precedence["^"] + 1 : precedence[sign]);
          open("binary", word.start, word.end, {operator: sign});
          return true;
        }
        switch (sign) {
          case "ᵀ": {
            at++;
            const operand = operands.pop();
            if (operand) push({kind: "call", name: "ᵀ", arguments: [{label: null, piece: operand.piece, start: operand.start, end: operand.end}]}, operand.start, word.end);
            return false;
          }
          case ";": if (!hasOpenBracket()) return null; missingOperator(word); break;
          case "(": if (at > before && !hasOpenBracket()) return null; missingOperator(word); break;
          case "[": {
            if (at > before && !hasOpenBracket()) return null;
            at++;
            if (!operands.length) missingValue(word);
            open("element", word.start, word.end, {of: operands.pop()});
            return true;
          }
          case "...": failAt(say("restAlone"), word);
          case ".": {
            const name = words[at + 1], bracket = words[at + 2];
            if (!(name && name.kind === "name" && is(bracket, "(") && operands.length)) failAt(say("afterDot"), word);
            const operand = operands.pop();
            at += 3;
            open("call", operand.start, words[at - 1].end, {name: name.value});
            top().arguments = [{label: null, piece: operand.piece, start: operand.start, end: operand.end}];
            return true;
          }
          case ",": {
            at++;
            reduce(0);
            const bracket = top();
            if (!bracket) failAt(say("commaOutside"), word);
            if (bracket.kind === "call") finishArgument();
            else if (bracket.kind === "list") finishItem();
            else if (bracket.kind === "element") finishSubscript(popPiece());
            else failAt(say("commaInParentheses"), word);
            return true;
          }
          case ":":
            at++;
            reduce(0);
            if (!(top() && top().kind === "element")) failAt(say("colonOutside"), word);
            return colon(word, popPiece());
          case ")": case "]": at++; reduce(0); close(word, false); return false;
          case "=": failAt(say("assignsOnce"), word);
        }
        missingOperator(word);
      }
      function expression() {
        let wantsOperand = true;
        for (;;) {
          if (wantsOperand) wantsOperand = readOperand();
          else { const more = readOperator(); if (more === null) break; wantsOperand = more; }
        }
        reduce(0);
        if (pending.length) failAt(say("neverClosed", quoted(top().start, top().end)), top());
        if (!operands.length) failAt(say("expressionMissing"), next());
        return operands.pop().piece;
      }

      let result = null, unnamed = null;
      for (;;) {
        while (next().kind === "newline" || is(next(), ";")) at++;
        if (next().kind === "end") break;
        if (unnamed) fail(say("onlyLast"), unnamed[0], unnamed[1]);
        const start = next().start, word = next();
        if (word.kind === "name" && is(words[at + 1], "=")) {
          at += 2;
          skipNewlines();
          const value = expression(), piece = add({kind: "assignment", name: word.value, piece: value}, word.start, pieces[value].end);
          assigned.set(word.value, piece);
          result = piece;
        } else { result = expression(); unnamed = [start, words[at - 1].end]; }
      }
      if (result === null) failAt(say("emptyExpression"), next());
      return {source, chars, pieces, result, inputs};
    }

    // The sentence of a mistake, the line where it stands, and a caret under it.
    function excerpt(source, error) {
      const chars = charactersOf(source), start = Math.min(error.start, chars.length), end = Math.min(Math.max(error.end, start), chars.length);
      const ends = c => c === "\n" || c === "\r\n", lines = chars.some(ends);
      const from = chars.slice(0, start).findLastIndex(ends) + 1;
      const found = chars.findIndex((c, i) => i >= start && ends(c)), lineEnd = found < 0 ? chars.length : found;
      const markEnd = Math.max(Math.min(end, lineEnd), start);
      let before = chars.slice(from, start), marked = chars.slice(start, markEnd), after = chars.slice(markEnd, lineEnd);
      if (before.length > 60) before = ["…", ...before.slice(-56)];
      const shown = marked.length > 60 ? [...marked.slice(0, 59), "…"] : marked;
      if (after.length > 40) after = [...after.slice(0, 36), "…"];
      const number = 1 + chars.slice(0, from).filter(ends).length;
      const head = lines ? say("lineNumber", number) : "  ";
      const pad = before.map(c => c === "\t" ? "\t" : " ").join("");
      return head + [...before, ...shown, ...after].join("") + "\n" + " ".repeat(head.length) + pad + "^" + "~".repeat(Math.max(shown.length - 1, 0));
    }

    """#
}
