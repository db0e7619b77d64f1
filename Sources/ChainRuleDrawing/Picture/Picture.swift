/// A drawing of an explanation as rectangles, lines and labels with their places: what SVG writes, and what a test
/// can measure.
///
/// This folder is where data and drawing meet: it reads an ``Explanation`` (`Data`), sizes what it draws, lets `Layout`
/// place it and writes it with `Drawing`, neither of which knows what an explanation is. `Page` and `Render` only write
/// what stands here and in `Data`.
struct Picture: Sendable {
  struct Rect: Sendable, Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
    var right: Double { x + width }
    var bottom: Double { y + height }
  }

  struct Box: Sendable {
    var rect: Rect
    var item: FoldedGraph.Item
    /// The large sign and the small name below it.
    var glyph: String
    var name: String
    var style: Style
    var title: String
    /// Where wires reach it, by input position, and where its output leaves.
    var ports: [LayeredLayout.Point]
    var out: LayeredLayout.Point

    /// What a box stands for; the class of its element.
    enum Style: String, Sendable { case leaf, constant, node, module, entry, exit }
  }

  struct Run: Sendable, Equatable {
    var text: String
    /// Which number this is; nil for words.
    var key: ExplainedQuantity?
  }

  enum Role: String, Sendable { case value, gradient, local, product, sum, tag }

  struct Label: Sendable {
    var role: Role
    var node: Int?
    var edge: Int?
    var runs: [Run]
    var anchor: Anchor
    var x: Double
    /// The baseline.
    var y: Double
    var size: Double
    enum Anchor: String, Sendable { case start, end, middle }

    var text: String { runs.map(\.text).joined() }

    var rect: Rect {
      let width = Palette.width(of: text, size: size)
      let left =
        switch anchor {
        case .start: x
        case .end: x - width
        case .middle: x - width / 2
        }
      return Rect(x: left, y: y - size * 0.8, width: width, height: size)
    }
  }

  struct Wire: Sendable {
    var edges: [Int]
    var carriesGradient: Bool
    /// From the source's box to the port: level between columns' edges, bent between columns. Several pieces where
    /// the drawing goes on on another line.
    var pieces: [[LayeredLayout.Point]]
  }

  struct Fork: Sendable {
    var node: Int
    var center: LayeredLayout.Point
  }

  var boxes: [Box] = []
  var labels: [Label] = []
  var wires: [Wire] = []
  var forks: [Fork] = []
  var width = 0.0
  var height = 0.0
  /// Paths of the modules drawn as one box.
  var modules: [[String]] = []
}
