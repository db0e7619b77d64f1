// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "ChainRule",
  platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
  products: [
    .library(name: "ChainRule", targets: ["ChainRule"]),
    .library(name: "ChainRuleLearning", targets: ["ChainRuleLearning"]),
    .library(name: "ChainRuleFiles", targets: ["ChainRuleFiles"]),
    .library(name: "ChainRuleONNX", targets: ["ChainRuleONNX"]),
    .library(name: "ChainRuleXLA", targets: ["ChainRuleXLA"]),
    .executable(name: "chainrule", targets: ["ChainRuleTool"]),
    .executable(name: "chainrule-bench", targets: ["ChainRuleBenchmarks"]),
    .executable(name: "chainrule-gradbench", targets: ["ChainRuleGradBench"]),
  ],
  targets: [
    // From the ground up; each uses only what stands above it here.
    .target(
      name: "CKernels", exclude: ["Variants"], linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    // The loops for each instruction set, which CKernels dispatches to: a minute of a C compiler that nothing in Swift
    // has to wait for, since only the linker needs them.
    .target(
      name: "CKernelVariants", path: "Sources/CKernels/Variants", publicHeadersPath: ".",
      cSettings: [.headerSearchPath("../include")]),
    .target(name: "ChainRuleCore", dependencies: ["CKernels"]),
    .target(name: "ChainRuleTransforming", dependencies: ["ChainRuleCore"]),
    .target(name: "ChainRuleMathematics", dependencies: ["ChainRuleCore", "ChainRuleTransforming"]),
    .target(name: "ChainRuleDrawing"),
    .target(name: "ChainRuleExpression", dependencies: ["ChainRuleCore", "ChainRuleMathematics"]),
    .target(name: "ChainRuleDeriving", dependencies: ["ChainRuleCore"]),
    .target(name: "ChainRuleChecking", dependencies: ["ChainRuleCore"]),
    .target(
      name: "ChainRuleClaiming",
      dependencies: ["ChainRuleCore", "ChainRuleExpression", "ChainRuleDeriving", "ChainRuleChecking"]),
    .target(name: "ChainRuleExplaining", dependencies: ["ChainRuleCore", "ChainRuleDrawing"]),
    .target(
      name: "ChainRuleStableHLO", dependencies: ["ChainRuleCore", "ChainRuleTransforming", "ChainRuleMathematics"]),
    .target(
      name: "ChainRule",
      dependencies: [
        "CKernelVariants", "ChainRuleCore", "ChainRuleTransforming", "ChainRuleMathematics", "ChainRuleDrawing",
        "ChainRuleExpression", "ChainRuleChecking", "ChainRuleExplaining", "ChainRuleDeriving", "ChainRuleClaiming",
        "ChainRuleStableHLO",
      ]),
    .target(name: "ChainRulePage", dependencies: ["ChainRule"]),
    .target(name: "ChainRuleTraining", dependencies: ["ChainRuleCore"]),
    .target(
      name: "ChainRuleFiles",
      dependencies: ["ChainRuleCore", "ChainRuleTransforming", "ChainRuleMathematics", "ChainRuleTraining"]),
    .target(name: "ChainRuleONNX", dependencies: ["ChainRule", "ChainRuleFiles", "ChainRuleStableHLO"]),
    .target(name: "CPJRT"),
    .target(name: "ChainRuleXLA", dependencies: ["CPJRT", "ChainRule"]),
    .target(name: "ChainRuleLearning", dependencies: ["ChainRule", "ChainRuleTraining"]),
    .executableTarget(
      name: "ChainRuleTool",
      dependencies: ["ChainRule", "ChainRulePage", "ChainRuleLearning", "ChainRuleFiles", "ChainRuleONNX"]),
    .executableTarget(name: "ChainRuleBenchmarks", dependencies: ["ChainRule", "ChainRuleTraining"]),
    .executableTarget(name: "ChainRuleGradBench", dependencies: ["ChainRule"]),
    .executableTarget(
      name: "Examples",
      dependencies: ["ChainRule", "ChainRuleLearning", "ChainRuleFiles", "ChainRuleONNX", "ChainRuleXLA"]),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "CKernelVariants", "ChainRuleCore"]),
    .target(name: "AllocationCounting", path: "Tests/AllocationCounting"),
    .testTarget(name: "ChainRuleTests", dependencies: ["CKernels", "ChainRule", "Examples", "AllocationCounting"]),
    .testTarget(name: "ChainRuleLearningTests", dependencies: ["ChainRuleLearning"]),
    .testTarget(name: "ChainRuleFilesTests", dependencies: ["ChainRuleFiles", "ChainRuleLearning"]),
    .testTarget(
      name: "ChainRuleToolTests",
      dependencies: [
        "ChainRule", "ChainRulePage", "ChainRuleLearning", "ChainRuleFiles", "ChainRuleTool", "Examples",
      ]),
    .testTarget(
      name: "ChainRuleONNXTests", dependencies: ["ChainRuleONNX", "ChainRuleLearning", "ChainRuleXLA", "Examples"]),
    .testTarget(
      name: "ChainRuleXLATests", dependencies: ["ChainRuleXLA", "ChainRuleLearning", "ChainRuleFiles"]),
    .testTarget(name: "ChainRuleMathematicsTests", dependencies: ["ChainRule"]),
    .testTarget(name: "ChainRuleTransformingTests", dependencies: ["ChainRule"]),
    .testTarget(name: "ChainRuleGradBenchTests", dependencies: ["ChainRule", "ChainRuleGradBench"]),
    .testTarget(name: "ChainRulePageTests", dependencies: ["ChainRule", "ChainRulePage"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
