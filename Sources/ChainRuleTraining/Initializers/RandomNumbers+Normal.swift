import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension RandomNumbers {
  /// A number of the standard normal distribution: √(−2 ln u₁) · cos(2π u₂). Source: Box and Muller 1958.
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// The numbers 0 ..< count in random order. Source: Fisher and Yates, in the form of Durstenfeld 1964.
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<Swift.max(count, 0))
    for position in order.indices.dropFirst().reversed() {
      order.swapAt(position, Int(next() % UInt64(position + 1)))
    }
    return order
  }
}
