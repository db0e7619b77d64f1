extension Program {
  /// Where a step of a loop reads an input or writes an output: `stride` bytes further with each step, from the start
  /// again after `period` of them.
  package struct Place {
    private let base: UnsafeMutableRawPointer
    private let stride: Int, period: Int

    package init(_ base: UnsafeMutableRawPointer, stride: Int = 0, period: Int = .max) {
      (self.base, self.stride, self.period) = (base, stride, period)
    }

    func address(_ step: Int) -> UnsafeMutableRawPointer { base + stride * (period == .max ? step : step % period) }
  }

  /// Runs the program again and again, its inputs and outputs where the places say; nothing is allocated or copied.
  ///
  /// The places must hold values of the types and shapes of inputs and outputs, and the program no parameters: the
  /// caller has seen to both.
  /// - Parameter goesOn: asked after each step, with its number.
  /// - Returns: the number of steps.
  /// - Throws: when an index is out of range, or places are missing.
  package func iterate(
    _ count: Int, inputs: [Place], outputs: [Place], while goesOn: (Int) -> Bool = { _ in true }
  ) throws -> Int {
    guard inputs.count == leaves.inputs.count, outputs.count == outputShapes.count, leaves.parameters.isEmpty else {
      throw ChainRuleError(
        .value, in: "Program.iterate",
        required: "a place for each of \(leaves.inputs.count) inputs and "
          + "\(outputShapes.count) outputs of a program without parameters",
        got: "\(inputs.count) and \(outputs.count)")
    }
    return try memory.withLock { memory in
      let bases = memory.state.bases
      let (from, to) = (bases + Int(code.bases.input(0).base), bases + Int(code.bases.output(0).base))
      let threads = Swift.min(self.threads, memory.state.threads)
      for step in 0..<count {
        for place in inputs.indices { from[place] = inputs[place].address(step) }
        for place in outputs.indices { to[place] = outputs[place].address(step) }
        for step in code.steps { try run(step, memory.state, threads: threads) }
        if !goesOn(step) { return step + 1 }
      }
      return count
    }
  }
}

extension Tensor {
  /// Elements that the caller writes at once, before anybody reads.
  package static func unwritten(_ shape: Shape, _ type: ElementType) throws -> Tensor { try Kernels.make(shape, type) }

  /// The memory of the elements, for as long as the tensor is held; written only by who made it.
  package var memory: UnsafeMutableRawPointer { storage.base }
}
