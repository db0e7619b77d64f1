extension FormulaScript {
  /// Points of two or three classes and a small network, which is an ordinary formula of the page.
  static let points = #"""
    const cloud = {points: [], kind: 0, layers: [6, 6], weights: null, isOn: false, frame: 0, rate: 0.05};
    // The formula of a network: points X, classes T (one-hot), a layer a line.
    function networkFormula(layers) {
      const lines = [];
      let last = "X";
      layers.forEach((_, i) => { lines.push(`H${i + 1} = tanh(${last} @ W${i + 1} + b${i + 1})`); last = `H${i + 1}`; });
      lines.push(`L = logSoftmax(${last} @ W${layers.length + 1} + b${layers.length + 1})`, "E = -mean(sum(T * L, axis: 1))");
      return lines.join("\n");
    }
    function newWeights() {
      const sizes = [2, ...cloud.layers, 3], weights = new Map();
      for (let i = 0; i + 1 < sizes.length; i++) {
        const data = Float64Array.from({length: sizes[i] * sizes[i + 1]}, () => (Math.random() * 2 - 1) * Math.sqrt(3 / sizes[i]));
        weights.set(`W${i + 1}`, {shape: [sizes[i], sizes[i + 1]], data, variable: true});
        weights.set(`b${i + 1}`, {shape: [sizes[i + 1]], data: new Float64Array(sizes[i + 1]), variable: true});
      }
      cloud.weights = weights;
      cloud.rules = new Map([...weights.keys()].map(name => [name, methods.Adam()]));
      cloud.program = null;
    }
    const tensorOf = (rows, width) => ({shape: [rows.length, width], data: Float64Array.from(rows.flat()), variable: false});
    function cloudValues(points) {
      return new Map([["X", tensorOf(points.map(p => [p[0], p[1]]), 2)], ["T", tensorOf(points.map(p => [0, 1, 2].map(k => k === p[2] ? 1 : 0)), 3)], ...cloud.weights]);
    }
    function trainOnce() {
      const {graph, result} = record(cloud.expression, cloudValues(cloud.points));
      graph.evaluate(result.id);
      const {gradients} = graph.backward(result);
      for (const n of graph.nodes) {
        const input = n.kind === "input" && cloud.weights.get(n.label);
        if (!input || !gradients[n.id]) continue;
        cloud.rules.get(n.label)(gradients[n.id], cloud.rate).forEach((d, i) => { input.data[i] -= d; });
      }
      return result.data[0];
    }
    const classColors = () => ["--value", "--gradient", "--now"].map(name => getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    const channelsOf = color => color.slice(1).match(/../g).map(digits => parseInt(digits, 16));
    // A square of cells × cells colours, smoothly as large as `size`.
    function pixels(context, data, cells, x, y, size) {
      const small = make("canvas", {width: cells, height: cells});
      small.getContext("2d").putImageData(new ImageData(Uint8ClampedArray.from(data), cells, cells), 0, 0);
      context.drawImage(small, x, y, size, size);
    }
    // Decision regions and, below, what each hidden unit of the last layer says of the plane.
    function drawCloud() {
      const canvas = $("#cloud"), context = canvas.getContext("2d"), cells = 44, colors = classColors(), grid = [];
      for (let j = 0; j < cells; j++) for (let i = 0; i < cells; i++) grid.push([(i + 0.5) / cells * 2 - 1, 1 - (j + 0.5) / cells * 2, 0]);
      const {graph, names} = record(cloud.expression, cloudValues(grid)), logits = names.get("L"), hidden = names.get(`H${cloud.layers.length}`);
      graph.evaluate(logits.id);
      const inks = colors.map(channelsOf), regions = [];
      for (let k = 0; k < grid.length; k++) {
        const [a, b, c] = logits.data.subarray(3 * k, 3 * k + 3), best = a >= b && a >= c ? 0 : b >= c ? 1 : 2;
        regions.push(...inks[best], 255 * (0.12 + 0.3 * Math.exp(Math.max(a, b, c))));
      }
      context.clearRect(0, 0, canvas.width, canvas.height);
      pixels(context, regions, cells, 0, 0, canvas.width);
      cloud.points.forEach(([x, y, kind]) => {
        const px = (x + 1) / 2 * canvas.width, py = (1 - y) / 2 * canvas.height;
        context.fillStyle = colors[kind];
        context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
        context.beginPath();
        if (kind === 0) context.arc(px, py, 6, 0, 7); else if (kind === 1) context.rect(px - 5, py - 5, 10, 10); else { context.moveTo(px, py - 7); context.lineTo(px + 6, py + 5); context.lineTo(px - 6, py + 5); context.closePath(); }
        context.fill();
        context.stroke();
      });
      const units = $("#units"), width = hidden ? hidden.shape[1] : 0, ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim(), map = units.getContext("2d");
      map.clearRect(0, 0, units.width, units.height);
      const each = Math.min(64, Math.floor(units.width / Math.max(1, width))), tone = channelsOf(ink);
      for (let u = 0; u < width; u++) pixels(map, grid.flatMap((_, k) => [...tone, 127 * (1 + hidden.data[k * width + u])]), cells, u * each, 0, each - 4);
    }
    function cloudFrame() {
      if (!cloud.isOn) return;
      let loss = NaN;
      // Either trains or draws, so that no frame is late.
      const until = performance.now() + 6, isDrawn = cloud.frame++ % 4 === 0;
      do loss = trainOnce(); while (!isDrawn && performance.now() < until);
      if (isDrawn) drawCloud();
      if (cloud.frame % 10 === 0) sayCloud(loss);
      requestAnimationFrame(cloudFrame);
    }
    function sayCloud(loss) {
      const {graph, names} = record(cloud.expression, cloudValues(cloud.points)), logits = names.get("L");
      graph.evaluate(logits.id);
      const right = cloud.points.filter((p, k) => { const row = logits.data.subarray(3 * k, 3 * k + 3); return row[p[2]] >= Math.max(...row); }).length;
      $("#cloudtold").textContent = `${strings.loss} ${short(loss, 3)}, ${strings.accuracy} ${right} / ${cloud.points.length}`;
    }
    function startCloud() {
      if (!cloud.points.length) for (let k = 0; k < 90; k++) { const kind = k % 3, t = Math.random(), angle = kind * 2.1 + t * 3.2, radius = 0.12 + 0.75 * t; cloud.points.push([radius * Math.cos(angle) + 0.05 * (Math.random() - 0.5), radius * Math.sin(angle) + 0.05 * (Math.random() - 0.5), kind]); }
      if (!cloud.weights) { cloud.expression = parse(networkFormula(cloud.layers)); newWeights(); }
      drawCloud();
    }
    function listenToPoints() {
      $("#pointsbox").addEventListener("toggle", () => { if ($("#pointsbox").open) startCloud(); else { cloud.isOn = false; $("#train").textContent = strings.train; } });
      $("#cloud").addEventListener("click", event => {
        const box = $("#cloud").getBoundingClientRect();
        cloud.points.push([(event.clientX - box.left) / box.width * 2 - 1, 1 - (event.clientY - box.top) / box.height * 2, Number($("#kind").value)]);
        drawCloud();
      });
      $("#train").onclick = () => { cloud.isOn = !cloud.isOn; $("#train").textContent = cloud.isOn ? strings.stop : strings.train; if (cloud.isOn) { startCloud(); requestAnimationFrame(cloudFrame); } };
      $("#resetcloud").onclick = () => { newWeights(); drawCloud(); };
      $("#clearcloud").onclick = () => { cloud.points = [[0, 0, 0]]; drawCloud(); };
      $("#layers").onchange = () => {
        const sizes = $("#layers").value.split(/[ ,\-–]+/).map(Number).filter(n => Number.isInteger(n) && n > 0 && n <= 12).slice(0, 3);
        $("#layers").setAttribute("aria-invalid", String(!sizes.length));
        if (!sizes.length) return;
        cloud.layers = sizes;
        cloud.expression = parse(networkFormula(sizes));
        newWeights();
        drawCloud();
      };
      $("#opencloud").onclick = () => {
        const some = cloudValues(cloud.points.filter((_, i) => i < 3));
        for (const [name, value] of some) state.texts.set(name, literalText(value.data.map(x => Number(x.toFixed(4))), value.shape));
        state.off = new Set(["X", "T"]);
        state.lesson = "";
        take(networkFormula(cloud.layers), 0);
        window.scrollTo(0, 0);
      };
    }

    """#
}
