extension FormulaScript {
  /// From pieces to nodes, with the tool's sentences where something does not fit.
  static let language = #"""
    const functionTable = new Map();
    for (const [name, form, fewest, most, options, aliases, positions, readsText] of functions) {
      const entry = {name, form, fewest, most, options, positions, readsText};
      for (const word of [name, ...aliases]) functionTable.set(plainWord(word), entry);
    }
    for (const sign of ["σ", "ᵀ"]) functionTable.set(sign, {name: sign, form: sign + "(x)", fewest: 1, most: 1, options: [], positions: false});
    const functionNamed = name => {
      const base = name.endsWith("′") ? functionTable.get(plainWord(name.slice(0, -1))) : null, prime = base && base.name + "′";
      return prime && Object.hasOwn(expansions, prime) ? {name: prime, form: prime + "(x)", fewest: 1, most: 1, options: [], positions: false} : functionTable.get(plainWord(name));
    };
    const calls = new Map(Object.entries(primitives).filter(([, p]) => p.call && p.run).map(([name, p]) => [p.call, name]));

    function editDistance(a, b) {
      if (!a.length || !b.length) return Math.max(a.length, b.length);
      let twoAgo = Array(b.length + 1).fill(0), last = Array.from({length: b.length + 1}, (_, i) => i);
      for (let i = 1; i <= a.length; i++) {
        const row = [i, ...Array(b.length).fill(0)];
        for (let j = 1; j <= b.length; j++) {
          row[j] = Math.min(last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1);
          if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], twoAgo[j - 2] + 1);
        }
        twoAgo = last; last = row;
      }
      return last[b.length];
    }
    function suggestion(word, known) {
      const wanted = charactersOf(plainWord(word)).slice(0, 40);
      let best = null;
      for (const candidate of known) {
        const edits = editDistance(wanted, charactersOf(plainWord(candidate))), allowed = Math.floor(Math.max(wanted.length, charactersOf(candidate).length) / 3);
        if (edits <= Math.max(1, allowed) && (best === null || edits < best.edits) && (wanted.length > 1 || edits === 0)) best = {word: candidate, edits};
      }
      return best ? best.word : null;
    }
    const meant = (word, known, otherwise) => { const found = suggestion(word, known); return found === null ? otherwise : say("didYouMean", found); };

    // A list of literals along a new first axis; null if their shapes differ.
    function rowOf(items) {
      const first = items.length ? items[0].shape : [];
      if (!items.every(item => sameShape(item.shape, first))) return null;
      return {shape: [items.length, ...first], scalars: items.flatMap(item => item.scalars)};
    }
    const numberOf = literal => literal && literal.shape.length === 0 ? literal.scalars[0] : null;
    const literalOf = number => ({shape: [], scalars: [number]});
    const isNumber = value => value !== null && value !== undefined;
    function folded(operator, a, b) {
      switch (operator) {
        case "+": return a + b;
        case "-": return a - b;
        case "*": case "": return a * b;
        case "/": return a / b;
        case "^": return a === 1 ? 1 : Math.pow(a, b);
        case "<": return a < b ? 1 : 0;
        case ">": return a > b ? 1 : 0;
        case "==": return a === b ? 1 : 0;
      }
      return null;
    }
    const describeShape = shape => shape.length === 0 ? say("aNumber") : shape.length === 1 ? say("numbersOf", shape[0]) : shape.join("×");
    function ragged(expression, items, values) {
      const odd = Math.max(0, values.findIndex(v => !sameShape(v.shape, values[0].shape))), piece = expression.pieces[items[odd]];
      return new FormulaError(say("rowsAlike", describeShape(values[0].shape), describeShape(values[odd].shape)), piece.start, piece.end);
    }
    const maximalRank = 16;
    // The value of text that names nothing but numbers: -2, 1/3, [1, 2], [[1, 2], [3, 4]].
    function readLiteral(source) {
      const expression = parse(source), values = [];
      for (const piece of expression.pieces) {
        const wrong = message => new FormulaError(message, piece.start, piece.end);
        if (piece.kind === "number") values.push(literalOf(piece.value));
        else if (piece.kind === "input") {
          if (!Object.hasOwn(constants, plainWord(piece.name))) throw wrong(say("notNumberValue", piece.name));
          values.push(literalOf(constants[plainWord(piece.name)]));
        } else if (piece.kind === "negated") { const v = values[piece.piece]; values.push({shape: v.shape, scalars: v.scalars.map(x => -x)}); }
        else if (piece.kind === "binary") {
          const a = numberOf(values[piece.left]), b = numberOf(values[piece.right]), number = isNumber(a) && isNumber(b) ? folded(piece.operator, a, b) : null;
          if (!isNumber(number)) throw wrong(say("valueCombines"));
          values.push(literalOf(number));
        } else if (piece.kind === "list") {
          const items = piece.items.map(i => values[i]), list = rowOf(items);
          if (!list) throw ragged(expression, piece.items, items);
          if (list.shape.length > maximalRank) throw wrong(say("nestDeep", maximalRank));
          values.push(list);
        } else throw wrong(say("valueForm"));
      }
      const value = values[expression.result];
      return {shape: value.shape, data: Float64Array.from(value.scalars)};
    }

    // What somebody types for a value: ½, 2½, 0,5, −2 and all that the tool reads.
    const fractions = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5, "⅘": 4 / 5, "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8};
    function readValue(text) {
      let typed = text.trim().replace(/[−–]/g, "-");
      typed = typed.replace(/(\d*) ?([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])/g, (_, whole, sign) => String(Number(whole || 0) + fractions[sign]));
      if (!typed.includes("[")) typed = typed.replace(/(\d*),(\d+)/g, (all, a, b) => (a || "0") + "." + b);
      return readLiteral(typed);
    }

    function record(expression, values, graph = new Graph()) {
      const {pieces} = expression, nodes = new Map(), positions = new Set();
      const reads = name => pieces.some(p => p.kind === "input" && p.name === name);
      for (const piece of pieces) {
        const f = piece.kind === "call" ? functionNamed(piece.name) : null;
        if (!f || !f.positions) continue;
        const argument = piece.arguments.find(a => a.label !== null && plainWord(a.label) === "at") ?? piece.arguments.filter(a => a.label === null)[1];
        if (argument && pieces[argument.piece].kind === "input") positions.add(pieces[argument.piece].name);
      }
      for (const [name, value] of values) if (reads(name)) nodes.set(name, graph.input(name, value, value.variable !== false, positions.has(name) && value.data.every(x => Number.isInteger(x) && Math.abs(x) < 2 ** 31)));
      const names = new Map(nodes), known = [...nodes.keys()].sort(), results = [];
      let seen = graph.nodes.length;
      for (const piece of pieces) {
        try { results.push(valueOf(piece)); } catch (error) {
          if (error instanceof Fault) throw new FormulaError(error.message, piece.start, piece.end);
          throw error;
        }
        for (; seen < graph.nodes.length; seen++) graph.nodes[seen].piece = results.length - 1;
        if (piece.kind === "assignment") names.set(piece.name, toNode(results[results.length - 1], graph));
      }
      return {graph, names, result: toNode(results[expression.result], graph), results};

      function valueOf(piece) {
        const wrong = (message, at = piece) => new FormulaError(message, at.start, at.end);
        switch (piece.kind) {
          case "number": return {literal: literalOf(piece.value)};
          case "text": return {text: piece.text};
          case "input": {
            if (nodes.has(piece.name)) return {node: nodes.get(piece.name)};
            if (Object.hasOwn(constants, plainWord(piece.name))) return {literal: literalOf(constants[plainWord(piece.name)])};
            if (piece.name === "e" && pieces.some(p => p.kind === "binary" && p.operator === "^" && pieces[p.left].start === piece.start && pieces[p.left].end === piece.end)) return {literal: literalOf(Math.E)};
            const f = functionNamed(piece.name);
            if (f && !known.includes(piece.name)) throw wrong(say("isFunction", piece.name, f.form));
            const free = known.filter(name => !reads(name));
            throw wrong(say("hasNoValue", piece.name) + meant(piece.name, free.length ? free : known, say("giveOne", piece.name)));
          }
          case "reference": return results[piece.piece];
          case "assignment": {
            const value = results[piece.piece];
            if (value.node && !["input", "reference"].includes(pieces[piece.piece].kind)) value.node.label = piece.name;
            return value;
          }
          case "negated": {
            const value = results[piece.piece];
            if (value.literal) return {literal: {shape: value.literal.shape, scalars: value.literal.scalars.map(x => -x)}};
            return {node: graph.record("negate", {}, [value.node])};
          }
          case "binary":
            // A power of e is the exponential, as in the library.
            if (piece.operator === "^" && pieces[piece.left].kind === "input" && pieces[piece.left].name === "e" && !nodes.has("e") && results[piece.right].node) return {node: on(graph).r("exp", results[piece.right].node)};
            return binary(piece.operator, results[piece.left], results[piece.right]);
          case "list": {
            const items = piece.items.map(i => results[i]);
            if (items.every(item => item.literal)) {
              const literals = items.map(item => item.literal), list = rowOf(literals);
              if (!list) throw ragged(expression, piece.items, literals);
              if (list.shape.length > maximalRank) throw wrong(say("nestDeep", maximalRank));
              return {literal: list};
            }
            const rows = items.map(item => toNode(item, graph));
            rows.forEach((row, i) => { if (!sameShape(row.shape, rows[0].shape)) throw wrong(say("rowsOfShape", written(rows[0].shape), written(row.shape)), pieces[piece.items[i]]); });
            return {node: on(graph).stack(rows, 0)};
          }
          case "call": return {node: call(piece)};
          case "element": {
            const operand = toNode(results[piece.piece], graph);
            const whole = i => {
              const number = numberOf(results[i].literal);
              if (!isNumber(number) || !Number.isInteger(number) || Math.abs(number) >= 2 ** 31) throw wrong(say("positionWhole"), pieces[i]);
              return number;
            };
            const missing = Math.max(0, operand.shape.length - (piece.subscripts.length - 1)), wholeAxis = {start: 0, stop: null, step: 1};
            const parts = piece.subscripts.flatMap(s => {
              if (s.rest) return Array(missing).fill(wholeAxis);
              if (s.index !== undefined) return {index: whole(s.index)};
              const step = s.step === null ? 1 : whole(s.step);
              return {start: s.start === null ? (step < 0 ? -1 : 0) : whole(s.start), stop: s.stop === null ? null : whole(s.stop), step};
            });
            return {node: on(graph).sliced(operand, parts)};
          }
        }
      }
      function binary(operator, left, right) {
        const a = numberOf(left.literal), b = numberOf(right.literal);
        if (isNumber(a) && isNumber(b)) { const number = folded(operator, a, b); if (isNumber(number)) return {literal: literalOf(number)}; }
        if (operator === "^" && isNumber(b)) return {node: on(graph).pow(toNode(left, graph), b)};
        const x = toNode(left, graph), y = toNode(right, graph);
        if (operator === "@") return {node: on(graph).matmul(x, y)};
        if (operator === "") return {node: on(graph).juxtaposed(x, y)};
        const names = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "pow", "<": "less", ">": "greater", "==": "equal"};
        return {node: graph.record(names[operator], {}, [x, y])};
      }
      function call(piece) {
        const f = functionNamed(piece.name);
        if (!f) {
          const text = expression.chars.slice(piece.start, piece.end), wanted = charactersOf(piece.name);
          let start = piece.start, end = piece.end;
          for (let i = 0; i + wanted.length <= text.length; i++) if (wanted.every((c, k) => text[i + k] === c)) { start += i; end = start + wanted.length; break; }
          const sentence = known.includes(piece.name) ? say("isValue", piece.name, piece.name)
            : say("noFunction", piece.name) + meant(piece.name, functions.map(entry => entry[0]), "");
          throw new FormulaError(sentence, start, end);
        }
        const operands = [], options = new Map(), ends = say("writtenAs", f.form);
        const wrong = (message, at = piece) => new FormulaError(message, at.start, at.end);
        for (const argument of piece.arguments) {
          const value = {...argument, value: results[argument.piece], text: expression.chars.slice(pieces[argument.piece].start, pieces[argument.piece].end)};
          const isText = value.value.text !== undefined;
          if (argument.label === null) {
            if (isText && (!f.readsText || operands.length)) throw wrong(say(f.readsText ? "textFirst" : "takesNoText", f.name, ends), argument);
            operands.push(value);
            continue;
          }
          const option = f.options.find(names => names.some(name => plainWord(name) === plainWord(argument.label)));
          if (!option) throw wrong(say("noOption", f.name, argument.label) + meant(argument.label, f.options.flat(), ends), argument);
          if (isText && option[0] !== "mode") throw wrong(say("optionTakesNoText", argument.label, ends), argument);
          if (options.has(option[0])) throw wrong(say("hasOption", f.name, option[0]), argument);
          options.set(option[0], value);
        }
        if (operands.length < f.fewest || (f.most >= 0 && operands.length > f.most)) {
          const wants = f.most < 0 ? say("atLeastArguments", f.fewest) : f.fewest !== f.most ? say("argumentsFromTo", f.fewest, f.most) : f.fewest === 1 ? say("oneArgument") : say("manyArguments", f.fewest);
          throw wrong(say("takesArguments", f.name, wants, operands.length, ends));
        }
        return new Call(f, graph, operands, options, wrong, ends).node();
      }
    }
    const toNode = (value, graph) => {
      if (value.node) return value.node;
      const literal = value.literal;
      return graph.constant(literal.shape.length === 0 ? literal.scalars[0] : {shape: literal.shape, data: Float64Array.from(literal.scalars)});
    };

    """#
}
