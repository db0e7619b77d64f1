extension FormulaScript {
  /// Random numbers, bit for bit those of the library: a number depends on its seed, the counter and its position.
  static let random = #"""
    const bits64 = x => BigInt.asUintN(64, x);
    function mixed64(value) {
      let z = value;
      z = bits64((z ^ (z >> 30n)) * 0xBF58476D1CE4E5B9n);
      z = bits64((z ^ (z >> 27n)) * 0x94D049BB133111EBn);
      return z ^ (z >> 31n);
    }
    const otherSeed = (seed, number) => mixed64(bits64(seed + bits64(BigInt(number) * 0xD1B54A32D192ED03n)));
    Object.assign(kernels, {
      randomUniform: [a => a.shape, (a, [counter], shapes, out) => {
        const bits = new BigUint64Array(Float64Array.of(counter[0]).buffer)[0], stream = mixed64(a.seed ^ mixed64(bits));
        return Float64Array.from({length: countOf(out)}, (_, i) => Number(mixed64(bits64(stream + bits64(BigInt(i) * 0x9E3779B97F4A7C15n))) >> 11n) * 2 ** -53);
      }],
    });

    function randomCalls(call) {
      const {graph} = call, o = on(graph), {r, number} = o, at = i => call.at(i), name = call.f.name;
      const needed = option => { throw call.wrong(say("needsOption", name, option, call.ends)); };
      function seed() {
        const argument = call.options.get("seed");
        if (!argument) needed("seed");
        const found = call.whole("seed", 0);
        if (found < 0) throw call.mistyped(argument, say("seedNeeded"));
        return BigInt(found);
      }
      const counter = () => graph.constant(call.number("counter", 0));
      function lengths(argument) {
        const found = call.wholesFrom(argument);
        if (found.some(n => n < 0) || countOf(found) > 1000000) throw call.mistyped(argument, say("lengthsToDraw"));
        return found;
      }
      const uniform = (shape, key, count) => graph.record("randomUniform", {shape, seed: key}, [count]);
      function inside(shape, key, count) {
        const u = uniform(shape, key, count), raised = o.where(r("less", u, number(2 ** -54)), number(2 ** -54), u), largest = 1 - 2 ** -53;
        return o.where(r("greater", u, number(largest)), number(largest), raised);
      }
      const gumbel = (shape, key, count) => r("negate", r("log", r("negate", r("log1p", r("negate", inside(shape, key, count))))));
      function normal(shape, key, count) {
        const first = r("subtract", number(1), uniform(shape, key, count)), second = uniform(shape, mixed64(bits64(~key)), count);
        return r("multiply", r("sqrt", r("multiply", number(-2), r("log", first))), r("cos", r("multiply", number(2 * Math.PI), second)));
      }
      const shaped = draw => () => { const argument = call.argument(0, "shape") ?? needed("shape"), shape = lengths(argument), key = seed(); return draw(shape, key, counter()); };
      // A parameter in the shape of the numbers, which it broadcasts to.
      const drawn = draw => () => {
        const argument = call.options.get("shape"), shape = argument ? lengths(argument) : null, x = at(0), key = seed(), count = counter(), wider = common(shape ?? [], x.shape);
        if (!wider || (shape && !sameShape(wider, shape))) throw shapeFault(name, say("parametersTo", shape ? written(shape) : say("oneShape")), written(x.shape));
        return draw(o.broadcast(x, wider), wider, key, count);
      };
      return {
        randomUniform: shaped(uniform), randomNormal: shaped(normal), randomGumbel: shaped(gumbel),
        randomPermutation: () => {
          const numbers = call.wholesFrom(call.operands[0]);
          if (numbers.length !== 1) throw call.wrong(say("permutationOfOne", call.ends));
          const [count] = numbers, key = seed(), turn = counter();
          if (count < 0) throw shapeFault("randomPermutation", say("countOfZero"), `${count}`);
          const pair = [1, 2].map(k => uniform([count], otherSeed(key, k), turn)), sort = x => graph.record("argsort", {axis: 0, isDescending: false}, [x]), pick = (x, places) => graph.record("gather", {axis: 0}, [x, places]);
          const first = sort(pair[0]);
          return pick(first, sort(pick(pair[1], first)));
        },
        randomExponential: drawn((rate, shape, key, count) => r("divide", r("negate", r("log", inside(shape, key, count))), o.where(r("greater", rate, number(0)), rate, number(NaN)))),
        randomBernoulli: drawn((p, shape, key, count) => {
          const isOne = r("less", uniform(shape, key, count), p), atLeast = r("add", r("greater", p, number(0)), r("equal", p, number(0))), atMost = r("add", r("less", p, number(1)), r("equal", p, number(1)));
          return o.where(r("multiply", atLeast, atMost), isOne, number(NaN));
        }),
        randomCategorical: () => {
          const x = at(0), key = seed(), count = counter(), all = r("add", x, gumbel(x.shape, key, count));
          return graph.record("argmax", {axis: position(all.shape, -1, "argmax")}, [all]);
        },
      };
    }

    """#
}
