import Foundation
import Testing

/// Python's own libraries, on the other side of files in a folder that goes away with the value.
final class Python {
  let folder = FileManager.default.temporaryDirectory.appending(path: "chainrule-python-\(UUID().uuidString)")
  private let program: String

  /// - Parameter program: which Python, as ``Environment`` has it.
  init(_ program: String?) throws {
    self.program = program ?? "python3"
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String) -> String { folder.appending(path: name).path }

  /// What a script prints; it is expected to succeed.
  @discardableResult
  func run(_ script: String, _ arguments: String...) throws -> String {
    let process = Process(), output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program, "-W", "ignore", "-c", script] + arguments
    process.currentDirectoryURL = folder
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    return text
  }
}
