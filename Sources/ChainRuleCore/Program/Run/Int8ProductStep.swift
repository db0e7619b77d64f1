/// A product with a matrix of 8-bit whole numbers.
struct Int8ProductStep: Sendable {
  let matrix: QuantizedMatrix
  let m: Int
  let from: Location, to: Location

  func run(_ state: RunState, threads: Int) {
    let (x, y) = (state.pointer(from), state.pointer(to)), parts = Swift.min(matrix.parts(m), threads)
    if parts == 1 { return matrix.multiply(m, x, y, part: 0, of: 1, scratch: state.scratch(of: 0)) }
    ThreadPool.shared.run(parts: parts, threads: threads) { part, thread in
      matrix.multiply(m, x, y, part: part, of: parts, scratch: state.scratch(of: thread))
    }
  }
}
