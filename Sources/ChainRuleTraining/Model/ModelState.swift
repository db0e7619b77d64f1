import ChainRuleCore

/// The values of a model's parameters by path, at one moment: what is saved, restored and compared.
public struct ModelState: Sendable, Equatable {
  /// Paths and values in the order of the model's stored properties.
  public private(set) var entries: [Entry] = []
  /// Where each path stands among the entries.
  private var positions: [String: Int] = [:]

  /// One parameter's value.
  public struct Entry: Sendable, Equatable {
    /// The path of stored properties that leads to the parameter.
    public let path: String
    /// The value, shaped like the parameter.
    public let value: Tensor
  }

  /// A state without entries.
  public init() {}
  /// From paths and values; the last value under a path counts.
  public init(_ entries: [(path: String, value: Tensor)]) { for (path, value) in entries { self[path] = value } }

  /// The paths, in order.
  public var paths: [String] { entries.map(\.path) }

  /// The value under a path; assigning adds, replaces or (with `nil`) removes it.
  public subscript(path: String) -> Tensor? {
    get { positions[path].map { entries[$0].value } }
    set {
      switch (positions[path], newValue) {
      case (let position?, let value?): entries[position] = Entry(path: path, value: value)
      case (.some, nil): self = filtered { $0 != path }
      case (nil, let value?):
        positions[path] = entries.count
        entries.append(Entry(path: path, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The entries whose paths satisfy a condition.
  func filtered(_ isIncluded: (String) -> Bool) -> ModelState {
    ModelState(entries.filter { isIncluded($0.path) }.map { ($0.path, $0.value) })
  }
}

extension Parameterized {
  /// The present values of all parameters, running statistics included.
  public var state: ModelState { ModelState(parameters.map { ($0.path, $0.parameter.value) }) }

  /// Gives every parameter the value saved under its path.
  ///
  /// - Throws: one error that lists every missing path, every unexpected one and every shape that does not fit;
  ///   nothing is changed then.
  public func restore(_ state: ModelState) throws { try restoreParameters(parameters, from: state) }

  /// Gives another model of the same structure these values, and returns it: a copy with parameters of its own.
  ///
  /// ```swift
  /// let twin = try model.copy(into: Classifier())
  /// ```
  /// - Throws: as `restore(_:)`.
  public func copy<M: Parameterized>(into other: M) throws -> M {
    try other.restore(state)
    return other
  }

  /// The largest absolute difference of each parameter from that of the same path in another model.
  /// - Throws: where the other model lacks a path or has another shape there.
  public func differences(from other: some Parameterized) throws -> [(path: String, largest: Double)] {
    let theirs = other.state
    return try state.entries.map { entry in
      guard let value = theirs[entry.path], value.shape == entry.value.shape else {
        throw ChainRuleError(
          .shape, in: "differences(from:)", required: "a parameter \(entry.path) of shape \(entry.value.shape)",
          got: theirs[entry.path].map { "shape \($0.shape)" } ?? "none")
      }
      return (entry.path, zip(entry.value.scalars, value.scalars).map { Swift.abs($0 - $1) }.max() ?? 0)
    }
  }
}

/// Assigns values by path after checking all of them, so that a mistake changes nothing.
func restoreParameters(_ parameters: [NamedParameter], from state: ModelState) throws {
  let values = try fittingValues(of: state, for: parameters)
  for entry in parameters { values[entry.path].map { entry.parameter.value = $0 } }
}

/// The values of a state by path.
/// - Throws: one error that lists every missing path, every unexpected one and every shape that does not fit.
@discardableResult
func fittingValues(of state: ModelState, for parameters: [NamedParameter]) throws -> [String: Tensor] {
  let known = Set(parameters.map(\.path))
  let values = Dictionary(state.entries.map { ($0.path, $0.value) }, uniquingKeysWith: { $1 })
  let missing = parameters.map(\.path).filter { values[$0] == nil }
  let unexpected = state.paths.filter { !known.contains($0) }
  let misfits = parameters.compactMap { entry -> String? in
    guard let value = values[entry.path], value.error != nil || value.shape != entry.parameter.shape else { return nil }
    return "\(entry.path) of shape \(value.shape) instead of \(entry.parameter.shape)"
  }
  guard missing.isEmpty, unexpected.isEmpty, misfits.isEmpty else {
    func part(_ name: String, _ items: [String]) -> String? {
      items.isEmpty ? nil : "\(name): \(items.joined(separator: ", "))"
    }
    let parts = [part("missing", missing), part("unexpected", unexpected), part("of another shape", misfits)]
    throw ChainRuleError(
      .shape, in: "restore", required: "exactly the model's \(parameters.count) parameters",
      got: parts.compactMap { $0 }.joined(separator: "; "), hint: "Build the model as it was built when it was saved.")
  }
  return values
}
