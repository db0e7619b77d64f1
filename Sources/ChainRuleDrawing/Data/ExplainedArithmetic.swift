/// The elementary arithmetic behind a graph of scalars: slots that are filled in order, each from slots before it.
/// Local gradients are slots like values, so that whoever runs this multiplies and adds but knows no derivative.
public struct ExplainedArithmetic: Sendable, Codable, Equatable {
  /// What fills one slot.
  public struct Instruction: Sendable, Codable, Equatable {
    /// `input`, `constant`, or the name of an elementary primitive.
    public var name: String
    /// The slots that it reads.
    public var inputs: [Int]
    /// The number of an input or a constant.
    public var numbers: [Double]
    /// An instruction of that name; `input` and `constant` make those of leaves.
    public init(_ name: String, inputs: [Int] = [], numbers: [Double] = []) {
      self.name = name
      self.inputs = inputs
      self.numbers = numbers
    }

    /// A leaf that a page lets the reader change.
    package static func input(_ number: Double) -> Self { .init("input", numbers: [number]) }
    /// A leaf that stays as it is.
    package static func constant(_ number: Double) -> Self { .init("constant", numbers: [number]) }
  }

  /// What fills the slots, in order.
  public var instructions: [Instruction]
  /// The slot of every node's value.
  public var nodeSlots: [Int]
  /// The slot of every edge's factor; -1 where no gradient flows.
  public var edgeSlots: [Int]
  /// How a page carries out each instruction that occurs: JavaScript on the inputs `a`, `b` and `c`, by name. It comes
  /// from the primitives themselves and is never read from a file, since a page would run whatever stands there.
  package var operations: [String: String] = [:]

  /// Instructions with the slots of nodes and edges.
  public init(instructions: [Instruction], nodeSlots: [Int], edgeSlots: [Int]) {
    self.instructions = instructions
    self.nodeSlots = nodeSlots
    self.edgeSlots = edgeSlots
  }

  private enum CodingKeys: String, CodingKey { case instructions, nodeSlots, edgeSlots }

  /// Equal slots; the operations follow from the names.
  public static func == (a: Self, b: Self) -> Bool {
    a.instructions == b.instructions && a.nodeSlots == b.nodeSlots && a.edgeSlots == b.edgeSlots
  }

  /// The operations as a JavaScript object of functions.
  var script: String {
    let functions = operations.sorted { $0.key < $1.key }.map { "\($0.key):(a,b,c)=>\($0.value)" }
    return "{" + functions.joined(separator: ",\n") + "}"
  }
}
