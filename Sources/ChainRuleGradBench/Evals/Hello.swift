import ChainRule

/// The square of a number, and its slope.
enum Hello: Module {
  static let name = "hello"

  static var functions: KeyValuePairs<String, (Double, Int) throws -> Evaluation> {
    ["square": { try recorded($0).primal($1) }, "double": { try recorded($0).gradient($1) }]
  }

  private static func recorded(_ number: Double) throws -> Recorded {
    let x = Graph().input("x", shape: [])
    return Recorded(x, at: Tensor(number), value: x * x)
  }
}
