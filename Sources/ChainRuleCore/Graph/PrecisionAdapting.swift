/// Refinement: computed otherwise in some precisions, whichever way the primitive is made.
package protocol PrecisionAdapting: Primitive {
  /// The primitive as a graph of this precision records it.
  func adapted(to precision: Graph.Precision) -> any Primitive
}

extension Graph.Precision {
  /// A primitive as a graph of this precision records it.
  package func adapting(_ primitive: any Primitive) -> any Primitive {
    guard self == .bfloat16Products, let own = primitive as? any PrecisionAdapting else { return primitive }
    return own.adapted(to: self)
  }
}
