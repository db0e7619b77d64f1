import Foundation

/// Whether the long part of a test is run, in a release build: `.ci/run` sets the variable.
let isHeavy = ProcessInfo.processInfo.environment["CHAINRULE_HEAVY"] == "1"
