import ChainRuleCore
import Dispatch
import Synchronization

/// Batches of an epoch in order, some of them prepared ahead on another thread.
final class BatchLoader: Sendable {
  private struct State {
    var ready: [Int: Result<Dataset, any Error>] = [:]
    var isCancelled = false
  }

  private let source: any DataSource
  private let parts: [ArraySlice<Int>]
  private let epoch: Int
  private let ahead: Int
  private let state = Mutex(State())
  private let filled = DispatchSemaphore(value: 0)
  private let free: DispatchSemaphore

  /// Begins to prepare the batches of an epoch, if the source wants that.
  /// - Parameter first: the batch to begin with.
  init(_ source: any DataSource, _ parts: [ArraySlice<Int>], epoch: Int, from first: Int) {
    (self.source, self.parts, self.epoch, ahead) = (source, parts, epoch, source.prefetchCount)
    free = DispatchSemaphore(value: 0)
    guard ahead > 0, first < parts.count else { return }
    for _ in 0..<ahead { free.signal() }
    DispatchQueue(label: "ChainRule.BatchLoader").async { [self] in
      for index in first..<parts.count {
        free.wait()
        if state.withLock({ $0.isCancelled }) { return }
        let batch = Result { try load(index) }
        state.withLock { $0.ready[index] = batch }
        filled.signal()
      }
    }
  }

  private func load(_ index: Int) throws -> Dataset { try source.examples(at: Array(parts[index]), epoch: epoch) }

  /// The batch of an index; indices are asked for one after the other.
  func batch(_ index: Int) throws -> Dataset {
    guard ahead > 0 else { return try load(index) }
    filled.wait()
    let batch = state.withLock { $0.ready.removeValue(forKey: index) }
    free.signal()
    return try batch?.get() ?? load(index)
  }

  /// Lets the other thread end.
  func cancel() {
    state.withLock { $0.isCancelled = true }
    free.signal()
  }
}
