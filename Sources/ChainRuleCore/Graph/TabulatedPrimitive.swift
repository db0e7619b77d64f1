/// An elementwise primitive of the library: the one that the graph records for its opcode.
///
/// Nothing registers it. The C row of the opcode gives the name, and the type is found by that name: `atan` is computed
/// by the struct `Atan`. So a new primitive is a row and a file. The attribute keeps types in the binary that nothing
/// else mentions.
@_alwaysEmitConformanceMetadata
protocol TabulatedPrimitive: ElementwisePrimitive, DescribedPrimitive { init() }

/// Refinement for one or two inputs: the local gradients are constants or nodes that exist already, so that the
/// backward pass finds them in a table.
@_alwaysEmitConformanceMetadata
protocol TabulatedGradients: TabulatedPrimitive {
  /// The derivative with respect to each input.
  static var gradients: [TabulatedGradient] { get }
}

/// A local gradient that nothing has to be computed for: at most the constant is recorded.
enum TabulatedGradient {
  case one, minusOne, output
  /// The value of an input.
  case input(Int)

  @inline(__always)
  func node(_ output: Int32, _ record: NodeRecord, in graph: Graph) -> Int32 {
    switch self {
    case .one: graph.oneID >= 0 ? graph.oneID : graph.one.id
    case .minusOne: graph.constant(-1).id
    case .output: output
    case .input(let index): index == 0 ? record.first : record.second
    }
  }
}

extension TabulatedGradients {
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph
    return .factor(graph.node(Self.gradients[index].node(output.id, graph.records[Int(output.id)], in: graph)))
  }
}

/// The elementwise primitives by opcode.
package enum PrimitiveTable {
  static let all: [any Primitive] = Opcode.allCases.map { (opcode: Opcode) -> any Primitive in
    if let found = primitive(named: typeName(of: opcode)) { return found }
    return Missing(opcode: opcode)
  }

  /// The local gradients that exist already, by opcode; none where a primitive has to record them.
  static let gradients: [[TabulatedGradient]] = all.map {
    ($0 as? any TabulatedGradients).map { type(of: $0).gradients } ?? []
  }

  /// Whether operands may change places, by opcode.
  static let commutes: [Bool] = all.map(\.descriptor.commutes)

  /// What formulas, pages and documents read: every opcode with its descriptor.
  package static let descriptors: [(opcode: Opcode, descriptor: PrimitiveDescriptor)] =
    zip(Opcode.allCases, all).map { ($0, $1.descriptor) }

  /// The primitives in the order of the C rows.
  static let elementwise: [any TabulatedPrimitive] = Opcode.allCases.compactMap {
    PrimitiveTable[$0] as? any TabulatedPrimitive
  }

  package static subscript(opcode: Opcode) -> any Primitive { all[Int(opcode.rawValue)] }

  /// The opcode's name with a capital: `log1p` is `Log1p`.
  static func typeName(of opcode: Opcode) -> String { opcode.name.prefix(1).uppercased() + opcode.name.dropFirst() }

  /// The type is looked up as the compiler mangles it, beside this very type.
  private static func primitive(named name: String) -> (any TabulatedPrimitive)? {
    guard let own = _mangledTypeName(Missing.self), let end = own.range(ofName: "14PrimitiveTableO7MissingV") else {
      return nil
    }
    return (_typeByName("\(own[..<end])\(name.utf8.count)\(name)V") as? any TabulatedPrimitive.Type)?.init()
  }

  /// Stands where a row of the C table has no Swift type: its first use says so.
  struct Missing: Primitive {
    let opcode: Opcode
    var name: String { opcode.name }
    private var mistake: ChainRuleError {
      ChainRuleError(
        .primitive, in: name, required: "a struct \(PrimitiveTable.typeName(of: opcode)): TabulatedPrimitive",
        got: "none",
        hint: "A row of opcodes.h needs its file in Primitives/Elementwise.")
    }
    func shape(of inputs: [Shape]) throws -> Shape { throw mistake }
    func forward(_ inputs: [Tensor]) throws -> Tensor { throw mistake }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .none(reason: mistake.description)
    }
  }
}

extension String {
  /// Where a suffix begins.
  fileprivate func range(ofName suffix: String) -> Index? {
    hasSuffix(suffix) ? index(endIndex, offsetBy: -suffix.count) : nil
  }
}
