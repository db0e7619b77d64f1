import CKernels
import Testing

@testable import ChainRuleCore

@Suite("Moves") struct MoveTests {
  @Test("Strided copies and their transposes, any rank, any stride", arguments: variants) func strided(variant: String)
  {
    strided(variant, Float.self)
    strided(variant, Double.self)
  }

  private func strided<T: KernelElement>(_ variant: String, _: T.Type) {
    var dice = Dice(6)
    for _ in 0..<(heavy ? 5000 : 250) {
      let rank = dice.int(0...4)
      let shape = (0..<rank).map { _ in dice.chance(25) ? 0 : dice.int(1...(dice.chance(4) ? 40 : 7)) }
      // A dense array in some order of axes, some of them reversed, repeated or with gaps.
      var strides = [Int](repeating: 0, count: rank), size = 1, start = 0
      for axis in (0..<rank).shuffled(with: &dice) where !dice.chance(5) {
        let gap = dice.chance(5) ? 2 : 1
        strides[axis] = size * gap
        size *= max(shape[axis], 1) * gap
        if dice.chance(5) && shape[axis] > 0 {
          strides[axis].negate()
          start += (shape[axis] - 1) * -strides[axis]
        }
      }
      let count = shape.reduce(1, *)
      let source: [T] = dice.array(size), dense: [T] = dice.array(count)
      var results: [[T]] = []
      for name in ["plain", variant] {
        var copy = [T](repeating: 7, count: count), placed = source
        with(name) {
          source.withUnsafeBufferPointer { T.copyStrided(shape, strides, &copy, $0.baseAddress! + start) }
          placed.withUnsafeMutableBufferPointer {
            T.padStrided(shape, strides, $0.baseAddress! + start, dense)
          }
        }
        results.append(copy + placed)
      }
      if results[0] != results[1] { Issue.record("\(variant) \(T.self) shape \(shape), strides \(strides)") }
    }
  }

  @Test(arguments: variants) func transposesOfEverySize(variant: String) {
    for rows in [1, 2, 15, 16, 17, 33] {
      for columns in 1...40 {
        let a = (0..<rows * columns).map { Float($0) }
        var t = [Float](repeating: -1, count: a.count)
        with(variant) { Float.copyStrided([columns, rows], [1, columns], &t, a) }
        let expected: [Float] = (0..<columns).flatMap { column in
          (0..<rows).map { (row: Int) -> Float in Float(row * columns + column) }
        }
        #expect(t == expected)
      }
    }
  }

  /// Rows of inputs side by side, thin ones and wide ones mixed; what is left out stays as it was.
  @Test(arguments: variants) func rowsSideBySide(variant: String) {
    func check<T: KernelElement & BinaryFloatingPoint>(_ type: T.Type, _ widths: [Int], _ rows: Int, without: Int?) {
      let row = widths.reduce(0, +) + 2
      let inputs = widths.enumerated().map { part, width in (0..<rows * width).map { T(1000 * (part + 1) + $0) } }
      var expected = [T](repeating: -1, count: rows * row), found = expected
      for r in 0..<rows {
        var column = 0
        for (part, width) in widths.enumerated() {
          for i in 0..<width where part != without { expected[r * row + column + i] = inputs[part][r * width + i] }
          column += width
        }
      }
      let pointers = inputs.map { input in
        let pointer = UnsafeMutablePointer<T>.allocate(capacity: input.count + 1)
        pointer.initialize(from: input, count: input.count)
        return pointer
      }
      defer { for pointer in pointers { pointer.deallocate() } }
      let given = pointers.enumerated().map { $0 == without ? nil : UnsafeRawPointer($1) }
      with(variant) { T.join(widths.count, given, widths, rows, &found, row) }
      #expect(found == expected, "\(widths) × \(rows) without \(without ?? -1)")
    }
    for widths in [
      [1, 1], [3], [1, 1, 1, 2, 1], [Int](repeating: 1, count: 30), [4, 1, 1, 70], [2, 3, 4, 5, 6, 7, 8, 9], [1, 0, 1],
    ] {
      for rows in [0, 1, 7, 8, 17, 64, 131] {
        check(Double.self, widths, rows, without: nil)
        check(Float.self, widths, rows, without: nil)
        check(Double.self, widths, rows, without: widths.count / 2)
      }
    }
  }

  @Test(arguments: variants) func takeAndItsTranspose(variant: String) {
    var dice = Dice(8)
    for inner in [1, 3, 16, 33] {
      for outer in [1, 3] {
        let n = 11, count = dice.int(0...20)
        let indices = (0..<count).map { _ in Int32(dice.int(0...n - 1)) }
        let a: [Double] = dice.array(outer * n * inner), g: [Double] = dice.array(outer * count * inner)
        var results: [[Double]] = []
        for name in ["plain", variant] {
          var taken = [Double](repeating: 7, count: outer * count * inner),
            back = [Double](repeating: 7, count: a.count)
          with(name) {
            Double.take(outer, n, inner, indices.count, indices, &taken, a)
            Double.takeTransposed(outer, n, inner, indices.count, indices, &back, g)
          }
          results.append(taken + back)
        }
        #expect(results[0] == results[1])
      }
    }
  }

  /// Columns of a few rows are added, the others stay; an index that comes again adds up.
  @Test(arguments: variants) func addingAtIndices(variant: String) {
    var dice = Dice(9)
    for (inner, width) in [(1, 1), (5, 3), (16, 16), (40, 33), (300, 287)] {
      let n = 7, indices = (0..<40).map { _ in Int32(dice.int(0...n - 1)) }
      let start: [Float] = dice.array(n * inner), a: [Float] = dice.array(indices.count * inner)
      var expected = start, found = start
      for (row, index) in indices.enumerated() {
        for column in 0..<width { expected[Int(index) * inner + column] += a[row * inner + column] }
      }
      with(variant) { Float.addAt(inner, width, indices.count, indices, &found, a) }
      #expect(found == expected)
    }
  }

  @Test(arguments: variants) func numbersRepeated(variant: String) {
    for width in [1, 2, 3, 4, 7, 8, 9, 16, 31] {
      for (rows, step) in [(0, 1), (1, 1), (2, 3), (50, 1), (33, 2)] {
        let a = (0..<rows * step + 1).map { Double($0) }
        var found = [Double](repeating: -1, count: rows * width + 1)
        with(variant) { Double.repeatNumbers(rows, step, width, &found, a) }
        #expect(found == (0..<rows * width).map { a[$0 / width * step] } + [-1])
      }
    }
  }
}

extension Range<Int> {
  fileprivate func shuffled(with dice: inout Dice) -> [Int] {
    var order = Array(self)
    for i in order.indices.dropFirst() { order.swapAt(i, dice.int(0...i)) }
    return order
  }
}
