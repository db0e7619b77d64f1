"""Holds the page where one types a formula against the library, in a headless Chromium, and uses it as a reader would."""
import json, math, urllib.parse, pathlib, sys
from playwright.sync_api import sync_playwright

browser_path, samples = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
failures = []


def expect(condition, message):
    if not condition:
        failures.append(message)
        print("  FAILED:", message)


# Values and gradients to 1e-12 of the largest element or contribution; sums and paths exactly; sentences to the letter.
COMPARE = r"""
cases => {
  const number = x => typeof x === "string" ? Number(x) : x, wrong = [];
  let worst = 0;
  const close = (a, b, size) => {
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
    const error = Math.abs(a - b) / Math.max(size, 1e-300);
    if (error > worst) worst = error;
    return error <= 1e-12;
  };
  const compare = (what, shape, data, wanted, size) => {
    const [wantedShape, elements] = wanted, all = elements.map(number);
    if (JSON.stringify(shape) !== JSON.stringify(wantedShape)) { wrong.push(`${what}: shape ${shape}, wanted ${wantedShape}`); return; }
    const largest = Math.max(size, ...all.filter(Number.isFinite).map(Math.abs));
    all.forEach((x, i) => { if (!close(data[i], x, largest)) wrong.push(`${what}[${i}]: ${data[i]}, wanted ${x}`); });
  };
  for (const c of cases) {
    const values = new Map(Object.entries(c.values).map(([name, [shape, data]]) => [name, {shape, data: Float64Array.from(data, number)}]));
    try {
      const expression = parse(c.formula), {graph, result, names} = record(expression, values);
      if (c.error !== undefined) { wrong.push(`${c.formula}: is read, wanted ${c.error}`); continue; }
      try { graph.evaluate(); } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (c.failure !== error.message) wrong.push(`${c.formula}: ${error.message}, wanted ${c.failure}`);
        continue;
      }
      if (c.failure !== undefined) { wrong.push(`${c.formula}: has a value, wanted ${c.failure}`); continue; }
      let back = null, failed;
      try { back = graph.backward(result); } catch (error) { if (!(error instanceof Fault)) throw error; failed = error.message; }
      if (failed !== c.gradientFailure) wrong.push(`${c.formula}: gradients say ${failed}, wanted ${c.gradientFailure}`);
      if (failed !== undefined || c.gradientFailure !== undefined) continue;
      const {gradients, contributions} = back, paths = pathCounts(graph, result, contributions);
      // How large a gradient would be if nothing cancelled on the way to it.
      const sizes = Array(graph.nodes.length).fill(0), top = data => data.reduce((m, x) => Number.isFinite(x) ? Math.max(m, Math.abs(x)) : m, 0);
      sizes[result.id] = 1;
      compare(c.formula, result.shape, result.data, c.value, Math.max(0, ...result.ins.map(i => top(graph.nodes[i].data))));
      const gain = k => {
        if (k.local) return top(k.local);
        const n = graph.nodes[k.consumer], seen = top(k.product) / (top(k.upstream) || 1);
        if (n.op === "softmax") return Math.max(seen, top(n.data));
        return Math.max(seen, n.op === "matmul" ? top(graph.nodes[n.ins[1 - k.index]].data) : 1);
      };
      for (const k of contributions) if (k.product) sizes[k.input] += Math.max(top(k.product), sizes[k.consumer] * gain(k));
      for (const [name, value] of values) {
        const node = graph.nodes.find(n => n.kind === "input" && n.label === name), wanted = c.gradients[name];
        const own = node ? gradients[node.id] : null;
        if ((own === null) !== (wanted === undefined)) { wrong.push(`${c.formula}: gradient of ${name} is ${own}, wanted ${wanted}`); continue; }
        if (own === null) continue;
        compare(`${c.formula}: gradient of ${name}`, node.shape, own, wanted[0], sizes[node.id]);
        const parts = contributions.filter(k => k.input === node.id && k.product).length;
        if (parts !== wanted[1]) wrong.push(`${c.formula}: ${parts} contributions to ${name}, wanted ${wanted[1]}`);
        if (paths[node.id] !== wanted[2]) wrong.push(`${c.formula}: ${paths[node.id]} paths to ${name}, wanted ${wanted[2]}`);
      }
    } catch (error) {
      if (!(error instanceof FormulaError)) { wrong.push(`${c.formula}: the page broke: ${error.stack}`); continue; }
      // What only the tool has: factorizations of batches, and random numbers made by inversion.
      if (c.isChanged && error.message.endsWith("of more than one matrix is not among what this page computes; the tool reads it")) continue;
      if (c.isChanged && /^random(Gamma|Beta|Dirichlet|Poisson) is not among what this page computes; the tool reads it$/.test(error.message)) continue;
      const sentence = error.message + "\n" + excerpt(c.formula, error);
      if (sentence !== c.error) wrong.push(`${c.formula}:\n${sentence}\nwanted\n${c.error ?? JSON.stringify(c.value)}`);
    }
  }
  return {wrong, worst};
}
"""


def hold_against_library(browser):
    data = json.loads((samples / "page-cases.json").read_text())
    for case in data["others"]:
        case["isChanged"] = True
    page = browser.new_page()
    page.goto((samples / "page.html").as_uri())
    for name, cases in [("formulas", data["formulas"]), ("mistakes and corners", data["others"])]:
        got = page.evaluate(COMPARE, cases)
        for line in got["wrong"][:15]:
            print("   ", line)
        expect(not got["wrong"], f"{len(got['wrong'])} of {len(cases)} {name} differ from the library")
        print(f"page: {len(cases)} {name}, largest difference {got['worst']:.1e}")
    page.goto((samples / "page-own.html").as_uri())
    got = page.evaluate(COMPARE, [data["own"]])
    expect(not got["wrong"], f"a primitive of somebody's own: {got['wrong']}")
    page.close()


class Reader:
    """Somebody with the page open; what goes wrong on it is a failure."""

    def __init__(self, browser, fragment="", name="page-full.html", **options):
        self.context = browser.new_context(offline=True, **({"viewport": {"width": 1280, "height": 800}} | options))
        self.page = self.context.new_page()
        self.errors, self.requests = [], []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        url = (samples / name).as_uri()
        self.page.on("request", lambda r: self.requests.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None)
        self.page.goto(url + fragment)

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def type(self, selector, text):
        self.page.fill(selector, text)

    def boxes(self):
        return self.page.evaluate("""[...document.querySelectorAll('#drawing [data-box]')].map(g => [...g.querySelectorAll('text')].map(t => t.textContent))""")

    def box(self, name):
        return next((b for b in self.boxes() if b[0].split(" ")[0] == name), None)

    def close(self, what):
        expect(not self.errors, f"{what}: console says {self.errors[:3]}")
        expect(not self.requests, f"{what}: asked the network for {self.requests[:3]}")
        self.context.close()


NETWORK = ("#f=h+%3D+sigmoid(W1+%40+x+%2B+b1)%0Ao+%3D+sigmoid(W2+%40+h+%2B+b2)%0Asum((o+-+t)%5E2)"
           "&v=W1%3D[[0.15,0.2],[0.25,0.3]];x%3D[0.05,0.1];b1%3D0.35;W2%3D[[0.4,0.45],[0.5,0.55]];b2%3D0.6;t%3D[0.01,0.99]&s=99")


def type_and_step(browser):
    r = Reader(browser)
    p = r.page
    expect(r.box("f")[1] == "−12" and r.box("z")[2] == "∂ 3", "the first formula is computed at once")
    r.type("#formula", "g = x * y + x\nsin(g)")
    expect(r.box("g")[0] == "g = v1 + x", f"a typed formula is drawn: {r.boxes()}")
    r.type("#value-x", "1/3")
    r.type("#value-y", "−0,5")
    expect("read as 0.333333" in r.text("#note-x") and "read as −0.5" in r.text("#note-y"), "says how numbers are read")
    r.type("#value-x", "one")
    expect(p.locator("[aria-invalid=true]").count() == 1 and "kept" in r.text("#note-x"), "what is no number is told")
    r.type("#value-x", "½")
    r.type("#formula", "sin(x")
    expect("this 'sin(' is never closed" in r.text("#mistake") and "^~~~" in r.text("#mistake"), "a mistake shows its caret")
    expect(p.locator("#mistake").get_attribute("role") == "alert", "a mistake is an alert")
    r.type("#formula", "x * y")
    expect(p.locator("#mistake").is_hidden(), "a mended formula takes the mistake away")
    p.keyboard.press("Escape")
    p.keyboard.press("Home")
    expect(r.text("#count").startswith("0 /") and p.locator("#forward").is_hidden(), "step 0 shows no number of it")
    expect(all(t == "" for b in r.boxes() for t in b[2:]), "and no gradient")
    seen = []
    while not p.locator("#next").is_disabled():
        p.keyboard.press("ArrowRight")
        seen.append(r.text("#words"))
        expect(p.locator("tr.now").count() == 1 and p.locator("#drawing .now").count() >= 1, "the step is marked in table and drawing")
    expect("f = x · y" in seen[0] and "× " in seen[-1], f"steps are told: {seen}")
    p.keyboard.press("ArrowLeft")
    expect(not p.locator("#next").is_disabled(), "back")
    p.click("#play")
    p.wait_for_timeout(1500)
    expect(p.locator("#next").is_disabled(), "play goes on to the end")
    p.locator("#drawing [data-box]").last.focus()
    p.keyboard.press("Enter")
    expect("expression" in r.text("#chosen"), "Enter chooses a box")
    p.select_option("#target", "x")
    expect("Σ over 1 path" in r.text("#pathsum"), "paths are summed")
    p.click("#paths button")
    expect(p.locator(".wire.path").count() == 1, "a path is marked")
    p.locator(".field[data-name=y] input[type=checkbox]").uncheck()
    expect(r.box("y")[2:] in ([], [""]), "an input that is not differentiated by has no gradient")
    p.wait_for_timeout(400)
    address = p.url
    r.close("typing")
    again = Reader(browser, "#" + address.split("#", 1)[1])
    expect(again.page.input_value("#formula") == "x * y" and not again.page.locator(".field[data-name=y] input[type=checkbox]").is_checked(), "the address holds the state")
    again.close("the address")


def hide_and_ask(browser):
    r = Reader(browser, "#f=(w*x%2Bb-t)%5E2&v=w%3D0.5;x%3D2;b%3D0.25;t%3D1&s=1")
    p = r.page
    p.keyboard.press("h")
    p.keyboard.press("End")
    expect("∂ ?" in r.box("w")[2] and r.box("f")[1] != "?", "hidden gradients are places")
    p.select_option("#hide", "all")
    expect(r.box("f")[1] == "?", "hidden values too")
    p.select_option("#hide", "none")
    p.locator("#drawing [data-box]").last.click()
    p.click("#chosen button:has-text('hide this')")
    expect(r.box("f")[1] == "?" and r.box("v1")[1] == "1", "one box is hidden")
    p.click("#chosen button:has-text('show it')")
    expect(r.box("f")[1] != "?", "and shown")
    p.keyboard.press("Home")
    p.click("#quiz")
    p.fill("#words input", "7")
    p.keyboard.press("Enter")
    expect("Not yet" in r.text("#words"), "a wrong answer is told")
    p.fill("#words input", "-1")
    p.keyboard.press("Enter")
    expect("sign" in r.text("#words"), f"a turned sign is known: {r.text('#words')}")
    p.fill("#words input", "1.0")
    p.keyboard.press("Enter")
    expect(r.box("v1")[1] == "1" and "0 of 1" in r.text("#score"), f"a right answer opens the place: {r.text('#score')}")
    for _ in range(20):
        if p.locator("#next").is_disabled():
            break
        p.click("#next")
        if p.locator("#words .choice").count():
            wrong = [b for b in p.locator("#words .choice").all()]
            expect(len(wrong) >= 2, "a local gradient is chosen among several")
            break
    expect("code" in r.text("#score"), "the score has a code")
    r.close("quiz")


def change_and_train(browser):
    r = Reader(browser, "#f=(w*x-t)%5E2&v=w%3D0.5;x%3D2;t%3D3&s=9&off=x,t")
    p = r.page
    p.click("#changebox summary")
    p.wait_for_selector("#curve .curve", state="attached", timeout=10000)
    expect(p.locator("#curve .curve").count() == 1 and "slope here: ∂/∂w = −8" in r.text("#sliderout"), "the curve and its slope")
    p.locator("#slider").focus()
    p.keyboard.press("ArrowRight")
    expect(r.page.input_value("#value-w") not in ("0.5", ""), "a slider changes the value")
    r.type("#value-w", "0.5")
    p.click("#updatebox summary")
    p.fill("#rate", "0,1")
    p.click("#one")
    expect(abs(float(r.page.input_value("#value-w")) - 1.3) < 1e-12, "w − η ∂f/∂w")
    p.fill("#rate", "0.3")
    p.click("#ten")
    expect("too large" in r.text("#told"), "a learning rate that is too large diverges, and says so")
    p.click("#again")
    p.fill("#rate", "0.05")
    p.click("#all")
    expect(p.locator("#surface .trail").count() == 4, "four methods on one surface")
    p.click("#pointsbox summary")
    p.click("#train")
    p.wait_for_function("document.querySelector('#cloudtold').textContent !== ''", timeout=20000)
    p.click("#train")
    p.click("#opencloud")
    expect("H1 = tanh(X @ W1 + b1)" in p.input_value("#formula") and p.locator("#mistake").is_hidden(), "the network is a formula of the page")
    r.close("training")


def explained(browser):
    """A page of `explain` with matrices: typing in any element computes all numbers anew."""
    r = Reader(browser, name="explained.html")
    p = r.page
    expect(p.input_value("#value-W") == "[[1, -2], [0.5, 4]]" and r.text("#count").startswith("0 /"), "opens at its formula, at step 0")
    p.keyboard.press("Escape")
    p.keyboard.press("End")
    value = lambda: p.evaluate("shown.node(shown.output).data[0]")
    expect(abs(value() - (math.tanh(0.25 - 2 / 3) ** 2 + math.tanh(0.125 + 4 / 3) ** 2)) < 1e-14, "its value")
    r.type("#value-W", "[[1, -2], [0.5, 3]]")
    expect(abs(value() - (math.tanh(0.25 - 2 / 3) ** 2 + math.tanh(0.125 + 1) ** 2)) < 1e-14, "an element changes it")
    slope = p.evaluate("shown.total.get(shown.boxes.find(id => shown.names.get(id) === 'W'))[3]")
    h = math.tanh(1.125)
    expect(abs(slope - 2 * h * (1 - h * h) / 3) < 1e-14, "and the gradients")
    r.close("explained.html")


# What the tool computed for a published number, beside what the page computes, to the digits that are printed.
LESSON = r"""
() => {
  const lesson = lessons.find(l => l.name === state.lesson), wrong = [], output = shown.names.get(shown.output);
  for (const [quantity, , computed] of lesson.published) {
    const m = /^∂(.+)\/∂([^[\]²∂]+)$/.exec(quantity), wanted = Number(computed.replace("−", "-"));
    if (quantity !== output && !(m && m[1] === output)) continue;
    const data = m ? shown.total.get(shown.boxes.find(id => shown.names.get(id) === m[2])) : shown.node(shown.output).data;
    if (!data || data.length !== 1 || Number.isNaN(wanted)) continue;
    const places = (computed.split(".")[1] ?? "").length;
    if (Math.abs(data[0] - wanted) > 0.51 * 10 ** -places) wrong.push(`${quantity} is ${data[0]}, the tool says ${computed}`);
  }
  return wrong;
}
"""


def lessons(browser):
    r = Reader(browser)
    names = r.page.evaluate("lessons.map(l => l.name)")
    for name in names:
        r.page.select_option("#lesson", name)
        expect(r.page.locator("#mistake").is_hidden() and r.page.locator("#quizbox").is_visible(), f"lesson {name} opens, and asks")
        wrong = r.page.evaluate(LESSON)
        expect(not wrong, f"lesson {name}: {wrong}")
    r.page.select_option("#lesson", names[0])
    r.page.click("#nextLesson")
    expect(r.page.input_value("#lesson") == names[1], "next lesson")
    expect(r.page.locator("#lessonbox table").count() >= 1, "a lesson has its published numbers")
    r.close("lessons")


def examples(browser):
    r = Reader(browser)
    for value in r.page.evaluate("examples.map((_, i) => `example:${i}`)"):
        r.page.select_option("#lesson", value)
        isFinite = r.page.evaluate("shown.boxes.every(id => shown.node(id).data.every(Number.isFinite))")
        expect(r.page.locator("#mistake").is_hidden() and isFinite, f"{value} opens with numbers")
        expect(r.page.input_value("#lesson") == value and r.page.locator("#next").is_disabled(), f"{value} is named, and shows all")
        expect(r.page.evaluate("expression.inputs.filter(n => !state.off.has(n)).some(n => shown.boxes.some(id => shown.names.get(id) === n && shown.total.get(id).some(x => x !== 0)))"), f"{value} has a gradient")
        text = r.page.evaluate("latexText()")
        expect(text.isascii() and text.count("\\begin") == text.count("\\end") > 0, f"{value}: LaTeX that every installation reads")
    r.close("examples")


# Formulas of far more boxes than can be drawn, and how they are written.
DEEP = {
    "a chain of statements": "f0 = x * y\n" + "\n".join(f"f{i} = tanh(f{i - 1} * x + y)" for i in range(1, 70)) + "\nf69 - x",
    "one expression": " + ".join(f"sin({i} * x)" for i in range(1, 70)),
    "a chain of functions": "sin(" * 70 + "x" + ")" * 70,
    "functions of many steps": "\n".join(f"n{i} = norm(u + {i}) + standardDeviation(u * {i + 1})" for i in range(12)) + "\nn0 + n11",
    "layers": "h0 = x\n" + "\n".join(f"h{i} = tanh(W{i} @ h{i - 1} + b{i})" for i in range(1, 25)) + "\nsum((h24 - t)^2)",
}


def folding(browser):
    for name, formula in DEEP.items():
        values = ";".join(["x=[0.5, -1]" if "W1" in formula else "x=0.5", "y=0.25", "u=[1, 2, 3]", "t=[1, 0]"] + [f"W{i}=[[0.5, -0.2], [0.1, 0.7]];b{i}=[0.1, 0]" for i in range(1, 25)])
        for width, height in ((1280, 800), (360, 740)):
            r = Reader(browser, "#" + urllib.parse.urlencode({"f": formula, "v": values, "s": 99999}), viewport={"width": width, "height": height})
            p, what = r.page, f"{name} at {width}"
            all_boxes = p.evaluate("shown.boxes.length")
            expect(all_boxes > 60 and len(r.boxes()) <= 40, f"{what}: {all_boxes} boxes are drawn as {len(r.boxes())}")
            expect(p.evaluate("document.documentElement.scrollWidth") <= width, f"{what}: wider than the window")
            # Folded parts show value and gradient of their results.
            wrong = p.evaluate("""() => [...document.querySelectorAll('#drawing .folded')].filter(g => { const id = +g.dataset.box, t = [...g.querySelectorAll('text')].map(t => t.textContent);
              return !t[2].startsWith(cut(shown.valueText(id), 12).slice(0, 11)) || (shown.total.has(id) && !t[3].startsWith('∂ ' + cut(shown.gradientText(id, shown.steps.length), 22).slice(0, 8))); }).length""")
            expect(p.locator("#drawing .folded").count() > 0 and wrong == 0, f"{what}: {wrong} parts show other numbers than their results")
            # No step is hidden: at every one its box is drawn, and marked.
            lost = p.evaluate("""() => { const lost = []; for (let s = 1; s < shown.steps.length; s += Math.ceil(shown.steps.length / 60)) { go(s); const node = shown.steps[s - 1].node;
              if (!document.querySelector(`#drawing [data-box="${node}"].now:not(.folded)`)) lost.push(s); } return lost; }""")
            expect(not lost, f"{what}: steps {lost[:5]} are hidden")
            p.keyboard.press("Escape")
            p.evaluate("go(0)")
            before, first = len(r.boxes()), p.locator("#drawing .folded").first
            first.focus()
            expect(first.get_attribute("aria-expanded") == "false", f"{what}: a part says that it is folded")
            p.keyboard.press("Enter")
            expect(len(r.boxes()) > before and p.locator("#folds button").count() == 1, f"{what}: Enter opens a part")
            p.wait_for_timeout(300)
            again = Reader(browser, "#" + p.url.split("#", 1)[1], viewport={"width": width, "height": height})
            expect(len(again.boxes()) == len(r.boxes()), f"{what}: what is open lies in the address")
            again.close(what)
            p.click("#folds button")
            expect(len(r.boxes()) == before, f"{what}: and folds again")
            r.close(what)


HOSTILE_ADDRESSES = [
    "f=<img src=x onerror=alert(1)>&v=x=<b>1</b>", "f=%3Cscript%3Ealert(1)%3C/script%3E", "f=x*y&v=x=<svg onload=alert(1)>;y=2",
    "l=<img src=x onerror=alert(1)>", "l=no-such-lesson", "f=x*y&s=-5", "f=x*y&s=1e99", "f=x*y&s=abc", "f=x*y&s=NaN", "f=x*y&s=1.5",
    "f=x*y&off=zzz,,x&h=sideways&r=g99999,l99999,v-1,zzz&x=v99999&o=1.2,9.9,zzz&q=7", "%E0%A4%A", "f=%00%01%02", "f=&v=", "&&&===", "f", "v=x=1",
    "f=x*y&v=x;y;;=3;x==4", "f=constructor * toString + __proto__&v=constructor=2;__proto__=3", "f=hasOwnProperty(x)", "f=valueOf(x) + x.valueOf()",
    "f=x*y&l=xyz&s=99&q=1&h=all", "f=" + "x%2B" * 3000 + "x", "f=" + "(" * 5000, "f=" + "-" * 20000 + "x", "f=ones(1000000)@ones(1000000)", "f=[" * 40,
    "f=identity(2000)+x", "f=repeated(u,100000000)&v=u=[1,2,3]", "f=tiled(u,[100000,100000])&v=u=[1,2,3]", "f=broadcast(x,[100000,100000])",
    "f=padded(u,before:[1000000000])&v=u=[1]", "f=oneHot([0],1000000000)*x", "f=matrixPower(A,1000000)&v=A=[[1,1],[0,1]]", "f=difference(u,times:3)&v=u=[1,2,3]",
]
HOSTILE_FORMULAS = [
    "", " ", "x +", "(x", "x)", "1e999", "x ^ 1e308", "a=b=c", "= 2", "x = x", "\u202ex", "x\u0000", "😀 + 1", "é * ê", "ﬁ + x", "x y", "'x'", "\"x\"", "<b>x</b>", "&amp;",
    "${x}", "`x`", "\\n", "//x", "/* x */", "x;;y", ";", "[[1,2],[3]] * x", "sin", "sin()", "sin(x, y)", "nosuch(x)", "x.y.z", "0x10", "1_000", "١ + ٢", "x" * 5000, "sin(" * 2000 + "x" + ")" * 2000,
]
HOSTILE_VALUES = ["", " ", "1e999", "-1e999", "abc", "[", "[1,", "[[1,2],[3]]", "1/0", "0/0", "½½", "1,2,3", "１", "٣", "--1", "+1", "1e-400", "<b>1</b>", "[]", "[[]]", "nan", "inf", "[" * 30 + "1" + "]" * 30, "[" + "1," * 5000 + "1]", "1 2", "x", "1;y=2", "1%", "$1", "0x1F", "1e", ".", "−"]


def hostile(browser):
    """Whatever stands in an address or is typed: no error in the console, no element of it in the page, and the page goes on."""
    def sound(r, what):
        p = r.page
        expect(p.evaluate("document.querySelectorAll('img, script:not(:last-of-type), iframe, b b, svg svg').length") == 0, f"{what}: brings an element")
        wide = p.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        expect(wide <= 0, f"{what}: {wide} pixels too wide")
        r.type("#formula", "q = x * y\nq + x")
        r.type("#value-x", "3")
        r.type("#value-y", "2")
        p.keyboard.press("Escape")
        p.keyboard.press("End")
        expect(p.locator("#mistake").is_hidden() and p.evaluate("shown.node(shown.output).data[0]") == 9, f"{what}: the page goes on")
    for address in HOSTILE_ADDRESSES:
        r = Reader(browser, "#" + address)
        r.page.on("dialog", lambda d: expect(False, f"{address[:60]}: a dialog"))
        sound(r, f"address {address[:60]!r}")
        r.close(f"address {address[:60]!r}")
    r = Reader(browser)
    for formula in HOSTILE_FORMULAS:
        r.type("#formula", formula)
        r.page.keyboard.press("Escape")
        expect(r.page.locator("#mistake").is_visible() or r.page.evaluate("expression !== null && shown !== null"), f"{formula[:40]!r} is read or told")
        sound(r, f"formula {formula[:40]!r}")
    for value in HOSTILE_VALUES:
        r.type("#formula", "x * y")
        r.type("#value-x", value)
        understood = r.page.evaluate("[...document.querySelectorAll('.field[data-name=x] .note')].map(n => n.textContent)[0]")
        expect(understood or r.page.evaluate("Number.isFinite(Number(state.texts.get('x')))") or r.page.locator("#mistake").is_visible() or value.startswith("["), f"value {value[:30]!r}: says what was understood")
        sound(r, f"value {value[:40]!r}")
    r.close("wrong input")


# Every question of every example and lesson: slips are refused and told, the right number to three digits is taken.
QUIZ = r"""
() => {
  const out = [];
  const names = [...examples.map((_, i) => `example:${i}`), ...lessons.map(l => l.name)];
  let asked = 0, slipsTold = 0;
  for (const name of names) {
    takeLesson(name);
    if (!state.quiz) document.querySelector('#quiz').click();
    state.step = 1; show();
    for (let guard = 0; guard < 400 && state.step <= shown.steps.length; guard++) {
      const step = shown.steps[state.step - 1], words = document.querySelector('#words');
      const buttons = [...words.querySelectorAll('.choice')], field = words.querySelector('input');
      if (buttons.length) {
        const all = choicesOf(step), texts = all.map(c => c[0]);
        if (new Set(texts).size !== texts.length) out.push(`${name} ${state.step}: twice ${texts}`);
        if (all.length < 2) out.push(`${name} ${state.step}: only ${texts}`);
        if (all.filter(c => c[1] === null).length !== 1) out.push(`${name} ${state.step}: not one right`);
        // a wrong choice must be wrong in numbers
        const i = all.findIndex(c => c[1] !== null);
        if (i >= 0) { buttons[i].click(); const told = document.querySelector('#words .note').textContent; if (!told.includes(strings.slips[all[i][1]])) out.push(`${name} ${state.step}: told ${told}`); slipsTold++; }
        const again = [...document.querySelectorAll('#words .choice')].find(b => b.textContent === all.find(c => c[1] === null)[0]);
        again.click();
        continue;
      }
      if (field) {
        asked++;
        const check = words.querySelector('button'), {truth, slips} = slipsOf(step), told = () => document.querySelector('#words .note').textContent;
        field.value = 'abc'; check.click(); if (told() !== strings.notNumber) out.push(`${name} ${state.step}: abc: ${told()}`);
        const right = Number.isInteger(truth) ? String(truth) : truth.toPrecision(3);
        for (const [n, why] of slips.slice(0, 3)) { const text = n.toPrecision(4); if (Math.abs(n - truth) <= 0.006 * Math.abs(truth) + 1e-9) continue; field.value = text; check.click(); if (document.querySelector('#words input') !== field) { out.push(`${name} ${state.step}: slip ${text} accepted for ${truth}`); break; } slipsTold++; if (told() === '') out.push('nothing told'); }
        if (!document.querySelector('#words input')) { state.step++; show(); continue; }
        field.value = right.replace('.', ','); check.click();
        if (document.querySelector('#words input') === field) { out.push(`${name} ${state.step}: ${right} not accepted for ${truth}: ${told()}`); words.querySelectorAll('button')[1].click(); }
      }
      if (/\?/.test(document.querySelector('#words').textContent) && !document.querySelector('#words input, #words .choice')) out.push(`${name} ${state.step}: still hidden: ${document.querySelector('#words').textContent.slice(0,100)}`);
      if (state.step >= shown.steps.length) break;
      go(state.step + 1);
    }
    const score = document.querySelector('#score').textContent;
    if (!/code [0-9A-Z]{7}/.test(score) && quizScore.asked) out.push(`${name}: ${score}`);
  }
  return {out: out.slice(0, 30), count: out.length, asked, slipsTold};
}
"""


def quiz_of_everything(browser):
    r = Reader(browser)
    found = r.page.evaluate(QUIZ)
    expect(found["count"] == 0, f"quiz: {found['out']}")
    expect(found["asked"] > 500 and found["slipsTold"] > 1000, f"quiz: only {found['asked']} questions")
    print(f"page: {found['asked']} questions, {found['slipsTold']} slips told")
    r.close("quiz of everything")


# WCAG 2 contrast of every text, and a name for everything that can be used.
AUDIT = r"""
() => {
  const found = [], channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const rgb = text => (text.match(/[\d.]+/g) ?? []).map(Number), light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const behind = e => { for (; e; e = e.parentElement) { const style = getComputedStyle(e); if (e.tagName === "rect") break; const c = rgb(style.backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  for (const e of document.querySelectorAll("body *")) {
    if (!e.offsetParent && !e.ownerSVGElement) continue;
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()), style = getComputedStyle(e);
    if (own && style.visibility !== "hidden" && !e.disabled && !["title", "OPTION", "STYLE"].includes(e.tagName)) {
      const box = e.closest && e.closest("[data-box]"), back = box ? rgb(getComputedStyle(box.querySelector("rect")).fill) : behind(e), fore = rgb(e.ownerSVGElement ? style.fill : style.color);
      const [a, b] = [light(fore), light(back)], ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) found.push(`${e.tagName}.${e.className.baseVal ?? e.className} '${e.textContent.slice(0, 20)}' has contrast ${ratio.toFixed(2)}`);
    }
    if (/^(BUTTON|INPUT|SELECT|TEXTAREA|SUMMARY|CANVAS)$/.test(e.tagName)) {
      const name = e.getAttribute("aria-label") || e.textContent.trim() || (e.labels && [...e.labels].map(l => l.textContent).join("").trim());
      if (!name || (e.tagName === "SELECT" && !e.getAttribute("aria-label") && !(e.labels && e.labels.length))) found.push(`${e.tagName}#${e.id} has no name`);
    }
  }
  return found;
}
"""


def look(browser, shots):
    for scheme in ("light", "dark"):
        for width, height in ((1280, 800), (360, 740)):
            r = Reader(browser, NETWORK, viewport={"width": width, "height": height}, color_scheme=scheme)
            for box in ("changebox", "updatebox", "pointsbox"):
                r.page.evaluate(f"document.querySelector('#{box}').open = true")
            found = r.page.evaluate(AUDIT)
            expect(not found, f"{scheme} {width}: {found[:6]}")
            wide = r.page.evaluate("document.documentElement.scrollWidth")
            expect(wide <= width, f"{wide} pixels wide on a screen of {width}")
            drawn = r.page.evaluate("(() => { const s = document.querySelector('#drawing').getBoundingClientRect(), t = document.querySelector('#drawing text').getBoundingClientRect(); return [s.right, s.bottom, document.querySelectorAll('#drawing [data-box]').length, parseFloat(getComputedStyle(document.querySelector('#drawing text')).fontSize) * s.width / document.querySelector('#drawing').viewBox.baseVal.width] })()")
            expect(drawn[0] <= width, f"the drawing ends at {drawn[0]} of {width} pixels")
            if width == 1280:
                expect(drawn[1] <= 800 and drawn[2] >= 14, f"a network of {drawn[2]} boxes ends at {drawn[1]} of 800 pixels")
            expect(drawn[3] >= 9, f"letters of {drawn[3]} pixels at {width}")
            if shots:
                r.page.screenshot(path=str(shots / f"page-{scheme}-{width}.png"))
            r.close(f"{scheme} {width}")
    r = Reader(browser, NETWORK)
    pdf = r.page.pdf(format="A4")
    expect(len(pdf) > 10000, "prints")
    if shots:
        (shots / "page.pdf").write_bytes(pdf)
    r.close("printing")


def time_of_a_key(browser):
    r = Reader(browser)
    for count, limit in ((25, 50), (480, 1000)):
        formula = "f0 = x * y\n" + "\n".join(f"f{i} = f{i - 1} * x + y" for i in range(1, count)) + f"\ntanh(f{count - 1})"
        # Pasted: one event, where filling in makes one of each line.
        r.page.evaluate("text => { const f = document.querySelector('#formula'); f.value = text; f.dispatchEvent(new Event('input')); }", formula)
        spent = r.page.evaluate("(() => { const t = []; for (let i = 0; i < 5; i++) { state.texts.set('x', String(0.5 + i / 100)); const s = performance.now(); changed(); document.querySelector('#drawing').getBoundingClientRect(); t.push(performance.now() - s); } return Math.min(...t) })()")
        boxes = r.page.evaluate("shown.boxes.length")
        print(f"page: {boxes} nodes answer a key in {spent:.1f} ms (the aim: {limit})")
    r.close("long formulas")


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
    shots = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    hold_against_library(browser)
    for part in (explained, type_and_step, hide_and_ask, change_and_train, lessons, examples, quiz_of_everything, folding, hostile, time_of_a_key):
        part(browser)
    look(browser, shots)
    browser.close()

print("page: FAILED" if failures else "page: holds")
sys.exit(1 if failures else 0)
