import ChainRuleCore

/// The values from which a layer's weight and bias start.
///
/// - Parameters:
///   - biases: `nil` leaves the bias out.
///   - seed: where the weight's random numbers start, the bias's one behind it; by default each takes the next seed of
///     `withSeed`.
func startingValues(
  _ weights: Initializer, _ shape: Shape, _ biases: Initializer?, _ biasShape: Shape, fanIn: Int, fanOut: Int,
  seed: UInt64?
) -> (weight: Tensor, bias: Tensor?) {
  let weight = weights(shape, fanIn: fanIn, fanOut: fanOut, seed: seed ?? nextSeed())
  return (weight, biases.map { $0(biasShape, fanIn: fanIn, fanOut: fanOut, seed: (seed ?? nextSeed()) &+ 1) })
}

extension Graph {
  /// Says what a state of a layer becomes after a training step.
  /// - Throws: what is wrong with the state or its next value, in the layer's name.
  func renew(_ state: Node, to next: Node, in layer: String) throws(ChainRuleError) {
    do { try update(state, to: next) } catch let error as ChainRuleError { throw error } catch {
      throw ChainRuleError(.value, in: layer, required: "a state that can be renewed", got: "\(error)")
    }
  }
}
