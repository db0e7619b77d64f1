import Foundation

extension Double {
  /// With at most this many significant digits.
  func digits(_ count: Int) -> String { self == 0 ? "0" : String(format: "%.\(count)g", self) }

  /// With exactly this many digits behind the point; a rounded zero has no sign.
  func fixed(_ places: Int) -> String {
    let text = String(format: "%.\(places)f", self)
    return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
  }
}
