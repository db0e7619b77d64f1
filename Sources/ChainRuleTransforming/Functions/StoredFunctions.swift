import ChainRuleCore

/// The primitives of this room that a file can hold, with the functions that they are made of.
package let storedTransformations: [any StoredPrimitive.Type] = [
  Loop.self, Choice.self, CustomGradient.self, ImplicitSolution.self, LinearSolve.self, OneSidedTimes.self,
]

extension Choice: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) throws {
    attributes.write(name)
    attributes.write(isBinary)
    attributes.write(bodies.count)
    for body in bodies { try attributes.write(body) }
  }

  package init(from attributes: inout AttributeReader) throws {
    let (name, isBinary) = (try attributes.text(), try attributes.bool())
    let count = try attributes.count(ofAtLeast: 8)
    self.init(name: name, bodies: try (0..<count).map { _ in try attributes.function() }, isBinary: isBinary)
    try require(!bodies.isEmpty, "at least one function")
    try require(
      bodies.allSatisfy { $0.inputs == bodies[0].inputs && $0.results == bodies[0].results }, "functions that agree")
  }
}

extension Loop: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) throws {
    attributes.write(name)
    attributes.write(hint)
    try attributes.write(body)
    attributes.write(length)
    attributes.write(carries)
    attributes.write(sequences)
    attributes.write(ending == .all ? 0 : ending == .counted ? 1 : 2)
    attributes.write(isReversed)
    attributes.write(stores)
    attributes.write(running != body)
  }

  package init(from attributes: inout AttributeReader) throws {
    let (name, hint, body) = (try attributes.text(), try attributes.text(), try attributes.function())
    let length = try attributes.int(below: 1 << 31)
    let carries = try attributes.int(below: body.inputs.count + 1)
    let sequences = try attributes.int(below: body.inputs.count - carries + 1)
    let ending: Ending = try [.all, .counted, .condition][attributes.int(below: 3)]
    let (isReversed, stores, keepsProducts) = (try attributes.bool(), try attributes.bool(), try attributes.bool())
    let conditions = ending == .condition ? 1 : 0
    guard body.results.count >= carries + conditions,
      zip(body.results, body.inputs).prefix(carries).allSatisfy({ $0 == $1 }),
      ending != .condition || body.results.last?.shape == .scalar
    else {
      throw ChainRuleError(
        .shape, in: name, required: "a body that gives what it carries", got: "another in the file")
    }
    try self.init(
      name: name, body: body, length: length, carries: carries, sequences: sequences, ending: ending,
      isReversed: isReversed, stores: stores, keepsProducts: keepsProducts, hint: hint)
  }

  package func check(_ inputs: [Shape]) throws {
    try require(inputs.count >= lead, "\(lead) inputs before what is carried")
    for place in read {
      try require(
        inputs.indices.contains(place + lead)
          && inputs[place + lead] == body.inputs[place].shape.preceded(by: length),
        "sequences of \(length) steps")
    }
  }
}

extension CustomGradient: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) throws {
    attributes.write(name)
    try attributes.write(value)
    try attributes.write(gradient)
    attributes.write(arguments)
    attributes.write(pushesValue)
  }

  package init(from attributes: inout AttributeReader) throws {
    let (name, value, gradient) = (try attributes.text(), try attributes.function(), try attributes.function())
    self.init(
      value: value, gradient: gradient, arguments: try attributes.int(below: value.inputs.count + 1), name: name,
      pushesValue: try attributes.bool())
  }

  package func check(_ inputs: [Shape]) throws {
    try require(inputs.count >= value.inputs.count, "\(value.inputs.count) inputs at least")
  }
}

extension ImplicitSolution: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) throws {
    attributes.write(name)
    try attributes.write(residual)
    attributes.write(tolerance)
    attributes.write(bound)
    switch search {
    case .iteration: attributes.write(0)
    case .newton: attributes.write(1)
    case .descent(let function):
      attributes.write(2)
      try attributes.write(function)
    }
  }

  package init(from attributes: inout AttributeReader) throws {
    let (name, residual) = (try attributes.text(), try attributes.function())
    let (tolerance, bound) = (try attributes.double(), try attributes.int(below: 1 << 31))
    let search: Search
    switch try attributes.int(below: 3) {
    case 0: search = .iteration
    case 1: search = .newton
    default: search = .descent(try attributes.function())
    }
    self.init(name: name, residual: residual, search: search, tolerance: tolerance, bound: bound)
    try require(
      residual.results.map(\.shape) == residual.inputs.prefix(1).map(\.shape) && !residual.results[0].isIndex,
      "a residual of the shape of what is sought")
    if case .descent(let function) = search {
      try require(
        function.inputs == residual.inputs && function.results.map(\.shape) == [.scalar], "one number to minimize")
    }
  }
}

extension LinearSolve: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) throws {
    try attributes.write(map)
    attributes.write(method == .gmres)
    attributes.write(tolerance)
    attributes.write(bound)
  }

  package init(from attributes: inout AttributeReader) throws {
    self.init(
      map: try attributes.function(), method: try attributes.bool() ? .gmres : .conjugateGradients,
      tolerance: try attributes.double(), bound: try attributes.int(below: 1 << 31))
    try require(
      map.results.map(\.shape) == map.inputs.prefix(1).map(\.shape) && !map.results[0].isIndex,
      "a map of a shape to itself")
  }
}

extension OneSidedTimes: PlainStoredPrimitive {}
