import CKernels
import Testing

@testable import ChainRuleCore

@Suite("Convolution and pooling") struct ConvTests {
  @Test("Random geometries agree with the definition; images and chunks may be cut anywhere", arguments: variants)
  func convolutionsAgree(variant: String) {
    for seed in 0..<(heavy ? 3000 : 60) {
      convolution(variant, UInt64(seed), Float.self)
      convolution(variant, UInt64(seed), Double.self)
    }
  }

  private func geometry(_ dice: inout Dice) -> cr_conv {
    var v = cr_conv()
    v.batch = dice.int(1...(dice.chance(10) ? 19 : 3))
    v.groups = dice.chance(3) ? dice.int(1...3) : 1
    v.in_channels = v.groups * dice.int(1...4)
    v.out_channels = v.groups * dice.int(1...(dice.chance(4) ? 20 : 7))
    (v.kernel_height, v.kernel_width) = (dice.int(1...4), dice.int(1...5))
    (v.stride_y, v.stride_x) = dice.chance(2) ? (1, 1) : (dice.int(1...3), dice.int(1...3))
    (v.dilation_y, v.dilation_x) = (dice.chance(4) ? 2 : 1, dice.chance(4) ? 3 : 1)
    (v.pad_top, v.pad_left) = dice.chance(2) ? (0, 0) : (dice.int(0...3), dice.int(0...3))
    let below = v.pad_top > 0 ? dice.int(0...3) : 0, right = v.pad_left > 0 ? dice.int(0...3) : 0
    let tall = (v.kernel_height - 1) * v.dilation_y + 1, wide = (v.kernel_width - 1) * v.dilation_x + 1
    v.in_height = max(dice.int(1...9), tall)
    v.in_width = max(dice.int(1...(dice.chance(4) ? 40 : 12)), wide)
    v.out_height = (v.in_height + v.pad_top + below - tall) / v.stride_y + 1
    v.out_width = (v.in_width + v.pad_left + right - wide) / v.stride_x + 1
    return v
  }

  private func convolution<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type) {
    var dice = Dice(seed)
    let v = geometry(&dice)
    let x: [T] = dice.array(v.inputs), w: [T] = dice.array(v.weights), dy: [T] = dice.array(v.outputs)
    let cut = dice.int(0...v.batch)
    func all(_ name: String, _ cut: Int, _ backwards: Bool) -> [[T]] {
      with(name) {
        [
          T.convolve(v, x, w, cut: cut), T.convolveInputGradient(v, dy, w, cut: cut),
          T.convolveWeightGradient(v, x, dy, backwards: backwards),
        ]
      }
    }
    let plain = all("plain", 0, false), fast = all(variant, 0, false), again = all(variant, cut, true)
    let terms = max(v.weights, v.batch * v.out_height * v.out_width)
    let allowed = (T.isDouble ? 0x1p-51 : 0x1p-22) * Double(10 + terms)
    for (part, name) in ["y", "dx", "dw"].enumerated() {
      if !zip(plain[part], fast[part]).allSatisfy({ abs(Double($0) - Double($1)) <= allowed }) {
        Issue.record("\(variant) \(T.self) seed \(seed): \(name) of \(v)")
        return
      }
    }
    if fast != again { Issue.record("\(variant) \(T.self) seed \(seed): the cut shows") }
  }

  @Test(arguments: variants) func poolsAgree(variant: String) {
    for seed in 0..<(heavy ? 3000 : 100) {
      pool(variant, UInt64(seed), Float.self)
      pool(variant, UInt64(seed), Double.self)
    }
  }

  private func pool<T: KernelElement>(_ variant: String, _ seed: UInt64, _: T.Type) {
    var dice = Dice(seed)
    var q = cr_pool()
    (q.window_height, q.window_width, q.stride_y, q.stride_x) = (
      dice.int(1...4), dice.int(1...4), dice.int(1...3), dice.int(1...3)
    )
    (q.pad_top, q.pad_left) = (dice.int(0...q.window_height / 2), dice.int(0...q.window_width / 2))
    if dice.chance(2) {
      (q.window_height, q.window_width, q.stride_y, q.stride_x, q.pad_top, q.pad_left) = (2, 2, 2, 2, 0, 0)
    }
    q.in_height = q.window_height + dice.int(0...6)
    q.in_width = q.window_width + dice.int(0...(dice.chance(2) ? 70 : 9))
    q.out_height = (q.in_height + 2 * q.pad_top - q.window_height) / q.stride_y + 1
    q.out_width = (q.in_width + 2 * q.pad_left - q.window_width) / q.stride_x + 1
    q.counts_padding = dice.chance(2)
    let planes = 2
    // Few values, so that there are ties, and now and then a NaN.
    let x: [T] = (0..<planes * q.in_height * q.in_width).map { _ in dice.chance(30) ? .nan : T(dice.int(0...4)) }
    let dy: [T] = dice.array(planes * q.out_height * q.out_width)
    let plain = with("plain") { T.pool(q, planes: planes, x, dy) },
      fast = with(variant) { T.pool(q, planes: planes, x, dy) }
    #expect(plain.places == fast.places)
    func same(_ a: [T], _ b: [T]) -> Bool {
      zip(a, b).allSatisfy { ($0.isNaN && $1.isNaN) || abs(Double($0) - Double($1)) < 1e-5 }
    }
    #expect(same(plain.max, fast.max) && same(plain.average, fast.average))
    #expect(same(plain.averageGradient, fast.averageGradient))
  }
}
