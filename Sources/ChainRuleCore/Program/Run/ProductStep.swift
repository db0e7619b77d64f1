/// A matrix product, or one for every matrix of a batch, with what is done to it right after.
///
/// Unchecked Sendable: only the assembler that makes a step writes to it, before the program exists that shares it.
final class ProductStep: @unchecked Sendable {
  var product: PreparedProduct
  var a: Location, b: Location, result: Location
  var bias: Location?
  /// A number that multiplies alpha.
  var scale: Location?
  /// What the product is added to, if that is not where the result lies already.
  var start: Location?
  var batch = 1
  /// Elements from one matrix of the batch to the next.
  var strideA = 0, strideB = 0, strideC = 0
  /// How the result is cut into blocks for threads: rows × columns.
  var rowParts = 1, columnParts = 1

  init(product: PreparedProduct, a: Location, b: Location, result: Location) {
    (self.product, self.a, self.b, self.result) = (product, a, b, result)
  }

  /// Chooses the largest number of blocks that the sizes are worth; a run on fewer threads takes fewer. No element's
  /// sum is cut, so that results do not depend on the blocks.
  func chooseParts() {
    let work = product.m * product.n * product.k
    guard batch == 1 else {
      rowParts = 1
      return
    }
    let wanted = Swift.max(1, Swift.min(16, work / 131_072))
    if product.m >= product.n {
      rowParts = Swift.min(wanted, Swift.max(1, product.m / 14))
    } else {
      columnParts = Swift.min(wanted, Swift.max(1, product.n / 32))
    }
  }

  func run(_ state: RunState, threads: Int) {
    if batch == 0 { return }  // no matrix at all: nothing is written, not even where it starts from
    var product = self.product
    if let scale {
      let number = state.pointer(scale)
      product.alpha *= state.isDouble ? number.load(as: Double.self) : Double(number.load(as: Float.self))
    }
    let (a, b, c) = (state.pointer(a), state.pointer(b), state.pointer(result))
    if let start { c.copyMemory(from: state.pointer(start), byteCount: product.m * product.n * state.stride) }
    let bias = bias.map { UnsafeRawPointer(state.pointer($0)) }
    if batch > 1 { return runBatch(product, a, b, bias, c, state, threads) }
    let (rowParts, columnParts) = Self.parts(self, threads)
    if rowParts * columnParts == 1 {
      return product.run(rows: 0..<product.m, columns: 0..<product.n, a, b, bias, c, scratch: state.scratch(of: 0))
    }
    ThreadPool.shared.run(parts: rowParts * columnParts, threads: threads) { part, thread in
      let rows = Self.cut(product.m, part / columnParts, rowParts, 14)
      let columns = Self.cut(product.n, part % columnParts, columnParts, 32)
      product.run(rows: rows, columns: columns, a, b, bias, c, scratch: state.scratch(of: thread))
    }
  }

  /// One block per thread, since every block packs its operands anew; results do not depend on the cut.
  private static func parts(_ step: ProductStep, _ threads: Int) -> (Int, Int) {
    (Swift.min(step.rowParts, threads), Swift.min(step.columnParts, threads))
  }

  /// A part of 0..<count that begins and ends at multiples of `unit`.
  private static func cut(_ count: Int, _ part: Int, _ parts: Int, _ unit: Int) -> Range<Int> {
    let units = (count + unit - 1) / unit
    return Swift.min(count, units * part / parts * unit)..<Swift.min(count, units * (part + 1) / parts * unit)
  }

  private func runBatch(
    _ product: PreparedProduct, _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer, _ bias: UnsafeRawPointer?,
    _ c: UnsafeMutableRawPointer, _ state: RunState, _ threads: Int
  ) {
    let (rows, columns) = (0..<product.m, 0..<product.n)
    func one(_ matrix: Int, _ thread: Int) {
      product.run(
        rows: rows, columns: columns, a + matrix * strideA * state.stride, b + matrix * strideB * state.stride, bias,
        c + matrix * strideC * state.stride, scratch: state.scratch(of: thread))
    }
    // A small matrix costs about what its call does; threads take many of them at a time.
    let work = batch * Swift.max(4_096, product.m * product.n * product.k)
    let parts = Swift.max(1, Swift.min(batch, work / 262_144, 8 * threads))
    ThreadPool.shared.run(parts: parts, threads: threads) { part, thread in
      for matrix in batch * part / parts..<batch * (part + 1) / parts { one(matrix, thread) }
    }
  }
}
