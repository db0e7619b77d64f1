extension FormulaScript {
  /// Sums of products by the letters of axes, and borders made of what they surround: as the library composes them.
  static let sums = #"""
    const isLetter = c => /^\p{Alphabetic}/u.test(c);
    // What a formula of einsum says: the letters of each operand and of the result, and their lengths.
    function contraction(formula, shapes) {
      const inQuotes = text => `"${text}"`, wrong = (required, got) => shapeFault("einsum", required, got, say("writeEinsum"));
      const sides = charactersOf(formula).filter(c => c !== " ").join("").split("->"), parts = sides[0].split(",");
      if (sides.length > 2 || parts.length !== shapes.length) throw wrong(say("lettersForEach", shapes.length), inQuotes(formula));
      let most = 0;
      function letters(text, rank) {
        const pieces = text.split("..."), named = charactersOf(pieces.join(""));
        if (pieces.length > 2 || !named.every(isLetter)) throw wrong(say("lettersAndRest"), inQuotes(text));
        const free = pieces.length === 2 ? (rank === null ? most : rank - named.length) : 0;
        if (free < 0 || (rank !== null && rank !== named.length + free)) throw wrong(say("letterForEachAxis", rank ?? 0), inQuotes(text));
        most = Math.max(most, free);
        const signs = Array.from({length: free}, (_, i) => String.fromCodePoint(0x2460 + free - 1 - i));
        return [...charactersOf(pieces[0]), ...signs, ...(pieces.length === 2 ? charactersOf(pieces[1]) : [])];
      }
      const inputs = parts.map((text, i) => letters(text, shapes[i].length)), lengths = new Map();
      inputs.forEach((row, i) => row.forEach((letter, axis) => {
        const known = lengths.get(letter) ?? 1, length = shapes[i][axis];
        if (known !== length && known !== 1 && length !== 1) throw wrong(say("oneLength", letter), say("both", known, length));
        lengths.set(letter, known === 1 ? length : known);
      }));
      const all = inputs.flat(), signs = [...new Set(all.filter(c => !isLetter(c)))].sort().reverse();
      const once = [...new Set(all.filter(isLetter))].filter(c => all.filter(d => d === c).length === 1).sort();
      const output = sides.length === 2 ? letters(sides[1], null) : [...signs, ...once];
      if (new Set(output).size !== output.length || !output.every(c => lengths.has(c))) throw wrong(say("lettersOfResult"), inQuotes(formula));
      return {inputs, output, lengths};
    }
    // Pairs of places, each product put at the end: the cheapest of all orders, for more than six the cheapest pair first.
    function pairsOf(factors, output, lengths) {
      const union = (a, b) => new Set([...a, ...b]), cost = (a, b) => [...union(a, b)].reduce((n, c) => n * (lengths.get(c) ?? 1), 1);
      const joined = (all, [i, j]) => {
        const rest = all.filter((_, k) => k !== i && k !== j), wanted = new Set([...output, ...rest.flatMap(s => [...s])]);
        return [...rest, new Set([...union(all[i], all[j])].filter(c => wanted.has(c)))];
      };
      const pairs = n => Array.from({length: n}, (_, i) => Array.from({length: n - i - 1}, (_, k) => [i, i + 1 + k])).flat();
      function cheapest(all) {
        let best = {cost: Infinity, pairs: []};
        if (all.length === 1) return {cost: 0, pairs: []};
        for (const pair of pairs(all.length)) {
          const own = cost(all[pair[0]], all[pair[1]]);
          if (!(own < best.cost)) continue;
          const rest = cheapest(joined(all, pair));
          if (own + rest.cost < best.cost) best = {cost: own + rest.cost, pairs: [pair, ...rest.pairs]};
        }
        return best.pairs.length ? best : {cost: Infinity, pairs: [[0, 1], ...cheapest(joined(all, [0, 1])).pairs]};
      }
      if (factors.length <= 6) return cheapest(factors).pairs;
      const found = [];
      for (let all = factors; all.length > 1; all = joined(all, found.at(-1))) {
        let best = [0, 1], least = Infinity;
        for (const [i, j] of pairs(all.length)) if (cost(all[i], all[j]) < least) { best = [i, j]; least = cost(all[i], all[j]); }
        found.push(best);
      }
      return found;
    }
    function sumOfProducts(graph, formula, operands) {
      const o = on(graph), {inputs, output, lengths} = contraction(formula, operands.map(n => n.shape));
      const lengthIn = (f, letter) => f.node.shape[f.letters.indexOf(letter)], sizeIn = (f, letters) => letters.reduce((n, c) => n * lengthIn(f, c), 1);
      const moved = (f, order) => { const places = order.map(c => f.letters.indexOf(c)); return sameShape(places, f.letters.map((_, i) => i)) ? f.node : o.transposed(f.node, places); };
      // A letter that occurs twice takes the diagonal.
      function withoutRepeats(f) {
        const second = f.letters.findIndex((c, i) => f.letters.indexOf(c) < i);
        if (second < 0) return f;
        const first = f.letters.indexOf(f.letters[second]), [n, m] = [f.node.shape[first], f.node.shape[second]];
        if (n !== m) throw shapeFault("einsum", say("oneLength", f.letters[first]), say("both", n, m));
        const others = f.letters.map((_, i) => i).filter(i => i !== first && i !== second), lead = others.map(i => f.node.shape[i]);
        const flat = o.reshaped(o.transposed(f.node, [...others, first, second]), [...lead, n * n]);
        const node = o.sliced(flat, [...lead.map(length => ({start: 0, stop: length, step: 1})), {start: 0, stop: n * n, step: n + 1}]);
        return withoutRepeats({node, letters: [...others.map(i => f.letters[i]), f.letters[first]]});
      }
      function summed(f, kept) {
        const axes = f.letters.map((_, i) => i).filter(i => !kept.has(f.letters[i]));
        return axes.length ? {node: o.reduce("sum", f.node, axes, false), letters: f.letters.filter(c => kept.has(c))} : f;
      }
      function elementwise(a, b) {
        const all = [...a.letters, ...b.letters.filter(c => !a.letters.includes(c))];
        const spread = f => o.reshaped(moved(f, all.filter(c => f.letters.includes(c))), all.map(c => f.letters.includes(c) ? lengthIn(f, c) : 1));
        const [left, right] = [spread(a), spread(b)];
        return {node: o.r("multiply", left, right), letters: all};
      }
      // One product of matrices: common letters that stay are a batch, those that go are summed over.
      function times(x, y, kept) {
        const a = summed(x, new Set([...kept, ...y.letters])), b = summed(y, new Set([...kept, ...x.letters]));
        const shared = a.letters.filter(c => b.letters.includes(c)), isPlain = shared.every(c => lengthIn(a, c) === lengthIn(b, c)), inner = shared.filter(c => !kept.has(c));
        if (!isPlain || !inner.length) return summed(elementwise(a, b), kept);
        const batch = shared.filter(c => kept.has(c)), rows = a.letters.filter(c => !shared.includes(c)), columns = b.letters.filter(c => !shared.includes(c)), lead = batch.map(c => lengthIn(a, c));
        const left = o.reshaped(moved(a, [...batch, ...rows, ...inner]), [...lead, sizeIn(a, rows), sizeIn(a, inner)]);
        const right = o.reshaped(moved(b, [...batch, ...inner, ...columns]), [...lead, sizeIn(b, inner), sizeIn(b, columns)]);
        const product = graph.record("matmul", {transposesLeft: false, transposesRight: false}, [left, right]);
        return {node: o.reshaped(product, [...lead, ...rows.map(c => lengthIn(a, c)), ...columns.map(c => lengthIn(b, c))]), letters: [...batch, ...rows, ...columns]};
      }
      let factors = operands.map((node, i) => withoutRepeats({node, letters: inputs[i]}));
      for (const [i, j] of pairsOf(factors.map(f => new Set(f.letters)), output, lengths)) {
        const [first, second] = [factors[i], factors[j]];
        factors = factors.filter((_, k) => k !== i && k !== j);
        factors.push(times(first, second, new Set([...output, ...factors.flatMap(f => f.letters)])));
      }
      const last = summed(factors[0], new Set(output)), letters = output.filter(c => last.letters.includes(c)), node = moved(last, letters);
      return o.broadcast(o.reshaped(node, output.map(c => letters.includes(c) ? node.shape[letters.indexOf(c)] : 1)), output.map(c => lengths.get(c) ?? 1));
    }

    // Which of `length` elements stands at a position of a border.
    const paddingModes = ["constant", "edge", "reflect", "symmetric", "wrap"];
    function sourceOf(mode, position, length) {
      const remainder = (a, b) => ((a % b) + b) % b;
      if (mode === "edge") return Math.max(0, Math.min(position, length - 1));
      if (mode === "wrap") return remainder(position, length);
      if (mode === "reflect" && length === 1) return 0;
      const place = remainder(position, mode === "reflect" ? 2 * length - 2 : 2 * length);
      return place < length ? place : 2 * length - (mode === "reflect" ? 2 : 1) - place;
    }
    function bordered(graph, x, before, after, mode) {
      const rank = x.shape.length, lengths = x.shape.map((n, i) => n + (before[i] ?? 0) + (after[i] ?? 0));
      if (before.length !== rank || after.length !== rank || [...before, ...after].some(n => n < 0) || countOf(lengths) >= 2 ** 28)
        throw shapeFault("padded", say("widthThatFits", written(x.shape)), say("both", written(before), written(after)));
      x.shape.forEach((length, axis) => {
        if (before[axis] + after[axis] === 0) return;
        if (length === 0) throw shapeFault("padded", say("elementsForBorder"), say("theShape", written(x.shape)));
        const places = Float64Array.from({length: length + before[axis] + after[axis]}, (_, i) => sourceOf(mode, i - before[axis], length));
        x = graph.record("gather", {axis}, [x, graph.constant({shape: [places.length], data: places, index: true})]);
      });
      return x;
    }

    """#
}
