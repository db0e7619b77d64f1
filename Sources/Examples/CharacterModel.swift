import ChainRuleLearning

/// Shakespeare, sonnet 18.
let sonnet = """
  shall i compare thee to a summer's day?
  thou art more lovely and more temperate:
  rough winds do shake the darling buds of may,
  and summer's lease hath all too short a date;
  sometime too hot the eye of heaven shines,
  and often is his gold complexion dimm'd;
  and every fair from fair sometime declines,
  by chance or nature's changing course untrimm'd;
  but thy eternal summer shall not fade,
  nor lose possession of that fair thou ow'st;
  nor shall death brag thou wander'st in his shade,
  when in eternal lines to time thou grow'st:
  so long as men can breathe or eyes can see,
  so long lives this, and this gives life to thee.
  """

/// Characters `[batch, time]` to scores for the next one `[batch, time, characters]`.
func characterModel(_ kind: String, characters: Int) -> Sequential {
  Sequential {
    Embedding(characters, 32)
    if kind == "lstm" {
      LSTM(32, 64)
      Dense(64, characters)
    } else {
      SinusoidalPositions()
      TransformerBlock(32, heads: 4, isCausal: true)
      TransformerBlock(32, heads: 4, isCausal: true)
      Dense(32, characters)
    }
  }
}

func characterModel() throws {
  let alphabet = Set(sonnet).sorted()
  let numbers = sonnet.map { alphabet.firstIndex(of: $0) ?? 0 }
  let length = 24
  let starts = Array(stride(from: 0, to: numbers.count - length, by: 4))
  func windows(_ offset: Int) -> Tensor {
    Tensor(indices: starts.flatMap { numbers[$0 + offset..<$0 + offset + length] }, shape: [starts.count, length])
  }
  let examples = try Dataset(inputs: windows(0), targets: windows(1))
  for kind in ["lstm", "transformer"] {
    let model = withSeed(1) { characterModel(kind, characters: alphabet.count) }
    let training = try Training(
      model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), clipping: .globalNorm(1),
      metrics: [.perplexity])
    try training.run(on: examples, epochs: 25, batchSize: 32)
    print(kind, "perplexity", try training.evaluate(on: examples).metrics["perplexity"] ?? .nan)
    var text = Array("shall i compare thee to a ".suffix(length))
    for _ in 0..<40 {
      let context = text.suffix(length).map { alphabet.firstIndex(of: $0) ?? 0 }
      let scores = try model.predict(Tensor(indices: context, shape: [1, context.count]))
      text.append(alphabet[scores.argmax(axis: -1).indices[context.count - 1]])
    }
    print(String(text))
  }
}
