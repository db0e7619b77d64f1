import ChainRule

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// (x + y) · z recorded, evaluated and differentiated anew in every call.
func scalarFresh() throws -> Measurement {
  var sum = 0.0
  let seconds = try secondsPerCall {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    let f = (x + y) * z
    let gradients = f.backward()
    sum += try f.scalar()
    for node in [x, y, z] { if let gradient = gradients[node] { sum += try gradient.scalar() } }
  }
  return Measurement(name: "scalar-xyz", seconds: seconds, extra: [("checksum", sum.isFinite ? 1 : 0)])
}

/// The same replayed from a program.
func scalarProgram(_ threads: Int) throws -> Measurement {
  let graph = Graph()
  let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
  let f = (x + y) * z
  let program = try graph.compile(inputs: [x, y, z], outputs: [f] + (try f.gradients(withRespectTo: [x, y, z])))
  return Measurement(name: "scalar-xyz-program", seconds: try seconds(of: program, [-2, 5, -4], threads: threads))
}

/// h ← h · x + 1 a million times: recorded, evaluated, differentiated and freed; then as a program.
func scalarChain() throws -> [Measurement] {
  let clock = ContinuousClock(), length = 1_000_000
  func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try clock.measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
  var results: [Measurement] = []
  var best = Double.infinity, parts: [(String, Double)] = []
  for _ in 0..<3 {
    var graph: Graph? = Graph(), f: Node?, x: Node?, gradients: Gradients?
    let record = seconds {
      guard let graph else { return }
      let input = graph.input("x", 0.5)
      var h = graph.constant(1)
      for _ in 0..<length { h = h * input + 1 }
      (f, x) = (h, input)
    }
    let evaluate = try seconds { _ = try f?.scalar() }
    let backward = seconds { gradients = f?.backward() }
    let read = try seconds { if let x { _ = try gradients?[x]?.scalar() } }
    let free = seconds { (graph, f, x, gradients) = (nil, nil, nil, nil) }
    let total = record + evaluate + backward + read + free
    if total < best {
      best = total
      parts = [
        ("record", record), ("evaluate", evaluate), ("backward", backward), ("gradient", read), ("free", free),
      ]
    }
  }
  results.append(
    Measurement(name: "scalar-chain-1m", seconds: best, extra: parts + [("peakMegabytes", peakMegabytes())]))
  let graph = Graph(), x = graph.input("x", shape: [])
  var h = graph.constant(1)
  for _ in 0..<length / 2 { h = h * x + 1 }
  var program: Program?
  let compile = try seconds { program = try graph.compile(inputs: [x], outputs: [h]) }
  if let program {
    var values = try program.run([0.5])
    let run = try secondsPerCall { try program.run([0.5], into: &values) }
    results.append(
      Measurement(
        name: "scalar-chain-1m-program", seconds: run,
        extra: [("compile", compile), ("nanosecondsPerNode", run / Double(length) * 1e9)]))
  }
  return results
}

func peakMegabytes() -> Double {
  var usage = rusage()
  getrusage(0, &usage)  // 0: this process
  #if canImport(Darwin)
    return Double(usage.ru_maxrss) / 1e6
  #else
    return Double(usage.ru_maxrss) / 1e3
  #endif
}
