import ChainRule

/// log Σ exp x, and its gradient.
enum LogSumExponential: Module {
  static let name = "lse"
  struct Input: Decodable { let x: [Double] }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    ["primal": { try recorded($0).primal($1) }, "gradient": { try recorded($0).gradient($1) }]
  }

  private static func recorded(_ input: Input) throws -> Recorded {
    try require(!input.x.isEmpty, "at least one number in x", got: "none")
    let x = Graph().input("x", shape: [input.x.count])
    return Recorded(x, at: Tensor(input.x), value: logSumExp(x))
  }
}
