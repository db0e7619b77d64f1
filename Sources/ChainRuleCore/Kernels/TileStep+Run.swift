extension TileStep {
  /// Runs all tiles, chunk by chunk; the chunks' partial sums are then added up in order.
  func run(_ state: RunState, threads: Int) {
    if let kernel { return kernel.run(state, partials: partials, parts: threads == 1 ? 1 : parts, threads: threads) }
    if chunks == 1 {
      clearSums(state, 0)
      runTiles(0..<tiles, 0, state, thread: 0)
    } else {
      let (tiles, chunks, parts) = (self.tiles, self.chunks, Swift.min(self.parts, self.chunks))
      ThreadPool.shared.run(parts: parts, threads: threads) { part, thread in
        for chunk in chunks * part / parts..<chunks * (part + 1) / parts {
          clearSums(state, chunk)
          runTiles(tiles * chunk / chunks..<tiles * (chunk + 1) / chunks, chunk, state, thread: thread)
        }
      }
    }
    for sum in sums { finish(sum, state) }
  }

  private func partial(_ chunk: Int, _ state: RunState) -> UnsafeMutableRawPointer {
    state.pointer(partials) + chunk * partialBytes
  }

  private func clearSums(_ state: RunState, _ chunk: Int) {
    if partialBytes > 0 { partial(chunk, state).initializeMemory(as: UInt8.self, repeating: 0, count: partialBytes) }
  }

  private func finish(_ sum: TileSum, _ state: RunState) {
    let (result, offset) = (state.pointer(sum.result), sum.offset * 8)
    if sum.columns == 0 {
      var total = 0.0
      for chunk in 0..<chunks { total += (partial(chunk, state) + offset).load(as: Double.self) }
      if state.isDouble {
        result.storeBytes(of: total, as: Double.self)
      } else {
        result.storeBytes(of: Float(total), as: Float.self)
      }
      return
    }
    result.copyMemory(from: partial(0, state) + offset, byteCount: sum.count * state.stride)
    for chunk in 1..<Swift.max(1, chunks) {
      Kernels.add(isDouble: state.isDouble, count: sum.count, result, result, partial(chunk, state) + offset)
    }
  }

  // MARK: Tiles

  private func runTiles(_ range: Range<Int>, _ chunk: Int, _ state: RunState, thread: Int) {
    let scratch = state.scratch(of: thread)
    let pointers = scratch.assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    registers.withUnsafeBufferPointer { registers in
      actions.withUnsafeBufferPointer { actions in
        moving.withUnsafeBufferPointer { moving in
          fixPointers(registers, pointers, scratch, state)
          let (segments, rowSegments) = (self.segments, self.rowSegments)
          let columnTiles = (inner + tileColumns - 1) / tileColumns
          var row = range.lowerBound / columnTiles * tileRows
          var column = range.lowerBound % columnTiles * tileColumns
          for tile in range {
            let height = Swift.min(tileRows, rows - row), width = Swift.min(tileColumns, inner - column)
            for number in moving {
              move(
                registers[Int(number)], Int(number), row, column, height, width, isNext: tile > range.lowerBound,
                pointers, state)
            }
            run(
              actions, segments, rowSegments, pointers, height, width, row, column, chunk, scratch, state)
            for number in leaving {
              leave(registers[Int(number)], pointers[Int(number)], row, column, height, width, state)
            }
            column += tileColumns
            if column >= inner { (row, column) = (row + tileRows, 0) }
          }
        }
      }
    }
  }

  @inline(__always)
  private func fixPointers(
    _ registers: UnsafeBufferPointer<TileRegister>, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>,
    _ scratch: UnsafeMutableRawPointer, _ state: RunState
  ) {
    for (number, register) in registers.enumerated() {
      switch register.kind {
      case .scratch, .collectedRows, .stretches, .apart, .writtenApart: pointers[number] = scratch + register.scratch
      case .single: pointers[number] = state.pointer(register.location)
      case .repeated:
        pointers[number] = scratch + register.scratch
        for row in 0..<tileRows {
          (pointers[number] + row * inner * state.stride).copyMemory(
            from: state.pointer(register.location), byteCount: inner * state.stride)
        }
      case .filled:
        pointers[number] = scratch + register.scratch
        fill(pointers[number], from: state.pointer(register.location), 0, count: tileRows * tileColumns, state)
      case .full, .period, .rows: pointers[number] = state.pointer(register.location)
      }
    }
  }

  /// Moves a pointer to what the tile at a row and column reads or writes.
  @inline(__always)
  private func move(
    _ register: TileRegister, _ number: Int, _ row: Int, _ column: Int, _ height: Int, _ width: Int,
    isNext: Bool, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ state: RunState
  ) {
    let base = state.pointer(register.location)
    switch register.kind {
    case .full: pointers[number] = base + (row * inner + column) * state.stride
    case .period: pointers[number] = base + (row * inner + column) % register.modulus * state.stride
    case .rows: pointers[number] = base + (register.modulus > 0 ? row % register.modulus : row) * state.stride
    case .collectedRows:
      for offset in 0..<height {
        var source = (row + offset) / register.divisor
        if register.modulus > 0 { source %= register.modulus }
        (pointers[number] + offset * state.stride).copyMemory(
          from: base + source * state.stride, byteCount: state.stride)
      }
    case .stretches:
      // Where a stretch begins before the last tile, all of its rows are there already.
      if isNext, register.modulus == width,
        (row - tileRows) * inner / register.stretch == ((row + height) * inner - 1) / register.stretch
      {
        return
      }
      for offset in 0..<height {
        let element = (row + offset) * inner + column
        let source = element / register.stretch * register.modulus + element % register.modulus
        (pointers[number] + offset * width * state.stride).copyMemory(
          from: base + source * state.stride, byteCount: width * state.stride)
      }
    case .apart:
      for offset in 0..<height {
        (pointers[number] + offset * width * state.stride).copyMemory(
          from: base + ((row + offset) * register.modulus + column) * state.stride, byteCount: width * state.stride)
      }
    case .scratch, .repeated, .single, .filled, .writtenApart: break
    }
  }

  /// Writes a finished tile to rows of memory.
  private func leave(
    _ register: TileRegister, _ tile: UnsafeMutableRawPointer, _ row: Int, _ column: Int, _ height: Int, _ width: Int,
    _ state: RunState
  ) {
    let base = state.pointer(register.location)
    for offset in 0..<height {
      (base + ((row + offset) * register.modulus + column) * state.stride).copyMemory(
        from: tile + offset * width * state.stride, byteCount: width * state.stride)
    }
  }

  @inline(__always)
  private func run(
    _ actions: UnsafeBufferPointer<TileAction>, _ segments: [TileSegment], _ rowSegments: [RowSegment],
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ height: Int, _ width: Int, _ row: Int, _ column: Int,
    _ chunk: Int, _ scratch: UnsafeMutableRawPointer,
    _ state: RunState
  ) {
    for action in actions {
      switch action {
      case .expand(let result, let source):
        expand(pointers[Int(source)], pointers[Int(result)], height, width, state)
      case .reduceRows(let reduction, let result, let source):
        Kernels.reduce(
          reduction, isDouble: state.isDouble, outer: height, count: width, inner: 1, pointers[Int(result)],
          pointers[Int(source)])
      case .softmaxRows(let result, let source):
        Kernels.softmax(
          isDouble: state.isDouble, outer: height, count: width, inner: 1, pointers[Int(result)],
          pointers[Int(source)])
      case .sum(let sum, let source):
        accumulate(sums[Int(sum)], pointers[Int(source)], height, width, row, column, chunk, scratch, state)
      case .segment(let number):
        let segment = segments[Int(number)]
        segment.run(isDouble: state.isDouble, pointers, count: segment.isPerRow ? height : height * width)
      case .rowSegment(let number):
        rowSegments[Int(number)].run(isDouble: state.isDouble, pointers, rows: height, width: width)
      case .sumNumbers(let sum, let source):
        addNumbers(to: partial(chunk, state) + sums[Int(sum)].offset * 8, pointers[Int(source)], height, state)
      }
    }
  }

  private func addNumbers(
    to target: UnsafeMutableRawPointer, _ numbers: UnsafeMutableRawPointer, _ count: Int, _ state: RunState
  ) {
    var total = target.load(as: Double.self)
    for row in 0..<count {
      total +=
        state.isDouble
        ? numbers.assumingMemoryBound(to: Double.self)[row]
        : Double(numbers.assumingMemoryBound(to: Float.self)[row])
    }
    target.storeBytes(of: total, as: Double.self)
  }

  private func expand(
    _ source: UnsafeMutableRawPointer, _ result: UnsafeMutableRawPointer, _ height: Int, _ width: Int, _ state: RunState
  ) {
    Kernels.repeatNumbers(isDouble: state.isDouble, rows: height, width: width, result, source)
  }

  /// Repeats element `index` of the source.
  @inline(__always)
  private func fill(
    _ result: UnsafeMutableRawPointer, from source: UnsafeMutableRawPointer, _ index: Int, count: Int,
    _ state: RunState
  ) {
    if state.isDouble {
      let number = source.assumingMemoryBound(to: Double.self)[index]
      result.assumingMemoryBound(to: Double.self).update(repeating: number, count: count)
    } else {
      let number = source.assumingMemoryBound(to: Float.self)[index]
      result.assumingMemoryBound(to: Float.self).update(repeating: number, count: count)
    }
  }

  /// Adds a tile to the chunk's partial sum.
  private func accumulate(
    _ sum: TileSum, _ tile: UnsafeMutableRawPointer, _ height: Int, _ width: Int, _ row: Int, _ column: Int,
    _ chunk: Int, _ scratch: UnsafeMutableRawPointer, _ state: RunState
  ) {
    let target = partial(chunk, state) + sum.offset * 8
    let spare = scratch + scratchBytes - spareBytes(state)
    if sum.columns == 0 {
      Kernels.reduce(.sum, isDouble: state.isDouble, outer: 1, count: height * width, inner: 1, spare, tile)
      let value = state.isDouble ? spare.load(as: Double.self) : Double(spare.load(as: Float.self))
      target.storeBytes(of: target.load(as: Double.self) + value, as: Double.self)
      return
    }
    // A tile may hold the end of one stretch of rows and the beginning of the next.
    let rowsOfStretch = rows / sum.stretches
    var (tile, row, left) = (tile, row, height)
    while left > 0 {
      let present = Swift.min(left, rowsOfStretch - row % rowsOfStretch)
      let start = target + (row / rowsOfStretch * sum.columns + (row * inner + column) % sum.columns) * state.stride
      if sum.columns > inner || present == 1 {  // each element of the tile has a column of its own
        Kernels.add(isDouble: state.isDouble, count: present * width, start, start, tile)
      } else {
        Kernels.reduce(.sum, isDouble: state.isDouble, outer: 1, count: present, inner: width, spare, tile)
        Kernels.add(isDouble: state.isDouble, count: width, start, start, spare)
      }
      tile += present * width * state.stride
      (row, left) = (row + present, left - present)
    }
  }

  private func spareBytes(_ state: RunState) -> Int {
    (Swift.max(tileRows * tileColumns, tileRows) * state.stride + 63) & ~63
  }
}
