import Foundation

/// Whether tests that take long in a debug build are run: `.ci/run` sets the variable.
let isHeavy = ProcessInfo.processInfo.environment["CHAINRULE_HEAVY"] != nil
