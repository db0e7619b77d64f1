import ChainRule
import ChainRuleTraining

extension TrainingReport {
  /// The report as one self-contained page: no network, no script, light and dark, printable.
  public func html() -> String {
    var main = Markup("main")
    if !results.isEmpty {
      main.append(
        Markup(
          "dl", ["class": "results"],
          results.map { fact in
            Markup("div", [:], [Markup("dd", text: fact.value), Markup("dt", text: fact.name)])
          }))
    }
    for note in notes { main.append(Markup("p", ["class": "note"], text: note)) }
    addCurves(to: &main)
    for section in pictures { main.append(section) }
    if let confusion { main.append(section("Confusion matrix", [table(of: confusion)])) }
    for section in modelSections { main.append(section) }
    if !mistakes.isEmpty {
      main.append(
        section(
          "Misclassified: \(mistakes.count)", [Markup("div", ["class": "digits"], mistakes.prefix(200).map(figure))]))
    }
    if !hyperparameters.isEmpty {
      let rows = hyperparameters.map {
        Markup("tr", [:], [Markup("th", ["scope": "row"], text: $0.name), Markup("td", text: $0.value)])
      }
      main.append(section("Hyperparameters", [Markup("table", [:], rows)]))
    }
    let head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        Markup("title", text: title), Markup("link", ["rel": "icon", "href": "data:,"]),
        Markup("style", verbatim: Palette.variables() + "\n" + LineChart.style + "\n" + Self.style + Self.pictureStyle),
      ])
    let body = Markup("body", [:], [Markup("header", [:], [Markup("h1", text: title)]), main])
    return "<!DOCTYPE html>\n" + Markup("html", ["lang": "en"], [head, body]).text + "\n"
  }

  private func section(_ title: String, _ content: [Markup]) -> Markup {
    Markup("section", [:], [Markup("h2", text: title)] + content)
  }

  private func addCurves(to main: inout Markup) {
    let loss = LineChart(title: "Loss", horizontal: "epoch", series: self.loss)
    let accuracy = LineChart(title: "Accuracy", horizontal: "epoch", series: self.accuracy, bounds: 0...1)
    var curves: [Markup] = []
    for chart in [loss, accuracy] where !chart.series.isEmpty {
      curves.append(Markup("div", [:], [chart.element, chart.legend]))
    }
    if !curves.isEmpty {
      main.append(
        section("Learning curves", [Markup("div", ["class": "pair"], curves), numbers(self.loss + self.accuracy)]))
    }
    if !classes.isEmpty {
      let chart = LineChart(title: "Found of each class", horizontal: "epoch", series: classes, bounds: 0...1)
      main.append(section("Classes", [chart.element, chart.legend, numbers(classes)]))
    }
    guard !gradientNorms.isEmpty else { return }
    let chart = LineChart(
      title: "Norm of each layer's gradient", horizontal: "epoch", series: gradientNorms, isLogarithmic: true,
      regions: [
        .init("vanishing", 1e-300...Swift.max(1e-300, healthyNorms.lowerBound)),
        .init("exploding", Swift.min(1e300, Swift.max(1e-300, healthyNorms.upperBound))...1e300),
      ], bounds: drawnNorms)
    var content = [chart.element, chart.legend]
    let findings = healthFindings
    let (low, high) = (NumberText.short(healthyNorms.lowerBound), NumberText.short(healthyNorms.upperBound))
    let words = findings.isEmpty ? ["Every layer's gradient stays between \(low) and \(high)."] : findings
    content += words.map { Markup("p", ["class": findings.isEmpty ? "note" : "finding"], text: $0) }
    main.append(section("Health of the gradients", content + [numbers(gradientNorms)]))
  }

  /// A decade around the healthy norms, as far as a logarithmic axis goes.
  private var drawnNorms: ClosedRange<Double> {
    func held(_ bound: Double) -> Double { Swift.min(1e300, Swift.max(1e-300, bound)) }
    return held(healthyNorms.lowerBound / 10)...held(healthyNorms.upperBound * 10)
  }

  /// The numbers behind a chart, for whoever cannot see it or wants to copy them.
  private func numbers(_ series: [LineChart.Series]) -> Markup {
    let count = series.map(\.values.count).max() ?? 0
    let head = Markup(
      "tr", [:],
      [Markup("th", ["scope": "col"], text: "epoch")] + series.map { Markup("th", ["scope": "col"], text: $0.name) })
    let rows = (0..<count).map { index in
      Markup(
        "tr", [:],
        [Markup("th", ["scope": "row"], text: "\(index + 1)")]
          + series.map { line in
            let value = index < line.values.count ? line.values[index] : nil
            return Markup("td", text: value.map { NumberText.typographic($0, digits: 5) } ?? "")
          })
    }
    return Markup(
      "details", [:],
      [
        Markup("summary", text: "the numbers"),
        Markup("div", ["class": "scroll"], [Markup("table", [:], [head] + rows)]),
      ])
  }

  private func table(of confusion: Confusion) -> Markup {
    let head = Markup(
      "tr", [:],
      [Markup("th", ["scope": "col"], text: "truth ↓ prediction →")]
        + confusion.labels.map { Markup("th", ["scope": "col"], text: $0) } + [
          Markup("th", ["scope": "col"], text: "found")
        ])
    let rows = confusion.counts.enumerated().map { truth, counts in
      let total = counts.reduce(0, +)
      let cells = counts.enumerated().map { prediction, count in
        let share = total > 0 ? Double(count) / Double(total) : 0
        let style = truth == prediction ? "right" : count > 0 ? "wrong" : "none"
        return Markup(
          "td",
          [
            "class": style,
            "style": "--share:\(NumberText.fixed(truth == prediction ? share : Swift.min(1, share * 4), places: 2))",
          ], text: "\(count)")
      }
      let found =
        total > 0 && counts.indices.contains(truth)
        ? NumberText.fixed(100 * Double(counts[truth]) / Double(total), places: 1) + " %" : ""
      let name = confusion.labels.indices.contains(truth) ? confusion.labels[truth] : "\(truth)"
      return Markup("tr", [:], [Markup("th", ["scope": "row"], text: name)] + cells + [Markup("td", text: found)])
    }
    return Markup("div", ["class": "scroll"], [Markup("table", ["class": "confusion"], [head] + rows)])
  }

  private func figure(of mistake: Mistake) -> Markup {
    let width = Swift.max(1, mistake.width), height = Swift.max(1, mistake.pixels.count / width)
    let words =
      "\(mistake.truth) taken for \(mistake.prediction)"
      + (mistake.confidence.map { ", \(NumberText.fixed(100 * $0, places: 0)) % sure" } ?? "")
    var picture = Markup(
      "svg", ["viewBox": "0 0 \(width) \(height)", "role": "img", "aria-label": words, "shape-rendering": "crispEdges"])
    picture.append(Markup("rect", ["class": "paper", "fill": "#ffffff", "width": "\(width)", "height": "\(height)"]))
    for (index, ink) in mistake.pixels.enumerated() where ink > 0.004 && index / width < height {
      picture.append(
        Markup(
          "rect",
          [
            "fill": "#111111", "x": "\(index % width)", "y": "\(index / width)", "width": "1", "height": "1",
            "opacity": NumberText.fixed(Swift.min(1, ink), places: 2),
          ]))
    }
    return Markup("figure", [:], [picture, Markup("figcaption", text: words)])
  }

  private static let style = """
    :root{color-scheme:light dark}*{box-sizing:border-box}
    body{margin:0 auto;max-width:1280px;padding:0 20px 40px;background:var(--paper);color:var(--ink);\
    font:16px/1.5 system-ui,sans-serif}
    h1{font-size:1.5rem;margin:20px 0 8px;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:28px 0 8px}
    .results{display:flex;flex-wrap:wrap;gap:12px;margin:0}\
    .results div{border:1px solid var(--line);border-radius:8px;padding:8px 16px;background:var(--panel)}
    .results dd{margin:0;font-size:1.5rem;font-weight:600}.results dt{color:var(--faint);font-size:.85rem}
    .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:20px}
    table{border-collapse:collapse;font:.85rem \(Palette.font)}th,td{padding:3px 12px 3px 0;text-align:right}
    th{color:var(--faint);font-weight:500}.scroll{overflow-x:auto}
    .confusion td,.confusion th{padding:5px 8px;border:1px solid var(--line);text-align:center}
    .confusion .right{background:color-mix(in srgb,var(--value) calc(var(--share)*45%),var(--paper))}
    .confusion .wrong{background:color-mix(in srgb,var(--gradient) calc(var(--share)*55% + 8%),var(--paper));\
    font-weight:600}
    .confusion .none{color:var(--faint)}
    .digits{display:grid;grid-template-columns:repeat(auto-fill,minmax(110px,1fr));gap:14px}
    figure{margin:0;font-size:.8rem}figure svg{width:100%;border:1px solid var(--line)}
    .note{color:var(--faint)}.finding{color:var(--warn);font-weight:600;margin:4px 0}
    details{margin:8px 0}summary{cursor:pointer;color:var(--faint)}
    @media print{details{display:none}section{break-inside:avoid}}
    """
}
