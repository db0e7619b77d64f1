/// What was right at the first try, with a code that a teacher can make again from the seed.
struct Score {
  let seed: UInt64
  let count: Int
  var right = 0
  var asked = 0

  /// FNV-1a (Fowler, Noll and Vo) of what was asked and how it went, in base 36.
  var code: String { Self.code(seed, count, right, asked) }

  static func code(_ seed: UInt64, _ count: Int, _ right: Int, _ asked: Int) -> String {
    var hash: UInt32 = 2_166_136_261
    for byte in "quiz|\(seed)|\(count)|\(right)/\(asked)".utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let text = String(hash, radix: 36, uppercase: true)
    return String(repeating: "0", count: 7 - text.count) + text
  }

  /// The score that has this code, for the exercises of this seed.
  static func found(_ code: String, seed: UInt64, count: Int, asked: Int) -> Score? {
    for right in 0...asked where Self.code(seed, count, right, asked) == code.uppercased() {
      return Score(seed: seed, count: count, right: right, asked: asked)
    }
    return nil
  }

  var csv: String { "seed,exercises,right,asked,code\n\(seed),\(count),\(right),\(asked),\(code)" }
}
