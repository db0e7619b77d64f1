extension FormulaScript {
  /// Calls of functions, and what they read from their options.
  static let functionCalls = #"""
    class Call {
      constructor(f, graph, operands, options, wrong, ends) { Object.assign(this, {f, graph, operands, options, wrong, ends}); }
      mistyped(argument, wanted) {
        const text = argument.text.length > 40 ? argument.text.slice(0, 39).join("") + "…" : argument.text.join("");
        return this.wrong(say("takes", argument.label === null ? this.f.name : argument.label + ":", wanted, text), argument);
      }
      at(index) { return toNode(this.operands[index].value, this.graph); }
      argument(index, option) {
        if (this.operands.length <= index) return this.options.get(option) ?? null;
        if (this.options.has(option)) throw this.wrong(say("hasOption", this.f.name, option), this.options.get(option));
        return this.operands[index];
      }
      flag(option) {
        const argument = this.options.get(option);
        if (!argument) return false;
        const number = numberOf(argument.value.literal);
        if (number !== 0 && number !== 1) throw this.mistyped(argument, say("trueOrFalse"));
        return number === 1;
      }
      numberFrom(argument) {
        const number = numberOf(argument.value.literal);
        if (!isNumber(number)) throw this.mistyped(argument, say("aNumber"));
        return number;
      }
      number(option, otherwise) { const argument = this.options.get(option); return argument ? this.numberFrom(argument) : otherwise; }
      wholesFrom(argument) {
        const kind = say("wholeNumbers"), literal = argument.value.literal;
        if (!literal || literal.shape.length > 1 || literal.scalars.some(x => !Number.isInteger(x) || Math.abs(x) >= 2 ** 31)) throw this.mistyped(argument, kind);
        return literal.scalars;
      }
      wholes(option, otherwise = null) { const argument = this.options.get(option); return argument ? this.wholesFrom(argument) : otherwise; }
      // One number without brackets is that for every axis.
      wholesForEach(option, rank) {
        const numbers = this.wholes(option);
        return numbers && isNumber(numberOf(this.options.get(option).value.literal)) ? Array(rank).fill(numbers[0]) : numbers;
      }
      word(option, words) {
        const argument = this.options.get(option);
        if (!argument) return null;
        const {text} = argument.value, found = text === undefined ? undefined : words.find(w => plainWord(w) === plainWord(text));
        if (found === undefined) throw this.mistyped(argument, say("wordsOf", words.slice(0, -1).join(", "), words.at(-1)));
        return found;
      }
      leadingText() {
        const {text} = this.operands[0].value;
        if (text === undefined) throw this.wrong(say("textNeeded", this.f.name, this.ends), this.operands[0]);
        return text;
      }
      whole(option, otherwise) {
        const argument = this.options.get(option);
        if (!argument) return otherwise;
        const numbers = this.wholesFrom(argument);
        if (numbers.length !== 1) throw this.mistyped(argument, say("oneWhole"));
        return numbers[0];
      }
      lengthFrom(name) {
        const {literal} = this.operands[0].value;
        if (literal && isNumber(numberOf(literal))) return this.wholesFrom(this.operands[0])[0];
        const {shape} = this.at(0);
        if (shape.length !== 1) throw this.wrong(say("wholeOrVector", name, written(shape)));
        return shape[0];
      }
      layout(option) {
        const argument = this.argument(1, option);
        if (!argument) throw this.wrong(say("needsOption", this.f.name, option, this.ends));
        return this.wholesFrom(argument);
      }
      positions() {
        const argument = this.argument(1, "at");
        if (!argument) throw this.wrong(say("needsPositions", this.f.name, this.ends));
        const literal = argument.value.literal;
        if (!literal) return argument.value.node;
        if (literal.scalars.some(x => !Number.isInteger(x) || Math.abs(x) >= 2 ** 31)) throw this.mistyped(argument, say("thePositions"));
        return this.graph.constant({shape: literal.shape, data: Float64Array.from(literal.scalars), index: true});
      }
      extremum(op, compare) {
        if (this.operands.length === 1) { const x = this.at(0); return on(this.graph).reduce(op, x, this.wholes("axis"), this.flag("keepingDimensions")); }
        if (this.options.size) throw this.wrong(say("comparesTwo", this.f.name));
        return on(this.graph).r(compare, this.at(0), this.at(1));
      }
      node() {
        const {graph} = this, o = on(graph), {r, number} = o, name = this.f.name, self = this;
        const reduce = op => { const x = this.at(0); return o.reduce(op, x, this.wholes("axis"), this.flag("keepingDimensions")); };
        const along = (op, more = {}) => { const x = this.at(0); return graph.record(op, {axis: position(x.shape, this.whole("axis", -1), op), ...more}, [x]); };
        const special = {
          "σ": () => r("sigmoid", this.at(0)), "ᵀ": () => o.asTransposed(this.at(0)),
          pow: () => { const p = numberOf(this.operands[1].value.literal); return isNumber(p) ? o.pow(this.at(0), p) : r("pow", this.at(0), this.at(1)); },
          sum: () => reduce("sum"), logSumExp: () => reduce("logSumExp"), max: () => this.extremum("max", "maximum"), min: () => this.extremum("min", "minimum"),
          softmax: () => along("softmax"), argmax: () => along("argmax"), cumulativeSum: () => along("cumulativeSum", {isReversed: false}),
          matmul: () => o.matmul(this.at(0), this.at(1)),
          reshaped: () => { const x = this.at(0); return o.reshaped(x, this.layout("to")); },
          broadcast: () => { const x = this.at(0); return o.broadcast(x, this.layout("to")); },
          transposed: () => { const x = this.at(0), order = this.argument(1, "axes"); return o.transposed(x, order ? this.wholesFrom(order) : null); },
          flipped: () => { const x = this.at(0); return graph.record("flip", {axes: positions(x.shape, this.wholes("axis"), "flip")}, [x]); },
          padded: () => {
            const x = this.at(0), rank = x.shape.length, none = x.shape.map(() => 0), before = this.wholesForEach("before", rank) ?? none, after = this.wholesForEach("after", rank) ?? none;
            const mode = this.word("mode", paddingModes) ?? "constant";
            if (mode !== "constant" && this.options.has("value")) throw this.wrong(say("valueWithConstant", mode), this.options.get("value"));
            if (mode !== "constant") return bordered(graph, x, before, after, mode);
            const filling = this.number("value", 0);
            if (before.length !== x.shape.length || after.length !== x.shape.length || [...before, ...after].some(n => n < 0)) throw shapeFault("padded", say("widthOfSides", written(x.shape)), say("both", written(before), written(after)));
            return graph.record("pad", {shape: x.shape.map((n, i) => n + before[i] + after[i]), starts: before, steps: x.shape.map(() => 1), filling}, [x]);
          },
          einsum: () => { const formula = this.leadingText(); return sumOfProducts(graph, formula, this.operands.slice(1).map((_, i) => this.at(i + 1))); },
          concatenate: () => { const nodes = this.operands.map((_, i) => this.at(i)); return o.concatenate(nodes, this.whole("axis", 0)); },
          stack: () => { const nodes = this.operands.map((_, i) => this.at(i)); return o.stack(nodes, this.whole("axis", 0)); },
          gathered: () => { const x = this.at(0), at = this.positions(); return graph.record("gather", {axis: position(x.shape, this.whole("axis", 0), "gather")}, [x, at]); },
          gatheredAlong: () => { const x = this.at(0), axis = this.whole("axis", -1), at = this.positions(); return graph.record("gatherAlong", {axis: position(x.shape, axis, "gatherAlong")}, [x, at]); },
          stoppingGradient: () => o.stopped(this.at(0)),
          convolution2d: () => {
            const x = this.at(0), w = this.at(1), bias = this.operands.length > 2 ? this.at(2) : null;
            const geometry = geometryOf(this.wholes("stride", [1]), this.wholes("padding", [0]), this.wholes("dilation", [1]), this.whole("groups", 1), "convolution2d");
            const product = graph.record("convolution", {geometry}, [x, w]);
            return bias ? r("add", product, o.reshaped(bias, [1, countOf(bias.shape), 1, 1])) : product;
          },
          maxPool2d: () => { const x = this.at(0); return graph.record("maxPool", {pooling: poolingOf(this, "maxPool2d")}, [x]); },
          avgPool2d: () => { const x = this.at(0); return graph.record("averagePool", {pooling: poolingOf(this, "avgPool2d"), countsPadding: true}, [x]); },
          gelu: () => {
            const x = this.at(0), approximate = this.flag("approximate");
            const inner = approximate ? r("tanh", r("multiply", number(0.7978845608028654), r("add", x, r("multiply", number(0.044715), r("multiply", x, r("minimum", r("square", x), number(1000))))))) : r("erf", r("multiply", number(0.7071067811865476), x));
            return r("multiply", r("multiply", number(0.5), x), r("add", number(1), inner));
          },
          leakyReLU: () => { const x = this.at(0), slope = this.number("slope", 0.01); return o.where(r("greater", x, number(0)), x, r("multiply", number(slope), x)); },
          elu: () => { const x = this.at(0), alpha = this.number("alpha", 1), isPositive = r("greater", x, number(0)); return o.where(isPositive, x, r("multiply", number(alpha), r("expm1", o.where(isPositive, number(0), x)))); },
          clamp: () => {
            const low = this.argument(1, "min"), lower = low ? this.numberFrom(low) : null, high = this.argument(2, "max"), upper = high ? this.numberFrom(high) : null;
            if (lower !== null && upper !== null && lower > upper) throw this.wrong(say("limitsTurned", swiftText(lower), swiftText(upper)));
            let x = this.at(0);
            if (lower !== null) x = o.where(r("less", x, number(lower)), number(lower), x);
            if (upper !== null) x = o.where(r("greater", x, number(upper)), number(upper), x);
            return x;
          },
          mean: () => { const x = this.at(0); return o.mean(x, this.wholes("axis"), this.flag("keepingDimensions")); },
          product: () => { const x = this.at(0); return o.product(x, this.wholes("axis"), this.flag("keepingDimensions")); },
          variance: () => { const x = this.at(0); return o.variance(x, this.wholes("axis"), this.flag("keepingDimensions"), this.whole("correction", 0)); },
          standardDeviation: () => { const x = this.at(0); return o.deviation(x, this.wholes("axis"), this.flag("keepingDimensions"), this.whole("correction", 0)); },
          squaredNorm: () => { const x = this.at(0); return o.reduce("sum", r("square", x), this.wholes("axis"), this.flag("keepingDimensions")); },
          diag: () => o.diagonal(this.at(0)),
          trace: () => o.reduce("sum", o.diagonal(this.at(0)), null, false),
          ones: () => o.ones(this.lengthFrom("ones")),
          identity: () => o.identity(this.lengthFrom("identity")),
          norm: () => { const x = this.at(0); return o.norm(x, this.number("p", 2), this.wholes("axis"), this.flag("keepingDimensions")); },
          logSoftmax: () => {
            const x = this.at(0);
            return o.logSoftmax(x, this.whole("axis", -1));
          },
          tiled: () => {
            const x = this.at(0), repeats = this.layout("repeats");
            if (repeats.length < x.shape.length || repeats.some(n => n < 0)) throw shapeFault("tiled", say("countOfAxes", written(x.shape)), written(repeats));
            const lengths = [...Array(repeats.length - x.shape.length).fill(1), ...x.shape];
            return o.reshaped(o.broadcast(o.reshaped(x, lengths.flatMap(n => [1, n])), repeats.flatMap((n, i) => [n, lengths[i]])), repeats.map((n, i) => n * lengths[i]));
          },
        };
        if (Object.hasOwn(special, name)) return special[name]();
        if (Object.hasOwn(expansions, name)) { const y = expanded(expansions[name], this.operands.map((_, i) => this.at(i)), graph); return name.endsWith("′") ? o.broadcast(y, this.at(0).shape) : y; }
        for (const more of [matrixCalls, orderCalls, randomCalls, relativeCalls]) { const found = more(this); if (Object.hasOwn(found, name)) return found[name](); }
        if (calls.has(name)) return graph.record(calls.get(name), {}, this.operands.map((_, i) => this.at(i)));
        throw this.wrong(say("notComputed", name));
      }
    }
    function expanded(rule, operands, graph) {
      const made = [], place = name => typeof name === "number" ? made[name] : operands[Number(name.slice(1))];
      for (const [op, attributes, reads] of rule.factor) made.push(op === "constant" ? graph.constant(Number(attributes.value)) : graph.record(op, attributes, reads.map(place)));
      return place(rule.result);
    }
    function pairOf(numbers, least, what, origin) {
      if (!(numbers.length >= 1 && numbers.length <= 2 && numbers.every(n => n >= least))) throw shapeFault(origin, say("oneOrTwo", what, least), written(numbers));
      return numbers.length === 2 ? numbers : [numbers[0], numbers[0]];
    }
    function geometryOf(stride, padding, dilation, groups, origin) {
      const geometry = {stride: pairOf(stride, 1, "stride", origin), padding: pairOf(padding, 0, "padding", origin), dilation: pairOf(dilation, 1, "dilation", origin), groups};
      if (groups < 1) throw shapeFault(origin, say("groupsOfOne"), `${groups}`);
      return geometry;
    }
    function poolingOf(call, origin) {
      const typed = call.wholes("window", [2]), stride = call.wholes("stride"), padding = call.wholes("padding", [0]), window = pairOf(typed, 1, "window", origin);
      const geometry = geometryOf(stride ?? window, padding, [1, 1], 1, origin);
      if (window.some((n, i) => geometry.padding[i] >= n)) throw shapeFault(origin, say("paddingOfWindow", written(window)), written(geometry.padding));
      return {window, geometry};
    }

    """#
}
