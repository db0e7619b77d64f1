import ChainRuleCore
import ChainRuleDrawing

/// Reshapes that only add or drop axes of length one, as the matrix product does to treat a vector as a column. They
/// say nothing about the chain rule, so they are drawn as the node that they reshape.
struct Lifts {
  /// The node that stands for each hidden reshape.
  private(set) var standIn: [Int32: Int32] = [:]
  /// The shape in which a node is shown, where its only consumer is a hidden reshape: a vector, not a column.
  private(set) var shownShape: [Int32: Shape] = [:]
  /// Hidden reshapes with one consumer: what goes to them is counted when it reaches the node itself.
  private(set) var isDeferred: Set<Int32> = []

  init() {}

  /// A reshape is hidden where the order of additions stays what it was: it has one consumer, or it is the only one.
  init(graph: Graph, upTo output: Int32, used: [Bool], contributions: [ContributionRecord]) {
    var consumers = [Int32: Int](), received = [Int32: Int]()
    for id in 0...output where used[Int(id)] { for input in graph.inputs(of: id) { consumers[input, default: 0] += 1 } }
    for record in contributions { received[record.input, default: 0] += 1 }
    for id in 0..<output where used[Int(id)] && graph.isReshape(id) {
      guard graph.label(of: id) == nil,
        let input = graph.inputs(of: id).first,
        standIn[input] == nil, graph.node(input).constantNumber == nil
      else { continue }
      let (before, after) = (graph.shape(of: input), graph.shape(of: id))
      guard before.dimensions.filter({ $0 != 1 }) == after.dimensions.filter({ $0 != 1 }) else { continue }
      let hasOneConsumer = consumers[id] == 1 && received[id, default: 0] <= 1
      guard hasOneConsumer || consumers[input] == 1 else { continue }
      standIn[id] = input
      if hasOneConsumer { isDeferred.insert(id) }
      if consumers[input] == 1, after.rank < before.rank { shownShape[input] = after }
    }
  }

  func node(for id: Int32) -> Int32 { standIn[id] ?? id }
}
