/// What pooling needs to know of its windows.
struct Pooling: Hashable, Sendable {
  let window: [Int]
  let geometry: WindowGeometry

  /// - Throws: when an attribute is out of range, or a window could lie wholly in the padding.
  init(window: [Int], stride: [Int]?, padding: [Int], in origin: String) throws {
    self.window = try WindowGeometry.pair(window, least: 1, "window", origin)
    geometry = try WindowGeometry(stride: stride ?? self.window, padding: padding, in: origin)
    for (length, border) in zip(self.window, geometry.padding) where border >= length {
      throw ChainRuleError(
        .shape, in: origin, required: "padding smaller than the window \(self.window)", got: "\(geometry.padding)")
    }
  }

  func outputShape(of input: Shape, in origin: String) throws -> Shape {
    let size = geometry.outputSize(input: [input[2], input[3]], window: window)
    guard input.rank == 4, size[0] > 0, size[1] > 0 else {
      throw ChainRuleError(
        .shape, in: origin, required: "[batch, channels, height, width] that a window of \(window) fits",
        got: "\(input)")
    }
    return Shape([input[0], input[1]] + size)
  }
}
