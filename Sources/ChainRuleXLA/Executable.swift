import CPJRT
import ChainRule
import Foundation

/// A compiled module on the devices.
final class Executable: @unchecked Sendable {
  let plugin: Plugin
  private let pointer: UnsafeMutableRawPointer

  init(_ text: String, on engine: OpenXLA) throws {
    let plugin = engine.plugin
    self.plugin = plugin
    let options = Self.options(devices: engine.deviceCount)
    let file = engine.cache.map { "\($0)/\(Self.key(text, options, engine)).xla" }
    if let file, let found = Self.loaded(file, plugin) {
      pointer = found
      return
    }
    var made: UnsafeMutableRawPointer?
    var source = text
    let error = source.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        options.withUnsafeBufferPointer { options in
          options.withMemoryRebound(to: CChar.self) { options in
            cr_pjrt_compile(
              plugin.table, plugin.client, bytes.baseAddress, bytes.count, options.baseAddress, options.count, &made)
          }
        }
      }
    }
    try plugin.check(error, "compiling")
    guard let made else { throw Plugin.mistake("a compiled program", "none", "") }
    pointer = made
    if let file { store(file) }
  }

  deinit { cr_pjrt_release_executable(plugin.table, pointer) }

  /// The compile options as a protocol buffer: number of replicas 1, of partitions, and that the partitioner is used.
  /// Leaving out a number would end the process.
  static func options(devices: Int) -> [UInt8] {
    var build: [UInt8] = [0x20, 0x01, 0x28] + varint(devices)
    if devices > 1 { build += [0x30, 0x01] }
    return [0x1a] + varint(build.count) + build
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 128 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// Runs on all devices.
  /// - Parameter arguments: for each device the values of `main`'s arguments.
  /// - Returns: for each device its results.
  func run(_ arguments: [[DeviceBuffer]], results: Int) throws -> [[DeviceBuffer]] {
    typealias Pointer = UnsafeMutableRawPointer
    let count = arguments.count, length = arguments[0].count
    let inputs = UnsafeMutablePointer<Pointer?>.allocate(capacity: Swift.max(1, count * length))
    let outputs = UnsafeMutablePointer<Pointer?>.allocate(capacity: Swift.max(1, count * results))
    outputs.initialize(repeating: nil, count: Swift.max(1, count * results))
    defer {
      inputs.deallocate()
      outputs.deallocate()
    }
    for device in 0..<count {
      for place in 0..<length { inputs[device * length + place] = arguments[device][place].pointer }
    }
    let inputLists: [UnsafePointer<Pointer?>?] = (0..<count).map { UnsafePointer(inputs + $0 * length) }
    let outputLists: [UnsafeMutablePointer<Pointer?>?] = (0..<count).map { outputs + $0 * results }
    let error = withExtendedLifetime(arguments) {
      cr_pjrt_execute(plugin.table, pointer, inputLists, length, outputLists, count)
    }
    let buffers = (0..<count).map { device in
      (0..<results).compactMap { place in
        outputs[device * results + place].map { DeviceBuffer($0, plugin: plugin) }
      }
    }
    try plugin.check(error, "a run")
    guard buffers.allSatisfy({ $0.count == results }) else {
      throw Plugin.mistake("\(results) results of every device", "fewer", "")
    }
    return buffers
  }

  // MARK: Cache

  /// A name by content: FNV-1a over everything that decides what is compiled, twice with different starts.
  private static func key(_ text: String, _ options: [UInt8], _ engine: OpenXLA) -> String {
    func hash(_ start: UInt64) -> String {
      var value = start
      for part in [Array(text.utf8), options, Array("\(engine.platform) \(engine.version)".utf8)] {
        for byte in part { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        value = (value ^ 0xff) &* 0x100_0000_01b3
      }
      return String(value, radix: 16)
    }
    return hash(0xcbf2_9ce4_8422_2325) + hash(0x9E37_79B9_7F4A_7C15)
  }

  private static func loaded(_ file: String, _ plugin: Plugin) -> UnsafeMutableRawPointer? {
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    var found: UnsafeMutableRawPointer?
    let error = data.withUnsafeBytes { bytes in
      cr_pjrt_load(
        plugin.table, plugin.client, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &found)
    }
    // What cannot be read is compiled again.
    do { try plugin.check(error, "reading a kept program") } catch { return nil }
    return found
  }

  private func store(_ file: String) {
    final class Bytes { var data = Data() }
    let bytes = Bytes()
    let error = cr_pjrt_serialize(plugin.table, pointer, Unmanaged.passUnretained(bytes).toOpaque()) {
      context, text, size in
      guard let context, let text else { return }
      Unmanaged<Bytes>.fromOpaque(context).takeUnretainedValue().data = Data(bytes: text, count: size)
    }
    do { try plugin.check(error, "keeping a program") } catch { return }
    try? bytes.data.write(to: URL(fileURLWithPath: file), options: .atomic)
  }
}
