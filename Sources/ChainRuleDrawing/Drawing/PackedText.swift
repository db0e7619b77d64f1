/// Long markup with much repetition in a few characters, for pages of large graphs: a page unpacks what is opened.
///
/// The text itself, where a stretch of it that stood before is written as `~`, three digits of how far back it begins
/// and one of its length, base 64 each; `~` itself as `~~` (a distance never begins with that). This is the scheme of
/// Lempel and Ziv (1977) in printable characters, so that nobody needs a binary format or a library to read it.
enum PackedText {
  static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf16)
  static let tilde = UInt16(0x7E)
  /// A match costs five characters, so shorter ones are not worth it.
  static let shortest = 6
  private static let window = 64 * 64 * 64
  private static let tries = 12

  static func pack(_ text: String) -> String {
    let units = Array(text.utf16), count = units.count
    var packed: [UInt16] = [], last = [Int32](repeating: -1, count: 1 << 15)
    packed.reserveCapacity(count / 4)
    // The place before with the same hash.
    var previous = [Int32](repeating: -1, count: count)
    func hash(_ at: Int) -> Int {
      var mixed: UInt64 = 0
      for offset in 0..<shortest { mixed = (mixed ^ UInt64(units[at + offset])) &* 0x9E37_79B9_7F4A_7C15 }
      return Int(mixed >> 49)
    }
    func remember(_ at: Int) {
      guard at + shortest <= count else { return }
      let slot = hash(at)
      previous[at] = last[slot]
      last[slot] = Int32(at)
    }
    var position = 0
    while position < count {
      let match = position + shortest <= count ? longest(units, position, Int(last[hash(position)]), previous) : nil
      if let match {
        let distance = position - match.start - 1, length = match.length - shortest
        packed += [tilde, digits[distance >> 12], digits[distance >> 6 & 63], digits[distance & 63], digits[length]]
        for at in position..<(position + match.length) { remember(at) }
        position += match.length
      } else {
        packed.append(units[position])
        if units[position] == tilde { packed.append(tilde) }
        remember(position)
        position += 1
      }
    }
    return String(decoding: packed, as: UTF16.self)
  }

  private static func longest(_ units: [UInt16], _ position: Int, _ first: Int, _ previous: [Int32])
    -> (start: Int, length: Int)?
  {
    let most = min(shortest + 63, units.count - position)
    var best: (start: Int, length: Int)?, candidate = first
    for _ in 0..<tries {
      guard candidate >= 0, position - candidate <= window else { break }
      var length = 0
      while length < most, units[candidate + length] == units[position + length] { length += 1 }
      if length >= shortest, length > best?.length ?? 0 { best = (candidate, length) }
      if length == most { break }
      candidate = Int(previous[candidate])
    }
    return best
  }

  /// What a page unpacks it with.
  static let script = #"""
    function unpack(text) {
      const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", value = {}, out = [];
      [...digits].forEach((digit, i) => value[digit] = i);
      for (let i = 0; i < text.length;) {
        if (text[i] !== "~") { out.push(text[i++]); continue; }
        if (text[i + 1] === "~") { out.push("~"); i += 2; continue; }
        const from = out.length - 1 - (value[text[i + 1]] << 12 | value[text[i + 2]] << 6 | value[text[i + 3]]);
        for (let k = 0; k < value[text[i + 4]] + 6; k++) out.push(out[from + k]);
        i += 5;
      }
      return out.join("");
    }

    """#
}
