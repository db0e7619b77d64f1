/// The colours and type of every picture of the project, for light and dark.
///
/// Green is a value, red a gradient, violet a local gradient, blue the step at hand; shape and position say
/// the same, so that nobody depends on seeing the colour. Contrast with the paper is at least 4.5 to 1.
public enum Palette {
  /// Every colour by its name, on white and on dark paper.
  static let colors: [(name: String, light: String, dark: String)] = [
    ("paper", "#ffffff", "#0d1117"), ("panel", "#f6f8fa", "#161b22"), ("ink", "#1f2328", "#e6edf3"),
    ("faint", "#59636e", "#9aa4af"), ("line", "#d1d9e0", "#30363d"), ("wire", "#8c959f", "#6e7681"),
    ("value", "#116329", "#56d364"), ("gradient", "#c0152b", "#ff8f88"), ("local", "#6f3cc9", "#cdb0ff"),
    ("now", "#0757b8", "#79b8ff"), ("box", "#f6f8fa", "#1b222c"), ("edge", "#59636e", "#9aa4af"),
    ("leaf", "#e9f5ec", "#12261a"), ("module", "#eef0ff", "#1d2140"), ("warn", "#8a5300", "#e3b341"),
    ("shade", "#fff3d6", "#3a2d10"),
  ]

  /// Custom properties for the style sheet of a page, light first, dark where the reader's system asks for it.
  public static func variables(_ selector: String = ":root") -> String {
    let light = colors.map { "--\($0.name):\($0.light)" }.joined(separator: ";")
    let dark = colors.map { "--\($0.name):\($0.dark)" }.joined(separator: ";")
    return "\(selector){\(light)}\n@media (prefers-color-scheme:dark){\(selector){\(dark)}}"
  }

  /// Colours of the lines of a chart, readable on both papers; a line is also told apart by its dashes.
  public static let series = ["#0969da", "#bc4c00", "#1a7f37", "#a475f9", "#cf222e", "#0f8a8a", "#9a6700", "#bf3989"]
  public static let dashes = ["none", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "1 2", "6 2 1 2 1 2"]

  /// A monospaced stack, so that the width of a text is known without measuring it.
  public static let font =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"

  /// The width of `text` at `size` pixels in `font`, a little generous: the widest stack member has 0.62 em.
  public static func width(of text: String, size: Double) -> Double {
    var columns = 0
    for character in text { columns += NumberColumns.columns(of: character) }
    return Double(columns) * size * 0.62
  }
}

/// How many columns of a terminal, or of a monospaced font, a character takes.
enum NumberColumns {
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
