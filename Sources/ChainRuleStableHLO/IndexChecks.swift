import ChainRuleCore

/// What was found out while a module ran: results that the host reads, before it believes the others.
struct IndexChecks {
  /// How to judge one result, or two.
  enum Check: Sendable {
    /// The smallest and the largest of the indices, which must lie below a length.
    case range(reader: String, below: Int)
    /// How often something was found that must not be.
    case never(ChainRuleError)
    /// What the steps of a loop found first: the number in `inside`, from 1, or 0; and the index.
    case inLoop
  }
  var checks: [Check] = []
  /// The results, Int32, without axes.
  var values: [StableHLOValue] = []
  /// What is looked for in the bodies of loops and in choices.
  var inside: [Check] = []
}

/// The first mistake of a loop's steps: the number of its check, from 1, or 0 for none; and the index.
struct FoundInRegion {
  var number: StableHLOValue
  var index: StableHLOValue
  var values: [StableHLOValue] { [number, index] }
}

extension StableHLOBuilder {
  /// Writes something with regions, which carry what they find out; `write` is given what they begin with (nothing where
  /// nobody will look), and gives what they end with in its last results.
  func carrying(_ write: ([StableHLOValue]) throws -> [StableHLOValue]) rethrows -> [StableHLOValue] {
    guard checks != nil else { return try write([]) }
    let none = whole(0, StableHLOType([], .int32)), outside = found, known = checks?.inside.count
    let all = try write((outside ?? FoundInRegion(number: none, index: none)).values)
    let (results, last) = (Array(all.dropLast(2)), Array(all.suffix(2)))
    found = outside
    guard checks?.inside.count != known else { return results }
    if depth > 0, outside != nil {
      found = FoundInRegion(number: last[0], index: last[1])
    } else if depth == 0 {
      checks?.checks.append(.inLoop)
      checks?.values += last
    }
    return results
  }

  /// The results of a region's body behind what it found.
  func finding(_ before: [StableHLOValue], _ body: () throws -> [StableHLOValue]) rethrows -> [StableHLOValue] {
    guard checks != nil, before.count == 2 else { return try body() }
    found = FoundInRegion(number: before[0], index: before[1])
    let results = try body()
    return results + (found?.values ?? before)
  }

  /// Remembers a mistake that a step may make, unless there was one before.
  func note(_ check: IndexChecks.Check, where isBad: StableHLOValue, _ index: StableHLOValue) {
    guard let before = found else { return }
    checks?.inside.append(check)
    let number = before.number.filled(Double(checks?.inside.count ?? 0))
    let takes = isBad.and(before.number.compared("EQ", 0))
    found = FoundInRegion(
      number: takes.select(number, before.number), index: takes.select(index, before.index))
  }
}

extension NodeWriter {
  /// Remembers indices that must lie below a length.
  func checkedRange(_ indices: StableHLOValue, below length: Int) {
    guard body.checks != nil, body.depth == 0 || body.found != nil, indices.type.count > 0 else { return }
    let axes = Array(indices.dimensions.indices), indices = indices.converted(to: .int32)
    let least = body.reduced(indices, axes, from: Double(Int32.max), "stablehlo.minimum")
    let most = body.reduced(indices, axes, from: Double(Int32.min), "stablehlo.maximum")
    let check = IndexChecks.Check.range(reader: primitive.name, below: length)
    if body.depth == 0 {
      body.checks?.checks.append(check)
      body.checks?.values += [least, most]
    } else {
      let isLow = least.compared("LT", 0), isBad = isLow.or(most.compared("GE", Double(length)))
      body.note(check, where: isBad, isLow.select(least, most))
    }
  }

  /// Remembers a mask that must hold nowhere, and what to say if it does.
  func refuse(where mask: StableHLOValue, _ error: ChainRuleError) {
    guard body.checks != nil, body.depth == 0 || body.found != nil, mask.type.count > 0 else { return }
    let found = body.sum(mask.converted(to: .int32), Array(mask.dimensions.indices))
    if body.depth == 0 {
      body.checks?.checks.append(.never(error))
      body.checks?.values.append(found)
    } else {
      body.note(.never(error), where: found.compared("NE", 0), found)
    }
  }
}

extension StableHLOModule {
  /// Judges the numbers that a run gave behind its outputs and renewed leaves.
  /// - Throws: an index out of range, by its reader; whatever else must not be.
  package func judge(_ numbers: [Int]) throws {
    var place = 0
    for check in checks {
      switch check {
      case .range: try Self.judge(check, numbers[place], numbers[place + 1])
      case .never: try Self.judge(check, numbers[place], 0)
      case .inLoop:
        let number = numbers[place], index = numbers[place + 1]
        if number > 0, number <= inside.count { try Self.judge(inside[number - 1], index, index, isFound: true) }
      }
      if case .never = check { place += 1 } else { place += 2 }
    }
  }

  private static func judge(_ check: IndexChecks.Check, _ least: Int, _ most: Int, isFound: Bool = false) throws {
    switch check {
    case .range(let reader, let below):
      guard least < 0 || most >= below else { return }
      throw ChainRuleError(.value, in: reader, required: "indices in 0..<\(below)", got: "\(least < 0 ? least : most)")
    case .never(let error): if isFound || least != 0 { throw error }
    case .inLoop: return
    }
  }
}
