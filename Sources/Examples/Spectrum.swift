import ChainRule

func spectrum() throws {
  let graph = Graph()

  // Two tones, 3 and 10 periods long; the transform's largest magnitudes stand at 3 and 10.
  let time = graph.constant(Tensor((0..<48).map { Double($0) / 48 }))
  let signal = sin(2 * Double.pi * 3 * time) + 0.5 * cos(2 * Double.pi * 10 * time)
  let (real, imaginary) = realFFT(signal)
  print(try (square(real) + square(imaginary)).topK(2).indices.value().indices)

  // A loss of log magnitudes, and its gradient by the frequency of a tone.
  func logMagnitudes(_ x: Node) -> Node {
    let (real, imaginary) = realFFT(x)
    return log(square(real) + square(imaginary) + 1e-3) / 2
  }
  let frequency = graph.input("frequency", 2.9)
  let loss = square(logMagnitudes(sin(2 * Double.pi * frequency * time)) - logMagnitudes(signal)).mean()
  print(try checkGradients(of: loss, withRespectTo: [frequency], order: 2).verdict)

  // A curve through points, and its slope.
  let places = graph.constant([0, 1, 2, 4]), values = graph.constant([0, 1, 8, 64]), at = graph.input("at", 3)
  let cubic = interpolate(at, places, values, method: .cubic)
  print(try cubic.scalar(), try cubic.gradients(withRespectTo: [at])[0].scalar())
}
