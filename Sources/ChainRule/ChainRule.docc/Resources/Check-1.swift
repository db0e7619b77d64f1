import ChainRule

let graph = Graph()
let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
let f = (x + y) * z
let report = try checkGradients(of: f, withRespectTo: [x, y, z])
print(report.verdict)

// prints
// agree
