import ChainRule

extension OpenXLA {
  /// Asks the plugin whether a step computes the same numbers where parameters give their memory to what renews them: a
  /// small training with products, a convolution and sums, in both precisions, with and without.
  /// - Throws: where a single number differs.
  func checkDonation() throws {
    let plain = try OpenXLA(
      plugin, devices: deviceCount, tensorParallel: tensorParallel, shardsParameters: shardsParameters, donates: false)
    for precision in [Graph.Precision.double, .single] {
      let expected = try Self.smallTraining(precision, on: plain), found = try Self.smallTraining(precision, on: self)
      guard expected != found else { continue }
      let count = zip(expected, found).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
      throw Plugin.mistake(
        "a plugin that computes the same numbers in donated memory",
        "\(count) of \(expected.count) numbers that differ after a small training on \(platform), PJRT \(version)",
        "Leave out donates:, and a step needs memory for the old and the new parameters.")
    }
  }

  /// The losses of some steps, and the parameters after the last.
  private static func smallTraining(_ precision: Graph.Precision, on engine: OpenXLA) throws -> [Double] {
    func wave(_ shape: Shape, _ step: Double) -> Tensor {
      var angle = 0.0
      return Tensor(
        shape: shape,
        (0..<shape.elementCount).map { _ in
          angle = (angle + step).truncatingRemainder(dividingBy: 1)
          return angle - 0.5
        })
    }
    let graph = Graph(precision), x = graph.input("x", shape: [16, 4, 8, 8])
    let weights = [
      Parameter(wave([8, 4, 3, 3], 0.317), name: "kernel"), Parameter(wave([288, 32], 0.119), name: "hidden"),
      Parameter(wave([32, 8], 0.271), name: "output"),
    ]
    let memory = weights.map { Parameter(wave($0.shape, 0), name: $0.name + "/momentum", isTrainable: false) }
    let leaves = weights.map { graph.parameter($0) }, kept = memory.map { graph.parameter($0) }
    let image = tanh(convolution2d(x, weight: leaves[0]))
    let y = tanh(image.reshaped(to: [16, 288]).matmul(leaves[1])).matmul(leaves[2])
    let loss = square(y).mean(), gradients = try loss.gradients(withRespectTo: leaves)
    let next = zip(kept, gradients).map { 0.9 * $0 + $1 }
    let updates =
      zip(kept, next).map { (state: $0, next: $1) }
      + zip(leaves, next).map { (state: $0, next: $0 - 0.1 * $1) }
    let program = try engine.compile(
      ProgramRequest(graph, inputs: [x], outputs: [loss], updates: updates, isBatched: true))
    let data = wave(x.shape, 0.0713)
    let losses = try (0..<24).map { _ in try program.run([data])[0].scalar() }
    return losses + (weights + memory).flatMap { $0.value.scalars }
  }
}
