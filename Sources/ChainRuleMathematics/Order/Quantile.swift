import ChainRuleCore

/// Where a quantile lies among `length` elements in order: ⌊q(n − 1)⌋, at most n − 2, so that there is a next one.
struct QuantilePlace: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "⌊q(n − 1)⌋, at most n − 2", derivatives: ["none: an index"])
  let length: Int
  var name: String { "quantile" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let places = try inputs[0].scalars.map { q in
      guard (0...1).contains(q) else { throw Self.outside("\(q)") }
      return Int32(Swift.max(0, Swift.min(Int(q * Double(length - 1)), length - 2)))
    }
    return Tensor(shape: inputs[0].shape, elements: places, .int32)
  }
  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    try forward([Tensor(shape: shapes[0], inputs[0].map(\.high))]).scalars.map { DoubleDouble($0) }
  }
  static func outside(_ q: String) -> ChainRuleError {
    ChainRuleError(.value, in: "quantile", required: "a q from 0 to 1", got: q, hint: "0.5 is the median.")
  }
}

extension Node {
  /// The median along an axis: the middle element, or the mean of the middle two; NaN where an element is.
  ///
  /// The gradient goes to the elements that are in the middle; where some are equal, to the first of them in order.
  public func median(axis: Int = -1, keepingDimensions: Bool = false) -> Node {
    ordered("median", axis, keepingDimensions) { $0.between(0.5, axis: $1) }
  }

  /// The q-quantile along an axis, linear between neighbours in order: at h = q(n − 1) between the elements ⌊h⌋ and
  /// ⌊h⌋ + 1 (Hyndman and Fan 1996, definition 7); NaN where an element is. `q` lies in 0…1.
  public func quantile(_ q: Double, axis: Int = -1, keepingDimensions: Bool = false) -> Node {
    ordered("quantile", axis, keepingDimensions) { sorted, axis in
      guard (0...1).contains(q) else { throw QuantilePlace.outside("\(q)") }
      return sorted.between(q, axis: axis)
    }
  }

  /// The q-quantile for a q that is a node of rank 0, with a gradient by q too: (n − 1)·(the next element − the one
  /// before), piecewise constant.
  public func quantile(_ q: Node, axis: Int = -1, keepingDimensions: Bool = false) -> Node {
    if q.error != nil { return q }
    return ordered("quantile", axis, keepingDimensions) { sorted, axis in
      guard q.shape.rank == 0 else {
        throw ChainRuleError(.shape, in: "quantile", required: "a q of rank 0", got: "shape \(q.shape)")
      }
      let length = sorted.shape[axis], place = graph.recordGeneral(QuantilePlace(length: length), [q])
      let lower = sorted.gathered(at: place, axis: axis)
      if length == 1 { return lower + 0 * q }
      let upper = sorted.gathered(at: place + 1, axis: axis), part = q * Double(length - 1) - place
      // An infinite neighbour does not count where the place is an element's own.
      return (1 - part) * lower + part * `where`(equal(part, 0) * equal(abs(upper), .infinity), lower, upper)
    }
  }

  /// What lies at a fraction of an axis that is in order.
  private func between(_ q: Double, axis: Int) -> Node {
    let height = q * Double(shape[axis] - 1), lower = height.rounded(.down), part = height - lower
    func element(_ place: Double) -> Node {
      gathered(at: graph.constant(Tensor(indices: [Int(place)], shape: [])), axis: axis)
    }
    return part == 0 ? element(lower) : (1 - part) * element(lower) + part * element(lower + 1)
  }

  /// What is read off the elements in order; NaN, which comes last, if there is one.
  private func ordered(
    _ name: String, _ axis: Int, _ keepingDimensions: Bool, _ read: (_ sorted: Node, _ axis: Int) throws -> Node
  ) -> Node {
    if error != nil { return self }
    return graph.attempt(in: name) {
      let position = try shape.position(ofAxis: axis, in: name)
      let result = try shape.reduced(overFilled: [position], in: name), sorted = sorted(axis: position)
      let last = sorted.gathered(at: graph.constant(Tensor(indices: [shape[position] - 1], shape: [])), axis: position)
      let found = `where`(equal(last, last), try read(sorted, position), last)
      return keepingDimensions
        ? found.reshaped(to: shape.reduced(over: [position], keepingDimensions: true)) : found.reshaped(to: result)
    }
  }
}
