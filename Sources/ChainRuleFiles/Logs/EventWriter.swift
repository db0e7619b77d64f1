import ChainRuleCore
import ChainRuleTraining
import Foundation

/// Writes what a training reaches as events that TensorBoard shows: the losses, metrics, rate and norm of the gradient of
/// each epoch as scalars, the parameters and their gradients' norms.
///
/// ```swift
/// try training.run(on: examples, epochs: 20, callbacks: [EventWriter(to: "logs/first")])
/// // tensorboard --logdir logs
/// ```
///
/// The step of an event is its epoch. The file (`events.out.tfevents.…`) is a row of records: length and content, each
/// with its masked CRC-32C. Sources: TensorFlow's `event.proto`, `summary.proto` and `record_writer`.
public final class EventWriter: Callback {
  /// The folder of the file.
  public let folder: String
  /// Whether the parameters are written as histograms.
  public let writesHistograms: Bool
  private var file: GrowingFile?

  /// A writer into a folder, which is made where there is none.
  public init(to folder: String, writesHistograms: Bool = true) {
    (self.folder, self.writesHistograms) = (folder, writesHistograms)
  }

  /// Complains before a run where its events cannot stand.
  /// - Throws: a `FileError` for a file where the folder is to be, and for the events of another run.
  package func checkPlace(isResumed: Bool) throws {
    var isFolder: ObjCBool = false
    guard !FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) || isFolder.boolValue else {
      throw FileError(folder, "cannot be made a folder for events: it is a file")
    }
    let others = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    guard isResumed || !others.contains(where: { $0.contains("tfevents") }) else {
      throw FileError(folder, "holds the events of another run already; name another folder")
    }
  }

  /// Begins a file of this run; where a run is resumed it stands beside the earlier one.
  /// - Throws: a `FileError` where a new run finds the events of another, and where the file cannot be written.
  public func trainingBegan(_ session: any TrainingSession) throws {
    try checkPlace(isResumed: session.completedSteps > 0)
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw FileError(folder, "cannot be made a folder for events")
    }
    let now = Date().timeIntervalSince1970
    let name = "\(folder)/events.out.tfevents.\(Int(now)).chainrule.\(ProcessInfo.processInfo.processIdentifier)"
    var first = ProtocolMessage()
    first.add(1, now)
    first.add(3, "brain.Event:2")
    file = try GrowingFile(
      name + ".\(session.completedEpochs)", startingWith: Self.record(first.bytes))
    if session.completedEpochs == 0 { try write(histograms(session), step: 0) }
  }

  /// Writes the last epoch.
  /// - Throws: a `FileError` where the file cannot be written.
  public func epochEnded(_ session: any TrainingSession) throws {
    guard let epoch = session.history.last else { return }
    let scalars =
      epoch.fields.filter { $0.name != "epoch" }
      + epoch.gradientNorms.sorted { $0.key < $1.key }.map {
        ("gradient_norm/\($0.key)", $0.value)
      }
    try write(scalars.map { Self.scalar($0.0, $0.1) } + histograms(session), step: epoch.number)
  }

  private func histograms(_ session: any TrainingSession) -> [ProtocolMessage] {
    guard writesHistograms else { return [] }
    return session.parameters.compactMap { Self.histogram($0.path, $0.parameter.value.scalars) }
  }

  /// One event with all values of a step.
  private func write(_ values: [ProtocolMessage], step: Int) throws {
    var summary = ProtocolMessage(), event = ProtocolMessage()
    for value in values { summary.add(1, value) }
    event.add(1, Date().timeIntervalSince1970)
    event.add(2, varint: UInt64(step))
    event.add(5, summary)
    try file?.append(Self.record(event.bytes))
  }

  // MARK: Records

  /// A record as files have it: its length, both with a checksum.
  static func record(_ content: [UInt8]) -> [UInt8] {
    func little(_ value: UInt64, _ width: Int) -> [UInt8] {
      (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
    let length = little(UInt64(content.count), 8)
    return length + little(UInt64(masked(length)), 4) + content + little(UInt64(masked(content)), 4)
  }

  /// The checksum of some bytes, masked because checksums of bytes that hold checksums are weak.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let check = CyclicCheck.castagnoli(bytes)
    return (check >> 15 | check << 17) &+ 0xA282_EAD8
  }

  private static func scalar(_ tag: String, _ value: Double) -> ProtocolMessage {
    var message = ProtocolMessage()
    message.add(1, tag)
    message.add(2, Float(value))
    return message
  }

  /// 30 equal bins from the smallest to the largest value; nil without a finite one.
  static func histogram(_ tag: String, _ values: [Double], bins: Int = 30) -> ProtocolMessage? {
    let values = values.filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return nil }
    let width = (high - low) / Double(bins)
    var counts = [Double](repeating: 0, count: width > 0 ? bins : 1)
    for value in values { counts[width > 0 ? Swift.min(bins - 1, Int((value - low) / width)) : 0] += 1 }
    let limits = counts.indices.map { $0 == counts.count - 1 ? high : low + Double($0 + 1) * width }
    var histogram = ProtocolMessage(), message = ProtocolMessage()
    histogram.add(1, low)
    histogram.add(2, high)
    histogram.add(3, Double(values.count))
    histogram.add(4, values.reduce(0, +))
    histogram.add(5, values.reduce(0) { $0 + $1 * $1 })
    histogram.add(6, packed: limits)
    histogram.add(7, packed: counts)
    message.add(1, tag)
    message.add(5, histogram)
    return message
  }
}
