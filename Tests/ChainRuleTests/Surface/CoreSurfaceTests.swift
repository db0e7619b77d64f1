import ChainRule
import Testing

/// The names that outside programs compile against, each used as such a program would use it.
@Suite struct CoreSurfaceTests {
  @Test func leavesReadersAndWriters() throws {
    let graph = Graph(.single)
    let x = graph.input("x", [[1, 2, 3], [4, 5, 6]])
    let fed = graph.input("fed", shape: [3])
    fed.assign([1, 1, 1])
    let c = graph.constant(2), w = graph.parameter(Parameter([1, 2, 3]))
    let values: [Tensor] = try graph.evaluate([x * w, fed + c])
    #expect(values.map(\.shape) == [[2, 3], [3]])
    #expect((x * w).graph === graph && x.shape == [2, 3])
    #expect(values[1].floats == [3, 3, 3] && values[1].elementType == .float32)
  }

  @Test func functionsAndMethodsOfANode() throws {
    let graph = Graph()
    let x = graph.input("x", [[0.5, -1, 2], [1, 0.25, -3]]), w = graph.input("w", [[1, 0], [2, 1], [0, 3]])
    let positive = exp(x)
    let elementwise = [
      exp(x), log(positive), log1p(positive), expm1(x), sqrt(positive), abs(x), sin(x), cos(x), tanh(x), sigmoid(x),
      softplus(x), relu(x), leakyReLU(x), elu(x), gelu(x), silu(x), erf(x), maximum(x, positive), minimum(x, positive),
      clamp(x, min: -1, max: 1), `where`(greater(x, 0), x, positive), softmax(x), logSoftmax(x), pow(x, 2),
      less(x, 1), equal(x, 1), -x, x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / positive,
    ]
    for node in elementwise { #expect(try node.value().shape == [2, 3]) }
    #expect(logSumExp(x).shape == [] && logSumExp(x, axes: [1]).shape == [2])
    #expect(concatenate([x, x]).shape == [4, 3] && concatenate([x, x], axis: 1).shape == [2, 6])
    #expect(stack([x, x]).shape == [2, 2, 3])
    #expect(x.matmul(w).shape == [2, 2])
    for node in [x.sum(), x.mean(), x.max(), x.min(), x.product(), x.variance()] { #expect(node.shape == []) }
    #expect(x.sum(axes: [0], keepingDimensions: true).shape == [1, 3])
    #expect(x.reshaped(to: [3, 2]).shape == [3, 2] && x.reshaped(to: [-1]).shape == [6])
    #expect(x.transposed().shape == [3, 2] && x.transposed([1, 0]).shape == [3, 2])
    #expect(x.broadcast(to: [4, 2, 3]).shape == [4, 2, 3])
    #expect(try x[0].value() == [0.5, -1, 2])
    #expect(try x[0..., 1].value() == [-1, 0.25] && x[1, -1].scalar() == -3)
    #expect(try x[...0, 1...2].value() == [[-1, 2]])
    #expect(try x[0, Stride(from: 2, by: -1)].value() == [2, -1, 0.5])
    #expect(x.gathered(at: graph.constant(Tensor(indices: [1, 1, 0])), axis: 0).shape == [3, 3])
    #expect(x.cumulativeSum(axis: 1).shape == [2, 3] && x.argmax(axis: 1).shape == [2])
    #expect(x.stoppingGradient().named("hidden").label == "hidden")
  }

  @Test func everyKindOfDerivative() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", [1, 2])
    let f = (x * y * y).sum()
    let all: Gradients = f.backward(), seeded = (x * y).backward(upstream: graph.constant([1, 1]))
    #expect(try all[x]?.scalar() == 5 && seeded[x]?.scalar() == 3)
    let gradients: [Node] = try f.gradients(withRespectTo: [x, y])
    #expect(try gradients[1].value() == [4, 8])
    #expect(try f.tangent(along: [(x, 2)]).scalar() == 10)
    #expect(try f.tangent(along: [(y, [1, 0])]).scalar() == 4)
    let direction = graph.input("direction", [0, 1])
    #expect(try f.tangent(along: [(y, direction)]).scalar() == 8)
    #expect(try f.tangent(along: [(x, Tensor(1)), (y, [0, 1])]).scalar() == 13)
    #expect(try (x * y).jacobian(withRespectTo: y).value() == [[2, 0], [0, 2]])
    let hessian: [[Node]] = try f.hessian(withRespectTo: [x, y])
    #expect(try hessian[0][1].value() == [2, 4] && hessian[1][1].value() == [[4, 0], [0, 4]])
    #expect(try f.hessianVectorProduct(withRespectTo: [y], along: [[1, 1]])[0].value() == [4, 4])
    #expect(try f.hessianVectorProduct(withRespectTo: [y], along: [direction])[0].value() == [0, 4])
  }
}
