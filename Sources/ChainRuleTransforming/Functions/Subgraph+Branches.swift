import ChainRuleCore

/// Which branch every piece took inside a recorded function, so that the checker sees kinks through loops and choices.
extension Subgraph {
  /// The results for some values, and the branches that were taken on the way.
  fileprivate func traced(_ values: [Tensor], _ branches: inout [Double]) throws -> [Tensor] {
    var made: [Tensor] = []
    made.reserveCapacity(steps.count)
    for step in steps {
      switch step {
      case .input(let place): made.append(values[place])
      case .constant(let value): made.append(value)
      case .operation(let primitive, let places):
        let inputs = places.map { made[$0] }
        if let pieces = primitive as? any PiecewisePrimitive { branches += try pieces.branches(of: inputs).scalars }
        made.append(try primitive.forward(inputs))
      }
    }
    return outputs.map { made[$0] }
  }
}

extension Choice: PiecewisePrimitive {
  func branches(of inputs: [Tensor]) throws -> Tensor {
    let place = try place(inputs)
    var found = [Double(place)]
    _ = try bodies[place].traced(Array(inputs.dropFirst(lead)), &found)
    return Tensor(found)
  }
}

extension CustomGradient: PiecewisePrimitive {
  func branches(of inputs: [Tensor]) throws -> Tensor {
    var found: [Double] = []
    _ = try value.traced(inputs, &found)
    return Tensor(found)
  }
}

extension Loop: PiecewisePrimitive {
  func branches(of inputs: [Tensor]) throws -> Tensor {
    var found: [Double] = [], values = Array(inputs.dropFirst(lead)), count = length
    if ending == .counted { count = Int(inputs[0].element(0)) }
    if ending == .condition, inputs[0].element(0) == 0 { count = 0 }
    let sequences = read.map { values[$0] }
    for step in 0..<count {
      let row = isReversed ? count - 1 - step : step
      for (place, sequence) in zip(read, sequences) { values[place] = sequence.row(row, of: body.inputs[place].shape) }
      let results = try body.traced(values, &found)
      for place in carried { values[place] = results[place] }
      if ending == .condition, results[results.count - 1].element(0) == 0 {
        found.append(Double(step))
        break
      }
    }
    return Tensor(found)
  }
}

extension Tensor {
  fileprivate func row(_ number: Int, of shape: Shape) -> Tensor {
    let count = shape.elementCount, part = Array(scalars[number * count..<(number + 1) * count])
    if elementType == .int32 { return Tensor(indices: part.map { Int($0) }, shape: shape) }
    return Tensor(shape: shape, part).converted(to: elementType)
  }
}
