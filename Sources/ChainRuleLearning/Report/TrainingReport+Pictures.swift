import ChainRule
import ChainRuleTraining

extension TrainingReport {
  /// What the units of a layer weigh their input with, a picture for each: paper is 0, one colour positive, another
  /// negative, as strong as the largest weight of all.
  public struct Filters: Sendable, Codable, Equatable {
    /// The path of the parameter.
    public var name: String
    /// How many pixels a row of a picture has.
    public var width: Int
    /// The weights of each unit, row after row.
    public var images: [[Double]]
    /// Pictures of `width` pixels in a row.
    public init(name: String, width: Int, images: [[Double]]) {
      (self.name, self.width, self.images) = (name, width, images)
    }
  }

  /// How often values lie where: equal bins between the smallest and the largest.
  public struct Histogram: Sendable, Codable, Equatable {
    /// What is counted: a layer, a parameter.
    public var name: String
    /// The smallest and the largest value.
    public var lower: Double, upper: Double
    /// How many values each bin holds.
    public var counts: [Int]
    /// The share of values that are exactly 0: units that do not answer.
    public var zeros: Double

    /// Counts `values` in `bins` equal bins, 1 to 10,000 of them; values that are not finite are left out.
    public init(_ name: String, _ values: [Double], bins: Int = 30) {
      let finite = values.filter(\.isFinite)
      let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
      var counts = [Int](repeating: 0, count: Swift.min(Swift.max(1, bins), 10_000))
      for value in finite {
        let place = high > low ? Int((value - low) / (high - low) * Double(counts.count)) : 0
        counts[Swift.min(place, counts.count - 1)] += 1
      }
      (self.name, lower, upper, self.counts) = (name, low, high, counts)
      zeros = finite.isEmpty ? 0 : Double(finite.count { $0 == 0 }) / Double(finite.count)
    }
  }

  /// The pictures of the weights and the histograms, a section each.
  var pictures: [Markup] {
    var sections: [Markup] = []
    for layer in filters {
      let largest = layer.images.flatMap { $0 }.map(\.magnitude).max() ?? 0
      let figures = layer.images.prefix(64).enumerated().map { unit, weights in
        Self.figure(of: weights, width: layer.width, largest: largest, words: "unit \(unit)")
      }
      let words = "Blue weighs for a unit, red against it; the strongest is \(NumberText.short(largest, digits: 3))."
      sections.append(
        Markup(
          "section", [:],
          [
            Markup("h2", text: "What \(layer.name) looks for"), Markup("p", ["class": "note"], text: words),
            Markup("div", ["class": "digits"], figures),
          ]))
    }
    if !histograms.isEmpty {
      let note = "Values of each layer on the rows that were not trained on; many zeros are units that do not answer."
      sections.append(
        Markup(
          "section", [:],
          [
            Markup("h2", text: "Activations by layer"), Markup("p", ["class": "note"], text: note),
            Markup("div", ["class": "digits wide"], histograms.map(Self.figure)),
          ]))
    }
    return sections
  }

  private static func figure(of weights: [Double], width: Int, largest: Double, words: String) -> Markup {
    let width = Swift.max(1, width), height = Swift.max(1, weights.count / width)
    var picture = Markup(
      "svg", ["viewBox": "0 0 \(width) \(height)", "role": "img", "aria-label": words, "shape-rendering": "crispEdges"])
    for (index, weight) in weights.enumerated() where index / width < height && largest > 0 && weight.isFinite {
      let strength = Swift.min(1, weight.magnitude / largest)
      guard strength > 0.004 else { continue }
      picture.append(
        Markup(
          "rect",
          [
            "class": weight > 0 ? "for" : "against", "x": "\(index % width)", "y": "\(index / width)", "width": "1",
            "height": "1", "opacity": NumberText.fixed(strength, places: 2),
          ]))
    }
    return Markup("figure", [:], [picture, Markup("figcaption", text: words)])
  }

  private static func figure(of histogram: Histogram) -> Markup {
    let most = Double(Swift.max(1, histogram.counts.max() ?? 1)), bins = histogram.counts.count
    let (low, high) = (NumberText.short(histogram.lower, digits: 3), NumberText.short(histogram.upper, digits: 3))
    let words = "\(histogram.name): \(low) to \(high), \(NumberText.fixed(100 * histogram.zeros, places: 0)) % zero"
    var picture = Markup(
      "svg", ["viewBox": "0 0 \(bins * 4) 48", "role": "img", "aria-label": words, "preserveAspectRatio": "none"])
    for (index, count) in histogram.counts.enumerated() where count > 0 {
      let height = Swift.max(0.5, 46 * Double(count) / most)
      picture.append(
        Markup(
          "rect",
          [
            "class": "bar", "x": "\(index * 4)", "y": NumberText.fixed(48 - height, places: 2), "width": "3.4",
            "height": NumberText.fixed(height, places: 2),
          ]))
    }
    return Markup("figure", [:], [picture, Markup("figcaption", text: words)])
  }

  static let pictureStyle = """

    .for{fill:var(--now)}.against{fill:var(--gradient)}.bar{fill:var(--now)}
    .wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,220px),1fr))}.wide svg{height:110px}
    """
}
