/// Steps that read windows of images.

struct ConvolutionStep: Sendable {
  let plan: ConvolutionPlan
  let first: Location, second: Location, result: Location
  /// Where the parts of a weight gradient are kept until they are added up.
  let partials: Location

  func run(_ state: RunState, threads: Int) {
    let (first, second, result) = (state.pointer(first), state.pointer(second), state.pointer(result))
    let partials = state.pointer(partials), parts = plan.parts
    // What a range of images needs of the weights is computed for each range.
    let count = threads == 1 || plan.flops < 200_000 ? 1 : Swift.min(parts, 16)
    ThreadPool.shared.run(parts: count, threads: threads) { part, thread in
      plan.run(
        parts * part / count..<parts * (part + 1) / count, first, second, result, partials,
        scratch: state.scratch(of: thread))
    }
    plan.finish(result, partials)
  }
}

struct MaxPoolWinnersStep: Sendable {
  let windows: Windows
  let from: Location, to: Location

  func run(_ state: RunState, threads: Int) {
    let positions = state.pointer(to).assumingMemoryBound(to: Int32.self)
    ThreadPool.share(rows: windows.planes, elements: windows.planes * windows.places, threads: threads) {
      planes, thread in
      windows.winners(
        planes, isDouble: state.isDouble, state.pointer(from), positions, spare: state.scratch(of: thread))
    }
  }
}

struct AveragePoolStep: Sendable {
  let windows: Windows
  let isTransposed: Bool
  let from: Location, to: Location

  func run(_ state: RunState, threads: Int) {
    ThreadPool.share(rows: windows.planes, elements: windows.planes * windows.places, threads: threads) { planes, _ in
      windows.average(
        planes, transposed: isTransposed, isDouble: state.isDouble, state.pointer(from), state.pointer(to))
    }
  }
}
