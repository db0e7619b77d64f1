import Foundation
import Testing

/// A Python with numpy, onnx, onnxruntime and torch, named by CHAINRULE_ONNX_PYTHON, in a folder of its own that goes
/// away with the value; `.ci/onnx` makes one.
final class Python {
  static var isThere: Bool { ProcessInfo.processInfo.environment["CHAINRULE_ONNX_PYTHON"] != nil }

  let folder = FileManager.default.temporaryDirectory.appending(path: "chainrule-onnx-\(UUID().uuidString)").path
  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func file(_ name: String) -> String { "\(folder)/\(name)" }

  /// Runs a script and expects it to succeed.
  @discardableResult
  func run(_ script: String) throws -> String {
    let process = Process(), output = Pipe()
    process.executableURL = URL(
      filePath: ProcessInfo.processInfo.environment["CHAINRULE_ONNX_PYTHON"] ?? "/usr/bin/python3")
    process.arguments = ["-W", "ignore", "-c", script]
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    return text
  }
}
