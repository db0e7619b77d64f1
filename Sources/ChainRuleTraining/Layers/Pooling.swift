// Pooling: windows of `[batch, channels, height, width]` or `[batch, channels, length]` become single numbers. The
// stride is the window's size unless given; windows that do not fit wholly are dropped.

import ChainRuleCore

/// The largest element of each window; padding never wins.
public struct MaxPool2D: Model, Sendable {
  /// Height and width of the window, how far it moves, and the border: two numbers, or one for both.
  public let window: [Int], stride: [Int]?, padding: [Int]
  /// A layer with windows `[height, width]`, next to each other unless a stride is given.
  public init(_ window: [Int], stride: [Int]? = nil, padding: [Int] = [0]) {
    (self.window, self.stride, self.padding) = (window, stride, padding)
  }
  /// Records the maxima: `[batch, channels, height, width] → [batch, channels, height′, width′]`.
  public func callAsFunction(_ x: Node) -> Node { maxPool2d(x, window: window, stride: stride, padding: padding) }
}

/// The mean of each window.
public struct AveragePool2D: Model, Sendable {
  /// Height and width of the window, how far it moves, the border, and whether its zeros count in the mean.
  public let window: [Int], stride: [Int]?, padding: [Int], countsPadding: Bool
  /// A layer with windows `[height, width]`, next to each other unless a stride is given.
  public init(_ window: [Int], stride: [Int]? = nil, padding: [Int] = [0], countsPadding: Bool = true) {
    (self.window, self.stride, self.padding, self.countsPadding) = (window, stride, padding, countsPadding)
  }
  /// Records the means: `[batch, channels, height, width] → [batch, channels, height′, width′]`.
  public func callAsFunction(_ x: Node) -> Node {
    avgPool2d(x, window: window, stride: stride, padding: padding, countIncludePad: countsPadding)
  }
}

/// The largest element of each window of a sequence.
public struct MaxPool1D: Model, Sendable {
  /// The length of the window, how far it moves, and the border.
  public let window: Int, stride: Int?, padding: Int
  /// A layer with windows next to each other unless a stride is given.
  public init(_ window: Int, stride: Int? = nil, padding: Int = 0) {
    (self.window, self.stride, self.padding) = (window, stride, padding)
  }
  /// Records the maxima: `[batch, channels, length] → [batch, channels, length′]`.
  public func callAsFunction(_ x: Node) -> Node {
    maxPool2d(
      x.expandingDimension(at: 2), window: [1, window], stride: stride.map { [1, $0] }, padding: [0, padding]
    ).squeezingDimension(at: 2)
  }
}

/// The mean of each window of a sequence.
public struct AveragePool1D: Model, Sendable {
  /// The length of the window, how far it moves, and the border.
  public let window: Int, stride: Int?, padding: Int
  /// A layer with windows next to each other unless a stride is given.
  public init(_ window: Int, stride: Int? = nil, padding: Int = 0) {
    (self.window, self.stride, self.padding) = (window, stride, padding)
  }
  /// Records the means: `[batch, channels, length] → [batch, channels, length′]`.
  public func callAsFunction(_ x: Node) -> Node {
    avgPool2d(
      x.expandingDimension(at: 2), window: [1, window], stride: stride.map { [1, $0] }, padding: [0, padding]
    ).squeezingDimension(at: 2)
  }
}

/// The mean over everything but batch and channels: `[batch, channels, …] → [batch, channels]`.
public struct GlobalAveragePool: Model, Sendable {
  /// A layer without parameters.
  public init() {}
  /// Records the means: `[batch, channels, …] → [batch, channels]`.
  public func callAsFunction(_ x: Node) -> Node { x.mean(axes: Array(2..<Swift.max(x.shape.rank, 2))) }
}

/// The largest element over everything but batch and channels: `[batch, channels, …] → [batch, channels]`.
public struct GlobalMaxPool: Model, Sendable {
  /// A layer without parameters.
  public init() {}
  /// Records the maxima: `[batch, channels, …] → [batch, channels]`.
  public func callAsFunction(_ x: Node) -> Node { x.max(axes: Array(2..<Swift.max(x.shape.rank, 2))) }
}
