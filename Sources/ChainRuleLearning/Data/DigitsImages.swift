/// The handwritten digits that the library carries, as plain numbers: 8×8 images and what they show.
struct DigitsImages: Sendable {
  /// Row after row of 64 pixels, each 0 (paper) … 1 (ink).
  var pixels: [Float] = []
  /// The digit shown in each row, 0 … 9.
  var labels: [Int] = []

  /// Every image, in the order of the file.
  init() {
    digitsText.withUTF8Buffer { text in
      var start = 0
      while start < text.count {
        let label = Int(text[start]) - Int(UInt8(ascii: "0"))
        guard (0...9).contains(label), start + 64 < text.count else {
          start += 1  // the white space between two images
          continue
        }
        pixels += text[start + 1...start + 64].map { Float($0 &- UInt8(ascii: "a")) / 16 }
        labels.append(label)
        start += 65
      }
    }
  }

  /// Every fifth row within each label is a test row (355), the others are training rows (1,442), so that both
  /// parts hold every writer and no random generator is needed to agree on the split.
  var split: (training: [Int], test: [Int]) {
    var training: [Int] = [], test: [Int] = []
    var seen = [Int](repeating: 0, count: 10)
    for (row, label) in labels.enumerated() {
      seen[label] += 1
      if seen[label].isMultiple(of: 5) { test.append(row) } else { training.append(row) }
    }
    return (training, test)
  }
}
