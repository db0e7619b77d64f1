/// Any primitive, through tensors: the slow road that is always open.
struct GeneralStep: Sendable {
  struct Value: Sendable {
    let location: Location, shape: Shape, type: ElementType

    func placed(_ state: RunState) -> PlacedValue {
      PlacedValue(memory: state.pointer(location), shape: shape, type: type)
    }

    /// A copy as a tensor.
    func tensor(_ state: RunState) throws -> Tensor {
      let tensor = try Kernels.make(shape, type)
      tensor.storage.base.copyMemory(from: state.pointer(location), byteCount: tensor.count * type.stride)
      return tensor
    }
  }
  let primitive: any Primitive
  let inputs: [Value]
  let result: Value

  func run(_ state: RunState) throws {
    if let placed = primitive as? any PlacedPrimitive {
      return try placed.compute(inputs.map { $0.placed(state) }, into: result.placed(state))
    }
    let tensors = try inputs.map { try $0.tensor(state) }
    let converted = try primitive.value(of: tensors, promised: result.shape).converted(to: result.type)
    if let error = converted.error { throw error }
    state.pointer(result.location).copyMemory(
      from: converted.storage.base, byteCount: converted.count * result.type.stride)
  }
}

/// Refinement: reads its inputs and writes its output where they lie, so that a program copies nothing for it.
package protocol PlacedPrimitive: Primitive {
  /// - Throws: as `forward`.
  func compute(_ inputs: [PlacedValue], into output: PlacedValue) throws
}

/// Elements somewhere in memory, one after the other.
package struct PlacedValue {
  package let memory: UnsafeMutableRawPointer
  package let shape: Shape, type: ElementType

  package init(memory: UnsafeMutableRawPointer, shape: Shape, type: ElementType) {
    (self.memory, self.shape, self.type) = (memory, shape, type)
  }

  /// The elements of a tensor, for as long as it is held.
  package init(_ tensor: Tensor) { self.init(memory: tensor.memory, shape: tensor.shape, type: tensor.elementType) }

  /// The first element, as a number.
  package var number: Double {
    switch type {
    case .float64: memory.load(as: Double.self)
    case .float32: Double(memory.load(as: Float.self))
    case .int32: Double(memory.load(as: Int32.self))
    }
  }
}

/// Random numbers of a counter that a run is given.
struct RandomStep: Sendable {
  let primitive: RandomUniform
  let counter: Location
  let to: Location, count: Int

  func run(_ state: RunState) {
    let number = state.load(state.pointer(counter), at: 0)
    for position in 0..<count {
      state.store(primitive.number(at: position, counter: number), state.pointer(to), at: position)
    }
  }
}
