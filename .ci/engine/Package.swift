// swift-tools-version: 6.1
import PackageDescription

// The engine with its own tests and nothing above it: what the sanitizers build, in a third of the time that all takes.
let package = Package(
  name: "Engine",
  platforms: [.macOS(.v15)],
  targets: [
    .target(
      name: "CKernels", exclude: ["Variants"], linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "CKernelVariants", path: "Sources/CKernels/Variants", publicHeadersPath: ".",
      cSettings: [.headerSearchPath("../include")]),
    .target(name: "ChainRuleCore", dependencies: ["CKernels"]),
    .target(name: "AllocationCounting", path: "Tests/AllocationCounting"),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "CKernelVariants", "ChainRuleCore"]),
    .testTarget(
      name: "EngineTests", dependencies: ["CKernels", "CKernelVariants", "ChainRuleCore", "AllocationCounting"],
      path: "Tests/ChainRuleTests", sources: ["Golden/GoldenOperations.swift", "Program", "Support"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
