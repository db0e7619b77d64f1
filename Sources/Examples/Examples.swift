import Foundation

/// The programs of README.md and Docs/: `swift run Examples NAME` runs one. A test compares every quotation with its
/// source here, and the output printed below it with what the program prints; those that no page quotes are run by tests
/// of their own.
@main
struct Examples {
  static let all: KeyValuePairs<String, @Sendable () throws -> Void> = [
    "FirstGradient": firstGradient, "WhyNoGradient": whyNoGradient, "ValueAndGradient": valueAndGradientOfASum,
    "HigherDerivatives": higherDerivatives, "CustomPrimitive": customPrimitive, "RecordOnce": recordOnce,
    "EncodeTable": encodeTable, "OwnLoop": ownLoop,
    "GenerativeAdversary": generativeAdversary, "PolicyGradient": policyGradient, "PhysicsInformed": physicsInformed,
    "VariationalAutoencoder": variationalAutoencoder, "MetaLearning": metaLearning, "Diffusion": diffusion,
    "SeveralOutputs": severalOutputs,
    "Loops": loops, "BatchOfExamples": batchOfExamples, "OwnGradient": ownGradient,
    "ImplicitGradients": implicitGradients, "SeriesAndStructure": seriesAndStructure,
    "OrderAndSelection": orderAndSelection, "Spectrum": spectrum,
    "RandomNumbersWithGradients": randomNumbersWithGradients,
    "Matrices": matrices,
    "Explain": explain, "TypedExpression": typedExpression, "GradientAsFormula": gradientAsFormula,
    "CheckAFormula": checkAFormula, "CheckAModel": checkAModel, "Enclosures": enclosures,
    "TrainDigits": trainDigits, "ReducedPrecision": reducedPrecision, "CurveFit": curveFit,
    "SoftmaxRegression": softmaxRegression, "CustomLayerAndLoss": customLayerAndLoss,
    "TwoLayerRegression": twoLayerRegression, "MultiLabel": multiLabel, "Playground": playground,
    "BuildAModel": buildAModel, "PrepareData": prepareData, "KeepARun": keepARun,
    "FitAnODE": fitAnODE, "DigitsCNN": digitsCNN, "ONNXBothWays": onnxBothWays, "OtherEngines": otherEngines,
    "CharacterModel": characterModel,
  ]

  static func main() {
    let name = CommandLine.arguments.dropFirst().first
    guard let example = all.first(where: { $0.key == name }) else {
      print("swift run Examples NAME, with one of these names: " + all.map(\.key).joined(separator: ", "))
      return
    }
    do {
      try example.value()
    } catch {
      FileHandle.standardError.write(Data("\(name ?? "Examples"): \(error)\n".utf8))
      exit(1)
    }
  }
}
