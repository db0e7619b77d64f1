/// A convolution's gradient by its image, at the speed of a convolution:
///
/// | found, stride 1 and one group | becomes |
/// |---|---|
/// | inputGradient(u, w) | convolution(u, w turned by 180° with its channels exchanged), padding (window − 1) · dilation − padding |
///
/// Both add up the same products; the convolution's kernel reads its image where it lies, and the turned weights are
/// few. Runs once, after the other passes.
struct InputGradients: Pass {
  /// The most that is worth turning, beside what it is multiplied with.
  private static let mostWeights = 1 << 20

  static func mayFind(in graph: ProgramGraph) -> Bool { graph.hasPrimitive(ConvolutionInputGradient.self) }

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard let gradient = graph.primitive(of: node, as: ConvolutionInputGradient.self) else { return nil }
    let geometry = gradient.geometry, (u, w) = (graph.input(of: node), graph.input(1, of: node))
    let weights = graph.shape(of: w)
    let padding = (0..<2).map { (weights[$0 + 2] - 1) * geometry.dilation[$0] - geometry.padding[$0] }
    guard geometry.groups == 1, geometry.stride == [1, 1], padding.allSatisfy({ $0 >= 0 }), weights.elementCount > 0,
      weights.elementCount <= Self.mostWeights
    else { return nil }
    var turnedGeometry = geometry
    turnedGeometry.padding = padding
    let turned = graph.append(Flip(axes: [2, 3]), [w], shape: weights)
    let exchanged = graph.append(
      Transpose(order: [1, 0, 2, 3]), [turned], shape: Shape([weights[1], weights[0], weights[2], weights[3]]))
    return graph.append(Convolution(geometry: turnedGeometry), [u, exchanged], shape: graph.shapes[Int(node.shape)])
  }
}
