// The values of .ci/misuse.py, what is done with results, and the run over all calls.
import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import ChainRuleONNX
import Foundation

typealias Expression = ChainRule.Expression

struct Refused: Error {}

/// One public callable, which reads its arguments from a list of choices.
struct Call: Sendable {
  let name: String, slots: Int, run: @Sendable (Graph, Choices) throws -> Void
  init(_ name: String, _ slots: Int, _ run: @escaping @Sendable (Graph, Choices) throws -> Void) {
    (self.name, self.slots, self.run) = (name, slots, run)
  }
}

enum Calls {}

/// For each argument, the place in the array of its values.
struct Choices { let places: [Int] }

/// - Throws: a place behind the last value: there is no such case.
func choose<T>(_ values: [T], _ choices: Choices, _ slot: Int) throws -> T {
  let place = choices.places[slot]
  guard place < values.count else { throw Refused() }
  return values[place]
}

func optional<T>(_ values: [T]) -> [T?] { values.map { $0 } + [nil] }

// MARK: Values; the first of each is the usual one

func nodes(_ g: Graph) -> [Node] {
  let other = Graph()
  return [
    g.input("x", [0.5, -1.5, 2]), g.input("s", 0.7), g.input("m", [[1, 2, 3], [4, 5, 6.5]]),
    g.input("q", Tensor(shape: [2, 2], [2, 1, 1, 3])), g.input("e", Tensor(shape: [0], [])),
    g.input("i", Tensor(indices: [0, 2, 1])), other.input("foreign", [1, 2, 3]),
    g.input("v", [1, 2, 3]) + g.input("w", [1, 2]), g.input("image", Tensor(shape: [1, 2, 4, 4], repeating: 0.25)),
    g.input("none", shape: [3]), g.input("n", Tensor([Double.nan, .infinity, -.infinity])),
    sin(g.input("y", [1, 2, 3])),
    Graph().input("gone", 1), g.input("e2", Tensor(shape: [0, 3], [])), g.input("huge", [1e308, -1e308, 5e-324]),
    g.input("ii", Tensor(indices: [-1, 100, 0])), g.input("t", Tensor(shape: [2, 3, 4], repeating: 0.5)),
    other.input("f1", 1),
  ]
}

func nodeLists(_ g: Graph) -> [[Node]] {
  let n = nodes(g)
  return [
    [n[0]], [], [n[0], n[0]], [n[1]], [n[0], n[6]], [n[7]], [n[5]], [n[4]], [n[2], n[0]], [n[9]], [n[11]], n,
    [n[10], n[14]], [n[2]],
  ]
}

let tensors: [Tensor] = [
  [1, 2, 3], 0.5, Tensor(shape: [0], []), Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6]), Tensor(indices: [0, 2, 1]),
  Tensor([Double.nan, .infinity, -.infinity]), Tensor(shape: [1, 2, 4, 4], repeating: 1),
  Tensor(shape: [2, 2], [2, 1, 1, 3]), Tensor(indices: [-1, 100]), Tensor(shape: [0, 3], []),
]
let tensorLists: [[Tensor]] = [[tensors[0]], [], tensors, [tensors[0], tensors[0]], [tensors[2]]]
let ints = [1, 0, -1, 2, 3, .min, .max, 100_000, 1 << 31, 1 << 62, -2]
let intLists: [[Int]] = [
  [0], [], [1], [-1], [0, 0], [1, 0], [3], [.max], [.min], [.max, .max], [1 << 32, 1 << 32],
  Array(repeating: 1, count: 100_000), [2, 3], [0, 1, 2], [1000],
]
let doubles = [0.5, 0, -1, 1, .nan, .infinity, -.infinity, 1e308, 5e-324, -0.0, 2, 1e19]
let doubleLists: [[Double]] = [
  [1, 2, 3], [], [0], [.nan, .infinity], [1e308, 1e308], Array(repeating: 0.5, count: 1000),
]
let strings = [
  "x", "", "x + y", "é∂𝛼", "((((", "a\u{0}b", String(repeating: "(", count: 20_000),
  String(repeating: "ab+", count: 5000), "/nowhere/file", "/dev/null", "/tmp", "%s%n", "1e999", "-", "\\frac{1}{x}",
  "x=1",
]
let stringLists: [[String]] = [["x"], [], ["x", "x"], ["", ""], strings]
let shapes: [Shape] = [
  [3], [], [0], [2, 3], [0, 0], Shape([-1]), Shape([.max, .max]), Shape([1 << 40]),
  Shape(Array(repeating: 1, count: 1000)), [2, 2], [1, 2, 4, 4],
]
let ranges = [0..<1, 0..<0, 0..<3, 0 ..< .max, -1..<2, .min ..< .max, 2..<100]
let intervals: [Interval] = [Interval(1), Interval(0), Interval(.nan), Interval(.infinity), Interval(-1e308)]
let expressions: [Expression] = ["sin(x) * y", "x", "1", "x[0]", "norm(x)"].compactMap { try? Expression($0) }
let initializers: [Initializer] = [
  .zeros, .xavierUniform, .constant(.nan), .uniform(1, -1), .normal(mean: .infinity, deviation: -1),
  .truncatedNormal(deviation: .nan), .orthogonal(gain: .infinity),
]
let optimizers: [any Optimizer] = [SGD(learningRate: 0.1), Adam(learningRate: .nan), Adam(learningRate: -1)]
var models: [any Model] { [Dense(3, 2, seed: 1), Flatten(), Dropout(0.5, seed: 1)] }
var datasets: [Dataset] {
  [
    try? Dataset(inputs: Tensor(shape: [4, 3], repeating: 0.5), targets: Tensor(indices: [0, 1, 0, 1])),
    try? Dataset(inputs: Tensor(shape: [0, 3], []), targets: Tensor(shape: [0], [])),
  ].compactMap { $0 }
}
var tables: [CSVTable] {
  ["a,b\n1,2\n3,4\n", "", "a\n", "a,b\n1\n", "\u{0},,\n,,\n"].compactMap { try? CSVTable($0, file: "t.csv") }
}

let strides: [any SliceIndex] = [
  Stride(by: 2), Stride(by: 0), Stride(from: .max, to: .min, by: -1), Stride(from: .min, to: .max, by: .max),
  Stride(from: -1, by: .min), 0...2, 0...Int.max - 1, 1..., ..<2, ...1, Int.min..., ...Int.min,
]
var options: [TrainingOptions] {
  var wrong = TrainingOptions()
  (wrong.accumulation, wrong.threads, wrong.schedule) = (.min, .min, CosineAnnealing(over: 0))
  return [TrainingOptions(), wrong]
}
var encoderOptions: [TableEncoder.Options] {
  var wrong = TableEncoder.Options()
  (wrong.features, wrong.ignored) = (["a", "a", ""], ["b"])
  return [TableEncoder.Options(), wrong]
}
let schedules: [any Schedule] = [
  ConstantRate(), CosineAnnealing(over: 0), WarmRestarts(every: 0, growingBy: .min), OneCycle(peak: .nan, over: .max),
  StepDecay(every: .min), MultiStepDecay(at: [.max, .min]), ExponentialDecay(factor: .infinity),
  LinearChange(from: .nan, over: 0), PolynomialDecay(over: -1, power: .nan), Warmup(over: .max), ReduceOnPlateau(),
]

func pairs(_ g: Graph) -> [[(Node, Node)]] {
  let n = nodes(g)
  return [[(n[0], n[11])], [], [(n[0], n[6])], [(n[0], n[2])], [(n[0], n[0]), (n[0], n[0])]]
}

func maps(_ g: Graph) -> [(Node) throws -> Node] {
  [
    { $0 }, { sin($0) }, { $0.sum() }, { _ in throw Refused() }, { _ in Graph().input("z", 1) },
    { _ in g.input("k", [1, 2]) },
  ]
}

func explanation() throws -> Explanation {
  let graph = Graph(), x = graph.input("x", [1, 2, 3])
  return try sin(x).sum().explain()
}

/// A model as another framework would have written it.
func onnxModel() throws -> ONNXModel {
  try Dense(3, 2, seed: 1).onnx(inputs: [1, 3]).write(to: "model.onnx")
  return try ONNXModel(contentsOf: "model.onnx")
}

// MARK: Results

/// A node's value, text and gradients.
func touch(_ node: Node) {
  if node.shape.elementCount > 1_000_000 { return }
  _ = try? node.value()
  _ = node.description
  guard node.shape.rank == 0 else { return }
  let all = node.backward()
  for input in node.inputs { _ = try? all[input]?.value() }
}

func newTraining(
  optimizer: any Optimizer = SGD(learningRate: 0.1), options: TrainingOptions = TrainingOptions()
) throws -> Training<Dense> {
  try Training(
    Dense(3, 2, seed: 1), loss: { softmaxCrossEntropy($0, $1) }, optimizer: optimizer, options: options)
}

/// Two epochs of four examples.
func train(_ optimizer: any Optimizer) throws {
  let training = try newTraining(optimizer: optimizer)
  _ = try training.run(on: datasets[0], epochs: 2, batchSize: 3)
}

/// Whatever a call gives is read as a user would: computed, printed, applied.
func use<T>(_ value: T) throws {
  switch value {
  case let node as Node: touch(node)
  case let nodes as [Node]: for node in nodes.prefix(8) { touch(node) }
  case let tensor as Tensor: _ = tensor.shape.elementCount < 1_000_000 ? tensor.description.count : 0
  case let model as any Model:
    let graph = Graph()
    let inputs = [
      Tensor(shape: [2, 3], repeating: 0.5), Tensor(shape: [1, 2, 4, 4], repeating: 0.5),
      Tensor(shape: [1, 2, 3], repeating: 0.1), Tensor(indices: [0, 1]),
    ]
    for tensor in inputs {
      let output = model(graph.input("in", tensor))
      guard output.shape.elementCount < 100_000 else { continue }
      touch(output.sum())
    }
  case let schedule as any Schedule:
    for time in ints { _ = schedule.rate(0.1, at: ScheduleMoment(time: time, losses: [1, .nan])) }
    for time in ints { _ = schedule.momentum(at: ScheduleMoment(time: time)) }
    _ = try? schedule.validate()
  case let optimizer as any Optimizer: try train(optimizer)
  case let options as TrainingOptions:
    _ = try newTraining(options: options).run(on: datasets[0], epochs: 2, batchSize: 3)
  case let initializer as Initializer: _ = Dense(3, 2, weights: initializer, seed: 1)
  default: _ = "\(value)".count
  }
}

// MARK: The run

/// sweep START FILE: from a case on; each writes its number, name and choices into the file before it runs.
@main struct Sweep {
  static func main() {
    let start = Int(CommandLine.arguments[1]) ?? 0
    var limit = rlimit(rlim_cur: 1_500_000_000, rlim_max: 1_500_000_000)
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    let file = open(CommandLine.arguments[2], O_WRONLY | O_CREAT, 0o644)
    var number = 0
    func attempt(_ call: Call, _ places: [Int]) {
      defer { number += 1 }
      guard number >= start else { return }
      var text = Array("\(number)\t\(call.name)\t\(places)\t\n".utf8)
      pwrite(file, &text, text.count, 0)
      alarm(4)
      do { try call.run(Graph(), Choices(places: places)) } catch { _ = "\(error)" }
      alarm(0)
    }
    for call in Calls.all {
      let usual = Array(repeating: 0, count: call.slots)
      attempt(call, usual)
      for slot in 0..<call.slots {
        for place in 1..<20 {
          var places = usual
          places[slot] = place
          attempt(call, places)
        }
      }
      var random = RandomNumbers(seed: 5)
      guard call.slots > 1 else { continue }
      for _ in 0..<25 { attempt(call, usual.map { _ in Int(random.next() % 12) }) }
    }
    print("done \(number)")
  }
}
