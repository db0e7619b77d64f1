/// Seconds of one call: the median of at least seven repeats of at least 0.15 seconds each, after warm-up.
func secondsPerCall(_ call: () throws -> Void) throws -> Double {
  for _ in 0..<3 { try call() }
  let clock = ContinuousClock()
  func time(_ calls: Int) throws -> Double {
    let duration = try clock.measure { for _ in 0..<calls { try call() } }
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
  var calls = 1, once = try time(1)
  while once < 0.01, calls < 1 << 30 {
    calls *= 4
    once = try time(calls)
  }
  calls = Swift.max(1, Int(0.15 / (once / Double(calls))))
  var samples: [Double] = []
  for _ in 0..<7 { samples.append(try time(calls) / Double(calls)) }
  return samples.sorted()[3]
}
