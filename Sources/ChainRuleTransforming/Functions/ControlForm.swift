import ChainRuleCore

/// A primitive that runs recorded functions, as plain data, for those who write graphs in another format.
package enum ControlForm {
  /// A function again and again.
  package struct Loop {
    package enum Ending { case all, counted, condition }
    package let body: Subgraph
    package let length: Int, lead: Int
    /// Places among the inputs of the body.
    package let carried: Range<Int>, sequences: Range<Int>, captured: Range<Int>
    /// Results of the body that are kept, a row for each step.
    package let rows: Range<Int>
    package let ending: Ending
    package let isReversed: Bool, stores: Bool
    package let hint: String
  }

  case loop(Loop)
  /// One of several functions by the first input, or the only one.
  case choice([Subgraph], isBinary: Bool)
  /// A function of the first inputs.
  case function(Subgraph)

  /// - Returns: `nil` for a primitive that runs none.
  package init?(_ primitive: any Primitive) {
    switch primitive {
    case let loop as ChainRuleTransforming.Loop:
      let ending: Loop.Ending = loop.ending == .all ? .all : loop.ending == .counted ? .counted : .condition
      self = .loop(
        Loop(
          body: loop.running, length: loop.length, lead: loop.lead, carried: loop.carried, sequences: loop.read,
          captured: loop.captured, rows: loop.rowPlaces, ending: ending, isReversed: loop.isReversed,
          stores: loop.stores, hint: loop.hint))
    case let choice as Choice: self = .choice(choice.bodies, isBinary: choice.isBinary)
    case let custom as CustomGradient: self = .function(custom.value)
    default: return nil
    }
  }
}

extension Subgraph {
  /// The function as plain data, its inputs in their order.
  package func portableProgram(_ precision: Graph.Precision) throws -> PortableProgram {
    try cached("portable \(precision)") {
      let graph = Graph(precision), nodes = placeholders(in: graph)
      return try graph.portableProgram(
        inputs: nodes, outputs: record(in: graph, nodes), options: CompileOptions(includesRegisteredUpdates: false))
    }
  }
}
