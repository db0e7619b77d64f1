import ChainRuleCore

extension Parameterized {
  /// Keeps parameters as they are during training; all of them, or those at and under a path.
  ///
  /// ```swift
  /// try model.freeze("encoder")        // encoder.weight, encoder.bias, …
  /// ```
  /// - Throws: when nothing has that path.
  public func freeze(_ path: String? = nil) throws { try setFrozen(true, path) }

  /// Lets training change parameters again.
  /// - Throws: when nothing has that path.
  public func unfreeze(_ path: String? = nil) throws { try setFrozen(false, path) }

  private func setFrozen(_ isFrozen: Bool, _ path: String?) throws {
    let all = parameters
    let chosen = all.filter { entry in path.map { isPath(entry.path, at: $0) } ?? true }
    guard !chosen.isEmpty else {
      throw ChainRuleError(
        .value, in: isFrozen ? "freeze" : "unfreeze", required: "a path of the model",
        got: path.map { "\"\($0)\"" } ?? "a model without parameters",
        hint: "The paths are \(all.map(\.path).joined(separator: ", ")).")
    }
    for entry in chosen { entry.parameter.isFrozen = isFrozen }
  }
}

/// Whether a parameter's path is the given one or lies under it.
func isPath(_ path: String, at prefix: String) -> Bool { path == prefix || path.hasPrefix(prefix + ".") }
