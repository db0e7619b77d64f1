import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

private func yieldProcessor() { sched_yield() }

/// A trainable value that outlives graphs: one master tensor, cast by each graph that uses it.
///
/// A parameter is a reference, so copies of a model share it; its value and version are protected by a lock.
public final class Parameter: Sendable {
  private struct State {
    var value: Tensor
    var version: UInt64
    var name: String
    var isFrozen = false
    /// Lent to a program that is updating it in place.
    var isLent = false
    /// Fetches the value from a device where a program left it.
    var elsewhere: (@Sendable () -> Tensor)?

    /// Brings the value here if it is elsewhere.
    mutating func fetch() {
      guard let fetch = elsewhere else { return }
      elsewhere = nil
      value = fetch()
    }
  }

  private let state: Mutex<State>
  /// False for what is stored with a model but not trained: running statistics, counters.
  public let isTrainable: Bool
  /// A row that no training moves: the padding row of an embedding.
  package let fixedRow: Int?
  /// The shape of the first value, which every later one must have.
  public let shape: Shape

  /// Counts changes of any parameter, so that a graph can tell cheaply that none of its own changed.
  static let changes = Atomic<UInt64>(0)

  /// A parameter with its first value, which keeps its element type; each graph casts a copy.
  public convenience init(_ value: Tensor, name: String = "", isTrainable: Bool = true) {
    self.init(value, name: name, isTrainable: isTrainable, fixedRow: nil)
  }

  /// The same with a row that no training moves.
  package init(_ value: Tensor, name: String = "", isTrainable: Bool = true, fixedRow: Int?) {
    state = Mutex(State(value: value, version: 0, name: name))
    shape = value.shape
    self.isTrainable = isTrainable
    self.fixedRow = fixedRow
  }

  /// The master value. Assigning another shape than the first is carried as a mistake by the value.
  public var value: Tensor {
    get { snapshot.value }
    set {
      var value = newValue
      if value.error == nil, value.shape != shape {
        value = Tensor(
          error: ChainRuleError(
            .shape, in: "Parameter \(name)", required: "shape \(shape)", got: "shape \(value.shape)"))
      }
      withReturnedValue {
        $0.elsewhere = nil
        $0.value = value
        $0.version += 1
      }
      Self.changes.add(1, ordering: .releasing)
    }
  }

  /// How often the value has been replaced.
  public var version: UInt64 { state.withLock { $0.version } }

  /// What messages call it; models name their parameters by path (`hidden.weight`).
  public var name: String {
    get { state.withLock { $0.name } }
    set { state.withLock { $0.name = newValue } }
  }

  /// True while training leaves it as it is; its gradients can still be asked for.
  public var isFrozen: Bool {
    get { state.withLock { $0.isFrozen } }
    set { state.withLock { $0.isFrozen = newValue } }
  }

  package var snapshot: (value: Tensor, version: UInt64) {
    withReturnedValue {
      $0.fetch()
      return ($0.value, $0.version)
    }
  }

  /// Renews the value without bringing it here: it is fetched when somebody reads it.
  /// - Returns: the version of the new value.
  package func leave(_ fetch: @escaping @Sendable () -> Tensor) -> UInt64 {
    let version = withReturnedValue { state in
      state.elsewhere = fetch
      state.version += 1
      return state.version
    }
    Self.changes.add(1, ordering: .releasing)
    return version
  }

  /// Reads or writes the state once no program has the value on loan.
  private func withReturnedValue<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    while true {
      if let result = state.withLock({ $0.isLent ? nil : body(&$0) }) { return result }
      yieldProcessor()
    }
  }

  /// Exchanges the value with a placeholder in `slot`, for a program that writes into its memory; who reads it
  /// meanwhile waits until it is given back. An exchange costs no reference counting.
  func lend(to slot: inout Tensor) {
    while !exchange(with: &slot, whenLent: false) { yieldProcessor() }
  }

  func giveBack(_ slot: inout Tensor) {
    _ = exchange(with: &slot, whenLent: true)
    Self.changes.add(1, ordering: .releasing)
  }

  private func exchange(with slot: inout Tensor, whenLent isLent: Bool) -> Bool {
    state.withLock {
      guard $0.isLent == isLent else { return false }
      if !isLent { $0.fetch() }
      Swift.swap(&$0.value, &slot)
      if isLent { $0.version += 1 }
      $0.isLent = !isLent
      return true
    }
  }

  static let placeholder = Tensor(shape: [0], [])
}
