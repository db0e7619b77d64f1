import ChainRule
import Testing

@Suite struct FailedNodeTests {
  let graph = Graph()

  @Test func theFirstMistakeIsKeptAndThrownByWhoeverReads() {
    let a = graph.input("a", [1, 2]), b = graph.input("b", [1, 2, 3])
    let wrong = a + b
    let later = exp(wrong).sum() * 2
    let error = #expect(throws: ChainRuleError.self) { try later.value() }
    #expect(error?.origin == "add")
    #expect(error?.got == "[2] and [3] (inputs: a, b)")
    #expect(later.shape == [] && later.shape[-1] == 0)
    #expect(later.kind == .failed)
  }

  @Test func gradientsOfAFailedNodeCarryItsMistake() {
    let a = graph.input("a", [1, 2])
    let wrong = (a + graph.input("b", [1, 2, 3])).sum()
    #expect(wrong.backward()[a]?.error?.origin == "add")
    #expect(throws: ChainRuleError.self) { try wrong.gradients(withRespectTo: [a]) }
    #expect(throws: ChainRuleError.self) { try wrong.tangent(along: [(a, [1, 1])]) }
    #expect(throws: ChainRuleError.self) { try wrong.hessian(withRespectTo: [a]) }
  }

  @Test func nodesOfTwoGraphsDoNotMix() {
    let other = Graph()
    let mixed = graph.input("a", 1) * other.input("b", 2)
    let error = #expect(throws: ChainRuleError.self) { try mixed.value() }
    #expect(error?.kind == .handle)
    #expect(error?.required == "nodes of one graph")
    let product = graph.input("m", [[1]]).matmul(other.input("n", [[1]]))
    #expect(product.error?.kind == .handle)
    #expect(graph.input("a", 1).backward()[other.input("c", 1)]?.error?.kind == .handle)
  }

  @Test func aNonScalarBackwardAsksForUpstream() throws {
    let x = graph.input("x", [1, 2])
    let error = #expect(throws: ChainRuleError.self) { try (x * 2).backward()[x]?.value() }
    #expect(error?.required == "a single number or an upstream of shape [2]")
    #expect(try (x * 2).backward(upstream: graph.constant([1, 10]))[x]?.value() == [2, 20])
    #expect((x * 2).backward(upstream: graph.constant([1, 10, 3]))[x]?.error?.kind == .gradient)
  }

  /// Each mistake, and a piece of the message that it must give.
  @Test(arguments: Self.mistakes.indices) func everyPrimitiveNamesItsMistake(_ index: Int) throws {
    let (text, record) = Self.mistakes[index]
    let error = #expect(throws: ChainRuleError.self) { try record(Graph()).value() }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "no error")")
  }

  static let mistakes: [(String, @Sendable (Graph) -> Node)] = [
    ("matmul: required […, m, k] · [k, n]", { $0.input("a", [[1, 2]]).matmul($0.input("b", [[1, 2]])) }),
    ("inputs: a, b", { $0.input("a", [[1, 2]]).matmul($0.input("b", [[1, 2]])) }),
    ("matmul: required", { $0.input("a", 1).matmul($0.input("b", [[1, 2]])) }),
    ("subtract: required shapes that broadcast", { $0.input("a", [1, 2]) - $0.input("b", [1, 2, 3]) }),
    ("multiply: required shapes", { $0.input("a", [1, 2]) * $0.input("b", [1, 2, 3]) }),
    ("divide: required shapes", { $0.input("a", [1, 2]) / $0.input("b", [1, 2, 3]) }),
    ("pow: required shapes", { pow($0.input("a", [1, 2]), $0.input("b", [1, 2, 3])) }),
    ("maximum: required shapes", { maximum($0.input("a", [1, 2]), $0.input("b", [1, 2, 3])) }),
    ("minimum: required shapes", { minimum($0.input("a", [1, 2]), $0.input("b", [1, 2, 3])) }),
    ("equal: required shapes", { equal($0.input("a", [1, 2]), $0.input("b", [1, 2, 3])) }),
    ("where: required shapes", { `where`($0.input("c", [1, 0]), $0.input("a", [1, 2]), $0.input("b", [1, 2, 3])) }),
    ("sum: required an axis in -1…0, got axis 3", { $0.input("a", [1, 2]).sum(axes: [3]) }),
    ("sum: required each axis once", { $0.input("a", [[1, 2]]).sum(axes: [0, -2]) }),
    ("max: required an axis", { $0.input("a", [1, 2]).max(axes: [1]) }),
    ("min: required an axis", { $0.input("a", [1, 2]).min(axes: [1]) }),
    ("mean: required an axis", { $0.input("a", [1, 2]).mean(axes: [1]) }),
    ("variance: required an axis", { $0.input("a", [1, 2]).variance(axes: [1]) }),
    ("product: required an axis", { $0.input("a", [1, 2]).product(axes: [1]) }),
    ("logSumExp: required an axis", { logSumExp($0.input("a", [1, 2]), axes: [1]) }),
    ("softmax: required a tensor with axes", { softmax($0.input("a", 1)) }),
    ("argmax: required an axis", { $0.input("a", [1, 2]).argmax(axis: 4) }),
    ("argmax: required at least one element", { $0.input("a", Tensor(shape: [0], [])).argmax() }),
    ("cumulativeSum: required an axis", { $0.input("a", [1, 2]).cumulativeSum(axis: 2) }),
    ("reshape: required a shape of 2 elements", { $0.input("a", [1, 2]).reshaped(to: [3]) }),
    ("reshape: required", { $0.input("a", [1, 2, 3]).reshaped(to: [-1, 2]) }),
    ("transpose: required each axis of [2] once", { $0.input("a", [1, 2]).transposed([0, 0]) }),
    ("broadcast: required a shape that broadcasts to [3]", { $0.input("a", [1, 2]).broadcast(to: [3]) }),
    ("slice: required an index in -2…1, got 2", { $0.input("a", [1, 2])[2] }),
    ("slice: required a range within 0…2", { $0.input("a", [1, 2])[1..<4] }),
    ("slice: required at most 1 parts", { $0.input("a", [1, 2])[0, 0] }),
    ("slice: required a step other than 0, got 0", { $0.input("a", [1, 2])[Stride(by: 0)] }),
    ("flip: required an axis", { $0.input("a", [1, 2]).flipped(axes: [1]) }),
    ("padded: required a width", { $0.input("a", [1, 2]).padded(before: [-1], after: [0]) }),
    ("tiled: required a count", { $0.input("a", [[1, 2]]).tiled([2]) }),
    ("concatenate: required equal lengths", { concatenate([$0.input("a", [[1, 2]]), $0.input("b", [[1]])]) }),
    ("concatenate: required at least one node", { _ in concatenate([]) }),
    ("stack: required nodes of shape [2]", { stack([$0.input("a", [1, 2]), $0.input("b", [1])]) }),
    (
      "gather: required indices in 0..<2, got 2 at position 1",
      { $0.input("a", [1, 2]).gathered(at: $0.input("i", Tensor(indices: [0, 2]))) }
    ),
    (
      "gatherAlong: required indices shaped like",
      { $0.input("a", [[1, 2]]).gatheredAlong(axis: 1, at: $0.input("i", Tensor(indices: [0]))) }
    ),
    ("oneHot: required indices in 0..<2, got 7", { $0.input("i", Tensor(indices: [7])).oneHot(classes: 2) }),
    ("oneHot: required at least 1 class", { $0.input("i", Tensor(indices: [7])).oneHot(classes: 0) }),
    ("expandingDimension: required a position", { $0.input("a", [1]).expandingDimension(at: 5) }),
    ("squeezingDimension: required an axis of length 1", { $0.input("a", [1, 2]).squeezingDimension(at: 0) }),
    ("input \"x\": required lengths", { $0.input("x", shape: [-1]) }),
    ("randomUniform: required a counter", { $0.randomUniform(shape: [2], seed: 1, counter: $0.input("c", [1, 2])) }),
  ]
}
