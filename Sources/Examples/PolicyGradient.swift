import ChainRuleLearning

func policyGradient() throws {
  // A corridor of seven cells. Each step costs 1; at its right end there is the way out, and nobody says so.
  let cells = 7, rows = 512
  let policy = withSeed(1) { Sequential(Dense(cells, 16, activation: .tanh), Dense(16, 2)) }
  let graph = Graph(.single)
  let cell = graph.input("cell", shape: [rows], indices: true),
    action = graph.input("action", shape: [rows], indices: true)
  let advantage = graph.input("advantage", shape: [rows])
  // REINFORCE (Williams 1992): make likelier what turned out better than usual.
  let logarithms = -softmaxCrossEntropy(policy(cell.oneHot(classes: cells)), action, reduction: .none)
  let loss = -(advantage * logarithms).mean()
  let steps = try Adam(learningRate: 0.02).stepper(for: policy.trainableParameters)
  let learn = try graph.compile(inputs: [cell, action, advantage], outputs: [loss], updates: steps.updates(of: loss))

  var numbers = RandomNumbers(seed: 3), lengths: [Double] = []
  for _ in 0..<60 {
    let all = Graph(.single).constant(Tensor(indices: Array(0..<cells))).oneHot(classes: cells)
    let scores = try policy(all).value()
    let right = try sigmoid(Graph().constant(Tensor((0..<cells).map { scores[$0, 1] - scores[$0, 0] }))).value().scalars
    var (visited, chosen, rewards): ([Int], [Int], [Double]) = ([], [], [])
    var (walks, walked) = (0.0, 0.0)
    while visited.count < rows {
      let start = visited.count
      var place = cells / 2
      while place < cells - 1, visited.count - start < 60 {
        let step = numbers.uniform() < right[place] ? 1 : 0
        visited.append(place)
        chosen.append(step)
        place = max(0, place + (step == 1 ? 1 : -1))
      }
      let length = visited.count - start
      rewards += (0..<length).map { -Double(length - $0) }  // what is still to be paid from here on
      (walks, walked) = (walks + 1, walked + Double(length))
    }
    let usual = rewards.prefix(rows).reduce(0, +) / Double(rows)
    let better = rewards.prefix(rows).map { ($0 - usual) / 10 }
    _ = try learn.run([
      Tensor(indices: Array(visited.prefix(rows))), Tensor(indices: Array(chosen.prefix(rows))), Tensor(better),
    ])
    lengths.append(walked / walks)
  }
  print("at first more than 8 steps:", lengths[0] > 8)
  print("in the end hardly more than the 3 that it takes:", (lengths.last ?? 60) < 3.5)
}
