import CKernels
import Testing

@testable import ChainRuleCore

/// 3 × 3 windows over many channels, which single precision takes by minimal filtering, against the definition in double.
@Suite("Convolution by minimal filtering") struct MinimalFilteringTests {
  @Test(
    "Random geometries agree with the definition in double; images and chunks may be cut anywhere", arguments: variants)
  func geometriesAgree(variant: String) {
    for seed in 0..<(heavy ? 300 : 12) {
      var dice = Dice(UInt64(seed))
      let v = geometry(&dice), cut = dice.int(0...v.batch)
      let x: [Float] = dice.array(v.inputs), w: [Float] = dice.array(v.weights), dy: [Float] = dice.array(v.outputs)
      let (y, dw) = definition(v, x, w, dy)
      with(variant) {
        let ours = Float.convolve(v, x, w, cut: 0), gradient = Float.convolveWeightGradient(v, x, dy, backwards: false)
        #expect(difference(ours, y) <= 0x1p-22 * Double(10 + 9 * v.in_channels), "y of \(v)")
        #expect(difference(gradient, dw) <= 0x1p-22 * Double(10 + v.outputs / v.out_channels), "dw of \(v)")
        #expect(ours == Float.convolve(v, x, w, cut: cut), "the cut shows in y of \(v)")
        #expect(gradient == Float.convolveWeightGradient(v, x, dy, backwards: true), "the cut shows in dw of \(v)")
      }
    }
  }

  @Test("An infinite pixel is infinite in its windows, and nowhere else", arguments: variants)
  func anInfinitePixelStaysOne(variant: String) {
    let v = image(batch: 3, channels: 16, outputs: 17, 12, 13)
    var dice = Dice(7)
    let w: [Float] = dice.array(v.weights, 0.1...1), tame: [Float] = dice.array(v.inputs)
    let dy: [Float] = dice.array(v.outputs)
    for wild in [Float.infinity, -.infinity] {
      var x = tame
      x[(1 * 16 + 5) * 12 * 13 + dice.int(0...11) * 13 + dice.int(0...12)] = wild
      let (y, _) = definition(v, x, w, dy), ours = with(variant) { Float.convolve(v, x, w, cut: 0) }
      #expect(y.contains(Double(wild)))
      #expect(zip(ours, y).allSatisfy { Double($0) == $1 || abs(Double($0) - $1) < 1e-4 })
    }
  }

  @Test("A huge pixel that meets weights of 0 leaves no rounding", arguments: variants)
  func hugePixelsLeaveNothingAtWeightsOfZero(variant: String) {
    let v = image(batch: 2, channels: 16, outputs: 16, 12, 12)
    var dice = Dice(9)
    var x: [Float] = dice.array(v.inputs), w: [Float] = dice.array(v.weights)
    let dy: [Float] = dice.array(v.outputs)
    x[5 * 144 + 6 * 12 + 6] = 1e9
    for o in 0..<16 { for tap in 0..<9 { w[(o * 16 + 5) * 9 + tap] = tap == 0 ? 1 : 0 } }
    let (y, _) = definition(v, x, w, dy), ours = with(variant) { Float.convolve(v, x, w, cut: 0) }
    // The first tap meets it at the output one row and one column on, which is huge; all others are what they are.
    #expect(zip(ours, y).allSatisfy { abs($1) > 1e8 || abs(Double($0) - $1) < 1e-4 })
    #expect(y.filter { abs($0) > 1e8 }.count == 16)
  }

  @Test("A huge pixel leaves gradients of weights that it does not meet their digits", arguments: variants)
  func hugePixelsLeaveOtherWeightsTheirDigits(variant: String) {
    let v = image(batch: 2, channels: 16, outputs: 16, 20, 20)
    var dice = Dice(8)
    let w: [Float] = dice.array(v.weights)
    var x: [Float] = dice.array(v.inputs), dy: [Float] = dice.array(v.outputs)
    x[9 * 20 + 9] = 1e9
    for o in 0..<16 {
      for i in 8...10 { for j in 8...10 where (i, j) != (8, 8) { dy[(o * 20 + i) * 20 + j] = 0 } }
    }
    let (_, dw) = definition(v, x, w, dy)
    let ours = with(variant) { Float.convolveWeightGradient(v, x, dy, backwards: false) }
    // Its last tap alone meets it, in one channel for each of the outputs.
    #expect(zip(ours, dw).allSatisfy { abs($1) > 1e5 || abs(Double($0) - $1) < 1e-3 })
    #expect(dw.filter { abs($0) > 1e5 }.count == 16)
  }

  private func image(batch: Int, channels: Int, outputs: Int, _ height: Int, _ width: Int) -> cr_conv {
    var v = cr_conv()
    (v.batch, v.groups, v.in_channels, v.out_channels) = (batch, 1, channels, outputs)
    (v.in_height, v.in_width, v.out_height, v.out_width) = (height, width, height, width)
    (v.kernel_height, v.kernel_width, v.stride_y, v.stride_x) = (3, 3, 1, 1)
    (v.dilation_y, v.dilation_x, v.pad_top, v.pad_left) = (1, 1, 1, 1)
    return v
  }

  private func geometry(_ dice: inout Dice) -> cr_conv {
    let groups = dice.chance(4) ? 2 : 1
    var v = image(
      batch: dice.int(1...(dice.chance(4) ? 20 : 3)), channels: groups * dice.int(16...37),
      outputs: groups * dice.int(16...37), dice.int(4...19), dice.int(4...(dice.chance(3) ? 80 : 20)))
    v.groups = groups
    (v.pad_top, v.pad_left) = (dice.int(0...2), dice.int(0...2))
    (v.out_height, v.out_width) = (
      v.in_height + v.pad_top + dice.int(0...2) - 2, v.in_width + v.pad_left + dice.int(0...2) - 2
    )
    return v
  }

  private func definition(_ v: cr_conv, _ x: [Float], _ w: [Float], _ dy: [Float]) -> (y: [Double], dw: [Double]) {
    with("plain") {
      (
        Double.convolve(v, x.map(Double.init), w.map(Double.init), cut: 0),
        Double.convolveWeightGradient(v, x.map(Double.init), dy.map(Double.init), backwards: false)
      )
    }
  }

  /// NaN counts as infinitely far.
  private func difference(_ ours: [Float], _ exact: [Double]) -> Double {
    zip(ours, exact).reduce(0) {
      let difference = abs(Double($1.0) - $1.1)
      return difference.isNaN ? .infinity : max($0, difference)
    }
  }
}
