import ChainRule

/// The determinant by expansion by minors.
///
/// The minors of the last m rows, one for each choice of m columns, are made of those of the last m − 1 rows; each is
/// computed once, however many larger ones it is part of.
enum Determinant: Module {
  static let name = "det"
  struct Input: Decodable {
    let matrix: [Double]
    let ell: Int
    enum CodingKeys: String, CodingKey {
      case matrix = "A"
      case ell
    }
  }

  static var functions: KeyValuePairs<String, (Input, Int) throws -> Evaluation> {
    ["primal": { try recorded($0).primal($1) }, "gradient": { try recorded($0).gradient($1) }]
  }

  private static func recorded(_ input: Input) throws -> Recorded {
    let n = input.ell
    try require((1...20).contains(n), "a matrix of 1 to 20 rows", got: "\(n)")
    try require(input.matrix.count == n * n, "\(n * n) numbers in A", got: "\(input.matrix.count)")
    let graph = Graph(), a = graph.input("A", shape: [n, n])
    // Sets of columns as bits, in the order of their minors: those of one row first.
    var choices = (0..<n).map { 1 << $0 }, minors = a[n - 1]
    for m in stride(from: 2, through: n, by: 1) {
      let place = Dictionary(uniqueKeysWithValues: choices.enumerated().map { ($1, $0) })
      choices = (0..<1 << n).filter { $0.nonzeroBitCount == m }
      let columns = choices.map { choice in (0..<n).filter { choice >> $0 & 1 == 1 } }
      let smaller = zip(choices, columns).flatMap { choice, columns in columns.map { place[choice & ~(1 << $0)] ?? 0 } }
      let signs = Tensor(shape: [1, m], (0..<m).map { $0.isMultiple(of: 2) ? 1 : -1 })
      func places(_ indices: [Int]) -> Node { graph.constant(Tensor(indices: indices, shape: [choices.count, m])) }
      let row = a[n - m].gathered(at: places(columns.flatMap { $0 })), parts = minors.gathered(at: places(smaller))
      minors = (graph.constant(signs) * row * parts).sum(axes: [1])
    }
    return Recorded(a, at: Tensor(shape: [n, n], input.matrix), value: minors[0])
  }
}
