import ChainRuleCore

/// Which branch every piece took inside a recorded function, so that the checker sees kinks through loops and choices.
extension Subgraph {
  /// The results for some values, and the branches that were taken on the way.
  /// - Parameter watched: the steps whose branches count; `nil` for all.
  fileprivate func traced(
    _ values: [Tensor], _ branches: inout [Double], watched: [Bool]? = nil
  ) throws -> [Tensor] {
    var made: [Tensor] = []
    made.reserveCapacity(steps.count)
    for (number, step) in steps.enumerated() {
      switch step {
      case .input(let place): made.append(values[place])
      case .constant(let value): made.append(value)
      case .operation(let primitive, let places):
        let inputs = places.map { made[$0] }
        if watched?[number] ?? true, let pieces = primitive as? any PiecewisePrimitive {
          branches += try pieces.branches(of: inputs).scalars
        }
        made.append(try primitive.forward(inputs))
      }
    }
    return outputs.map { made[$0] }
  }

  /// The steps that lead to some of the results.
  fileprivate func leading(to results: Range<Int>) -> [Bool] {
    var needed = steps.map { _ in false }
    for place in results { needed[outputs[place]] = true }
    for number in steps.indices.reversed() where needed[number] {
      if case .operation(_, let places) = steps[number] { for place in places { needed[place] = true } }
    }
    return needed
  }
}

extension Choice: PiecewisePrimitive {
  func branches(of inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let place = try place(inputs)
    var found = [Double(place)]
    _ = try bodies[place].traced(Array(inputs.dropFirst(lead)), &found)
    return Tensor(found)
  }
}

extension CustomGradient: PiecewisePrimitive {
  func branches(of inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    var found: [Double] = []
    _ = try value.traced(inputs, &found)
    return Tensor(found)
  }
}

extension Loop: PiecewisePrimitive {
  /// The branches of every step. Where a condition ends the loop: those that follow each other without being equal, and
  /// the number of steps, unless the loop has converged: then one step more or less makes no difference.
  func branches(of inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let values = Array(inputs.dropFirst(lead)), count = try steps(lead == 0 ? Double(length) : inputs[0].element(0))
    return Tensor(ending == .condition ? try conditional(values, count) : try counted(values, count))
  }

  private func counted(_ inputs: [Tensor], _ count: Int) throws -> [Double] {
    var found: [Double] = [], values = inputs
    let sequences = read.map { values[$0] }
    for step in 0..<count {
      let row = isReversed ? count - 1 - step : step
      for (place, sequence) in zip(read, sequences) { values[place] = sequence.row(row, of: body.inputs[place].shape) }
      let results = try body.traced(values, &found)
      for place in carried { values[place] = results[place] }
    }
    return found
  }

  private func conditional(_ inputs: [Tensor], _ count: Int) throws -> [Double] {
    var found: [Double] = [], last: [Double] = [], values = inputs, made = 0
    let watched = body.leading(to: 0..<body.outputs.count - 1)
    while made < count {
      var pattern: [Double] = []
      let results = try body.traced(values, &pattern, watched: watched)
      for place in carried { values[place] = results[place] }
      if made == 0 || pattern != last { found += pattern }
      (last, made) = (pattern, made + 1)
      if results[results.count - 1].element(0) == 0 { break }
    }
    var ignored: [Double] = []
    let next = try body.traced(values, &ignored, watched: watched)
    let isSettled = carried.allSatisfy { next[$0].isWithinRounding(of: values[$0]) }
    return isSettled ? found : found + [Double(made)]
  }
}

extension Tensor {
  fileprivate func row(_ number: Int, of shape: Shape) -> Tensor {
    let count = shape.elementCount, part = Array(scalars[number * count..<(number + 1) * count])
    if elementType == .int32 { return Tensor(indices: part.map { Int($0) }, shape: shape) }
    return Tensor(shape: shape, part).converted(to: elementType)
  }

  /// Whether no element differs by more than a few units of its last digit.
  fileprivate func isWithinRounding(of other: Tensor) -> Bool {
    let unit: Double = elementType == .float32 ? 0x1p-21 : 0x1p-50
    return zip(scalars, other.scalars).allSatisfy { ($0 - $1).magnitude <= unit * max($0.magnitude, $1.magnitude) }
  }
}
