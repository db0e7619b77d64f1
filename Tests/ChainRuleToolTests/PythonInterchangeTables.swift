import Foundation
import Testing

/// Tables on which scikit-learn's networks are trained on the same rows. Needs a Python with scikit-learn, named by
/// CHAINRULE_PYTHON; `.ci/python` makes one.
@Suite(.enabled(if: Environment.python != nil))
struct PythonInterchangeTables {
  private static let script = """
    import numpy as np, sys, warnings
    from sklearn import datasets
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    warnings.filterwarnings("ignore")
    data = getattr(datasets, "load_" + sys.argv[1])()
    numeric = sys.argv[1] == "diabetes"
    y = data.target if numeric else np.array(["class %d" % t for t in data.target])
    for split in range(3):
        parts = train_test_split(data.data, y, test_size=0.3, random_state=split, stratify=None if numeric else y)
        for name, x, t in [("train", parts[0], parts[2]), ("test", parts[1], parts[3])]:
            with open(f"{name}{split}.csv", "w") as file:
                file.write(",".join(f"f{i}" for i in range(x.shape[1])) + ",y\\n")
                for row, target in zip(x, t): file.write(",".join(repr(float(v)) for v in row) + f",{target}\\n")
        for seed in range(3):
            network = (MLPRegressor if numeric else MLPClassifier)(hidden_layer_sizes=(32,), max_iter=2000, random_state=seed)
            fitted = make_pipeline(StandardScaler(), network).fit(parts[0], parts[2])
            print(np.sqrt(np.mean((fitted.predict(parts[1]) - parts[3]) ** 2)) if numeric else fitted.score(parts[1], parts[3]))
    """

  /// scikit-learn's figures on the same rows, three splits and three seeds each.
  private func theirs(_ name: String, _ python: Python) throws -> [Double] {
    try python.run(Self.script, name).split(separator: "\n").compactMap { Double($0) }
  }

  private func ours(in folder: URL, epochs: Int, _ pattern: Regex<(Substring, Substring)>) throws -> [Double] {
    try (0..<9).map { run in
      let words = [
        "train", "--data", "train\(run / 3).csv", "--test-file", "test\(run / 3).csv", "--quiet", "--seed",
        "\(run % 3)", "--epochs", "\(epochs)",
      ]
      let tool = try Tool.run(words, in: folder)
      let figure = try #require(tool.output.firstMatch(of: pattern))
      return try #require(Double(figure.1))
    }
  }

  private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }

  @Test(arguments: ["iris", "wine", "breast_cancer"]) func classesAreTold(name: String) throws {
    let python = try Python(Environment.python), theirs = try theirs(name, python)
    let ours = try ours(in: python.folder, epochs: 60, /accuracy ([0-9.]+) %/).map { $0 / 100 }
    #expect(theirs.count == 9 && ours.count == 9)
    #expect(mean(ours) >= mean(theirs) - 0.01, "\(mean(ours)) beside \(mean(theirs))")
  }

  @Test func numbersAreTold() throws {
    let python = try Python(Environment.python), theirs = try theirs("diabetes", python)
    let ours = try ours(in: python.folder, epochs: 15, /RMSE ([0-9.]+)/)
    #expect(theirs.count == 9 && ours.count == 9)
    #expect(mean(ours) <= 1.02 * mean(theirs), "\(mean(ours)) beside \(mean(theirs))")
  }
}
