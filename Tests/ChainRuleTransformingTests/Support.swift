import ChainRule
import Testing

/// Equal shapes, and elements within a share of the larger of 1 and the expected size.
func expectClose(
  _ a: Node, _ b: Node, _ tolerance: Double = 1e-12, location: SourceLocation = #_sourceLocation
) throws {
  let (a, b) = (try a.value(), try b.value())
  #expect(a.shape == b.shape, sourceLocation: location)
  for (x, y) in zip(a.scalars, b.scalars) {
    #expect(abs(x - y) <= tolerance * max(1, abs(y)), "\(x) beside \(y)", sourceLocation: location)
  }
}

func expectClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12, location: SourceLocation = #_sourceLocation) {
  #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(a) beside \(b)", sourceLocation: location)
}

/// The message of what a body throws; empty where it does not.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch { return "\(error)" }
}
