/// Watches the norm of each parameter's gradient and names those that vanish or explode. The training must be made
/// with `monitorsGradients: true`.
public final class GradientMonitor: Callback {
  public struct Finding: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable { case vanishing, exploding, notFinite }
    public let path: String
    public let kind: Kind
    public let norm: Double
    /// The epoch in which it was first seen.
    public let epoch: Int

    public var description: String {
      let what = kind == .notFinite ? "is not finite" : kind == .vanishing ? "vanishes" : "explodes"
      return "the gradient of \(path) \(what) (norm \(norm), epoch \(epoch))"
    }
  }

  public let vanishing: Double, exploding: Double
  public private(set) var findings: [Finding] = []

  /// - Parameters: norms below and above which a gradient is named.
  public init(vanishing: Double = 1e-7, exploding: Double = 1e3) {
    (self.vanishing, self.exploding) = (vanishing, exploding)
  }

  public func epochEnded(_ session: any TrainingSession) throws {
    for (path, norm) in session.gradientNorms.sorted(by: { $0.key < $1.key }) {
      let kind: Finding.Kind? =
        !norm.isFinite ? .notFinite : norm < vanishing ? .vanishing : norm > exploding ? .exploding : nil
      guard let kind, !findings.contains(where: { $0.path == path && $0.kind == kind }) else { continue }
      findings.append(Finding(path: path, kind: kind, norm: norm, epoch: session.completedEpochs))
    }
  }
}
