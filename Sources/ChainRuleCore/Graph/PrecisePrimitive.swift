/// Refinement: computed in twice the precision too, for the checker's differences.
package protocol PrecisePrimitive: Primitive {
  /// The output's elements from the inputs', all in row-major order.
  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble]
  /// How many numbers are added up, where those are more than the inputs have elements.
  func terms(of output: Shape, from inputs: [Shape]) -> Int
}

extension PrecisePrimitive {
  package func terms(of output: Shape, from inputs: [Shape]) -> Int { 0 }
}

extension Graph {
  /// About how many numbers twice the precision computes with for one node.
  package func preciseWork(of id: Int32) -> Int {
    let shapes = inputs(of: id).map { shape(of: $0) }
    let elements = shapes.reduce(shape(of: id).elementCount) { $0 + $1.elementCount }
    if isTabulated(id), let opcode = (primitive(of: id) as? any ElementwisePrimitive).map({ type(of: $0).opcode }) {
      return Extents.product(elements, opcode.preciseCost)
    }
    guard isOperation(id), let own = primitive(of: id) as? any PrecisePrimitive else { return elements }
    return Extents.sum(elements, own.terms(of: shape(of: id), from: shapes))
  }

  /// The elements of one node in twice the precision from those of its inputs; `nil` where its primitive has no such
  /// form: a primitive of one's own, or one that reads more than numbers.
  package func precise(_ id: Int32, from inputs: [[DoubleDouble]]) throws -> [DoubleDouble]? {
    let primitive = primitive(of: id), shapes = self.inputs(of: id).map { shape(of: $0) }
    if let own = primitive as? any PrecisePrimitive { return try own.precise(inputs, shapes: shapes) }
    if isTabulated(id), let elementwise = primitive as? any ElementwisePrimitive {
      let opcode = type(of: elementwise).opcode
      var result: [DoubleDouble] = []
      result.reserveCapacity(inputs[0].count)
      for position in inputs[0].indices {
        guard let value = opcode.precise(inputs.map { $0[position] }) else { return nil }
        result.append(value)
      }
      return result
    }
    guard primitive is any DataMovement else { return nil }
    let isIndex = self.inputs(of: id).map(isIndex)
    func moved(_ part: (DoubleDouble) -> Double) throws -> [Double] {
      try primitive.forward(
        zip(zip(inputs, shapes), isIndex).map { input, isIndex in
          let tensor = Tensor(shape: input.1, input.0.map(isIndex ? \.high : part))
          return isIndex ? tensor.converted(to: .int32) : tensor
        }
      ).scalars
    }
    if self.isIndex(id) { return try moved(\.high).map { DoubleDouble($0) } }
    return zip(try moved(\.high), try moved(\.low)).map { DoubleDouble($0, $1) }
  }
}

extension Shape {
  /// For each element of what a reduction over axes gives, the row-major positions that it brings together.
  package func groups(over axes: [Int]) -> [[Int]] {
    let kept = reduced(over: axes, keepingDimensions: true)
    var groups = [[Int]](repeating: [], count: kept.elementCount)
    let (own, others) = (strides, kept.strides)
    for position in 0..<elementCount {
      let group = (0..<rank).reduce(0) { sum, axis in
        axes.contains(axis) ? sum : sum + position / own[axis] % self[axis] * others[axis]
      }
      groups[group].append(position)
    }
    return groups
  }
}
