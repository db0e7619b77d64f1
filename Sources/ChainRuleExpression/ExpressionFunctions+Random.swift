import ChainRuleCore
import ChainRuleMathematics

// Random numbers as functions of the expression language, under the names that they have on `Graph`. A seed is always
// given, and the counter is a number: the same formula has the same numbers wherever it is computed.
extension ExpressionFunction {
  static let random: [ExpressionFunction] = ofShapes + ofParameters

  /// Numbers of one distribution in a shape.
  private static func shaped(
    _ name: String, aliases: [String], _ draw: @escaping @Sendable (Graph, Shape, UInt64, Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)([2, 3], seed: 1, counter: 0) or \(name)(shape: [2, 3], seed: 1)", takes: .between(0, 1),
      options: [.drawn, .seed, .counter],
      aliases: aliases
    ) { call in
      guard let lengths = try call.argument(0, or: .drawn) else { throw call.needs(.drawn) }
      return draw(call.graph, Shape(try call.lengths(lengths)), try call.seed(), try call.counter())
    }
  }

  private static let ofShapes: [ExpressionFunction] = [
    shaped("randomUniform", aliases: ["uniform", "rand"]) { $0.randomUniform(shape: $1, seed: $2, counter: $3) },
    shaped("randomNormal", aliases: ["normal", "randn"]) { $0.randomNormal(shape: $1, seed: $2, counter: $3) },
    shaped("randomGumbel", aliases: ["gumbel"]) { $0.randomGumbel(shape: $1, seed: $2, counter: $3) },
    ExpressionFunction("randomPermutation(5, seed: 1, counter: 0)", takes: .exactly(1), options: [.seed, .counter]) {
      let count = try $0.wholeNumbers($0.operands[0])
      guard count.count == 1 else { throw $0.wrong("randomPermutation takes one whole number\($0.written)") }
      return $0.graph.randomPermutation(count[0], seed: try $0.seed(), counter: try $0.counter())
    },
  ]

  /// Numbers of distributions whose parameters are operands, in their shape or in one that is given.
  private static func drawn(
    _ name: String, _ operands: String..., aliases: [String] = [],
    _ draw: @escaping @Sendable (Graph, [Node], Shape?, UInt64, Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(\(operands.joined(separator: ", ")), shape: [2, 3], seed: 1, counter: 0)",
      takes: .exactly(operands.count), options: [.drawn, .seed, .counter], aliases: aliases
    ) { call in
      let shape = try call[.drawn].map { Shape(try call.lengths($0)) }
      return draw(call.graph, call.nodes, shape, try call.seed(), try call.counter())
    }
  }

  private static let ofParameters: [ExpressionFunction] = [
    drawn("randomExponential", "rate") { $0.randomExponential(rate: $1[0], shape: $2, seed: $3, counter: $4) },
    drawn("randomBernoulli", "p", aliases: ["bernoulli"]) {
      $0.randomBernoulli(probability: $1[0], shape: $2, seed: $3, counter: $4)
    },
    ExpressionFunction(
      "randomCategorical(logits, seed: 1, counter: 0)", takes: .exactly(1), options: [.seed, .counter]
    ) { $0.graph.randomCategorical(logits: $0.node(0), seed: try $0.seed(), counter: try $0.counter()) },
    drawn("randomGamma", "concentration") {
      $0.randomGamma(concentration: $1[0], shape: $2, seed: $3, counter: $4)
    },
    drawn("randomBeta", "a", "b") { $0.randomBeta($1[0], $1[1], shape: $2, seed: $3, counter: $4) },
    drawn("randomDirichlet", "concentration") {
      $0.randomDirichlet(concentration: $1[0], shape: $2, seed: $3, counter: $4)
    },
    drawn("randomPoisson", "rate") { $0.randomPoisson(rate: $1[0], shape: $2, seed: $3, counter: $4) },
  ]
}

extension ExpressionCall {
  fileprivate func needs(_ option: ExpressionOption) -> ExpressionError {
    wrong("\(function.name) needs '\(option.name)'\(written)")
  }

  fileprivate func seed() throws -> UInt64 {
    guard let argument = self[.seed] else { throw needs(.seed) }
    let seed = try wholeNumber(.seed) ?? 0
    guard seed >= 0 else { throw mistyped(argument, "a whole number of at least 0") }
    return UInt64(seed)
  }

  fileprivate func counter() throws -> Node { graph.constant(try number(.counter) ?? 0) }

  /// Whole numbers of at least 0 whose product is what a formula may draw.
  fileprivate func lengths(_ argument: Argument) throws -> [Int] {
    let lengths = try wholeNumbers(argument)
    let count = lengths.reduce(1.0) { $0 * Double($1) }
    guard lengths.allSatisfy({ $0 >= 0 }), count <= 1_000_000 else {
      throw mistyped(argument, "lengths of at least 0, at most 1000000 numbers in all")
    }
    return lengths
  }
}
