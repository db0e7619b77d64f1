/// The position of the first largest element along an axis: an index, so no gradient flows.
struct Argmax: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, EnclosedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "position of the first largest", derivatives: ["none: an index"], call: "argmax")
  let axis: Int
  var name: String { "argmax" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { try inputs[0].reduced(overFilled: [axis], in: name) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.argmax(inputs[0], axis: axis) }
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    inputs[0].reduced(over: [axis]) { group in
      Interval.largest(of: group).map { Interval(Double($0)) } ?? Interval(0, Double(group.count - 1), .defined)
    }
  }
}

extension Interval {
  /// The position of the first largest where that is decided: its lower bound is above the upper bound of every other,
  /// and no smaller than those after it. It is sought at the largest lower bound.
  static func largest(of group: [Interval]) -> Int? {
    guard let best = group.indices.max(by: { (group[$0].lower, $1) < (group[$1].lower, $0) }) else { return nil }
    let isLargest = group.indices.allSatisfy {
      $0 == best || group[$0].upper < group[best].lower || ($0 > best && group[$0].upper == group[best].lower)
    }
    return isLargest ? best : nil
  }
}

extension Node {
  /// The position of the first largest element along an axis, as Int32 indices.
  public func argmax(axis: Int = -1) -> Node {
    graph.attempt(self) { Argmax(axis: try shape.position(ofAxis: axis, in: "argmax")) }
  }

  /// The position of the first smallest element along an axis, as Int32 indices.
  public func argmin(axis: Int = -1) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "argmin") { (-self).argmax(axis: try shape.position(ofAxis: axis, in: "argmin")) }
  }
}
