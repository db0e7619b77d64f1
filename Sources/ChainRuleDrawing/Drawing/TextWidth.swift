/// How many columns of a terminal, or of a monospaced font, a character takes.
enum TextWidth {
  static func columns(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    case 0x0300...0x036F, 0x200B...0x200F: return 0
    default: return 1
    }
  }

  static func columns(of text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }
}
