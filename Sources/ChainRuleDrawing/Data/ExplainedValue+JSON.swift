extension ExplainedValue: Codable {
  private enum Keys: String, CodingKey { case shape, scalars, min, mean, max }

  /// Reads `shape` with `scalars`, or with `min`, `mean` and `max`. Throws a `DecodingError` for anything else.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    shape = try container.decode([Int].self, forKey: .shape)
    scalars = try container.decodeIfPresent([JSONNumber].self, forKey: .scalars)?.map(\.value) ?? []
    if let min = try container.decodeIfPresent(JSONNumber.self, forKey: .min) {
      summary = Summary(
        min: min.value, mean: try container.decode(JSONNumber.self, forKey: .mean).value,
        max: try container.decode(JSONNumber.self, forKey: .max).value)
    }
  }

  /// Writes the elements, or the summary where the tensor is too large. Throws what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(shape, forKey: .shape)
    if let summary {
      try container.encode(JSONNumber(summary.min), forKey: .min)
      try container.encode(JSONNumber(summary.mean), forKey: .mean)
      try container.encode(JSONNumber(summary.max), forKey: .max)
    } else {
      try container.encode(scalars.map(JSONNumber.init), forKey: .scalars)
    }
  }
}

/// A number that JSON may not be able to hold: the three that it cannot are the strings `"NaN"`, `"Infinity"` and
/// `"-Infinity"`.
struct JSONNumber: Codable {
  var value: Double
  init(_ value: Double) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
      return
    }
    switch try container.decode(String.self) {
    case "NaN": value = .nan
    case "Infinity": value = .infinity
    case "-Infinity": value = -.infinity
    case let text:
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a number")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite {
      try container.encode(value)
    } else {
      try container.encode(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }
  }
}
