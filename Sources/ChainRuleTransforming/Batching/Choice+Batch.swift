import ChainRuleCore

extension Choice: BatchedPrimitive {
  /// One choice for all examples; where they choose differently, each function on those that choose it.
  func batched(_ batch: Batch) -> Node? {
    if lead == 1, batch.isBatched[0] { return batch.size > 0 ? try? chosenByEach(batch) : nil }
    let flags = Array(batch.isBatched.dropFirst(lead))
    guard let bodies = try? bodies.map({ try $0.batched(flags, size: batch.size) }) else { return nil }
    let choice = Choice(name: name, bodies: bodies, isBinary: isBinary)
    return packed(choice.packing.parts(of: batch.graph.record(choice, batch.inputs)), batch.size)
  }

  /// A function is computed where some example chooses it, with the values of that one in place of those that do not.
  private func chosenByEach(_ batch: Batch) throws -> Node {
    let graph = batch.graph, size = batch.size, flags = Array(batch.isBatched.dropFirst())
    // Indices become numbers, so that they can be compared.
    let given = batch.inputs[0], numbers = graph.constant(Tensor(bodies.indices.map { Double($0) }))
    let selector = given.elementType == .int32 ? numbers.gathered(at: given) : given
    let masks = bodies.indices.map { number -> Node in
      if !isBinary || number == 0 { return equal(selector, Double(number)) }
      return equal(selector, selector) * (1 - equal(selector, 0))
    }
    // A number that chooses nothing is handed on to the choice, which says so.
    let known = masks.dropFirst().reduce(masks[0], +), unknown = selector.gathered(at: known.argmin(axis: 0))
    var results: [Node] = []
    for (number, mask) in masks.enumerated() {
      let active = ActiveExamples(mask: mask, first: mask.argmax(axis: 0))
      let choice = try only(number, flags, size)
      let other = number == 0 ? 1.0 : 0
      let chosen = `where`(mask.max(), graph.constant(Double(number)), other)
      let output = graph.record(
        choice, [`where`(known.min(), chosen, unknown)] + active.inputs(Array(batch.inputs.dropFirst()), flags))
      let parts = choice.packing.parts(of: output)
      results = results.isEmpty ? parts : zip(parts, results).map { active.choose($0, $1) }
    }
    return packed(results, size)
  }

  /// One of the functions for a batch, and zeros in place of all others.
  private func only(_ number: Int, _ flags: [Bool], _ size: Int) throws -> Choice {
    let body = try bodies[number].batched(flags, size: size)
    let zeros = try body.cached("zeros") {
      try Subgraph.made(name, body.inputs) { graph, _ in
        body.results.map { graph.constant(0 as Double).broadcast(to: $0.shape) }
      }
    }
    return Choice(name: name, bodies: bodies.indices.map { $0 == number ? body : zeros }, isBinary: isBinary)
  }

  private func packed(_ parts: [Node], _ size: Int) -> Node {
    if parts.count == 1 { return parts[0] }
    return concatenate(zip(parts, packing.shapes).map { $0.reshaped(to: [size, $1.elementCount]) }, axis: 1)
  }
}

extension CustomGradient: BatchedPrimitive {
  /// Both functions for the batch. An argument that all examples share is repeated, so that its gradients are added.
  func batched(_ batch: Batch) -> Node? {
    let size = batch.size, flags = batch.isBatched.indices.map { $0 < arguments || batch.isBatched[$0] }
    let read = value.inputs.count, given = Array(flags[..<arguments])
    guard let all = try? value.batched(Array(flags[..<read]), size: size),
      let back = try? gradient.batched([true] + given + [true] + flags[read...], size: size)
    else { return nil }
    let custom = CustomGradient(
      value: all, gradient: back, arguments: arguments, name: name, pushesValue: pushesValue)
    return batch.graph.record(
      custom, batch.inputs.indices.map { $0 < arguments ? batch.full($0) : batch.inputs[$0] })
  }
}
