import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// Calls that nobody should make, each of which ended the process once: an error that names the mistake, or a result.
@Suite struct Misuses {
  private let rows: Dataset
  private let images: Dataset
  private let table: CSVTable

  init() throws {
    rows = try Dataset([[0, 0], [0, 1], [1, 0], [1, 1]], labels: [0, 1, 1, 0])
    images = try Dataset(inputs: Tensor(shape: [2, 1, 4, 4], repeating: 1), targets: Tensor(indices: [0, 1]))
    table = try CSVTable("a,b\n1,x\n2,y\n", file: "f")
  }

  private func training() throws -> Training<Sequential> {
    try Training(Sequential(Dense(2, 2)), loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1))
  }

  // MARK: Training

  @Test(arguments: [0, -1, .min]) func aBatchHasExamples(size: Int) throws {
    let training = try training()
    #expect(throws: ChainRuleError.self) { try training.evaluate(on: rows, batchSize: size) }
    #expect(throws: ChainRuleError.self) { try training.predictions(for: rows, batchSize: size) }
    #expect(throws: ChainRuleError.self) { try training.run(on: rows, epochs: 1, batchSize: size) }
  }

  @Test func aBatchMayBeLargerThanTheData() throws {
    let training = try training()
    #expect(try training.run(on: rows, epochs: 1, batchSize: .max).count == 1)
    #expect(try training.evaluate(on: rows, batchSize: .max).loss.isFinite)
    #expect(try training.predictions(for: rows, batchSize: .max).shape == [4, 2])
  }

  @Test func epochsWithoutEndAreEndedByACallback() throws {
    let training = try training()
    try training.run(on: rows, epochs: 1)
    let history = try training.run(
      on: rows, epochs: .max, progress: .lines { _ in }, callbacks: [AfterEpoch { $0.stop(because: "enough") }])
    #expect(history.count == 2)
  }

  @Test(arguments: [-1, .min, .max]) func aCheckpointHasCountersOfARun(count: Int) throws {
    let training = try training()
    var checkpoint = training.checkpoint()
    checkpoint.stepsInEpoch = count
    #expect(throws: ChainRuleError.self) { try training.resume(from: checkpoint) }
    checkpoint = training.checkpoint()
    checkpoint.completedEpochs = count
    #expect(throws: ChainRuleError.self) { try training.resume(from: checkpoint) }
    checkpoint = training.checkpoint()
    checkpoint.completedSteps = count
    #expect(throws: ChainRuleError.self) { try training.resume(from: checkpoint) }
    #expect(try training.run(on: rows, epochs: 1).count == 1)
  }

  @Test(arguments: [Int.min, -1, 0, 1, .max]) func schedulesTakeAnyDurationAndTime(number: Int) {
    let schedules: [any Schedule] = [
      OneCycle(peak: 1, over: number), CosineAnnealing(over: number), WarmRestarts(every: number, growingBy: number),
      StepDecay(every: number), MultiStepDecay(at: [number]), LinearChange(from: 0, over: number),
      PolynomialDecay(over: number), Warmup(over: number, then: StepDecay(every: 2)), ExponentialDecay(factor: 0.5),
    ]
    for schedule in schedules {
      for time in [0, 1, 1 << 40, Int.max] {
        #expect(!schedule.rate(1, at: ScheduleMoment(time: time)).isNaN, "\(schedule) at \(time)")
      }
    }
  }

  // MARK: Layers

  @Test(arguments: [0, 1, 3]) func aRecurrentStateHasItsVectors(count: Int) throws {
    let x = Graph().input("x", Tensor(shape: [1, 2, 3], repeating: 1))
    let state = [Node](repeating: x[0..., 0], count: count)
    let lstm = LSTM(3, 2)
    #expect(lstm.run(x, from: [state]).outputs.error != nil)
    #expect(lstm.layers[0](x[0..., 0], state).allSatisfy { $0.error != nil })
    #expect(lstm.layers[0](x[0..., 0], state).count == 2)
    #expect(GRU(3, 2).layers[0](x[0..., 0], []).map { $0.error != nil } == [true])
    #expect(RNN(3, 2).layers[0](x[0..., 0], []).map { $0.error != nil } == [true])
  }

  @Test(arguments: [Int.min, -1, 0, .max]) func layersHaveSizesThatFit(size: Int) throws {
    let graph = Graph()
    let x = graph.input("x", Tensor(shape: [1, 3, 4, 4], repeating: 1))
    #expect(Conv2D(3, 2, kernel: [size])(x).error != nil)
    #expect(Conv2D(3, size, kernel: [size, size])(x).error != nil)
    #expect(Conv2D(3, 2, kernel: [2], groups: size)(x).error != nil)
    #expect(TransposedConv2D(3, size, kernel: [size])(x).error != nil)
    #expect(Conv1D(3, 2, kernel: size)(x[0..., 0]).error != nil)
    #expect(Dense(4, size)(x).error != nil)
    #expect(LSTM(4, size)(x[0..., 0]).error != nil)
    #expect(LSTM(4, 2, layers: size)(x[0..., 0]).error != nil)
    #expect(Embedding(size, 2)(graph.constant(Tensor(indices: [0]))).error != nil)
    #expect(MultiHeadAttention(4, heads: size)(x[0..., 0]).error != nil)
    #expect(GroupNorm(groups: size, channels: 3)(x).error != nil)
  }

  @Test(arguments: [(1 << 31) - 1, 1 << 30, 1 << 20]) func windowsMayStepFar(step: Int) throws {
    let graph = Graph()
    let x = graph.input("x", Tensor(shape: [1, 1, 4, 4], (0..<16).map { Double($0) }))
    let w = graph.constant(Tensor(shape: [1, 1, 2, 2], repeating: 1))
    // One window fits: 0 + 1 + 4 + 5.
    let y = convolution2d(x, weight: w, stride: [step])
    #expect(try y.value().scalars == [10])
    #expect(try y.sum().gradients(withRespectTo: [x])[0].sum().scalar() == 4)
    #expect(try graph.compile(inputs: [x], outputs: [y]).run([x.value()])[0].scalars == [10])
    #expect(throws: ChainRuleError.self) { try convolution2d(x, weight: w, dilation: [step]).value() }
    #expect(throws: ChainRuleError.self) {
      try convolution2d(x, weight: w, stride: [step], padding: [(1 << 31) - 1]).value()
    }
    #expect(throws: ChainRuleError.self) {
      try transposedConvolution2d(x, weight: w, stride: [step], padding: [0], dilation: [step]).value()
    }
    #expect(throws: ChainRuleError.self) { try maxPool2d(x, window: [step]).value() }
    #expect(try avgPool2d(x, window: [2], stride: [step]).value().scalars == [2.5])
    #expect(try maxPool2d(x, window: [2], stride: [step]).value().scalars == [5])
  }

  @Test func aLongerStrideChangesNoNumber() throws {
    let graph = Graph()
    let x = graph.input("x", Tensor(shape: [2, 1, 5, 7], (0..<70).map { Double($0 * $0 % 11) }))
    let w = graph.input("w", Tensor(shape: [3, 1, 2, 3], (0..<18).map { Double($0 % 5) - 2 }))
    // 4 and 5 leave one position along both axes; so do 1 and 1 on the image cut to the window.
    let far = convolution2d(x, weight: w, stride: [4, 5]), near = convolution2d(x[0..., 0..., 0..<2, 0..<3], weight: w)
    #expect(try far.value() == near.value())
    let gradients = try [far, near].map {
      try square($0).sum().gradients(withRespectTo: [x, w]).map { try $0.value() }
    }
    #expect(gradients[0] == gradients[1])
  }

  @Test func whatDoesNotFitMemoryIsRefused() {
    let graph = Graph()
    #expect(throws: ChainRuleError.self) { try graph.randomNormal(shape: [1 << 44], seed: 1).value() }
    #expect(throws: ChainRuleError.self) { try graph.randomUniform(shape: [.max], seed: 1).value() }
    #expect(throws: ChainRuleError.self) { try graph.constant(1).broadcast(to: [1 << 44]).value() }
    #expect(graph.input("i", Tensor(shape: [1 << 31, 1 << 31], repeating: 0)).error != nil)
  }

  // MARK: Data

  @Test(
    arguments: [
      .shift(.nan), .shift(.infinity), .rotate(degrees: .nan), .scale(-.infinity), .noise(deviation: .nan),
      .cutout(size: -1), .cutout(size: .max), .randomCrop(padding: .max), .randomCrop(padding: -1),
    ] as [Augmentation]) func aChangeOfImagesHasANumberThatMeansSomething(change: Augmentation) throws
  {
    #expect(throws: ChainRuleError.self) { try Augmented(images, [change]).examples(at: [0], epoch: 0) }
  }

  @Test func augmentedImagesAreOfAnEpoch() throws {
    #expect(throws: ChainRuleError.self) { try Augmented(images, [.flip]).examples(at: [0], epoch: -1) }
    #expect(throws: ChainRuleError.self) { try Augmented(images, [.flip]).examples(at: [-1], epoch: 0) }
    #expect(
      try Augmented(images, [.flip, .shift(1e6), .rotate(degrees: 1e300)]).examples(at: [0], epoch: .max).count == 1)
  }

  @Test(arguments: [Int.min, -1, 0, 1, .max]) func aNumberOfClassesFits(count: Int) throws {
    #expect(throws: ChainRuleError.self) { try rows.oneHot(classes: count) }
    #expect(throws: ChainRuleError.self) { try ConfusionMatrix(predicted: [3], expected: [0], count: count) }
  }

  @Test func aClassThatThereIsNotHasNoRate() throws {
    let matrix = try ConfusionMatrix(predicted: [0], expected: [0], count: 1)
    for c in [-1, 1, .max, .min] {
      #expect(matrix.recall(of: c).isNaN && matrix.precision(of: c).isNaN && matrix.f1(of: c).isNaN)
    }
    #expect(throws: ChainRuleError.self) { try ConfusionMatrix(predicted: [0, 0], expected: [0], count: 1) }
  }

  @Test(arguments: [Int.min, -1, 2, .max]) func aTableHasItsColumnsAndRows(place: Int) throws {
    #expect(throws: FileError.self) { try table.numbers(in: [place]) }
    #expect(throws: FileError.self) { try table.classes(in: place) }
    #expect(throws: FileError.self) { try table.classes(in: 1, known: ["x", "x"]) }
    #expect(throws: FileError.self) { try table.classes(in: 1, limit: Swift.min(place, 1)) }
    #expect(table.line(of: place) == 0)
    #expect(table.line(of: 1) == 3)
  }

  // MARK: Files

  @Test func aPixelIsANumber() {
    #expect(throws: FileError.self) {
      try PortableImage.write(Tensor(shape: [1, 1, 1], [.nan]), to: "nan.pgm")
    }
    #expect(throws: ChainRuleError.self) {
      try PortableImage.write(Tensor(shape: [1, 1, 2], [1]), to: "short.pgm")
    }
  }

  @Test(arguments: [65, 30_000, 100_000]) func anArrayFileHoldsAsManyAxesAsNumPy(rank: Int) {
    #expect(throws: FileError.self) {
      try Npy.encode(Tensor(shape: Shape([Int](repeating: 1, count: rank)), [1]))
    }
  }

  @Test(arguments: [[Int.max, 0], [-1], [0, 2], [.min]]) func aRowFileHasItsRows(positions: [Int]) throws {
    try Tool.inNewFolder { folder in
      let path = folder.appending(path: "r.npy").path
      try Npy.write([[1, 2], [3, 4]], to: path)
      #expect(throws: FileError.self) { try RowFile(npy: path, targets: path).examples(at: positions) }
      #expect(try RowFile(npy: path, targets: path).examples(at: [1, 0]).inputs == [[3, 4], [1, 2]])
    }
  }

  // MARK: Pictures and texts

  @Test(
    arguments: [0...0, -1...0, -.infinity ... .infinity, 1e308...1e308, 0...Double.leastNonzeroMagnitude]
      as [ClosedRange<Double>])
  func anyNormsMayBeHealthy(norms: ClosedRange<Double>) {
    var report = TrainingReport(title: "t")
    report.healthyNorms = norms
    report.gradientNorms = [.init("w", [1, 2, nil, .infinity, .nan, 0, -1])]
    #expect(report.html().hasPrefix("<!DOCTYPE html>"))
  }

  @Test(
    arguments: [
      [1e308, -1e308], [.infinity, -.infinity], [.nan], [], [.leastNonzeroMagnitude, 0], [1e17, 1e17 + 16],
      [-1e308, -1e308], [1.7e308, 1.7e308], [Double.leastNormalMagnitude / 8, 1],
    ] as [[Double]]) func anyValuesCanBeDrawn(values: [Double])
  {
    for isLogarithmic in [false, true] {
      let chart = LineChart(
        title: "a", horizontal: "b", series: [.init("x", values)], isLogarithmic: isLogarithmic)
      let numbers = chart.svg().components(separatedBy: " y=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
      #expect(numbers.allSatisfy { Double($0).map { (-1000...1000).contains($0) } ?? ($0 == "100%") })
    }
  }

  @Test(arguments: [-1, 1, 9, .max, .min]) func whatThereIsNotIsEmpty(place: Int) throws {
    let x = Graph().input("x", 1)
    #expect(try Expression("x").text(of: place).isEmpty)
    #expect(try (x * x).explain().contributions(to: place == 1 ? 7 : place).isEmpty)
    #expect(try checkGradients(of: x * x, withRespectTo: [x]).text(limit: place).hasPrefix("agree"))
  }

  // MARK: What the sweep over all public functions found (.ci/misuse)

  @Test(arguments: [-1..<2, 0..<4, 0 ..< .max, .min ..< .max]) func rowsThatThereAreNotAreAMistake(range: Range<Int>) {
    #expect(Tensor([1, 2, 3]).rows(range).error != nil)
    #expect(Tensor(shape: [0], []).rows(range).error != nil)
    #expect(Tensor(1).rows(range).error != nil)
  }

  @Test func aTableWithoutATargetIsRefused() {
    #expect(throws: FileError.self) { try TableEncoder.fit(table, target: []) }
    #expect(throws: FileError.self) { try TableReading(table, target: []) }
  }

  @Test(arguments: [Int.min, -1, 0, 1, 10_001, .max]) func aHistogramHasBinsThatCanBeDrawn(bins: Int) {
    let histogram = TrainingReport.Histogram("w", [1, 2, .nan], bins: bins)
    #expect((1...10_000).contains(histogram.counts.count) && histogram.counts.reduce(0, +) == 2)
  }

  @Test(arguments: [Int.min, 0, 1, .max]) func aTextHasAnyWidth(width: Int) throws {
    let x = Graph().input("x", 3)
    #expect(try (x * x).explain().text(width: width).contains("9"))
  }

  @Test(arguments: [-1, Int.min, 0]) func anAxisWithoutElementsHasNoIndex(length: Int) {
    for index in [Int.min, -1, 0, 1, .max] {
      #expect(throws: ChainRuleError.self) { try index.resolved(length: length) }
    }
  }

  @Test func aProfileEnds() throws {
    let graph = Graph(), x = graph.input("x", 1), program = try graph.compile(inputs: [x], outputs: [x * x])
    #expect(throws: ChainRuleError.self) { try program.profile([1], repeats: .max) }
  }

  @Test func programsThatDoNotFitMemoryAreRefused() throws {
    let graph = Graph(), x = graph.input("x", 1)
    let wide = sin(x.broadcast(to: [1 << 45])), total = (sin(wide) * cos(wide.flipped(axes: [0]))).sum()
    #expect(throws: ChainRuleError.self) { try graph.compile(inputs: [x], outputs: [total, wide]).run([1]) }
  }

  @Test(arguments: [Int.min, .min + 1, .max, .max - 1]) func aTriangleMayBeginAnywhere(offset: Int) throws {
    let matrix = Graph().input("a", [[1, 2], [3, 4]])
    #expect(try matrix.lowerTriangle(offset: offset).value().scalars == (offset > 0 ? [1, 2, 3, 4] : [0, 0, 0, 0]))
    #expect(try matrix.upperTriangle(offset: offset).value().scalars == (offset > 0 ? [0, 0, 0, 0] : [1, 2, 3, 4]))
  }
}
