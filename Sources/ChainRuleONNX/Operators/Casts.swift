import ChainRuleCore

/// The nearest number of a smaller floating-point format. It is differentiated as if nothing was rounded, so that
/// gradients flow through models of mixed precision.
struct RoundedTo: Primitive {
  let type: Int
  let isSaturating: Bool
  var name: String { "roundedTo\(ONNXType(rawValue: type).map { "\($0)" } ?? "")" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    guard let format = ONNXType(rawValue: type).flatMap(SmallFloat.format) else { return inputs[0] }
    return inputs[0].map { format.rounded($0, saturating: isSaturating) }
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(inputs[0].graph.constant(1 as Double))
  }
}

extension Operators {
  static let casts: [String: Operator] = [
    "Cast": { call in
      guard let type = ONNXType(rawValue: call.integer("to", 1)) else {
        throw call.refused("there is no type \(call.integer("to", 1))")
      }
      return try cast(call, to: type)
    },
    "CastLike": { call in try cast(call, to: call.type(1)) },
    "Identity": { call in [try call.input(0)] },
  ]

  private static func cast(_ call: Call, to type: ONNXType) throws -> [ImportedValue] {
    let x = try call.node(0), from = try call.type(0)
    return [.node(try cast(x, from: from, to: type, isSaturating: call.flag("saturate", true), call), type)]
  }

  static func cast(
    _ x: Node, from: ONNXType, to type: ONNXType, isSaturating: Bool, _ call: Call
  ) throws -> Node {
    switch type {
    case .string, .complex64, .complex128: throw call.refused("nothing is cast to \(type)")
    case .bool: return 1 - equal(x, 0)
    case .float, .double: return x.elementType == .int32 ? 1 * x : x
    case let type where type.bits == 4:
      return clamp(roundedToEven(1 * x), min: type.range.lowerBound, max: type.range.upperBound)
    case let type where type.isInteger: return from.isFloatingPoint ? truncate(x) : x
    default:
      let isSmall = type != .float16 && type != .bfloat16
      return x.graph.record(RoundedTo(type: type.rawValue, isSaturating: isSmall && isSaturating), [1 * x])
    }
  }
}
