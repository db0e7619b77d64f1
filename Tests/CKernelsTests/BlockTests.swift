import CKernels
import Foundation
import Testing

@testable import ChainRuleCore

/// Straight-line code over slots, some of which share memory and are written more than once.
private struct Straight {
  let code: [cr_slot_code]
  let kept: [Bool]
  /// Slots that are read before anything is written to them.
  let inputs: Set<UInt16>

  static let slots = 10
  init(_ dice: inout Dice) {
    var code: [cr_slot_code] = [], written: Set<UInt16> = [], inputs: Set<UInt16> = []
    for _ in 0..<dice.int(1...16) {
      let op = Opcode.allCases[dice.int(0...Opcode.allCases.count - 1)]
      let previous = code.last?.out ?? 0
      // Mostly what came just before, at any place, also several times.
      func operand() -> UInt16 { dice.chance(2) ? previous : UInt16(dice.int(0...Self.slots - 1)) }
      let x = cr_slot_code(
        op: UInt16(op.rawValue), out: UInt16(dice.int(0...Self.slots - 1)), a: operand(), b: operand(), c: operand())
      for slot in [x.a, x.b, x.c].prefix(op.arity) where !written.contains(slot) { inputs.insert(slot) }
      written.insert(x.out)
      code.append(x)
    }
    (self.code, self.inputs) = (code, inputs)
    kept = (0..<Self.slots).map { _ in dice.chance(2) }
  }

  var overwritesAnInput: Bool { code.contains { inputs.contains($0.out) } }

  /// What the kept slots hold at the end: one instruction after the other, or in blocks.
  func run<T: KernelElement>(_ data: [[T]], _ n: Int, inBlocks: Bool) -> [[T]] {
    let slots = data.map { values in
      let slot = UnsafeMutablePointer<T>.allocate(capacity: n + 1)
      slot.initialize(from: values, count: n + 1)
      return slot
    }
    defer { for slot in slots { slot.deallocate() } }
    if inBlocks {
      var blocks = [cr_block](repeating: cr_block(), count: 3 * code.count + 1)
      cr_blocks_write(code, code.count, kept, nil, 0, &blocks)
      T.runBlocks(code, blocks, !overwritesAnInput, slots, n)
    } else {
      for x in code {
        guard let op = Opcode(rawValue: UInt8(x.op)) else { continue }
        T.elementwise(
          op, n, slots[Int(x.out)], slots[Int(x.a)], 1, slots[Int(x.b)], 1, slots[Int(x.c)], 1)
      }
    }
    return slots.indices.map { kept[$0] ? Array(UnsafeBufferPointer(start: slots[$0], count: n + 1)) : [] }
  }
}

@Suite("Straight-line code in registers") struct BlockTests {
  @Test("has the bits of one instruction after the other", arguments: variants)
  func sameBits(variant: String) {
    for seed in 0..<(heavy ? 8_000 : 100) {
      sameBits(variant, UInt64(seed), Float.self)
      sameBits(variant, UInt64(seed), Double.self)
    }
  }

  private func sameBits<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type) {
    var dice = Dice(seed)
    let straight = Straight(&dice)
    // Around the lengths of a block, which are 8 to 128.
    let n = dice.chance(3) ? dice.int(0...20) : dice.int(0...300)
    let data: [[T]] = (0..<Straight.slots).map { _ in dice.array(n + 1, -2...2) }
    with(variant) {
      let one = straight.run(data, n, inBlocks: false), other = straight.run(data, n, inBlocks: true)
      let agree = zip(one, other).allSatisfy { zip($0, $1).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) } }
      if !agree { Issue.record("\(variant) \(T.self) seed \(seed), \(n) elements") }
    }
  }

  @Test("stores only what is read later")
  func storesLittle() {
    // a · b, then − c, then squared: three loads of operands and one result
    let code = [
      cr_slot_code(op: UInt16(Opcode.multiply.rawValue), out: 3, a: 0, b: 1, c: 0),
      cr_slot_code(op: UInt16(Opcode.subtract.rawValue), out: 4, a: 3, b: 2, c: 0),
      cr_slot_code(op: UInt16(Opcode.square.rawValue), out: 5, a: 4, b: 0, c: 0),
    ]
    var blocks = [cr_block](repeating: cr_block(), count: 10)
    cr_blocks_write(code, 3, [false, false, false, false, false, true], nil, 0, &blocks)
    #expect(blocks.firstIndex { $0.handler == blocks[4].handler } == 4, "three instructions, one store, the end")
    cr_blocks_write(code, 3, [false, false, false, true, true, true], nil, 0, &blocks)
    #expect(blocks[6].handler != 0 && blocks[7].handler == 0, "a store after each instruction, the end")
  }
}
