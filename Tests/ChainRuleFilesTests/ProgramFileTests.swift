import ChainRuleCore
import ChainRuleFiles
import ChainRuleTraining
import Testing

/// Programs in files.
@Suite struct ProgramFileTests {
  @Test func aProgramComesBackFromItsFile() throws {
    let scratch = try Scratch(), path = scratch.file("step.program")
    let model = Dense(3, 2, seed: 4), graph = Graph(.single), x = graph.input("x", shape: [4, 3])
    let loss = square(model(x)).mean(), stepper = try Adam(learningRate: 0.1).stepper(for: model.parameters)
    let step = try graph.compile(inputs: [x], outputs: [loss], updates: stepper.updates(of: loss))
    let batch = Tensor(shape: [4, 3], (0..<12).map { Double($0) / 7 })
    for _ in 0..<2 { _ = try step.run([batch]) }
    try step.write(to: path)
    let again = try Program(contentsOf: path)
    #expect(again.inputNames == ["x"])
    for _ in 0..<3 { #expect(try again.run([batch]) == step.run([batch])) }
    #expect(again.parameters.map(\.value) == step.parameters.map(\.value))
    #expect(again.parameters.map(\.name) == step.parameters.map(\.name))
  }

  @Test func whatIsNoProgramIsNamedWithItsFile() throws {
    let scratch = try Scratch(), path = try scratch.write("x.program", [1, 2, 3])
    let error = #expect(throws: FileError.self) { try Program(contentsOf: path) }
    #expect(error?.file == path)
    #expect(error?.message.contains("a file that Program.write made") == true)
    #expect(throws: FileError.self) { try Program(contentsOf: scratch.file("none")) }
  }
}
