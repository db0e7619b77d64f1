import Foundation
import Testing

@testable import ChainRuleCore

/// Chains of slices, concatenations and sums that others read too: nodes of every number of inputs, and work that grows
/// with the chain and no faster.
@Suite("Long chains in programs")
struct LongChainTests {
  /// Runs a graph both ways; a fused multiply-and-add rounds once less.
  private func expectSame(
    _ graph: Graph, _ inputs: [Node], _ outputs: [Node], passes: [CompileOptions.Passes] = [.all], _ what: String
  ) throws {
    let tolerance = graph.precision == .double ? 1e-11 : 2e-3
    let expected = try outputs.map { try $0.value() }
    for passes in passes {
      let program = try graph.compile(inputs: inputs, outputs: outputs, options: CompileOptions(passes: passes))
      let results = try program.run(inputs.map { try $0.value() })
      for (index, (result, value)) in zip(results, expected).enumerated() {
        let scale = 1 + (value.scalars.map { Swift.abs($0) }.max() ?? 0)
        let isSame =
          result.shape == value.shape
          && zip(result.scalars, value.scalars).allSatisfy { Swift.abs($0 - $1) <= tolerance * scale }
        #expect(isSame, "\(what), output \(index), passes \(passes.rawValue)\n\(program)")
      }
    }
  }

  private func values(_ shape: Shape, _ random: inout RandomNumbers) -> Tensor {
    Tensor(shape: shape, (0..<shape.elementCount).map { _ in 1.6 * random.uniform() - 0.8 })
  }

  // MARK: Every number of inputs

  /// A chain of `count` links over the rows of one tensor, with its gradients and those of some links.
  private struct Chain {
    let graph: Graph
    let inputs: [Node]
    var outputs: [Node] = []
    private var random: RandomNumbers
    private var h: Node
    private var links: [Node] = []

    init(seed: UInt64, count: Int, precision: Graph.Precision, _ value: (Shape, inout RandomNumbers) -> Tensor) throws {
      random = RandomNumbers(seed: seed &* 104_729 &+ UInt64(count))
      graph = Graph(precision)
      let x = graph.input("x", value([count, 3], &random)), w = graph.input("w", value([count], &random))
      inputs = [x, w]
      h = x[0]
      for position in 0..<count { link(x, w, position, count) }
      let joined = concatenate((0..<count).map { x[$0] } + [h])
      let loss = square(joined).sum() + (h * joined[0..<3]).sum()
      let watched = links.filter { _ in random.next() % 4 == 0 }
      let gradients = loss.backward()
      outputs = [loss, h, joined] + (inputs + watched).compactMap { gradients[$0] }
      if count <= 9, let gradient = gradients[x] {
        outputs += try square(gradient).sum().gradients(withRespectTo: [x])
      }
    }

    private mutating func link(_ x: Node, _ w: Node, _ position: Int, _ count: Int) {
      let row = x[position], other = x[Int(random.next() % UInt64(count))]
      switch random.next() % 8 {
      case 0: h = tanh(h * row)
      case 1: h = 0.5 * h * w[position] + row  // Horner
      case 2: h = concatenate([h[1...], row[0..<1]])
      case 3: h = h + 0.1 * sin(concatenate((0...position).map { x[$0, 0..<1] })).sum()
      case 4: h = h + (h[1...] * row[0..<2]).padded(before: [1], after: [0])
      case 5: h = sigmoid(row) * h + (1 - sigmoid(row)) * tanh(other)  // a gate
      case 6: h = 0.5 * stack([h, row, other], axis: 1)[0..., Int(random.next() % 3)] + 0.3 * h
      default: h = 0.7 * concatenate([h[0..<1] + row[1], h[1..<2] * other[2], h[2...]])
      }
      links.append(h)
    }
  }

  /// All counts in the heavy tier; else the short ones, and one of every length.
  private static let counts =
    isHeavy ? Array(1...40) : [1, 2, 3, 4, 5, 8, 13, 17, 33]

  @Test(arguments: counts)
  func programsAgreeWithEvaluationOnDemand(count: Int) throws {
    for seed in 0..<UInt64(3) {
      let chain = try Chain(seed: seed, count: count, precision: seed == 2 ? .single : .double) { values($0, &$1) }
      var passes: [CompileOptions.Passes] = [.all]
      if seed == 0 { passes += [[], .all.subtracting(.fusion), .all.subtracting(.deadNodes)] }
      if seed == 1 { passes += [.all.subtracting(.inPlace), .all.subtracting(.algebra)] }
      try expectSame(chain.graph, chain.inputs, chain.outputs, passes: passes, "seed \(seed), \(count) links")
    }
  }

  @Test(arguments: [2, 3, 4, 5, 24, 129])
  func theGradientOfAProductOverTheSlicesOfOneTensor(count: Int) throws {
    var random = RandomNumbers(seed: 5)
    let graph = Graph(), x = graph.input("x", values([count, 2], &random))
    var h = x[0]
    for position in 1..<count { h = tanh(h * x[position]) }
    try expectSame(graph, [x], [h] + (try h.sum().gradients(withRespectTo: [x])), "\(count) slices")
  }

  @Test func hornersRuleAndItsGradient() throws {
    var random = RandomNumbers(seed: 6)
    let graph = Graph(), c = graph.input("c", values([24], &random)), x = graph.input("x", values([7], &random))
    var h = x * c[0] + c[1]
    for position in 2..<24 { h = h * x + c[position] }
    try expectSame(graph, [c, x], [h] + (try h.sum().gradients(withRespectTo: [c, x])), "Horner")
  }

  // MARK: Linear growth

  /// Heat along a rod: every step adds to each of its elements, and so does every step of the gradient.
  private func heat(steps: Int, elements: Int) throws -> (graph: Graph, inputs: [Node], outputs: [Node]) {
    let graph = Graph()
    let x = graph.input("x", Tensor(shape: [elements], (0..<elements).map { Double($0 * $0 % 17) / 17 }))
    var h = x
    for _ in 0..<steps {
      let flow = h[2...] - 2 * h[1..<(elements - 1)] + h[0..<(elements - 2)]
      h = h + 0.1 * flow.padded(before: [1], after: [1])
    }
    return (graph, [x], [h] + (try square(h[elements / 2]).gradients(withRespectTo: [x])))
  }

  @Test func sumsThatOthersReadAreComputedOnce() throws {
    let (graph, inputs, outputs) = try heat(steps: 12, elements: 30)
    try expectSame(graph, inputs, outputs, passes: [.all, .all.subtracting(.deadNodes)], "heat")
    // Bytes read and written by all steps of a run: four times the steps, four times the work.
    func bytes(_ steps: Int) throws -> Double {
      let (graph, inputs, outputs) = try heat(steps: steps, elements: 200)
      return try graph.compile(inputs: inputs, outputs: outputs).code.notes.reduce(0) { $0 + $1.bytes }
    }
    let (short, long) = (try bytes(20), try bytes(80))
    #expect(long < 4.2 * short, "\(short) and \(long) bytes")
    let (small, inner, outer) = try heat(steps: 4, elements: 200)
    #expect("\(try small.compile(inputs: inner, outputs: outer))".contains("sumOfPads"))
  }

  @Test func aSumOfManyPiecesIsPlannedOnce() throws {
    /// Entries that the pass writes, inputs of nodes and primitives, and the pieces of all stretches.
    func sizes(_ count: Int) throws -> (entries: Int, pieces: Int, copied: Int) {
      let graph = Graph(), x = graph.input("x", shape: [count, 2])
      var h = x[0]
      for position in 1..<count { h = tanh(h * x[position]) }
      let gradient = try h.sum().gradients(withRespectTo: [x])
      var simplified = try Capture(graph, inputs: [x], outputs: gradient, updates: []).graph
      simplified.simplify(.all.subtracting(.fusion))
      var sums = SumsOfPads(simplified)
      _ = simplified.rewrite(with: &sums)  // before dead nodes go, which would hide what was written in vain
      func pieces(_ passes: CompileOptions.Passes) throws -> Int {
        let options = CompileOptions(passes: passes)
        return try graph.compile(inputs: [x], outputs: gradient, options: options).code.singles.reduce(0) {
          count, step in
          guard case .sumOfPads(let sum) = step else { return count }
          return count + sum.stretches.reduce(0) { $0 + 1 + $1.pieces.count }
        }
      }
      return (
        simplified.runs.count + simplified.primitives.count, try pieces(.all.subtracting(.inPlace)), try pieces(.all)
      )
    }
    let (short, long) = (try sizes(100), try sizes(400))
    #expect(short.pieces == 200 && long.pieces == 800)
    // With parts computed in their places, what is still copied grows with the chain and no faster.
    #expect(short.copied <= short.pieces && long.copied <= 5 * short.copied + 5, "\(short) and \(long)")
    #expect(long.entries <= 5 * short.entries, "\(short) and \(long)")
  }

  @Test func aSumOfMorePiecesThanANodeMayHaveInputsIsSeveralSums() throws {
    var random = RandomNumbers(seed: 8)
    let graph = Graph(), x = graph.input("x", values([23, 2], &random))
    var h = x[0]
    for position in 1..<23 { h = tanh(h * x[position]) }
    let gradient = try h.sum().gradients(withRespectTo: [x])
    let capture = try Capture(graph, inputs: [x], outputs: gradient, updates: [])
    var simplified = capture.graph
    simplified.simplify(.all.subtracting(.fusion))
    var sums = SumsOfPads(simplified, mostPieces: 5)
    _ = simplified.rewrite(with: &sums)
    simplified.removeDeadNodes()
    #expect(simplified.nodes.map(\.inputCount).max() == 5)
    let source = StoredProgram(capture.graph, capture.leaves, CompileOptions())
    let result = try Program(simplified, source).run([x.value()])[0]
    let expected = try gradient[0].value()
    #expect(zip(result.scalars, expected.scalars).allSatisfy { Swift.abs($0 - $1) <= 1e-13 })
  }

  @Test func piecesThatOverlapAreAddedInOrder() {
    let pieces = [(2, 5), (0, 4), (6, 1), (3, 4)].enumerated().map { number, piece in
      SumOfPadsStep.Piece(
        offset: piece.0, count: piece.1, location: Location(base: Int32(number), offset: 100))
    }
    let step = SumOfPadsStep(pieces, count: 9, stride: 8, result: .arena(0))
    #expect(step.stretches.map(\.start) == [0, 2, 3, 4, 6, 7])
    #expect(step.stretches.map(\.count) == [2, 1, 1, 2, 1, 2])
    #expect(step.stretches.map { $0.pieces.map(\.base) } == [[1], [0, 1], [0, 1, 3], [0, 3], [0, 2, 3], []])
    #expect(step.stretches[4].pieces.map(\.offset) == [100 + 4 * 8, 100, 100 + 3 * 8])
  }
}
