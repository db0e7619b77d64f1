/// Refinement: its value is part of what another primitive makes of the same inputs, which takes longer. A program that
/// computes the other one anyway takes the part from there.
package protocol PartialPrimitive: Primitive {
  /// The primitive whose value holds this one's; `nil` where this is the whole itself.
  var whole: (any Primitive)? { get }
  /// Where in the whole the part begins, for inputs of these shapes; it is as large as this one's value.
  func start(in inputs: [Shape]) -> [Int]
}
