import Foundation

/// What tests are told from outside. A variable that is empty says nothing.
enum Environment {
  static func value(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Where samples are written for the steps of `.ci/run` that open them; `nil` where nobody asks for them.
  static let samples = value("CHAINRULE_SAMPLES").map { URL(filePath: $0) }

  /// How long each fuzz test goes on, or how often; `nil` where a fixed share is enough.
  static let fuzz = value("CHAINRULE_FUZZ").flatMap { Double($0) }

  /// A Python with numpy and the libraries that files are exchanged with; `.ci/python` makes one.
  static let python = value("CHAINRULE_PYTHON")

  /// A Python with numpy, onnx, onnxruntime and torch; `.ci/onnx` makes one.
  static let pythonOfONNX = value("CHAINRULE_ONNX_PYTHON")
}
