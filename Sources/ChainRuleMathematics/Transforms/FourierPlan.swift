import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How the Fourier transform of one length is computed: Σⱼ xⱼ·e^{−2πi jk/n}.
///
/// Lengths whose prime factors are at most 13 by Stockham's order, a factor at a time (4 before 2), each step from one
/// memory into the other; other lengths as a convolution with a chirp, e^{−πi k²/n}, of a power of two (Bluestein 1970).
final class FourierPlan: Sendable {
  let length: Int
  private let factors: [Int]
  /// e^{−2πi k/n} for k < n; with a chirp, e^{−πi k²/n}.
  private let roots: Roots
  private let chirp: Chirp?

  /// Real and imaginary parts.
  struct Roots: Sendable {
    var real: [Double], imaginary: [Double]
  }

  /// What makes a convolution of a transform.
  private struct Chirp: Sendable {
    let plan: FourierPlan
    /// The transform of e^{πi k²/n}, wrapped around, divided by its length.
    let filter: Roots
  }

  /// Elements of a transform, and as much memory again.
  struct Memory {
    var real: UnsafeMutablePointer<Double>, imaginary: UnsafeMutablePointer<Double>
    var otherReal: UnsafeMutablePointer<Double>, otherImaginary: UnsafeMutablePointer<Double>

    /// Real and imaginary parts in each other's place, which makes a transform the one with e^{+2πi jk/n}.
    var swapped: Memory {
      Memory(real: imaginary, imaginary: real, otherReal: otherImaginary, otherImaginary: otherReal)
    }
    fileprivate var turned: Memory {
      Memory(real: otherReal, imaginary: otherImaginary, otherReal: real, otherImaginary: imaginary)
    }
  }

  private static let plans = Mutex<[Int: FourierPlan]>([:])

  /// The plan of a length; as many as 64 are kept.
  static func of(_ length: Int) -> FourierPlan {
    if let known = plans.withLock({ $0[length] }) { return known }
    let plan = FourierPlan(length)
    plans.withLock { plans in
      if plans.count >= 64 { plans.removeAll() }
      plans[length] = plan
    }
    return plan
  }

  private init(_ length: Int) {
    self.length = length
    var factors: [Int] = [], rest = length
    for factor in [4, 2, 3, 5, 7, 11, 13] {
      while rest > 1, rest % factor == 0 {
        factors.append(factor)
        rest /= factor
      }
    }
    guard rest > 1 else {
      (self.factors, roots, chirp) = (factors, Self.unit(length, 0..<length), nil)
      return
    }
    var square = 0, squares: [Int] = []  // k² modulo 2n, a step at a time, so that nothing overflows
    for k in 0..<length {
      squares.append(square)
      square = (square + 2 * k + 1) % (2 * length)
    }
    let roots = Self.unit(2 * length, squares)
    (self.factors, self.roots, chirp) = ([], roots, Self.chirp(roots))
  }

  private static func chirp(_ roots: Roots) -> Chirp {
    let length = roots.real.count
    var size = 1
    while size < 2 * length - 1 { size *= 2 }
    let plan = FourierPlan(size), room = Room(size)
    for place in 0..<size { (room.memory.real[place], room.memory.imaginary[place]) = (0, 0) }
    for k in 0..<length {
      for place in [k, (size - k) % size] {
        (room.memory.real[place], room.memory.imaginary[place]) = (roots.real[k], -roots.imaginary[k])
      }
    }
    plan.run(room.memory)
    return Chirp(
      plan: plan,
      filter: Roots(
        real: (0..<size).map { room.memory.real[$0] / Double(size) },
        imaginary: (0..<size).map { room.memory.imaginary[$0] / Double(size) }))
  }

  /// e^{−2πi k/n}: the angle is brought within an eighth of a turn in whole numbers, so that it rounds once.
  private static func unit(_ n: Int, _ numbers: some Sequence<Int>) -> Roots {
    var roots = Roots(real: [], imaginary: [])
    for k in numbers {
      let eighth = 8 * k / n, rest = 8 * k - eighth * n  // the angle is (eighth + rest/n)·π/4
      let angle = Double(eighth % 2 == 0 ? rest : n - rest) / Double(n) * (Double.pi / 4)
      let (near, far) = (cos(angle), sin(angle)), isSwapped = (eighth + 1) / 2 % 2 == 1
      let (c, s) = isSwapped ? (far, near) : (near, far)
      roots.real.append((2...5).contains(eighth) ? -c : c)
      roots.imaginary.append(eighth < 4 ? -s : s)
    }
    return roots
  }

  /// How many elements each memory needs.
  var room: Int { chirp?.plan.length ?? length }

  /// Replaces the first `length` elements by their transform.
  func run(_ memory: Memory) {
    if let chirp { return convolve(memory, chirp) }
    var current = memory, stride = 1, size = length
    for factor in factors {
      let step = Step(factor: factor, stride: stride, groups: size / factor)
      switch factor {
      case 2: pass2(current, step)
      case 4: pass4(current, step)
      default: pass(current, step)
      }
      current = current.turned
      (stride, size) = (stride * factor, size / factor)
    }
    if current.real != memory.real {
      memory.real.update(from: current.real, count: length)
      memory.imaginary.update(from: current.imaginary, count: length)
    }
  }

  /// Σⱼ xⱼ·e^{−2πi jk/n} = w_k·Σⱼ (xⱼ·wⱼ)·w̄_{k−j} with w_k = e^{−πi k²/n}, since 2jk = k² + j² − (k − j)².
  private func convolve(_ memory: Memory, _ chirp: Chirp) {
    let (real, imaginary) = (memory.real, memory.imaginary), size = chirp.plan.length
    func multiply(_ count: Int, by factors: Roots) {
      for k in 0..<count {
        let (a, b) = (real[k], imaginary[k]), (c, d) = (factors.real[k], factors.imaginary[k])
        (real[k], imaginary[k]) = (a * c - b * d, a * d + b * c)
      }
    }
    multiply(length, by: roots)
    for k in length..<size { (real[k], imaginary[k]) = (0, 0) }
    chirp.plan.run(memory)
    multiply(size, by: chirp.filter)
    chirp.plan.run(memory.swapped)
    multiply(length, by: roots)
  }

  // MARK: Steps

  /// Transforms of `stride` interleaved sequences, of `factor · groups` elements each, brought one factor on.
  private struct Step {
    let factor: Int, stride: Int, groups: Int
  }

  private func root(_ number: Int) -> (Double, Double) { (roots.real[number], roots.imaginary[number]) }

  private func pass2(_ m: Memory, _ step: Step) {
    let s = step.stride, half = s * step.groups
    for p in 0..<step.groups {
      let (c, d) = root(p * s)
      for q in 0..<s {
        let from = q + s * p, to = q + s * 2 * p
        let (ar, ai, br, bi) = (m.real[from], m.imaginary[from], m.real[from + half], m.imaginary[from + half])
        (m.otherReal[to], m.otherImaginary[to]) = (ar + br, ai + bi)
        let (dr, di) = (ar - br, ai - bi)
        (m.otherReal[to + s], m.otherImaginary[to + s]) = (dr * c - di * d, dr * d + di * c)
      }
    }
  }

  private func pass4(_ m: Memory, _ step: Step) {
    let s = step.stride, quarter = s * step.groups
    for p in 0..<step.groups {
      let (c1, d1) = root(p * s), (c2, d2) = root(2 * p * s), (c3, d3) = root(3 * p * s)
      for q in 0..<s {
        let a = q + s * p, b = a + quarter, c = b + quarter, d = c + quarter, to = q + s * 4 * p
        let (acr, aci) = (m.real[a] + m.real[c], m.imaginary[a] + m.imaginary[c])
        let (amr, ami) = (m.real[a] - m.real[c], m.imaginary[a] - m.imaginary[c])
        let (bdr, bdi) = (m.real[b] + m.real[d], m.imaginary[b] + m.imaginary[d])
        let (bmr, bmi) = (m.real[b] - m.real[d], m.imaginary[b] - m.imaginary[d])
        let (r1, i1) = (amr + bmi, ami - bmr), (r2, i2) = (acr - bdr, aci - bdi), (r3, i3) = (amr - bmi, ami + bmr)
        (m.otherReal[to], m.otherImaginary[to]) = (acr + bdr, aci + bdi)
        (m.otherReal[to + s], m.otherImaginary[to + s]) = (r1 * c1 - i1 * d1, r1 * d1 + i1 * c1)
        (m.otherReal[to + 2 * s], m.otherImaginary[to + 2 * s]) = (r2 * c2 - i2 * d2, r2 * d2 + i2 * c2)
        (m.otherReal[to + 3 * s], m.otherImaginary[to + 3 * s]) = (r3 * c3 - i3 * d3, r3 * d3 + i3 * c3)
      }
    }
  }

  private func pass(_ m: Memory, _ step: Step) {
    let s = step.stride, r = step.factor, part = s * step.groups, turn = length / r
    for p in 0..<step.groups {
      for k in 0..<r {
        let (c, d) = root(p * k * s)
        for q in 0..<s {
          let from = q + s * p, to = q + s * (r * p + k)
          var (sumReal, sumImaginary) = (m.real[from], m.imaginary[from])
          for j in 1..<r {
            let (e, f) = root(j * k % r * turn), (x, y) = (m.real[from + j * part], m.imaginary[from + j * part])
            sumReal += x * e - y * f
            sumImaginary += x * f + y * e
          }
          (m.otherReal[to], m.otherImaginary[to]) = (
            sumReal * c - sumImaginary * d, sumReal * d + sumImaginary * c
          )
        }
      }
    }
  }

  /// Memory of a size, freed with its owner.
  final class Room {
    let memory: Memory
    private let base: UnsafeMutablePointer<Double>

    init(_ count: Int) {
      base = .allocate(capacity: Swift.max(1, 4 * count))
      memory = Memory(
        real: base, imaginary: base + count, otherReal: base + 2 * count, otherImaginary: base + 3 * count)
    }

    deinit { base.deallocate() }
  }
}
