import ChainRule
import ChainRuleTraining

extension TrainingReport {
  /// How much worse the model becomes without what one column says.
  public struct Importance: Sendable, Codable, Equatable {
    /// The name of the column.
    public var column: String
    /// How much the score falls, mean and standard deviation over several shufflings.
    public var mean: Double, deviation: Double
    /// An importance as numbers.
    public init(_ column: String, mean: Double, deviation: Double) {
      (self.column, self.mean, self.deviation) = (column, mean, deviation)
    }
  }

  /// The decisions of which the model was about as sure.
  public struct CalibrationBin: Sendable, Codable, Equatable {
    /// The probabilities that fall into it.
    public var lower: Double, upper: Double
    /// How many decisions there are.
    public var count: Int
    /// The mean of their probabilities, and the share that is right.
    public var confidence: Double, share: Double
  }

  /// What the model says of one row, and the truth less that.
  public struct Residual: Sendable, Codable, Equatable {
    /// What the model says.
    public var prediction: Double
    /// The truth less what the model says.
    public var residual: Double
    /// A residual as numbers.
    public init(prediction: Double, residual: Double) { (self.prediction, self.residual) = (prediction, residual) }
  }

  /// Decisions sorted into equal bins by how sure the model was of them; bins without one are left out.
  public static func calibration(_ decisions: [(probability: Double, isRight: Bool)], bins: Int = 10)
    -> [CalibrationBin]
  {
    let bins = Swift.max(bins, 1)
    var sums = [(count: Int, confidence: Double, right: Int)](repeating: (0, 0, 0), count: bins)
    for (probability, isRight) in decisions where (0...1).contains(probability) {
      let place = Swift.min(bins - 1, Int(probability * Double(bins)))
      sums[place].count += 1
      sums[place].confidence += probability
      if isRight { sums[place].right += 1 }
    }
    return sums.enumerated().filter { $1.count > 0 }.map { place, sum in
      CalibrationBin(
        lower: Double(place) / Double(bins), upper: Double(place + 1) / Double(bins), count: sum.count,
        confidence: sum.confidence / Double(sum.count), share: Double(sum.right) / Double(sum.count))
    }
  }

  /// The mean of |sure − right| over all decisions: 0 for a model that is right as often as it says. Nil without any.
  public static func calibrationError(_ bins: [CalibrationBin]) -> Double? {
    let count = bins.reduce(0) { $0 + $1.count }
    guard count > 0 else { return nil }
    return bins.reduce(0) { $0 + Double($1.count) * ($1.confidence - $1.share).magnitude } / Double(count)
  }

  /// What the model owes to its columns, how it depends on them, and how far it can be trusted: a section each.
  var modelSections: [Markup] {
    var sections: [Markup] = []
    func add(_ title: String, _ note: String, _ content: Markup) {
      sections.append(
        Markup(
          "section", [:], [Markup("h2", text: title), Markup("p", ["class": "note"], text: note), content]))
    }
    if !importances.isEmpty {
      add(
        "Importance of the columns", "How much worse the score becomes when a column is shuffled among the rows.",
        importanceTable)
    }
    if !dependences.isEmpty {
      let charts = dependences.map { Markup("div", [:], [$0.element, $0.legend]) }
      add(
        "Dependence on each column", "What the model says on average when all rows have the same value there.",
        Markup("div", ["class": "pair"], charts))
    }
    if !calibration.isEmpty {
      let error = Self.calibrationError(calibration).map { NumberText.fixed(100 * $0, places: 1) } ?? ""
      add(
        "Calibration", "How often the model is right where it says so; \(error) points off on average.",
        calibrationTable)
    }
    if !residuals.isEmpty {
      add(
        "Residuals", "The truth less the prediction, over the prediction; what is left should look like noise.", scatter
      )
    }
    return sections
  }

  private func row(_ head: String, _ cells: [String]) -> Markup {
    Markup("tr", [:], [Markup("th", ["scope": "row"], text: head)] + cells.map { Markup("td", text: $0) })
  }

  private func table(_ names: [String], _ rows: [Markup]) -> Markup {
    let head = Markup("tr", [:], names.map { Markup("th", ["scope": "col"], text: $0) })
    return Markup("div", ["class": "scroll"], [Markup("table", [:], [head] + rows)])
  }

  private var importanceTable: Markup {
    let most = Swift.max(importances.map(\.mean).max() ?? 0, 1e-300)
    let rows = importances.sorted { $0.mean > $1.mean }.map { importance in
      var row = row(
        importance.column,
        ["\(NumberText.typographic(importance.mean, digits: 3)) ± \(NumberText.short(importance.deviation, digits: 2))"]
      )
      let width = NumberText.fixed(Swift.max(0, 160 * importance.mean / most), places: 1)
      row.append(
        Markup(
          "td", [:],
          [
            Markup(
              "svg", ["width": "160", "height": "12", "aria-hidden": "true"],
              [Markup("rect", ["class": "bar", "width": width, "height": "12"])])
          ]))
      return row
    }
    return table(["column", "worse by", ""], rows)
  }

  private var calibrationTable: Markup {
    let percent = { (share: Double) in NumberText.fixed(100 * share, places: 1) + " %" }
    return table(
      ["sure", "decisions", "mean", "right"],
      calibration.map { bin in
        row(
          "\(NumberText.fixed(100 * bin.lower, places: 0))–\(NumberText.fixed(100 * bin.upper, places: 0)) %",
          ["\(bin.count)", percent(bin.confidence), percent(bin.share)])
      })
  }

  /// The residuals as points over the predictions.
  private var scatter: Markup {
    let points = residuals.prefix(2000).filter { $0.prediction.isFinite && $0.residual.isFinite }
    let low = points.map(\.prediction).min() ?? 0, high = points.map(\.prediction).max() ?? 0
    let most = points.map(\.residual.magnitude).max() ?? 0
    func x(_ value: Double) -> Double { high > low ? 60 + 520 * ((value - low) / (high - low)) : 320 }
    func y(_ value: Double) -> Double { most > 0 ? 120 - 100 * (value / most) : 120 }
    func text(_ value: Double) -> String { NumberText.fixed(value, places: 1) }
    func label(_ words: String, _ x: Double, _ y: Double, _ anchor: String) -> Markup {
      Markup("text", ["class": "tick", "x": text(x), "y": text(y), "text-anchor": anchor], text: words)
    }
    let limits = (NumberText.typographic(low, digits: 3), NumberText.typographic(high, digits: 3))
    let words =
      "Residuals of \(points.count) rows over predictions from \(limits.0) to \(limits.1), at most "
      + NumberText.typographic(most, digits: 3)
    var picture = Markup(
      "svg", ["class": "chart", "viewBox": "0 0 600 260", "role": "img", "aria-label": words, "font-size": "11"])
    picture.append(Markup("path", ["d": "M60,120 H580", "stroke": "currentColor", "opacity": "0.4"]))
    for (value, place) in [(most, 24.0), (0, 124), (-most, 224)] {
      picture.append(label(NumberText.typographic(value, digits: 3), 54, place, "end"))
    }
    picture.append(label(limits.0, 60, 250, "start"))
    picture.append(label(limits.1, 580, 250, "end"))
    picture.append(label("prediction", 320, 250, "middle"))
    for point in points {
      picture.append(
        Markup(
          "circle",
          [
            "class": "bar", "cx": text(x(point.prediction)), "cy": text(y(point.residual)), "r": "2.5",
            "opacity": "0.6",
          ]))
    }
    return picture
  }
}
