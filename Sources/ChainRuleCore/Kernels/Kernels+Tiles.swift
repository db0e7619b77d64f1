import CKernels

/// A group without row values as a tile program of the kernels, which joins instructions and knows what is the same for
/// every tile.
///
/// Unchecked Sendable: the C program that the pointer leads to is built by the initializer and only read afterwards.
final class TileKernel: @unchecked Sendable {
  private let program: OpaquePointer
  let inputs: [Location], outputs: [Location]
  let chunks: Int
  let partialBytes: Int

  /// - Returns: `nil` if the kernels do not know such a group.
  /// - Parameter shared: registers whose values count as read once more than they are.
  init?(_ step: TileStep, isDouble: Bool, shared: Set<Int32>?, number: (Location) -> Double?) {
    guard var description = TileDescription(step, shared, number: number),
      let built = description.build(isDouble: isDouble)
    else { return nil }
    program = built
    (inputs, outputs) = (description.inputLocations, description.outputLocations)
    chunks = cr_tile_chunks(built)
    partialBytes = cr_tile_partial_bytes(built)
  }

  deinit { cr_tile_free(program) }

  /// Bytes for the pointers of a run.
  var pointerBytes: Int { (inputs.count + outputs.count + 2) * 8 }

  func run(_ state: RunState, partials: Location, parts: Int, threads: Int) {
    let pointers = state.scratch(of: 0).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    for (index, location) in inputs.enumerated() { pointers[index] = state.pointer(location) }
    let results = pointers + inputs.count
    for (index, location) in outputs.enumerated() { results[index] = state.pointer(location) }
    let partials = state.pointer(partials)
    pointers.withMemoryRebound(to: UnsafeRawPointer?.self, capacity: inputs.count + 1) { sources in
      let parts = Swift.min(chunks, parts)
      if parts == 1 {
        cr_tile_run(program, 0, chunks, sources, results, partials)
      } else {
        ThreadPool.shared.run(parts: parts, threads: threads) { part, _ in
          cr_tile_run(program, chunks * part / parts, chunks * (part + 1) / parts, sources, results, partials)
        }
      }
    }
    cr_tile_finish(program, results, partials)
  }
}

/// The description of a group in the kernels' terms: values instead of registers.
private struct TileDescription {
  private let step: TileStep
  private var inputs: [cr_tile_input] = []
  private var constants: [Double] = []
  private var instructions: [cr_tile_instruction] = []
  private let shared: Set<Int32>?
  private var isShared: [Bool] = []
  private var outputs: [cr_tile_output] = []
  private(set) var inputLocations: [Location] = []
  private(set) var outputLocations: [Location] = []

  /// Rows of a stretch, where an operand goes on from stretch to stretch; all rows otherwise.
  private let rowsOfStretch: Int

  init?(_ step: TileStep, _ shared: Set<Int32>?, number: (Location) -> Double?) {
    (self.step, self.shared) = (step, shared)
    let stretched = step.registers.filter { $0.kind == .stretches }
    rowsOfStretch = stretched.first.map { $0.stretch / step.inner } ?? step.rows
    guard stretched.allSatisfy({ $0.modulus == step.inner && $0.stretch == stretched[0].stretch }) else { return nil }
    var values = [Int](repeating: -1, count: step.registers.count), constantRegisters: [Int] = []
    var isWritten = [Bool](repeating: false, count: step.registers.count)
    for instruction in step.code {
      if instruction.isPerRow { return nil }
      switch instruction.kind {
      case .elementwise, .sum: break
      case .expand, .reduceRows, .softmaxRows, .foldRows: return nil
      }
      for operand in instruction.operands where !isWritten[Int(operand)] && values[Int(operand)] < 0 {
        let register = Int(operand)
        if let value = number(step.registers[register].location), step.registers[register].kind == .single {
          constantRegisters.append(register)
          constants.append(value)
          values[register] = -2
        } else {
          guard let input = strides(step.registers[register]) else { return nil }
          values[register] = inputs.count
          inputs.append(input)
          inputLocations.append(step.registers[register].location)
        }
      }
      if instruction.opcode != nil { isWritten[Int(instruction.result)] = true }
    }
    for (index, register) in constantRegisters.enumerated() { values[register] = inputs.count + index }
    guard translate(&values) else { return nil }
  }

  private func strides(_ register: TileRegister) -> cr_tile_input? {
    var input = cr_tile_input()
    let (stretch, row, column): (Int, Int, Int)
    switch register.kind {
    case .full: (stretch, row, column) = (rowsOfStretch * step.inner, step.inner, 1)
    case .single: (stretch, row, column) = (0, 0, 0)
    case .repeated: (stretch, row, column) = (0, 0, 1)
    case .period where register.modulus == step.inner: (stretch, row, column) = (0, 0, 1)
    case .stretches: (stretch, row, column) = (step.inner, 0, 1)
    case .rows where register.modulus == 0 && register.divisor == 1: (stretch, row, column) = (rowsOfStretch, 1, 0)
    case .apart: (stretch, row, column) = (rowsOfStretch * register.modulus, register.modulus, 1)
    default: return nil
    }
    (input.strides.0, input.strides.1, input.strides.2) = (stretch, row, column)
    return input
  }

  private mutating func translate(_ values: inout [Int]) -> Bool {
    for instruction in step.code {
      let operands = instruction.operands
      func operand(_ position: Int) -> UInt16 {
        position < operands.count ? UInt16(truncatingIfNeeded: values[Int(operands[position])]) : 0
      }
      guard let opcode = instruction.opcode else {
        let sum = step.sums[Int(instruction.result)]
        guard sum.stretches == 1, sum.columns == 0 || (sum.columns == step.inner && step.rows > 1) else { return false }
        outputs.append(
          cr_tile_output(
            kind: sum.columns == 0 ? CR_TILE_SUM : CR_TILE_SUM_LEADING, value: operand(0), in_place: -1, row: 0))
        outputLocations.append(sum.result)
        continue
      }
      let value = inputs.count + constants.count + instructions.count
      instructions.append(
        cr_tile_instruction(
          op: UInt16(opcode.rawValue), a: operand(0), b: operand(1), c: operand(2)))
      isShared.append(shared?.contains(instruction.result) ?? false)
      let register = step.registers[Int(instruction.result)]
      values[Int(instruction.result)] = value
      guard register.kind == .full || register.kind == .writtenApart else { continue }
      let apart = register.kind == .writtenApart ? register.modulus : 0
      let place = apart > 0 ? -1 : inputLocations.firstIndex(of: register.location) ?? -1
      outputs.append(
        cr_tile_output(kind: CR_TILE_STORE, value: UInt16(value), in_place: Int16(place), row: apart))
      outputLocations.append(register.location)
    }
    return outputs.count <= Int(CR_TILE_OUTPUTS)
      && inputs.count + constants.count + instructions.count <= Int(CR_TILE_VALUES)
  }

  mutating func build(isDouble: Bool) -> OpaquePointer? {
    var description = cr_tile_description()
    description.rank = 3
    (description.shape.0, description.shape.1) = (step.rows / rowsOfStretch, rowsOfStretch)
    description.shape.2 = step.inner
    description.split = step.sums.contains { $0.columns > 0 } ? 2 : 0
    (description.inputs, description.constants) = (inputs.count, constants.count)
    (description.instructions, description.outputs) = (instructions.count, outputs.count)
    return inputs.withUnsafeBufferPointer { inputs in
      constants.withUnsafeBufferPointer { constants in
        instructions.withUnsafeBufferPointer { instructions in
          outputs.withUnsafeBufferPointer { outputs in
            (description.input, description.constant) = (inputs.baseAddress, constants.baseAddress)
            (description.instruction, description.output) = (instructions.baseAddress, outputs.baseAddress)
            guard shared != nil else { return cr_tile_build(&description, isDouble) }
            return isShared.withUnsafeBufferPointer { isShared in
              description.shared = isShared.baseAddress
              return cr_tile_build(&description, isDouble)
            }
          }
        }
      }
    }
  }
}
