import ChainRuleLearning

func generativeAdversary() throws {
  // Numbers of a normal distribution with mean 3 and deviation 0.5, to be imitated from noise.
  let (maker, judge) = withSeed(1) {
    (
      Sequential(Dense(1, 16, activation: .tanh), Dense(16, 1)),
      Sequential(Dense(1, 16, activation: .leakyReLU), Dense(16, 16, activation: .leakyReLU), Dense(16, 1))
    )
  }
  let count = 128, graph = Graph(.single)
  let real = graph.input("real", shape: [count, 1]), noise = graph.input("noise", shape: [count, 1])
  let ones = graph.constant(Tensor(shape: [count, 1], repeating: 1)), fake = maker(noise)
  // The judge tells real from made; the maker is to be taken for real. One graph, two losses, two optimizers.
  let caught = sigmoidCrossEntropy(judge(fake.stoppingGradient()), 0 * ones)
  let judgeLoss = sigmoidCrossEntropy(judge(real), ones) + caught
  let makerLoss = sigmoidCrossEntropy(judge(fake), ones)
  let judgeSteps = try Adam(learningRate: 2e-3, beta1: 0.5).stepper(for: judge.trainableParameters)
  let makerSteps = try Adam(learningRate: 1e-3, beta1: 0.5).stepper(for: maker.trainableParameters)
  let judging = try graph.compile(
    inputs: [real, noise], outputs: [judgeLoss], updates: judgeSteps.updates(of: judgeLoss))
  let making = try graph.compile(inputs: [noise], outputs: [makerLoss], updates: makerSteps.updates(of: makerLoss))

  var numbers = RandomNumbers(seed: 2)
  func normal() -> Tensor { Tensor(shape: [count, 1], (0..<count).map { _ in numbers.normal() }) }
  for _ in 0..<3000 {
    _ = try judging.run([normal().map { 3 + 0.5 * $0 }, normal()])
    _ = try making.run([normal()])
  }
  let made = try maker.predict(Tensor(shape: [4000, 1], (0..<4000).map { _ in numbers.normal() })).scalars
  let mean = made.reduce(0, +) / 4000
  let deviation = (made.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000).squareRoot()
  print("mean near 3:", abs(mean - 3) < 0.3, " deviation near 0.5:", abs(deviation - 0.5) < 0.3)
}
