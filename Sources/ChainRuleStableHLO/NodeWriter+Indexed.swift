import ChainRuleCore

// Reading and adding at indices. The format clamps what is out of range; the host is told instead.

extension NodeWriter {
  func indexed(_ form: PrimitiveForm) -> StableHLOValue? {
    switch form {
    case .gather(let axis):
      checkedRange(inputs[1], below: x.dimensions[axis])
      return gather(x, inputs[1], axis)
    case .gatherAlong(let axis):
      checkedRange(inputs[1], below: x.dimensions[axis])
      return gatherAlong(x, inputs[1], axis)
    case .scatterAdd(let axis, let length):
      checkedRange(inputs[1], below: length)
      return scatterAdd(axis)
    case .scatterAddAlong(let axis, let length):
      checkedRange(inputs[1], below: length)
      return scatteredAlong(x, inputs[1], axis, type)
    case .oneHot(let classes):
      checkedRange(x, below: classes)
      let places = body.positions(lengths, axis: lengths.count - 1)
      let wanted = x.spread(to: lengths, at: Array(x.dimensions.indices))
      return places.compared("EQ", wanted).select(body.constant(1, type), zeros(type))
    default: return nil
    }
  }

  /// Slices along an axis, which the indices' shape replaces.
  func gather(_ x: StableHLOValue, _ indices: StableHLOValue, _ axis: Int) -> StableHLOValue {
    let rank = x.dimensions.count, k = indices.dimensions.count
    let result = Array(x.dimensions[..<axis]) + indices.dimensions + Array(x.dimensions[(axis + 1)...])
    let resultType = x.type.with(result)
    if x.type.count == 0 || resultType.count == 0 { return zeros(resultType) }
    var sizes = x.dimensions
    sizes[axis] = 1
    let offsets = Array(0..<axis) + Array((axis + k)..<(rank - 1 + k))
    return body.emit(
      "stablehlo.gather", [x, indices],
      "dimension_numbers = #stablehlo.gather<offset_dims = \(StableHLOValue.list(offsets)), "
        + "collapsed_slice_dims = [\(axis)], start_index_map = [\(axis)], index_vector_dim = \(k)>, "
        + "slice_sizes = \(StableHLOValue.array(sizes)), indices_are_sorted = false",
      results: [resultType])[0]
  }

  /// Places of all axes for each element, the given ones along one axis: `[count, rank]`.
  private func places(_ indices: StableHLOValue, _ axis: Int) -> StableHLOValue {
    let lengths = indices.dimensions, count = indices.type.count
    let columns = lengths.indices.map { place -> StableHLOValue in
      (place == axis ? indices : body.positions(lengths, axis: place)).reshaped(to: [count, 1])
    }
    return body.concatenated(columns, axis: 1)
  }

  /// An element for each index, at its own place along all other axes.
  func gatherAlong(_ x: StableHLOValue, _ indices: StableHLOValue, _ axis: Int) -> StableHLOValue {
    let resultType = x.type.with(indices.dimensions), rank = x.dimensions.count
    if x.type.count == 0 || resultType.count == 0 { return zeros(resultType) }
    let all = StableHLOValue.list(Array(0..<rank))
    return body.emit(
      "stablehlo.gather", [x, places(indices, axis)],
      "dimension_numbers = #stablehlo.gather<collapsed_slice_dims = \(all), start_index_map = \(all), "
        + "index_vector_dim = 1>, slice_sizes = \(StableHLOValue.array(x.dimensions.map { _ in 1 })), "
        + "indices_are_sorted = false",
      results: [x.type.with([indices.type.count])])[0].reshaped(to: indices.dimensions)
  }

  private func scatterAdd(_ axis: Int) -> StableHLOValue {
    let indices = inputs[1], k = indices.dimensions.count, rank = x.dimensions.count
    if x.type.count == 0 || type.count == 0 { return zeros(type) }
    let windows = Array(0..<axis) + Array((axis + k)..<rank)
    return scatter(
      x, indices,
      "update_window_dims = \(StableHLOValue.list(windows)), inserted_window_dims = [\(axis)], "
        + "scatter_dims_to_operand_dims = [\(axis)], index_vector_dim = \(k)", to: type)
  }

  /// Every element added at its index along an axis, at its own place along all others.
  func scatteredAlong(
    _ x: StableHLOValue, _ indices: StableHLOValue, _ axis: Int, _ type: StableHLOType
  ) -> StableHLOValue {
    if x.type.count == 0 || type.count == 0 { return zeros(type) }
    let all = StableHLOValue.list(Array(type.dimensions.indices))
    return scatter(
      x.reshaped(to: [x.type.count]), places(indices, axis),
      "inserted_window_dims = \(all), scatter_dims_to_operand_dims = \(all), index_vector_dim = 1", to: type)
  }

  private func scatter(_ updates: StableHLOValue, _ places: StableHLOValue, _ numbers: String, to type: StableHLOType)
    -> StableHLOValue
  {
    let one = StableHLOType([], type.element)
    return body.emit(
      "stablehlo.scatter", [zeros(type), places, updates],
      "scatter_dimension_numbers = #stablehlo.scatter<\(numbers)>, indices_are_sorted = false, unique_indices = false",
      results: [type], regions: [body.region([one, one]) { [$0[0] + $0[1]] }])[0]
  }
}
