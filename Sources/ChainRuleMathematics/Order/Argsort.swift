import ChainRuleCore

/// The positions of the elements along an axis in ascending (or descending) order, the first `count` of them. NaN counts
/// as larger than every number; equal elements stay in the order that they came in.
struct Argsort: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, PrecisePrimitive, EnclosedPrimitive,
  BatchedPrimitive
{
  static let descriptor = PrimitiveDescriptor(
    equation: "positions in order: stable, NaN as the largest", derivatives: ["none: an index"],
    convention: "equals stay in their order")
  let axis: Int
  var isDescending = false
  /// How many positions; all unless given.
  var count: Int?
  var name: String { count == nil ? "argsort" : "topK" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    var lengths = inputs[0].dimensions
    guard lengths[axis] <= Int32.max else {
      throw ChainRuleError(.shape, in: name, required: "an axis of at most 2³¹ − 1 elements", got: "\(inputs[0])")
    }
    if let count { lengths[axis] = count }
    return Shape(lengths)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = try shape(of: [inputs[0].shape]), values = inputs[0].scalars
    let (outer, length, inner) = inputs[0].shape.split(at: axis), kept = shape[axis]
    var result = [Int32](repeating: 0, count: shape.elementCount)
    let memory = StableOrder.Memory(count: length)
    for row in 0..<outer {
      for column in 0..<inner {
        for position in 0..<length {
          let key = StableOrder.key(values[(row * length + position) * inner + column])
          memory.keys[position] = isDescending ? ~key : key
          memory.places[position] = Int32(position)
        }
        StableOrder.sort(memory, count: length)
        for position in 0..<kept { result[(row * kept + position) * inner + column] = memory.places[position] }
      }
    }
    return Tensor(shape: shape, elements: result, .int32)
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    try forward([Tensor(shape: shapes[0], inputs[0].map(\.high))]).scalars.map { DoubleDouble($0) }
  }

  /// Decided where the intervals do not overlap.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let lower = try forward([inputs[0].lower]), upper = try forward([inputs[0].upper])
    for group in inputs[0].shape.groups(over: [axis]) {
      let intervals = group.map { inputs[0].intervals[$0] }.sorted { $0.lower < $1.lower }
      for (one, next) in zip(intervals, intervals.dropFirst()) where !(one.upper < next.lower) {
        if one == next, one.isPoint { continue }
        throw Enclosure.undecided(in: name)
      }
    }
    guard lower == upper else { throw Enclosure.undecided(in: name) }
    return Enclosure(lower)
  }

  func batched(_ batch: Batch) -> Node? {
    batch.record(Argsort(axis: axis + 1, isDescending: isDescending, count: count))
  }
}

extension Node {
  /// The positions along an axis that put the elements in ascending order, as Int32 indices.
  ///
  /// Equal elements keep their order. NaN counts as larger than every number: it comes last, and first where
  /// `descending`.
  public func argsort(axis: Int = -1, descending: Bool = false) -> Node {
    graph.attempt(self) {
      Argsort(axis: try shape.position(ofAxis: axis, in: "argsort"), isDescending: descending)
    }
  }

  /// The elements along an axis in ascending order; the gradient goes back to where each came from.
  ///
  /// ```swift
  /// graph.constant([3, 1, 2]).sorted()      // [1, 2, 3]
  /// ```
  /// Stable, NaN last (first where `descending`). Where elements are equal, their gradients keep their order too.
  public func sorted(axis: Int = -1, descending: Bool = false) -> Node {
    gatheredAlong(axis: axis, at: argsort(axis: axis, descending: descending))
  }

  /// The k largest elements along an axis in descending order, and their positions as Int32 indices.
  ///
  /// Of equal elements those that come first are taken first; NaN counts as larger than every number. `k` lies in
  /// 1…length.
  public func topK(_ k: Int, axis: Int = -1) -> (values: Node, indices: Node) {
    let indices = graph.attempt(self) {
      let position = try shape.position(ofAxis: axis, in: "topK")
      guard k >= 1, k <= shape[position] else {
        throw ChainRuleError(
          .shape, in: "topK", required: "a k from 1 to the axis' length \(shape[position])", got: "\(k) for \(shape)")
      }
      return Argsort(axis: position, isDescending: true, count: k)
    }
    return (gatheredAlong(axis: axis, at: indices), indices)
  }
}
