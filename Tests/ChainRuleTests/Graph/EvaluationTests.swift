import ChainRule
import Foundation
import Testing

@Suite struct EvaluationTests {
  @Test func onlyWhatDependsOnAnAssignedInputIsComputedAgain() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", 3)
    let onlyX = exp(x), onlyY = exp(y)
    let both = onlyX * onlyY
    _ = try both.value()
    #expect(graph.evaluationCount == 3)
    _ = try both.value()
    #expect(graph.evaluationCount == 3)
    x.assign(1)
    #expect(try onlyY.scalar() == exp(3.0))
    #expect(graph.evaluationCount == 3)
    _ = try both.value()
    #expect(graph.evaluationCount == 5)
  }

  @Test func nodesThatNobodyAsksForAreNotComputed() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    let used = x * 2
    _ = exp(x) * 100
    _ = try used.value()
    #expect(graph.evaluationCount == 2)  // the broadcast 2 and the product
  }

  @Test func assigningTwiceBeforeReadingComputesOnce() throws {
    let graph = Graph()
    let x = graph.input("x", 1)
    let y = square(x)
    _ = try y.value()
    x.assign(2)
    x.assign(3)
    #expect(try y.scalar() == 9)
    #expect(graph.evaluationCount == 2)
  }

  @Test func aNodeRecordedAfterAnAssignmentSeesIt() throws {
    let graph = Graph()
    let x = graph.input("x", 1)
    let y = x + 1
    _ = try y.value()
    x.assign(5)
    let z = y * x
    #expect(try z.scalar() == 30)
  }

  @Test func anUnfedInputNamesItself() throws {
    let graph = Graph()
    let x = graph.input("pixels", shape: [2, 2])
    let error = #expect(throws: ChainRuleError.self) { try (x * 2).value() }
    #expect(error?.description.contains("input pixels: required a value of shape [2, 2], got none") == true)
    x.assign([[1, 2], [3, 4]])
    #expect(try (x * 2).value() == [[2, 4], [6, 8]])
  }

  @Test func anAssignmentOfAnotherShapeIsReportedAndCured() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    let y = x.sum()
    x.assign([1, 2, 3])
    let error = #expect(throws: ChainRuleError.self) { try y.value() }
    #expect(error?.required == "shape [2]" && error?.got == "shape [3]")
    x.assign([4, 5])
    #expect(try y.scalar() == 9)
  }

  @Test func assigningAComputedNodeIsReported() throws {
    let graph = Graph()
    let y = graph.input("x", 1) + 1
    y.assign(3)
    #expect(throws: ChainRuleError.self) { try y.value() }
  }

  @Test func aSingleGraphRoundsEveryNumber() throws {
    let graph = Graph(.single)
    let x = graph.input("x", 0.1), v = graph.input("v", [0.1, 0.2])
    #expect(try x.scalar() == Double(Float(0.1)))
    #expect(try (x * x).scalar() == Double(Float(0.1) * Float(0.1)))
    #expect(try v.value().elementType == .float32)
    #expect(try (v * 3).value().floats == [Float(0.1) * 3, Float(0.2) * 3])
    #expect(try x.value().elementType == .float32)
  }

  @Test func indicesStayInt32() throws {
    let graph = Graph(.single)
    let labels = graph.input("labels", Tensor(indices: [2, 0]))
    #expect(labels.elementType == .int32)
    #expect(try labels.value() == Tensor(indices: [2, 0]))
    let scores = graph.input("scores", [[1, 2, 3], [3, 2, 1]])
    #expect(try equal(scores.argmax(axis: 1), labels).mean().scalar() == 1)
    labels.assign([0, 0])
    #expect(try equal(scores.argmax(axis: 1), labels).mean().scalar() == 0.5)
    labels.assign([0.5, 0])
    #expect(throws: ChainRuleError.self) { try labels.value() }
  }

  @Test func nanAndInfinityAreComputedThrough() throws {
    let graph = Graph()
    let x = graph.input("x", [.nan, .infinity, -.infinity, 0])
    let y = (exp(x) + relu(x) + x * 0).sum()
    #expect(try y.scalar().isNaN)
    #expect(try y.backward()[x]?.value().scalars.first?.isNaN == true)
    #expect(try log(graph.input("zero", 0)).scalar() == -.infinity)
  }

  @Test func emptyTensorsAreComputedThroughAndRefusedWhereTheyMeanNothing() throws {
    let graph = Graph()
    let empty = graph.input("empty", Tensor(shape: [0, 3], []))
    #expect(try (empty * 2).value().shape == [0, 3])
    #expect(try empty.sum().scalar() == 0)
    #expect(try empty.sum(axes: [0]).value() == [0, 0, 0])
    #expect(try empty.matmul(graph.constant(Tensor(shape: [3, 2], repeating: 1))).value().shape == [0, 2])
    let error = #expect(throws: ChainRuleError.self) { try empty.max().value() }
    #expect(error?.required == "at least one element")
  }
}
