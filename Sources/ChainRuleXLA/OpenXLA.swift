import ChainRule
import ChainRuleStableHLO
import Foundation
import Synchronization

/// OpenXLA as an engine, through a plugin for processors, GPUs or TPUs.
///
/// ```swift
/// let engine = try OpenXLA(plugin: "/path/to/xla_cpu_pjrt.so", devices: 4)
/// let program = try graph.compile(inputs: [x], outputs: [f], on: engine)
/// let training = try Training(model, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1), on: engine)
/// ```
///
/// Devices share the batches of a training; parameters are on each of them. Parameters stay on the devices between
/// steps, and come back when they are read.
public final class OpenXLA: Engine {
  /// A setting of the plugin's client.
  public enum Option: Sendable, Hashable {
    /// A whole number.
    case number(Int)
    /// A text.
    case text(String)
  }

  /// What reports call it: the platform and the interface's version.
  public let name: String
  /// How many devices share a batch.
  public let deviceCount: Int
  /// The version of the plugin's interface.
  public let version: String
  /// What the plugin calls its devices: `cpu`, `cuda`, `tpu`.
  public let platform: String
  /// Whether the devices share parameters, too.
  public let shardsParameters: Bool
  /// Where compiled programs are kept; `nil` for nowhere.
  public let cache: String?

  let plugin: Plugin
  let parameters = Mutex<[ObjectIdentifier: Resident]>([:])

  /// A parameter's value on the devices.
  struct Resident {
    weak var parameter: Parameter?
    let version: UInt64
    let buffers: [DeviceBuffer]
    let type: ElementType
    /// Whether each device has a part of it.
    let isShared: Bool
  }

  /// Opens a plugin.
  /// - Parameters:
  ///   - path: the plugin's library.
  ///   - devices: how many are used. On a processor so many are made; of others there must be as many.
  ///   - options: settings of the plugin's client beside the number of devices, as the plugin names them.
  ///   - shardsParameters: whether each device keeps a part of parameters, optimizer states and gradients, along the
  ///     first axis where their number divides it; otherwise each has all of them.
  ///   - cache: a folder for compiled programs, found again by their content.
  /// - Throws: a missing file, a library that is no plugin, an old version, too few devices; what the plugin says.
  public init(
    plugin path: String, devices: Int = 1, shardsParameters: Bool = false, options: [String: Option] = [:],
    cache: String? = nil
  ) throws {
    guard devices >= 1, devices <= 4_096 else {
      throw Plugin.mistake("1 to 4,096 devices", "\(devices)", "")
    }
    guard FileManager.default.fileExists(atPath: path) else {
      throw Plugin.mistake(
        "a plugin at \(path)", "no file there", "`pip download xla-cpu-pjrt` has one for processors.")
    }
    // A plugin's own notes go to the error output; errors still do.
    setenv("TF_CPP_MIN_LOG_LEVEL", "2", 0)
    // Devices of one process wait for each other: their pool must have a thread for each.
    setenv("NPROC", "\(Swift.max(8, 2 * devices))", 0)
    var settings = options.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    do {
      plugin = try Plugin(
        path: path, options: settings + [("cpu_device_count", .number(devices))], deviceCount: devices)
    } catch let error as ChainRuleError where error.description.contains("cpu_device_count") {
      settings.removeAll { $0.name == "cpu_device_count" }
      plugin = try Plugin(path: path, options: settings, deviceCount: devices)
    }
    (version, platform, deviceCount, self.cache) = (plugin.version, plugin.platform, devices, cache)
    self.shardsParameters = shardsParameters
    name = "OpenXLA on \(devices == 1 ? "" : "\(devices) × ")\(plugin.platform) (PJRT \(plugin.version))"
    if let cache { try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true) }
  }

  /// Makes a program.
  /// - Throws: as `Graph.compile`; a primitive that is not written in StableHLO; what the plugin says.
  public func compile(_ request: ProgramRequest) throws -> any EngineProgram {
    try XLAProgram(try request.portableProgram(), on: self)
  }
}
