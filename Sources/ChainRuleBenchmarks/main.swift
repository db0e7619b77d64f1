import ChainRule

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Times the workloads and prints a line for each, or a JSON object a line.

/// What the words of the command line ask for.
struct BenchmarkOptions {
  static let usage =
    "chainrule-bench [--json] [--threads N] [--table wide|relatives|reduced|gradients] [--only NAME,NAME] [--profile] [--list] "
    + "[--memory] [--curves] [--compiling]"

  var threads = 1
  var isJSON = false, isProfile = false, isList = false
  /// Tables of their own: time against memory, time against sizes, and time to compile (with `--profile`, the plans).
  var isMemory = false, isCurves = false, isCompiling = false
  /// The workloads to run; those of the first table by default.
  var chosen = workloads

  /// Stops the program where a word makes no sense: a measurement of something else helps nobody.
  init(_ words: [String]) {
    var waiting = words[...]
    while let word = waiting.popFirst() {
      switch word {
      case "--json": isJSON = true
      case "--profile": isProfile = true
      case "--list": isList = true
      case "--memory": isMemory = true
      case "--curves": isCurves = true
      case "--compiling": isCompiling = true
      case "--threads":
        guard let number = waiting.popFirst().flatMap({ Int($0) }), number > 0 else {
          Self.refuse("--threads needs a number of at least 1")
        }
        threads = number
      case "--table":
        switch waiting.popFirst() {
        case "wide": chosen = wideWorkloads
        case "relatives": chosen = relativeWorkloads
        case "reduced": chosen = reducedWorkloads
        case "gradients": chosen = gradientCosts
        default: Self.refuse("--table needs the name of another table: wide, relatives, reduced or gradients")
        }
      case "--only": chosen = Self.chosen(waiting.popFirst())
      default: Self.refuse("'\(word)' means nothing here")
      }
    }
  }

  private static func chosen(_ names: String?) -> [Workload] {
    guard let names else { refuse("--only needs names of workloads") }
    let all: [Workload] = workloads + wideWorkloads + relativeWorkloads + reducedWorkloads + gradientCosts
    let wanted = Set(names.split(separator: ",").map(String.init))
    let unknown = wanted.subtracting(all.map(\.name)).sorted()
    guard unknown.count < wanted.count else { refuse("there is no workload '\(names)'; --list names them") }
    // A list that others share may name workloads that are not here.
    for name in unknown { print("there is no workload '\(name)'") }
    return all.filter { wanted.contains($0.name) }
  }

  private static func refuse(_ reason: String) -> Never {
    print("chainrule-bench: \(reason)\n\(usage)")
    exit(2)
  }
}

let options = BenchmarkOptions(Array(CommandLine.arguments.dropFirst()))
if options.isMemory { try printMemoryTable(threads: options.threads) }
if options.isCurves { try printCurves(threads: options.threads) }
if options.isCompiling { try printCompiling(showsPlans: options.isProfile) }
for workload in options.isMemory || options.isCurves || options.isCompiling ? [] : options.chosen {
  if options.isList {
    print(workload.name)
  } else if options.isProfile {
    if let (program, values) = try workload.program?() {
      program.threads = options.threads
      print(program)
      print(try program.profile(values))
    }
  } else {
    for result in try workload.measure(options.threads) { print(options.isJSON ? json(result) : text(result)) }
  }
}

func json(_ result: Measurement) -> String {
  let extra = result.extra.map { ", \"\($0.0)\": \($0.1)" }.joined()
  return "{\"workload\": \"\(result.name)\", \"peer\": \"chainrule\", \"threads\": \(options.threads), "
    + "\"seconds\": \(result.seconds)\(extra)}"
}

func text(_ result: Measurement) -> String {
  let extra = result.extra.map { "  \($0.0) \($0.1)" }.joined()
  return "\(result.name): \(result.seconds * 1e6) µs\(extra)"
}
