import ChainRuleLearning
import Foundation
import Testing

@testable import ChainRuleFiles

@Suite struct SafetensorsFiles {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private let state = ModelState([
    ("hidden.weight", Tensor(floats: [1, -2.5, 0x1p-130, .infinity], shape: [2, 2])), ("scale", Tensor(0.1)),
    ("labels", Tensor(indices: [7, -1])), ("empty", Tensor(shape: [0, 3], [])),
  ])

  @Test func whatIsWrittenIsReadAgain() throws {
    let path = scratch.file("m.safetensors")
    try Safetensors.write(state, metadata: ["made by": "a test"], to: path)
    let file = try Safetensors.read(path)
    #expect(file.metadata == ["made by": "a test"])
    #expect(Set(file.state.paths) == Set(state.paths))
    for entry in state.entries { #expect(file.state[entry.path] == entry.value, "\(entry.path)") }
  }

  /// A file from its header and its elements.
  private func file(_ header: String, _ data: [UInt8] = []) throws -> String {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    return try scratch.write("x.safetensors", length + Array(header.utf8) + data)
  }

  @Test func halfPrecisionIsRead() throws {
    let path = try file(
      #"{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[3],"data_offsets":[4,10]}}"#,
      [0x80, 0x3F, 0x20, 0xC0, 0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC])
    let state = try Safetensors.read(path).state
    #expect(state["a"]?.floats == [1, -2.5])
    #expect(state["b"]?.floats == [1, 0x1p-24, -.infinity])
  }

  @Test func everyHalfIsWrittenAsItIsRead() {
    for bits in UInt16.min...UInt16.max {
      let value = float(half: bits)
      if !value.isNaN { #expect(half(value) == bits) }
      let brain = Float(bitPattern: UInt32(bits) << 16)
      if !brain.isNaN { #expect(brainHalf(brain) == bits) }
    }
    #expect(float(half: half(.nan)).isNaN && Float(bitPattern: UInt32(brainHalf(.nan)) << 16).isNaN)
  }

  @Test func numbersBetweenHalvesGoToTheNearestAndTiesToTheEven() {
    // 1 + k/2048 lies on or between the halves 1 + n/1024, and 1 + k/256 between the brain halves 1 + n/128.
    for (k, n) in [(0, 0), (1, 0), (2, 1), (3, 2), (5, 2), (7, 4)] {
      #expect(float(half: half(1 + Float(k) / 2048)) == 1 + Float(n) / 1024)
      #expect(Float(bitPattern: UInt32(brainHalf(1 + Float(k) / 256)) << 16) == 1 + Float(n) / 128)
    }
    #expect(half(65519) == 0x7BFF && half(65520) == 0x7C00 && half(-1e9) == 0xFC00)
    #expect(half(0x1p-25) == 0 && half(0x1.8p-25) == 1 && half(0x1p-14) == 0x0400 && half(-0x1p-30) == 0x8000)
  }

  @Test(arguments: [(FloatStorage.float16, 0x1p-11), (.bfloat16, 0x1p-8), (.unchanged, 0)])
  func sixteenBitsKeepWhatTheyCan(storage: FloatStorage, error: Double) throws {
    let path = scratch.file("h.safetensors")
    let values = [0.1, -3.14159, 100, 0.001]
    let state = ModelState([
      ("f", Tensor(floats: values.map { Float($0) })), ("d", Tensor(values)), ("i", Tensor(indices: [3])),
    ])
    try Safetensors.write(state, to: path, storage: storage)
    let read = try Safetensors.read(path).state
    #expect(read["i"]?.indices == [3])
    for name in ["f", "d"] {
      for (value, expected) in zip(try #require(read[name]).scalars, try #require(state[name]).scalars) {
        #expect(abs(value - expected) <= error * abs(expected))
      }
    }
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "gives tensor a of shape [2]"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, "gives tensor a of shape [1]"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "gives tensor a"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "gives tensor a"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "gap or an overlap"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "has 8 bytes of elements"),
    (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,4]}}"#, 4, "type C64"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "a"),
    (#"{"a":3}"#, 0, "without dtype"), (#"[1]"#, 0, "not a JSON object"), (#"{"a":"#, 0, "not a JSON object"),
    (#"{"__metadata__":{"a":1}}"#, 0, "metadata that is not text"),
  ])
  func malformedHeadersAreNamed(header: String, count: Int, expected: String) throws {
    let path = try file(header, [UInt8](repeating: 0, count: count))
    let text = message { _ = try Safetensors.read(path) }
    #expect(text.contains(expected) && text.contains("x.safetensors"), "\(text)")
  }

  @Test func shortAndHugeFilesAreNamed() throws {
    #expect(message { _ = try Safetensors.read(try scratch.write("s", [1, 2])) }.contains("shorter than 8 bytes"))
    let huge = [UInt8](repeating: 0xFF, count: 8)
    #expect(message { _ = try Safetensors.read(try scratch.write("h", huge)) }.contains("header would have"))
    #expect(message { _ = try Safetensors.read(scratch.file("none")) }.contains("cannot be read"))
    #expect(message { _ = try Safetensors.read(scratch.path) }.contains("not a regular file"))
  }

  @Test func randomBytesNeverTrap() throws {
    var numbers = RandomNumbers(seed: 1)
    let good = scratch.file("good")
    try Safetensors.write(state, to: good)
    let bytes = Array(try Data(contentsOf: URL(filePath: good)))
    for _ in 0..<300 {
      var broken = bytes
      for _ in 0..<3 { broken[Int(numbers.next() % UInt64(broken.count))] = UInt8(truncatingIfNeeded: numbers.next()) }
      if numbers.uniform() < 0.3 { broken.removeLast(Int(numbers.next() % UInt64(broken.count))) }
      _ = try? Safetensors.read(try scratch.write("broken", broken))
    }
  }
}
