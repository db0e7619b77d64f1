import ChainRule
import Foundation
import Testing

/// The objectives of ADBench (Microsoft, MIT licence) as ordinary models, held against its published numbers.
@Suite("ADBench's objectives") struct ADBenchTests {
  static func problem(_ name: String) throws -> JSON {
    try #require(Golden.cases(of: "published").first { $0.name == name }).json
  }

  static func tensor(_ json: JSON) throws -> Tensor {
    let array = try #require(GoldenArray(json))
    return Tensor(shape: Shape(array.shape), array.scalars)
  }

  // MARK: Gaussian mixture

  @Test func gaussianMixture() throws {
    let json = try Self.problem("adbench_gmm_test"), inputs = json["inputs"]
    let graph = Graph()
    let alphas = graph.input("alphas", try Self.tensor(inputs["alphas"]))
    let means = graph.input("means", try Self.tensor(inputs["means"]))
    let icf = graph.input("icf", try Self.tensor(inputs["icf"]))
    let loss = gaussianMixtureLoss(
      alphas, means, icf, graph.constant(try Self.tensor(inputs["x"])), gamma: inputs["gamma"].double ?? .nan,
      m: inputs["m"].double ?? .nan)
    let expected = try #require(json["expected"]["objective"].double)
    #expect(abs(try loss.scalar() - expected) < 1e-8)
    let gradients = try loss.gradients(withRespectTo: [alphas, means, icf]).flatMap { try $0.value().scalars }
    let published = try #require(GoldenArray(json["expected"]["gradient"]))
    #expect(published.mismatch(gradients, relative: 0, absolute: 1e-8) == nil)
    #expect(try checkGradients(of: loss, withRespectTo: [alphas, means, icf]).verdict == .agree)
  }

  /// alphas `[k]`, means `[k, d]`, inverse covariance factors `[k, d(d+1)/2]`, x `[n, d]`.
  private func gaussianMixtureLoss(_ alphas: Node, _ means: Node, _ icf: Node, _ x: Node, gamma: Double, m: Double)
    -> Node
  {
    let (n, d, k) = (x.shape[0], x.shape[1], alphas.shape[0])
    let logDiagonal = icf[0..., 0..<d], lower = icf[0..., d...]
    let diagonal = exp(logDiagonal)
    let centered = x.reshaped(to: [n, 1, d]) - means.reshaped(to: [1, k, d])
    var rows = (0..<d).map { diagonal[0..., $0] * centered[0..., 0..., $0] }
    var position = 0
    for column in 0..<d {
      for row in (column + 1)..<Swift.max(d, column + 1) {
        rows[row] = rows[row] + lower[0..., position] * centered[0..., 0..., column]
        position += 1
      }
    }
    let squares = rows.map { square($0) }.reduce(x.graph.constant(0)) { $0 + $1 }
    let logDeterminants = logDiagonal.sum(axes: [1])
    let likelihood =
      -Double(n * d) / 2 * log(2 * Double.pi)
      + logSumExp(alphas + logDeterminants - 0.5 * squares, axes: [1]).sum() - Double(n) * logSumExp(alphas)
    let size = Double(d) + m + 1
    let normalization =
      size * Double(d) * (log(gamma) - 0.5 * log(2.0)) - Self.logGammaMultivariate(0.5 * size, d)
    let prior =
      gamma * gamma / 2 * (square(diagonal).sum() + square(lower).sum()) - m * logDeterminants.sum()
      - Double(k) * normalization
    return likelihood + prior
  }

  private static func logGammaMultivariate(_ a: Double, _ d: Int) -> Double {
    let gammas: Double = (1...d).reduce(0) { (sum: Double, i: Int) in sum + lgamma(a + 0.5 * Double(1 - i)) }
    return Double(d * (d - 1)) / 4 * log(Double.pi) + gammas
  }

  // MARK: Bundle adjustment

  @Test func bundleAdjustment() throws {
    let json = try Self.problem("adbench_ba_test"), inputs = json["inputs"], expected = json["expected"]
    let (n, m, p) = (inputs["n"].int ?? 0, inputs["m"].int ?? 0, inputs["p"].int ?? 0)
    let graph = Graph()
    func repeated(_ key: String, _ count: Int) throws -> Tensor {
      Tensor(
        shape: [count, try Self.tensor(inputs[key]).count],
        try (0..<count).flatMap { _ in try Self.tensor(inputs[key]).scalars })
    }
    let cameras = graph.input("cameras", try repeated("camera", n))
    let points = graph.input("points", try repeated("point", m))
    let weights = graph.input("weights", Tensor(shape: [p], repeating: try #require(inputs["weight"].double)))
    let feature = graph.constant(try Self.tensor(inputs["feature"]))
    let published = try #require(GoldenArray(expected["jacobian_values"])).scalars
    let residual = try #require(GoldenArray(expected["reprojection_error"]))
    var values: [Double] = []
    for index in 0..<p {
      let error = weights[index] * (projected(points[index % m], by: cameras[index % n]) - feature)
      #expect(residual.mismatch(try error.value().scalars, relative: 0, absolute: 1e-8) == nil)
      let parts = [
        try error.jacobian(withRespectTo: cameras)[0..., index % n],
        try error.jacobian(withRespectTo: points)[0..., index % m],
        try error.jacobian(withRespectTo: weights)[0..., index].reshaped(to: [2, 1]),
      ]
      values += try concatenate(parts, axis: 1).value().scalars
    }
    let weightErrors = 1 - square(weights)
    #expect(try weightErrors.value().scalars.allSatisfy { abs($0 - (expected["weight_error"].double ?? .nan)) < 1e-8 })
    let diagonal = try weightErrors.jacobian(withRespectTo: weights).value()
    values += (0..<p).map { diagonal[$0, $0] }
    #expect(values.count == published.count)
    #expect(zip(values, published).allSatisfy { abs($0 - $1) < 1e-8 })
  }

  /// A point `[3]` seen by a camera `[11]`: rotation, centre, focal length, principal point, radial distortion.
  private func projected(_ point: Node, by camera: Node) -> Node {
    let inFrame = rotated(point - camera[3..<6], by: camera[0..<3])
    let q = inFrame[0..<2] / inFrame[2]
    let s = square(q).sum()
    return q * (1 + camera[9] * s + camera[10] * square(s)) * camera[6] + camera[7..<9]
  }

  /// Rodrigues' rotation: x cos θ + (w × x) sin θ + w (w·x)(1 − cos θ).
  private func rotated(_ x: Node, by rotation: Node) -> Node {
    let angle = sqrt(square(rotation).sum())
    let w = rotation / angle
    let cross = stack([w[1] * x[2] - w[2] * x[1], w[2] * x[0] - w[0] * x[2], w[0] * x[1] - w[1] * x[0]])
    return x * cos(angle) + cross * sin(angle) + w * ((w * x).sum() * (1 - cos(angle)))
  }

  // MARK: LSTM

  @Test func longShortTermMemory() throws {
    let json = try Self.problem("adbench_lstm_l2_c1024"), inputs = json["inputs"]
    let graph = Graph()
    let main = graph.input("main", try Self.tensor(inputs["main_params"]))
    let extra = graph.input("extra", try Self.tensor(inputs["extra_params"]))
    let loss = longShortTermMemoryLoss(
      main, extra, graph.constant(try Self.tensor(inputs["state"])), graph.constant(try Self.tensor(inputs["sequence"]))
    )
    let expected = try #require(json["expected"]["objective"].double)
    #expect(abs(try loss.scalar() - expected) < 1e-8)
    let gradients = try loss.gradients(withRespectTo: [main, extra]).flatMap { try $0.value().scalars }
    let published = try #require(GoldenArray(json["expected"]["gradient"]))
    #expect(published.mismatch(gradients, relative: 0, absolute: 1e-8) == nil)
  }

  /// main `[l, 2, 4, b]` (weights and biases of forget, in, out, change), extra `[3, b]`, state `[l, 2, b]`,
  /// sequence `[c, b]`; diagonal weights, so every product is elementwise.
  private func longShortTermMemoryLoss(_ main: Node, _ extra: Node, _ state: Node, _ sequence: Node) -> Node {
    let layers = main.shape[0], characters = sequence.shape[0], bits = sequence.shape[1]
    let weights = (0..<layers).map { layer in (0..<4).map { main[layer, 0, $0] } }
    let biases = (0..<layers).map { layer in (0..<4).map { main[layer, 1, $0] } }
    let scales = (0..<3).map { extra[$0] }
    var hidden = (0..<layers).map { state[$0, 0] }, cell = (0..<layers).map { state[$0, 1] }
    var outputs: [Node] = []
    for time in 0..<(characters - 1) {
      var y = sequence[time] * scales[0]
      for layer in 0..<layers {
        let (w, b, h) = (weights[layer], biases[layer], hidden[layer])
        let forget = sigmoid(y * w[0] + b[0]), input = sigmoid(h * w[1] + b[1])
        let output = sigmoid(y * w[2] + b[2]), change = tanh(h * w[3] + b[3])
        cell[layer] = cell[layer] * forget + input * change
        hidden[layer] = output * tanh(cell[layer])
        y = hidden[layer]
      }
      outputs.append(y * scales[1] + scales[2])
    }
    let y = stack(outputs)
    let logProbabilities = y - log(2 + exp(y).sum(axes: [1], keepingDimensions: true))
    return -(sequence[1...] * logProbabilities).sum() / Double((characters - 1) * bits)
  }
}
