import ChainRuleCore

/// A few bytes changed, cut out or put in; those that say most in a format more often than others.
func damaged(_ bytes: [UInt8], telling: [UInt8], _ numbers: inout RandomNumbers) -> [UInt8] {
  var bytes = bytes
  for _ in 0...Int(numbers.next() % 4) where !bytes.isEmpty {
    let place = Int(numbers.next() % UInt64(bytes.count))
    switch numbers.next() % 6 {
    case 0: bytes[place] = UInt8(truncatingIfNeeded: numbers.next())
    case 1: bytes[place] = telling[Int(numbers.next() % UInt64(telling.count))]
    case 2: bytes.removeLast(bytes.count - place)
    case 3: bytes.remove(at: place)
    case 4: bytes.insert(contentsOf: bytes[place..<Swift.min(place + 8, bytes.count)], at: place)
    default: for next in place..<Swift.min(place + 4, bytes.count) { bytes[next] = 0xFF }
    }
  }
  return bytes
}
