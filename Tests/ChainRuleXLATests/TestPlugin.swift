import ChainRuleXLA
import Foundation
import Testing

/// A plugin for processors, named by CHAINRULE_PJRT_PLUGIN; `.ci/xla` installs one. Without it these tests are *not
/// run*, and `.ci/xla` fails if any was not.
enum TestPlugin {
  static let path = Environment.value("CHAINRULE_PJRT_PLUGIN")
  static var isThere: Bool { path != nil }

  /// Both, unless CHAINRULE_PJRT_DOUBLE asks for double alone, as for a second plugin.
  static let precisions: [Graph.Precision] =
    Environment.value("CHAINRULE_PJRT_DOUBLE") == nil ? [.double, .single] : [.double]

  /// A double of the plugin that can lose its device, and how many runs it makes before; below 0 for any number.
  static let faultyPath = Environment.value("CHAINRULE_PJRT_FAULTY")
  static func countdown() throws -> UnsafeMutablePointer<Int32> {
    let library = try #require(dlopen(faultyPath, RTLD_NOW | RTLD_LOCAL))
    return try #require(dlsym(library, "faulty_countdown")).assumingMemoryBound(to: Int32.self)
  }

  static func engine(devices: Int = 1) throws -> OpenXLA {
    try OpenXLA(plugin: path ?? "", devices: devices)
  }
}

extension Trait where Self == ConditionTrait {
  static var plugin: Self { .enabled(if: TestPlugin.isThere, "not run: CHAINRULE_PJRT_PLUGIN names no plugin") }
  static var faultyPlugin: Self {
    .enabled(if: TestPlugin.isThere && TestPlugin.faultyPath != nil, "not run: CHAINRULE_PJRT_FAULTY names no plugin")
  }
}
