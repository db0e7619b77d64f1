import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleLearning
@testable import ChainRuleTraining

@Suite("Explanations of models")
struct ModelExplanationTests {
  struct Classifier: Model {
    var hidden = Dense(8, 6, activation: relu)
    var middle = [Dense(6, 5, activation: tanh), Dense(5, 5, activation: tanh)]
    var output = Dense(5, 3)
    func callAsFunction(_ x: Node) -> Node { output(middle.reduce(hidden(x)) { $1($0) }) }
  }

  @Test("Parameters are called by their paths, and pictures fold along them")
  func modules() throws {
    let model = Classifier(), graph = Graph()
    let pixels = graph.input("pixels", Tensor(shape: [2, 8], (0..<16).map { Double($0 % 5) / 5 }))
    let loss = softmaxCrossEntropy(model(pixels), graph.input("digits", Tensor(indices: [2, 0])))
    let explanation = try model.explain(loss, title: "cross-entropy of a small classifier")
    #expect(explanation["hidden.weight"]?.kind == .parameter)
    #expect(model.parameters.allSatisfy { $0.parameter.name.isEmpty }, "the model is left as it is")
    let modules = Set(explanation.nodes.compactMap(\.module.first))
    #expect(modules.isSuperset(of: ["hidden", "middle", "output"]))
    let folded = Picture(explanation, folding: .open([]))
    #expect(Set(folded.modules).isSuperset(of: [["hidden"], ["middle"], ["output"]]))
    #expect(folded.boxes.count < explanation.nodes.count / 2)
    let gradients = loss.backward()
    for found in model.parameters {
      let node = try #require(explanation[found.path])
      let gradient = try #require(gradients[graph.parameter(found.parameter)])
      #expect(try gradient.value().scalars == node.gradient.value?.scalars)
    }
    if let folder = Environment.samples {
      try Data(explanation.html().utf8).write(to: folder.appending(path: "classifier.html"))
    }
  }
}
