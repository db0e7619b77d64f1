extension ExplanationBuilder {
  /// Forward mode along the given directions, beside the gradients.
  mutating func addTangents(_ directions: [(Node, Tensor)]) throws {
    guard !directions.isEmpty else { return }
    let tangents = try graph.tangents(upTo: output, along: directions.map { ($0, graph.constant($1)) })
    for (id, record) in recorded.enumerated() {
      let tangent = tangents[Int(record)]
      if tangent >= 0 {
        explanation.nodes[id].tangent = try value(of: graph.node(tangent), shownAs: record)
      } else if explanation.nodes[id].kind != .constant {
        // Mathematics has it that what does not move has tangent zero.
        let shape = explanation.nodes[id].shape
        explanation.nodes[id].tangent = ExplainedValue(
          shape: shape, scalars: [Double](repeating: 0, count: shape.reduce(1, *)), limit: limit)
      }
    }
  }

  /// Writes small local gradients out: one row for every element of the consumer, one column for every element of
  /// the input.
  mutating func addJacobians() throws {
    for edge in explanation.edges where edge.carriesGradient {
      let consumer = graph.node(recorded[edge.consumer]), input = graph.node(recorded[edge.node])
      let (rows, columns) = (consumer.shape.elementCount, input.shape.elementCount)
      guard rows > 0, columns > 0, rows * columns <= limit, rows * columns > 1 else { continue }
      var scalars: [Double] = []
      switch consumer.primitive?.localGradient(of: consumer, withRespectTo: edge.position, inputs: consumer.inputs) {
      case .factor(let factor):
        let diagonal = try factor.broadcast(to: consumer.shape).value().scalars
        for row in 0..<rows { for column in 0..<columns { scalars.append(row == column ? diagonal[row] : 0) } }
      case .linear(_, let transpose):
        for row in 0..<rows { scalars += try transpose(graph.unit(row, shape: consumer.shape)).value().scalars }
      default: continue
      }
      explanation.edges[edge.id].jacobian = ExplainedValue(shape: [rows, columns], scalars: scalars, limit: limit)
    }
  }

  // MARK: Elementary arithmetic

  /// Writes a graph of scalars down as instructions, local gradients included, if all of it is elementary.
  mutating func addArithmetic() throws {
    guard explanation.nodes.allSatisfy({ $0.isScalar }), explanation.nodes.count <= 2000 else { return }
    var slots: [Int32: Int] = [:], instructions: [ExplainedArithmetic.Instruction] = []
    var nodeSlots: [Int] = [], edgeSlots: [Int] = []
    for record in recorded {
      guard let slot = emit(record, &slots, &instructions) else { return }
      nodeSlots.append(slot)
    }
    let contributions = Dictionary(
      gradients.contributions.map { ([$0.consumer, $0.inputIndex], $0.local) }, uniquingKeysWith: { first, _ in first })
    for edge in explanation.edges {
      guard edge.carriesGradient else {
        edgeSlots.append(-1)
        continue
      }
      var local = contributions[[recorded[edge.consumer], Int32(edge.position)]] ?? -1
      if local < 0 {
        // A linear map between two numbers is the number that it makes of 1.
        let consumer = graph.node(recorded[edge.consumer])
        guard
          case .linear(_, let transpose)? = consumer.primitive?.localGradient(
            of: consumer, withRespectTo: edge.position, inputs: consumer.inputs),
          let id = transpose(graph.one).validID
        else { return }
        local = id
        explanation.edges[edge.id].factor = try value(of: graph.node(id))
      }
      guard let slot = emit(local, &slots, &instructions) else { return }
      edgeSlots.append(slot)
    }
    explanation.arithmetic = ExplainedArithmetic(
      instructions: instructions, nodeSlots: nodeSlots, edgeSlots: edgeSlots)
  }

  /// The slot of a node, writing what computes it first; nil where something is not elementary.
  private func emit(_ id: Int32, _ slots: inout [Int32: Int], _ instructions: inout [ExplainedArithmetic.Instruction]) -> Int? {
    var open = [id]
    while let next = open.last {
      guard slots[next] == nil else {
        open.removeLast()
        continue
      }
      let record = graph.records[Int(next)]
      guard record.shape == 0 else { return nil }
      if let number = number(next) {
        instructions.append(.init("constant", numbers: [number]))
      } else if record.kind == .operation {
        let name = graph.primitive(of: next).name
        guard ExplainedArithmetic.names.contains(name), graph.primitive(of: next) is any ElementwisePrimitive || name == "stopGradient"
        else { return nil }
        let missing = graph.inputs(of: next).filter { slots[$0] == nil }
        if !missing.isEmpty {
          open += missing
          continue
        }
        instructions.append(.init(name, inputs: graph.inputs(of: next).compactMap { slots[$0] }))
      } else {
        guard let number = try? graph.node(next).scalar(), number.isFinite else { return nil }
        instructions.append(.init(record.kind == .constant ? "constant" : "input", numbers: [number]))
      }
      slots[next] = instructions.count - 1
      open.removeLast()
    }
    return slots[id]
  }

  // MARK: Paths

  /// Records the paths to the wanted nodes. In a small graph of tensors it does so for every leaf, since only the
  /// graph can push an upstream through a linear map.
  mutating func addPaths(to wanted: [Node]) throws {
    var targets = try wanted.compactMap { known[try graph.resolve($0)] }
    explanation.pathTargets = targets
    let isScalar = explanation.nodes.allSatisfy { $0.isScalar }
    if targets.isEmpty, !isScalar, explanation.nodes.count <= 120 {
      targets = explanation.nodes.filter { node in
        node.isLeaf && node.gradient.value != nil && explanation.pathCount(to: node.id) <= 8
      }.map(\.id)
    }
    for target in targets {
      let count = explanation.pathCount(to: target)
      let listed = explanation.paths(fromID: target, limit: 256)
      if count > Double(listed.count) {
        explanation.notes.append(
          "\(NumberText.short(count)) paths lead to \(explanation.nodes[target].symbol); the first \(listed.count) are listed.")
      }
      for path in listed {
        explanation.paths.append(ExplainedPath(nodes: path.nodes, edges: path.edges, product: try path.product ?? product(along: path)))
      }
    }
  }

  private mutating func product(along path: ExplainedPath) throws -> ExplainedValue? {
    guard var product = gradients[output] else { return nil }
    for id in path.edges {
      let consumer = graph.node(recorded[explanation.edges[id].consumer])
      switch consumer.primitive?.localGradient(
        of: consumer, withRespectTo: explanation.edges[id].position, inputs: consumer.inputs)
      {
      case .factor(let factor): product = product.reshaped(to: consumer.shape) * factor
      case .linear(_, let transpose): product = transpose(product.reshaped(to: consumer.shape))
      default: return nil
      }
    }
    return try value(of: product, shownAs: path.nodes.last.map { recorded[$0] })
  }

  // MARK: Modules

  /// A node belongs to the module whose parameter it uses, and what follows it, until a node uses other data.
  mutating func findModules() {
    var modules = [[String]](repeating: [], count: explanation.nodes.count)
    for node in explanation.nodes {
      switch node.kind {
      case .parameter, .state:
        let path = node.name.split(separator: ".").dropLast().map(String.init)
        modules[node.id] = path
      case .computed:
        if let owner = node.inputs.first(where: { explanation.nodes[$0].kind == .parameter && !modules[$0].isEmpty }) {
          modules[node.id] = modules[owner]
        } else if !node.inputs.contains(where: { explanation.nodes[$0].kind == .input }) {
          modules[node.id] = node.inputs.max().map { modules[$0] } ?? []
        }
      case .input, .constant: break
      }
    }
    // A number goes where it is used.
    for edge in explanation.edges where explanation.nodes[edge.node].kind == .constant {
      modules[edge.node] = modules[edge.consumer]
    }
    for id in modules.indices { explanation.nodes[id].module = modules[id] }
  }
}
