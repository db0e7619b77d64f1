import ChainRuleCore

/// Reshapes that only add or drop axes of length one, as the matrix product does to treat a vector as a column. They
/// say nothing about the chain rule, so they are drawn as the node that they reshape.
struct HiddenReshapes {
  /// A hidden reshape that is all that becomes of a node: the node is shown under its name and in its shape.
  struct Face {
    let id: Int32
    let shape: Shape
  }

  /// The node that stands for each hidden reshape.
  private(set) var standIn: [Int32: Int32] = [:]
  /// The reshape as which a node is shown: a vector, not a column, under the name that was given to the vector.
  private(set) var faces: [Int32: Face] = [:]
  /// Hidden reshapes with one consumer: what goes to them is counted when it reaches the node itself.
  private(set) var isDeferred: Set<Int32> = []

  init() {}

  /// A reshape is hidden where the order of additions stays what it was: it has one consumer, or it is the only one.
  init(graph: Graph, upTo output: Int32, used: [Bool], contributions: [ContributionRecord]) {
    var consumers = [Int32: Int](), received = [Int32: Int]()
    for id in 0...output where used[Int(id)] { for input in graph.inputs(of: id) { consumers[input, default: 0] += 1 } }
    for record in contributions { received[record.input, default: 0] += 1 }
    for id in 0...output where used[Int(id)] && graph.isReshape(id) {
      guard let input = graph.inputs(of: id).first, standIn[input] == nil, graph.node(input).constantNumber == nil
      else { continue }
      let (before, after) = (graph.shape(of: input), graph.shape(of: id))
      guard before.dimensions.filter({ $0 != 1 }) == after.dimensions.filter({ $0 != 1 }) else { continue }
      let isOnlyConsumer = consumers[input] == 1, isNamed = graph.label(of: id) != nil
      // A name goes over to what is reshaped, unless that is a leaf, has a name, or is used as it is.
      if isNamed { guard graph.isOperation(input), graph.label(of: input) == nil, isOnlyConsumer else { continue } }
      let hasOneConsumer = consumers[id] == 1 && received[id, default: 0] <= 1
      guard hasOneConsumer || isOnlyConsumer else { continue }
      standIn[id] = input
      if hasOneConsumer { isDeferred.insert(id) }
      if isOnlyConsumer, after.rank < before.rank || isNamed { faces[input] = Face(id: id, shape: after) }
    }
  }

  func node(for id: Int32) -> Int32 { standIn[id] ?? id }
}
