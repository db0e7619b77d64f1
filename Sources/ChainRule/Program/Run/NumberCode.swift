/// Numbers (values of rank 0) live in a flat file of doubles and are replayed from a list of plain instructions.
struct NumberInstruction: Sendable {
  /// An opcode, or one of the codes below.
  var code: UInt8
  var result: Int32
  var first: Int32
  var second: Int32 = 0
  var third: Int32 = 0

  /// file[result] = the element at locations[first].
  static let load: UInt8 = 128
  /// The element at locations[first] = file[result].
  static let store: UInt8 = 129
  /// The opcodes whose first operand is the result of the instruction before: it need not come back from memory, which
  /// in a chain would take longer than the arithmetic.
  static let addToLast: UInt8 = 130
  static let subtractFromLast: UInt8 = 131
  static let multiplyLast: UInt8 = 132

  /// The same with the result of the instruction before as its first operand, if that has a code.
  func continuing(_ previous: NumberInstruction) -> NumberInstruction {
    guard previous.code != Self.store else { return self }
    var result = self
    let commutes = code == Opcode.add.rawValue || code == Opcode.multiply.rawValue
    if commutes, second == previous.result { Swift.swap(&result.first, &result.second) }
    guard result.first == previous.result else { return self }
    switch code {
    case Opcode.add.rawValue: result.code = Self.addToLast
    case Opcode.subtract.rawValue: result.code = Self.subtractFromLast
    case Opcode.multiply.rawValue: result.code = Self.multiplyLast
    default: return self
    }
    return result
  }

  var readsLast: Bool { code >= Self.addToLast }
}

struct NumberCode: Sendable {
  var instructions: [NumberInstruction] = []
  var locations: [Location] = []
  /// The file as it is before the first run: constants in their slots.
  var file: [Double] = []
}

extension RunState {
  /// Replays a range of instructions.
  @inline(__always)
  func replay(_ range: Range<Int>) {
    if isDouble { replay(range, as: Double.self) } else { replay(range, as: Float.self) }
  }

  /// Every result is rounded to the program's precision, as on-demand evaluation does (for + − · ÷ of floats the way
  /// through doubles rounds to the same float).
  @inline(__always)
  private func replay<Element: BinaryFloatingPoint>(_ range: Range<Int>, as type: Element.Type) {
    let (file, instructions, locations) = (file, instructions, locations)
    let start = instructions[range.lowerBound]
    var last = start.readsLast ? file[Int(start.first)] : 0
    for index in range {
      let step = instructions[index]
      switch step.code {
      case NumberInstruction.addToLast: last = last + file[Int(step.second)]
      case NumberInstruction.multiplyLast: last = last * file[Int(step.second)]
      case NumberInstruction.subtractFromLast: last = last - file[Int(step.second)]
      case Opcode.add.rawValue: last = file[Int(step.first)] + file[Int(step.second)]
      case Opcode.subtract.rawValue: last = file[Int(step.first)] - file[Int(step.second)]
      case Opcode.multiply.rawValue: last = file[Int(step.first)] * file[Int(step.second)]
      case Opcode.divide.rawValue: last = file[Int(step.first)] / file[Int(step.second)]
      case Opcode.negate.rawValue: last = -file[Int(step.first)]
      case Opcode.square.rawValue: last = file[Int(step.first)] * file[Int(step.first)]
      case NumberInstruction.load:
        last = Double(pointer(locations[Int(step.first)]).assumingMemoryBound(to: Element.self).pointee)
      case NumberInstruction.store:
        pointer(locations[Int(step.first)]).assumingMemoryBound(to: Element.self).pointee = Element(
          file[Int(step.result)])
        continue
      default:
        last = Kernels.scalar(step.code, file[Int(step.first)], file[Int(step.second)], file[Int(step.third)])
      }
      last = Double(Element(last))
      file[Int(step.result)] = last
    }
  }
}
