/// The sum of pieces that each stand among zeros, as the gradients of slices do, is written piece by piece:
///
/// | found, pieces of consecutive elements or of rows | becomes |
/// |---|---|
/// | pad(a) + pad(b) | sumOfPads(a, b) |
/// | (pad(a) + pad(b)) + pad(c) | sumOfPads(a, b, c) |
/// | s + pad(c), where others too read s = pad(a) + pad(b) | sumOfPads(s, c), s being a piece as long as the sum |
///
/// A sum that others read is computed once and then read as it is. Were its pieces taken over by each of its readers, a
/// loop whose every step adds to the last step's gradient would add all steps' pieces in each.
///
/// Runs once, after the other passes, as part of fusion.
struct SumsOfPads: Pass {
  /// Sums of pieces, by old id, and those of them that one other sum alone reads.
  private var isSum: [Bool], isInner: [Bool]
  /// The old id of the node that comes next.
  private var old = 0
  /// The new ids of inner sums, which stay as they are and are read no more.
  private var inner: Set<Int32> = []

  /// - Parameter mostPieces: of one sum; by default half as many as a node can have inputs.
  init(_ graph: ProgramGraph, mostPieces: Int = 32_768) {
    isSum = [Bool](repeating: false, count: graph.nodes.count)
    isInner = isSum
    var reads = [Int32](repeating: 0, count: graph.nodes.count)
    for id in graph.outputs + graph.updates.map(\.next) { reads[Int(id)] += 1 }
    for (id, node) in graph.nodes.enumerated() {
      for index in 0..<Int(node.inputCount) { reads[Int(graph.input(index, of: node))] += 1 }
      isSum[id] =
        node.opcode == .add && !node.isIndex
        && isPiece(graph.input(of: node), graph) && isPiece(graph.input(1, of: node), graph)
    }
    var pieces = [Int](repeating: 1, count: graph.nodes.count)
    for (id, node) in graph.nodes.enumerated() where isSum[id] {
      let open = graph.inputs(of: node).filter { isSum[Int($0)] && reads[Int($0)] == 1 }
      let count = open.reduce(2 - open.count) { $0 + pieces[Int($1)] }
      pieces[id] = count <= mostPieces ? count : 2
      for input in open where count <= mostPieces { isInner[Int(input)] = true }
    }
  }

  private func isPiece(_ id: Int32, _ graph: ProgramGraph) -> Bool {
    isSum[Int(id)] || Self.pieceOfPad(id, graph) != nil
  }

  /// A piece in more stretches than this is left to a pad.
  private static let mostStretches = 4_096

  /// Where a pad puts the elements of its input, if they stay consecutive or in rows.
  private static func pieceOfPad(_ id: Int32, _ graph: ProgramGraph) -> (rows: Rows, input: Int32)? {
    guard let pad = graph.primitive(of: id, as: Pad.self), pad.filling == 0 else { return nil }
    let input = graph.input(of: id)
    let rows = pad.shape.rows(starts: pad.starts, counts: graph.shape(of: input).dimensions, steps: pad.steps)
    guard let rows, rows.isConsecutive || rows.length >= Rows.shortest && rows.count / rows.length <= mostStretches
    else { return nil }
    return (rows, input)
  }

  static func mayFind(in graph: ProgramGraph) -> Bool { graph.hasPrimitive(Pad.self) }

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    defer { old += 1 }
    guard isSum[old] else { return nil }
    if isInner[old] {
      inner.insert(Int32(graph.nodes.count))  // where it is about to be appended
      return nil
    }
    let count = graph.shapes[Int(node.shape)].elementCount
    let whole = Rows(offset: 0, count: count, length: count, stride: count)
    var (rows, pieces, open): ([Rows], [Int32], [Int32]) = ([], [], graph.inputs(of: node).reversed())
    while let next = open.popLast() {
      if inner.contains(next) {
        open += graph.inputs(of: next).reversed()
      } else {
        let piece = Self.pieceOfPad(next, graph) ?? (rows: whole, input: next)
        rows.append(piece.rows)
        pieces.append(piece.input)
      }
    }
    let sum = SumOfPads(shape: graph.shapes[Int(node.shape)], pieces: rows)
    return graph.append(sum, pieces, shape: sum.shape)
  }
}

/// y = Σₚ (piece p in its place among zeros), every piece consecutive elements of y or rows of it.
struct SumOfPads: Primitive {
  let shape: Shape
  let pieces: [Rows]
  var name: String { "sumOfPads" }
  var arity: Int? { pieces.count }
  func shape(of inputs: [Shape]) throws -> Shape { shape }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    var sums = [Double](repeating: 0, count: shape.elementCount)
    for (rows, piece) in zip(pieces, inputs) {
      for (position, value) in zip(rows.ranges.joined(), piece.scalars) { sums[position] += value }
    }
    return Tensor(shape: shape, sums).converted(to: inputs[0].elementType)
  }

  /// Made by a program only, after all gradients have been recorded.
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "a program's own primitive")
  }
}
