import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Adds sin(t / 10000^(2i/width)) and cos(t / 10000^(2i/width)) to features 2i and 2i + 1 at position t:
/// `[batch, length, width]`. Source: Vaswani et al. 2017.
public struct SinusoidalPositions: Model, Sendable {
  /// A layer without parameters.
  public init() {}

  /// Records x plus its positions: `[batch, length, width]` to the same.
  public func callAsFunction(_ x: Node) -> Node {
    if x.error != nil { return x }
    let (length, width) = (x.shape[-2], x.shape[-1])
    let table = (0..<length * width).map { place in
      let (time, feature) = (Double(place / width), place % width)
      let angle = time / pow(10000, Double(feature / 2 * 2) / Double(width))
      return feature % 2 == 0 ? sin(angle) : cos(angle)
    }
    return x + x.graph.constant(Tensor(shape: [length, width], table))
  }
}

/// Adds a learned vector to each position: `[batch, length, width]` with length up to `longest`.
public struct LearnedPositions: Model, Sendable {
  /// `[longest, width]`
  public let weight: Parameter

  /// A table of vectors for up to `longest` positions; normal with deviation 0.02 by default.
  public init(_ longest: Int, _ width: Int, weights: Initializer = .normal(deviation: 0.02), seed: UInt64? = nil) {
    weight = Parameter(weights([longest, width], fanIn: longest, fanOut: width, seed: seed ?? nextSeed()))
  }

  /// Records x plus the vectors of its positions: `[batch, length, width]` to the same.
  public func callAsFunction(_ x: Node) -> Node {
    x.error != nil ? x : x + x.graph.parameter(weight)[0..<x.shape[-2]]
  }
}

/// Attention and two dense layers, each normalized before and added to its input:
/// x ← x + attention(norm(x)), x ← x + W₂ gelu(W₁ norm(x)); `[batch, length, width]` to the same.
/// Sources: Vaswani et al. 2017; normalization before: Xiong et al. 2020.
public struct TransformerBlock: Model, Sendable {
  /// The first half: normalization and attention.
  public let attentionNorm: LayerNorm, attention: MultiHeadAttention
  /// The second half: normalization, the layer to the hidden width and the one back.
  public let mixNorm: LayerNorm, widen: Dense, narrow: Dense
  /// Dropout of both halves; `nil` for a rate of 0.
  public let attentionDropout: Dropout?, mixDropout: Dropout?

  /// A block for vectors of a width that the heads share evenly, with random weights.
  /// - Parameter hidden: the width between the dense layers; four times the width by default.
  public init(
    _ width: Int, heads: Int, hidden: Int? = nil, isCausal: Bool = false, dropout rate: Double = 0,
    seed: UInt64? = nil
  ) {
    let hidden = hidden ?? Shape([4, width]).elementCount
    (attentionNorm, mixNorm) = (LayerNorm(width), LayerNorm(width))
    (attention, widen, narrow, attentionDropout, mixDropout) = withSeed(seed ?? nextSeed()) {
      (
        MultiHeadAttention(width, heads: heads, isCausal: isCausal),
        Dense(width, hidden, activation: { gelu($0, approximate: true) }),
        Dense(hidden, width), rate > 0 ? Dropout(rate) : nil, rate > 0 ? Dropout(rate) : nil
      )
    }
  }

  /// Records both halves: `[batch, length, width]` to the same.
  public func callAsFunction(_ x: Node) -> Node {
    let attended = attention(attentionNorm(x))
    let sum = x + (attentionDropout?(attended) ?? attended)
    let mixed = narrow(widen(mixNorm(sum)))
    return sum + (mixDropout?(mixed) ?? mixed)
  }
}
