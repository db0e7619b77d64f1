/// Any primitive, through tensors: the slow road that is always open.
struct GeneralStep: Sendable {
  struct Value: Sendable {
    let location: Location, shape: Shape, type: ElementType

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
    let tensors = try inputs.map { try $0.tensor(state) }
    let converted = try primitive.value(of: tensors, promised: result.shape).converted(to: result.type)
    if let error = converted.error { throw error }
    state.pointer(result.location).copyMemory(
      from: converted.storage.base, byteCount: converted.count * result.type.stride)
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
