import ChainRule

/// One program of the reference cases.
struct EngineCase {
  let name: String
  /// How many times the usual tolerance its numbers may differ.
  var slack = 1.0
  /// Records the program: inputs with their values, and what is computed.
  let record: (Graph) throws -> (inputs: [(node: Node, value: Tensor)], outputs: [Node])
}

/// Runs the reference cases on an engine and on this library's own programs, and compares: every primitive that the
/// engine has, with gradients, in both precisions unless one is named. A user's first act on a new accelerator.
///
/// ```swift
/// print(try verify(OpenXLA(plugin: path)))
/// ```
/// - Throws: where this library itself does not run a case.
public func verify(_ engine: any Engine, precisions: [Graph.Precision] = [.double, .single]) throws -> EngineReport {
  var rows: [EngineReport.Row] = []
  for test in EngineCase.all {
    for precision in precisions {
      rows.append(
        EngineReport.Row(name: test.name, precision: precision, verdict: try test.verdict(on: engine, precision)))
    }
  }
  return EngineReport(engine: engine.name, rows: rows)
}

extension EngineCase {
  static var all: [EngineCase] { elementwise + conventions + moves + reductions + windows + mathematics + control }

  /// Relative differences up to it are rounding; where a float's last bit turns a factor's rounding, that is 2⁻⁸ of it.
  private func tolerance(_ precision: Graph.Precision) -> Double {
    switch precision {
    case .double: slack * 2e-14
    case .single: slack * 1e-5
    case .bfloat16Products: Swift.max(slack * 1e-5, 0x1p-7)
    }
  }

  func verdict(on engine: any Engine, _ precision: Graph.Precision) throws -> EngineReport.Verdict {
    let graph = Graph(precision), (inputs, outputs) = try record(graph)
    let nodes = inputs.map(\.node), values = inputs.map(\.value)
    let expected = try graph.compile(inputs: nodes, outputs: outputs).run(values)
    let found: [Tensor]
    do {
      found = try graph.compile(inputs: nodes, outputs: outputs, on: engine).run(values)
    } catch let error as ChainRuleError {
      return .refused(error.description)
    }
    let difference = zip(expected, found).map { Self.difference($0, $1) }.max() ?? 0
    return difference <= tolerance(precision) ? .agrees(difference) : .differs(difference)
  }

  /// The largest difference relative to the number, or to a hundredth of the largest number beside it.
  static func difference(_ expected: Tensor, _ found: Tensor) -> Double {
    guard expected.shape == found.shape else { return .infinity }
    let (a, b) = (expected.scalars, found.scalars)
    let scale = a.filter(\.isFinite).map(\.magnitude).max() ?? 0
    var worst = 0.0
    for (x, y) in zip(a, b) where x.bitPattern != y.bitPattern && x != y && !(x.isNaN && y.isNaN) {
      let part = (x - y).magnitude / Swift.max(x.magnitude, scale * 0.01)
      worst = Swift.max(worst, part.isNaN ? .infinity : part)
    }
    return worst
  }

  /// A case of values and the gradients of their weighted sum.
  static func smooth(
    _ name: String, slack: Double = 1, _ values: [Tensor], _ function: @escaping ([Node]) throws -> Node
  ) -> EngineCase {
    EngineCase(name: name, slack: slack) { graph in
      let inputs = Self.inputs(values, graph), f = try function(inputs)
      return (Self.paired(inputs, values), [f] + (try Self.gradients(f, inputs)))
    }
  }

  /// The gradients alone.
  static func slopes(
    _ name: String, slack: Double = 1, _ values: [Tensor], _ function: @escaping ([Node]) throws -> Node
  ) -> EngineCase {
    EngineCase(name: name, slack: slack) { graph in
      let inputs = Self.inputs(values, graph), f = try function(inputs)
      return (Self.paired(inputs, values), try Self.gradients(f, inputs))
    }
  }

  private static func inputs(_ values: [Tensor], _ graph: Graph) -> [Node] {
    values.enumerated().map { number, value in
      graph.input("x\(number)", shape: value.shape, indices: value.elementType == .int32)
    }
  }

  private static func paired(_ inputs: [Node], _ values: [Tensor]) -> [(node: Node, value: Tensor)] {
    zip(inputs, values).map { (node: $0, value: $1) }
  }

  private static func gradients(_ f: Node, _ inputs: [Node]) throws -> [Node] {
    if let error = f.error { throw error }
    let found = (f * f.graph.constant(numbers(f.shape, seed: 77, in: 0.5...1.5))).sum().backward()
    return inputs.filter { $0.elementType != .int32 }.compactMap { found[$0] }
  }

  /// A case of values alone.
  static func plain(
    _ name: String, slack: Double = 1, _ values: [Tensor], _ function: @escaping ([Node]) throws -> [Node]
  ) -> EngineCase {
    EngineCase(name: name, slack: slack) { graph in
      let inputs = Self.inputs(values, graph)
      let outputs = try function(inputs)
      for output in outputs { if let error = output.error { throw error } }
      return (Self.paired(inputs, values), outputs)
    }
  }

  /// Numbers of a seed, spread over an interval.
  static func numbers(_ shape: Shape, seed: UInt64, in range: ClosedRange<Double> = -2...2) -> Tensor {
    var random = RandomNumbers(seed: seed)
    let width = range.upperBound - range.lowerBound
    return Tensor(shape: shape, (0..<shape.elementCount).map { _ in range.lowerBound + width * random.uniform() })
      .converted(to: .float32).converted(to: .float64)  // the same numbers in both precisions
  }
}
