/// Writes an `Encodable` value as JSON without Foundation: keys in the order in which they are encoded, numbers with
/// the fewest digits that read back to the same value.
struct JSONText: Encoder {
  static func text(of value: some Encodable) throws -> String {
    let root = Box()
    try JSONText(box: root).write(value)
    var text = ""
    root.write(into: &text)
    return text
  }

  /// Where an encoder writes; a container shares it with the encoders of its elements.
  final class Box {
    enum Kind { case leaf, array, object }
    var kind = Kind.leaf
    var leaf = "null"
    var keys: [String] = []
    var items: [Box] = []

    func begin(_ kind: Kind) {
      self.kind = kind
      keys = []
      items = []
    }

    func add(_ key: String = "") -> Box {
      let child = Box()
      keys.append(key)
      items.append(child)
      return child
    }

    func write(into result: inout String) {
      guard kind != .leaf else {
        result += leaf
        return
      }
      result += kind == .array ? "[" : "{"
      for (index, item) in items.enumerated() {
        if index > 0 { result += "," }
        if kind == .object { result += JSONText.quoted(keys[index]) + ":" }
        item.write(into: &result)
      }
      result += kind == .array ? "]" : "}"
    }
  }

  let box: Box
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  static func quoted(_ text: String) -> String {
    let escaped = text.replacingScalars { scalar in
      switch scalar {
      case "\"": return "\\\""
      case "\\": return "\\\\"
      case "\n": return "\\n"
      // `</script>` and `<!--` inside a page's data would end it.
      case "<": return "\\u003c"
      case _ where scalar.value < 32 || scalar.value == 0x2028 || scalar.value == 0x2029:
        let hex = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: return nil
      }
    }
    return "\"\(escaped)\""
  }

  func write(_ value: some Encodable) throws {
    switch value {
    case let number as Double:
      box.leaf = number == number.rounded() && abs(number) < 1e15 ? integer(number) : "\(number)"
    case let number as Int: box.leaf = String(number)
    case let flag as Bool: box.leaf = flag ? "true" : "false"
    case let text as String: box.leaf = JSONText.quoted(text)
    default: try value.encode(to: self)
    }
  }

  private func integer(_ number: Double) -> String {
    number == 0 && number.sign == .minus ? "-0.0" : String(Int64(number))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    box.begin(.object)
    return KeyedEncodingContainer(Keyed<Key>(box: box))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    box.begin(.array)
    return Unkeyed(box: box)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: box) }

  struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    var codingPath: [any CodingKey] { [] }

    private func add(_ key: Key) -> Box { box.add(key.stringValue) }

    mutating func encodeNil(forKey key: Key) throws { _ = add(key) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try JSONText(box: add(key)).write(value) }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
      -> KeyedEncodingContainer<Nested>
    { JSONText(box: add(key)).container(keyedBy: type) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      JSONText(box: add(key)).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { JSONText(box: Box()) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { JSONText(box: add(key)) }
  }

  struct Unkeyed: UnkeyedEncodingContainer {
    let box: Box
    var codingPath: [any CodingKey] { [] }
    var count: Int { box.items.count }

    private func add() -> Box { box.add() }

    mutating func encodeNil() throws { _ = add() }
    mutating func encode<T: Encodable>(_ value: T) throws { try JSONText(box: add()).write(value) }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
      JSONText(box: add()).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { JSONText(box: add()).unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { JSONText(box: add()) }
  }

  struct Single: SingleValueEncodingContainer {
    let box: Box
    var codingPath: [any CodingKey] { [] }
    mutating func encodeNil() throws { box.leaf = "null" }
    mutating func encode<T: Encodable>(_ value: T) throws { try JSONText(box: box).write(value) }
  }
}
