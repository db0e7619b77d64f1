import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A random change that leaves an image's class as it is, for images `[channels, height, width]`.
public enum Augmentation: Sendable, Hashable {
  /// By up to so many pixels in each direction, fractions included; what comes in from outside is 0.
  case shift(Double)
  /// By up to so many degrees either way, about the centre.
  case rotate(degrees: Double)
  /// By a factor between 1 − share and 1 + share, about the centre.
  case scale(Double)
  /// Normal noise of a deviation on every pixel.
  case noise(deviation: Double)
  /// Left and right exchanged, every second time.
  case flip
  /// A window of the image's own size from the image with a border of so many zeros.
  case randomCrop(padding: Int)
  /// A square of zeros at a random place.
  case cutout(size: Int)

  /// What is wrong with the number of a change, if anything.
  fileprivate var flaw: ChainRuleError? {
    func refuse(_ required: String) -> ChainRuleError {
      ChainRuleError(.value, in: "Augmented", required: required, got: "\(self)")
    }
    switch self {
    case .shift(let most): return abs(most) <= 1e6 ? nil : refuse("a shift of at most a million pixels")
    case .rotate(let degrees): return degrees.isFinite ? nil : refuse("a finite angle")
    case .scale(let share): return abs(share) <= 1e6 ? nil : refuse("a share of at most a million")
    case .noise(let deviation): return deviation.isFinite ? nil : refuse("a finite deviation")
    case .flip: return nil
    case .randomCrop(let size), .cutout(let size):
      return (0...1_000_000).contains(size) ? nil : refuse("a size from 0 to a million pixels")
    }
  }
}

/// A data source whose images change at random each time they are seen: other changes in each epoch, the same ones for
/// the same seed, epoch and position.
public struct Augmented: DataSource {
  /// Where the images come from.
  public let base: any DataSource
  /// The changes, in the order in which they are made.
  public let changes: [Augmentation]
  /// What fixes the changes, together with epoch and position.
  public let seed: UInt64

  /// A source of changed images; those of `base` are `[count, channels, height, width]`.
  public init(_ base: any DataSource, _ changes: [Augmentation], seed: UInt64 = 0) {
    (self.base, self.changes, self.seed) = (base, changes, seed)
  }

  /// How many images there are.
  public var count: Int { base.count }
  /// Images are changed on another thread while the model trains.
  public var prefetchCount: Int { Swift.max(base.prefetchCount, 2) }
  /// The images as they are, unchanged: to look at, or to evaluate on.
  /// - Throws: what `base` throws.
  public func examples(at positions: [Int]) throws -> Dataset { try base.examples(at: positions) }

  /// The images as they are seen in one epoch.
  /// - Throws: a `ChainRuleError` for inputs that are no images, and what `base` throws.
  public func examples(at positions: [Int], epoch: Int) throws -> Dataset {
    if let flaw = changes.lazy.compactMap(\.flaw).first { throw flaw }
    guard epoch >= 0 else {
      throw ChainRuleError(.value, in: "Augmented", required: "an epoch of at least 0", got: "\(epoch)")
    }
    let examples = try base.examples(at: positions, epoch: epoch)
    let shape = examples.inputs.shape
    guard shape.rank == 4, examples.inputs.elementType.isFloatingPoint else {
      throw ChainRuleError(
        .shape, in: "Augmented", required: "images [count, channels, height, width]", got: "\(shape)",
        hint: "Use reshapingInputs(to:).")
    }
    var pixels = examples.inputs.floats
    let size = shape.elementCount / Swift.max(shape[0], 1)
    for (row, position) in positions.enumerated() {
      var numbers = RandomNumbers(
        seed: seed &+ UInt64(epoch) &* 0xD1B5_4A32_D192_ED03 &+ UInt64(truncatingIfNeeded: position))
      var image = Image(pixels: Array(pixels[row * size..<(row + 1) * size]), shape[1], shape[2], shape[3])
      for change in changes { image.apply(change, &numbers) }
      pixels.replaceSubrange(row * size..<(row + 1) * size, with: image.pixels)
    }
    return try Dataset(
      inputs: Tensor(floats: pixels, shape: shape), targets: examples.targets, classNames: examples.classNames)
  }
}

/// One image while it is changed.
private struct Image {
  var pixels: [Float]
  let channels: Int, height: Int, width: Int

  init(pixels: [Float], _ channels: Int, _ height: Int, _ width: Int) {
    (self.pixels, self.channels, self.height, self.width) = (pixels, channels, height, width)
  }

  mutating func apply(_ change: Augmentation, _ numbers: inout RandomNumbers) {
    func symmetric(_ bound: Double) -> Double { bound * (2 * numbers.uniform() - 1) }
    switch change {
    case .shift(let most):
      let (down, right) = (symmetric(most), symmetric(most))
      resample { ($0 - down, $1 - right) }
    case .rotate(let degrees):
      let angle = symmetric(degrees) * .pi / 180
      let (cosine, sine) = (cos(angle), sin(angle))
      resample { (cosine * $0 - sine * $1, sine * $0 + cosine * $1) }
    case .scale(let share):
      let factor = Swift.max(1 + symmetric(share), 0.01)
      resample { ($0 / factor, $1 / factor) }
    case .noise(let deviation):
      for place in pixels.indices { pixels[place] += Float(deviation * numbers.normal()) }
    case .flip:
      if numbers.uniform() < 0.5 { resample { ($0, -$1) } }
    case .randomCrop(let padding):
      func step() -> Double { Double(Int(numbers.next() % UInt64(2 * padding + 1)) - padding) }
      let (down, right) = (step(), step())
      resample { ($0 + down, $1 + right) }
    case .cutout(let size):
      guard height > 0, width > 0 else { return }
      let (top, left) = (
        Int(numbers.next() % UInt64(height)) - size / 2, Int(numbers.next() % UInt64(width)) - size / 2
      )
      for place in pixels.indices {
        let (row, column) = (place / width % height, place % width)
        if (top..<top + size).contains(row), (left..<left + size).contains(column) { pixels[place] = 0 }
      }
    }
  }

  /// Every pixel anew, from the place that `source` names relative to the centre; between pixels by bilinear weights.
  private mutating func resample(_ source: (_ row: Double, _ column: Double) -> (Double, Double)) {
    let (middleRow, middleColumn) = (Double(height - 1) / 2, Double(width - 1) / 2)
    var result = pixels
    for place in pixels.indices {
      let (channel, row, column) = (place / (height * width), place / width % height, place % width)
      let (y, x) = source(Double(row) - middleRow, Double(column) - middleColumn)
      result[place] = sample(channel, y + middleRow, x + middleColumn)
    }
    pixels = result
  }

  private func sample(_ channel: Int, _ y: Double, _ x: Double) -> Float {
    let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
    let (down, right) = (Float(y - Double(top)), Float(x - Double(left)))
    func pixel(_ row: Int, _ column: Int) -> Float {
      guard (0..<height).contains(row), (0..<width).contains(column) else { return 0 }
      return pixels[(channel * height + row) * width + column]
    }
    let above = pixel(top, left) * (1 - right) + pixel(top, left + 1) * right
    let below = pixel(top + 1, left) * (1 - right) + pixel(top + 1, left + 1) * right
    return above * (1 - down) + below * down
  }
}
