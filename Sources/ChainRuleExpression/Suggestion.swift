import ChainRuleCore

/// The word that somebody may have meant: the nearest of `known` in edits, or nil if none is near.
///
/// An edit is a letter inserted, left out, replaced or swapped with its neighbour; case and `_` do not count.
/// A word is near if it differs in at most a third of its letters.
public func suggestion(for word: String, among known: some Sequence<String>) -> String? {
  let wanted = Array(plain(word).prefix(40))
  var best: (word: String, edits: Int)?
  for candidate in known {
    let edits = editDistance(wanted, Array(plain(candidate)))
    let allowed = Swift.max(wanted.count, candidate.count) / 3
    if edits <= Swift.max(1, allowed), edits < (best?.edits ?? .max), wanted.count > 1 || edits == 0 {
      best = (candidate, edits)
    }
  }
  return best?.word
}

/// `logSoftmax`, `log_softmax` and `LogSoftmax` are the same word to somebody who types.
func plain(_ word: String) -> String {
  String(word.lowercased().filter { $0 != "_" && $0 != "-" })
}

/// Edits between two words (Damerau 1964, neighbours swapped at most once).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  if a.isEmpty || b.isEmpty { return Swift.max(a.count, b.count) }
  var twoAgo = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [i] + [Int](repeating: 0, count: b.count)
    for j in 1...b.count {
      let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = Swift.min(replaced, last[j] + 1, row[j - 1] + 1)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        row[j] = Swift.min(row[j], twoAgo[j - 2] + 1)
      }
    }
    (twoAgo, last) = (last, row)
  }
  return last[b.count]
}
