"""Drives the pages of the worked examples as a reader would, and holds what they show against the data."""
import json, math, pathlib, re, sys
from playwright.sync_api import sync_playwright

browser_path, samples = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
shots = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
PAGES = ["xyz", "max-gate", "two-layer-regression", "micrograd-readme", "sigmoid-gates", "multiple-paths", "baydin",
         "softmax-cross-entropy-3", "softmax-squared-error-net", "kl-divergence", "vanishing-sigmoid", "hinge",
         "folded-model"]
failures = []


def expect(condition, message):
    if not condition:
        failures.append(message)
        print("  FAILED:", message)


def number(text):
    text = text.replace("−", "-").replace("∞", "inf").strip("() ")
    return float(text.split()[0])


def close(a, b, digits=4):
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 0.51 * 10 ** (1 - digits) * max(abs(a), abs(b))


class Opened:
    """One page with what went wrong on it."""

    def __init__(self, browser, name, **options):
        self.name = name
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.errors, self.requests = [], []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        url = (samples / f"{name}.html").as_uri()
        self.page.on("request", lambda r: self.requests.append(r.url) if r.url != url and not r.url.startswith("data:") else None)
        self.page.goto(url)
        data = self.page.locator("#data")
        # A large page packs its data, and unpacks them itself.
        self.data = self.page.evaluate("() => data") if data.count() else None

    def shown(self, key):
        """The visible number of that key in the drawing."""
        return self.page.evaluate("""key => { for (const e of document.querySelectorAll(`.drawing [data-q="${key}"]`))
            if (!e.closest("[hidden]") && getComputedStyle(e).visibility === "visible") return e.textContent; return null }""", key)

    def symbol(self, name):
        return next(n for n in self.data["nodes"] if n["symbol"] == name)

    def close(self):
        expect(not self.errors, f"{self.name}: console says {self.errors[:3]}")
        expect(not self.requests, f"{self.name}: asked the network for {self.requests[:3]}")
        self.context.close()


def scalar(value):
    return float(value["scalars"][0]) if value and not value["shape"] and value.get("scalars") else None


def step_through(page):
    """Every frame once, by keyboard: the right number appears at the right step, and nothing before."""
    data, p = page.data, page.page
    forward = [f for f in data["forwardFrames"] if data["nodes"][f["node"]]["inputs"]]
    steps = forward + data["frames"]
    p.keyboard.press("Home")
    expect(p.locator("#count").text_content() == f"0 / {len(steps)}", f"{page.name}: starts at step 0")
    drawn = set(p.evaluate("[...document.querySelectorAll('.drawing[data-view]:not([hidden]) [data-q]')].map(e => e.dataset.q)"))
    for index, frame in enumerate(steps):
        key = f"v{frame['node']}" if frame["kind"] == "forward" else f"l{frame['edge']}" if "edge" in frame else f"g{frame['node']}"
        if key in drawn:
            expect(page.shown(key) is None, f"{page.name}: {key} is hidden before its step {index + 1}")
        p.keyboard.press("ArrowRight")
        words = p.locator("#words").inner_text()
        expect("?" not in words and "undefined" not in words and "{" not in words, f"{page.name}: step {index + 1} says {words!r}")
        if key in drawn:
            expect(page.shown(key) is not None, f"{page.name}: {key} is shown at its step {index + 1}")
        total = scalar(frame.get("total"))
        if total is not None and frame["kind"] != "forward" and f"g{frame['node']}" in drawn:
            text = page.shown(f"g{frame['node']}")
            expect(text is not None and close(number(text), total), f"{page.name}: step {index + 1} shows {text}, sum is {total}")
        if frame["kind"] == "contribution" and frame["done"] < frame["of"]:
            expect(f"{frame['done']} of {frame['of']} consumers done" in words, f"{page.name}: fan-out step says {words!r}")
    expect(p.locator("#next").is_disabled(), f"{page.name}: next ends at the end")
    p.keyboard.press("ArrowLeft")
    expect(p.locator("#count").text_content() == f"{len(steps) - 1} / {len(steps)}", f"{page.name}: back one step")
    p.keyboard.press("End")


def edit(page, changes, expected):
    for name, value in changes.items():
        p = page.page
        p.locator(f"[data-input='{page.symbol(name)['id']}']").fill(str(value))
    for key, want in expected.items():
        kind, name = key.split(" ")
        text = page.shown(("v" if kind == "value" else "g") + str(page.symbol(name)["id"]))
        expect(text is not None and close(number(text), want), f"{page.name}: after {changes} {key} is {text}, expected {want}")


def recompute_everywhere(page):
    """Changes an input and back: the page's own arithmetic gives the recorded numbers again."""
    p, data = page.page, page.data
    if "arithmetic" not in data:
        expect("shows recorded values" in p.locator("aside").inner_text(), f"{page.name}: says that values are recorded")
        return
    # Editing another input by a rounding error makes the page compute everything itself.
    leaf = next(n for n in data["nodes"] if n["kind"] in ("input", "parameter"))
    field = p.locator(f"[data-input='{leaf['id']}']")
    field.fill(repr(float(scalar(leaf["value"])) * (1 + 1e-13) + 1e-13))
    for node in data["nodes"]:
        want = scalar(node["gradient"].get("value"))
        text = page.shown(f"g{node['id']}")
        if want is not None and text is not None:
            expect(close(number(text), want) or abs(want) < 1e-10, f"{page.name}: recomputed gradient of {node['symbol']} is {text}, recorded {want}")
    p.locator("#reset").click()


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
    for name in PAGES:
        page = Opened(browser, name, viewport={"width": 1400, "height": 900})
        step_through(page)
        recompute_everywhere(page)
        # Keyboard path to a node: Tab reaches a box, Enter chooses it, its panel opens.
        p = page.page
        p.locator(".drawing[data-view]:not([hidden]) g[data-node]:not(.fork)").last.focus()
        p.keyboard.press("Enter")
        expect(p.locator("#panel h2").inner_text().startswith("Node "), f"{name}: Enter opens the panel")
        # Paths: each is listed with its product, one is highlighted.
        options = p.locator("#target option").all_text_contents()
        p.select_option("#target", index=1)
        if p.locator("#paths button").count():
            p.locator("#paths button").first.click()
            expect(p.locator("svg.has-path .wire.path").count() > 0 or name == "folded-model", f"{name}: a path is highlighted")
        p.keyboard.press("Escape")
        expect(p.locator("svg.has-path").count() == 0, f"{name}: Escape lets go")
        page.close()
        print(f"browser: {name}: {len(page.data['frames'])} backward frames")

    page = Opened(browser, "xyz")
    edit(page, {"x": 3}, {"value f": -32, "gradient z": 8, "gradient x": -4})
    edit(page, {"z": 0.5}, {"value f": 4, "gradient x": 0.5, "gradient y": 0.5})
    page.page.locator("[data-input]").first.fill("")
    expect(page.page.locator("[aria-invalid=true]").count() == 1, "xyz: an empty field is marked")
    page.page.locator("#reset").click()
    expect(number(page.shown(f"v{page.data['output']}")) == -12, "xyz: reset")
    page.close()

    page = Opened(browser, "max-gate")
    edit(page, {"w": 5}, {"gradient w": 2, "gradient z": 0, "value f": -14})
    expect("closed gate" in page.shown(f"g{page.symbol('z')['id']}"), "max-gate: z's gate is closed now")
    page.close()

    page = Opened(browser, "two-layer-regression")
    edit(page, {"w5": 0.35891648}, {"value h1": 0.593269992})
    page.close()

    page = Opened(browser, "multiple-paths")
    page.page.select_option("#target", label="x")
    products = [number(t.split("=")[-1]) for t in page.page.locator("#paths button").all_text_contents()]
    expect(close(sum(products), scalar(page.symbol("x")["gradient"]["value"])), "multiple-paths: products sum to the gradient")
    page.close()

    page = Opened(browser, "folded-model")
    p = page.page
    boxes, insides = p.locator(".drawing[data-view]:not([hidden]) g[data-module]"), p.locator(".inside:not([hidden])")
    count = boxes.count()
    expect(count == 12 and insides.count() == 0, "folded-model: twelve modules, all closed")
    boxes.nth(2).focus()
    p.keyboard.press("Enter")
    expect(insides.count() == 1 and boxes.nth(2).get_attribute("aria-expanded") == "true", "folded-model: Enter opens a module")
    boxes.nth(5).click()
    expect(insides.count() == 2 and boxes.count() == count, "folded-model: a click opens another beside it")
    inner = insides.first.locator("g[data-node].node").first
    inner.focus()
    p.keyboard.press("Enter")
    expect(p.locator("#panel h2").inner_text().startswith("Node "), "folded-model: a node inside can be chosen")
    boxes.nth(2).focus()
    p.keyboard.press("Space")
    expect(insides.count() == 1 and boxes.nth(2).get_attribute("aria-expanded") == "false", "folded-model: space closes it")
    p.keyboard.press("Home")
    for _ in range(len(page.data["nodes"]) + len(page.data["frames"])):
        p.keyboard.press("ArrowRight")
    expect(p.locator("#next").is_disabled(), "folded-model: steps through with a module open")
    insides.first.locator(".close").click()
    expect(insides.count() == 0, "folded-model: its button closes the other")
    p.locator("#unfold").click()
    expect(insides.count() == count, "folded-model: all open")
    p.locator("#fold").click()
    expect(insides.count() == 0, "folded-model: all closed")
    page.close()

    page = Opened(browser, "large-model")
    p = page.page
    expect(len(page.data["nodes"]) > 400, "large-model: its data are unpacked")
    p.keyboard.press("Home")
    for _ in range(3):
        p.keyboard.press("ArrowRight")
    expect("Forward, step 3" in p.locator("#words").inner_text(), "large-model: steps")
    p.locator(".drawing[data-view]:not([hidden]) g[data-module]").first.click()
    inside = p.locator(".inside:not([hidden])")
    expect(inside.count() == 1 and inside.locator("svg").count() == 1, "large-model: a drawing is unpacked as it opens")
    box = inside.locator("g[data-module],g[data-node].node").first
    box.focus()
    p.keyboard.press("Enter")
    expect(p.locator(".inside:not([hidden])").count() == 2 or p.locator("#panel h2").inner_text().startswith("Node "), "large-model: what was unpacked can be used")
    p.locator("#unfold").click()
    drawn = p.evaluate("new Set([...document.querySelectorAll('.drawing g.node,.drawing g.leaf,.drawing g.constant')].map(g => g.dataset.node)).size")
    expect(drawn == len(page.data["nodes"]), f"large-model: {drawn} of {len(page.data['nodes'])} nodes are drawn")
    page.close()

    page = Opened(browser, "training-report")
    expect(page.page.locator("svg.chart").count() == 4, "training-report: four charts")
    expect(page.page.locator("figure svg").count() == 6, "training-report: six digits")
    expect(page.page.locator("table.confusion tr").count() == 11, "training-report: the confusion matrix")
    page.close()

    page = Opened(browser, "xyz")
    page.page.locator("#play").click()
    page.page.wait_for_timeout(1500)
    expect(page.page.locator("#count").text_content().split(" ")[0] in ("1", "2"), "xyz: play advances")
    page.page.keyboard.press("ArrowRight")
    expect("play" in page.page.locator("#play").text_content(), "xyz: a step stops it")
    page.close()

    # On a phone nothing is wider than the screen, and the step buttons are in reach.
    for name in PAGES + ["training-report", "classifier", "large-model"]:
        page = Opened(browser, name, viewport={"width": 360, "height": 740}, device_scale_factor=2)
        wide = page.page.evaluate("document.documentElement.scrollWidth")
        expect(wide <= 360, f"{name}: {wide} pixels wide on a phone")
        page.close()

    if shots:
        shots.mkdir(parents=True, exist_ok=True)
        for name in PAGES:
            for mode, options in {"light": {}, "dark": {"color_scheme": "dark"}, "phone": {"viewport": {"width": 390, "height": 844}}}.items():
                page = Opened(browser, name, **({"viewport": {"width": 1400, "height": 900}} | options))
                if mode == "dark":
                    page.page.keyboard.press("Home")
                    for _ in range(len(page.data["nodes"])):
                        page.page.keyboard.press("ArrowRight")
                page.page.screenshot(path=str(shots / f"{name}-{mode}.png"), full_page=mode == "phone")
                page.close()
    browser.close()

print("browser: FAILED" if failures else "browser: all pages hold")
sys.exit(1 if failures else 0)
