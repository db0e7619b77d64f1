/// Writes a sum of padded pieces in one sweep: stretches of it that no piece covers are zero, those that one covers are
/// copied, and where pieces overlap they are added. A piece that has been computed in its place stays there.
struct SumOfPadsStep: Sendable {
  /// Elements `start ..< start + count` of the result, and where the pieces over them lie.
  struct Stretch: Sendable {
    let start: Int, count: Int
    let pieces: [Location]
  }
  let result: Location
  let stretches: [Stretch]

  /// Stretches are at most this long, so that threads can share them.
  private static let longest = 65_536

  /// A piece: where it begins in the result, how many elements it has, and where it lies.
  struct Piece {
    let offset: Int, count: Int
    let location: Location
  }

  /// A sweep from left to right over the ends of the pieces, so that its work is that of the sum itself.
  ///
  /// - Parameter pieces: none of them empty, in the order in which they are added.
  init(_ pieces: [Piece], count: Int, stride: Int, result: Location) {
    self.result = result
    var events = pieces.enumerated().flatMap { number, piece in
      [(at: piece.offset, piece: number, begins: true), (at: piece.offset + piece.count, piece: number, begins: false)]
    }
    events.sort { $0.at < $1.at }
    var (stretches, present, start): ([Stretch], [Int], Int) = ([], [], 0)
    func write(upTo end: Int) {
      while start < end {
        let places = present.map {
          Location(
            base: pieces[$0].location.base, offset: pieces[$0].location.offset + (start - pieces[$0].offset) * stride)
        }
        let isThere = places == [Location(base: result.base, offset: result.offset + start * stride)]
        if !isThere {
          stretches.append(Stretch(start: start, count: Swift.min(Self.longest, end - start), pieces: places))
        }
        start += Swift.min(Self.longest, end - start)
      }
    }
    for event in events {
      write(upTo: event.at)
      let place = present.firstIndex { $0 >= event.piece } ?? present.count
      if event.begins { present.insert(event.piece, at: place) } else { present.remove(at: place) }
    }
    write(upTo: count)
    self.stretches = stretches
  }

  func run(_ state: RunState, threads: Int) {
    let total = stretches.reduce(0) { $0 + $1.count }
    ThreadPool.share(rows: stretches.count, elements: total, threads: threads) { rows, _ in
      for number in rows { write(stretches[number], state) }
    }
  }

  private func write(_ stretch: Stretch, _ state: RunState) {
    let target = state.pointer(result) + stretch.start * state.stride, bytes = stretch.count * state.stride
    guard let first = stretch.pieces.first else {
      target.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return
    }
    guard stretch.pieces.count > 1 else {
      return target.copyMemory(from: state.pointer(first), byteCount: bytes)
    }
    var sum = state.pointer(first)
    for piece in stretch.pieces.dropFirst() {
      let next = state.pointer(piece)
      Kernels.add(isDouble: state.isDouble, count: stretch.count, target, sum, next)
      sum = target
    }
  }
}
