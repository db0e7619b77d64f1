import ChainRule

let graph = Graph()
let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
let explanation = try ((x + y) * z).explain()
print(explanation.text())
