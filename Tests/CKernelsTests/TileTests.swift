import CKernels
import Foundation
import Testing

@testable import ChainRuleCore

/// A random fused group and what it means, element by element.
private struct Group {
  var shape: [Int], split: Int
  var strides: [[Int]], sizes: [Int]
  var constants: [Double]
  var instructions: [cr_tile_instruction] = []
  var outputs: [cr_tile_output] = []
  var data: [[Double]] = []

  static let ops: [Opcode] = [
    .add, .add, .subtract, .subtract, .multiply, .multiply, .multiply, .square, .sigmoid, .tanh,
    .negate,
    .maximum, .relu, .multiplyAdd, .divide, .sqrt, .abs,
  ]

  init(_ dice: inout Dice) {
    let rank = dice.int(0...4)
    shape = (0..<rank).map { _ in dice.chance(8) ? 1 : dice.int(1...(heavy ? 8 : 6)) }
    if rank > 0 && shape.dropLast().reduce(1, *) < (heavy ? 100 : 9) && dice.chance(2) {
      shape[rank - 1] = dice.int(200...700)
    }
    split = rank == 0 ? 0 : dice.int(1...rank)
    (strides, sizes) = ([], [])
    for _ in 0..<dice.int(1...4) {
      var stride = [Int](repeating: 0, count: rank), size = 1
      let broadcasts = dice.chance(3), reversed = dice.chance(6)
      for axis in reversed ? Array(0..<rank) : (0..<rank).reversed() where !(broadcasts && dice.chance(2)) {
        stride[axis] = size
        size *= shape[axis]
      }
      strides.append(stride)
      sizes.append(size)
      data.append(dice.array(size, 0.5...1.5) as [Double])
    }
    constants = (0..<dice.int(0...2)).map { _ in dice.chance(2) ? 1 : dice.unit() + 0.5 }
    let first = strides.count + constants.count
    for i in 0..<dice.int(0...12) {
      let last = first + i - 1
      func operand() -> UInt16 { UInt16(dice.chance(3) ? last : dice.int(0...last)) }
      let op = Group.ops[dice.int(0...Group.ops.count - 1)]
      var x = cr_tile_instruction(op: UInt16(op.rawValue), a: operand(), b: operand(), c: operand())
      if dice.chance(5) { x.b = x.a }
      instructions.append(x)
    }
    var taken: Set<Int> = []
    for _ in 0..<dice.int(1...4) {
      let kind = dice.chance(2) ? CR_TILE_STORE : split == 0 || dice.chance(2) ? CR_TILE_SUM : CR_TILE_SUM_LEADING
      let value = dice.chance(2) ? first + instructions.count - 1 : dice.int(0...first + instructions.count - 1)
      var place = -1
      let input = dice.int(0...strides.count - 1)
      if kind == CR_TILE_STORE && sizes[input] == count && isDense(input) && taken.insert(input).inserted {
        place = input
      }
      // Some are stored row by row, with gaps that nobody may touch.
      let mayBeApart = kind == CR_TILE_STORE && place < 0 && rank > 0 && split + 1 == rank
      let row = mayBeApart && dice.chance(2) ? shape[rank - 1] + dice.int(0...5) : 0
      outputs.append(cr_tile_output(kind: kind, value: UInt16(value), in_place: Int16(place), row: row))
    }
  }

  var count: Int { shape.reduce(1, *) }
  private func isDense(_ input: Int) -> Bool {
    var size = 1
    for axis in shape.indices.reversed() {
      if shape[axis] != 1 && strides[input][axis] != size { return false }
      size *= shape[axis]
    }
    return true
  }
  func length(_ output: cr_tile_output) -> Int {
    switch output.kind {
    case CR_TILE_STORE where output.row > 0: count / shape[shape.count - 1] * output.row
    case CR_TILE_STORE: count
    case CR_TILE_SUM: 1
    default: shape[split...].reduce(1, *)
    }
  }

  /// What lies between the rows of an output.
  static let gap = 7.0

  /// The results in double, and the largest intermediate value, which sets what rounding may do.
  func evaluate() -> (outputs: [[Double]], largest: Double) {
    var values: [[Double]] = []
    for (input, stride) in strides.enumerated() {
      values.append(
        (0..<count).map { element in
          var rest = element, at = 0
          for axis in shape.indices.reversed() {
            at += rest % shape[axis] * stride[axis]
            rest /= shape[axis]
          }
          return data[input][at]
        })
    }
    for c in constants { values.append([Double](repeating: c, count: count)) }
    for x in instructions {
      values.append(
        (0..<count).map {
          cr_scalar(Opcode(rawValue: UInt8(x.op))!, values[Int(x.a)][$0], values[Int(x.b)][$0], values[Int(x.c)][$0])
        })
    }
    let largest = values.joined().reduce(1) { max($0, $1.isNaN ? .infinity : abs($1)) }
    let inner = shape[split...].reduce(1, *)
    let results = outputs.map { output in
      let x = values[Int(output.value)]
      if output.row > 0 {
        let last = shape[shape.count - 1]
        var out = [Double](repeating: Self.gap, count: length(output))
        for (i, v) in x.enumerated() { out[i / last * output.row + i % last] = v }
        return out
      }
      if output.kind == CR_TILE_STORE { return x }
      var out = [Double](repeating: 0, count: length(output))
      for (i, v) in x.enumerated() { out[output.kind == CR_TILE_SUM ? 0 : i % inner] += v }
      return out
    }
    return (results, largest)
  }

  /// The program that the kernels make of it.
  private func program(isDouble: Bool) -> OpaquePointer? {
    func fill<Fields>(_ fields: inout Fields, _ numbers: [Int]) {
      withUnsafeMutableBytes(of: &fields) { bytes in
        for (axis, number) in numbers.enumerated() {
          bytes.storeBytes(of: number, toByteOffset: axis * MemoryLayout<Int>.stride, as: Int.self)
        }
      }
    }
    let tileInputs = strides.map { stride in
      var input = cr_tile_input()
      fill(&input.strides, stride)
      return input
    }
    var description = cr_tile_description()
    (description.rank, description.split) = (shape.count, split)
    fill(&description.shape, shape)
    (description.inputs, description.constants) = (strides.count, constants.count)
    (description.instructions, description.outputs) = (instructions.count, outputs.count)
    return tileInputs.withUnsafeBufferPointer { i in
      constants.withUnsafeBufferPointer { c in
        instructions.withUnsafeBufferPointer { x in
          outputs.withUnsafeBufferPointer { o in
            (description.input, description.constant) = (i.baseAddress, c.baseAddress)
            (description.instruction, description.output) = (x.baseAddress, o.baseAddress)
            return cr_tile_build(&description, isDouble)
          }
        }
      }
    }
  }

  /// Runs the program, chunk by chunk in the given order.
  func run<T: KernelElement>(_: T.Type, backwards: Bool) -> [[T]]? {
    guard let program = program(isDouble: T.isDouble) else { return nil }
    defer { cr_tile_free(program) }
    let partials = Scratch(cr_tile_partial_bytes(program))
    defer { withExtendedLifetime(partials) {} }
    let inputs = data.map { d in
      let p = UnsafeMutablePointer<T>.allocate(capacity: max(d.count, 1))
      for (i, x) in d.enumerated() { p[i] = T(x) }
      return p
    }
    let results = outputs.map { o in
      o.in_place >= 0 ? inputs[Int(o.in_place)] : UnsafeMutablePointer<T>.allocate(capacity: max(length(o), 1))
    }
    for (o, p) in zip(outputs, results) where o.row > 0 { p.update(repeating: T(Self.gap), count: length(o)) }
    let from = inputs.map { UnsafeRawPointer($0) as UnsafeRawPointer? },
      to = results.map { UnsafeMutableRawPointer($0) as UnsafeMutableRawPointer? }
    let chunks = cr_tile_chunks(program)
    if backwards {
      for chunk in (0..<chunks).reversed() { cr_tile_run(program, chunk, chunk + 1, from, to, partials.base) }
    } else {
      cr_tile_run(program, 0, chunks, from, to, partials.base)
    }
    cr_tile_finish(program, to, partials.base)
    let arrays = zip(outputs, results).map { o, p in Array(UnsafeBufferPointer(start: p, count: length(o))) }
    for (o, p) in zip(outputs, results) where o.in_place < 0 { p.deallocate() }
    for p in inputs { p.deallocate() }
    return arrays
  }
}

@Suite("Tile programs") struct TileTests {
  @Test("Random groups agree with their meaning, and the order of chunks changes no bit", arguments: variants)
  func groupsAgree(variant: String) {
    for seed in 0..<(heavy ? 5000 : 120) {
      agree(variant, UInt64(seed), Float.self)
      agree(variant, UInt64(seed), Double.self)
    }
  }

  private func agree<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type) {
    var dice = Dice(seed)
    let group = Group(&dice)
    let (expected, largest) = group.evaluate()
    with(variant) {
      guard let actual = group.run(T.self, backwards: false), let again = group.run(T.self, backwards: true) else {
        Issue.record("seed \(seed) was refused")
        return
      }
      for (o, output) in group.outputs.enumerated() {
        let bits = zip(actual[o], again[o]).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        if !bits { Issue.record("\(variant) \(T.self) seed \(seed), output \(o): the order of chunks shows") }
        guard largest < 1e6 else { continue }
        let sum = output.kind == CR_TILE_STORE ? 1 : Double(group.count)
        let allowed = (T.isDouble ? 1e-12 : 1e-4) * largest * largest * (1 + sum)
        if !zip(actual[o], expected[o]).allSatisfy({ abs(Double($0) - $1) <= allowed || (Double($0).isNaN && $1.isNaN) }
        ) {
          Issue.record("\(variant) \(T.self) seed \(seed), output \(o) of kind \(output.kind.rawValue)")
          return
        }
      }
    }
  }

  /// The instructions of a program over rows of `inputs` that stores its last value, one line each.
  private func describe(inputs: Int, _ code: [(op: Opcode, a: Int, b: Int)]) -> String {
    var input = [cr_tile_input](repeating: cr_tile_input(), count: inputs)
    for index in input.indices { input[index].strides.0 = 1 }
    let instructions = code.map {
      cr_tile_instruction(op: UInt16($0.op.rawValue), a: UInt16($0.a), b: UInt16($0.b), c: 0)
    }
    let last = UInt16(inputs + code.count - 1)
    let outputs = [cr_tile_output(kind: CR_TILE_STORE, value: last, in_place: -1, row: 0)]
    var d = cr_tile_description()
    (d.rank, d.inputs, d.instructions, d.outputs) = (1, inputs, code.count, 1)
    d.shape.0 = 1000
    return input.withUnsafeBufferPointer { i in
      instructions.withUnsafeBufferPointer { x in
        outputs.withUnsafeBufferPointer { o in
          (d.input, d.instruction, d.output) = (i.baseAddress, x.baseAddress, o.baseAddress)
          guard let program = cr_tile_build(&d, false) else { return "refused" }
          defer { cr_tile_free(program) }
          var room = [CChar](repeating: 0, count: 500)
          _ = cr_tile_describe(program, &room, room.count)
          return room.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }
      }
    }
  }

  @Test func superinstructionsAreFound() {
    // σ'(x) · g = g (s - s²)
    let text = describe(
      inputs: 2, [(.sigmoid, 0, 0), (.multiply, 2, 2), (.subtract, 2, 3), (.multiply, 1, 4)])
    #expect(text.split(separator: "\n").count == 3)
    #expect(text.contains(" lessSquare"))
  }

  private func order(_ text: String) -> [Substring] {
    text.split(separator: "\n").map { $0.split(separator: " ")[2] }
  }

  /// s (|s| + sin eˣ) with s = σ(x): both ways to the sum are as long, the one from s begins at what is in registers.
  @Test func whatBeginsWithTheValueBeforeIsComputedNext() {
    let text = describe(
      inputs: 1,
      [
        (.exp, 0, 0), (.sin, 1, 0), (.sigmoid, 0, 0), (.abs, 3, 0), (.add, 4, 2), (.multiply, 3, 5),
      ])
    #expect(order(text) == ["sigmoid", "abs", "exp", "sin", "add", "multiply"], "\(text)")
  }

  /// cos x + sin eˣ: the shorter way is stored, the longer one goes on in registers.
  @Test func theShorterWayIsComputedFirst() {
    let text = describe(inputs: 1, [(.exp, 0, 0), (.sin, 1, 0), (.cos, 0, 0), (.add, 3, 2)])
    #expect(order(text) == ["cos", "exp", "sin", "add"], "\(text)")
  }
}
