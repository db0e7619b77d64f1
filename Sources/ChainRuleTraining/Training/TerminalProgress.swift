import Synchronization

import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Progress as text: a bar that is drawn again in place, or plain lines.
final class TerminalProgress: Sendable {
  private struct State {
    var epochs = 0
    var epochStart: ContinuousClock.Instant, lastDrawn: ContinuousClock.Instant
    init(_ now: ContinuousClock.Instant) { (epochStart, lastDrawn) = (now, now) }
  }

  /// What is shown of a run.
  enum Style {
    /// A bar that is drawn again in place, and a line for each epoch.
    case bar
    /// A line for each epoch, and some in between where it is long.
    case lines
    /// Lines only where nothing else was shown for long: what they begin with.
    case signsOfLife(String)
  }

  private let state: Mutex<State>
  private let style: Style
  private let write: @Sendable (String) -> Void
  private let now: @Sendable () -> ContinuousClock.Instant
  /// Nobody waits longer for a line.
  private static let longestSilence = Duration.seconds(5)

  init(
    _ style: Style, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    write: @escaping @Sendable (String) -> Void
  ) {
    (self.style, self.now, self.write) = (style, now, write)
    state = Mutex(State(now()))
  }

  private var isBar: Bool { if case .bar = style { true } else { false } }

  static var outputIsTerminal: Bool { isatty(1) == 1 }

  @Sendable static func write(_ text: String) {
    fflush(nil)  // what was printed before stays before
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { platformWrite(1, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  func show(_ event: Progress.Event) {
    let shown: String? = state.withLock { state in text(for: event, &state) }
    if let shown { write(shown) }
  }

  private func text(for event: Progress.Event, _ state: inout State) -> String? {
    let now = now()
    switch event {
    case .started(let epochs, _, _):
      state.epochs = epochs
      (state.epochStart, state.lastDrawn) = (now, now - (isBar ? .seconds(1) : .zero))
      return nil
    case .finishedStep(let epoch, let batch, let count, let loss):
      guard now - state.lastDrawn >= (isBar ? .milliseconds(50) : Self.longestSilence) else { return nil }
      state.lastDrawn = now
      let perBatch = now.seconds(since: state.epochStart) / Double(batch)
      let remaining = perBatch * (Double(count - batch) + Double(state.epochs - epoch) * Double(count))
      let numbers = "loss \(fixed(loss, 4))  \(duration(remaining)) left"
      switch style {
      case .bar: return "\r\u{1B}[K" + prefix(epoch, state.epochs) + " " + bar(batch, count) + " " + numbers
      case .lines: return prefix(epoch, state.epochs) + ", \(100 * batch / Swift.max(count, 1)) %  \(numbers)\n"
      case .signsOfLife(let start): return start + prefix(epoch, state.epochs) + "  \(numbers)\n"
      }
    case .finishedEpoch(let epoch, let epochs):
      state.epochStart = now
      if case .signsOfLife = style { return nil }
      state.lastDrawn = now
      return (isBar ? "\r\u{1B}[K" : "") + line(epoch, epochs) + "\n"
    case .finished(let history):
      if case .signsOfLife = style { return nil }
      return history.stopReason.map { "stopped: \($0)\n" }
    }
  }

  private func line(_ epoch: History.Epoch, _ epochs: Int) -> String {
    var parts = [prefix(epoch.number, epochs), "loss \(fixed(epoch.loss, 4))"]
    parts += named(epoch.metrics)
    if let loss = epoch.validationLoss { parts.append("| validation loss \(fixed(loss, 4))") }
    parts += named(epoch.validationMetrics)
    parts.append("| \(duration(epoch.seconds))")
    return parts.joined(separator: "  ")
  }

  private func named(_ metrics: [String: Double]) -> [String] {
    metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(fixed($0.value, 4))" }
  }

  private func prefix(_ epoch: Int, _ epochs: Int) -> String {
    "epoch " + "\(epoch)".indented(to: "\(epochs)".count) + "/\(epochs)"
  }

  private func bar(_ done: Int, _ count: Int) -> String {
    let width = 24, filled = count > 0 ? width * done / count : width
    return "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled) + "]"
  }

  private func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    if seconds < 10 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

/// `write(2)`, whose name the methods above shadow.
private func platformWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }

/// A number with a fixed number of decimals: `fixed(0.5, 4)` is 0.5000. Magnitudes that would not fit are written in
/// full.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  guard value.isFinite, Swift.abs(value) < 1e9 else { return "\(value)" }
  var scale = 1
  for _ in 0..<decimals { scale *= 10 }
  let scaled = Int((Swift.abs(value) * Double(scale)).rounded())
  let digits = "\(scaled % scale)"
  let sign = value < 0 && scaled > 0 ? "-" : ""
  if decimals == 0 { return sign + "\(scaled)" }
  return sign + "\(scaled / scale)." + String(repeating: "0", count: decimals - digits.count) + digits
}
