import ChainRuleStableHLO

// Operations of single elements.

extension FragmentWriter {
  private static let direct: [String: String] = [
    "negate": "Neg", "exponential": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "floor": "Floor", "ceil": "Ceil",
    "sign": "Sign", "sine": "Sin", "cosine": "Cos", "tanh": "Tanh", "logistic": "Sigmoid", "not": "Not",
    "round_nearest_even": "Round", "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div",
    "power": "Pow", "and": "And", "or": "Or", "maximum": "Max", "minimum": "Min",
  ]

  /// The name of the value of an operation of single elements; `nil` for others.
  func elementwise(_ operation: StableHLOOperation, in writer: inout GraphWriter) -> String? {
    guard operation.name.hasPrefix("stablehlo."), let type = operation.results.first?.type else { return nil }
    let kind = String(operation.name.dropFirst("stablehlo.".count)), x = operation.operands.map { name($0) }
    if let direct = Self.direct[kind] { return writer.add(direct, x) }
    switch kind {
    case "compare": return compared(operation, x, in: &writer)
    case "select": return selected(type, x, in: &writer)
    case "convert": return writer.add("Cast", x, [.integer("to", Self.code(type.element))])
    case "remainder": return writer.add("Mod", x, [.integer("fmod", 1)])
    case "xor":
      if type.element == .mask { return writer.add("Xor", x) }
      writer.require(version: 18)
      return writer.add("BitwiseXor", x)
    case "shift_right_logical": return writer.add("BitShift", x, [.text("direction", "RIGHT")])
    case "bitcast_convert": return bits(x[0], in: &writer)
    default: return composed(kind, x, in: &writer)
    }
  }

  private func number(_ value: Double, in writer: inout GraphWriter) -> String { writer.typed([value], [], 11) }

  private func compared(_ operation: StableHLOOperation, _ x: [String], in writer: inout GraphWriter) -> String {
    let direction = operation.attributes.split(separator: " ").last.map { String($0.prefix(2)) } ?? ""
    switch direction {
    case "LT": return writer.add("Less", x)
    case "LE": return writer.add("LessOrEqual", x)
    case "GT": return writer.add("Greater", x)
    case "GE": return writer.add("GreaterOrEqual", x)
    case "EQ": return writer.add("Equal", x)
    default: return writer.add("Not", [writer.add("Equal", x)])
    }
  }

  private func selected(_ type: StableHLOType, _ x: [String], in writer: inout GraphWriter) -> String {
    guard type.element == .mask else { return writer.add("Where", x) }
    let yes = writer.add("And", [x[0], x[1]]), no = writer.add("And", [writer.add("Not", [x[0]]), x[2]])
    return writer.add("Or", [yes, no])
  }

  private func composed(_ kind: String, _ x: [String], in writer: inout GraphWriter) -> String? {
    switch kind {
    case "rsqrt": return writer.add("Reciprocal", [writer.add("Sqrt", x)])
    case "cbrt":
      let root = writer.add("Pow", [writer.add("Abs", x), number(1.0 / 3, in: &writer)])
      return writer.add("Mul", [writer.add("Sign", x), root])
    case "round_nearest_afz":
      let raised = writer.add("Floor", [writer.add("Add", [writer.add("Abs", x), number(0.5, in: &writer)])])
      return writer.add("Mul", [writer.add("Sign", x), raised])
    case "exponential_minus_one":  // 2 tanh(x/2)/(1 − tanh(x/2)): no digits cancel near 0
      let one = number(1, in: &writer),
        half = writer.add("Tanh", [writer.add("Mul", [x[0], number(0.5, in: &writer)])])
      let small = writer.add(
        "Div", [writer.add("Mul", [half, number(2, in: &writer)]), writer.add("Sub", [one, half])])
      let isSmall = writer.add("Less", [writer.add("Abs", x), one])
      return writer.add("Where", [isSmall, small, writer.add("Sub", [writer.add("Exp", x), one])])
    case "log_plus_one":  // log(u) x/(u − 1) for the rounded u = 1 + x: what rounding took is taken back
      let one = number(1, in: &writer), sum = writer.add("Add", [x[0], one]), logarithm = writer.add("Log", [sum])
      let rest = writer.add("Sub", [sum, one])
      let isTiny = writer.add("Equal", [rest, number(0, in: &writer)])
      let divisor = writer.add("Where", [isTiny, one, rest])
      let small = writer.add("Mul", [logarithm, writer.add("Div", [x[0], divisor])])
      let isLarge = writer.add("Greater", [x[0], number(0.5, in: &writer)])
      return writer.add("Where", [isTiny, x[0], writer.add("Where", [isLarge, logarithm, small])])
    default: return nil
    }
  }

  /// The bits of a double, from its exponent and what is left: 64 bits without a sign. Numbers below 2⁻¹⁰²² count as 0.
  private func bits(_ x: String, in writer: inout GraphWriter) -> String {
    let size = writer.add("Abs", [x]), isZero = writer.add("Less", [size, number(0x1p-1022, in: &writer)])
    let one = number(1, in: &writer), two = number(2, in: &writer)
    let safe = writer.add("Where", [isZero, one, size])
    let guess = writer.add(
      "Floor", [writer.add("Mul", [writer.add("Log", [safe]), number(1.4426950408889634, in: &writer)])])
    let ratio = writer.add("Div", [safe, writer.add("Pow", [two, guess])])
    let raised = writer.add(
      "Where",
      [
        writer.add("Less", [ratio, two]), guess, writer.add("Add", [guess, one]),
      ])
    let exponent = writer.add(
      "Where",
      [
        writer.add("Less", [ratio, one]), writer.add("Sub", [guess, one]), raised,
      ])
    let mantissa = writer.add("Sub", [writer.add("Div", [safe, writer.add("Pow", [two, exponent])]), one])
    func whole(_ x: String) -> String { writer.add("Cast", [x], [.integer("to", 7)]) }
    let low = whole(writer.add("Mul", [mantissa, number(0x1p52, in: &writer)]))
    let biased = whole(writer.add("Add", [exponent, number(1023, in: &writer)]))
    let high = writer.add("Mul", [biased, writer.typed([0x1p52], [], 7)])
    let zero = writer.typed([0], [], 7)
    let all = writer.add("Where", [isZero, zero, writer.add("Add", [high, low])])
    let isNegative = writer.add("Less", [x, number(0, in: &writer)])
    let sign = writer.add("Where", [isNegative, writer.typed([-0x1p63], [], 7), zero])
    return writer.add("Cast", [writer.add("Add", [all, sign])], [.integer("to", 13)])
  }
}
