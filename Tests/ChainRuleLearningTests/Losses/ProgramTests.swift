import ChainRuleLearning
import Foundation
import Testing

/// The composed cross-entropy as a program: nothing of the loss is left in its gradient but ŷ − y.
@Suite struct CompiledCrossEntropy {
  private let logits = Tensor([[1000, 0, -1000], [1, 2, 3], [-1000, -1000, -1000], [0, 0, 0]])

  @Test(arguments: [Graph.Precision.single, .double])
  func ofLabelsIsSoftmaxMinusOneHot(precision: Graph.Precision) throws {
    let graph = Graph(precision)
    let z = graph.input("z", shape: [4, 3]), y = graph.input("y", shape: [4], indices: true)
    let gradient = try softmaxCrossEntropy(z, y).gradients(withRespectTo: [z])[0]
    let program = try graph.compile(inputs: [z, y], outputs: [gradient])
    // One fused step makes softmax(z)/n, and −1/n is added at the labels: no log, no gather and no division is left
    // beside the softmax.
    #expect("\(program)".contains("Program: 2 steps"), "\(program)")
    for word in [" gather", "log ", "log,", "reciprocal", "divide"] {
      #expect(!"\(program)".contains(word), "\(word) in \(program)")
    }
    #expect("\(program)".contains("softmax"), "\(program)")
    let labels = Tensor(indices: [1, 2, 0, 2])
    let expected = (softmax(graph.constant(logits)) - graph.constant(labels).oneHot(classes: 3)) / 4
    let found = try program.run([logits, labels])[0]
    for (a, b) in zip(found.scalars, try expected.value().scalars) { #expect(abs(a - b) < 1e-7) }
  }

  @Test func ofProbabilitiesIsOneFusedStep() throws {
    let graph = Graph(.single)
    let z = graph.input("z", shape: [4, 3]), y = graph.input("y", shape: [4, 3])
    let gradient = try softmaxCrossEntropy(z, y).gradients(withRespectTo: [z])[0]
    let program = try graph.compile(inputs: [z, y], outputs: [gradient])
    #expect("\(program)".contains("Program: 1 step,"), "\(program)")
    let targets = Tensor([[0, 0.5, 0.5], [1, 0, 0], [0, 0, 1], [0.2, 0.3, 0.5]])
    let expected = (softmax(graph.constant(logits)) - graph.constant(targets)) / 4
    let found = try program.run([logits, targets])[0]
    for (a, b) in zip(found.scalars, try expected.value().scalars) { #expect(abs(a - b) < 1e-7) }
  }
}
