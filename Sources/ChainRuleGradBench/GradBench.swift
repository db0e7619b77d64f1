import Foundation

/// Speaks GradBench's protocol: a line of JSON for each line of JSON, until the input ends.
///
/// `chainrule-gradbench [--multithreaded]`; without the word every run takes one thread, as GradBench's other tools do.
@main
struct GradBench {
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    if let unknown = words.first(where: { $0 != "--multithreaded" }) {
      FileHandle.standardError.write(
        Data("chainrule-gradbench: required --multithreaded or no word at all, got \(unknown).\n".utf8))
      exit(2)
    }
    let session = Session(threads: words.isEmpty ? 1 : ProcessInfo.processInfo.activeProcessorCount)
    while let line = readLine() { FileHandle.standardOutput.write(Data((session.answer(to: line) + "\n").utf8)) }
  }
}
