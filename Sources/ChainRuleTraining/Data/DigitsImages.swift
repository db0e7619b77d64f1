import ChainRuleCore

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
}

/// Every fifth row within each label is for testing, the others for training, so that both parts hold every label, and
/// rows of every origin where a file lists them one after the other; no random generator is needed to agree on it.
package func everyFifthRow(of labels: [Int]) -> (training: [Int], test: [Int]) {
  var training: [Int] = [], test: [Int] = []
  var seen: [Int: Int] = [:]
  for (row, label) in labels.enumerated() {
    let count = seen[label, default: 0] + 1
    seen[label] = count
    if count.isMultiple(of: 5) { test.append(row) } else { training.append(row) }
  }
  return (training, test)
}
