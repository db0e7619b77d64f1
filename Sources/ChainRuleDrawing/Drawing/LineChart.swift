/// Lines over a common horizontal axis, drawn as SVG: what learning curves and the health of gradients look like.
///
/// ```swift
/// LineChart(title: "Loss", horizontal: "epoch", series: [.init("training", [2.3, 0.4, 0.2])]).element.text
/// ```
///
/// A missing or infinite value leaves a gap. Lines differ by dashes as well as by colour.
public struct LineChart: Sendable {
  public struct Series: Sendable, Codable, Equatable {
    public var name: String
    /// One value for every position of the axis, from 1.
    public var values: [Double?]
    public init(_ name: String, _ values: [Double?]) {
      self.name = name
      self.values = values
    }
  }

  /// A stretch of the vertical axis that means something: gradients that vanish, or explode.
  public struct Region: Sendable {
    public var name: String
    public var range: ClosedRange<Double>
    public init(_ name: String, _ range: ClosedRange<Double>) {
      self.name = name
      self.range = range
    }
  }

  public var title: String
  public var horizontal: String
  public var series: [Series]
  public var isLogarithmic: Bool
  public var regions: [Region]
  /// Bounds of the vertical axis that are kept whatever the values are.
  public var bounds: ClosedRange<Double>?
  public var width = 620.0
  public var height = 280.0

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

  private let margin = (left: 62.0, right: 16.0, top: 30.0, bottom: 42.0)

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
    let scale = VerticalScale(
      values: series.flatMap { $0.values.compactMap { $0 }.filter(isDrawable) }, isLogarithmic: isLogarithmic,
      bounds: bounds)
    let count = Swift.max(2, series.map(\.values.count).max() ?? 0)
    let bottom = height - margin.bottom, right = width - margin.right
    func x(_ index: Int) -> Double { margin.left + (right - margin.left) * Double(index) / Double(count - 1) }
    func y(_ value: Double) -> Double { bottom - (bottom - margin.top) * scale.place(of: value) }
    func text(_ x: Double) -> String { NumberText.fixed(x, places: 1) }

    var svg = Markup(
      "svg",
      [
        "class": "chart", "viewBox": "0 0 \(text(width)) \(text(height))", "role": "img", "aria-label": description,
        "font-family": Palette.font, "font-size": "11",
      ])
    svg.append(Markup("title", text: description))
    for region in regions {
      let top = Swift.max(margin.top, y(Swift.min(region.range.upperBound, scale.high)))
      let low = Swift.min(bottom, y(Swift.max(region.range.lowerBound, scale.low)))
      guard low - top > 1 else { continue }
      svg.append(
        Markup(
          "rect",
          [
            "class": "region", "x": text(margin.left), "y": text(top), "width": text(right - margin.left),
            "height": text(low - top),
          ]))
      if low - top > 12 {
        svg.append(
          Markup(
            "text", ["class": "region-name", "x": text(right - 6), "y": text(top + 13), "text-anchor": "end"],
            text: region.name))
      }
    }
    for tick in scale.ticks {
      svg.append(Markup("path", ["class": "grid", "d": "M\(text(margin.left)),\(text(y(tick))) H\(text(right))"]))
      svg.append(
        Markup(
          "text", ["class": "tick", "x": text(margin.left - 6), "y": text(y(tick) + 4), "text-anchor": "end"],
          text: NumberText.typographic(tick, digits: 3)))
    }
    let step = Swift.max(1, Int((Double(count) / 10).rounded(.up)))
    for index in stride(from: 0, to: count, by: step) {
      svg.append(
        Markup(
          "text", ["class": "tick", "x": text(x(index)), "y": text(bottom + 16), "text-anchor": "middle"],
          text: "\(index + 1)"))
    }
    svg.append(
      Markup(
        "text",
        ["class": "tick", "x": text((margin.left + right) / 2), "y": text(height - 6), "text-anchor": "middle"],
        text: horizontal))
    svg.append(Markup("text", ["class": "chart-title", "x": text(margin.left), "y": "18"], text: title))
    for (number, line) in series.enumerated() {
      var path = "", isOpen = false
      for (index, value) in line.values.enumerated() {
        guard let value, isDrawable(value) else {
          isOpen = false
          continue
        }
        path += (isOpen ? " L" : " M") + "\(text(x(index))),\(text(y(value)))"
        isOpen = true
      }
      let color = Palette.series[number % Palette.series.count]
      svg.append(
        Markup(
          "path",
          [
            "class": "line", "d": path.isEmpty ? "M0,0" : String(path.dropFirst()), "stroke": color,
            "stroke-dasharray": Palette.dashes[number % Palette.dashes.count],
          ]))
      if line.values.count <= 60 {
        for (index, value) in line.values.enumerated() {
          guard let value, isDrawable(value) else { continue }
          svg.append(
            Markup(
              "circle", ["cx": text(x(index)), "cy": text(y(value)), "r": "3", "fill": color],
              [
                Markup("title", text: "\(line.name), \(horizontal) \(index + 1): \(NumberText.typographic(value))")
              ]))
        }
      }
    }
    return svg
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
    let parts = series.map { line in
      let known = line.values.compactMap { $0 }
      return
        "\(line.name) from \(known.first.map { NumberText.typographic($0) } ?? "nothing") to \(known.last.map { NumberText.typographic($0) } ?? "nothing")"
    }
    return "\(title) by \(horizontal): \(parts.joined(separator: "; "))"
  }

  private static let paint = Paint(rules: [
    .init(".paper", ["fill": "@paper"]),
    .init(".region", ["fill": "@shade"]),
    .init(".line", ["fill": "none", "stroke-width": "2"]),
    .init(".grid", ["fill": "none", "stroke": "@line"]),
    .init(".tick", ["fill": "@faint"]),
    .init(".region-name", ["fill": "@faint"]),
    .init(".chart-title", ["fill": "@ink", "font-size": "14", "font-weight": "600"]),
  ])

  public static let style = """
    svg.chart{width:100%;height:auto;max-width:760px}
    \(paint.style("svg.chart"))
    @media (max-width:560px){svg.chart .tick,svg.chart .region-name{font-size:16px}svg.chart .chart-title{font-size:20px}}
    ul.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;padding:0;margin:2px 0 12px;font:.85rem \(Palette.font)}
    """
}

/// Round numbers along a vertical axis, and where a value lies between the lowest and the highest.
struct VerticalScale {
  private(set) var low: Double
  private(set) var high: Double
  private(set) var ticks: [Double] = []
  let isLogarithmic: Bool

  init(values: [Double], isLogarithmic: Bool, bounds: ClosedRange<Double>? = nil) {
    self.isLogarithmic = isLogarithmic
    low = Swift.min(values.min() ?? 0, bounds?.lowerBound ?? .infinity)
    high = Swift.max(values.max() ?? 1, bounds?.upperBound ?? -.infinity)
    if isLogarithmic {
      var decade = 1.0
      if low <= 0 { low = 1e-3 }
      while decade > low, decade > 1e-300 { decade /= 10 }
      while decade * 10 <= low, decade < 1e300 { decade *= 10 }
      low = decade
      var all = [decade]
      while decade < high || all.count < 2, decade < 1e300 {
        decade *= 10
        all.append(decade)
      }
      high = decade
      let step = Swift.max(1, all.count / 7)
      ticks = stride(from: 0, to: all.count, by: step).map { all[$0] }
      return
    }
    if high <= low { (low, high) = (low - 0.5 * Swift.max(1, abs(low)), high + 0.5 * Swift.max(1, abs(high))) }
    var step = 1.0
    while step > (high - low) / 4 { step /= 10 }
    while step * 10 < (high - low) / 4 { step *= 10 }
    if step * 5 <= (high - low) / 3 { step *= 5 } else if step * 2 <= (high - low) / 3 { step *= 2 }
    low = (low / step).rounded(.down) * step
    high = (high / step).rounded(.up) * step
    let count = Int(((high - low) / step).rounded())
    // The ticks are multiples of the step, so that 0.3 is not written as 0.30000000000000004.
    ticks = (0...Swift.max(1, Swift.min(count, 20))).map { ((low / step).rounded() + Double($0)) * step }
  }

  func place(of value: Double) -> Double {
    guard isLogarithmic else { return (value - low) / (high - low) }
    return (VerticalScale.log10(value) - VerticalScale.log10(low))
      / (VerticalScale.log10(high) - VerticalScale.log10(low))
  }

  /// Decimal logarithm without Foundation, to the precision of a pixel: exponent and a series of the significand.
  static func log10(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 0 }
    let significand = value.significand, z = (significand - 1) / (significand + 1), z2 = z * z
    let natural = 2 * z * (1 + z2 * (1 / 3 + z2 * (1 / 5 + z2 * (1 / 7 + z2 / 9))))
    return (Double(value.exponent) * 0.6931471805599453 + natural) / 2.302585092994046
  }
}
