/// A checksum of 32 bits: the remainder of a division by a polynomial, whose bits are written in reverse.
struct CyclicCheck: Sendable {
  /// CRC-32, as ZIP and PNG have it.
  static let zip = CyclicCheck(0xEDB8_8320)
  /// CRC-32C (Castagnoli), as records of events have it.
  static let castagnoli = CyclicCheck(0x82F6_3B78)

  private let table: [UInt32]

  private init(_ polynomial: UInt32) {
    table = (0..<256 as Range<UInt32>).map { byte in
      (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
    }
  }

  func callAsFunction(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
  }
}
