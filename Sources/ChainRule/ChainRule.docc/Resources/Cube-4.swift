import ChainRule

struct Cube: Primitive {
  let name = "cube"
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(3 * inputs[0] * inputs[0])
  }
}

let graph = Graph()
let x = graph.input("x", [0.5, -1, 2])
let cubes = graph.record(Cube(), [x])
print(try cubes.value())
let slope = try cubes.sum().gradients(withRespectTo: [x])[0]
print(try slope.value())
print(try slope.sum().gradients(withRespectTo: [x])[0].value())
print(try checkPrimitive(Cube(), at: [Tensor([0.5, -1, 2])]).verdict)

// prints
// [0.125,    -1,     8]
// [0.75,    3,   12]
// [ 3, -6, 12]
// agree
