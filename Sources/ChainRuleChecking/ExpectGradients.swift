import ChainRuleCore

/// A report that did not agree, thrown by `expectGradientsAgree`; its description is the whole report.
public struct GradientMismatch: Error, Sendable, CustomStringConvertible {
  /// The report that did not agree.
  public let report: GradientReport
  /// The whole report as text.
  public var description: String { report.description }
}

/// One line for a test in any framework: returns the report if everything agrees, else throws it.
///
/// ```swift
/// @Test func gradients() throws { try expectGradientsAgree(of: f, withRespectTo: [x, y]) }          // Swift Testing
/// func testGradients() throws { try expectGradientsAgree(of: f, withRespectTo: [x, y]) }            // XCTest
/// ```
/// - Parameter allowingKinks: whether points that are not differentiable may pass, if autodiff's convention lies
///   between the slopes on both sides.
/// - Throws: `GradientMismatch` with the report unless everything agrees.
@discardableResult
public func expectGradientsAgree(
  of output: Node, withRespectTo nodes: [Node], order: Int = 1, mode: CheckMode = .full,
  claiming claims: [String: Double] = [:], allowingKinks: Bool = false
) throws -> GradientReport {
  try expectAgreement(
    try checkGradients(of: output, withRespectTo: nodes, order: order, mode: mode, claiming: claims),
    allowingKinks: allowingKinks)
}

/// The same for any report: of a primitive, of a model.
@discardableResult
public func expectAgreement(_ report: GradientReport, allowingKinks: Bool = false) throws -> GradientReport {
  let isFine =
    allowingKinks
    ? !report.entries.isEmpty
      && report.entries.allSatisfy { $0.verdict == .agree || ($0.kink != nil && $0.verdict != .disagree) }
      && report.opinions.allSatisfy { $0.verdict == .agree }
    : report.verdict == .agree
  if !isFine { throw GradientMismatch(report: report) }
  return report
}
