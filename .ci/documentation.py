"""The checks of .ci/documentation, on the products of the debug build."""
import collections, functools, http.server, json, os, pathlib, re, shutil, subprocess, sys, threading

root = pathlib.Path(__file__).resolve().parent.parent
site = pathlib.Path(sys.argv[1]).resolve()
work = root / ".build-ci/documentation"
products = root / ".build/debug"
catalogue = root / "Sources/ChainRule/ChainRule.docc"
UMBRELLA = "ChainRule"
PAGES = ["documentation/chainrule", "documentation/chainrule/verifygradients", "tutorials/chainrule",
         "tutorials/chainrule/fromaformulatoaprimitive"]
# The style documents a parameter where its name does not say it; one that is documented and does not exist is an error.
ALLOWED = re.compile(r"^Parameter '\w+' is missing documentation$")
failures = []


def fail(message):
    failures.append(message)
    print("FAILED:", message)


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def output(*command):
    run = subprocess.run(command, capture_output=True, text=True, cwd=root)
    if run.returncode:
        sys.exit(f"documentation: {' '.join(command)[:200]} ends with {run.returncode}: {run.stderr[-2000:]}")
    return run.stdout


def targets():
    """The library targets: (Swift modules, C modules)."""
    package = json.loads(output("swift", "package", "--ignore-lock", "describe", "--type", "json"))
    libraries = [t for t in package["targets"] if t["type"] == "library" and t["path"].startswith("Sources/")]
    return tuple([t["name"] for t in libraries if t["module_type"] == kind] for kind in ("SwiftTarget", "ClangTarget"))


def compiler_flags(c_modules):
    flags = ["-I", str(products / "Modules")]
    for name in c_modules:
        flags += ["-Xcc", f"-fmodule-map-file={products / f'{name}.build/module.modulemap'}"]
    return flags


def extract(module, folder, flags, *more):
    triple = json.loads(output("swiftc", "-print-target-info"))["target"]["unversionedTriple"]
    output("swift", "symbolgraph-extract", "-module-name", module, "-target", triple, "-minimum-access-level", "public",
           "-output-dir", str(folder), *flags, *more)


def declarations(folder):
    """Every public declaration that stands in a source file, once; what the compiler writes itself has no place."""
    found = {}
    for path in sorted(folder.glob("*.symbols.json")):
        for symbol in json.loads(path.read_text())["symbols"]:
            name = symbol["identifier"]["precise"]
            if "location" in symbol and "::SYNTHESIZED::" not in name:
                found[name] = symbol
    return found.values()


def summary(symbol):
    lines = symbol.get("docComment", {}).get("lines", [])
    return lines[0]["text"].strip() if lines else ""


def coverage(modules, flags):
    folder = fresh(work / "graphs")
    for module in modules:
        extract(module, folder, flags)
    public = declarations(folder)
    missing = collections.defaultdict(list)
    for symbol in public:
        if not summary(symbol):
            place = symbol["location"]
            file = pathlib.Path(place["uri"].removeprefix("file://")).relative_to(root)
            missing[str(file)].append((place["position"]["line"] + 1, ".".join(symbol["pathComponents"])))
    for file, symbols in sorted(missing.items()):
        for line, name in sorted(symbols):
            print(f"{file}:{line}: {name} has no summary line")
    count = sum(map(len, missing.values()))
    print(f"documented: {len(public) - count} of {len(public)} public declarations, "
          f"{100 * (len(public) - count) / len(public):.1f} %")
    if count or not public:
        fail(f"{count} public declarations have no summary line")


def reexported():
    """The modules that the umbrella's users see as its own."""
    text = "".join(path.read_text() for path in (root / "Sources" / UMBRELLA).rglob("*.swift"))
    return re.findall(r"^@_exported import (\w+)$", text, re.MULTILINE)


def repository():
    """Where links to pages of the repository lead: its web address where one is known, this checkout otherwise."""
    remote = subprocess.run(["git", "remote", "get-url", "origin"], cwd=root, capture_output=True, text=True).stdout
    web = re.fullmatch(r"(?:https://|git@)([^/:]+)[/:](.+?)(?:\.git)?", remote.strip())
    return f"https://{web[1]}/{web[2]}/blob/HEAD" if web else root.as_uri()


def copy_catalogue():
    """The catalogue with its links to pages of the repository made absolute."""
    base, copy = repository(), work / catalogue.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(catalogue, copy)

    def absolute(path, match):
        target = (path.parent / match[1]).resolve()
        if not target.is_file():
            fail(f"{path.relative_to(root)}: there is no {match[1]}")
            return match[0]
        return f"]({base}/{target.relative_to(root)})"

    for path in sorted(catalogue.rglob("*")):
        if path.suffix in (".md", ".tutorial"):
            text = re.sub(r"\]\((\.\./[^)#]+)\)", functools.partial(absolute, path), path.read_text())
            (copy / path.relative_to(catalogue)).write_text(text)
    print(f"links to pages of the repository lead to {base}")
    return copy


def convert(modules, flags):
    folder, inside = fresh(work / "site-graphs"), reexported()
    for module in modules:
        if module == UMBRELLA and inside:
            extract(module, folder, flags, "-experimental-allowed-reexported-modules=" + ",".join(inside))
        elif module not in inside:
            extract(module, folder, flags)
    docc = shutil.which("docc") or str(pathlib.Path(shutil.which("swift")).resolve().parent / "docc")
    diagnostics = work / "diagnostics.json"
    diagnostics.unlink(missing_ok=True)
    shutil.rmtree(site, ignore_errors=True)
    run = subprocess.run(
        [docc, "convert", str(copy_catalogue()), "--additional-symbol-graph-dir", str(folder),
         "--output-dir", str(site), "--fallback-display-name", UMBRELLA, "--diagnostics-file", str(diagnostics)],
        capture_output=True, text=True, cwd=work)
    if run.returncode or not diagnostics.is_file():
        fail(f"docc ends with {run.returncode}: {run.stderr[-2000:]}")
        return
    found = json.loads(diagnostics.read_text())["diagnostics"]
    for entry in found:
        if not ALLOWED.match(entry["summary"]):
            line = entry.get("range", {}).get("start", {}).get("line", "?")
            fail(f"docc, {entry.get('source', '').removeprefix(root.as_uri() + '/')}:{line}: {entry['summary']}")
    print(f"docc: {len(list(site.rglob('*.json')))} pages in {site}")


def library(targets):
    """One shared library of the objects of these targets, as the debug build of the tool links them."""
    listed = (products / "chainrule.product/Objects.LinkFileList").read_text().splitlines()
    objects = [path for path in listed if any(f"/{name}.build/" in path for name in targets)]
    (work / "objects").write_text("\n".join(objects) + "\n")
    output("swiftc", "-emit-library", "-o", str(work / "libTutorial.so"), f"@{work / 'objects'}", "-lm")


def tutorial(swift_modules, c_modules, flags):
    """Each step of the tutorial is a program: it compiles without a warning, and prints what its last lines say."""
    library(swift_modules + c_modules)
    quoted = set(re.findall(r"file: ([\w-]+\.swift)", "".join(p.read_text() for p in catalogue.rglob("*.tutorial"))))
    steps = sorted(catalogue.rglob("*.swift"))
    if quoted != {path.name for path in steps}:
        fail(f"the tutorial shows {sorted(quoted)}, its resources are {[path.name for path in steps]}")
    printing = 0
    for path in steps:
        program = work / path.stem
        build = subprocess.run(
            ["swiftc", "-swift-version", "6", "-warnings-as-errors", *flags, str(path), "-o", str(program),
             "-L", str(work), "-lTutorial", "-Xlinker", "-rpath", "-Xlinker", str(work)],
            capture_output=True, text=True)
        if build.returncode:
            fail(f"{path.name} does not compile:\n{build.stderr[-2000:]}")
            continue
        run = subprocess.run([str(program)], capture_output=True, text=True, timeout=60)
        _, mark, said = path.read_text().partition("\n// prints\n")
        expected = re.sub(r"^// ?", "", said, flags=re.MULTILINE)
        printing += bool(mark)
        if run.returncode or (mark and run.stdout != expected):
            fail(f"{path.name} ends with {run.returncode} and prints\n{run.stdout}instead of\n{expected}")
    if not printing:
        fail("no step of the tutorial says what it prints")
    print(f"tutorial: {len(steps)} steps compile, {printing} say what they print")


def manifest():
    """README's Package.swift, in an empty package beside this one: the package manager finds every product it names."""
    text = (root / "README.md").read_text()
    found = re.search(r"```swift manifest\n(.*?)```", text, re.S)
    if not found:
        return fail("README has no manifest to copy")
    folder = fresh(work / "manifest")
    (folder / "Package.swift").write_text(found[1].replace('"../ChainRule"', f'"{root}"'))
    (folder / "Sources/MyProgram").mkdir(parents=True)
    (folder / "Sources/MyProgram/main.swift").write_text("import ChainRule\n")
    run = subprocess.run(
        ["swift", "package", "--package-path", str(folder), "show-dependencies"], capture_output=True, text=True)
    if run.returncode or "error:" in run.stderr:
        fail(f"README's manifest is refused: {run.stderr[-600:]}")


def open_pages():
    from playwright.sync_api import sync_playwright

    handler = functools.partial(QuietHandler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    program = output(str(root / ".ci/tools"), "browser-program").strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in PAGES:
            page, errors = browser.new_page(), []
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("response", lambda r: errors.append(f"{r.status} {r.url}") if r.status >= 400 else None)
            page.goto(f"http://127.0.0.1:{server.server_port}/{name}/", wait_until="networkidle")
            title = page.locator("h1").first.inner_text() if page.locator("h1").count() else ""
            words = len(page.locator("main").first.inner_text().split()) if page.locator("main").count() else 0
            if not title.strip() or words < 50:
                fail(f"{name}: the page is empty (title {title!r}, {words} words)")
            if errors:
                fail(f"{name}: the console says {errors[:3]}")
            print(f"browser: {name}: {title}, {words} words")
            if shots := os.environ.get("CHAINRULE_SHOTS"):
                page.screenshot(path=str(pathlib.Path(shots) / f"{name.replace('/', '-')}.png"), full_page=True)
            page.close()
        browser.close()
    server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


swift_modules, c_modules = targets()
flags = compiler_flags(c_modules)
coverage(swift_modules, flags)
convert(swift_modules, flags)
tutorial(swift_modules, c_modules, flags)
manifest()
if site.is_dir():
    open_pages()
print(f"documentation: {len(failures)} checks failed" if failures else "documentation: complete")
sys.exit(1 if failures else 0)
