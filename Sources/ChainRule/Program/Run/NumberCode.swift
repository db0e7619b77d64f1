/// Numbers (values of rank 0) live in a flat file of doubles and are replayed from a list of plain instructions.
struct NumberInstruction: Sendable {
  /// An opcode, or one of the two moves below.
  var code: UInt8
  var result: Int32
  var first: Int32
  var second: Int32 = 0
  var third: Int32 = 0

  /// file[result] = the element at locations[first].
  static let load: UInt8 = 128
  /// The element at locations[first] = file[result].
  static let store: UInt8 = 129
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
    if isDouble { replayDouble(range) } else { replaySingle(range) }
  }

  private func replayDouble(_ range: Range<Int>) {
    let (file, instructions, locations) = (file, instructions, locations)
    for index in range {
      let step = instructions[index]
      switch step.code {
      case Opcode.add.rawValue: file[Int(step.result)] = file[Int(step.first)] + file[Int(step.second)]
      case Opcode.subtract.rawValue: file[Int(step.result)] = file[Int(step.first)] - file[Int(step.second)]
      case Opcode.multiply.rawValue: file[Int(step.result)] = file[Int(step.first)] * file[Int(step.second)]
      case Opcode.divide.rawValue: file[Int(step.result)] = file[Int(step.first)] / file[Int(step.second)]
      case Opcode.negate.rawValue: file[Int(step.result)] = -file[Int(step.first)]
      case Opcode.square.rawValue: file[Int(step.result)] = file[Int(step.first)] * file[Int(step.first)]
      case NumberInstruction.load:
        file[Int(step.result)] = pointer(locations[Int(step.first)]).assumingMemoryBound(to: Double.self).pointee
      case NumberInstruction.store:
        pointer(locations[Int(step.first)]).assumingMemoryBound(to: Double.self).pointee = file[Int(step.result)]
      default:
        file[Int(step.result)] = Kernels.scalar(
          step.code, file[Int(step.first)], file[Int(step.second)], file[Int(step.third)])
      }
    }
  }

  /// The same with every result rounded to single precision, as on-demand evaluation does.
  private func replaySingle(_ range: Range<Int>) {
    let (file, instructions, locations) = (file, instructions, locations)
    for index in range {
      let step = instructions[index]
      switch step.code {
      case NumberInstruction.load:
        file[Int(step.result)] = Double(
          pointer(locations[Int(step.first)]).assumingMemoryBound(to: Float.self).pointee)
      case NumberInstruction.store:
        pointer(locations[Int(step.first)]).assumingMemoryBound(to: Float.self).pointee = Float(file[Int(step.result)])
      default:
        file[Int(step.result)] = Double(
          Float(
            Kernels.scalar(step.code, file[Int(step.first)], file[Int(step.second)], file[Int(step.third)])))
      }
    }
  }
}
