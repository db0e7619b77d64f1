/// Factors that are turned once: a product by a transposed matrix copies it in another order before it starts, which for
/// a small batch takes as long as a good part of the product. Whoever runs a function again and again on the same matrix
/// gives it transposed instead.
extension Subgraph {
  /// The same function, given some of its inputs transposed as well.
  ///
  /// | found, W one of the inputs at `places` | becomes |
  /// |---|---|
  /// | matmul(a, W, transposing the right) of several rows | matmul(a, V), V a further input behind all others: Wᵀ |
  /// | Wᵀ | V |
  ///
  /// - Returns: the function, and for each further input the place of the one that it is the transpose of.
  package func turningFactors(_ places: Range<Int>) -> (function: Subgraph, turned: [Int]) {
    let graph = Graph()
    let all = recordAll(in: graph, inputs.map { graph.input("", shape: $0.shape, indices: $0.isIndex) })
    var steps: [Step] = [], turned: [Int] = [], numbers: [Int] = [], turnedNumbers: [Int: Int] = [:]
    var labels: [Int: String] = [:]
    /// The step that is the transpose of an input.
    func turnedInput(_ place: Int) -> Int {
      if let known = turnedNumbers[place] { return known }
      turnedNumbers[place] = steps.count
      steps.append(.input(inputs.count + turned.count))
      turned.append(place)
      return steps.count - 1
    }
    for (number, step) in self.steps.enumerated() {
      var step = step
      if case .operation(let primitive, let operands) = step {
        step = .operation(primitive, operands.map { numbers[$0] })
        if let place = input(operands[0], among: places), (primitive as? Transpose)?.order == [1, 0] {
          numbers.append(turnedInput(place))
          continue
        }
        if let product = primitive as? MatMul, product.transposesRight, let place = input(operands[1], among: places),
          all[number].shape.rank == 2, all[number].shape[0] > 1, all[number].shape[1] > 1
        {
          var plain = MatMul(transposesLeft: product.transposesLeft, transposesRight: false)
          plain.roundsFactors = product.roundsFactors
          step = .operation(plain, [numbers[operands[0]], turnedInput(place)])
        }
      }
      labels[steps.count] = self.labels[number]
      numbers.append(steps.count)
      steps.append(step)
    }
    let further = turned.map { Signature([inputs[$0].shape[1], inputs[$0].shape[0]]) }
    let function = Subgraph(
      inputs: inputs + further, steps: steps, labels: labels, outputs: outputs.map { numbers[$0] }, results: results)
    return (turned.isEmpty ? self : function, turned)
  }

  /// The input that a step is, if it is one of these.
  private func input(_ number: Int, among places: Range<Int>) -> Int? {
    guard case .input(let place) = steps[number], places.contains(place) else { return nil }
    return place
  }
}
