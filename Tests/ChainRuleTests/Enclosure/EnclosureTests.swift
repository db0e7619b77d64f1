import ChainRule
import Foundation
import Testing

@testable import ChainRuleCore

/// Enclosures against 120-digit arithmetic (`Tests/Fixtures/enclosures.py`) and against sampled truth.
@Suite struct EnclosureTests {
  /// A true number as the nearest double and the sign of what is left.
  struct Truth {
    let near: Double, sign: Double
    init(_ json: JSON) { (near, sign) = (json[0].exact, json[1].double ?? .nan) }
    func lies(in interval: Interval) -> Bool {
      let isAbove = interval.lower < near || (interval.lower == near && sign >= 0)
      return isAbove && (near < interval.upper || (near == interval.upper && sign <= 0))
    }
  }

  private static let rows = Golden.file("enclosures").array

  @Test("values and gradients of 500 formulas lie inside, over boxes and at points", arguments: 0..<5)
  func truthIsNeverOutside(part: Int) throws {
    #expect(Self.rows.count == 500)
    for row in Self.rows[part * 100..<(part + 1) * 100] {
      let text = try #require(row["formula"].string)
      let graph = Graph()
      let x = graph.input("x", 0), y = graph.input("y", 0)
      let f = try Expression(text).record(in: graph, inputs: ["x": x, "y": y])
      let gradients = f.backward()
      let nodes = [f] + [x, y].map { gradients[$0] ?? graph.constant(0) }
      func enclosures(_ sides: (String) -> ClosedRange<Double>) throws -> [Interval] {
        try graph.enclosures(
          of: nodes, over: [(x, Enclosure(shape: [], sides("x"))), (y, Enclosure(shape: [], sides("y")))]
        ).map { $0[0] }
      }
      let box = try enclosures { row[$0][0].exact...row[$0][1].exact }
      for point in row["points"].array {
        let truths = [Truth(point["value"])] + point["slopes"].array.map(Truth.init)
        let here = try enclosures { point[$0].exact...point[$0].exact }
        for (index, truth) in truths.enumerated() {
          #expect(truth.lies(in: box[index]), "\(text): \(index) over the box, \(truth) outside \(box[index])")
          #expect(truth.lies(in: here[index]), "\(text): \(index) at a point, \(truth) outside \(here[index])")
        }
      }
    }
  }

  @Test("at a point the width is within 4 of mpmath's")
  func pointsAreNarrow() throws {
    var ratios: [Double] = []
    for row in Self.rows {
      guard let width = row["width"].double else { continue }
      let text = try #require(row["formula"].string)
      let graph = Graph()
      let point = row["points"][0]
      let f = try Expression(text).record(
        in: graph, values: ["x": Tensor(point["x"].exact), "y": Tensor(point["y"].exact)])
      let own = try f.enclosure()[0]
      // One unit in the last place is what a width of 0 is held to: a number that mpmath has exactly.
      ratios.append(own.width / max(width, own.upper.magnitude.ulp))
      #expect(ratios[ratios.count - 1] <= 4, "\(text): \(own.width) against \(width)")
    }
    #expect(ratios.count > 50)
  }

  @Test("every elementwise primitive over intervals that meet kinks, crests and edges", arguments: Opcode.allCases)
  func sampledTruth(opcode: Opcode) throws {
    var dice = RandomNumbers(seed: 7)
    let descriptor = PrimitiveTable[opcode].descriptor
    for _ in 0..<(isHeavy ? 400 : 40) {
      let operands = (0..<opcode.arity).map { position -> Interval in
        let range = descriptor.domains[Swift.min(position, descriptor.domains.count - 1)].samples
        let scale = [1, 1, 0.01, 10].randomElement(using: &dice)!
        var ends = [Double.random(in: range, using: &dice), Double.random(in: range, using: &dice) * scale]
        if Bool.random(using: &dice) { ends[0] = ends[0].rounded() }
        return Interval(ends.min()!, ends.max()!)
      }
      let image = try #require(descriptor.image(of: opcode, operands))
      for _ in 0..<30 {
        let at = operands.map { Double.random(in: $0.lower...$0.upper, using: &dice) }
        let value = Kernels.scalar(opcode, at[0], at.count > 1 ? at[1] : 0, at.count > 2 ? at[2] : 0)
        #expect(value.isNaN || image.contains(value), "\(opcode.name) at \(at) is \(value), outside \(image)")
        if value.isNaN { #expect(image.regularity == .unknown) }
      }
    }
  }

  @Test("poles, jumps and kinks are not proved absent where they are")
  func regularity() throws {
    func regularity(_ text: String, _ range: ClosedRange<Double>) throws -> Interval.Regularity {
      let graph = Graph()
      let x = graph.input("x", 0)
      return try Expression(text).record(in: graph, inputs: ["x": x]).enclosure(over: [x: range]).regularity
    }
    let cases: [(String, ClosedRange<Double>, Interval.Regularity)] = [
      ("1/x", -1...1, .unknown), ("1/x", 1...2, .smooth), ("log(x)", -1...1, .unknown), ("log(x)", 0...1, .unknown),
      ("sqrt(x)", 0...1, .continuous), ("sqrt(x)", 0.1...1, .smooth), ("abs(x - 1)", 0...2, .continuous),
      ("abs(x - 1)", 1.1...2, .smooth), ("relu(x)", 0...1, .continuous), ("floor(x)", 0.5...1.5, .defined),
      ("floor(x)", 1...1.5, .defined), ("floor(x)", 1.25...1.5, .smooth), ("cbrt(x)", -1...1, .continuous),
      ("maximum(x, 1)", 0...2, .continuous), ("maximum(x, 1)", 2...3, .smooth), ("x^-1", -1...1, .unknown),
      ("where(x > 0, x, 1/x)", 1...2, .smooth), ("where(x > 0, x, 1/x)", -1...2, .unknown), ("sin(x)", 0...9, .smooth),
      ("x^1.5", 0...1, .smooth), ("x^0.5", 0...1, .continuous), ("acos(x)", 0...1, .continuous),
    ]
    for (text, range, expected) in cases { #expect(try regularity(text, range) == expected, "\(text) over \(range)") }
  }

  @Test(
    "layers: products, sums, softmax, convolutions and their gradients hold sampled values",
    arguments: [0.0, 0.01, 0.3])
  func tensors(radius: Double) throws {
    let graph = Graph()
    var dice = RandomNumbers(seed: 3)
    func leaf(_ name: String, _ shape: Shape) -> Node {
      graph.input(
        name, Tensor(shape: shape, (0..<shape.elementCount).map { _ in Double.random(in: -1...1, using: &dice) }))
    }
    let x = leaf("x", [2, 1, 5, 5]), w = leaf("w", [3, 1, 3, 3]), v = leaf("v", [12, 4])
    let pooled = maxPool2d(tanh(convolution2d(x, weight: w, padding: [1])), window: [2], stride: [2])
    let scores = pooled.reshaped(to: [2, 12]).matmul(v).cumulativeSum(axis: 1)
    let f =
      (logSumExp(scores, axes: [1]) - softmax(scores, axis: 1).sum(axes: [1], keepingDimensions: false)).mean()
      + avgPool2d(x, window: [2]).sum() + x[0, 0, 1].flipped(axes: [0]).gathered(at: graph.constant([2, 0])).sum()
    let leaves = [x, w, v]
    // Which element a window's largest is may change inside a box; then the gradient has no enclosure.
    let nodes = radius == 0 ? try [f] + f.gradients(withRespectTo: leaves) : [f, scores]
    let values = try leaves.map { try $0.value() }
    let boxes = values.map { tensor in
      Enclosure(shape: tensor.shape, tensor.scalars.map { Interval($0 - radius, $0 + radius) })
    }
    let enclosures = try graph.enclosures(of: nodes, over: Array(zip(leaves, boxes)))
    for round in 0..<5 {
      for (leaf, value) in zip(leaves, values) {
        leaf.assign(value.map { round == 0 ? $0 : $0 + Double.random(in: -1...1, using: &dice) * radius })
      }
      for (node, enclosure) in zip(nodes, enclosures) {
        for (value, interval) in zip(try node.value().scalars, enclosure.intervals) {
          #expect(
            interval.contains(value) && interval.width < (radius == 0 ? 1e-11 : .infinity), "\(value) and \(interval)")
        }
      }
    }
  }

  @Test("arithmetic at the ends of the number line")
  func ends() {
    let huge = Double.greatestFiniteMagnitude, tiny = Double.leastNonzeroMagnitude
    #expect((Interval(huge) + Interval(huge)).upper == .infinity && (Interval(huge) + Interval(huge)).lower == huge)
    #expect((Interval(tiny) * Interval(0.5)).lower == 0 && (Interval(tiny) * Interval(0.5)).upper == tiny)
    #expect((Interval(-tiny) * Interval(0.5)).upper == 0)
    #expect((Interval(0) * .everything).contains(0))
    #expect((Interval(1) / Interval(0, 2)).upper == .infinity && (Interval(1) / Interval(0, 2)).lower == 0.5)
    #expect(Interval(1.9, 2.1).squared.contains(4))
    #expect(Interval(-2, 3).squared == Interval(0, 9))
    #expect((Interval(1) / Interval(3)).certainDigits == "0.333333333333333")
    #expect(Interval(0.39322, 0.39324).certainDigits == "0.3932")
    #expect(Interval(-1, 1).certainDigits == nil)
    #expect(Interval(709.5, 710).image(.exp).upper == .infinity)
    #expect(Interval(-800, -790).image(.exp) == Interval(0, tiny))
  }

  @Test("what cannot be enclosed says so")
  func mistakes() throws {
    struct Own: Primitive {
      let name = "own"
      func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
      func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
      func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
        .factor(inputs[0])
      }
    }
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    #expect(throws: ChainRuleError.self) { try graph.record(Own(), [x]).enclosure(over: [x: 0...1]) }
    #expect(throws: ChainRuleError.self) { try x.enclosure(over: [(x, Enclosure(shape: [3], 0...1))]) }
    #expect(throws: ChainRuleError.self) { try Graph().input("z", 1).enclosure(over: [x: 0...1]) }
    #expect(throws: ChainRuleError.self) { try x.gathered(at: x.argmax(axis: 0)).enclosure(over: [x: 0...1]) }
    #expect(try x.gathered(at: x.argmax(axis: 0)).enclosure()[0] == Interval(2))
  }
}

extension JSON {
  /// A number in hexadecimal, to its last bit.
  fileprivate var exact: Double { string.flatMap { Double($0) } ?? .nan }
}
