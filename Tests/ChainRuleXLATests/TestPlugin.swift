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

  static func engine(devices: Int = 1) throws -> OpenXLA {
    try OpenXLA(plugin: path ?? "", devices: devices)
  }
}

extension Trait where Self == ConditionTrait {
  static var plugin: Self { .enabled(if: TestPlugin.isThere, "not run: CHAINRULE_PJRT_PLUGIN names no plugin") }
}
