import ChainRuleCore

// Derivatives of a whole order of special functions: integrals of one sign by quadrature, recurrences where they are
// stable. The order is an operand; up to 12.

extension NodeWriter {
  static let highestOrder = 12

  func ofOrders(_ opcode: Opcode) -> StableHLOValue? {
    let value: StableHLOValue
    switch opcode {
    case .sincDerivative: value = sincDerivative(x.floor, inputs[1])
    case .erfcxDerivative: value = erfcxDerivative(x.floor, inputs[1])
    case .millsRatio: value = millsRatio(x.floor, inputs[1])
    case .besselIScaled: value = besselScaled(x.floor.abs, inputs[1].floor, inputs[2])
    default: return nil
    }
    return x.floor.abs.compared("GT", opcode == .besselIScaled ? 60 : Double(Self.highestOrder)).select(.nan, value)
  }

  /// Nodes and weights of Gauss and Legendre on panels, the nodes of each by Newton's method.
  private static func quadrature(_ ends: [Double], _ count: Int) -> (nodes: [Double], weights: [Double]) {
    var nodes: [Double] = [], weights: [Double] = []
    for (low, high) in zip(ends, ends.dropFirst()) {
      for k in 1...count {
        var x = cosine(Double.pi * (Double(k) - 0.25) / (Double(count) + 0.5)), slope = 1.0
        for _ in 0..<8 {
          var (before, now) = (1.0, x)
          for n in 2...count {
            (before, now) = (now, (Double(2 * n - 1) * x * now - Double(n - 1) * before) / Double(n))
          }
          slope = Double(count) * (x * now - before) / (x * x - 1)
          x -= now / slope
        }
        nodes.append((low + high) / 2 + (high - low) / 2 * x)
        weights.append((high - low) / ((1 - x * x) * slope * slope))
      }
    }
    return (nodes, weights)
  }

  private static func cosine(_ x: Double) -> Double { Kernels.scalar(.cos, x) }

  /// The sum of a function at the nodes of a table, times their weights.
  private func integral(
    _ table: (nodes: [Double], weights: [Double]), like shape: StableHLOValue, count: Int = 1,
    _ function: (_ node: StableHLOValue) -> [StableHLOValue]
  ) -> [StableHLOValue] {
    let nodes = body.constant(Tensor(table.nodes)), weights = body.constant(Tensor(table.weights))
    let start = [StableHLOValue](repeating: shape.filled(0), count: count)
    return body.repeated(table.nodes.count, start) { step, sums in
      let node = body.row(nodes, step).reshaped(to: []).spread(to: shape.dimensions, at: [])
      let weight = body.row(weights, step).reshaped(to: []).spread(to: shape.dimensions, at: [])
      return zip(sums, function(node)).map { $0 + $1 * weight }
    }
  }

  /// `a`, `b`, −`a`, −`b` by the rest of a number by 4.
  private func turns(_ number: StableHLOValue, _ a: StableHLOValue, _ b: StableHLOValue) -> StableHLOValue {
    let rest = number - 4 * (number * 0.25).floor
    let second = rest.compared("EQ", 1).select(b, rest.compared("EQ", 2).select(-a, -b))
    return rest.compared("EQ", 0).select(a, second)
  }

  /// sin πx with the whole turns taken off exactly.
  func sineOfTurns(_ x: StableHLOValue) -> StableHLOValue {
    let rest = x - 2 * (x * 0.5).map("stablehlo.round_nearest_even")
    let folded = rest.abs.compared("GT", 0.5).select(rest.map("stablehlo.sign") * (1 - rest.abs), rest)
    return (folded * .pi).map("stablehlo.sine")
  }

  /// ∫₀¹ (πt)ⁿ cos(πxt + nπ/2) dt near 0; x fₙ + n fₙ₋₁ = πⁿ⁻¹ sin(πx + nπ/2) elsewhere.
  private func sincDerivative(_ order: StableHLOValue, _ x: StableHLOValue) -> StableHLOValue {
    let isNear = x.abs.compared("LE", 4), near = isNear.select(x, 1), far = isNear.select(8, x)
    let table = Self.quadrature([0, 1], 40)
    let inside = integral(table, like: x) { node in
      let angle = near * node * .pi
      let power = (node * .pi).with("stablehlo.power", order)
      return [power * turns(order, angle.map("stablehlo.cosine"), -angle.map("stablehlo.sine"))]
    }[0]
    let sine = sineOfTurns(far), cosine = sineOfTurns(far + 0.5)
    let start = sine / (far * .pi)
    let outside = body.repeated(Self.highestOrder, [start, x.filled(1)]) { step, all in
      let k = (step.converted(to: body.number) + 1).spread(to: x.dimensions, at: [])
      let next = (all[1] * turns(k, sine, cosine) - k * all[0]) / far
      return [k.compared("LE", order).select(next, all[0]), all[1] * .pi]
    }[0]
    return isNear.select(inside, outside)
  }

  /// ∫ τⁿ e^{−τ² − 2ξτ} dτ over the numbers from 0, for ξ of at least 0.
  private func moments(_ orders: [StableHLOValue], _ xi: StableHLOValue) -> [StableHLOValue] {
    let scale = 1 / (1 + xi)
    return integral(Self.quadrature([0, 4, 10, 24], 32), like: xi, count: orders.count) { node in
      let t = scale * node, weight = (-(t * (t + 2 * xi))).exp * scale
      return orders.map { weight * t.with("stablehlo.power", $0) }
    }
  }

  private func erfcxDerivative(_ order: StableHLOValue, _ x: StableHLOValue) -> StableHLOValue {
    let isLeft = x.compared("LT", 0), right = isLeft.select(1, x), left = isLeft.select(x, -1)
    let sign = turns(order * 2, x.filled(1), x.filled(0))  // (−1)ⁿ
    let power = x.filled(2).with("stablehlo.power", order) * sign
    let above = moments([order], right)[0] * power * 1.1283791670955126
    let first = scaledComplement(left)
    let below = body.repeated(Self.highestOrder, [x.filled(0), first]) { step, all in
      let k = (step.converted(to: body.number) + 1).spread(to: x.dimensions, at: [])
      let drop = k.compared("EQ", 1).select(x.filled(1.1283791670955126), 0)
      let next = 2 * left * all[1] + 2 * (k - 1) * all[0] - drop, goesOn = k.compared("LE", order)
      return [goesOn.select(all[1], all[0]), goesOn.select(next, all[1])]
    }[1]
    return isLeft.select(below, above)
  }

  /// n Rₙ = x + 1/Rₙ₋₁ from R₁ = x + φ/Φ on the right, quotients of moments on the left.
  private func millsRatio(_ order: StableHLOValue, _ x: StableHLOValue) -> StableHLOValue {
    let isLeft = x.compared("LT", 0), right = isLeft.select(1, x)
    let both = moments([order, order - 1], isLeft.select(x * -0.7071067811865476, 1))
    let below = both[0] / both[1] / order * 1.4142135623730951
    let above = body.repeated(Self.highestOrder, [1 / inverseMills(right)]) { step, all in
      let k = (step.converted(to: body.number) + 1).spread(to: x.dimensions, at: [])
      let first = right + inverseMills(right), next = k.compared("EQ", 1).select(first, (right + 1 / all[0]) / k)
      return [k.compared("LE", order).select(next, all[0])]
    }[0]
    return order.compared("LT", 1).select(.nan, isLeft.select(below, above))
  }

  /// 1/π ∫ (cos θ − 1)ᵇ e^{x(cos θ − 1)} cos aθ dθ by the trapezoidal rule as far as the exponential reaches.
  private func besselScaled(
    _ order: StableHLOValue, _ derivative: StableHLOValue, _ x: StableHLOValue
  ) -> StableHLOValue {
    let size = x.abs, count = 240, reach = (9.5 / size.sqrt).minimum(size.filled(.pi)), h = reach / Double(count)
    let sum = body.repeated(count + 1, [x.filled(0)]) { step, all in
      let k = step.converted(to: body.number)
      let isEnd = k.compared("EQ", 0).or(k.compared("EQ", Double(count)))
      let weight = isEnd.select(k.filled(0.5), k.filled(1)).spread(to: x.dimensions, at: [])
      let angle = h * k.spread(to: x.dimensions, at: []), sine = (angle * 0.5).map("stablehlo.sine")
      let drop = sine.squared * -2
      let power = derivative.compared("EQ", 0).select(1, drop.with("stablehlo.power", derivative))
      return [all[0] + weight * power * (size * drop).exp * (order * angle).map("stablehlo.cosine")]
    }[0]
    let value = sum * h * 0.3183098861837907
    let sign = turns((order + derivative) * 2, x.filled(1), x.filled(0))
    let atZero = sign.compared("GT", 0).select(value, 0)
    return x.compared("EQ", 0).select(atZero, x.compared("LT", 0).select(value * sign, value))
  }
}
