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
  var alphaNumber: Int32 = -1
  var bias: Int32 = -1
  /// The matrix that the product is added to.
  var accumulated: Int32 = -1
  var isRelu = false
}

extension Plan {
  mutating func findMatrixEpilogues() {
    for id in draft.nodes.indices where draft.primitive(of: Int32(id), as: MatMul.self) != nil {
      let nodes = epilogue(of: Int32(id)).nodes
      guard !nodes.isEmpty else { continue }
      absorbed[Int32(id)] = nodes
      for node in nodes { absorbedBy[node] = Int32(id) }
    }
  }

  /// The nodes after a product that it can take over, in order, and what they say.
  func epilogue(of product: Int32) -> (nodes: [Int32], epilogue: MatrixEpilogue) {
    var (nodes, result): ([Int32], MatrixEpilogue) = ([], MatrixEpilogue())
    guard draft.count(of: product) > 0, passes.contains(.matrixEpilogues) else { return (nodes, result) }
    var last = product
    while let next = onlyReader(of: last), !isNumber(next), absorb(next, after: last, product, &result) {
      nodes.append(next)
      last = next
      if result.isRelu || result.accumulated >= 0 { break }
    }
    return (nodes, result)
  }

  private func absorb(_ node: Int32, after last: Int32, _ product: Int32, _ epilogue: inout MatrixEpilogue) -> Bool {
    guard let opcode = draft.opcode(of: node) else { return false }
    if opcode == .relu {
      epilogue.isRelu = true
      return true
    }
    guard opcode == .add || opcode == .multiply || opcode == .subtract else { return false }
    let inputs = draft.inputs(of: node)
    let isLeft = roots[Int(inputs[0])] == last
    let other = isLeft ? inputs[1] : inputs[0]
    if opcode == .multiply { return scale(&epilogue, by: other) }
    if opcode == .add, let bias = columnBias(other, of: product), epilogue.bias < 0 {
      epilogue.bias = bias
      return true
    }
    return accumulate(&epilogue, opcode, isLeft: isLeft, other, node, product)
  }

  private func scale(_ epilogue: inout MatrixEpilogue, by other: Int32) -> Bool {
    guard epilogue.bias < 0 else { return false }
    if let value = draft.uniform(other) {
      epilogue.alpha *= value
      return true
    }
    let source = broadcastSource(other)
    guard source >= 0, isNumber(source), epilogue.alphaNumber < 0 else { return false }
    epilogue.alphaNumber = source
    return true
  }

  /// What a node broadcasts, through reshapes; -1 if it does not.
  private func broadcastSource(_ id: Int32) -> Int32 {
    let root = roots[Int(id)]
    guard draft.primitive(of: root, as: Broadcast.self) != nil else { return -1 }
    return roots[Int(draft.nodes[Int(root)].first)]
  }

  /// The vector that a node adds to every row of a product.
  private func columnBias(_ id: Int32, of product: Int32) -> Int32? {
    let root = roots[Int(id)]
    guard draft.primitive(of: root, as: Broadcast.self) != nil else { return nil }
    let source = draft.nodes[Int(root)].first
    guard draft.count(of: root) == draft.count(of: product), !isNumber(source),
      let pattern = Self.pattern(from: draft.shape(of: source), to: draft.shape(of: root)), pattern.divisor == 1,
      pattern.modulus == draft.shape(of: product)[-1]
    else { return nil }
    return roots[Int(source)]
  }

  /// `w ± α·A·B`, where the product is added to the memory of w: w is renewed by it, or nobody else reads w.
  private func accumulate(
    _ epilogue: inout MatrixEpilogue, _ opcode: Opcode, isLeft: Bool, _ other: Int32, _ node: Int32, _ product: Int32
  ) -> Bool {
    let target = roots[Int(other)]
    guard epilogue.bias < 0, draft.count(of: target) == draft.count(of: product), !(opcode == .subtract && isLeft),
      draft.shape(of: product).rank == 2, target != product,
      draft.primitive(of: target, as: Broadcast.self) == nil
    else { return false }
    let isRenewed = draft.updates.contains { roots[Int($0.leaf)] == target && roots[Int($0.next)] == node }
    let isOwned = draft.nodes[Int(target)].kind == .operation && onlyReader(of: target) == node && isFusable(target)
    guard isRenewed || isOwned else { return false }
    epilogue.accumulated = target
    if opcode == .subtract { epilogue.alpha = -epilogue.alpha }
    return true
  }
}
