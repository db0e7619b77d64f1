import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// yᵢ = ln Σ_{j ≤ i} e^{xⱼ} along an axis, never outside the range of its elements. To first order
/// yᵢ′ = e^{yᵢ₋₁ − yᵢ}·yᵢ₋₁′ + e^{xᵢ − yᵢ}·xᵢ′, a linear recurrence whose factors are at most 1.
struct CumulativeLogSumExp: DescribedPrimitive, PrecisePrimitive, EnclosedPrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "ln Σ eˣ so far", derivatives: ["weights e^{xⱼ − yᵢ} for j ≤ i"], hasWeightsOfOneSign: true)
  let axis: Int
  var name: String { "cumulativeLogSumExp" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = inputs[0].shape, (outer, length, inner) = shape.split(at: axis)
    var values = inputs[0].scalars
    for row in 0..<outer {
      for column in 0..<inner {
        var largest = -Double.infinity, sum = 0.0
        for position in 0..<length {
          let place = (row * length + position) * inner + column, x = values[place]
          if x > largest || x.isNaN {
            sum = largest == -.infinity ? 1 : sum * exp(largest - x) + 1
            largest = x
          } else if x > -.infinity {
            sum += largest == .infinity ? 0 : exp(x - largest)
          }
          values[place] = largest == -.infinity ? largest : largest + log(sum)
        }
      }
    }
    return Tensor(shape: shape, values)
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    var result = inputs[0]
    for group in shapes[0].groups(over: [axis]) {
      for (before, place) in zip(group, group.dropFirst()) {
        let (a, b) = (result[before], result[place]), larger = Swift.max(a, b), smaller = Swift.min(a, b)
        guard larger.isFinite, smaller.isFinite else {
          result[place] = larger
          continue
        }
        result[place] = larger + (DoubleDouble(1) + (smaller - larger).exp).log
      }
    }
    return result
  }

  /// It rises in every element, so its ends are those of all elements at once; a step rounds by a few units at most.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let (low, high) = (try forward([inputs[0].lower]).scalars, try forward([inputs[0].upper]).scalars)
    let steps = Double(inputs[0].shape[axis] + 4) * 8 * Double.ulpOfOne
    let least = inputs[0].regularity
    return Enclosure(
      shape: inputs[0].shape,
      zip(low, high).map { low, high in
        guard low.isFinite, high.isFinite else { return .everything }
        return Interval(low - steps * Swift.max(1, low.magnitude), high + steps * Swift.max(1, high.magnitude), least)
      })
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let x = inputs[0], length = x.shape[axis]
    guard length > 0 else { return .linear(apply: { $0 }, transpose: { $0 }) }
    /// e^{a − b} with 0 for a = −∞, whatever b is.
    func share(_ a: Node, _ b: Node) -> Node { exp(`where`(equal(a, -.infinity), -.infinity, a - b)) }
    // Both have the rounding of y, which large numbers make large, until they are shares of their sum.
    let powers = share(x, output)
    let before = share(output.part(0, length - 1, axis: axis), output.part(1, length - 1, axis: axis))
    let sum = powers + before.bordered(1, 0, axis: axis), total = `where`(equal(sum, 0), 1, sum)
    let own = powers / total, kept = before / total.part(1, length - 1, axis: axis)
    return .linear(
      apply: { linearRecurrence(kept.bordered(1, 0, axis: axis), own * $0, axis: axis) },
      transpose: { own * linearRecurrence(kept.bordered(0, 1, axis: axis), $0, axis: axis, reversed: true) })
  }

  func batched(_ batch: Batch) -> Node? { batch.record(CumulativeLogSumExp(axis: axis + 1)) }
}

extension Node {
  /// ln Σ eˣ of the elements so far along an axis, without overflow.
  public func cumulativeLogSumExp(axis: Int = -1, reversed: Bool = false) -> Node {
    cumulated("cumulativeLogSumExp", axis, reversed) { x, axis in
      graph.recordGeneral(CumulativeLogSumExp(axis: axis), [x])
    }
  }
}
