extension Node {
  /// An interval for every element that holds its true value for any values of the leaves out of their ranges.
  ///
  /// Nothing is sampled: every node up to this one is evaluated on intervals, each rounded outward, each elementary
  /// function widened by its kernel's error. Leaves that are not given keep their values. Gradients are nodes, so their
  /// ranges are enclosed alike.
  ///
  /// ```swift
  /// let dy = try y.gradients(withRespectTo: [x])[x]
  /// print(try dy.enclosure(over: [x: 1.9...2.1]))
  /// ```
  /// What is enclosed is the function of real numbers, not its rounded evaluation in the graph's precision. An element
  /// whose interval is infinite may have a pole; ``Enclosure/regularity`` says what is proved absent.
  /// - Throws: for a node with a mistake, a leaf of another graph, and a primitive that has no rule for intervals.
  public func enclosure(over ranges: [Node: ClosedRange<Double>] = [:]) throws -> Enclosure {
    try enclosure(over: ranges.map { ($0.key, Enclosure(shape: $0.key.shape, $0.value)) })
  }

  /// The same with an interval for every element of a leaf.
  /// - Throws: as the form with ranges, and for an enclosure whose shape is not the leaf's.
  public func enclosure(over leaves: [(Node, Enclosure)]) throws -> Enclosure {
    try graph.enclosures(of: [self], over: leaves)[0]
  }
}

extension Graph {
  /// An enclosure for each of several nodes, in one pass; see `Node.enclosure(over:)`.
  /// - Throws: as that.
  public func enclosures(of nodes: [Node], over leaves: [(Node, Enclosure)]) throws -> [Enclosure] {
    let wanted = try nodes.map { try resolve($0) }
    var found: [Int32: Enclosure] = [:]
    for (leaf, enclosure) in leaves {
      let id = try resolve(leaf)
      guard enclosure.shape == shape(of: id), enclosure.intervals.count == enclosure.shape.elementCount else {
        throw ChainRuleError(
          .shape, in: "enclosure", required: "an interval for every element of \(name(of: id)), \(shape(of: id))",
          got: "\(enclosure.intervals.count) of shape \(enclosure.shape)")
      }
      found[id] = enclosure
    }
    let needed = ancestors(of: wanted, upTo: found)
    for id in needed where found[id] == nil { found[id] = try enclosure(of: id, found) }
    return wanted.compactMap { found[$0] }
  }

  /// What has to be enclosed, inputs first: creation order is topological.
  private func ancestors(of wanted: [Int32], upTo known: [Int32: Enclosure]) -> [Int32] {
    var marked = Set(wanted)
    var pending = wanted
    while let id = pending.popLast() {
      if known[id] != nil { continue }
      for input in inputs(of: id) where marked.insert(input).inserted { pending.append(input) }
    }
    return marked.sorted()
  }

  private func enclosure(of id: Int32, _ found: [Int32: Enclosure]) throws -> Enclosure {
    guard isOperation(id) else {
      try evaluate(id)
      if let number = node(id).constantNumber { return Enclosure(shape: shape(of: id), [Interval(rounded: number)]) }
      return Enclosure(tensor(of: id))
    }
    let inputs = self.inputs(of: id).compactMap { found[$0] }
    let primitive = primitive(of: id)
    if let enclosed = primitive as? any EnclosedPrimitive { return try enclosed.enclosure(of: inputs) }
    if isTabulated(id), let elementwise = primitive as? any ElementwisePrimitive {
      return try elementwise.image(of: inputs)
    }
    if primitive is any DataMovement {
      return try primitive.enclosureOfEnds(inputs, indices: self.inputs(of: id).map(isIndex))
    }
    throw ChainRuleError(
      .primitive, in: "enclosure", required: "primitives with a rule for intervals", got: primitive.name,
      hint: "A primitive of one's own conforms to EnclosedPrimitive.")
  }
}

extension Interval {
  /// A constant of a formula. One of more digits than a double keeps, such as 1/ln 10, π or 1/3, stands for a real number
  /// that was rounded to it.
  fileprivate init(rounded constant: Double) {
    let digits = constant.magnitude.description.prefix { $0 != "e" }.filter { $0 != "." }.drop { $0 == "0" }
    self = digits.count > 15 && constant.isFinite ? Interval(constant.nextDown, constant.nextUp) : Interval(constant)
  }
}

extension ElementwisePrimitive {
  /// Element by element, by the descriptor's course.
  fileprivate func image(of inputs: [Enclosure]) throws -> Enclosure {
    let shape = try shape(of: inputs.map(\.shape))
    let images = try (0..<shape.elementCount).map { position in
      guard let image = descriptor.image(of: Self.opcode, inputs.map { $0[position] }) else {
        throw ChainRuleError(
          .primitive, in: "enclosure", required: "a course in the descriptor of \(name)", got: "none")
      }
      return image
    }
    return Enclosure(shape: shape, images)
  }
}
