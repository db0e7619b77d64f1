/// One kind of computation that a graph can record.
///
/// Every primitive says four things: its name, its shape rule, how it is computed, and its local gradient. Elementwise
/// ones say the first three by naming an opcode.
///
/// ```swift
/// struct Cube: Primitive {
///   let name = "cube"
///   func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
///   func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
///   func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
///     .factor(3 * inputs[0] * inputs[0])
///   }
/// }
/// let c = graph.record(Cube(), [x])
/// ```
///
/// Equal primitives on equal inputs (up to three) are one node to a compiled program, so equality must mean "computes
/// the same".
public protocol Primitive: Sendable, Hashable {
  /// What explanations and error messages call it.
  var name: String { get }
  /// The number of inputs; recording with another number fails. `nil` accepts any number of at least one.
  var arity: Int? { get }
  /// The output's shape, from the inputs' shapes alone.
  /// - Throws: when the inputs' shapes do not fit, an error that says what was required.
  func shape(of inputs: [Shape]) throws -> Shape
  /// The output's value, of the shape that `shape(of:)` promised.
  /// - Throws: when a value does not fit where its shape did, such as an index out of range.
  func forward(_ inputs: [Tensor]) throws -> Tensor
  /// How the output changes with one input, written in nodes, so that it can be differentiated again.
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient
  /// How it is called and written; the default writes it as a function of its name.
  var descriptor: PrimitiveDescriptor { get }
  /// What else this one was made with, for formulas: an axis, a shape. Empty where there is nothing to say.
  func detail(of inputs: [Shape]) -> String
}

extension Primitive {
  public var arity: Int? { nil }
  public var descriptor: PrimitiveDescriptor { PrimitiveDescriptor() }
  public func detail(of inputs: [Shape]) -> String { "" }

  /// What `forward` makes, if it keeps the promise of `shape(of:)`.
  func value(of inputs: [Tensor], promised shape: Shape) throws -> Tensor {
    let value = try forward(inputs)
    if let error = value.error { throw error }
    guard value.shape == shape else {
      throw ChainRuleError(
        .primitive, in: name, required: "a value of the promised shape \(shape)", got: "shape \(value.shape)",
        hint: "forward and shape(of:) must agree.")
    }
    return value
  }
}

/// The derivative of one primitive with respect to one of its inputs.
public enum LocalGradient {
  /// Elementwise: ∂output/∂input as a node of the output's shape (or one that broadcasts to it).
  /// Backward multiplies upstream by it, forward mode multiplies the tangent by it.
  case factor(Node)
  /// A linear map too large to form: `apply` pushes a tangent (shaped like the input) forward to the output's
  /// shape, `transpose` pulls upstream (shaped like the output) back to the input's shape.
  case linear(apply: (Node) -> Node, transpose: (Node) -> Node)
  /// No gradient flows, and why.
  case none(reason: String)

  /// Elementwise with derivative one everywhere.
  static func one(in graph: Graph) -> LocalGradient { .factor(graph.one) }

  /// A linear map that is a primitive, with a transpose that is one; both read `indices`, if given, after what they
  /// map.
  package static func linear(_ map: any Primitive, transpose: any Primitive, at indices: Node? = nil) -> LocalGradient {
    func mapped(_ node: Node, by primitive: any Primitive) -> Node {
      node.graph.recordGeneral(primitive, indices.map { [node, $0] } ?? [node])
    }
    return .linear(apply: { mapped($0, by: map) }, transpose: { mapped($0, by: transpose) })
  }
}

/// Refinement: a primitive made of pieces (relu, maximum, where …) tells which piece each element took.
///
/// So a gradient checker sees a kink exactly instead of guessing it from numbers.
public protocol PiecewisePrimitive: Primitive {
  /// A tensor whose elements name the branch taken; equal inputs take equal branches.
  /// - Throws: as `forward`.
  func branches(of inputs: [Tensor]) throws -> Tensor
}

/// Refinement: one output element per input element, computed by the kernel of an opcode.
///
/// Broadcasting never happens here: the graph records it as a node of its own before.
///
/// A type of your own that conforms to it has the kernel's value and your local gradient.
public protocol ElementwisePrimitive: Primitive {
  /// The row of the kernels' table that computes it and gives its name and arity.
  static var opcode: Opcode { get }
}

extension ElementwisePrimitive {
  public var name: String { Self.opcode.name }
  public var arity: Int? { Self.opcode.arity }

  public func shape(of inputs: [Shape]) throws -> Shape {
    for shape in inputs.dropFirst() where shape != inputs[0] {
      throw ChainRuleError(
        .shape, in: name, required: "inputs of one shape", got: inputs.map(\.description).joined(separator: " and "))
    }
    return inputs[0]
  }

  public func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.elementwise(Self.opcode, inputs) }
}

/// Refinement: the output is a tensor of Int32 indices, through which no gradient flows.
package protocol IndexPrimitive: Primitive {}

extension IndexPrimitive {
  package func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "an index does not change with the values it points at")
  }
}

extension PiecewisePrimitive where Self: IndexPrimitive {
  /// Every position is a piece of its own.
  package func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs).converted(to: .float64) }
}

/// Refinement: elements are moved and not computed with, so that what is made of indices alone holds indices.
package protocol DataMovement: Primitive {}
