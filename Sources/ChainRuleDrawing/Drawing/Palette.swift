/// The colours and type of every picture of the project, for light and dark.
///
/// Green is a value, red a gradient, violet a local gradient, blue the step at hand; shape and position say
/// the same, so that nobody depends on seeing the colour. Contrast with the paper is at least 4.5 to 1.
public enum Palette {
  /// Every colour, as the paint of drawings and the style sheets of pages name it.
  enum Color: String, CaseIterable, Sendable {
    case paper, panel, ink, faint, line, wire, value, gradient, local, now, box, edge, leaf, module, warn, shade

    var light: String { hex.light }
    var dark: String { hex.dark }

    private var hex: (light: String, dark: String) {
      switch self {
      case .paper: ("#ffffff", "#0d1117")
      case .panel: ("#f6f8fa", "#161b22")
      case .ink: ("#1f2328", "#e6edf3")
      case .faint: ("#59636e", "#9aa4af")
      case .line: ("#d1d9e0", "#30363d")
      case .wire: ("#8c959f", "#6e7681")
      case .value: ("#116329", "#56d364")
      case .gradient: ("#c0152b", "#ff8f88")
      case .local: ("#6f3cc9", "#cdb0ff")
      case .now: ("#0757b8", "#79b8ff")
      case .box: ("#f6f8fa", "#1b222c")
      case .edge: ("#59636e", "#9aa4af")
      case .leaf: ("#e9f5ec", "#12261a")
      case .module: ("#eef0ff", "#1d2140")
      case .warn: ("#8a5300", "#e3b341")
      case .shade: ("#fff3d6", "#3a2d10")
      }
    }
  }

  /// Custom properties for the style sheet of a page, light first, dark where the reader's system asks for it.
  public static func variables(_ selector: String = ":root") -> String {
    let light = Color.allCases.map { "--\($0.rawValue):\($0.light)" }.joined(separator: ";")
    let dark = Color.allCases.map { "--\($0.rawValue):\($0.dark)" }.joined(separator: ";")
    return "\(selector){\(light)}\n@media (prefers-color-scheme:dark){\(selector){\(dark)}}"
  }

  /// Colours of the lines of a chart, readable on both papers; a line is also told apart by its dashes.
  public static let series = ["#0969da", "#bc4c00", "#1a7f37", "#a475f9", "#cf222e", "#0f8a8a", "#9a6700", "#bf3989"]
  /// Dashes of the lines of a chart, as SVG writes them; one for each colour of ``series``.
  public static let dashes = ["none", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "1 2", "6 2 1 2 1 2"]

  /// A monospaced stack, so that the width of a text is known without measuring it.
  public static let font =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"

  /// The width of `text` at `size` pixels in `font`, a little generous: the widest stack member has 0.62 em.
  public static func width(of text: String, size: Double) -> Double {
    var columns = 0
    for character in text { columns += TextWidth.columns(of: character) }
    return Double(columns) * size * 0.62
  }
}
