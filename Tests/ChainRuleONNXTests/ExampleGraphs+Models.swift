import ChainRule
import ChainRuleFiles
import ChainRuleLearning

@testable import Examples

extension ExampleGraphs {
  /// Models of the programs, most with their losses and gradients.
  static let models: KeyValuePairs<String, @Sendable (Graph) throws -> Recorded> = [
    "CheckAModel": { graph in
      try trained(Gate(), graph, [[1, 2], [-0.5, 3]]) { meanSquaredError($0, graph.constant([[1, 0], [0, 1]])) }
    },
    "CustomLayerAndLoss": { graph in
      try trained(Wave(), graph, wave([8, 1])) { logCosh($0, graph.constant(wave([8, 1], scale: 2))) }
    },
    "TrainDigits": { graph in
      try trained(withSeed(1) { Classifier() }, graph, wave([4, 64])) {
        softmaxCrossEntropy($0, graph.constant(classes(4, 10)))
      }
    },
    "TwoLayerRegression": { graph in
      try trained(TwoLayers(), graph, [[0.05, 0.1]]) {
        0.5 * squaredError($0, graph.constant([[0.01, 0.99]]), reduction: .sum)
      }
    },
    "DigitsCNN": { graph in
      try trained(withSeed(1) { DigitsNetwork() }, graph, wave([2, 1, 8, 8])) {
        softmaxCrossEntropy($0, graph.constant(classes(2, 10)))
      }
    },
    "CharacterModel": { graph in
      try trained(
        withSeed(1) { characterModel("transformer", characters: 9) }, graph,
        Tensor(indices: [1, 8, 0, 3, 5, 2], shape: [2, 3])
      ) {
        softmaxCrossEntropy($0, graph.constant(Tensor(indices: [8, 0, 4, 5, 2, 1], shape: [2, 3])))
      }
    },
    "CharacterModel-lstm": { graph in
      try trained(
        withSeed(1) { characterModel("lstm", characters: 9) }, graph,
        Tensor(indices: [1, 8, 0, 3, 5, 2], shape: [2, 3])
      ) {
        softmaxCrossEntropy($0, graph.constant(Tensor(indices: [8, 0, 4, 5, 2, 1], shape: [2, 3])))
      }
    },
    "VariationalAutoencoder": { graph in
      try trained(withSeed(1) { Autoencoder() }, graph, wave([4, 64])) {
        sigmoidCrossEntropy($0, graph.constant(wave([4, 64])))
      }
    },
    "BuildAModel": { graph in
      try trained(
        withSeed(1) {
          Sequential {
            Conv2D(1, 4, kernel: [3], padding: [1])
            Residual {
              BatchNorm(4)
              relu
              Conv2D(4, 4, kernel: [3], padding: [1])
            }
            GlobalAveragePool()
            Dropout(0.2)
            Dense(4, 10)
            Function("temperature") { x in x / 2 }
          }
        }, graph, wave([3, 1, 8, 8])
      ) { softmaxCrossEntropy($0, graph.constant(classes(3, 10))) }
    },
    "GenerativeAdversary": { graph in
      try trained(
        withSeed(1) {
          Sequential(Dense(1, 16, activation: .leakyReLU), Dense(16, 16, activation: .leakyReLU), Dense(16, 1))
        },
        graph, wave([8, 1], scale: 4)
      ) { sigmoidCrossEntropy($0, graph.constant(Tensor(shape: [8, 1], repeating: 1))) }
    },
    "Diffusion": { graph in
      let noise = graph.constant(try graph.randomNormal(shape: [4, 64], seed: 1, counter: graph.constant(3)).value())
      return try trained(
        withSeed(1) { Sequential(Dense(80, 96, activation: .silu), Dense(96, 96, activation: .silu), Dense(96, 64)) },
        graph, wave([4, 80])
      ) { meanSquaredError($0, noise) }
    },
    "PhysicsInformed": { graph in
      let network = withSeed(1) { Sequential(Dense(1, 12, activation: .tanh), Dense(12, 1)) }
      let x = graph.input("x", wave([9, 1], scale: 3)), u = network(x)
      let first = try u.sum().gradients(withRespectTo: [x])[0]
      let second = try first.sum().gradients(withRespectTo: [x])[0], loss = square(second + u).mean()
      let leaves = network.trainableParameters.map { graph.parameter($0.parameter) }
      return ([x], [u, second, loss] + (try loss.gradients(withRespectTo: leaves)))
    },
    "MetaLearning": { graph in
      let start = withSeed(1) { Sequential(Dense(1, 8, activation: .tanh), Dense(8, 1)) }
      let weights = start.trainableParameters.map { graph.parameter($0.parameter) }
      let x = graph.input("x", wave([6, 1], scale: 2)), y = graph.constant(wave([6, 1]))
      func network(_ weights: [Node]) -> Node {
        tanh(x.matmul(weights[0]) + weights[1]).matmul(weights[2]) + weights[3]
      }
      let slopes = try meanSquaredError(network(weights), y).gradients(withRespectTo: weights)
      let after = meanSquaredError(network(zip(weights, slopes).map { $0 - 0.05 * $1 }), y)
      return ([x], [after] + (try after.gradients(withRespectTo: weights)))
    },
    "PolicyGradient": { graph in
      let policy = withSeed(1) { Sequential(Dense(7, 16, activation: .tanh), Dense(16, 2)) }
      let cell = graph.input("cell", Tensor(indices: [0, 3, 6, 2])), action = graph.input("action", classes(4, 2))
      let advantage = graph.input("advantage", wave([4]))
      let logarithms = -softmaxCrossEntropy(policy(cell.oneHot(classes: 7)), action, reduction: .none)
      let loss = -(advantage * logarithms).mean(),
        leaves = policy.trainableParameters.map { graph.parameter($0.parameter) }
      return ([cell, action, advantage], [loss] + (try loss.gradients(withRespectTo: leaves)))
    },
    "SeveralOutputs": { graph in
      let reader = withSeed(1) { HalvesReader() }
      let top = graph.input("top", wave([3, 32])), bottom = graph.input("bottom", wave([3, 32], scale: 2))
      let (digit, ink) = reader(top, bottom)
      return ([top, bottom], [digit, ink])
    },
  ]
}
