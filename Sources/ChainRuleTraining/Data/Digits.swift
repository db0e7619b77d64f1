import ChainRuleCore

/// 1,797 handwritten digits of 8×8 pixels that the library carries, split into training and test examples.
///
/// E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository 1998,
/// https://doi.org/10.24432/C50P49, CC BY 4.0.
public struct Digits: Sendable {
  /// 1,442 examples: inputs `[1442, 64]` between 0 (paper) and 1 (ink), targets the digits 0 … 9.
  public let training: Dataset
  /// 355 examples: within each digit, every fifth one of the file.
  public let test: Dataset

  /// All 1,797 examples in the order of the file, that is, of the writers.
  public let all: Dataset

  /// The data set as it is compiled in.
  /// - Throws: a `ChainRuleError` if the text that is compiled in were damaged; a test reads it.
  public static func bundled() throws -> Digits {
    let images = DigitsImages()
    let all = try Dataset(
      inputs: Tensor(floats: images.pixels, shape: [images.labels.count, 64]),
      targets: Tensor(indices: images.labels), classNames: (0...9).map(String.init))
    let (training, test) = everyFifthRow(of: images.labels)
    return try Digits(training: all.examples(at: training), test: all.examples(at: test), all: all)
  }
}
