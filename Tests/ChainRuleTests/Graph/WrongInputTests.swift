import ChainRule
import Testing

/// Numbers and shapes that a user may write by mistake: each is a message, none a trap.
@Suite struct WrongInputTests {
  let graph = Graph()
  var a: Node { graph.input("a", [[1, 2, 3], [4, 5, 6]]) }

  func message(_ node: Node) -> String {
    do { return "\(try node.value())" } catch { return "\(error)" }
  }

  @Test func stepsBeyondEveryLength() throws {
    #expect(try a[0, Stride(from: 2, by: .min)].value() == [3])
    #expect(try a[0, Stride(by: .max)].value() == [1])
    #expect(try a[Stride(by: .max)].value() == [[1, 2, 3]])
    #expect(try a[0, Stride(from: 2, by: -2)].value() == [3, 1])
    #expect(message(a[0, Stride(by: 0)]) == "slice: required a step other than 0, got 0.")
    for node in [a[Int.min..<Int.max], a[Int.min...], a[...Int.max], a[Stride(from: .max, to: .min, by: -1)]] {
      #expect(message(node).hasPrefix("slice: required a range within 0…2, got "))
    }
  }

  struct Part: SliceIndex {
    let start: Int, count: Int, step: Int, keepsAxis: Bool
    func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
      (start, count, step, keepsAxis)
    }
  }

  @Test(arguments: [(5, 9, 1, true), (0, -1, 1, true), (.max, 2, .max, true), (0, 1 << 50, 0, true), (1, 2, -2, true)])
  func aSliceIndexOfOnesOwnStaysWithinTheAxis(_ part: (Int, Int, Int, Bool)) {
    let node = a[Part(start: part.0, count: part.1, step: part.2, keepsAxis: part.3)]
    #expect(message(node).contains("elements within axis 0 of length 2"), "\(message(node))")
  }

  @Test func sizesThatOverflow() {
    #expect(message(a.padded(before: [.max, 0], after: [1, 0])).contains("padded: required lengths that fit memory"))
    #expect(message(a.tiled([.max, 2])).contains("lengths that fit memory"))
    #expect(message(a.tiled([1 << 40, 1 << 40])).contains("lengths that fit memory"))
    #expect(message(a.broadcast(to: [.max, 2, 3])).contains("broadcast: required lengths that fit memory"))
    #expect(message(a.reshaped(to: [.max, 2])).contains("reshape: required a shape of 6 elements"))
    #expect(message(graph.input("x", shape: [1 << 40, 1 << 40])).contains("at least 0 that fit memory"))
    #expect(message(graph.constant(Tensor(shape: [1 << 40, 1 << 40], repeating: 0))).contains("required memory"))
    #expect(message(a[0..<0].reshaped(to: [.max, .max, 0]).mean(axes: [0, 1])) == "Tensor(shape: [0])")
  }

  @Test(arguments: [Int.min, -4, 3, .max])
  func aWrongAxisIsToldByTheFunctionThatWasCalled(_ axis: Int) {
    #expect(message(logSoftmax(a, axis: axis)).hasPrefix("logSoftmax: required an axis in -2…1"))
    #expect(message(a.norm(axes: [axis])).hasPrefix("norm: required an axis in -2…1"))
    #expect(message(stack([a, a], axis: axis)).hasPrefix("stack: required a new axis in -3…2"))
    #expect(message(a.sum(axes: [axis])).hasPrefix("sum: required an axis in -2…1"))
    #expect(message(a[axis]).hasPrefix("slice: required an index in -2…1"))
  }

  /// On demand and in a program, where the reader is named too.
  @Test(arguments: [1.9, .nan, -.infinity, 0x1p31])
  func whatIsNoWholeNumberIsNoIndex(_ wrong: Double) throws {
    let places = graph.input("places", [0, wrong])
    let readers = [
      ("gather", a.gathered(at: places)), ("oneHot", places.oneHot(classes: 2)),
      ("gatherAlong", a.gatheredAlong(axis: 0, at: stack([places, places, places], axis: 1))),
    ]
    for (name, node) in readers {
      let expected = "\(name): required indices, whole numbers of 32 bits, got \(wrong) at position "
      #expect(message(node).hasPrefix(expected), "\(message(node))")
      let program = try graph.compile(inputs: [places], outputs: [node])
      let error = #expect(throws: ChainRuleError.self) { try program.run([Tensor([0, wrong])]) }
      #expect(error?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
      #expect(try program.run([[0, 1]])[0].scalars.allSatisfy(\.isFinite))
    }
  }

  @Test func aTensorOfIndicesTakesNoOtherNumber() {
    var indices = Tensor(indices: [3, 4])
    indices[1] = 7
    #expect(indices.indices == [3, 7])
    indices[0] = 1.5
    #expect(indices.error?.got == "1.5 at position 0")
    #expect(([0.5, -1.5] as Tensor).converted(to: .int32).indices == [0, -1])
    #expect(Tensor([0, .nan] as [Double]).converted(to: .int32).error?.got == "nan at position 1")
  }

  @Test func nothingToJoin() {
    #expect(message(stack([])) == "stack: required at least one node, got none.")
    #expect(message(concatenate([])) == "concatenate: required at least one node, got none.")
    #expect("\(Tensor.joined([1, 2]))".contains("required tensors with axes, got []"))
  }

  struct Misshapen: Primitive {
    let name = "misshapen"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(output.graph.constant([1, 2]))
    }
  }

  @Test func aFactorOfTheWrongShapeNamesItsPrimitive() {
    let x = graph.input("x", [1, 2, 3])
    let y = graph.record(Misshapen(), [x]).sum()
    let error = #expect(throws: ChainRuleError.self) { try y.gradients(withRespectTo: [x])[0].value() }
    #expect(error?.origin == "misshapen, local gradient for input 0")
    #expect(error?.required == "a factor of the output's shape [3]" && error?.got == "[2]")
    #expect(throws: ChainRuleError.self) { try checkGradients(of: y, withRespectTo: [x]) }
  }
}
