import ChainRuleCore

// Elements that are moved and not computed with.

extension NodeWriter {
  func movement(_ form: PrimitiveForm) -> StableHLOValue? {
    switch form {
    case .reshape: return x.reshaped(to: lengths)
    case .broadcast: return broadcast()
    case .identity: return x
    case .transpose(let order): return x.transposed(order)
    case .concatenate(let axis): return body.concatenated(inputs, axis: axis)
    case .flip(let axes): return x.flipped(axes)
    case .slice(let starts, let counts, let steps): return slice(starts, counts, steps)
    case .pad(let starts, let steps, let filling): return pad(starts, steps, filling)
    case .randomUniform(let seed): return randomUniform(seed)
    default: return nil
    }
  }

  /// Numbers that are read as indices, and the other way round.
  func conversion() -> StableHLOValue? {
    if primitive is AsNumbers { return x.converted(to: body.number) }
    guard primitive is AsIndices else { return nil }
    let isWhole = x.compared("EQ", x.map("stablehlo.round_nearest_even")).and(x.abs.compared("LT", 0x1p31))
    refuse(
      where: isWhole.map("stablehlo.not"),
      ChainRuleError(
        .value, in: primitive.name, required: "whole numbers of 32 bits as indices", got: "others",
        hint: "Round them, or use Tensor(indices:)."))
    return x.converted(to: .int32)
  }

  private func broadcast() -> StableHLOValue {
    let from = x.dimensions, offset = lengths.count - from.count
    // A length of 1 that is repeated is no axis of its own; one that stays is.
    let kept = from.indices.filter { from[$0] == lengths[$0 + offset] }
    return x.reshaped(to: kept.map { from[$0] }).spread(to: lengths, at: kept.map { $0 + offset })
  }

  private func slice(_ starts: [Int], _ counts: [Int], _ steps: [Int]) -> StableHLOValue {
    var (value, from) = (x, starts)
    let backward = steps.indices.filter { steps[$0] < 0 && counts[$0] > 0 }
    value = value.flipped(backward)
    for axis in backward { from[axis] = x.dimensions[axis] - 1 - starts[axis] }
    let strides = steps.map { Swift.max(1, Swift.abs($0)) }
    let ends = from.indices.map { counts[$0] == 0 ? from[$0] : from[$0] + (counts[$0] - 1) * strides[$0] + 1 }
    return value.sliced(from, ends, strides)
  }

  private func pad(_ starts: [Int], _ steps: [Int], _ filling: Double) -> StableHLOValue {
    var (value, low) = (x, starts)
    let backward = steps.indices.filter { steps[$0] < 0 && x.dimensions[$0] > 0 }
    value = value.flipped(backward)
    for axis in backward { low[axis] += (x.dimensions[axis] - 1) * steps[axis] }
    let inside = steps.map { Swift.max(0, Swift.abs($0) - 1) }
    let high = lengths.indices.map { axis in
      let count = x.dimensions[axis]
      return lengths[axis] - low[axis] - (count == 0 ? 0 : (count - 1) * (inside[axis] + 1) + 1)
    }
    return value.padded(low, high, inside: inside, with: filling)
  }

  // MARK: Random numbers

  /// The same numbers as the library's: SplitMix64's finalizer over seed, counter and position, in whole numbers of 64
  /// bits.
  private func randomUniform(_ seed: UInt64) -> StableHLOValue {
    let one = StableHLOType([], .bits)
    let double = x.converted(to: .double)
    let counter = body.emit("stablehlo.bitcast_convert", [double], results: [one])[0]
    let stream = mixed(body.bits(seed, one).with("stablehlo.xor", mixed(counter)))
    let flat = StableHLOType([type.count], .bits)
    let places = body.positions(flat.dimensions, axis: 0, .bits)
    let all = stream.spread(to: flat.dimensions, at: []) + places * body.bits(0x9E37_79B9_7F4A_7C15, flat)
    let top = mixed(all).with("stablehlo.shift_right_logical", body.bits(11, flat))
    let unit = top.converted(to: .double) * 0x1p-53
    return unit.converted(to: body.number).reshaped(to: lengths)
  }

  private func mixed(_ value: StableHLOValue) -> StableHLOValue {
    func folded(_ z: StableHLOValue, _ shift: UInt64) -> StableHLOValue {
      z.with("stablehlo.xor", z.with("stablehlo.shift_right_logical", body.bits(shift, z.type)))
    }
    let first = folded(value, 30) * body.bits(0xBF58_476D_1CE4_E5B9, value.type)
    let second = folded(first, 27) * body.bits(0x94D0_49BB_1331_11EB, value.type)
    return folded(second, 31)
  }
}

extension StableHLOBuilder {
  func bits(_ value: UInt64, _ type: StableHLOType) -> StableHLOValue {
    literal("dense<\(value)>", type, .bits(value))
  }
}
