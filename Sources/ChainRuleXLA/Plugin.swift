import CPJRT
import ChainRule

/// The table of an opened plugin, and a client made with it. Calls may come from any thread, as PJRT allows.
final class Plugin: @unchecked Sendable {
  let table: OpaquePointer
  let client: UnsafeMutableRawPointer
  let devices: [UnsafeMutableRawPointer]
  let version: String
  let platform: String

  /// - Throws: a sentence for a missing file, a library that is no plugin, an old version, and what the plugin says.
  init(path: String, options: [(name: String, value: OpenXLA.Option)], deviceCount: Int) throws {
    table = try Self.opened(path)
    version = "\(cr_pjrt_major(table)).\(cr_pjrt_minor(table))"
    var made: UnsafeMutableRawPointer?
    let names = options.map { Self.copied($0.name) }
    let texts = options.map { option -> UnsafeMutablePointer<CChar>? in
      if case .text(let text) = option.value { return Self.copied(text) }
      return nil
    }
    defer { for text in names + texts.compactMap({ $0 }) { text.deallocate() } }
    let values = options.indices.map { index in
      var number: Int64 = 0
      if case .number(let value) = options[index].value { number = Int64(value) }
      return cr_pjrt_option(name: names[index], text: texts[index].map { UnsafePointer($0) }, number: number)
    }
    try Self.check(cr_pjrt_client(table, values, values.count, &made), table, "client")
    guard let made else { throw Self.mistake("a client", "none", "The plugin may lack its devices.") }
    client = made
    var list: UnsafePointer<UnsafeMutableRawPointer?>?, count = 0
    try Self.check(cr_pjrt_devices(table, client, &list, &count), table, "devices")
    devices = (0..<count).compactMap { list?[$0] }
    var text: UnsafePointer<CChar>?, length = 0
    try Self.check(cr_pjrt_platform(table, client, &text, &length), table, "platform")
    platform = String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    guard devices.count >= deviceCount else {
      throw Self.mistake("\(deviceCount) devices", "\(devices.count) of \(platform)", "Ask for fewer, or one.")
    }
  }

  deinit { cr_pjrt_release_client(table, client) }

  private static func copied(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8CString, memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (place, byte) in bytes.enumerated() { memory[place] = byte }
    return memory
  }

  private static func opened(_ path: String) throws -> OpaquePointer {
    var fault: Int32 = 0, message = [CChar](repeating: 0, count: 1_024)
    if let table = cr_pjrt_open(path, &fault, &message, message.count) { return table }
    let text = string(message)
    switch Int(fault) {
    case CR_PJRT_OLD:
      throw mistake(
        "a plugin of PJRT 0.\(CR_PJRT_OLDEST_MINOR) or newer", "\(path) of \(text)", "Install a newer plugin.")
    case CR_PJRT_NO_PLUGIN: throw mistake("a PJRT plugin, which exports GetPjrtApi", "\(path), \(text)", "")
    default:
      throw mistake("a plugin at \(path)", text, "`pip download xla-cpu-pjrt` has one for processors.")
    }
  }

  static func string(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func mistake(_ required: String, _ got: String, _ hint: String) -> ChainRuleError {
    ChainRuleError(.value, in: "OpenXLA", required: required, got: got, hint: hint)
  }

  /// - Throws: what the plugin says where it says something.
  func check(_ error: UnsafeMutableRawPointer?, _ doing: String) throws { try Self.check(error, table, doing) }

  private static func check(_ error: UnsafeMutableRawPointer?, _ table: OpaquePointer, _ doing: String) throws {
    guard let error else { return }
    var message = [CChar](repeating: 0, count: 4_096)
    let code = cr_pjrt_message(table, error, &message, message.count), text = string(message)
    if code == 8 || text.contains("RESOURCE_EXHAUSTED") || text.contains("Out of memory") {
      throw mistake(
        "memory for \(doing)", "a device without enough: \(text)",
        "Use a smaller batch, or more devices; parameters and states are as they were before.")
    }
    throw mistake(
      "a plugin that manages \(doing)", "error \(code): \(text)",
      doing == "a run" ? "Parameters and states are as they were before; what was saved last is whole." : "")
  }

  // MARK: Values

  /// A tensor on one device.
  func buffer(_ tensor: Tensor, on device: UnsafeMutableRawPointer) throws -> DeviceBuffer {
    let type = tensor.elementType == .int32 ? CR_PJRT_S32 : tensor.elementType == .float32 ? CR_PJRT_F32 : CR_PJRT_F64
    var buffer: UnsafeMutableRawPointer?
    let lengths = tensor.shape.dimensions.map { Int64($0) }
    try withExtendedLifetime(tensor) {
      try check(
        cr_pjrt_to_device(
          table, client, device, tensor.memory, Int32(type), lengths, lengths.count, &buffer),
        "a value of shape \(tensor.shape) on the device")
    }
    guard let buffer else { throw Self.mistake("a buffer", "none", "") }
    return DeviceBuffer(buffer, plugin: self)
  }
}

/// A value on a device, given up with its last owner.
final class DeviceBuffer: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  private let plugin: Plugin

  init(_ pointer: UnsafeMutableRawPointer, plugin: Plugin) { (self.pointer, self.plugin) = (pointer, plugin) }
  deinit { cr_pjrt_release_buffer(plugin.table, pointer) }

  /// The value here.
  func tensor(_ shape: Shape, _ type: ElementType) throws -> Tensor {
    let tensor = try Tensor.unwritten(shape, type)
    try withExtendedLifetime(tensor) {
      try plugin.check(
        cr_pjrt_to_host(plugin.table, pointer, tensor.memory, shape.elementCount * type.stride), "a value's way back")
    }
    return tensor
  }
}
