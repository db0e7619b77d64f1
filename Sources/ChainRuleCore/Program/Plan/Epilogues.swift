/// Matrix epilogues: what is done to a product right after it is done inside it, `C = activation(α·A·B + β·C + bias)`.
///
/// | recorded | becomes |
/// |---|---|
/// | `c * (a · b)` | α = c, also for a number computed by the program |
/// | `(a · b) + bias` with one bias per column | bias |
/// | `relu((a · b) + bias)` | activation |
/// | `w - c * (a · b)`, `w + (a · b)` | β = 1, α = ∓c: with w updated in place this is one product |
struct MatrixEpilogue {
  var alpha = 1.0
  /// A number that multiplies alpha when the program runs.
  var alphaScalar: Int32?
  var bias: Int32?
  /// The matrix that the product is added to.
  var accumulated: Int32?
  var isRelu = false
}

extension Plan {
  mutating func findMatrixEpilogues() {
    for (id, node) in graph.nodes.enumerated()
    where node.region == 0 && graph.applies(MatMul.self, node) {
      let nodes = epilogue(of: Int32(id)).nodes
      guard !nodes.isEmpty else { continue }
      absorbed[Int32(id)] = nodes
      for node in nodes { self[node].absorber = Int32(id) }
    }
  }

  /// The nodes after a product that it can take over, in order, and what they say.
  func epilogue(of product: Int32) -> (nodes: [Int32], epilogue: MatrixEpilogue) {
    var (nodes, result): ([Int32], MatrixEpilogue) = ([], MatrixEpilogue())
    guard graph.count(of: product) > 0, passes.contains(.matrixEpilogues) else { return (nodes, result) }
    var last = product
    while let next = onlyReader(of: last), !isScalar(next), absorb(next, after: last, product, &result) {
      nodes.append(next)
      last = next
      if result.isRelu || result.accumulated != nil { break }
    }
    return (nodes, result)
  }

  private func absorb(_ node: Int32, after last: Int32, _ product: Int32, _ epilogue: inout MatrixEpilogue) -> Bool {
    guard let opcode = graph.opcode(of: node), graph.nodes[Int(node)].region == 0,
      !isFollowing || self[node].absorber == product
    else { return false }
    if opcode == .relu {
      epilogue.isRelu = true
      return true
    }
    guard opcode == .add || opcode == .multiply || opcode == .subtract else { return false }
    let inputs = graph.inputs(of: node)
    let isLeft = self[inputs[0]].root == last
    let other = isLeft ? inputs[1] : inputs[0]
    if opcode == .multiply { return scale(&epilogue, by: other) }
    if opcode == .add, let bias = columnBias(other, of: product), epilogue.bias == nil {
      epilogue.bias = bias
      return true
    }
    return accumulate(&epilogue, opcode, isLeft: isLeft, other, node, product)
  }

  private func scale(_ epilogue: inout MatrixEpilogue, by other: Int32) -> Bool {
    guard epilogue.bias == nil else { return false }
    if let value = graph.uniform(other) {
      epilogue.alpha *= value
      return true
    }
    guard let source = broadcastSource(other), isScalar(source), epilogue.alphaScalar == nil else { return false }
    epilogue.alphaScalar = source
    return true
  }

  /// What a node broadcasts, through reshapes; `nil` if it does not.
  private func broadcastSource(_ id: Int32) -> Int32? { graph.broadcastSource(self[id].root).map { self[$0].root } }

  /// The vector that a node adds to every row of a product.
  private func columnBias(_ id: Int32, of product: Int32) -> Int32? {
    let root = self[id].root
    guard let source = graph.broadcastSource(root), graph.count(of: root) == graph.count(of: product),
      !isScalar(source),
      let pattern = Self.pattern(from: graph.shape(of: source), to: graph.shape(of: root)), pattern.divisor == 1,
      pattern.stretch == 0, pattern.modulus == graph.shape(of: product)[-1]
    else { return nil }
    return self[source].root
  }

  /// `w ± α·A·B`, where the product is added to the memory of w: w is renewed by it, or nobody else reads w.
  private func accumulate(
    _ epilogue: inout MatrixEpilogue, _ opcode: Opcode, isLeft: Bool, _ other: Int32, _ node: Int32, _ product: Int32
  ) -> Bool {
    let target = self[other].root
    guard epilogue.bias == nil, graph.count(of: target) == graph.count(of: product), !(opcode == .subtract && isLeft),
      graph.shape(of: product).rank == 2, target != product,
      graph.primitive(of: target, as: Broadcast.self) == nil
    else { return false }
    let isRenewed = graph.updates.contains { self[$0.leaf].root == target && self[$0.next].root == node }
    let isOwned = graph.nodes[Int(target)].kind == .operation && onlyReader(of: target) == node && isFusable(target)
    guard isRenewed || isOwned else { return false }
    epilogue.accumulated = target
    if opcode == .subtract { epilogue.alpha = -epilogue.alpha }
    return true
  }
}
