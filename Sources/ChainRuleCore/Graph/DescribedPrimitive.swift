/// A primitive of the library: its descriptor belongs to the type.
package protocol DescribedPrimitive: Primitive {
  static var descriptor: PrimitiveDescriptor { get }
  /// Whether an input is read as indices; `givesIndices` if the output holds indices too.
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool
}

extension DescribedPrimitive {
  package func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { false }
}

extension DescribedPrimitive where Self: DataMovement {
  package func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { givesIndices }
}

extension DescribedPrimitive {
  package var descriptor: PrimitiveDescriptor { Self.descriptor }

  /// Axes as a formula names them; all of them go without saying.
  package func axes(_ axes: [Int], of rank: Int) -> String {
    axes.count == rank ? "" : axes.count == 1 ? "axis \(axes[0])" : "axes \(axes)"
  }

  /// A shape as a formula names it: `2×3`.
  package func written(_ shape: Shape) -> String {
    shape.rank == 0 ? "scalar" : shape.dimensions.map(String.init).joined(separator: "×")
  }
}
