#!/usr/bin/env python3
"""Calls every public function with the edge values of its parameters' types, and demands a result or an error.

  .ci/misuse [SECONDS]     on the products of the debug build; by default until all cases have run

From the symbol graphs of the modules comes a program with one function for each public callable whose types stand in
VALUES (the arrays themselves in misuse.swift): each parameter takes each of its values while the others keep their
first, then 25 random choices of all. The program runs until a case ends it (a trap, four seconds in a debug build, or
1.5 GB of memory), is started again behind that case, and so on. What ends it and is not in ALLOWED is a failure.
"""
import collections, json, os, pathlib, re, subprocess, sys, time

root = pathlib.Path(__file__).resolve().parent.parent
products, work = root / ".build/debug", root / ".build-ci/misuse"
MODULES = """Core Transforming Mathematics Expression Deriving Checking Claiming Explaining Drawing Training Learning
    Files Page ONNX StableHLO XLA""".split()
PARTS = 12

# Cases that may end the program, and why.
ALLOWED = [
    (r"RandomNumbers\.permutation\(of:\)", "an array of so many numbers is what was asked for, and it cannot throw"),
    (r"leastSquares\(from:", "a Jacobian of 1,000 parameters takes more than the seconds of a debug build"),
]

# Swift's type of a parameter: an array of its values. `g` is the graph of the case; its first value is the usual one.
VALUES = {
    "Node": "nodes(g)",
    "[Node]": "nodeLists(g)",
    "Node?": "optional(nodes(g))",
    "Node...": "nodes(g)",
    "[Node?]": "nodeLists(g).map { $0.map { $0 } }",
    "Tensor": "tensors",
    "[Tensor]": "tensorLists",
    "Tensor?": "optional(tensors)",
    "Graph": "[g, Graph(), Graph(.single)]",
    "Int": "ints",
    "Int?": "optional(ints)",
    "Int...": "ints",
    "[Int]": "intLists",
    "[Int]?": "optional(intLists)",
    "[[Int]]": "[[[1, 2], [3, 4]], [], [[]], [[1], [1, 2]]] as [[[Int]]]",
    "Double": "doubles",
    "Double?": "optional(doubles)",
    "Float": "doubles.map { Float($0) }",
    "[Double]": "doubleLists",
    "[Double]?": "optional(doubleLists)",
    "[[Double]]": "[[[1, 2], [3, 4]], [], [[]], [[1], [1, 2]], [[.nan, .infinity]]] as [[[Double]]]",
    "Bool": "[true, false]",
    "Bool?": "[nil, true, false]",
    "String": "strings",
    "String?": "optional(strings)",
    "[String]": "stringLists",
    "[String]?": "optional(stringLists)",
    "Substring": "strings.map { $0[...] }",
    "Character": '["a", "\\u{0}", "é"] as [Character]',
    "UInt64": "[7, 0, .max] as [UInt64]",
    "UInt64?": "[nil, 0, .max] as [UInt64?]",
    "[UInt8]": "[[1, 2, 3], [], Array(repeating: 255, count: 1000)] as [[UInt8]]",
    "Shape": "shapes",
    "Shape?": "optional(shapes)",
    "[Shape]": "[[[3]], [], shapes] as [[Shape]]",
    "Range<Int>": "ranges",
    "ClosedRange<Double>":
        "[0...1, -1 ... -1, -Double.infinity ... .infinity, 1e308...1.7e308] as [ClosedRange<Double>]",
    "ClosedRange<Double>?": "[nil, 0...1, -Double.infinity ... .infinity] as [ClosedRange<Double>?]",
    "[ClosedRange<Double>]?": "[nil, [], [0...1], [0...1, 0...1, 0...1]] as [[ClosedRange<Double>]?]",
    "ElementType": "[.float64, .float32, .int32] as [ElementType]",
    "Graph.Precision": "[.double, .single] as [Graph.Precision]",
    "Reduction": "[.mean, .sum, .none] as [Reduction]",
    "CheckMode": "[.full, .directions(0), .directions(-1), .directions(3)] as [CheckMode]",
    "Expression": "expressions",
    "Interval": "intervals",
    "Enclosure": "intervals.map { Enclosure(shape: [], [$0]) }",
    "(Node) throws -> Node": "maps(g)",
    "@Sendable (Node) -> Node": "[{ $0 }, { sin($0) }, { $0.sum() }] as [@Sendable (Node) -> Node]",
    "(@Sendable (Node) -> Node)?": "[nil, { sin($0) }, { $0.sum() }] as [(@Sendable (Node) -> Node)?]",
    "(Node) -> Node": "[{ $0 }, { sin($0) }, { $0.sum() }] as [(Node) -> Node]",
    "(Node, Node) throws -> Node":
        '[{ $0 * $1 }, { $1 - $0.sum() }, { a, _ in a.graph.input("z", 1) }] as [(Node, Node) throws -> Node]',
    "([Node]) throws -> Node":
        "[{ $0[0].sum() }, { square($0[0]).sum() }, { sin($0[0]) }] as [([Node]) throws -> Node]",
    "([Node]) throws -> [Node]":
        "[{ $0 }, { $0.map { 0.5 * $0 } }, { _ in [] }, { $0 + $0 }] as [([Node]) throws -> [Node]]",
    "(Node, [Node]) throws -> Node":
        "[{ x, _ in x }, { x, _ in cos(x) }, { x, p in x * p[0] }] as [(Node, [Node]) throws -> Node]",
    "([Node], Node) throws -> (next: [Node], outputs: [Node])":
        "[{ c, x in (c.map { $0 + x }, [x]) }, { _, _ in ([], []) }, { c, x in (c + c, [x]) }] as [([Node], "
        "Node) throws -> (next: [Node], outputs: [Node])]",
    "([Node], [Node]) throws -> (next: [Node], outputs: [Node])":
        "[{ c, x in (c.map { $0 + x[0] }, x) }, { _, _ in ([], []) }] as [([Node], [Node]) throws -> (next: "
        "[Node], outputs: [Node])]",
    "() throws -> Node": '[{ g.input("k", [1, 2, 3]) }, { throw Refused() }] as [() throws -> Node]',
    "() throws -> [Node]": '[{ [g.input("k", [1, 2, 3])] }, { [] }] as [() throws -> [Node]]',
    "CompileOptions": "[CompileOptions()]",
    "RandomNumbers": "[RandomNumbers(seed: 1)]",
    "Initializer": "initializers",
    "Initializer?": "optional(initializers)",
    "any Optimizer": "optimizers",
    "some Optimizer": "[SGD(learningRate: 0.1)]",
    "some Model": "[Dense(3, 2, seed: 1)]",
    "any Model": "models",
    "[any Model]": "[models, []] as [[any Model]]",
    "Dataset": "datasets",
    "any DataSource": "datasets",
    "some DataSource": "datasets",
    "CSVTable": "tables",
    "[String : String]": '[[:], ["a": "b"]] as [[String: String]]',
    "[String : Double]": '[[:], ["a": .nan]] as [[String: Double]]',
    "[String : Tensor]": '[[:], ["x": [1, 2]]] as [[String: Tensor]]',
    "[String : Node]": '[[:], ["x": g.input("x", 1)]] as [[String: Node]]',
    "[(Node, Tensor)]": "[[], [(nodes(g)[0], tensors[0])], [(nodes(g)[0], tensors[2])]] as [[(Node, Tensor)]]",
    "URL": '[URL(fileURLWithPath: "/nowhere/x"), URL(fileURLWithPath: "/dev/null"), URL(fileURLWithPath: "/tmp")]',
    "ScheduleMoment":
        "[ScheduleMoment(time: 0), ScheduleMoment(time: .max), ScheduleMoment(time: .min), "
        "ScheduleMoment(time: 3, losses: [.nan, 1])]",
    "ConfusionMatrix": "[try ConfusionMatrix(predicted: [0, 1], expected: [0, 1], count: 2)]",
    "Parameter": '[Parameter([1, 2, 3], name: "w")]',
    "[Parameter]": '[[Parameter([1, 2, 3], name: "w")], []] as [[Parameter]]',
    "Program": "[try g.compile(inputs: [nodes(g)[0]], outputs: [sin(nodes(g)[0])])]",
    "Explanation": "[try explanation()]",
    "Conv2D": "[Conv2D(2, 2, kernel: [2], seed: 1)]",
    "Conv1D": "[Conv1D(2, 2, kernel: 2, seed: 1)]",
    "TransposedConv2D": "[TransposedConv2D(2, 2, kernel: [2], seed: 1)]",
    "MultiHeadAttention": "[MultiHeadAttention(4, heads: 2, seed: 1)]",
    "TransformerBlock": "[TransformerBlock(4, heads: 2, hidden: 4, seed: 1)]",
    "BatchNorm": "[BatchNorm(2), BatchNorm(3)]",
    "LayerNorm": "[LayerNorm(3), LayerNorm([2, 3])]",
    "GroupNorm": "[GroupNorm(groups: 1, channels: 2)]",
    "Embedding": "[Embedding(3, 2, seed: 1)]",
    "Maxout": "[Maxout(3, 2, seed: 1)]",
    "LearnedPositions": "[LearnedPositions(3, 2, seed: 1)]",
    "RNN": "[RNN(3, 2, seed: 1)]",
    "LSTM": "[LSTM(3, 2, seed: 1)]",
    "GRU": "[GRU(3, 2, seed: 1)]",
    "MaxPool2D": "[MaxPool2D([2])]",
    "AveragePool2D": "[AveragePool2D([2])]",
    "Interval.Regularity": "[.smooth] as [Interval.Regularity]",
    "OneCycle": "[OneCycle(peak: 0.1, over: 10)]",
    "RecurrentWeights": "[RecurrentWeights(3, 2, gates: 1, seed: 1)]",
    "GradientClipping?": "[nil, .globalNorm(0), .globalNorm(.nan), .value(-1)] as [GradientClipping?]",
    "CSVDialect?": "[nil] as [CSVDialect?]",
    "Gradients": "[sin(nodes(g)[0]).sum().backward()]",
    "Dense": "[Dense(3, 2, seed: 1)]",
    "Sequential": "[Sequential { Dense(3, 2, seed: 1) }]",
    "[(Node, Node)]": "pairs(g)",
    "[(Node, [Node])]": "[[], [(nodes(g)[0], [nodes(g)[0]])]]",
    "[(Node, Enclosure)]": "[[], [(nodes(g)[0], Enclosure(tensors[0]))], [(nodes(g)[0], Enclosure(tensors[1]))]]",
    "[(name: String, value: Tensor)]": "[[], [(\"x\", tensors[0])], [(\"\", tensors[5]), (\"\", tensors[2])]]",
    "[(path: String, value: Tensor)]": "[[], [(\"x\", tensors[0])], [(\"\", tensors[5]), (\"\", tensors[2])]]",
    "[Interval]": "[intervals, []] as [[Interval]]",
    "[Enclosure]": "[[], intervals.map { Enclosure(shape: [], [$0]) }] as [[Enclosure]]",
    "[Float]": "doubleLists.map { $0.map { Float($0) } }",
    "[Bool]": "[[true], [], [false, true]] as [[Bool]]",
    "[Int?]": "intLists.map { $0.map { $0 } }",
    "[Double?]": "doubleLists.map { $0.map { $0 } } + [[nil]]",
    "Tensor...": "tensors",
    "any SliceIndex...": "ints.map { $0 as any SliceIndex } + ranges.map { $0 as any SliceIndex } + strides",
    "Stride": "strides.compactMap { $0 as? Stride }",
    "ONNXModel": "[try onnxModel()]",
    "ONNXDocument": "[try Dense(3, 2, seed: 1).onnx(inputs: [1, 3])]",
    "ImportedModel": "[ImportedModel(try onnxModel())]",
    "StableHLOType": "[StableHLOType([2], .double), StableHLOType([-1, .max], .mask), StableHLOType([], .single)]",
    "JacobianStructure": "[.detected, .given(rows: [0], columns: [0]), .given(rows: [-1], columns: [.max])]"
        " as [JacobianStructure]",
    "SolveMethod": "[.gmres, .conjugateGradients] as [SolveMethod]",
    "ODEAdjoint": "[.discrete, .continuous] as [ODEAdjoint]",
    "MinimizationMethod": "[.lbfgs(), .newtonCG, .lbfgs(memory: 0), .lbfgs(memory: .min), .lbfgs(memory: .max)]"
        " as [MinimizationMethod]",
    "(Graph) throws -> Node": "[{ $0.input(\"k\", 1) }, { $0.input(\"k\", [1, 2]) }, { _ in g.input(\"k\", 1) }]"
        " as [(Graph) throws -> Node]",
    "(Double) throws -> Double": "[{ $0 * $0 }, { _ in .nan }, { _ in .infinity }] as [(Double) throws -> Double]",
    "@Sendable (Double) -> Double": "[{ $0 }, { _ in .nan }] as [@Sendable (Double) -> Double]",
    "(Tensor) throws -> Tensor": "[{ $0 }, { _ in tensors[5] }, { _ in tensors[2] }] as [(Tensor) throws -> Tensor]",
    "(Node, [Node], Node) throws -> [Node]": "[{ x, p, u in [u] }, { _, _, _ in [] }]"
        " as [(Node, [Node], Node) throws -> [Node]]",
    "[() throws -> Node]": "[[{ g.input(\"k\", [1, 2, 3]) }], [], [{ throw Refused() }, { g.input(\"k\", 1) }]]"
        " as [[() throws -> Node]]",
    "[Augmentation]": "[[.flip], [], [.shift(.nan)], [.cutout(size: .max)], [.randomCrop(padding: .min)]]"
        " as [[Augmentation]]",
    "TrainingOptions": "options",
    "Training": "[try newTraining()]",
    "any TrainingSession": "[try newTraining()]",
    "ModelState": "[ModelState(), try newTraining().checkpoint().model]",
    "Checkpoint": "[try newTraining().checkpoint()]",
    "Schedule": "schedules",
    "any Schedule": "schedules",
    "ReduceOnPlateau": "[ReduceOnPlateau()]",
    "Penalty": "[.l2(0.1), .l1(.nan)] as [Penalty]",
    "Activation": "[Activation(\"sin\") { sin($0) }]",
    "TableEncoder.Options": "encoderOptions",
    "TableEncoder": "[try TableEncoder.fit(tables[0], target: \"b\")]",
    "CompileOptions.Passes": "[.all, []] as [CompileOptions.Passes]",
    "WarmRestarts": "[WarmRestarts(every: 3)]",
    "Derivation": "[try square(nodes(g)[1]).derivation(withRespectTo: [nodes(g)[1]])]",
    "GradientReport": "[try checkGradients(of: square(nodes(g)[1]), withRespectTo: [nodes(g)[1]])]",
    "Program.Profile": "[try g.compile(inputs: [nodes(g)[1]], outputs: [sin(nodes(g)[1])]).profile([0.5])]",
    "ChainRuleError": "[ChainRuleError(.shape, in: \"f\", required: \"a\", got: \"b\")]",
    "KeyValuePairs<String, String>": "[[:], [\"x\": \"1\", \"\": \"\"]] as [KeyValuePairs<String, String>]",
    "KeyValuePairs<Node, Node>": "[[:], [nodes(g)[0]: nodes(g)[0]]] as [KeyValuePairs<Node, Node>]",
}
RECEIVERS = {name: values for name, values in VALUES.items() if re.fullmatch(r"\w+", name)}
KINDS = {"swift." + kind for kind in "func method init type.method subscript func.op property".split()}
skipped = collections.Counter()


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, cwd=root)
    if result.returncode:
        sys.exit(f"misuse: {' '.join(map(str, command))[:200]} ends with {result.returncode}: {result.stderr[-2000:]}")
    return result.stdout


def flags():
    found = ["-I", str(products / "Modules")]
    for name in ("CKernels", "CKernelVariants", "CPJRT"):
        found += ["-Xcc", f"-fmodule-map-file={products / f'{name}.build/module.modulemap'}"]
    return found


def symbols():
    """Every public declaration that stands in a source file, once."""
    folder, seen = work / "graphs", set()
    folder.mkdir(parents=True, exist_ok=True)
    triple = json.loads(run("swiftc", "-print-target-info"))["target"]["unversionedTriple"]
    for module in MODULES:
        run("swift", "symbolgraph-extract", "-module-name", f"ChainRule{module}", "-target", triple,
            "-minimum-access-level", "public", "-output-dir", folder, *flags())
    for path in sorted(folder.glob("*.symbols.json")):
        for symbol in json.loads(path.read_text())["symbols"]:
            name = symbol["identifier"]["precise"]
            if "location" in symbol and "::SYNTHESIZED::" not in name and name not in seen:
                seen.add(name)
                yield path.name.split(".")[0].split("@")[0], symbol


def spelled(fragments):
    return "".join(fragment["spelling"] for fragment in fragments)


def parameters(symbol):
    """(type, whether it is inout) of each; None where a type has no values."""
    found = []
    for parameter in symbol.get("functionSignature", {}).get("parameters", []):
        text = spelled(parameter["declarationFragments"]).split(":", 1)[-1].strip().split(" = ")[0]
        kind = re.sub(r"^(borrowing|consuming|@escaping|inout|@autoclosure) ", "", text)
        if kind not in VALUES:
            skipped[kind] += 1
            return None
        found.append((kind, text.startswith("inout")))
    return found


def callable_of(module, symbol):
    """(title, number of choices, lines that choose, the call), or None."""
    kind = symbol["kind"]["identifier"].removeprefix("swift.")
    owner, title = ".".join(symbol["pathComponents"][:-1]), symbol["names"]["title"]
    text = spelled(symbol["declarationFragments"])
    isMember = kind in ("method", "subscript", "property")
    taken = parameters(symbol)
    if isMember and owner not in RECEIVERS:
        skipped["a receiver " + owner] += 1
        return None
    if taken is None or " async" in text:
        return None
    labels = re.search(r"\((.*)\)", title)
    labels = labels[1].split(":")[:-1] if labels and labels[1] else []
    if kind not in ("property", "func.op") and len(labels) != len(taken):
        return None
    lines, arguments = [], []
    for place, (name, isInout) in enumerate(taken):
        lines.append(f"{'var' if isInout else 'let'} p{place} = try choose({VALUES[name]}, k, {place})")
        label = labels[place] if place < len(labels) and kind != "func.op" else "_"
        arguments.append(("" if label == "_" else label + ": ") + ("&" if isInout else "") + f"p{place}")
    if isMember:
        word = "var" if "mutating" in text else "let"
        lines.append(f"{word} r = try choose({RECEIVERS[owner]}, k, {len(taken)})")
    base, call = title.split("(")[0], ", ".join(arguments)
    expression = {
        "property": f"r.{base}", "subscript": f"r[{call}]",
        "method": f"r({call})" if base == "callAsFunction" else f"r.{base}({call})",
        "init": f"{owner}({call})", "type.method": f"{owner}.{base}({call})", "func": f"{module}.{base}({call})",
        "func.op": f" {base} ".join(arguments) if len(arguments) == 2 else base + call,
    }[kind]
    return (f"{owner}.{title}" if owner else title), len(taken) + isMember, lines, expression


def write(calls):
    """The program's files; the call with its number is what an error of the compiler is traced to."""
    sources = work / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    for part in range(PARTS):
        mine = [(number, call) for number, call in calls if number % PARTS == part]
        rows = "".join(f"    Call({json.dumps(c[0], ensure_ascii=False)}, {c[1]}, c{n}),\n" for n, c in mine)
        bodies = "".join(
            f"  static func c{n}(_ g: Graph, _ k: Choices) throws {{\n"
            + "".join(f"    {line}\n" for line in c[2]) + f"    try use({c[3]})\n  }}\n" for n, c in mine)
        (sources / f"Calls{part}.swift").write_text(
            "import ChainRule\nimport ChainRuleFiles\nimport ChainRuleLearning\nimport ChainRuleONNX\nimport ChainRuleXLA\n"
            "import Foundation\n\n"
            f"extension Calls {{\n  static let part{part}: [Call] = [\n{rows}  ]\n{bodies}}}\n")
    every = " + ".join(f"part{part}" for part in range(PARTS))
    (sources / "All.swift").write_text(f"extension Calls {{ static let all: [Call] = {every} }}\n")
    return sources


def build(calls):
    """Compiles; a call that does not compile (a generic type that nothing fixes) is left out and counted."""
    listed = (products / "chainrule.product/Objects.LinkFileList").read_text().splitlines()
    objects = [path for path in listed if "/ChainRuleTool.build/" not in path]
    # The tool does without other engines.
    objects += [str(path) for name in ("ChainRuleXLA", "CPJRT") for path in sorted((products / f"{name}.build").glob("*.o"))]
    (work / "objects").write_text("\n".join(objects) + "\n")
    while True:
        sources = write(calls)
        result = subprocess.run(
            ["swiftc", "-swift-version", "6", "-Onone", "-suppress-warnings", "-j2", *flags(), *map(str, sorted(sources.glob("*.swift"))),
             str(root / ".ci/misuse.swift"), f"@{work / 'objects'}", "-lm", "-o", str(work / "sweep")],
            capture_output=True, text=True)
        if result.returncode == 0:
            return calls
        wrong = set()
        for name, line in re.findall(r"(Calls\d+\.swift):(\d+):\d+: error", result.stderr + result.stdout):
            before = (sources / name).read_text().splitlines()[:int(line)]
            functions = [m for m in (re.match(r"  static func c(\d+)\(", text) for text in before) if m]
            if functions:
                wrong.add(int(functions[-1][1]))
        if not wrong:
            sys.exit("misuse: " + (result.stderr + result.stdout)[-3000:])
        for number, call in calls:
            if number in wrong:
                skipped["does not compile: " + call[0]] += 1
        calls = [(number, call) for number, call in calls if number not in wrong]


def sweep(seconds):
    """Runs all cases; returns how many ran and what ended the program."""
    start, found, at, end = 0, [], work / "at", time.time() + seconds
    environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
    (work / "empty").mkdir(exist_ok=True)
    while time.time() < end:
        at.unlink(missing_ok=True)
        result = subprocess.run([str(work / "sweep"), str(start), str(at)], capture_output=True, text=True,
                                errors="replace", cwd=work / "empty", env=environment)
        done = re.search(r"done (\d+)\n$", result.stdout)
        if result.returncode == 0 and done:
            return int(done[1]), found
        number, name, choices = at.read_text().split("\n")[0].split("\t")[:3]
        why = {-14: "takes too long", -11: "reads memory that is not its own"}.get(
            result.returncode, next((line for line in result.stderr.splitlines() if "atal error" in line), "a trap"))
        found.append((name, choices.strip(), why))
        start = int(number) + 1
    return start, found


calls = list(enumerate(filter(None, (callable_of(module, symbol) for module, symbol in symbols()
                                     if symbol["kind"]["identifier"] in KINDS))))
calls = build(calls)
ran, found = sweep(float(sys.argv[1]) if len(sys.argv) > 1 else 1e9)
bad = [case for case in found if not any(re.match(pattern, case[0]) for pattern, _ in ALLOWED)]
for name, choices, why in bad:
    print(f"FAILED: {name} with {choices}: {why}")
types = [kind for kind, _ in skipped.most_common(8)]
print(f"misuse: {len(calls)} callables, {ran} cases, {len(bad)} that end the program; "
      f"{sum(skipped.values())} more take types without values ({', '.join(types)}, …)")
sys.exit(bool(bad) or not calls)
