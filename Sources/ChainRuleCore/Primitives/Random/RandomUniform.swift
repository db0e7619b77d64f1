/// Uniform numbers in [0, 1) that depend only on the seed, a counter and the position: repeatable on any number of
/// threads. The counter is an input, so that a program's update can advance it.
///
/// Generator: SplitMix64's finalizer (Steele, Lea and Flood 2014) over seed, counter and position.
struct RandomUniform: DescribedPrimitive, EnclosedPrimitive {
  static let descriptor = PrimitiveDescriptor(equation: "uniform numbers in [0, 1)", derivatives: ["none: a counter"])
  let shape: Shape
  let seed: UInt64
  /// Whether nobody gave a counter: a program then counts its own runs.
  var countsRuns = false
  var name: String { "randomUniform" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].rank == 0 else {
      throw ChainRuleError(.shape, in: name, required: "a counter of rank 0", got: "\(inputs[0])")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let result = try Kernels.make(shape, .float64)
    let counter = inputs[0].element(0)
    for position in 0..<result.count {
      result.storage.pointer(Double.self)[position] = number(at: position, counter: counter)
    }
    return result
  }
  func number(at position: Int, counter: Double) -> Double {
    let stream = RandomNumbers.mixed(seed ^ RandomNumbers.mixed(counter.bitPattern))
    return RandomNumbers.unit(stream &+ UInt64(position) &* RandomNumbers.step)
  }
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    guard inputs[0][0].isPoint else { throw Enclosure.undecided(in: name) }
    return Enclosure(try forward([inputs[0].lower]))
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "random numbers do not depend smoothly on their counter")
  }
}

extension Graph {
  /// Uniform numbers in [0, 1), fixed by the seed and the counter's value.
  ///
  /// Without a counter the node has one value in its graph, that of counter 0, and a program counts its runs, so that
  /// each has numbers of its own. A constant counter gives every run the same ones.
  public func randomUniform(shape: Shape, seed: UInt64, counter: Node? = nil) -> Node {
    recordGeneral(
      RandomUniform(shape: shape, seed: seed, countsRuns: counter == nil), [counter ?? constant(0 as Double)])
  }

  /// Numbers of the standard normal distribution: √(−2 ln u₁) · cos(2π u₂) (Box and Muller 1958); the counter is that
  /// of ``randomUniform(shape:seed:counter:)``.
  public func randomNormal(shape: Shape, seed: UInt64, counter: Node? = nil) -> Node {
    let first = 1 - randomUniform(shape: shape, seed: seed, counter: counter)
    let second = randomUniform(shape: shape, seed: RandomNumbers.mixed(~seed), counter: counter)
    return sqrt(-2 * log(first)) * cos((2 * Double.pi) * second)
  }
}
