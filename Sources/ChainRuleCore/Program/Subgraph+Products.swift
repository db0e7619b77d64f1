extension Subgraph {
  /// The steps that are worth keeping for the gradient: products that take longer to compute again than to read.
  ///
  /// Where a product is only added to something, the sum is kept in its place: its gradient reads neither, and what
  /// comes behind reads the sum. So the two products of a recurrent cell are one value for each step.
  package func products() -> [Int] {
    let graph = Graph()
    let nodes = inputs.map { graph.input("", shape: $0.shape, indices: $0.isIndex) }, all = recordAll(in: graph, nodes)
    var readers = [[Int]](repeating: [], count: steps.count)
    for (number, step) in steps.enumerated() {
      guard case .operation(_, let operands) = step else { continue }
      for operand in operands { readers[operand].append(number) }
    }
    let results = Set(outputs)
    /// The last of the sums that alone read a step.
    func sum(of number: Int) -> Int {
      var last = number
      while !results.contains(last), readers[last].count == 1, let next = readers[last].first, isSum(next),
        !results.contains(next), all[next].shape == all[last].shape
      {
        last = next
      }
      return last
    }
    let found = steps.indices.filter { number in
      guard case .operation(let primitive, let operands) = steps[number] else { return false }
      if readers[number].isEmpty, !results.contains(number) { return false }
      if primitive is Convolution { return true }
      guard primitive is MatMul else { return false }
      let sizes = operands.map { Double(all[$0].shape.elementCount) }, size = Double(all[number].shape.elementCount)
      return sizes[0] * sizes[1] >= 64 * size  // the square of the number of terms in each sum
    }
    return Set(found.map(sum)).sorted()
  }

  private func isSum(_ number: Int) -> Bool {
    guard case .operation(let primitive, _) = steps[number] else { return false }
    return primitive is Add || primitive is Subtract
  }
}
