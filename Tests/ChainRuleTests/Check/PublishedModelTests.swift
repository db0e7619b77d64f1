import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// ADBench's objectives written as ordinary models, against the values and gradients that it publishes.
@Suite struct PublishedModelTests {
  private func problem(_ kind: String) -> JSON {
    Golden.cases(of: "published").first { $0.json["kind"].string == kind }?.json ?? .null
  }

  private func tensor(_ json: JSON) -> Tensor { Tensor(shape: Shape(json["shape"].ints), json["data"].scalars) }

  // MARK: Gaussian mixture

  private func mixture(_ json: JSON, _ alphas: Node, _ means: Node, _ icf: Node) -> Node {
    let (d, k, n) = (json["d"].int ?? 0, json["k"].int ?? 0, json["n"].int ?? 0)
    let gamma = json["gamma"].double ?? 1, m = json["m"].double ?? 0
    let x = alphas.graph.constant(tensor(json["x"]))
    let diagonal = exp(icf[0..., 0..<d])
    let logDiagonal = icf[0..., 0..<d].sum(axes: [1])
    var terms: [Node] = []
    for j in 0..<k {
      let centred = x - means[j]
      var rows: [Node] = []
      for row in 0..<d {
        var sum = diagonal[j, row] * centred[0..., row], position = d
        for column in 0..<d {
          for below in (column + 1)..<Swift.max(d, column + 1) {
            if below == row { sum = sum + icf[j, position] * centred[0..., column] }
            position += 1
          }
        }
        rows.append(square(sum))
      }
      let distance = rows.dropFirst().reduce(rows[0]) { $0 + $1 }
      terms.append(alphas[j] + logDiagonal[j] - 0.5 * distance)
    }
    let evidence: Node = logSumExp(stack(terms, axis: 0), axes: [0]).sum()
    let likelihood: Node = evidence - Double(n) * logSumExp(alphas)
    let squares: Node = square(diagonal).sum() + square(icf[0..., d...]).sum()
    let prior: Node = (0.5 * gamma * gamma) * squares - m * logDiagonal.sum()
    let count = Double(d) + m + 1
    var multivariate: Double = 0.25 * Double(d * (d - 1)) * log(Double.pi)
    for j in 1...d { multivariate += lgamma(0.5 * (count + Double(1 - j))) }
    let perComponent: Double = count * Double(d) * (log(gamma) - 0.5 * log(2.0)) - multivariate
    let constants: Double = 0.5 * Double(n * d) * log(2 * Double.pi) + Double(k) * perComponent
    return likelihood + prior - constants
  }

  @Test func gaussianMixture() throws {
    let json = problem("adbench_gmm"), inputs = json["inputs"], graph = Graph()
    let nodes = ["alphas", "means", "icf"].map { graph.input($0, tensor(inputs[$0])) }
    let objective = mixture(inputs, nodes[0], nodes[1], nodes[2])
    #expect(abs(try objective.scalar() - (json["expected"]["objective"].double ?? .nan)) < 1e-8)
    let gradient = try objective.gradients(withRespectTo: nodes).flatMap { try $0.value().scalars }
    let published = json["expected"]["gradient"]["data"].scalars
    #expect(published.count == 18)
    for (ours, theirs) in zip(gradient, published) { #expect(abs(ours - theirs) < 1e-8) }
    try expectGradientsAgree(of: objective, withRespectTo: nodes, order: 2)
  }

  // MARK: Bundle adjustment

  private func project(_ camera: Node, _ point: Node) -> Node {
    let r = camera[0..<3], centred = point - camera[3..<6]
    let angle = sqrt(square(r).sum())
    let axis = r / angle
    let cross = concatenate([
      axis[1..<2] * centred[2..<3] - axis[2..<3] * centred[1..<2],
      axis[2..<3] * centred[0..<1] - axis[0..<1] * centred[2..<3],
      axis[0..<1] * centred[1..<2] - axis[1..<2] * centred[0..<1],
    ])
    let rotated = centred * cos(angle) + cross * sin(angle) + axis * (axis * centred).sum() * (1 - cos(angle))
    let q = rotated[0..<2] / rotated[2]
    let s = square(q).sum()
    return q * (1 + camera[9] * s + camera[10] * square(s)) * camera[6] + camera[7..<9]
  }

  @Test func bundleAdjustment() throws {
    let json = problem("adbench_ba"), inputs = json["inputs"], expected = json["expected"], graph = Graph()
    let camera = graph.input("camera", tensor(inputs["camera"])), point = graph.input("point", tensor(inputs["point"]))
    let weight = graph.input("weight", inputs["weight"].double ?? 0)
    let error = weight * (project(camera, point) - graph.constant(tensor(inputs["feature"])))
    let weightError = 1 - square(weight)
    for (ours, theirs) in zip(try error.value().scalars, expected["reprojection_error"]["data"].scalars) {
      #expect(abs(ours - theirs) < 1e-8)
    }
    #expect(abs(try weightError.scalar() - (expected["weight_error"].double ?? .nan)) < 1e-8)
    let jacobians = try [camera, point, weight].map { try error.jacobian(withRespectTo: $0).value().scalars }
    var values: [Double] = []
    for row in 0..<2 {
      values +=
        jacobians[0][(11 * row)..<(11 * row + 11)] + jacobians[1][(3 * row)..<(3 * row + 3)] + [jacobians[2][row]]
    }
    let published = expected["jacobian_values"]["data"].scalars
    #expect(published.count == 310)
    for (position, theirs) in published.prefix(300).enumerated() {
      #expect(abs(values[position % 30] - theirs) < 1e-8 * Swift.max(1, abs(theirs)))
    }
    let slope = try weightError.gradients(withRespectTo: [weight])[0].scalar()
    for theirs in published.suffix(10) { #expect(abs(slope - theirs) < 1e-8) }
    try expectGradientsAgree(of: error, withRespectTo: [camera, point, weight])
  }

  // MARK: LSTM

  private func memory(_ inputs: JSON, _ main: Node, _ extra: Node, characters: Int) -> Node {
    let (layers, bits) = (inputs["l"].int ?? 0, inputs["b"].int ?? 0), graph = main.graph
    let state = graph.constant(tensor(inputs["state"])), sequence = tensor(inputs["sequence"]).scalars
    func character(_ t: Int) -> Node { graph.constant(Array(sequence[(t * bits)..<((t + 1) * bits)])) }
    let weights = (0..<layers).map { layer in (0..<4).map { main[layer, 0, $0] } }
    let biases = (0..<layers).map { layer in (0..<4).map { main[layer, 1, $0] } }
    var hidden = (0..<layers).map { state[$0, 0] }, cell = (0..<layers).map { state[$0, 1] }
    let scale = extra[0], out = extra[1], shift = extra[2]
    var total: Node?
    for t in 0..<(characters - 1) {
      var y = character(t) * scale
      for layer in 0..<layers {
        let (w, b) = (weights[layer], biases[layer])
        let forget = sigmoid(y * w[0] + b[0]), into = sigmoid(hidden[layer] * w[1] + b[1])
        let outOf = sigmoid(y * w[2] + b[2]), change = tanh(hidden[layer] * w[3] + b[3])
        cell[layer] = cell[layer] * forget + into * change
        hidden[layer] = outOf * tanh(cell[layer])
        y = hidden[layer]
      }
      y = y * out + shift
      let term = (character(t + 1) * (y - log(2 + exp(y).sum()))).sum()
      total = total.map { $0 + term } ?? term
    }
    return -1 * (total ?? graph.constant(0.0)) / Double((characters - 1) * bits)
  }

  @Test func longShortTermMemory() throws {
    let json = problem("adbench_lstm"), inputs = json["inputs"], graph = Graph()
    let main = graph.input("main", tensor(inputs["main_params"])),
      extra = graph.input("extra", tensor(inputs["extra_params"]))
    let objective = memory(inputs, main, extra, characters: inputs["c"].int ?? 0)
    #expect(abs(try objective.scalar() - (json["expected"]["objective"].double ?? .nan)) < 1e-8)
    let gradient = try objective.gradients(withRespectTo: [main, extra]).flatMap { try $0.value().scalars }
    let published = json["expected"]["gradient"]["data"].scalars
    #expect(published.count == 266)
    for (ours, theirs) in zip(gradient, published) { #expect(abs(ours - theirs) < 1e-8) }
    let short = memory(inputs, main, extra, characters: 4)
    let report = try checkGradients(of: short, withRespectTo: [main, extra], mode: .directions(3))
    #expect(report.verdict == .agree, "\(report)")
  }
}
