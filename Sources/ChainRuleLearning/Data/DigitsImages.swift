/// The handwritten digits that the library carries, as plain numbers: 8×8 images and what they show.
///
/// Every fifth row within each label is a test row (355), the others are training rows (1,442), so that both
/// parts hold every writer and no random generator is needed to agree on the split.
struct DigitsImages: Sendable {
  /// Row after row of 64 pixels, each 0 (paper) … 1 (ink).
  var pixels: [Float] = []
  /// The digit shown in each row, 0 … 9.
  var labels: [Int32] = []

  var count: Int { labels.count }

  /// The two parts of the data set, in the order of the file.
  static func split() -> (training: DigitsImages, test: DigitsImages) {
    var training = DigitsImages()
    var test = DigitsImages()
    var seen = [Int](repeating: 0, count: 10)
    digitsText.withUTF8Buffer { text in
      var start = 0
      while start < text.count {
        let label = Int(text[start]) - Int(UInt8(ascii: "0"))
        guard (0...9).contains(label), start + 64 < text.count else {
          start += 1  // the white space between two images
          continue
        }
        seen[label] += 1
        let pixels = text[start + 1...start + 64]
        if seen[label].isMultiple(of: 5) {
          test.append(pixels, label)
        } else {
          training.append(pixels, label)
        }
        start += 65
      }
    }
    return (training, test)
  }

  private mutating func append(_ row: Slice<UnsafeBufferPointer<UInt8>>, _ label: Int) {
    pixels.append(contentsOf: row.lazy.map { Float($0 &- UInt8(ascii: "a")) / 16 })
    labels.append(Int32(label))
  }
}
