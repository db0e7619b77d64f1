import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleLearning
@testable import ChainRuleTraining

@Suite("Training report")
struct TrainingReportTests {
  private var sample: TrainingReport {
    var report = TrainingReport(title: "Digits & <friends>")
    report.results = [.init("test accuracy", "97.2 %"), .init("seconds", "3.1")]
    report.hyperparameters = [.init("optimizer", "Adam, learning rate 0.01"), .init("batch size", "32")]
    let epochs = (1...20).map(Double.init)
    report.loss = [
      .init("training", epochs.map { 2.3 / $0 }), .init("validation", epochs.map { 2.4 / $0 + 0.05 }),
    ]
    report.accuracy = [
      .init("training", epochs.map { 1 - 0.9 / ($0 * $0) }),
      .init("validation", epochs.map { $0 == 7 ? nil : 0.97 - 0.8 / ($0 * $0) }),
    ]
    report.gradientNorms = [
      .init("layer 1", epochs.map { 1e-3 / ($0 * $0 * $0) }), .init("layer 2", epochs.map { 0.1 / $0 }),
      .init("layer 3", epochs.map { 0.8 * $0 }),
    ]
    report.classes = ["0", "1"].map { .init("\($0)", epochs.map { 1 - 1 / $0 }) }
    let labels = (0..<10).map(String.init)
    report.confusion = .init(
      labels: labels,
      counts: (0..<10).map { truth in (0..<10).map { $0 == truth ? 34 : ($0 * 7 + truth) % 13 == 3 ? 1 : 0 } })
    report.mistakes = (0..<6).map { index in
      .init(
        width: 8, pixels: (0..<64).map { ($0 % 8 == 3 || $0 % 8 == 4) && $0 % (index + 2) != 0 ? 0.9 : 0 }, truth: "1",
        prediction: "\(index + 2)", confidence: 0.6)
    }
    return report
  }

  @Test("The page is self-contained, without script, and shows every part")
  func page() throws {
    let page = sample.html()
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    for part in [
      "Learning curves", "Found of each class", "Health of the gradients", "Confusion matrix", "Misclassified: 6",
      "Hyperparameters", "97.2 %",
    ] {
      #expect(page.contains(part))
    }
    #expect(page.contains("Digits &amp; &lt;friends&gt;"))
    #expect(page.components(separatedBy: "<figure>").count == 7)
    if let folder = Environment.samples {
      try Data(page.utf8).write(to: folder.appending(path: "training-report.html"))
    }
  }

  @Test("Vanishing, exploding and broken gradients are found and named")
  func health() {
    var report = sample
    #expect(report.healthFindings == ["layer 1: the gradient vanishes in epoch 5 (norm 8e-06)"])
    report.gradientNorms = [.init("deep", [1, 1e3]), .init("wide", [.nan]), .init("good", [1, nil, 2])]
    #expect(
      report.healthFindings == [
        "deep: the gradient explodes in epoch 2 (norm 1000)", "wide: the gradient is not finite from epoch 1 on",
      ])
  }

  @Test("Accuracy is the share on the diagonal")
  func accuracy() {
    #expect(TrainingReport.Confusion(labels: ["a", "b"], counts: [[3, 1], [0, 4]]).accuracy == 0.875)
    #expect(TrainingReport.Confusion(labels: [], counts: []).accuracy == nil)
  }

  @Test("The data survives JSON")
  func codable() throws {
    let decoded = try JSONDecoder().decode(TrainingReport.self, from: JSONEncoder().encode(sample))
    #expect(decoded == sample)
  }

  @Test("An empty report is a page too")
  func empty() { #expect(TrainingReport(title: "nothing").html().contains("<h1>nothing</h1>")) }

  @Test("Gaps, infinities and constant lines are drawn without a number that is none")
  func oddValues() {
    let chart = LineChart(
      title: "odd", horizontal: "epoch", series: [.init("a", [1, nil, .infinity, 1]), .init("b", [])])
    #expect(!chart.element.text.contains("nan") && !chart.element.text.contains("inf"))
    let logarithmic = LineChart(
      title: "odd", horizontal: "epoch", series: [.init("a", [0, -1, 1e-8])], isLogarithmic: true)
    #expect(!logarithmic.element.text.contains("nan"))
  }

  @Test(
    "Axes have a handful of round numbers that enclose the values",
    arguments: [
      (0.0, 1.0), (0.013, 0.029), (-5, 1200), (3, 3), (1e-9, 2e-9),
    ])
  func ticks(low: Double, high: Double) {
    let scale = VerticalScale(values: [low, high], isLogarithmic: false)
    #expect(scale.low <= low && scale.high >= high)
    #expect((3...12).contains(scale.ticks.count), "\(scale.ticks)")
    #expect(scale.place(of: scale.high) == 1 && scale.place(of: scale.low) == 0)
  }

  @Test("Decades on a logarithmic axis", arguments: [1e-6, 0.5, 3, 1e4])
  func decades(value: Double) { #expect(abs(VerticalScale.log10(value) - Foundation.log10(value)) < 1e-4) }

  @Test("A chart is also a file of its own, in colours that any program understands")
  func standalone() throws {
    let svg = LineChart(
      title: "Loss", horizontal: "epoch", series: [.init("training", [2, 1, nil, 0.5]), .init("a & b", [])]
    ).svg()
    #expect(!svg.contains("var(") && svg.contains("fill=\"#1f2328\"") && svg.contains("prefers-color-scheme:dark"))
    #expect(svg.contains("training") && svg.contains("a &amp; b"))
    if let folder = Environment.samples {
      try Data(svg.utf8).write(to: folder.appending(path: "chart.svg"))
    }
  }
}

@Suite struct Trust {
  /// Two decisions of 0.95 of which one is right, one of 0.65 that is right: |0.95 − 0.5| · 2/3 + |0.65 − 1| · 1/3.
  @Test func calibrationComparesSureWithRight() throws {
    let bins = TrainingReport.calibration([(0.95, true), (0.95, false), (0.65, true), (.nan, true), (1.5, true)])
    #expect(bins.map(\.count) == [1, 2])
    #expect(bins.map(\.share) == [1, 0.5])
    #expect(abs(bins[1].lower - 0.9) < 1e-12 && bins[1].upper == 1)
    let error = try #require(TrainingReport.calibrationError(bins)), expected = (0.45 * 2 + 0.35) / 3
    #expect(abs(error - expected) < 1e-12)
    #expect(TrainingReport.calibrationError([]) == nil)
    #expect(TrainingReport.calibration([(1, true)], bins: 0).map(\.count) == [1])
  }

  @Test func anyNumbersCanBeDrawn() {
    var report = TrainingReport(title: "t")
    report.importances = [.init("a", mean: -1, deviation: .nan), .init("b <c>", mean: .infinity, deviation: 0)]
    report.residuals = [.init(prediction: .nan, residual: 1), .init(prediction: 3, residual: 0)]
    let html = report.html()
    #expect(html.contains("b &lt;c&gt;") && !html.contains("\"nan\"") && !html.contains("\"inf\""))
  }
}
