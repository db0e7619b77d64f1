import ChainRuleLearning

func buildAModel() throws {
  let depth = 2
  let model = withSeed(1) {
    Sequential {
      Conv2D(1, 4, kernel: [3], padding: [1])
      for _ in 0..<depth {
        Residual {
          BatchNorm(4)
          relu
          Conv2D(4, 4, kernel: [3], padding: [1])
        }
      }
      GlobalAveragePool()
      Dropout(0.2)
      Dense(4, 10)
      Function("temperature") { x in x / 2 }
    }
  }
  try model.freeze("0")  // the first convolution keeps its values
  print(model)
  print("trained:", model.trainableCount)
  print(try model.predict(Tensor(shape: [3, 1, 8, 8], repeating: 0.5)).shape)
}
