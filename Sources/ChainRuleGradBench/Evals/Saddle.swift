import ChainRule

/// The saddle point of |x|² − |y|²: the x that makes its maximum over y least, and that y, both by going downhill from
/// one start.
enum Saddle: Module {
  static let name = "saddle"
  struct Input: Decodable { let start: [Double] }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> { nestedModes(evaluation) }

  private static func evaluation(_ input: Input, outer: Mode, inner: Mode) throws -> Evaluation {
    try require(input.start.count == 2, "two numbers in start", got: "\(input.start.count)")
    let graph = Graph(), start = [graph.input("start0", shape: []), graph.input("start1", shape: [])]
    func value(_ x: [Node], _ y: [Node]) -> Node {
      square(x[0]) + square(x[1]) - (square(y[0]) + square(y[1]))
    }
    func highest(over x: [Node], _ mode: Mode) throws -> [Node] {
      try descended(from: start, mode: mode) { y in -value(x, y) }
    }
    let x = try descended(from: start, mode: outer) { x in value(x, try highest(over: x, inner)) }
    let y = try highest(over: x, outer)
    return try Evaluation(numbers: x + y, of: zip(start, input.start).map { ($0, $1) }) { .numbers($0) }
  }
}
