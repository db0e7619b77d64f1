/// Numbers in order, as plain loops over integers: NaN after every number, 0 and −0 equal, equals as they came.
enum StableOrder {
  /// An integer whose order is that of numbers.
  @inline(__always)
  static func key(_ number: Double) -> UInt64 {
    if number.isNaN { return .max }
    if number == 0 { return 1 << 63 }
    let bits = number.bitPattern
    return bits >> 63 == 0 ? bits | (1 << 63) : ~bits
  }

  /// The places of `count` numbers in order: runs of 8 are sorted by insertion, and merged, each pass from one memory
  /// into the other.
  static func sort(_ memory: borrowing Memory, count: Int) {
    var (keys, places) = (memory.keys, memory.places), (otherKeys, otherPlaces) = (memory.otherKeys, memory.otherPlaces)
    for start in Swift.stride(from: 0, to: count, by: 8) {
      for next in (start + 1)..<Swift.max(start + 1, Swift.min(start + 8, count)) {
        let (key, place) = (keys[next], places[next])
        var hole = next
        while hole > start, keys[hole - 1] > key {
          (keys[hole], places[hole]) = (keys[hole - 1], places[hole - 1])
          hole -= 1
        }
        (keys[hole], places[hole]) = (key, place)
      }
    }
    var run = 8, isInOther = false
    while run < count {
      for start in Swift.stride(from: 0, to: count, by: 2 * run) {
        let middle = Swift.min(start + run, count), end = Swift.min(start + 2 * run, count)
        var (left, right) = (start, middle)
        for to in start..<end {
          if right == end || (left < middle && keys[left] <= keys[right]) {
            (otherKeys[to], otherPlaces[to]) = (keys[left], places[left])
            left += 1
          } else {
            (otherKeys[to], otherPlaces[to]) = (keys[right], places[right])
            right += 1
          }
        }
      }
      swap(&keys, &otherKeys)
      swap(&places, &otherPlaces)
      isInOther.toggle()
      run *= 2
    }
    if isInOther { memory.places.update(from: memory.otherPlaces, count: count) }
  }

  /// What a sort reads and writes: keys and places, twice.
  struct Memory: ~Copyable {
    let keys: UnsafeMutablePointer<UInt64>, otherKeys: UnsafeMutablePointer<UInt64>
    let places: UnsafeMutablePointer<Int32>, otherPlaces: UnsafeMutablePointer<Int32>

    init(count: Int) {
      (keys, otherKeys) = (.allocate(capacity: count), .allocate(capacity: count))
      (places, otherPlaces) = (.allocate(capacity: count), .allocate(capacity: count))
    }

    deinit {
      keys.deallocate()
      otherKeys.deallocate()
      places.deallocate()
      otherPlaces.deallocate()
    }
  }
}
