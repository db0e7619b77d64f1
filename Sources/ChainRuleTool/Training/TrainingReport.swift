import ChainRule
import ChainRuleLearning

/// A training run as one page: settings, curves and the confusion matrix.
struct TrainingReport {
  let plan: TrainingPlan
  let data: LabelledData
  let outcome: TrainingPlan.Outcome

  func html() -> String {
    let style = """
      body { font-family: \(Palette.font); max-width: 46em; margin: 2em auto; padding: 0 1em; }
      table { border-collapse: collapse; } td, th { padding: 0.2em 0.6em; text-align: right; }
      th { font-weight: 600; } td.right { background: #1a7f3733; } td.wrong { background: #cf222e33; }
      """
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]), Markup("title", [:], text: "ChainRule: \(data.name)"),
        Markup("style", [:], verbatim: style),
      ])
    let settings = plan.settings.map { name, value in
      Markup("tr", [:], [Markup("th", [:], text: name), Markup("td", [:], text: value)])
    }
    let body = Markup(
      "body", [:],
      [
        Markup("h1", [:], text: data.name),
        Markup(
          "p", [:],
          text:
            "Test accuracy \(outcome.confusion.accuracy) after \(outcome.history.count) epochs in \(outcome.seconds.fixed(1)) s."
        ),
        Markup("table", [:], settings),
        Markup("h2", [:], text: "Loss"),
        curves([("training", outcome.history.map(\.loss)), ("test", outcome.history.compactMap(\.validationLoss))]),
        Markup("h2", [:], text: "Accuracy"),
        curves([
          ("training", outcome.history.compactMap(\.accuracy)),
          ("test", outcome.history.compactMap(\.validationAccuracy)),
        ]),
        Markup("h2", [:], text: "Confusion matrix"),
        Markup("p", [:], text: "Rows are the labels, columns the predictions."), matrix(),
      ])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).text
  }

  /// Lines over the epochs, each named at its end.
  private func curves(_ series: [(name: String, values: [Double])]) -> Markup {
    let (width, height, left, right, bottom) = (640.0, 260.0, 60.0, 90.0, 30.0)
    let finite = series.flatMap(\.values).filter(\.isFinite)
    let (low, high) = (Swift.min(finite.min() ?? 0, 0), Swift.max(finite.max() ?? 1, 1e-9))
    let count = Swift.max(series.map(\.values.count).max() ?? 1, 2)
    func x(_ index: Int) -> Double { left + (width - left - right) * Double(index) / Double(count - 1) }
    func y(_ value: Double) -> Double { 10 + (height - bottom - 10) * (high - value) / (high - low) }
    var parts: [Markup] = []
    for tick in 0...4 {
      let value = low + (high - low) * Double(tick) / 4
      let place = y(value).fixed(1)
      parts.append(
        Markup(
          "line", ["x1": left.fixed(0), "x2": (width - right).fixed(0), "y1": place, "y2": place, "stroke": "#8884"]))
      parts.append(
        Markup(
          "text", ["x": (left - 8).fixed(0), "y": place, "text-anchor": "end", "font-size": "12", "dy": "4"],
          text: value.digits(3)))
    }
    for (index, line) in series.enumerated() where !line.values.isEmpty {
      let color = Palette.series[index % Palette.series.count]
      let points = line.values.enumerated().filter(\.element.isFinite).map { "\(x($0).fixed(1)),\(y($1).fixed(1))" }
      parts.append(
        Markup(
          "polyline", ["points": points.joined(separator: " "), "fill": "none", "stroke": color, "stroke-width": "2"]))
      let end = line.values[line.values.count - 1]
      let place = (end.isFinite ? y(end) : height / 2) + (index == 0 ? 8 : -4)
      parts.append(
        Markup(
          "text", ["x": (width - right + 6).fixed(0), "y": place.fixed(1), "fill": color, "font-size": "12"],
          text: "\(line.name) \(end.digits(3))"))
    }
    parts.append(
      Markup(
        "text",
        [
          "x": ((left + width - right) / 2).fixed(0), "y": (height - 8).fixed(0), "text-anchor": "middle",
          "font-size": "12",
        ], text: "epoch"))
    return Markup(
      "svg",
      [
        "viewBox": "0 0 \(width.fixed(0)) \(height.fixed(0))", "width": "100%", "role": "img",
        "font-family": Palette.font,
      ], parts)
  }

  private func matrix() -> Markup {
    let names = outcome.confusion.names
    let head = Markup("tr", [:], [Markup("th")] + names.map { Markup("th", [:], text: $0) })
    let rows = names.indices.map { row in
      Markup(
        "tr", [:],
        [Markup("th", [:], text: names[row])]
          + names.indices.map { column in
            let count = outcome.confusion.counts[row][column]
            return Markup(
              "td", ["class": count == 0 ? "" : row == column ? "right" : "wrong"], text: count == 0 ? "·" : "\(count)")
          })
    }
    return Markup("table", [:], [head] + rows)
  }
}
