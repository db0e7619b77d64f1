import ChainRuleFiles
import ChainRuleLearning
import Testing

@Suite("What a model owes to its columns")
struct InfluenceTests {
  let table: CSVTable
  let encoder: TableEncoder
  let data: Dataset

  init() throws {
    let rows = (0..<200).map {
      "\($0 * 37 % 200),\(["red", "blue"][$0 * 7 / 3 % 2]),2024-01-\($0 % 28 + 1),\($0 * $0 % 91).5\n"
    }
    table = try CSVTable("a,b,day,y\n" + rows.joined(), file: "t.csv")
    encoder = try TableEncoder.fit(table)
    data = try encoder.transform(table)
  }

  /// A score of 0 less the mean square of (3 x − 3 x'), where x' is the shuffled x with variance 1: two independent draws
  /// differ by 2 in the mean square, so 18; a column that the score does not read costs nothing.
  @Test func aShuffledColumnCostsWhatTheClosedFormSays() throws {
    let width = encoder.featureNames.count, before = data.inputs.scalars
    let found = try encoder.permutationImportance(on: data, repeats: 200, seed: 3) { shuffled -> Double in
      let now = shuffled.inputs.scalars
      var sum = 0.0
      for place in stride(from: 0, to: now.count, by: width) {
        let difference = now[place] - before[place]
        sum -= 9 * difference * difference
      }
      return sum / Double(shuffled.count)
    }
    #expect(found.map(\.column) == ["a", "b", "day"])
    #expect(abs(found[0].mean - 18) < 0.3)
    #expect(found[0].deviation > 0 && found[1].mean == 0 && found[2].mean == 0 && found[2].deviation == 0)
    let again = try encoder.permutationImportance(on: data, repeats: 1, seed: 3) { _ in 1 }
    #expect(again.allSatisfy { $0.mean == 0 && $0.deviation == 0 })
  }

  @Test func theFeaturesOfOneTextMoveTogether() throws {
    let width = encoder.featureNames.count
    #expect(encoder.featureNames[1...2] == ["b=blue", "b=red"])
    let found = try encoder.permutationImportance(on: data, repeats: 3) { shuffled -> Double in
      let values = shuffled.inputs.scalars
      var isWhole = true
      for row in 0..<shuffled.count where values[row * width + 1] + values[row * width + 2] != 1 { isWhole = false }
      return isWhole ? 1 : .nan
    }
    for column in found { #expect(column.mean == 0) }
  }

  /// What is said is the sum of the features: it follows a scaled number with slope 1/deviation.
  @Test func dependenceFollowsTheValue() throws {
    let width = encoder.featureNames.count
    func sums(_ inputs: Tensor) -> Tensor {
      let values = inputs.scalars
      var sums = [Double](repeating: 0, count: inputs.shape[0])
      for (place, value) in values.enumerated() { sums[place / width] += value }
      return Tensor(shape: [sums.count, 1], sums)
    }
    let found = try encoder.partialDependence(of: "a", on: data.inputs, points: 5) { sums($0) }
    // The quantiles of 0, 1, … 199: 0.05 · 199 and 0.95 · 199.
    let expected: [Double] = [9.95, 54.725, 99.5, 144.275, 189.05]
    for (number, value) in zip(found.numbers, expected) { #expect(abs(number - value) < 1e-9) }
    #expect(found.values == ["9.95", "54.725", "99.5", "144.275", "189.05"])
    let slope = (found.means[4][0] - found.means[0][0]) / (found.numbers[4] - found.numbers[0])
    #expect(abs(slope * ((200.0 * 200 - 1) / 12).squareRoot() - 1) < 1e-9)  // the deviation of 0 … 199
    let texts = try encoder.partialDependence(of: "b", on: data.inputs) { sums($0) }
    #expect(texts.values == ["blue", "red"] && texts.numbers.isEmpty)
    #expect(abs(texts.means[0][0] - texts.means[1][0]) < 1e-12)
    let days = try encoder.partialDependence(of: "day", on: data.inputs, points: 28) { sums($0) }
    #expect(days.values.first == "2024-01-01" && days.values.last == "2024-01-28")
  }

  @Test func whatDoesNotFitIsRefused() {
    #expect(throws: ChainRuleError.self) { try encoder.permutationImportance(on: data, repeats: 0) { _ in 1 } }
    #expect(throws: ChainRuleError.self) { try encoder.partialDependence(of: "c", on: data.inputs) { $0 } }
    #expect(throws: ChainRuleError.self) { try encoder.partialDependence(of: "a", on: data.inputs, points: 1) { $0 } }
    #expect(throws: ChainRuleError.self) { try encoder.partialDependence(of: "a", on: Tensor([[1, 2]])) { $0 } }
  }
}
