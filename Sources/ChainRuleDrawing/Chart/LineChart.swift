/// Lines over a common horizontal axis, drawn as SVG: what learning curves and the health of gradients look like.
///
/// ```swift
/// LineChart(title: "Loss", horizontal: "epoch", series: [.init("training", [2.3, 0.4, 0.2])]).element.text
/// ```
///
/// A missing or infinite value leaves a gap. Lines differ by dashes as well as by colour.
public struct LineChart: Sendable, Codable, Equatable {
  /// One line of the chart.
  public struct Series: Sendable, Codable, Equatable {
    /// What the legend calls it.
    public var name: String
    /// One value for every position of the axis, from 1.
    public var values: [Double?]
    /// A line through these values.
    public init(_ name: String, _ values: [Double?]) {
      self.name = name
      self.values = values
    }
  }

  /// A stretch of the vertical axis that means something: gradients that vanish, or explode.
  public struct Region: Sendable, Codable, Equatable {
    /// What stands in it.
    public var name: String
    /// The values it covers.
    public var range: ClosedRange<Double>
    /// A named stretch of values.
    public init(_ name: String, _ range: ClosedRange<Double>) {
      self.name = name
      self.range = range
    }
  }

  /// What stands above the chart.
  public var title: String
  /// What the horizontal axis counts: `epoch`.
  public var horizontal: String
  /// The lines, in the order of their colours.
  public var series: [Series]
  /// Whether the vertical axis is logarithmic; values of zero and below are then gaps.
  public var isLogarithmic: Bool
  /// The stretches of the vertical axis that are shaded.
  public var regions: [Region]
  /// Bounds of the vertical axis that are kept whatever the values are.
  public var bounds: ClosedRange<Double>?
  /// What the positions of the horizontal axis are called; `1`, `2`, … where nothing is said.
  public var positions: [String] = []
  /// The width of the drawing in pixels, at its natural size.
  public var width = 620.0
  /// The height of the drawing in pixels, at its natural size, without the names of the lines.
  public var height = 280.0

  /// A chart of these lines.
  public init(
    title: String, horizontal: String, series: [Series], isLogarithmic: Bool = false, regions: [Region] = [],
    bounds: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.horizontal = horizontal
    self.series = series
    self.isLogarithmic = isLogarithmic
    self.regions = regions
    self.bounds = bounds
  }

  private var margin: (left: Double, right: Double, top: Double, bottom: Double) { (62, 16, 30, 42) }

  private func isDrawable(_ value: Double) -> Bool { value.isFinite && (!isLogarithmic || value > 0) }

  /// The chart as an `svg` element for a page, whose style sheet holds `Palette.variables` and `style`.
  public var element: Markup { LineChart.paint.applied(to: drawing) }

  /// The chart as a file of its own, with the names of its lines: for a slide, or a program that is no browser.
  public func svg() -> String {
    var svg = drawing
    let tall = height + 22
    svg["viewBox"] = "0 0 \(NumberText.fixed(width, places: 1)) \(NumberText.fixed(tall, places: 1))"
    svg["width"] = NumberText.fixed(width, places: 0)
    svg["height"] = NumberText.fixed(tall, places: 0)
    svg["xmlns"] = "http://www.w3.org/2000/svg"
    var names = Markup("text", ["class": "tick", "x": "62", "y": NumberText.fixed(height + 12, places: 1)])
    names["xml:space"] = "preserve"
    for (number, line) in series.enumerated() {
      if number > 0 { names.append(text: "   ") }
      let color = Palette.series[number % Palette.series.count]
      names.append(Markup("tspan", ["fill": color, "font-weight": "600"], text: "● \(line.name)"))
    }
    svg.append(names)
    svg.children.insert(.element(Markup("rect", ["class": "paper", "width": "100%", "height": "100%"])), at: 0)
    svg.children.insert(.element(Markup("style", verbatim: LineChart.paint.darkStyle("svg.chart"))), at: 0)
    return LineChart.paint.applied(to: svg).text + "\n"
  }

  private var drawing: Markup {
    let plot = Plot(self)
    var svg = Markup(
      "svg",
      [
        "class": "chart", "viewBox": "0 0 \(text(width)) \(text(height))", "role": "img", "aria-label": description,
        "font-family": Palette.font, "font-size": "11",
      ])
    svg.append(Markup("title", text: description))
    for region in regions { for part in shade(region, plot) { svg.append(part) } }
    for part in axes(plot) { svg.append(part) }
    svg.append(
      label(horizontal, x: (plot.left + plot.right) / 2, y: height - 6, anchor: "middle"))
    svg.append(Markup("text", ["class": "chart-title", "x": text(plot.left), "y": "18"], text: title))
    for (number, line) in series.enumerated() { for part in draw(line, number, plot) { svg.append(part) } }
    return svg
  }

  /// Where a value of a position stands on paper.
  private struct Plot {
    let scale: VerticalScale
    /// Positions on the horizontal axis.
    let count: Int
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    init(_ chart: LineChart) {
      scale = VerticalScale(
        values: chart.series.flatMap { $0.values.compactMap { $0 }.filter(chart.isDrawable) },
        isLogarithmic: chart.isLogarithmic, bounds: chart.bounds)
      count = Swift.max(2, chart.series.map(\.values.count).max() ?? 0)
      (left, right) = (chart.margin.left, chart.width - chart.margin.right)
      (top, bottom) = (chart.margin.top, chart.height - chart.margin.bottom)
    }

    func x(_ index: Int) -> Double { left + (right - left) * Double(index) / Double(count - 1) }
    func y(_ value: Double) -> Double { bottom - (bottom - top) * scale.place(of: value) }
  }

  private func text(_ x: Double) -> String { NumberText.fixed(x, places: 1) }

  private func label(_ words: String, x: Double, y: Double, anchor: String, style: String = "tick") -> Markup {
    Markup("text", ["class": style, "x": text(x), "y": text(y), "text-anchor": anchor], text: words)
  }

  private func shade(_ region: Region, _ plot: Plot) -> [Markup] {
    let top = Swift.max(plot.top, plot.y(Swift.min(region.range.upperBound, plot.scale.high)))
    let low = Swift.min(plot.bottom, plot.y(Swift.max(region.range.lowerBound, plot.scale.low)))
    guard low - top > 1 else { return [] }
    let rectangle = Markup(
      "rect",
      [
        "class": "region", "x": text(plot.left), "y": text(top), "width": text(plot.right - plot.left),
        "height": text(low - top),
      ])
    guard low - top > 12 else { return [rectangle] }
    return [rectangle, label(region.name, x: plot.right - 6, y: top + 13, anchor: "end", style: "region-name")]
  }

  private func axes(_ plot: Plot) -> [Markup] {
    let values = plot.scale.ticks.flatMap { tick in
      [
        Markup(
          "path", ["class": "grid", "d": "M\(text(plot.left)),\(text(plot.y(tick))) H\(text(plot.right))"]),
        label(NumberText.typographic(tick, digits: 3), x: plot.left - 6, y: plot.y(tick) + 4, anchor: "end"),
      ]
    }
    let longest = Double(positions.map(\.count).max() ?? 1)
    let room = Swift.max(2, Swift.min(10, (plot.right - plot.left) / (7 * longest + 12)))
    let step = Swift.max(1, Int((Double(plot.count) / room).rounded(.up)))
    return values
      + stride(from: 0, to: plot.count, by: step).map {
        label(position($0), x: plot.x($0), y: plot.bottom + 16, anchor: "middle")
      }
  }

  private func position(_ index: Int) -> String {
    positions.indices.contains(index) ? positions[index] : "\(index + 1)"
  }

  /// A line with its gaps, and a mark at each of its values where they are few.
  private func draw(_ line: Series, _ number: Int, _ plot: Plot) -> [Markup] {
    var path = "", isOpen = false
    var marks: [Markup] = []
    let color = Palette.series[number % Palette.series.count]
    for (index, value) in line.values.enumerated() {
      guard let value, isDrawable(value) else {
        isOpen = false
        continue
      }
      let x = text(plot.x(index)), y = text(plot.y(value))
      path += (isOpen ? " L" : " M") + "\(x),\(y)"
      isOpen = true
      let words = "\(line.name), \(horizontal) \(position(index)): \(NumberText.typographic(value))"
      marks.append(Markup("circle", ["cx": x, "cy": y, "r": "3", "fill": color], [Markup("title", text: words)]))
    }
    let curve = Markup(
      "path",
      [
        "class": "line", "d": path.isEmpty ? "M0,0" : String(path.dropFirst()), "stroke": color,
        "stroke-dasharray": Palette.dashes[number % Palette.dashes.count],
      ])
    return [curve] + (line.values.count <= 60 ? marks : [])
  }

  /// The names of the lines with a sample of each, as HTML.
  public var legend: Markup {
    Markup(
      "ul", ["class": "legend"],
      series.enumerated().map { number, line in
        let last = line.values.last { $0 != nil }.flatMap { $0 }
        var item = Markup(
          "li", [:],
          [
            Markup(
              "svg", ["width": "34", "height": "10", "aria-hidden": "true"],
              [
                Markup(
                  "path",
                  [
                    "d": "M1,5 H33", "stroke": Palette.series[number % Palette.series.count], "stroke-width": "2.5",
                    "stroke-dasharray": Palette.dashes[number % Palette.dashes.count],
                  ])
              ])
          ])
        item.append(text: " \(line.name)" + (last.map { ", last \(NumberText.typographic($0))" } ?? ""))
        return item
      })
  }

  private var description: String {
    func number(_ value: Double?) -> String { value.map { NumberText.typographic($0) } ?? "nothing" }
    let parts = series.map { line in
      let known = line.values.compactMap { $0 }
      return "\(line.name) from \(number(known.first)) to \(number(known.last))"
    }
    return "\(title) by \(horizontal): \(parts.joined(separator: "; "))"
  }

  private static let paint = Paint(rules: [
    .init(".paper", ["fill": .color(.paper)]),
    .init(".region", ["fill": .color(.shade)]),
    .init(".line", ["fill": "none", "stroke-width": "2"]),
    .init(".grid", ["fill": "none", "stroke": .color(.line)]),
    .init(".tick", ["fill": .color(.faint)]),
    .init(".region-name", ["fill": .color(.faint)]),
    .init(".chart-title", ["fill": .color(.ink), "font-size": .pixels(14), "font-weight": "600"]),
  ])

  /// The style sheet of charts in a page, which defines `Palette.variables` around them.
  public static let style = """
    svg.chart{width:100%;height:auto;max-width:760px}
    \(paint.style("svg.chart"))
    @media (max-width:560px){svg.chart .tick,svg.chart .region-name{font-size:16px}svg.chart .chart-title{font-size:20px}}
    ul.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;padding:0;margin:2px 0 12px;font:.85rem \(Palette.font)}
    """
}
