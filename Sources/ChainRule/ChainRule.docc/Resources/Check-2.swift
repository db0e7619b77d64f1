import ChainRule

let graph = Graph()
let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
let f = (x + y) * z
let report = try checkGradients(of: f, withRespectTo: [x, y, z], claiming: ["x": -4, "z": -3])
for entry in report.entries { print(entry.name, entry.verdict) }

// prints
// x agree
// y agree
// z disagree
