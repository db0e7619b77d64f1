import ChainRuleCore

// Primitives of single elements: an operator of ONNX, or a few.

extension GraphWriter {
  /// Those that ONNX has an operator for.
  private static let direct: [Opcode: String] = [
    .copy: "Identity", .negate: "Neg", .exp: "Exp", .log: "Log", .sqrt: "Sqrt", .reciprocal: "Reciprocal",
    .abs: "Abs", .sign: "Sign", .sin: "Sin", .cos: "Cos", .tanh: "Tanh", .sigmoid: "Sigmoid", .softplus: "Softplus",
    .relu: "Relu", .erf: "Erf", .atan: "Atan", .floor: "Floor", .sinh: "Sinh", .cosh: "Cosh", .asinh: "Asinh",
    .acosh: "Acosh", .atanh: "Atanh", .asin: "Asin", .acos: "Acos", .ceil: "Ceil",
    .add: "Add", .subtract: "Sub", .multiply: "Mul", .divide: "Div", .pow: "Pow", .maximum: "Max", .minimum: "Min",
  ]

  /// Whether the primitive was written.
  mutating func write(_ opcode: Opcode, _ inputs: [String], to output: String) -> Bool {
    if let type = Self.direct[opcode] {
      add(type, inputs, to: output)
      return true
    }
    return writeMask(opcode, inputs, to: output) || writeComposed(opcode, inputs, to: output)
      || writeDistribution(opcode, inputs, to: output)
  }

  private mutating func writeMask(_ opcode: Opcode, _ x: [String], to output: String) -> Bool {
    switch opcode {
    case .equal: cast(add("Equal", x), to: output)
    case .less: cast(add("Less", x), to: output)
    case .greater: cast(add("Greater", x), to: output)
    case .heaviside: cast(add("Greater", [x[0], number(0)]), to: output)
    case .where:
      let mask = add("Cast", [x[0]], [.integer("to", 9)])
      add("Where", [mask, x[1], x[2]], to: output)
    default: return false
    }
    return true
  }

  private mutating func cast(_ mask: String, to output: String) { add("Cast", [mask], to: output, [.integer("to", 1)]) }

  private mutating func writeComposed(_ opcode: Opcode, _ x: [String], to output: String) -> Bool {
    switch opcode {
    case .square: add("Mul", [x[0], x[0]], to: output)
    case .rsqrt: add("Reciprocal", [add("Sqrt", x)], to: output)
    case .expm1:  // 2 tanh(x/2)/(1 − tanh(x/2)): no digits cancel near 0
      let half = add("Tanh", [add("Mul", [x[0], number(0.5)])])
      let small = add("Div", [add("Mul", [half, number(2)]), add("Sub", [number(1), half])])
      let isSmall = add("Less", [add("Abs", x), number(1)])
      add("Where", [isSmall, small, add("Sub", [add("Exp", x), number(1)])], to: output)
    case .log1p:  // 2 atanh(x/(2 + x))
      let small = add("Mul", [add("Atanh", [add("Div", [x[0], add("Add", [x[0], number(2)])])]), number(2)])
      let isSmall = add("Less", [add("Abs", x), number(0.5)])
      add("Where", [isSmall, small, add("Log", [add("Add", [x[0], number(1)])])], to: output)
    case .log2: add("Mul", [add("Log", x), number(1.4426950408889634)], to: output)
    case .log10: add("Mul", [add("Log", x), number(0.4342944819032518)], to: output)
    case .exp2: add("Pow", [number(2), x[0]], to: output)
    case .cbrt: add("Mul", [add("Sign", x), add("Pow", [add("Abs", x), number(1.0 / 3)])], to: output)
    case .truncate: add("Mul", [add("Sign", x), add("Floor", [add("Abs", x)])], to: output)
    case .round:
      let raised = add("Floor", [add("Add", [add("Abs", x), number(0.5)])])
      add("Mul", [add("Sign", x), raised], to: output)
    case .multiplyAdd: add("Add", [add("Mul", [x[0], x[1]]), x[2]], to: output)
    case .direction, .overSquares:
      let sum = squares(x), divisor = opcode == .direction ? add("Sqrt", [sum]) : sum
      let isZero = add("Equal", [divisor, number(0)])
      add("Div", [x[0], add("Where", [isZero, number(1), divisor])], to: output)
    case .truncatedRemainder: add("Mod", x, to: output, [.integer("fmod", 1)])
    case .sigmoidOfDifference: add("Sigmoid", [add("Sub", x)], to: output)
    case .sqrt1pm1:
      let root = add("Add", [add("Sqrt", [add("Add", [x[0], number(1)])]), number(1)])
      add("Div", [x[0], root], to: output)
    default: return false
    }
    return true
  }

  private mutating func squares(_ x: [String]) -> String {
    add("Add", [add("Mul", [x[0], x[0]]), add("Mul", [x[1], x[1]])])
  }

  private mutating func writeDistribution(_ opcode: Opcode, _ x: [String], to output: String) -> Bool {
    switch opcode {
    case .erfc: add("Sub", [number(1), add("Erf", x)], to: output)
    case .gaussian: add("Exp", [add("Neg", [add("Mul", [x[0], x[0]])])], to: output)
    case .normalDensity:
      let power = add("Exp", [add("Mul", [add("Mul", [x[0], x[0]]), number(-0.5)])])
      add("Mul", [power, number(0.3989422804014327)], to: output)
    case .normalCDF:
      let error = add("Erf", [add("Mul", [x[0], number(0.7071067811865476)])])
      add("Mul", [add("Add", [error, number(1)]), number(0.5)], to: output)
    case .entropy:
      let logarithm = add("Log", [add("Where", [add("Equal", [x[0], number(0)]), number(1), x[0]])])
      add("Neg", [add("Mul", [x[0], logarithm])], to: output)
    case .entropySlope: add("Neg", [add("Add", [add("Log", x), number(1)])], to: output)
    default: return false
    }
    return true
  }
}
