import ChainRule
import ChainRuleStableHLO
import Foundation
import Synchronization

/// A program on the devices of a plugin.
public final class XLAProgram: EngineProgram {
  /// What the plugin compiled.
  public let module: StableHLOModule
  private let program: PortableProgram
  private let engine: OpenXLA
  private let executable: Executable
  private let layout: DeviceLayout
  private let states: Mutex<[[DeviceBuffer]]>

  init(_ program: PortableProgram, on engine: OpenXLA) throws {
    (self.program, self.engine) = (program, engine)
    layout = engine.layout(program)
    module = try StableHLOModule(program, checksIndices: true, layout: layout, donates: engine.donates)
    try Self.refuseHuge(module, engine)
    executable = try Executable(module.text, on: engine)
    let type = program.elementType, first = program.inputs.count + program.parameters.count, parts = module.parts
    states = Mutex(
      try program.states.enumerated().map { number, state in
        let value = state.value.elementType == .int32 ? state.value : state.value.converted(to: type)
        return try engine.placed(value, parts[first + number])
      })
  }

  /// What no machine holds is refused before a plugin tries: some end the process.
  private static func refuseHuge(_ module: StableHLOModule, _ engine: OpenXLA) throws {
    let limit = engine.platform == "cpu" ? Double(ProcessInfo.processInfo.physicalMemory) : 0x1p44
    guard module.byteCount > limit else { return }
    throw Plugin.mistake(
      "values that fit the memory of \(Int(limit / 0x1p30)) GiB",
      "\(Int(module.byteCount / 0x1p30)) GiB of arguments and results", "Use a smaller batch.")
  }

  /// Runs the program on values of its inputs, in their order.
  /// - Throws: when an input does not fit, an index is out of range, or the plugin fails; nothing is renewed then.
  public func run(_ inputs: [Tensor]) throws -> [Tensor] {
    try checkCount(inputs)
    return try states.withLock { states in
      var arguments = [[DeviceBuffer]](repeating: [], count: engine.deviceCount)
      func add(_ buffers: [DeviceBuffer]) {
        for device in buffers.indices { arguments[device].append(buffers[device]) }
      }
      for (number, tensor) in inputs.enumerated() { add(try fed(tensor, number)) }
      for (number, parameter) in program.parameters.enumerated() {
        add(
          try engine.resident(
            parameter, module.elementType(ofParameter: number, in: program),
            module.parts[program.inputs.count + number]))
      }
      for buffers in states { add(buffers) }
      let results = try ran(arguments)
      try judge(results[0])
      renew(results, &states)
      return try (0..<module.outputCount).map { try tensor($0, results[0][$0]) }
    }
  }

  /// The present value of an input that the program updates itself, by the input's name.
  public func state(named name: String) -> Tensor? {
    guard let number = program.states.firstIndex(where: { $0.name == name }) else { return nil }
    let first = program.states[number].value
    let type = first.elementType == .int32 ? ElementType.int32 : program.elementType
    let parts = module.parts[program.inputs.count + program.parameters.count + number]
    return states.withLock { try? OpenXLA.gathered($0[number], first.shape, type, parts) }
  }

  private func ran(_ arguments: [[DeviceBuffer]]) throws -> [[DeviceBuffer]] {
    do { return try executable.run(arguments, results: module.resultCount) } catch let error as ChainRuleError {
      guard !module.donated.isEmpty else { throw error }
      throw Plugin.mistake(
        error.required, error.got,
        "Parameters lay in donated memory, which the failed step had: resume from the last checkpoint.")
    }
  }

  // MARK: Before a run

  private func checkCount(_ inputs: [Tensor]) throws {
    guard inputs.count == program.inputs.count else {
      throw ChainRuleError(
        .value, in: "XLAProgram.run", required: "\(program.inputs.count) inputs", got: "\(inputs.count)",
        hint: "Inputs: \(program.inputs.map(\.name).joined(separator: ", ")).")
    }
  }

  /// An input on the devices: a part of a batch on each, or all of it.
  private func fed(_ tensor: Tensor, _ number: Int) throws -> [DeviceBuffer] {
    let input = program.inputs[number]
    if let error = tensor.error { throw error }
    guard tensor.shape == input.shape else {
      throw ChainRuleError(
        .shape, in: "XLAProgram.run", required: "shape \(input.shape) for \(input.name)", got: "shape \(tensor.shape)",
        hint: "Shapes are fixed when a program is made; compile another for another shape.")
    }
    if input.isIndex, !tensor.scalars.allSatisfy({ $0 == $0.rounded() && Swift.abs($0) < 0x1p31 }) {
      throw ChainRuleError(
        .value, in: "XLAProgram.run", required: "Int32 indices for \(input.name)", got: "\(tensor.elementType) values",
        hint: "Use Tensor(indices:).")
    }
    let value = tensor.converted(to: input.isIndex ? .int32 : program.elementType)
    return try engine.fed(value, program.batched.contains(number) ? layout.parts(ofBatch: value.shape.dimensions) : 1)
  }

  // MARK: After a run

  /// - Throws: an index out of range, and whatever else a run found that must not be.
  private func judge(_ results: [DeviceBuffer]) throws {
    let first = module.outputCount + module.renewed.count
    guard results.count > first else { return }
    try module.judge(try results[first...].map { Int(try $0.tensor(.scalar, .int32).element(0)) })
  }

  private func tensor(_ number: Int, _ buffer: DeviceBuffer) throws -> Tensor {
    let node = program.nodes[program.outputs[number]]
    return try buffer.tensor(node.shape, node.isIndex ? .int32 : program.elementType)
  }

  private func renew(_ results: [[DeviceBuffer]], _ states: inout [[DeviceBuffer]]) {
    for (offset, argument) in module.renewed.enumerated() {
      let buffers = results.map { $0[module.outputCount + offset] }, place = argument - program.inputs.count
      if place < program.parameters.count {
        engine.renew(
          program.parameters[place], buffers, module.elementType(ofParameter: place, in: program),
          module.parts[argument])
      } else {
        states[place - program.parameters.count] = buffers
      }
    }
  }
}
