import ChainRule

/// A rule of a primitive that is made with more than its operands: the same steps for every one of them, with what the
/// steps are made with read off the node at hand. It is found by comparing what several of them recorded.
struct RuleTemplate {
  /// The rule, in which every attribute of a step is the name of a reading, or a list that holds what it always is.
  let rule: RecordedRule

  /// - Throws: when the samples recorded different steps, or an attribute is none of the readings.
  init(of samples: [Node], input index: Int) throws {
    let rules = samples.map { RecordedRule(of: $0, input: index) }
    var rule = rules[0]
    for other in rules.dropFirst() {
      let isAlike =
        other.kind == rule.kind && other.result == rule.result && other.steps.count == rule.steps.count
        && zip(other.steps, rule.steps).allSatisfy { $0.operation == $1.operation && $0.reads == $1.reads }
      guard isAlike else { throw Self.mistake(samples[0], "the same steps for each", "different ones") }
    }
    let readings = samples.map { Self.readings(of: $0, input: index) }
    for step in rule.steps.indices {
      for place in rule.steps[step].attributes.indices {
        let values = rules.map { $0.steps[step].attributes[place].value }
        let entry = rule.steps[step].attributes[place]
        guard let found = Self.reading(values, readings) ?? Self.dimensions(values, samples) else {
          throw Self.mistake(
            samples[0], "a reading that gives \(entry.key) of \(rule.steps[step].operation)",
            values.map(\.written).joined(separator: " and "))
        }
        rule.steps[step].attributes[place] = .init(key: entry.key, value: found)
      }
    }
    self.rule = rule
  }

  private static func mistake(_ sample: Node, _ required: String, _ got: String) -> ChainRuleError {
    ChainRuleError(
      .primitive, in: "page, local gradient of \(sample.primitive?.name ?? "")", required: required, got: got,
      hint: "Add a reading to RuleTemplate and to the page's script.")
  }

  /// The name of the first reading that gives these values, or the value that is always the same.
  private static func reading(_ values: [PageJSON], _ readings: [[PageJSON.Entry]]) -> PageJSON? {
    for (position, entry) in readings[0].enumerated()
    where zip(values, readings).allSatisfy({ $1[position].value == $0 }) {
      return .text(entry.key)
    }
    return values.allSatisfy { $0 == values[0] } ? .list([values[0]]) : nil
  }

  /// Lengths that follow from those of the samples, each a number or a length of an axis, how often, and what is added
  /// to it: `dims:2,1*x0.1,2*y.0-1`. For nodes of one rank.
  private static func dimensions(_ values: [PageJSON], _ samples: [Node]) -> PageJSON? {
    let lists = values.map { value -> [Int] in
      switch value {
      case .list(let items): items.compactMap { if case .number(let number) = $0 { Int(exactly: number) } else { nil } }
      case .number(let number): [Int(exactly: number)].compactMap { $0 }
      default: []
      }
    }
    guard !lists[0].isEmpty, lists.allSatisfy({ $0.count == lists[0].count }) else { return nil }
    let places: [(name: String, shapes: [[Int]])] =
      samples[0].inputs.indices.map { input in
        ("x\(input)", samples.map { $0.inputs[input].shape.dimensions })
      } + [("y", samples.map(\.shape.dimensions))]
    let parts = lists[0].indices.map { item -> String? in
      let wanted = lists.map { $0[item] }
      if wanted.allSatisfy({ $0 == wanted[0] }) { return "\(wanted[0])" }
      for (name, shapes) in places {
        for axis in shapes[0].indices {
          for times in 1...2 {
            let more = wanted[0] - times * shapes[0][axis]
            if abs(more) < 2, zip(wanted, shapes).allSatisfy({ $0 - times * $1[axis] == more }) {
              return "\(times)*\(name).\(axis)" + (more == 0 ? "" : more > 0 ? "+\(more)" : "\(more)")
            }
          }
        }
      }
      return nil
    }
    let known = parts.compactMap { $0 }
    guard known.count == parts.count else { return nil }
    if case .number = values[0] { return .text("dim:" + known[0]) }
    return .text("dims:" + known.joined(separator: ","))
  }

  /// What can be read off a node; the script reads the same under the same names.
  private static func readings(of node: Node, input index: Int) -> [PageJSON.Entry] {
    let shapes = node.inputs.map(\.shape.dimensions), own = shapes[index], output = node.shape.dimensions
    var integers: [(String, [Int])] = [("own", own), ("output", output)]
    integers += shapes.enumerated().map { ("shape\($0.offset)", $0.element) }
    var numbers: [(String, Int)] = []
    let attributes = node.primitive.map { RecordedRule.attributes(of: $0) } ?? []
    func list(_ key: String) -> [Int]? {
      guard case .list(let items)? = attributes.first(where: { $0.key == key })?.value else { return nil }
      return items.compactMap { if case .number(let number) = $0 { Int(number) } else { nil } }
    }
    if let axes = list("axes") {
      integers.append(("kept", own.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }))
      if axes.count == 1 { numbers.append(("onlyAxis", axes[0])) }
    }
    if let order = list("order") {
      integers.append(("inverse", order.indices.map { position in order.firstIndex(of: position) ?? 0 }))
    }
    let missing = output.count - own.count
    integers.append(
      ("spread", output.indices.filter { $0 < missing || (own[$0 - missing] == 1 && output[$0] != 1) }))
    integers.append(("ones", own.map { _ in 1 }))
    if case .number(let number)? = attributes.first(where: { $0.key == "axis" })?.value {
      let axis = Int(number)
      integers.append(("axisAlone", [axis]))
      if axis < own.count {
        integers.append(("axisKept", own.enumerated().map { $0.offset == axis ? 1 : $0.element }))
        integers.append(("axisGone", own.enumerated().filter { $0.offset != axis }.map(\.element)))
        numbers.append(("length", own[axis]))
        let before = shapes[..<index].map { $0[axis] }.reduce(0, +)
        integers.append(("offset", own.indices.map { $0 == axis ? before : 0 }))
        let isReversed = attributes.contains { $0.key == "isReversed" && $0.value == .truth(true) }
        integers.append(("atAxis", own.indices.map { $0 == axis ? 1 : 0 }))
        integers.append(("atAxisForth", own.indices.map { $0 == axis && !isReversed ? 1 : 0 }))
        integers.append(("atAxisBack", own.indices.map { $0 == axis && isReversed ? 1 : 0 }))
        integers.append(("axisShorter", own.enumerated().map { $0.offset == axis ? $0.element - 1 : $0.element }))
      }
    }
    integers.append(("zeros", own.map { _ in 0 }))
    integers.append(("lastAxis", own.indices.map { $0 == own.count - 1 ? 1 : 0 }))
    integers.append(("lastShorter", own.enumerated().map { $0.offset == own.count - 1 ? $0.element - 1 : $0.element }))
    if own.count == 4 {
      integers += [("size", Array(own[2...])), ("ownPlanes", [own[0] * own[1], own[2] * own[3]])]
      numbers.append(("plane", own[2] * own[3]))
      if output.count == 4 { integers.append(("outputPlanes", [output[0] * output[1], output[2] * output[3]])) }
    }
    let turned = attributes.compactMap { entry -> PageJSON.Entry? in
      if case .truth(let truth) = entry.value { .init(key: "not:" + entry.key, value: .truth(!truth)) } else { nil }
    }
    return attributes.map { .init(key: "attribute:" + $0.key, value: $0.value) }
      + integers.map { .init(key: $0.0, value: .integers($0.1)) }
      + numbers.map { .init(key: $0.0, value: .number(Double($0.1))) } + turned
  }
}
