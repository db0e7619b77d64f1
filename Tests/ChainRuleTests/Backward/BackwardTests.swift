import ChainRule
import Foundation
import Testing

@Suite struct BackwardTests {
  @Test func theBoardExample() throws {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    #expect(try f.scalar() == -12)
    let gradients = f.backward()
    #expect(try gradients[x]?.scalar() == -4)
    #expect(try gradients[y]?.scalar() == -4)
    #expect(try gradients[z]?.scalar() == 3)
    #expect(gradients[graph.input("unused", 1)] == nil)
    x.assign(3)
    #expect(try f.scalar() == -32)
    #expect(try gradients[z]?.scalar() == 8)
  }

  @Test func backwardIsIdempotent() throws {
    let graph = Graph()
    let x = graph.input("x", 3)
    let f = x * x + x
    let first = try f.backward()[x]?.scalar(), second = try f.backward()[x]?.scalar()
    #expect(first == 7 && second == 7)
  }

  @Test func contributionsAtAFanOutAreKept() throws {
    let graph = Graph()
    let a = graph.input("a", 3)
    let b = (a + a).named("b")
    let c = b + b
    let gradients = c.backward()
    #expect(try gradients[a]?.scalar() == 4)
    let parts = gradients.contributions(to: a)
    #expect(parts.map(\.inputIndex) == [0, 1])
    #expect(parts.allSatisfy { $0.consumer == b })
    #expect(try parts.map { try $0.product.scalar() } == [2, 2])
    #expect(try parts[0].upstream.scalar() == 2 && parts[0].localGradient?.scalar() == 1)
  }

  @Test func noPathIsNilAndSaysWhere() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", 3)
    let f = square(x) + heaviside(y) + x.stoppingGradient() * 2
    let gradients = f.backward()
    #expect(try gradients[x]?.scalar() == 4)
    #expect(gradients[y] == nil)
    #expect(gradients.whyNone(y)?.contains("heaviside is constant between its jumps") == true)
    let unused = graph.input("unused", 1)
    #expect(gradients.whyNone(unused)?.contains("does not use it") == true)
    #expect(gradients.whyNone(graph.constant(3)) != nil)
    #expect(gradients.whyNone(x) == nil)
    let error = #expect(throws: ChainRuleError.self) { try f.gradients(withRespectTo: [x, y]) }
    #expect(error?.got.contains("heaviside") == true)
  }

  @Test func whatDoesNotLeadToTheOutputIsNotAskedForItsLocalGradient() throws {
    let graph = Graph()
    let y = graph.input("y", 3)
    _ = tanh(y)
    let gradients = heaviside(y).backward()
    let count = graph.nodeCount
    #expect(gradients.whyNone(y)?.contains("breaks at heaviside") == true)
    #expect(graph.nodeCount == count)
  }

  /// A gelu records seven nodes to say its local gradient; a failed pass hands out one failed node.
  @Test func readingRecordsNothing() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", 3), other = Graph().input("z", 1)
    let f = heaviside(gelu(x) * tanh(x)) + y
    let (gradients, broken) = (f.backward(), (f + graph.input("v", [1, 2])).backward())
    let count = graph.nodeCount
    #expect(gradients.whyNone(x)?.contains("breaks at heaviside") == true)
    #expect(broken[x]?.error?.kind == .gradient && broken[y] == broken[x])
    #expect(gradients[other]?.error?.required == "nodes of one graph")
    #expect(graph.nodeCount == count)
    #expect(try gradients[y]?.scalar() == 1 && f.backward()[y]?.scalar() == 1)
  }

  @Test func aGradientOfZeroIsNotNil() throws {
    let graph = Graph()
    let x = graph.input("x", -1)
    #expect(try relu(x).backward()[x]?.scalar() == 0)
  }

  @Test func gradientsOfGradientsToAnyOrder() throws {
    let graph = Graph()
    let x = graph.input("x", 2)
    var derivative = pow(x, 5)
    let expected = [32.0, 80, 160, 240, 240, 120]
    for value in expected {
      #expect(abs(try derivative.scalar() - value) < 1e-9)
      derivative = derivative.backward()[x] ?? graph.constant(.nan)
    }
    #expect(try exp(x).backward()[x]!.backward()[x]!.backward()[x]!.scalar() == exp(2.0))
  }

  @Test func derivativeNodesKnowWhatTheyDifferentiate() throws {
    let graph = Graph()
    let x = graph.input("x", 2)
    let s = sigmoid(x)
    let gradient = try s.gradients(withRespectTo: [x])[0]
    #expect(gradient.differentiates == s)
    #expect(s.differentiates == nil)
  }

  @Test func forwardModeUsesTheSameLocalGradients() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", 5)
    let f = log(x) + x * y - sin(y)
    #expect(try f.tangent(along: [(x, 1)]).scalar() == 5.5)
    let both = try f.tangent(along: [(x, 2), (y, 3)]).scalar()
    #expect(abs(both - (2 * 5.5 + 3 * (2 - cos(5.0)))) < 1e-14)
    #expect(try f.tangent(along: [(graph.input("unused", 1), 1)]).scalar() == 0)
    #expect(throws: ChainRuleError.self) { try f.tangent(along: [(x, [1, 2])]) }
  }

  @Test func jacobiansFromRowsAndFromColumns() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2]), m = graph.constant([[1, 2], [3, 4], [5, 6]])
    let tall = m.matmul(x)
    #expect(try tall.jacobian(withRespectTo: x).value() == [[1, 2], [3, 4], [5, 6]])
    let wide = m.transposed().matmul(graph.input("y", [1, 1, 1]))
    #expect(try wide.jacobian(withRespectTo: x).value() == [[0, 0], [0, 0]])
    let square = x * x
    #expect(try square.jacobian(withRespectTo: x).value() == [[2, 0], [0, 4]])
    #expect(try x.sum().jacobian(withRespectTo: x).value() == [1, 1])
  }

  @Test func hessiansOfSeveralInputs() throws {
    let graph = Graph()
    let x = graph.input("x", 0), y = graph.input("y", 2)
    let f = 100 * square(y - square(x)) + square(x - 1)
    let hessian = try f.hessian(withRespectTo: [x, y]).map { try $0.map { try $0.scalar() } }
    #expect(hessian == [[-798, 0], [0, 200]])
    let v = graph.input("v", [1, 2])
    let g = (v * v * v).sum()
    #expect(try g.hessian(withRespectTo: [v])[0][0].value() == [[6, 0], [0, 12]])
    #expect(try g.hessianVectorProduct(withRespectTo: [v], along: [[1, 1]])[0].value() == [6, 12])
    #expect(try relu(v).sum().hessian(withRespectTo: [v])[0][0].value() == [[0, 0], [0, 0]])
    #expect(throws: ChainRuleError.self) { try v.hessian(withRespectTo: [v]) }
  }

  @Test func aFunctionOfOneTensor() throws {
    let (value, slopes) = try valueAndGradient(at: Tensor([1, 2])) { v in (v * v).sum() }
    #expect(try value.scalar() == 5)
    #expect(slopes.scalars == [2, 4])
  }

  @Test func literalsMixFreelyAndTypeCheckFast() throws {
    let graph = Graph()
    let x = graph.input("x", 1), y = graph.input("y", 1)
    // Goldstein and Price: a one-line expression that more operator overloads would make slow to compile.
    let f =
      (1 + pow(x + y + 1, 2) * (19 - 14 * x + 3 * x * x - 14 * y + 6 * x * y + 3 * y * y))
      * (30 + pow(2 * x - 3 * y, 2) * (18 - 32 * x + 12 * x * x + 48 * y - 36 * x * y + 27 * y * y))
    #expect(try f.scalar() == 1876)
    #expect(try (1 / 2 * x).scalar() == 0.5)
  }
}

@Suite struct CustomPrimitiveTests {
  struct Cube: Primitive {
    let name = "cube"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(3 * inputs[0] * inputs[0])
    }
  }

  @Test func aPrimitiveOfOnesOwn() throws {
    let graph = Graph()
    let x = graph.input("x", [0.5, -1, 2])
    let c = graph.record(Cube(), [x])
    #expect(try c.value() == [0.125, -1, 8])
    #expect(try c.sum().backward()[x]?.value() == [0.75, 3, 12])
    #expect(try c.sum().hessian(withRespectTo: [x])[0][0].value() == [[3, 0, 0], [0, -6, 0], [0, 0, 12]])
  }

  @Test func aClosureForOneLiners() throws {
    let cube = ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })
    let graph = Graph()
    let x = graph.input("x", 2)
    #expect(try cube(x).scalar() == 8)
    #expect(try cube(x).backward()[x]?.scalar() == 12)
    #expect(cube == cube)
    #expect(cube != ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 }))
  }

  struct Liar: Primitive {
    let name = "liar"
    let claimed: Shape
    func shape(of inputs: [Shape]) throws -> Shape { claimed }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .linear(apply: { $0 }, transpose: { $0 })
    }
  }

  @Test func aPrimitiveThatBreaksItsPromisesIsNamed() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    let value = #expect(throws: ChainRuleError.self) { try graph.record(Liar(claimed: [3]), [x]).value() }
    #expect(value?.origin == "liar")
    let gradient = #expect(throws: ChainRuleError.self) {
      try graph.record(Liar(claimed: [3]), [x]).sum().backward()[x]?.value()
    }
    #expect(gradient?.origin == "liar, local gradient for input 0")
    #expect(graph.record(Cube(), []).error?.required == "at least one input")
  }
}
