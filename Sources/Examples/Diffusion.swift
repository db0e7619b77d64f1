import ChainRuleLearning
import Foundation

/// What a picture has left after t of so many steps of noise, as a share of its variance (Nichol and Dhariwal 2021).
private struct Fading {
  let steps: Int
  func share(_ t: Int) -> Double { pow(cos((Double(t) / Double(steps) + 0.01) / 1.01 * 0.5 * Double.pi), 2) }
  /// A time as waves of several lengths.
  func waves(_ t: Int) -> [Double] {
    (0..<8).flatMap { k in
      let angle = Double(t) / Double(steps) * pow(2, Double(k)) * 0.5 * Double.pi
      return [sin(angle), cos(angle)]
    }
  }
}

func diffusion() throws {
  // Digits are drawn out of noise: a network learns to tell the noise in a picture, and takes it away step by step
  // (Ho, Jain and Abbeel 2020).
  let digits = try Digits.bundled(), count = 64, rows = digits.training.count
  func spread(_ ink: Tensor) -> [Double] { ink.scalars.map { 2 * $0 - 1 } }
  let pictures = Tensor(shape: [rows, 64], spread(digits.training.inputs)).converted(to: .float32)
  let fading = Fading(steps: 50), times = Array(0...fading.steps)
  let teller = withSeed(1) {
    Sequential(Dense(80, 96, activation: .silu), Dense(96, 96, activation: .silu), Dense(96, 64))
  }
  let graph = Graph(.single)
  let x = graph.input("x", shape: [count, 64]), noise = graph.randomNormal(shape: [count, 64], seed: 1)
  let share = graph.input("share", shape: [count, 1]), waves = graph.input("waves", shape: [count, 16])
  let noisy = sqrt(share) * x + sqrt(1 - share) * noise
  let loss = meanSquaredError(teller(concatenate([noisy, waves], axis: 1)), noise)
  let steps = try Adam(learningRate: 4e-3).stepper(for: teller.trainableParameters)
  let learn = try graph.compile(inputs: [x, share, waves], outputs: [loss], updates: steps.updates(of: loss))

  let shares = Tensor(times.map { [fading.share($0)] }), allWaves = Tensor(times.map(fading.waves))
  var numbers = RandomNumbers(seed: 2), losses: [Double] = []
  for _ in 0..<700 {
    let chosen = (0..<count).map { _ in Int(numbers.uniform() * Double(rows)) }
    let now = chosen.map { _ in 1 + Int(numbers.uniform() * Double(fading.steps)) }
    let batch = [pictures.rows(at: chosen), shares.rows(at: now), allWaves.rows(at: now)]
    losses.append(try learn.run(batch)[0].scalar())
  }
  print("of the noise less than a third is not told:", losses.suffix(100).reduce(0, +) / 100 < 0.33)

  func normal() -> [Double] { (0..<64 * count).map { _ in numbers.normal() } }
  var drawn = normal()
  for t in stride(from: fading.steps, to: 0, by: -1) {
    let (now, next) = (fading.share(t), fading.share(t - 1)), kept = now / next
    let seen = (0..<count).map { Array(drawn[$0 * 64..<$0 * 64 + 64]) + fading.waves(t) }
    let told = try teller.predict(Tensor(seen)).scalars
    let fresh = t > 1 ? normal() : [Double](repeating: 0, count: 64 * count)
    for i in drawn.indices {
      let whole = (drawn[i] - (1 - now).squareRoot() * told[i]) / now.squareRoot()
      let mean =
        (next.squareRoot() * (1 - kept) * min(max(whole, -1), 1) + kept.squareRoot() * (1 - next) * drawn[i])
        / (1 - now)
      drawn[i] = mean + ((1 - next) / (1 - now) * (1 - kept)).squareRoot() * fresh[i]
    }
  }
  /// The mean distance of pictures from the nearest one that was learnt from, and the digits that those show.
  func nearest(_ images: [Double]) throws -> (distance: Double, digits: Set<Int>) {
    let graph = Graph(), known = graph.constant(pictures)
    let a = graph.constant(Tensor(shape: [count, 64], images))
    let squares = square(a).sum(axes: [1], keepingDimensions: true) + square(known).sum(axes: [1])
    let distances = sqrt(maximum(squares - 2 * a.matmul(known.transposed()), 0))
    let labels = digits.training.targets.indices
    return (
      try distances.min(axes: [1]).mean().scalar(),
      Set(try (-distances).argmax(axis: 1).value().indices.map { labels[$0] })
    )
  }
  let made = try nearest(drawn), written = try nearest(Array(spread(digits.test.inputs).prefix(64 * count)))
  let grains = try nearest(normal().map { min(max($0, -1), 1) })
  print("what is drawn is nearly as close to a known digit as what is written:", made.distance < 2 * written.distance)
  print("noise is not:", grains.distance > 3 * written.distance)
  print("many different digits are drawn:", made.digits.count >= 8)
}
