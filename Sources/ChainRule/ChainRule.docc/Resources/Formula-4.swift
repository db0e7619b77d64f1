import ChainRule

let graph = Graph()
let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
let f = (x + y) * z
print("f =", try f.scalar())

let gradients = f.backward()
for (name, input) in [("x", x), ("y", y), ("z", z)] {
  if let slope = gradients[input] { print("∂f/∂\(name) =", try slope.scalar()) }
}

x.assign(3)  // what depends on x is computed again when it is asked for
print("f =", try f.scalar())

// prints
// f = -12.0
// ∂f/∂x = -4.0
// ∂f/∂y = -4.0
// ∂f/∂z = 3.0
// f = -32.0
