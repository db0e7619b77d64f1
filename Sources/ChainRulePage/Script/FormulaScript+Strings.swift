extension FormulaScript {
  /// Every word that the page shows, in one table: another language is another such table.
  static let strings = #"""
    const strings = {
      title: "Chain rule", formula: "Formula", values: "Values", differentiate: "differentiate by", mistake: "Mistake",
      first: "first step (Home)", back: "back (←)", play: "play", pause: "pause", playLabel: "play or pause (space)", next: "next step (→)", last: "last step (End)", step: "step", speed: "speed",
      hide: "hide", hideNothing: "hide nothing", hideGradients: "hide gradients", hideAll: "hide all", hideThis: "hide this", share: "copy link", shared: "link copied", quiz: "quiz", print: "print",
      lesson: "lesson", noLesson: "your own formula", nextLesson: "next lesson", previousLesson: "previous lesson",
      drawing: "Graph", forward: "Forward", backward: "Backward: gradient = Σ upstream × local gradient", node: "node", expression: "expression", value: "value", consumer: "consumer", upstream: "upstream", local: "× local gradient", product: "= product", gradient: "gradient",
      chosen: "Chosen box", chooseBox: "Choose a box of the graph to see its numbers in full.", paths: "Paths", pathsFrom: "from the output back to", pathSum: (n, name, sum) => `Σ over ${n} path${n === 1 ? "" : "s"} = ∂/∂${name} = ${sum}`,
      change: "Change a value", slider: name => `value of ${name}`, curve: (f, x) => `${f} as ${x} changes, with its tangent`, slope: (name, g) => `slope here: ∂/∂${name} = ${g}`,
      update: "Update step", rate: "learning rate η", method: "method", one: "one step", ten: "ten steps", again: "back to the start", all: "compare all", surface: "contours of the value", diverges: "The value grows: the learning rate is too large here.", converges: (a, b) => `value ${a} → ${b}`,
      classify: "Classify points", notWanted: "not differentiated by", noPath: "no path", noGradient: "no gradient", closedGate: "(closed gate)", atKink: convention => `0 by convention at the kink${convention ? ` (${convention})` : ""}`,
      outside: formula => `${formula} is outside the domain of real numbers: there is no value, and nan is handed on.`, infinite: formula => `${formula} has no finite value here.`,
      understood: text => `read as ${text}`, notNumber: "not a number; the value before is kept", start: name => `∂${name}/∂${name} = 1: the backward pass starts here.`,
      countOf: (n, all) => `${n} / ${all}`, stepZero: "Step 0: nothing is computed yet. Press → for the first step.", cutWord: (name, consumer, reason) => `No gradient flows from ${consumer} to ${name}: ${reason}.`,
      consumers: (n, all) => `${n} of ${all} consumers done`, sumWord: "Σ over consumers", revealed: "revealed", fields: "keys", keys: "→ next · ← back · space play · Home and End · H hide · R reveal · Tab to a box, Enter to choose it · Esc to let go",
      askValue: (name, formula) => `What is ${name} = ${formula}?`, askProduct: (name, consumer) => `What does ${consumer} hand back to ${name}: upstream × local gradient?`, askLocal: (consumer, name) => `Which is the local gradient ∂${consumer}/∂${name}?`, askSum: name => `What is the whole gradient of ${name} now, summed over the consumers so far?`,
      check: "check", skip: "show it", right: "Right.", wrong: "Not yet.", answer: "your answer", score: (right, asked) => `${right} of ${asked} at the first try`, code: code => `code ${code}`, csv: "score as CSV", keyTitle: "Lecturer's key", showKey: "key",
      slips: {sign: "The sign is turned: check the minus.", upstream: "That is the upstream alone: multiply it by the local gradient.", local: "That is the local gradient alone: multiply it by the upstream.", sum: "That is one consumer's part: a value used more than once sums over its consumers.", overwritten: "Only the last part is kept: parts are added, not overwritten.", transposed: "That is the matrix turned: check which factor is transposed, and on which side it stands.", other: "That is the derivative by the other operand.", value: "That is the value, not the gradient.", factor: "A factor is missing: differentiate the inner function too.", inverse: "The quotient is upside down.", decimals: "Right so far, but it is rounded wrongly in the last digit.", none: "Compute the step again: which operation is it, and what are its inputs?"},
      published: "Published", computed: "computed", sourceSays: "the source prints", verdict: "", derivation: "Derivation, line by line", asItShould: "as it should be", remark: "What to see", source: "Source", inputs: "Inputs", svg: "save SVG", png: "save PNG", latex: "copy LaTeX", copied: "copied", windowNote: (n, all) => `The graph has ${all} boxes; the drawing shows the ${n} around this step, the tables list the rest.`,
      train: "train", stop: "stop", reset: "new weights", clear: "clear points", layers: "hidden layers", open: "open as a formula", points: "click to add a point of class", loss: "loss", accuracy: "right",
    };

    """#
}
