import ChainRuleLearning

struct Autoencoder: Model {
  var encoder = Sequential(Dense(64, 48, activation: .tanh), Dense(48, 8))
  var decoder = Sequential(Dense(4, 48, activation: .tanh), Dense(48, 64))
  func callAsFunction(_ x: Node) -> Node { decoder(encoder(x)[0..., 0..<4]) }
}

func variationalAutoencoder() throws {
  // Digits of 64 pixels through four numbers: encoded as a normal distribution, drawn from it, decoded (Kingma and
  // Welling 2014).
  let model = withSeed(1) { Autoencoder() }
  let images = try Digits.bundled().training.inputs, count = 64
  let graph = Graph(.single)
  let x = graph.input("x", shape: [count, 64]), noise = graph.input("noise", shape: [count, 4])
  let code = model.encoder(x), mean = code[0..., 0..<4], logVariance = code[0..., 4..<8]
  let drawn = mean + exp(0.5 * logVariance) * noise
  let misses = sigmoidCrossEntropy(model.decoder(drawn), x, reduction: .sum) / Double(count)
  let divergence = 0.5 * (square(mean) + exp(logVariance) - 1 - logVariance).sum() / Double(count)
  let loss = misses + divergence
  let steps = try Adam(learningRate: 3e-3).stepper(for: model.trainableParameters)
  let step = try graph.compile(inputs: [x, noise], outputs: [loss, divergence], updates: steps.updates(of: loss))

  var numbers = RandomNumbers(seed: 2), epochs: [Double] = []
  for _ in 0..<15 {
    let order = numbers.permutation(of: images.shape[0])
    var sum = 0.0
    for start in stride(from: 0, through: order.count - count, by: count) {
      let draws = Tensor(shape: [count, 4], (0..<4 * count).map { _ in numbers.normal() })
      sum += try step.run([images.rows(at: Array(order[start..<start + count])), draws])[0].scalar()
    }
    epochs.append(sum / Double(order.count / count))
  }
  print("the bound on −ln p falls by a fifth:", epochs[14] < 0.8 * epochs[0])
  let made = try sigmoid(model.decoder(Graph(.single).constant(Tensor(shape: [1, 4], [0.5, -1, 1, 0])))).value()
  print("a digit that nobody wrote:", made.shape, "between 0 and 1:", made.scalars.allSatisfy { (0...1).contains($0) })
}
