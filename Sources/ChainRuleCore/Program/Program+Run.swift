extension Program {
  /// Runs the program on values of its inputs, in their order.
  ///
  /// ```swift
  /// print(try program.run([-2, 5, -4])[0])
  /// ```
  /// - Throws: when an input does not fit, or an index is out of range. Updates that were made by then stay.
  public func run(_ inputs: [Tensor] = []) throws -> [Tensor] {
    var results: [Tensor] = []
    try run(inputs, into: &results)
    return results
  }

  /// Runs the program and writes its outputs into these tensors' own memory where that fits and nobody else holds it.
  ///
  /// In a steady state nothing is allocated.
  /// - Throws: as `run(_:)`.
  public func run(_ inputs: [Tensor], into results: inout [Tensor]) throws {
    try withBound(inputs, &results) { state, threads in
      for step in code.steps { try run(step, state, threads: threads) }
    }
  }

  /// The same with every step handed to `observe` to be run there.
  func run(
    _ inputs: [Tensor], into results: inout [Tensor], observe: (_ step: Int, _ body: () throws -> Void) throws -> Void
  ) throws {
    try withBound(inputs, &results) { state, threads in
      for (index, step) in code.steps.enumerated() {
        try observe(index) { try run(step, state, threads: threads) }
      }
    }
  }

  /// Gives the body the program's memory with inputs, outputs and parameters in their places.
  @inline(__always)
  private func withBound(
    _ inputs: [Tensor], _ results: inout [Tensor], _ body: (_ state: RunState, _ threads: Int) throws -> Void
  ) throws {
    try memory.withLock { memory in
      try bind(inputs, &memory)
      try prepare(&results, memory.state)
      if !leaves.parameters.isEmpty { try borrowParameters(&memory) }
      defer { if !leaves.parameters.isEmpty { returnParameters(&memory, lent: renewedParameters.count) } }
      try body(memory.state, Swift.min(threads, memory.state.threads))
    }
  }

  /// Runs the program on plain numbers: those of all inputs one after the other, row by row. Its results are those of
  /// all outputs, likewise.
  ///
  /// ```swift
  /// print(try program.run(numbers: [-2, 5, -4])[0])
  /// ```
  /// - Throws: where the numbers are more or fewer than the inputs hold; as `run(_:)`.
  public func run(numbers: [Double]) throws -> [Double] {
    var results: [Double] = []
    try run(numbers: numbers, into: &results)
    return results
  }

  /// The same with the results written into an array, which is made longer or shorter where it does not fit.
  ///
  /// In a steady state a program of double precision reads and writes the arrays where they are; nothing is allocated.
  /// - Throws: as `run(numbers:)`.
  public func run(numbers: [Double], into results: inout [Double]) throws {
    let (count, resultCount) = (inputCounts.reduce(0, +), outputCounts.reduce(0, +))
    guard numbers.count == count else {
      throw ChainRuleError(
        .value, in: "Program.run", required: "\(count) numbers for \(inputCounts.count) inputs",
        got: "\(numbers.count)",
        hint: "Inputs: \(leaves.inputs.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")).")
    }
    guard isOfDoubles else {
      var start = 0
      let inputs = zip(inputShapes, inputCounts).map { shape, count in
        defer { start += count }
        return Tensor(shape: shape, Array(numbers[start..<start + count]))
      }
      results = try run(inputs).flatMap(\.scalars)
      return
    }
    if results.count != resultCount { results = [Double](repeating: 0, count: resultCount) }
    try numbers.withUnsafeBufferPointer { numbers in
      try results.withUnsafeMutableBufferPointer { results in
        try withPlaced(numbers.baseAddress, results.baseAddress) { state, threads in
          for step in code.steps { try run(step, state, threads: threads) }
        }
      }
    }
  }

  /// `withBound` for inputs and outputs that lie one after the other; of none there need be no memory.
  @inline(__always)
  private func withPlaced(
    _ numbers: UnsafePointer<Double>?, _ results: UnsafeMutablePointer<Double>?,
    _ body: (_ state: RunState, _ threads: Int) throws -> Void
  ) throws {
    try memory.withLock { memory in
      let bases = memory.state.bases
      func place(_ memory: UnsafeMutableRawPointer?, _ first: Int, _ counts: [Int]) {
        guard var next = memory else { return }
        for index in counts.indices {
          bases[first + index] = next
          next += counts[index] * MemoryLayout<Double>.stride
        }
      }
      place(numbers.map { UnsafeMutableRawPointer(mutating: $0) }, Int(code.bases.input(0).base), inputCounts)
      place(results.map { UnsafeMutableRawPointer($0) }, Int(code.bases.output(0).base), outputCounts)
      if !leaves.parameters.isEmpty { try borrowParameters(&memory) }
      defer { if !leaves.parameters.isEmpty { returnParameters(&memory, lent: renewedParameters.count) } }
      try body(memory.state, Swift.min(threads, memory.state.threads))
    }
  }

  // MARK: Binding

  private func bind(_ inputs: [Tensor], _ memory: inout ProgramMemory) throws {
    guard inputs.count == leaves.inputs.count else {
      throw ChainRuleError(
        .value, in: "Program.run", required: "\(leaves.inputs.count) inputs", got: "\(inputs.count)",
        hint: "Inputs: \(leaves.inputs.map(\.name).joined(separator: ", ")).")
    }
    if !memory.converted.isEmpty { memory.converted.removeAll() }
    let bases = memory.state.bases + Int(code.bases.input(0).base)
    for index in inputs.indices {
      if let base = base(of: inputs[index], as: inputKinds[index], index, inputShapes) {
        bases[index] = base
      } else {
        let tensor = try converted(inputs[index], for: leaves.inputs[index])
        memory.converted.append(tensor)
        bases[index] = tensor.storage.base
      }
    }
  }

  /// Where a tensor's elements are if it can be used as it is. Numbers are recognized without comparing lengths, and
  /// nothing is retained on the way: this is most of what a run of a small program costs.
  @inline(__always)
  private func base(
    of tensor: borrowing Tensor, as kind: ValueKind, _ index: Int, _ shapes: [Shape]
  ) -> UnsafeMutableRawPointer? {
    let isScalar = tensor.shape.dimensions.isEmpty
    guard isScalar == kind.isScalar else { return nil }
    let base: UnsafeMutableRawPointer? = Unmanaged.passUnretained(tensor.storage)._withUnsafeGuaranteedRef {
      $0.elementType == kind.type && !$0.isBroken ? $0.base : nil
    }
    return isScalar || tensor.shape == shapes[index] ? base : nil
  }

  private func converted(_ tensor: Tensor, for input: ProgramLeaves.Input) throws -> Tensor {
    if let error = tensor.error { throw error }
    guard tensor.shape == input.shape else {
      throw ChainRuleError(
        .shape, in: "Program.run", required: "shape \(input.shape) for \(input.name)", got: "shape \(tensor.shape)",
        hint: "Shapes are fixed when a program is made; compile another for another shape.")
    }
    if input.elementType == .int32, !tensor.scalars.allSatisfy({ $0 == $0.rounded() && Swift.abs($0) < 0x1p31 }) {
      throw ChainRuleError(
        .value, in: "Program.run", required: "Int32 indices for \(input.name)", got: "\(tensor.elementType) values",
        hint: "Use Tensor(indices:).")
    }
    return tensor.converted(to: input.elementType)
  }

  /// Gives every output memory that is the caller's own.
  private func prepare(_ results: inout [Tensor], _ state: RunState) throws {
    if results.count != outputShapes.count {
      results = try zip(outputShapes, outputKinds).map { try Kernels.make($0, $1.type) }
    }
    let bases = state.bases + Int(code.bases.output(0).base)
    try results.withUnsafeMutableBufferPointer { results in
      for index in results.indices {
        if isKnownUniquelyReferenced(&results[index].storage),
          let base = base(of: results[index], as: outputKinds[index], index, outputShapes)
        {
          bases[index] = base
        } else {
          results[index] = try Kernels.make(outputShapes[index], outputKinds[index].type)
          bases[index] = results[index].storage.base
        }
      }
    }
  }

  // MARK: Parameters

  private func borrowParameters(_ memory: inout ProgramMemory) throws {
    for (place, number) in renewedParameters.enumerated() {
      leaves.parameters[number].lend(to: &memory.parameters[number])
      if let error = memory.parameters[number].error {
        returnParameters(&memory, lent: place + 1)
        throw error
      }
      if needsCast(memory.parameters[number].elementType) {
        memory.parameters[number] = memory.parameters[number].converted(to: parameterType)
      }
      memory.parameters[number].makeUnique()
      memory.state[code.bases.parameter(Int32(number))] = memory.parameters[number].storage.base
    }
    for number in readParameters {
      var (tensor, version) = leaves.parameters[number].snapshot
      if let error = tensor.error {
        returnParameters(&memory, lent: renewedParameters.count)
        throw error
      }
      if needsCast(tensor.elementType) {
        if let known = memory.casts[number], known.version == version {
          tensor = known.value
        } else {
          tensor = tensor.converted(to: parameterType)
          memory.casts[number] = (version, tensor)
        }
      }
      memory.state[code.bases.parameter(Int32(number))] = tensor.storage.base
      memory.parameters[number] = tensor
    }
  }

  private func needsCast(_ type: ElementType) -> Bool { type != parameterType && type.isFloatingPoint }
  private var parameterType: ElementType { precision == .double ? .float64 : .float32 }

  /// - Parameter lent: how many of the renewed parameters the run had got hold of.
  private func returnParameters(_ memory: inout ProgramMemory, lent: Int) {
    for place in 0..<lent {
      leaves.parameters[renewedParameters[place]].giveBack(&memory.parameters[renewedParameters[place]])
    }
    for number in readParameters { memory.parameters[number] = Parameter.placeholder }
  }

  // MARK: Steps

  /// Nothing is copied or retained on the way to a step: small programs are made of such moments.
  @inline(__always)
  func run(_ step: ProgramStep, _ state: RunState, threads: Int) throws {
    switch step {
    case .scalars(let start, let end): state.replay(Int(start)..<Int(end))
    case .tiles(let index):
      Unmanaged.passUnretained(code.tiles[Int(index)])._withUnsafeGuaranteedRef { $0.run(state, threads: threads) }
    case .product(let index): code.products.withUnsafeBufferPointer { $0[Int(index)].run(state, threads: threads) }
    case .single(let index):
      try code.singles.withUnsafeBufferPointer { try $0[Int(index)].run(state, threads: threads) }
    case .rowBlocks(let index):
      Unmanaged.passUnretained(code.rowBlocks[Int(index)])._withUnsafeGuaranteedRef { $0.run(state, threads: threads) }
    }
  }
}
