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
/// Devices share the batches of a training; parameters are on each of them, but for those that are shared
/// (`share(_:along:)`, `shardsParameters:`). Parameters stay on the devices between steps, and come back when they are
/// read.
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
  /// How many devices share each parameter that `share(_:along:)` names; groups of so many share the batches.
  public let tensorParallel: Int
  /// Whether the devices share parameters, too.
  public let shardsParameters: Bool
  /// Whether a step computes parameters in the memory of the old ones.
  public let donates: Bool
  /// Where compiled programs are kept; `nil` for nowhere.
  public let cache: String?

  let plugin: Plugin
  let parameters = Mutex<[ObjectIdentifier: Resident]>([:])
  private let annotations = Mutex<[Annotation]>([])

  /// A parameter whose parts the devices of a group keep.
  private struct Annotation {
    weak var parameter: Parameter?
    let axis: Int
  }

  /// A parameter's value on the devices.
  struct Resident {
    weak var parameter: Parameter?
    let version: UInt64
    let buffers: [DeviceBuffer]
    let type: ElementType
    /// How it lies on the devices; `nil` where each has all of it.
    let parts: DeviceLayout.Parts?
  }

  /// Opens a plugin.
  /// - Parameters:
  ///   - path: the plugin's library.
  ///   - devices: how many are used. On a processor so many are made; of others there must be as many.
  ///   - tensorParallel: how many devices share each parameter that `share(_:along:)` names; it divides `devices`.
  ///   - options: settings of the plugin's client beside the number of devices, as the plugin names them.
  ///   - shardsParameters: whether each device keeps a part of parameters, optimizer states and gradients, along the
  ///     first axis where their number divides it; otherwise each has all of them.
  ///   - donates: whether a step computes new parameters and optimizer states in the memory of the old ones, which
  ///     spares as much again. The plugin is asked first whether it then computes the same numbers. A step that fails
  ///     has lost its parameters: a training goes on from its last checkpoint.
  ///   - cache: a folder for compiled programs, found again by their content.
  /// - Throws: a missing file, a library that is no plugin, an old version, too few devices; a plugin that computes
  ///   other numbers in donated memory; what the plugin says.
  public convenience init(
    plugin path: String, devices: Int = 1, tensorParallel: Int = 1, shardsParameters: Bool = false,
    donates: Bool = false, options: [String: Option] = [:], cache: String? = nil
  ) throws {
    guard devices >= 1, devices <= 4_096 else {
      throw Plugin.mistake("1 to 4,096 devices", "\(devices)", "")
    }
    guard tensorParallel >= 1, devices % tensorParallel == 0 else {
      throw Plugin.mistake(
        "a number of devices for each parameter that divides the \(devices) devices", "\(tensorParallel)",
        "tensorParallel: 1 leaves every parameter whole.")
    }
    if case .number(let processes)? = options["num_nodes"], processes > 1 {
      throw Plugin.mistake(
        "one process", "num_nodes: \(processes)",
        "Several processes find each other by key-value callbacks, which are not set: see Docs/OpenXLA.md."
      )
    }
    try Self.checkFile(path)
    // A plugin's own notes go to the error output; errors still do.
    setenv("TF_CPP_MIN_LOG_LEVEL", "2", 0)
    // Devices of one process wait for each other: their pool must have a thread for each.
    setenv("NPROC", "\(Swift.max(8, 2 * devices))", 0)
    let plugin: Plugin
    var settings = options.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    do {
      plugin = try Plugin(
        path: path, options: settings + [("cpu_device_count", .number(devices))], deviceCount: devices)
    } catch let error as ChainRuleError where error.description.contains("cpu_device_count") {
      settings.removeAll { $0.name == "cpu_device_count" }
      plugin = try Plugin(path: path, options: settings, deviceCount: devices)
    }
    try self.init(
      plugin, devices: devices, tensorParallel: tensorParallel, shardsParameters: shardsParameters, donates: donates,
      cache: cache)
    if donates { try checkDonation() }
  }

  /// The same devices with another way of using them.
  init(
    _ plugin: Plugin, devices: Int, tensorParallel: Int = 1, shardsParameters: Bool = false, donates: Bool,
    cache: String? = nil
  ) throws {
    self.plugin = plugin
    (version, platform, deviceCount, self.cache) = (plugin.version, plugin.platform, devices, cache)
    (self.tensorParallel, self.shardsParameters, self.donates) = (tensorParallel, shardsParameters, donates)
    name = "OpenXLA on \(devices == 1 ? "" : "\(devices) × ")\(plugin.platform) (PJRT \(plugin.version))"
    guard let cache else { return }
    do { try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true) } catch {
      throw Plugin.mistake("a folder for compiled programs", "\(cache), which is none and cannot be made", "")
    }
  }

  /// A folder, a text and a missing file are told apart before a library is opened.
  private static func checkFile(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Plugin.mistake(
        "a plugin at \(path)", "no file there", "`pip download xla-cpu-pjrt` has one for processors.")
    }
    if isFolder.boolValue {
      throw Plugin.mistake("a plugin's library", "\(path), which is a folder", "Name the .so file in it.")
    }
  }

  /// Shares a parameter among the devices of each group: every one keeps an equal part along an axis, and so it does of
  /// what the optimizer remembers of it. The compiler inserts what this asks for.
  ///
  /// ```swift
  /// try engine.share(model.hidden.weight, along: 1)   // columns: each device computes some of the features
  /// try engine.share(model.output.weight, along: 0)   // rows: products of parts are summed
  /// ```
  /// Programs made afterwards follow it. With `tensorParallel: 1` it says nothing.
  /// - Throws: for an axis that the parameter lacks, or whose length `tensorParallel` does not divide.
  public func share(_ parameter: Parameter, along axis: Int) throws {
    guard axis >= 0, axis < parameter.shape.rank else {
      throw Plugin.mistake("an axis of a parameter of shape \(parameter.shape)", "\(axis)", "")
    }
    guard parameter.shape[axis] % tensorParallel == 0 else {
      throw Plugin.mistake(
        "an axis whose length \(tensorParallel) devices divide", "\(parameter.shape[axis]) of \(parameter.shape)", "")
    }
    annotations.withLock { all in
      all.removeAll { $0.parameter == nil || $0.parameter === parameter }
      all.append(Annotation(parameter: parameter, axis: axis))
    }
  }

  /// How the values of a program lie on the devices.
  func layout(_ program: PortableProgram) -> DeviceLayout {
    let known = annotations.withLock { $0 }
    let axes = program.parameters.enumerated().compactMap { number, parameter in
      known.first { $0.parameter === parameter }.map { (number, $0.axis) }
    }
    return DeviceLayout(
      devices: deviceCount, tensorParallel: tensorParallel, sharesLeaves: shardsParameters,
      axes: program.withMemory(of: Dictionary(axes, uniquingKeysWith: { first, _ in first })))
  }

  /// Makes a program.
  /// - Throws: as `Graph.compile`; a primitive that is not written in StableHLO; what the plugin says.
  public func compile(_ request: ProgramRequest) throws -> any EngineProgram {
    try XLAProgram(try request.portableProgram(), on: self)
  }
}
