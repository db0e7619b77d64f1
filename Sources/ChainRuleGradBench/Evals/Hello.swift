import ChainRule

/// The square of a number, and its slope.
enum Hello: Module {
  static let name = "hello"

  static var functions: KeyValuePairs<String, (Double, Int) throws -> Evaluation> {
    [
      "square": { number, _ in
        let x = Graph().input("x", shape: [])
        return try Evaluation(numbers: [x * x], of: [(x, number)]) { .number($0[0]) }
      },
      "double": { number, _ in
        let x = Graph().input("x", shape: [])
        return try Evaluation(numbers: (x * x).gradients(withRespectTo: [x]), of: [(x, number)]) { .number($0[0]) }
      },
    ]
  }
}
