import ChainRuleCore

/// Watches the norm of each parameter's gradient and names those that vanish or explode. The training must be made
/// with `monitorsGradients: true`.
public final class GradientMonitor: Callback {
  /// A gradient that left the healthy range.
  public struct Finding: Sendable, Hashable, CustomStringConvertible {
    /// How a gradient leaves the healthy range.
    public enum Kind: String, Sendable {
      /// Its norm is smaller than it should be.
      case vanishing
      /// Its norm is larger than it should be.
      case exploding
      /// Its norm is NaN or infinite.
      case notFinite
    }
    /// The path of the parameter.
    public let path: String
    /// What is wrong with its gradient.
    public let kind: Kind
    /// The norm that was found.
    public let norm: Double
    /// The epoch in which it was first seen.
    public let epoch: Int

    /// The finding as a sentence.
    public var description: String {
      let what = kind == .notFinite ? "is not finite" : kind == .vanishing ? "vanishes" : "explodes"
      return "the gradient of \(path) \(what) (norm \(norm), epoch \(epoch))"
    }
  }

  /// Norms below and above which a gradient is named.
  public let vanishing: Double, exploding: Double
  /// What was found, each parameter and kind once.
  public private(set) var findings: [Finding] = []

  /// A monitor that names gradients with norms below `vanishing` and above `exploding`.
  public init(vanishing: Double = 1e-7, exploding: Double = 1e3) {
    (self.vanishing, self.exploding) = (vanishing, exploding)
  }

  /// Looks at the norms of the epoch's last step.
  public func epochEnded(_ session: any TrainingSession) throws {
    for (path, norm) in session.gradientNorms.sorted(by: { $0.key < $1.key }) {
      let kind: Finding.Kind? =
        !norm.isFinite ? .notFinite : norm < vanishing ? .vanishing : norm > exploding ? .exploding : nil
      guard let kind, !findings.contains(where: { $0.path == path && $0.kind == kind }) else { continue }
      findings.append(Finding(path: path, kind: kind, norm: norm, epoch: session.completedEpochs))
    }
  }
}
