import ChainRule
import ChainRuleStableHLO

// Values between this process and the devices: whole on each, or in parts.

extension Tensor {
  /// A part along an axis, in memory of its own.
  fileprivate func part(_ range: Range<Int>, axis: Int) throws -> Tensor {
    var lengths = shape.dimensions
    let outer = lengths[..<axis].reduce(1, *), inner = lengths[(axis + 1)...].reduce(elementType.stride, *)
    let row = lengths[axis] * inner, piece = range.count * inner
    lengths[axis] = range.count
    let part = try Tensor.unwritten(Shape(lengths), elementType)
    withExtendedLifetime(self) {
      for place in 0..<outer {
        (part.memory + place * piece).copyMemory(
          from: memory + place * row + range.lowerBound * inner, byteCount: piece)
      }
    }
    return part
  }

  /// The other way: a part is written into its place.
  fileprivate func write(_ piece: Tensor, at start: Int, axis: Int) {
    let lengths = shape.dimensions, inner = lengths[(axis + 1)...].reduce(elementType.stride, *)
    let row = lengths[axis] * inner, count = piece.shape[axis] * inner
    withExtendedLifetime((self, piece)) {
      for place in 0..<lengths[..<axis].reduce(1, *) {
        (memory + place * row + start * inner).copyMemory(from: piece.memory + place * count, byteCount: count)
      }
    }
  }
}

extension OpenXLA {
  /// A batch on the devices in equal parts along its first axis, each held by as many neighbours as there are for one;
  /// all of it on each for a single part.
  func fed(_ tensor: Tensor, _ parts: Int) throws -> [DeviceBuffer] {
    if parts == 1 { return try everywhere(tensor) }
    let rows = tensor.shape[0] / parts, each = deviceCount / parts
    return try (0..<deviceCount).map { device in
      let start = device / each * rows
      return try plugin.buffer(try tensor.part(start..<start + rows, axis: 0), on: plugin.devices[device])
    }
  }

  /// A leaf's value: a part on each device, or all of it.
  func placed(_ tensor: Tensor, _ parts: DeviceLayout.Parts?) throws -> [DeviceBuffer] {
    guard let parts else { return try everywhere(tensor) }
    let count = tensor.shape[parts.axis] / parts.count
    return try (0..<deviceCount).map { device in
      let start = device % parts.count * count
      return try plugin.buffer(
        try tensor.part(start..<start + count, axis: parts.axis), on: plugin.devices[device])
    }
  }

  private func everywhere(_ tensor: Tensor) throws -> [DeviceBuffer] {
    try plugin.devices.prefix(deviceCount).map { try plugin.buffer(tensor, on: $0) }
  }

  /// The other way.
  static func gathered(
    _ buffers: [DeviceBuffer], _ shape: Shape, _ type: ElementType, _ parts: DeviceLayout.Parts?
  ) throws -> Tensor {
    guard let parts else { return try buffers[0].tensor(shape, type) }
    var lengths = shape.dimensions
    lengths[parts.axis] /= parts.count
    let whole = try Tensor.unwritten(shape, type)
    for (place, buffer) in buffers.prefix(parts.count).enumerated() {
      whole.write(try buffer.tensor(Shape(lengths), type), at: place * lengths[parts.axis], axis: parts.axis)
    }
    return whole
  }

  /// A parameter's present value on the devices: where it is already, or brought there.
  func resident(_ parameter: Parameter, _ type: ElementType, _ parts: DeviceLayout.Parts?) throws -> [DeviceBuffer] {
    let key = ObjectIdentifier(parameter), version = parameter.version
    if let known = parameters.withLock({ $0[key] }), known.parameter === parameter, known.version == version,
      known.type == type, known.parts == parts
    {
      return known.buffers
    }
    let (value, read) = parameter.snapshot
    if let error = value.error { throw error }
    let buffers = try placed(value.converted(to: type), parts)
    parameters.withLock { all in
      all = all.filter { $0.value.parameter != nil }
      all[key] = Resident(parameter: parameter, version: read, buffers: buffers, type: type, parts: parts)
    }
    return buffers
  }

  /// Leaves a parameter's new value on the devices until somebody reads it.
  func renew(_ parameter: Parameter, _ buffers: [DeviceBuffer], _ type: ElementType, _ parts: DeviceLayout.Parts?) {
    let shape = parameter.shape
    let version = parameter.leave {
      do { return try Self.gathered(buffers, shape, type, parts) } catch {
        return Tensor(error: error as? ChainRuleError ?? Plugin.mistake("a value", "\(error)", ""))
      }
    }
    parameters.withLock {
      $0[ObjectIdentifier(parameter)] = Resident(
        parameter: parameter, version: version, buffers: buffers, type: type, parts: parts)
    }
  }
}
