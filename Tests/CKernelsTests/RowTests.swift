import CKernels
import Testing

@testable import ChainRuleCore

/// Code over rows with numbers as operands and folds, against one instruction after the other.
@Suite("Straight-line code over rows") struct RowTests {
  private static let slots = 8, numbers = 2, folds = 3

  @Test("has the bits of instructions and reductions of their own", arguments: variants + ["plain"])
  func sameBits(variant: String) {
    for seed in 0..<(heavy ? 4_000 : 60) {
      sameBits(variant, UInt64(seed), Float.self)
      sameBits(variant, UInt64(seed), Double.self)
    }
  }

  private func sameBits<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type) {
    var dice = Dice(seed)
    let rows = dice.int(1...3), width = dice.chance(3) ? dice.int(1...40) : dice.int(1...2_600)
    // Slots 0 ..< 8 hold rows, 8 and 9 numbers, 10 and 11 what is read for them, 12 a constant, then rooms and results.
    let operators: [Opcode] = [.add, .multiply, .subtract, .maximum, .exp, .tanh, .multiplyAdd, .negate, .divide]
    var code: [cr_slot_code] = []
    for _ in 0..<dice.int(0...6) {
      func operand() -> UInt16 { UInt16(dice.chance(3) ? dice.int(10...12) : dice.int(0...Self.slots - 1)) }
      code.append(
        cr_slot_code(
          op: UInt16(operators[dice.int(0...operators.count - 1)].rawValue), out: UInt16(dice.int(4...7)),
          a: code.last.map { dice.chance(2) ? operand() : $0.out } ?? operand(), b: operand(), c: operand()))
    }
    // A slot that is written after it was folded would be folded as it is at the end where a row does not fill blocks.
    var folds: [cr_row_fold] = []
    for number in 0..<dice.int((code.isEmpty ? 1 : 0)...Self.folds) {
      let after = dice.int(0...code.count), value = UInt16(dice.int(0...Self.slots - 1))
      if code[after...].contains(where: { $0.out == value }) { continue }
      let reduction: [Kernels.Reduction] = [.sum, .max, .min], end = [CR_ROW_PLAIN, CR_ROW_SHIFT, CR_ROW_SHARE]
      folds.append(
        cr_row_fold(
          value: value, after: UInt16(after), room: UInt16(13 + number), result: UInt16(16 + number),
          reduction: reduction[dice.int(0...2)], end: end[dice.int(0...2)]))
    }
    let data: [[T]] = (0..<Self.slots).map { _ in dice.array(rows * width, -2...2) }
    let numbers: [[T]] = (0..<Self.numbers).map { _ in dice.array(rows, -2...2) }
    with(variant) {
      let sweep = Sweep(code, folds, data, numbers, rows, width)
      let (one, other) = (sweep.byInstructions(), sweep.inSweeps())
      // A reciprocal is that of a sum that is not rounded.
      let hasShares = width > 512 && folds.contains { $0.end == CR_ROW_SHARE }
      func isSame(_ x: T, _ y: T) -> Bool {
        x == y || (x.isNaN && y.isNaN) || (hasShares && abs(x - y) <= abs(x).ulp)
      }
      /// Sums of the plain variant are those of rows, added one after the other, not of pieces: n · u · Σ|x| apart.
      /// Source: Higham 2002, section 4.2.
      func isSum(_ x: T, _ y: T, _ fold: cr_row_fold?, _ row: Int) -> Bool {
        guard variant == "plain", let fold, fold.reduction == .sum else { return false }
        let terms = one[Int(fold.value)][row * width..<(row + 1) * width]
        let size: T = terms.reduce(0) { $0 + abs($1) }
        let (a, b) = fold.end == CR_ROW_SHARE ? (1 / x, 1 / y) : (x, y)
        return abs(a - b) <= T(width) * T.ulpOfOne / 2 * size
      }
      for place in one.indices {
        let fold = folds.first { Int($0.result) == place + 8 }
        for (row, (x, y)) in zip(one[place], other[place]).enumerated() where !isSame(x, y) && !isSum(x, y, fold, row) {
          Issue.record("\(variant) \(T.self) seed \(seed), \(rows) rows of \(width), result \(place): \(x), \(y)")
          return
        }
      }
    }
  }
}

private struct Sweep<T: KernelElement> {
  let code: [cr_slot_code], folds: [cr_row_fold], data: [[T]], numbers: [[T]], rows: Int, width: Int

  init(_ code: [cr_slot_code], _ folds: [cr_row_fold], _ data: [[T]], _ numbers: [[T]], _ rows: Int, _ width: Int) {
    (self.code, self.folds, self.data, self.numbers) = (code, folds, data, numbers)
    (self.rows, self.width) = (rows, width)
  }

  private func withSlots(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<T>>) -> Void) -> [[T]] {
    let room = rows * width + 128
    let slots = UnsafeMutablePointer<UnsafeMutablePointer<T>>.allocate(capacity: 19)
    for slot in 0..<19 {
      slots[slot] = .allocate(capacity: room)
      slots[slot].initialize(repeating: 0.375, count: room)
    }
    defer {
      for slot in 0..<19 { slots[slot].deallocate() }
      slots.deallocate()
    }
    for (slot, values) in (data + numbers).enumerated() { slots[slot].update(from: values, count: values.count) }
    body(slots)
    return (0..<8).map { Array(UnsafeBufferPointer(start: slots[$0], count: rows * width)) }
      + (16..<19).map { Array(UnsafeBufferPointer(start: slots[$0], count: rows)) }
  }

  func inSweeps() -> [[T]] {
    let expanded = [cr_row_number(from: 8, room: 10), cr_row_number(from: 9, room: 11)], constants: [UInt16] = [12]
    let kept = [Bool](repeating: true, count: 19)
    return withSlots { slots in
      code.withUnsafeBufferPointer { code in
        folds.withUnsafeBufferPointer { folds in
          expanded.withUnsafeBufferPointer { expanded in
            constants.withUnsafeBufferPointer { constants in
              kept.withUnsafeBufferPointer { kept in
                var description = cr_row_description(
                  count: code.count, folds: folds.count, numbers: 2, constants: 1, slots: 19, code: code.baseAddress,
                  kept: kept.baseAddress, twice: false, fold: folds.baseAddress, repeated: expanded.baseAddress,
                  constant: constants.baseAddress)
                guard let program = cr_rows_build(&description) else { return }
                T.runRows(program, slots, rows, width)
                cr_rows_free(program)
              }
            }
          }
        }
      }
    }
  }

  func byInstructions() -> [[T]] {
    withSlots { slots in
      for row in 0..<rows {
        for (number, slot) in [(8, 10), (9, 11)] {
          slots[slot].update(repeating: slots[number][row], count: rows * width)
        }
        func at(_ slot: UInt16) -> UnsafeMutablePointer<T> { slots[Int(slot)] + row * width }
        func fold(after: Int) {
          for fold in folds where Int(fold.after) == after {
            var x: T = 0
            withUnsafeMutablePointer(to: &x) { T.reduce(fold.reduction, 1, width, 1, $0, at(fold.value)) }
            if fold.end == CR_ROW_SHIFT, x == -.infinity { x = 0 }
            if fold.end == CR_ROW_SHARE { x = x == 0 ? 1 : 1 / x }
            slots[Int(fold.result)][row] = x
          }
        }
        fold(after: 0)
        for (index, x) in code.enumerated() {
          if let op = Opcode(rawValue: UInt8(x.op)) {
            T.elementwise(op, width, at(x.out), at(x.a), 1, at(x.b), 1, at(x.c), 1)
          }
          fold(after: index + 1)
        }
      }
    }
  }
}
