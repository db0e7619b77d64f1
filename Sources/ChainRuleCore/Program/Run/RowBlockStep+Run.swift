extension RowBlockStep {
  func run(_ state: RunState, threads: Int) {
    let work = batch * rows * columns * (16 + factors.reduce(0) { $0 + $1.depth })
    let chunks = self.chunks
    ThreadPool.shared.run(parts: batch * chunks, threads: work < 1 << 20 ? 1 : threads) { part, thread in
      // The last rows first: under a causal mask they take longest.
      var run = BlockRun(self, state, thread: thread, matrix: part / chunks, chunk: chunks - 1 - part % chunks)
      run.all()
    }
    if chunks > 1 { for result in results where result.isSum { addUp(result, state) } }
  }

  /// A result that several chunks add to: their sums in order.
  private func addUp(_ result: BlockResult, _ state: RunState) {
    let count = columns * result.width
    for matrix in 0..<batch {
      let target = state.pointer(result.result) + matrix * count * stride
      for chunk in 0..<chunks {
        let source = partial(result, matrix, chunk, state)
        if chunk == 0 {
          target.copyMemory(from: source, byteCount: count * stride)
        } else {
          Kernels.add(isDouble: isDouble, count: count, target, target, source)
        }
      }
    }
  }

  func partial(_ result: BlockResult, _ matrix: Int, _ chunk: Int, _ state: RunState) -> UnsafeMutableRawPointer {
    state.pointer(partials) + (matrix * chunks + chunk) * (partialBytes / (batch * chunks)) + result.partialOffset
  }
}

/// One thread's way through some blocks of one matrix.
private struct BlockRun {
  private let step: RowBlockStep
  private let state: RunState
  private let scratch: UnsafeMutableRawPointer
  private let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private let matrix: Int, chunk: Int
  private var stride: Int { state.stride }
  private var first = 0, rows = 0, span = 0..<0, rowLength = 0
  /// Columns of the block, counted from the span's first, in which its mask is the same for all rows.
  private var seen = 0..<0

  init(_ step: RowBlockStep, _ state: RunState, thread: Int, matrix: Int, chunk: Int) {
    (self.step, self.state, self.matrix, self.chunk) = (step, state, matrix, chunk)
    scratch = state.scratch(of: thread)
    pointers = scratch.assumingMemoryBound(to: UnsafeMutableRawPointer.self)
  }

  mutating func all() {
    let blocks = step.blocks * chunk / step.chunks..<step.blocks * (chunk + 1) / step.chunks
    prepareRegisters()
    for factor in step.factors { prepare(factor) }
    for result in step.results where result.isSum {
      target(of: result).initializeMemory(as: UInt8.self, repeating: 0, count: step.columns * result.width * stride)
    }
    for block in blocks {
      first = block * step.blockRows
      rows = Swift.min(step.blockRows, step.rows - first)
      begin(step.spans[block])
      if !runRows() {  // a row that sees nothing: what is hidden counts
        begin(0..<step.columns)
        _ = runRows()
      }
      for result in step.results { multiply(result) }
    }
  }

  private mutating func begin(_ span: Range<Int>) {
    (self.span, rowLength, seen) = (span, step.rowLength(span.count), 0..<0)
    if let mask = step.mask, step.rowsTogether(span.count) == 1 { readOnce(mask) }
    for factor in step.factors { multiply(factor) }
  }

  /// Writes what all rows of the block see of a mask to where its rows are put together.
  private mutating func readOnce(_ mask: BlockMask) {
    let columns = mask.columns[first / step.blockRows].clamped(to: span)
    guard columns.count > span.count / 2, case .rows(_, _, _, let slot) = step.registers[Int(mask.register)] else {
      return
    }
    seen = columns.lowerBound - span.lowerBound..<columns.upperBound - span.lowerBound
    state.fill(self.slot(slot) + seen.lowerBound * stride, mask.seen, count: seen.count)
    pointers[Int(mask.register)] = self.slot(slot)
  }

  private func slot(_ number: Int) -> UnsafeMutableRawPointer { scratch + step.slotsAt + number * step.slotBytes }

  private func buffer(_ number: Int) -> UnsafeMutableRawPointer {
    scratch + step.buffersAt + number * step.blockRows * (step.columns + 16) * stride
  }

  // MARK: Products

  /// Where a factor's panels are: 32 columns after 32 columns, row by row.
  private func panels(_ factor: BlockFactor) -> UnsafeMutableRawPointer {
    scratch + step.panelsAt + factor.panelOffset * stride
  }

  private func prepare(_ factor: BlockFactor) {
    let (columns, depth, panel) = (step.columns, factor.depth, RowBlockStep.panel)
    let from = state.pointer(factor.b) + matrix * columns * depth * stride
    let (column, row) = factor.isBTransposed ? (depth, 1) : (1, columns)
    let (whole, rest) = (columns / panel, columns % panel), to = panels(factor)
    if whole > 0 {
      Kernels.copyStrided(
        wide: step.isDouble, shape: [whole, depth, panel], strides: [panel * column, row, column], to, from)
    }
    if rest > 0 {
      Kernels.copyStrided(
        wide: step.isDouble, shape: [depth, rest], strides: [row, column], to + whole * panel * depth * stride,
        from + whole * panel * column * stride)
    }
    // Once here instead of in every product's end, unless it is rounded.
    if factor.alpha != 1, !step.roundsFactors {
      Kernels.scale(isDouble: step.isDouble, count: columns * depth, to, by: factor.alpha)
    }
  }

  /// The block's rows of a wide value.
  private func multiply(_ factor: BlockFactor) {
    let (depth, panel) = (factor.depth, RowBlockStep.panel)
    let start = matrix * step.rows * depth + first * (factor.isATransposed ? 1 : depth)
    let a = state.pointer(factor.a) + start * stride, to = buffer(factor.buffer), panels = panels(factor)
    func product(_ width: Int, stored: Int) -> PreparedProduct {
      PreparedProduct(
        isDouble: step.isDouble, m: rows, n: width, k: depth, transposed: (factor.isATransposed, false),
        lda: factor.isATransposed ? step.rows : depth, ldb: stored, ldc: rowLength,
        alpha: step.roundsFactors ? factor.alpha : 1, roundsFactors: step.roundsFactors)
    }
    let whole = product(panel, stored: panel)
    for column in Swift.stride(from: span.lowerBound, to: span.upperBound, by: panel) {
      let stored = Swift.min(panel, step.columns - column), width = Swift.min(stored, span.upperBound - column)
      let product = width == panel ? whole : product(width, stored: stored)
      product.run(
        rows: 0..<rows, columns: 0..<width, a, panels + column * depth * stride, nil,
        to + (column - span.lowerBound) * stride, scratch: scratch + step.productsAt)
    }
  }

  private func target(of result: BlockResult) -> UnsafeMutableRawPointer {
    if result.isSum, step.chunks > 1 { return step.partial(result, matrix, chunk, state) }
    return state.pointer(result.result) + matrix * (result.isSum ? step.columns : step.rows) * result.width * stride
  }

  /// What the block gives to a result.
  private func multiply(_ result: BlockResult) {
    let wide = UnsafeRawPointer(buffer(result.buffer)), width = result.width
    // The other factor's long axis goes along the block's rows or columns, the result's along the other.
    let (length, start) = result.isSum ? (step.rows, first) : (step.columns, span.lowerBound)
    let (height, place) = result.isSum ? (step.columns, span.lowerBound) : (step.rows, first)
    let isAcross = result.isWideLeft == result.isOtherTransposed
    let other =
      UnsafeRawPointer(state.pointer(result.other)) + (matrix * length * width + start * (isAcross ? 1 : width))
      * stride
    let to = target(of: result) + place * (result.isWideLeft ? width : 1) * stride
    let depth = result.isSum ? rows : span.count, extent = result.isSum ? span.count : rows
    let stored = isAcross ? length : width
    // A factor that is read as it lies stays near in pieces.
    let piece = isAcross || result.isSum ? depth : Swift.max(256, (1 << 18) / (width * stride))
    for begin in Swift.stride(from: 0, to: depth, by: piece) {
      let product = PreparedProduct(
        isDouble: step.isDouble, m: result.isWideLeft ? extent : width, n: result.isWideLeft ? width : extent,
        k: Swift.min(piece, depth - begin),
        transposed: result.isWideLeft
          ? (result.isWideTransposed, result.isOtherTransposed) : (result.isOtherTransposed, result.isWideTransposed),
        lda: result.isWideLeft ? rowLength : stored, ldb: result.isWideLeft ? stored : rowLength,
        ldc: result.isWideLeft ? width : height, alpha: result.alpha, beta: result.isSum || begin > 0 ? 1 : 0,
        roundsFactors: step.roundsFactors)
      let block = wide + begin * stride, factor = other + begin * width * stride
      product.run(
        rows: 0..<product.m, columns: 0..<product.n, result.isWideLeft ? block : factor,
        result.isWideLeft ? factor : block, nil, to, scratch: scratch + step.productsAt)
    }
  }

  // MARK: Rows

  private func prepareRegisters() {
    for (number, register) in step.registers.enumerated() {
      switch register {
      case .slot(let slot), .rows(_, _, _, let slot), .numbers(_, _, _, let slot), .random(_, _, let slot):
        pointers[number] = self.slot(slot)
      case .filled(let location, let slot):
        pointers[number] = self.slot(slot)
        state.fill(self.slot(slot), state.load(state.pointer(location), at: 0), count: step.slotBytes / stride)
      case .buffer(let buffer): pointers[number] = self.buffer(buffer)
      }
    }
  }

  /// - Returns: whether what is hidden does not count in any row.
  private func runRows() -> Bool {
    let together = step.rowsTogether(span.count), isPart = span.count < step.columns
    return step.registers.withUnsafeBufferPointer { registers in
      step.program.actions.withUnsafeBufferPointer { actions in
        for row in Swift.stride(from: 0, to: rows, by: together) {
          let height = Swift.min(together, rows - row)
          for number in step.moving { move(registers[Int(number)], Int(number), row, height) }
          for action in actions where !run(action, height, isPart) { return false }
        }
        return true
      }
    }
  }

  /// Points a register to what some rows read or write.
  private func move(_ register: BlockRegister, _ number: Int, _ row: Int, _ height: Int) {
    let width = span.count, start = matrix * step.rows + first + row
    switch register {
    case .slot, .filled: break
    case .buffer(let buffer): pointers[number] = self.buffer(buffer) + row * rowLength * stride
    case .rows(let location, let stretch, let period, let slot):
      let base = state.pointer(location) + span.lowerBound * stride
      func source(_ row: Int) -> UnsafeMutableRawPointer {
        let source = (stretch > 0 ? row / stretch * period : 0) + (period > 0 ? row % period : row)
        return base + source * step.columns * stride
      }
      if !seen.isEmpty, step.mask?.register == Int32(number) {
        let (from, to) = (source(start), self.slot(slot))
        to.copyMemory(from: from, byteCount: seen.lowerBound * stride)
        (to + seen.upperBound * stride).copyMemory(
          from: from + seen.upperBound * stride, byteCount: (width - seen.upperBound) * stride)
      } else if height == 1 {
        pointers[number] = source(start)
      } else {
        for offset in 0..<height {
          (self.slot(slot) + offset * width * stride).copyMemory(
            from: source(start + offset), byteCount: width * stride)
        }
        pointers[number] = self.slot(slot)
      }
    case .numbers(let location, let divisor, let modulus, let slot):
      for offset in 0..<height {
        let source = (start + offset) / divisor
        state.store(
          state.load(state.pointer(location), at: modulus > 0 ? source % modulus : source), self.slot(slot), at: offset)
      }
    case .random(let primitive, let counter, let slot):
      let counter = state.load(state.pointer(counter), at: 0), target = self.slot(slot)
      for offset in 0..<height {
        let position = (start + offset) * step.columns + span.lowerBound
        for column in 0..<width {
          state.store(primitive.number(at: position + column, counter: counter), target, at: offset * width + column)
        }
      }
    }
  }

  private func run(_ action: TileAction, _ height: Int, _ isPart: Bool) -> Bool {
    let width = span.count
    switch action {
    case .expand(let result, let source):
      Kernels.repeatNumbers(
        isDouble: step.isDouble, rows: height, width: width, pointers[Int(result)], pointers[Int(source)])
    case .reduceRows(let reduction, let result, let source):
      if isPart, !seesEnough(result, source, height) { return false }
      Kernels.reduce(
        reduction, isDouble: step.isDouble, outer: height, count: width, inner: 1, pointers[Int(result)],
        pointers[Int(source)])
    case .softmaxRows(let result, let source):
      if isPart, !seesEnough(result, source, height) { return false }
      Kernels.softmax(
        isDouble: step.isDouble, outer: height, count: width, inner: 1, pointers[Int(result)], pointers[Int(source)])
    case .segment(let number):
      let segment = step.program.segments[Int(number)]
      segment.run(isDouble: step.isDouble, pointers, count: segment.isPerRow ? height : height * width)
    case .sum, .sumNumbers, .rowSegment: break  // no region has any
    }
    return true
  }

  /// Whether the largest value of each row leaves nothing to what is hidden: e to the difference is 0.
  private func seesEnough(_ result: Int32, _ source: Int32, _ height: Int) -> Bool {
    guard let limit = step.hiddenLimits[result], limit > -.infinity else { return true }
    for row in 0..<height {
      var largest = 0.0
      withUnsafeMutablePointer(to: &largest) {
        let values = pointers[Int(source)] + row * span.count * stride
        Kernels.reduce(.max, isDouble: step.isDouble, outer: 1, count: span.count, inner: 1, $0, values)
        if !step.isDouble { $0.pointee = Double(UnsafeRawPointer($0).load(as: Float.self)) }
      }
      if !(limit - largest < (step.isDouble ? -750 : -110)) { return false }
    }
    return true
  }
}
