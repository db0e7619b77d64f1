import Foundation
import Testing

/// The built command-line tool, run as a user runs it.
struct Tool: Sendable {
  let status: Int32
  let output: String
  let complaint: String

  /// Runs `chainrule` with the words in an empty folder of its own.
  static func run(_ words: String..., input: String = "") throws -> Tool { try run(words, input: input) }

  static func run(_ words: [String], input: String = "", in folder: URL? = nil, program: String = "chainrule") throws
    -> Tool
  {
    let tool = try start(words, input: input, in: folder, program: program)
    return try tool.end()
  }

  /// Starts it and does not wait.
  static func start(_ words: [String], input: String = "", in folder: URL? = nil, program: String = "chainrule") throws
    -> Running
  {
    let process = Process()
    process.executableURL = program.hasPrefix("/") ? URL(filePath: program) : builtProducts.appending(path: program)
    process.arguments = words
    process.currentDirectoryURL = folder ?? FileManager.default.temporaryDirectory
    let (standardInput, output, complaint) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, complaint)
    let start = Date()
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    return Running(process: process, output: output, complaint: complaint, start: start)
  }

  /// A tool at work.
  struct Running {
    fileprivate let process: Process
    fileprivate let output: Pipe, complaint: Pipe
    fileprivate let start: Date

    /// What it printed, when it has ended by itself.
    func end() throws -> Tool {
      // The complaint is short; reading one after the other cannot block.
      let printed = try output.fileHandleForReading.readToEnd() ?? Data()
      let complained = try complaint.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return Tool(
        status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
        output: String(decoding: printed, as: UTF8.self), complaint: String(decoding: complained, as: UTF8.self))
    }

    /// Waits until a file is written after the start, or the tool has ended.
    func waitUntilWritten(_ file: URL) {
      func date() -> Date? {
        (try? FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate]) as? Date
      }
      while process.isRunning, (date() ?? .distantPast) < start { usleep(1000) }
    }

    /// The most memory that it held, in bytes, looked at until it has ended; Linux tells it.
    func peakMemory() -> Int {
      var most = 0
      while process.isRunning {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        if let line = status.firstMatch(of: /VmHWM:\s+(\d+) kB/) { most = max(most, (Int(line.1) ?? 0) * 1024) }
        usleep(5000)
      }
      return most
    }

    /// Ctrl-C.
    func interrupt() { process.interrupt() }

    /// Any signal.
    func send(_ number: Int32) { _ = Foundation.kill(process.processIdentifier, number) }

    /// Ends it without a chance to tidy up.
    func kill() {
      _ = Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  /// Where the build puts programs: beside the test bundle.
  static let builtProducts: URL = {
    #if os(macOS)
      if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
        return bundle.bundleURL.deletingLastPathComponent()
      }
    #endif
    return URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
  }()

  /// A new folder that is removed when `body` returns.
  static func inNewFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "chainrule-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
