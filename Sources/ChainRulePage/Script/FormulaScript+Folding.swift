extension FormulaScript {
  /// Graphs of many boxes in parts that open: a function's steps, a statement, a run of statements that are alike. A
  /// part is an interval of the operations in order, so that what is folded has no cycle; it shows its result.
  static let folding = #"""
    const mostDrawn = 32, mostInPart = 16;
    // Items are numbers of boxes, or parts {items, result, name, key}.
    const isPart = item => typeof item === "object", resultOf = item => isPart(item) ? item.result : item;
    const boxesIn = item => isPart(item) ? item.items.flatMap(boxesIn) : [item];
    function partOf(items, name, short = name) {
      if (items.length === 1) return items[0];
      const kept = items.length > mostInPart ? gathered(items) : items, boxes = items.flatMap(boxesIn);
      return {items: kept, result: boxes[boxes.length - 1], name, short, size: boxes.length, key: `${boxes[0]}.${boxes[boxes.length - 1]}`};
    }
    const neighbours = (items, alike) => items.reduce((groups, item) => { const last = groups[groups.length - 1]; if (last && alike(last[last.length - 1], item)) last.push(item); else groups.push([item]); return groups; }, []);
    // Fewer items: runs of what is alike in parts of about equal size.
    function gathered(items) {
      const kind = new Map(items.map(item => [item, boxesIn(item).map(id => shown.node(id).op).join()]));
      const size = Math.max(4, items.length > mostInPart ** 2 ? Math.ceil(items.length / mostInPart) : Math.ceil(Math.sqrt(items.length)));
      const named = part => { const name = item => isPart(item) ? item.short : shown.names.get(item); return partOf(part, `${name(part[0]).split(" … ")[0]} … ${name(part[part.length - 1]).split(" … ").pop()}`); };
      const chunks = run => { const count = Math.ceil(run.length / size), each = Math.ceil(run.length / count); return Array.from({length: count}, (_, i) => run.slice(i * each, (i + 1) * each)).filter(part => part.length).map(named); };
      const runs = neighbours(items, (a, b) => kind.get(a) === kind.get(b)).flatMap(run => run.length >= 4 ? chunks(run) : run);
      return runs.length > mostInPart ? runs.length < items.length ? gathered(runs) : chunks(runs) : runs;
    }
    // The tree of parts of all operations: by function, by statement, by runs of those.
    function partsOf(shown) {
      const {pieces, chars} = shown.expression, nodes = shown.graph.nodes;
      const statements = pieces.map((piece, at) => piece.kind === "assignment" ? at : -1).filter(at => at >= 0);
      const statementOf = id => statements.find(at => at >= nodes[id].piece) ?? -1;
      const source = piece => pieces[piece] ? cut(chars.slice(pieces[piece].start, pieces[piece].end).join("").replace(/\s+/g, " "), 60) : "";
      const operations = shown.boxes.filter(id => nodes[id].kind === "operation"), place = new Map(operations.map(id => [id, statementOf(id)]));
      const calls = neighbours(operations, (a, b) => nodes[a].piece === nodes[b].piece).map(run => partOf(run, source(nodes[run[0]].piece)));
      const whole = neighbours(calls, (a, b) => place.get(resultOf(a)) === place.get(resultOf(b))).map(run => { const name = shown.names.get(resultOf(run[run.length - 1])); return partOf(run, source(place.get(resultOf(run[0]))) || name, name); });
      return whole.length > mostInPart ? gathered(whole) : whole;
    }
    // The graph as it is drawn: boxes and folded parts, what each reads, and for every box the one that stands for it.
    function viewOf(shown) {
      const boxes = shown.boxes;
      if (boxes.length <= mostDrawn) return Object.assign(Object.create(shown), {drawn: boxes, standsFor: id => id, folded: new Map(), opened: []});
      shown.tree ??= partsOf(shown);
      const step = state.step > 0 && state.step < shown.steps.length ? shown.steps[state.step - 1] : null;
      const standing = new Map(), folded = new Map(), opened = [];
      const visit = item => {
        if (!isPart(item)) { standing.set(item, item); return; }
        const inside = boxesIn(item);
        if (state.open.has(item.key) || (step && (inside.includes(step.node) || inside.includes(step.consumer)))) { opened.push(item); item.items.forEach(visit); return; }
        for (const id of inside) standing.set(id, item.result);
        folded.set(item.result, item);
      };
      shown.tree.forEach(visit);
      // An input that one part alone reads lies in it.
      for (const id of boxes) if (!standing.has(id)) { const readers = new Set(shown.consumers.get(id).map(c => standing.get(c))), [reader] = readers; standing.set(id, readers.size === 1 && folded.has(reader) && !(step && step.node === id) ? reader : id); }
      const drawn = boxes.filter(id => standing.get(id) === id), inputsOf = new Map(drawn.map(id => [id, []])), consumers = new Map(drawn.map(id => [id, []]));
      for (const id of boxes) for (const from of shown.inputsOf.get(id)) {
        const [a, b] = [standing.get(from), standing.get(id)];
        if (a !== b && !inputsOf.get(b).includes(a)) { inputsOf.get(b).push(a); consumers.get(a).push(b); }
      }
      return Object.assign(Object.create(shown), {drawn, standsFor: id => standing.get(id), folded, opened, inputsOf, consumers});
    }
    function turnPart(part, opens) {
      if (opens) state.open.add(part.key); else state.open.delete(part.key);
      show();
      $(`[data-box="${part.result}"]`)?.focus();
    }
    // What is open, each with a button that folds it again.
    function showFolds(view) {
      const bar = $("#folds"), isFolded = view.folded.size + view.opened.length > 0;
      bar.hidden = !isFolded;
      if (!isFolded) return;
      const buttons = view.opened.map(part => make("button", {type: "button", "aria-expanded": "true", onclick: () => turnPart(part, false)}, `▾ ${cut(part.short, 28)}`));
      bar.replaceChildren(make("span", {class: "note"}, strings.foldedNote(view.drawn.length, shown.boxes.length)), ...buttons);
    }

    """#
}
