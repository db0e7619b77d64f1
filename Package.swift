// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "ChainRule",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "ChainRule", targets: ["ChainRule"]),
    .executable(name: "chainrule", targets: ["ChainRuleTool"]),
  ],
  targets: [
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "ChainRule", dependencies: ["CKernels"]),
    .executableTarget(name: "ChainRuleTool", dependencies: ["ChainRule"]),
    .executableTarget(name: "Examples", dependencies: ["ChainRule"]),
    .testTarget(name: "ChainRuleTests", dependencies: ["ChainRule"]),
    .testTarget(name: "ChainRuleToolTests", dependencies: ["ChainRule", "ChainRuleTool", "Examples"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
