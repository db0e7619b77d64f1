import ChainRuleLearning
import Testing

@Suite struct ReportPictureTests {
  @Test func aHistogramCountsEveryFiniteValue() {
    let histogram = TrainingReport.Histogram("h", [0, 0, 1, 2, 4, .nan, .infinity], bins: 4)
    #expect(histogram.counts == [2, 1, 1, 1])
    #expect(histogram.lower == 0 && histogram.upper == 4)
    #expect(abs(histogram.zeros - 0.4) < 1e-15)
    #expect(TrainingReport.Histogram("empty", []).counts.allSatisfy { $0 == 0 })
    #expect(TrainingReport.Histogram("one", [3, 3]).counts[0] == 2)
  }

  @Test func weightsAndActivationsAreDrawn() {
    var report = TrainingReport(title: "t")
    report.filters = [.init(name: "0.weight", width: 2, images: [[1, -0.5, 0, 0.25], [0, 0, 0, 0]])]
    report.histograms = [.init("0 Dense", [0, 1, 2])]
    let page = report.html()
    #expect(page.contains("What 0.weight looks for"))
    #expect(page.components(separatedBy: "class=\"for\"").count == 3)
    #expect(page.components(separatedBy: "class=\"against\"").count == 2)
    #expect(page.contains("0 Dense: 0 to 2, 33 % zero"))
    #expect(!TrainingReport(title: "none").html().contains("looks for"))
  }
}
