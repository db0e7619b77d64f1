// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "ChainRule",
  platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
  products: [
    .library(name: "ChainRule", targets: ["ChainRule"]),
    .library(name: "ChainRuleLearning", targets: ["ChainRuleLearning"]),
    .library(name: "ChainRuleFiles", targets: ["ChainRuleFiles"]),
    .executable(name: "chainrule", targets: ["ChainRuleTool"]),
    .executable(name: "chainrule-bench", targets: ["ChainRuleBenchmarks"]),
  ],
  targets: [
    // From the ground up; each uses only what stands above it here.
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "ChainRuleCore", dependencies: ["CKernels"]),
    .target(name: "ChainRuleDrawing"),
    .target(name: "ChainRuleExpression", dependencies: ["ChainRuleCore"]),
    .target(name: "ChainRuleChecking", dependencies: ["ChainRuleCore"]),
    .target(name: "ChainRuleExplaining", dependencies: ["ChainRuleCore", "ChainRuleDrawing"]),
    .target(
      name: "ChainRule",
      dependencies: [
        "ChainRuleCore", "ChainRuleDrawing", "ChainRuleExpression", "ChainRuleChecking", "ChainRuleExplaining",
      ]),
    .target(name: "ChainRuleLearning", dependencies: ["ChainRule"]),
    .target(name: "ChainRuleFiles", dependencies: ["ChainRule", "ChainRuleLearning"]),
    .executableTarget(name: "ChainRuleTool", dependencies: ["ChainRule", "ChainRuleLearning", "ChainRuleFiles"]),
    .executableTarget(name: "ChainRuleBenchmarks", dependencies: ["ChainRule"]),
    .executableTarget(name: "Examples", dependencies: ["ChainRule", "ChainRuleLearning", "ChainRuleFiles"]),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "ChainRuleCore"]),
    .target(name: "AllocationCounting", path: "Tests/AllocationCounting"),
    .testTarget(name: "ChainRuleTests", dependencies: ["CKernels", "ChainRule", "Examples", "AllocationCounting"]),
    .testTarget(name: "ChainRuleLearningTests", dependencies: ["ChainRuleLearning"]),
    .testTarget(name: "ChainRuleFilesTests", dependencies: ["ChainRuleFiles"]),
    .testTarget(
      name: "ChainRuleToolTests",
      dependencies: ["ChainRule", "ChainRuleLearning", "ChainRuleFiles", "ChainRuleTool", "Examples"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
