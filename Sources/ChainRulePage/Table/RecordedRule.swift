import ChainRule

/// The local gradient of one input of a node, as the primitive recorded it: a list of elementary operations on the
/// node's inputs x0, x1, …, its output y and the upstream u.
struct RecordedRule: Equatable {
  /// One operation: its name, what it was made with, and what it reads.
  struct Step: Equatable {
    let operation: String
    var attributes: [PageJSON.Entry]
    let reads: [PageJSON]
  }

  /// What the last step gives: a factor of the upstream, the product itself (a linear map was pulled back), or nothing.
  enum Kind: String { case factor, product, none }

  let kind: Kind
  /// Why no gradient flows.
  var reason = ""
  var steps: [Step] = []
  /// What the rule gives: a step's number or a place.
  var result: PageJSON = .text("u")

  /// Asks the primitive of `node` for its local gradient and writes down what it records.
  init(of node: Node, input index: Int) {
    guard let primitive = node.primitive else {
      self.init(kind: .none)
      return
    }
    let inputs = node.inputs
    switch primitive.localGradient(of: node, withRespectTo: index, inputs: inputs) {
    case .none(let reason): self.init(kind: .none, reason: reason)
    case .factor(let factor):
      self.init(kind: .factor)
      write(factor, places: Self.places(inputs, node, upstream: nil))
    case .linear(_, let transpose):
      let upstream = node.graph.input("u", Tensor(shape: node.shape, repeating: 1))
      self.init(kind: .product)
      write(transpose(upstream), places: Self.places(inputs, node, upstream: upstream))
    }
  }

  /// What a function that is no primitive records on its operands.
  init(expanding node: Node, operands: [Node]) {
    self.init(kind: .factor)
    write(node, places: Self.places(operands, nil, upstream: nil))
  }

  private init(kind: Kind, reason: String = "") { (self.kind, self.reason) = (kind, reason) }

  private static func places(_ inputs: [Node], _ output: Node?, upstream: Node?) -> [Node: PageJSON] {
    var places: [Node: PageJSON] = [:]
    if let output { places[output] = .text("y") }
    if let upstream { places[upstream] = .text("u") }
    for (index, input) in inputs.enumerated() { places[input] = .text("x\(index)") }
    return places
  }

  /// Writes down everything that `node` is computed from, in the order in which it was recorded.
  private mutating func write(_ node: Node, places: [Node: PageJSON]) {
    var places = places, needed: Set<Node> = [], open = [node]
    while let next = open.popLast() {
      guard places[next] == nil, needed.insert(next).inserted else { continue }
      open += next.inputs
    }
    for next in needed.sorted(by: { $0.index < $1.index }) {
      let operation: String, attributes: [PageJSON.Entry]
      if let primitive = next.primitive {
        (operation, attributes) = (primitive.name, Self.attributes(of: primitive))
      } else {
        (operation, attributes) = Self.constant((try? next.value()) ?? Tensor(.nan))
      }
      places[next] = .number(Double(steps.count))
      steps.append(Step(operation: operation, attributes: attributes, reads: next.inputs.compactMap { places[$0] }))
    }
    result = places[node] ?? .text("u")
  }

  /// A constant number, or the identity.
  private static func constant(_ value: Tensor) -> (String, [PageJSON.Entry]) {
    let count = value.shape.dimensions.first ?? 0
    if value.shape == [count, count], count > 1 {
      return ("identity", [.init(key: "count", value: .number(Double(count)))])
    }
    return ("constant", [.init(key: "value", value: .number(value.scalars.first ?? .nan))])
  }

  /// What a primitive was made with: its stored properties.
  static func attributes(of value: Any) -> [PageJSON.Entry] {
    Mirror(reflecting: value).children.compactMap { child in
      guard let key = child.label, let value = json(child.value) else { return nil }
      return PageJSON.Entry(key: key, value: value)
    }
  }

  private static func json(_ value: Any) -> PageJSON? {
    switch value {
    case let truth as Bool: return .truth(truth)
    case let number as Int: return .number(Double(number))
    case let number as Double: return .number(number)
    case let numbers as [Int]: return .integers(numbers)
    case let shape as Shape: return .integers(shape.dimensions)
    default:
      guard Mirror(reflecting: value).displayStyle == .struct else { return nil }
      return .object(attributes(of: value))
    }
  }

  /// As the script reads it.
  var json: PageJSON {
    if kind == .none { return .of(["none": .text(reason)]) }
    return .of([
      kind.rawValue: .list(
        steps.map { .list([.text($0.operation), .object($0.attributes), .list($0.reads)]) }), "result": result,
    ])
  }
}
