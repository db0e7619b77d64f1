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
    let process = Process()
    process.executableURL = program.hasPrefix("/") ? URL(filePath: program) : builtProducts.appending(path: program)
    process.arguments = words
    process.currentDirectoryURL = folder ?? FileManager.default.temporaryDirectory
    let (standardInput, output, complaint) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, complaint)
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    // The complaint is short; reading one after the other cannot block.
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    let complained = try complaint.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Tool(
      status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
      output: String(decoding: printed, as: UTF8.self), complaint: String(decoding: complained, as: UTF8.self))
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
