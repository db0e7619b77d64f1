import ChainRuleFiles
import ChainRuleLearning

func prepareData() throws {
  let table = try CSVTable(
    """
    length,colour,kind
    1.5,red,a
    ,blue,b
    2.5,red,a
    3.0,blue,b
    2.0,red,b
    1.0,blue,a
    """, file: "flowers.csv")
  do { _ = try Dataset(table, target: "kind") } catch { print(error) }
  let flowers = try Dataset(table, target: "kind", missing: .columnMean)
  print(flowers.inputs, flowers.classNames)

  let digits = try Digits.bundled().all
  let parts = try digits.split([0.8, 0.1, 0.1], seed: 1, isStratified: true)
  let scale = try Standardization(fittedTo: parts[0])  // training rows only
  print(try parts.map { try scale($0).inputs.shape })
  for fold in try digits.folds(5, seed: 1, isStratified: true) {
    print(fold.training.count, fold.validation.count, terminator: "; ")
  }
  let images = Augmented(
    try parts[0].reshapingInputs(to: [1, 8, 8]), [.shift(1), .rotate(degrees: 10), .noise(deviation: 0.05)], seed: 1)
  print(try images.examples(at: [0, 1], epoch: 3).inputs.shape)
}
