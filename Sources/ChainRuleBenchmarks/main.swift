import ChainRule

// chainrule-bench [--json] [--threads N] [--only NAME,NAME] [--profile NAME] [--list]
// Times the workloads and prints one JSON object a line, or a table.

var threads = 1, isJSON = false, only: Set<String> = [], isProfile = false
var arguments = Array(CommandLine.arguments.dropFirst())[...]
while let argument = arguments.popFirst() {
  switch argument {
  case "--json": isJSON = true
  case "--threads": threads = arguments.popFirst().flatMap { Int($0) } ?? 1
  case "--only": only.formUnion((arguments.popFirst() ?? "").split(separator: ",").map(String.init))
  case "--profile": isProfile = true
  case "--list":
    for workload in workloads { print(workload.name) }
    arguments = []
    only = ["none"]
  default: print("usage: chainrule-bench [--json] [--threads N] [--only NAME,NAME] [--profile] [--list]")
  }
}

for workload in workloads where only.isEmpty || only.contains(workload.name) {
  if isProfile {
    if let (program, values) = try workload.program?() {
      program.threads = threads
      print(program)
      print(try program.profile(values))
    }
    continue
  }
  for result in try workload.measure(threads) {
    if isJSON {
      let extra = result.extra.map { ", \"\($0.0)\": \($0.1)" }.joined()
      print(
        "{\"workload\": \"\(result.name)\", \"peer\": \"chainrule\", \"threads\": \(threads), "
          + "\"seconds\": \(result.seconds)\(extra)}")
    } else {
      let extra = result.extra.map { "  \($0.0) \($0.1)" }.joined()
      print("\(result.name): \(result.seconds * 1e6) µs\(extra)")
    }
  }
}
