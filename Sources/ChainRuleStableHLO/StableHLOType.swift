import ChainRuleCore

/// The type of a value in a module: lengths and elements.
public struct StableHLOType: Sendable, Hashable, CustomStringConvertible {
  /// What a value's elements are.
  public enum Element: String, Sendable {
    /// Numbers of single precision.
    case single = "f32"
    /// Numbers of single precision with 8 bits: factors of products alone.
    case bfloat16 = "bf16"
    /// Numbers of double precision.
    case double = "f64"
    /// Whole numbers of 32 bits: indices.
    case int32 = "i32"
    /// Whole numbers of 64 bits.
    case int64 = "i64"
    /// Whole numbers of 64 bits without a sign.
    case bits = "ui64"
    /// Whole numbers of 32 bits without a sign.
    case halfBits = "ui32"
    /// True or false.
    case mask = "i1"
    /// Complex numbers of single precision.
    case complexSingle = "complex<f32>"
    /// Complex numbers of double precision.
    case complexDouble = "complex<f64>"
  }

  /// The lengths of the axes.
  public let dimensions: [Int]
  /// What the elements are.
  public let element: Element

  /// A type of these lengths and elements.
  public init(_ dimensions: [Int], _ element: Element) { (self.dimensions, self.element) = (dimensions, element) }

  /// As modules write it: `tensor<2x3xf32>`.
  public var description: String {
    "tensor<" + dimensions.map { "\($0)x" }.joined() + element.rawValue + ">"
  }

  var isFloat: Bool { element == .single || element == .double }
  var count: Int { dimensions.reduce(1, *) }
  func with(_ element: Element) -> StableHLOType { StableHLOType(dimensions, element) }
  func with(_ dimensions: [Int]) -> StableHLOType { StableHLOType(dimensions, element) }
  /// Without some axes.
  func without(_ axes: [Int]) -> StableHLOType {
    with(dimensions.indices.filter { !axes.contains($0) }.map { dimensions[$0] })
  }
}

/// A value of a module while it is written.
public struct StableHLOValue {
  let name: String
  /// Its lengths and elements.
  public let type: StableHLOType
  let body: StableHLOBuilder
  /// What tells it from all others of its module.
  package var key: String { name }

  /// The lengths of its axes.
  public var dimensions: [Int] { type.dimensions }
  var rank: Int { type.dimensions.count }
}

/// A primitive of one's own that says how it is computed on other engines.
///
/// ```swift
/// extension Cube: StableHLOPrimitive {
///   func stableHLO(_ inputs: [StableHLOValue], in body: StableHLOBuilder) throws -> StableHLOValue {
///     inputs[0] * inputs[0] * inputs[0]
///   }
/// }
/// ```
public protocol StableHLOPrimitive: Primitive {
  /// Writes the operations that compute the output from the inputs, with the shape that `shape(of:)` promises.
  /// - Throws: where it cannot be written, an error that says why.
  func stableHLO(_ inputs: [StableHLOValue], in body: StableHLOBuilder) throws -> StableHLOValue
}
