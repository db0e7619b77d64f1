import Foundation
import Testing

@testable import ChainRuleCore

/// Parts of values that are read and written where they lie, against evaluation on demand.
@Suite("Rows of larger values") struct RowsTests {
  /// A program of splits, joins, products and row operations over `[rows, columns]`, drawn at random.
  private struct Drawn {
    let graph: Graph
    let x: Node, w: Node
    var outputs: [Node] = []

    init(seed: UInt64, _ precision: Graph.Precision) throws {
      var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
      func draw(_ range: ClosedRange<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int(state >> 33) % (range.count)
      }
      func numbers(_ shape: Shape) -> Tensor {
        Tensor(shape: shape, (0..<shape.elementCount).map { _ in Double(draw(-1000...1000)) / 1500 })
      }
      graph = Graph(precision)
      let (rows, width, steps) = (draw(2...9), draw(8...24), draw(2...5))
      x = graph.input("x", numbers([rows, steps, 4 * width]))
      w = graph.input("w", numbers([width, 4 * width]))
      var h = x[0..., 0, 0..<width], sum: [Node] = []
      for step in 0..<steps {
        let all = x[0..., draw(0...steps - 1)] + h.matmul(w)
        let parts = (0..<4).map { all[0..., $0 * width..<($0 + 1) * width] }
        let mixed = [
          sigmoid(parts[draw(0...3)]) * tanh(parts[1]), softmax(parts[2]) + parts[draw(0...3)],
          parts[3] * parts[3].sum(axes: [-1], keepingDimensions: true), parts[0] - h,
        ]
        h = tanh(mixed[draw(0...3)] + parts[draw(0...3)].matmul(w[0..., 0..<width]))
        let joined = concatenate([mixed[draw(0...3)], h, h, mixed[draw(0...3)]], axis: draw(0...1))
        sum.append(square(joined).sum() * 0.1)
        if draw(0...2) == 0 { outputs.append(joined) }
        if step == 0 { sum.append(stack([h, mixed[0]], axis: draw(0...1)).sum()) }
      }
      let loss = sum.reduce(h.sum()) { $0 + $1 }
      outputs.append(loss)
      outputs += try loss.gradients(withRespectTo: [x, w])
    }
  }

  @Test(arguments: [Graph.Precision.double, .single])
  func programsAgreeWithEvaluation(precision: Graph.Precision) throws {
    for seed in 0..<(isHeavy ? 600 : 40) {
      let drawn = try Drawn(seed: UInt64(seed), precision)
      let expected = try drawn.outputs.map { try $0.value() }
      let program = try drawn.graph.compile(inputs: [drawn.x, drawn.w], outputs: drawn.outputs)
      program.threads = 1 + seed % 2
      let inputs = try [drawn.x.value(), drawn.w.value()]
      for round in 0..<2 {
        for (index, (found, value)) in zip(try program.run(inputs), expected).enumerated() {
          let scale = 1 + value.scalars.reduce(0) { Swift.max($0, Swift.abs($1)) }
          let tolerance = scale * (precision == .double ? 1e-12 : 1e-4)
          #expect(found.shape == value.shape)
          let isClose = zip(found.scalars, value.scalars).allSatisfy { Swift.abs($0 - $1) <= tolerance }
          #expect(isClose, "seed \(seed), output \(index), round \(round)")
        }
      }
    }
  }

  @Test func gatesOfACellAreReadAndWrittenWhereTheyLie() throws {
    let graph = Graph(.single), x = graph.input("x", shape: [4, 64]), w = graph.input("w", shape: [64, 64])
    let all = x.matmul(w)
    let y = sigmoid(all[0..., 0..<32]) * tanh(all[0..., 32..<64])
    let gradient = try y.sum().gradients(withRespectTo: [w])
    let listing = "\(try graph.compile(inputs: [x, w], outputs: gradient))"
    for copied in ["slice", "pad", "sumOfPads"] { #expect(!listing.contains(copied), "\(listing)") }
  }

  @Test func partsOfAJoinedValueAreComputedInTheirPlaces() throws {
    let graph = Graph(), x = graph.input("x", shape: [5, 8])
    let joined = concatenate([exp(x), tanh(x), square(x)], axis: 1).matmul(
      graph.constant(Tensor(shape: [24, 2], repeating: 1)))
    let listing = "\(try graph.compile(inputs: [x], outputs: [joined]))"
    #expect(!listing.contains("concatenate"), "\(listing)")
    // One that stands twice is copied once; what comes from outside is copied as well.
    let twice = concatenate([exp(x), exp(x), x], axis: 1)
    let value = try graph.compile(inputs: [x], outputs: [twice * 2]).run([Tensor(shape: [5, 8], repeating: 1)])[0]
    let e = 2 * 2.718281828459045
    #expect(zip(value.scalars, 0...).allSatisfy { Swift.abs($0 - ($1 % 24 < 16 ? e : 2)) < 1e-14 })
  }

  @Test func rowsOfAShape() throws {
    let shape: Shape = [4, 6, 10]
    #expect(
      shape.rows(starts: [0, 2, 0], counts: [4, 1, 10], steps: [1, 1, 1])
        == Rows(offset: 20, count: 40, length: 10, stride: 60))
    #expect(
      shape.rows(starts: [1, 0, 3], counts: [2, 6, 4], steps: [1, 1, 1])
        == Rows(offset: 63, count: 48, length: 4, stride: 10))
    #expect(shape.rows(starts: [1, 0, 0], counts: [2, 6, 10], steps: [1, 1, 1])?.isConsecutive == true)
    #expect(shape.rows(starts: [0, 1, 3], counts: [4, 3, 4], steps: [1, 1, 1]) == nil)
    #expect(shape.rows(starts: [0, 0, 0], counts: [4, 6, 5], steps: [1, 1, 2]) == nil)
  }
}
