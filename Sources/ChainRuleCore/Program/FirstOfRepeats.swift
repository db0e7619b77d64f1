/// The place at which each index stands first: [7, 3, 7] → [0, 1, 0].
struct FirstOfRepeats: IndexPrimitive, PlacedPrimitive {
  var name: String { "firstOfRepeats" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let input = inputs[0].converted(to: .int32), result = try Kernels.make(input.shape, .int32)
    try compute([PlacedValue(input)], into: PlacedValue(result))
    return result
  }

  /// Open addressing over places, at most half full: one look at each index, whatever the largest is.
  func compute(_ inputs: [PlacedValue], into output: PlacedValue) throws {
    let count = inputs[0].shape.elementCount
    let indices = UnsafeBufferPointer(start: inputs[0].memory.assumingMemoryBound(to: Int32.self), count: count)
    let places = output.memory.assumingMemoryBound(to: Int32.self)
    var size = 64
    while size < 2 * count { size *= 2 }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: size) { table in
      table.initialize(repeating: -1)
      for place in 0..<count {
        var slot = Int(UInt32(bitPattern: indices[place]) &* 0x9E37_79B1 >> 7) & (size - 1)
        while table[slot] >= 0, indices[Int(table[slot])] != indices[place] { slot = (slot + 1) & (size - 1) }
        if table[slot] < 0 { table[slot] = Int32(place) }
        places[place] = table[slot]
      }
    }
  }
}
