import Foundation

extension Double {
  /// With exactly this many digits behind the point, rounded from the exact value, as a published number is; a rounded
  /// zero has no sign.
  func fixed(_ places: Int) -> String {
    let text = String(format: "%.\(places)f", self)
    return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
  }
}
