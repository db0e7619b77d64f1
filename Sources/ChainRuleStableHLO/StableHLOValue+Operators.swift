import ChainRuleCore

// What is written most: operators between values of one type, and between a value and a number.

extension StableHLOValue {
  func map(_ operation: String, _ attributes: String = "") -> StableHLOValue {
    body.emit(operation, [self], attributes, results: [type])[0]
  }

  func with(_ operation: String, _ other: StableHLOValue) -> StableHLOValue {
    body.emit(operation, [self, other], results: [type])[0]
  }

  func filled(_ value: Double) -> StableHLOValue { body.constant(value, type) }

  /// The sum, element by element.
  public static func + (a: StableHLOValue, b: StableHLOValue) -> StableHLOValue { a.with("stablehlo.add", b) }
  /// The difference, element by element.
  public static func - (a: StableHLOValue, b: StableHLOValue) -> StableHLOValue { a.with("stablehlo.subtract", b) }
  /// The product, element by element.
  public static func * (a: StableHLOValue, b: StableHLOValue) -> StableHLOValue { a.with("stablehlo.multiply", b) }
  /// The quotient, element by element.
  public static func / (a: StableHLOValue, b: StableHLOValue) -> StableHLOValue { a.with("stablehlo.divide", b) }
  /// The sum with a number.
  public static func + (a: StableHLOValue, b: Double) -> StableHLOValue { a + a.filled(b) }
  /// The difference from a number.
  public static func - (a: StableHLOValue, b: Double) -> StableHLOValue { a - a.filled(b) }
  /// The product with a number.
  public static func * (a: StableHLOValue, b: Double) -> StableHLOValue { a * a.filled(b) }
  /// The quotient by a number.
  public static func / (a: StableHLOValue, b: Double) -> StableHLOValue { a / a.filled(b) }
  /// The sum with a number.
  public static func + (a: Double, b: StableHLOValue) -> StableHLOValue { b.filled(a) + b }
  /// The difference of a number.
  public static func - (a: Double, b: StableHLOValue) -> StableHLOValue { b.filled(a) - b }
  /// The product with a number.
  public static func * (a: Double, b: StableHLOValue) -> StableHLOValue { b.filled(a) * b }
  /// The quotient of a number.
  public static func / (a: Double, b: StableHLOValue) -> StableHLOValue { b.filled(a) / b }
  /// The negative.
  public static prefix func - (a: StableHLOValue) -> StableHLOValue { a.map("stablehlo.negate") }

  var exp: StableHLOValue { map("stablehlo.exponential") }
  var log: StableHLOValue { map("stablehlo.log") }
  var log1p: StableHLOValue { map("stablehlo.log_plus_one") }
  var expm1: StableHLOValue { map("stablehlo.exponential_minus_one") }
  var sqrt: StableHLOValue { map("stablehlo.sqrt") }
  var abs: StableHLOValue { map("stablehlo.abs") }
  var floor: StableHLOValue { map("stablehlo.floor") }
  var ceil: StableHLOValue { map("stablehlo.ceil") }
  var squared: StableHLOValue { self * self }

  /// A mask by comparison: `LT`, `LE`, `GT`, `GE`, `EQ`, `NE`.
  public func compared(_ direction: String, _ other: StableHLOValue) -> StableHLOValue {
    body.emit(
      "stablehlo.compare", [self, other], "comparison_direction = #stablehlo<comparison_direction \(direction)>",
      results: [type.with(.mask)])[0]
  }

  func compared(_ direction: String, _ other: Double) -> StableHLOValue { compared(direction, filled(other)) }

  /// Of a mask: one value where it holds, another elsewhere.
  public func select(_ yes: StableHLOValue, _ no: StableHLOValue) -> StableHLOValue {
    body.emit("stablehlo.select", [self, yes, no], results: [yes.type])[0]
  }

  func select(_ yes: Double, _ no: StableHLOValue) -> StableHLOValue { select(no.filled(yes), no) }
  func select(_ yes: StableHLOValue, _ no: Double) -> StableHLOValue { select(yes, yes.filled(no)) }

  func or(_ other: StableHLOValue) -> StableHLOValue { with("stablehlo.or", other) }
  func and(_ other: StableHLOValue) -> StableHLOValue { with("stablehlo.and", other) }
  var isNaN: StableHLOValue { compared("NE", self) }

  /// NaN goes on from either.
  func maximum(_ other: StableHLOValue) -> StableHLOValue {
    compared("GE", other).or(isNaN).select(self, other)
  }

  func minimum(_ other: StableHLOValue) -> StableHLOValue {
    compared("LE", other).or(isNaN).select(self, other)
  }

  /// The same numbers in other elements.
  func converted(to element: StableHLOType.Element) -> StableHLOValue {
    type.element == element ? self : body.emit("stablehlo.convert", [self], results: [type.with(element)])[0]
  }

  // MARK: Moves

  func reshaped(to dimensions: [Int]) -> StableHLOValue {
    type.dimensions == dimensions ? self : body.emit("stablehlo.reshape", [self], results: [type.with(dimensions)])[0]
  }

  /// Its axes at the given places among those of another shape; along the others it is repeated.
  func spread(to dimensions: [Int], at places: [Int]) -> StableHLOValue {
    if type.dimensions == dimensions { return self }
    return body.emit(
      "stablehlo.broadcast_in_dim", [self], "broadcast_dimensions = \(Self.array(places))",
      results: [type.with(dimensions)])[0]
  }

  func transposed(_ order: [Int]) -> StableHLOValue {
    if order == Array(order.indices) { return self }
    return body.emit(
      "stablehlo.transpose", [self], "permutation = \(Self.array(order))",
      results: [type.with(order.map { dimensions[$0] })])[0]
  }

  func sliced(_ starts: [Int], _ ends: [Int], _ steps: [Int]? = nil) -> StableHLOValue {
    let steps = steps ?? starts.map { _ in 1 }
    let lengths = starts.indices.map { Swift.max(0, (ends[$0] - starts[$0] + steps[$0] - 1) / steps[$0]) }
    return body.emit(
      "stablehlo.slice", [self],
      "start_indices = \(Self.array(starts)), limit_indices = \(Self.array(ends)), strides = \(Self.array(steps))",
      results: [type.with(lengths)])[0]
  }

  /// A part along one axis.
  func part(_ start: Int, _ count: Int, axis: Int) -> StableHLOValue {
    var (starts, ends) = ([Int](repeating: 0, count: rank), dimensions)
    (starts[axis], ends[axis]) = (start, start + count)
    return sliced(starts, ends)
  }

  func flipped(_ axes: [Int]) -> StableHLOValue {
    axes.isEmpty ? self : map("stablehlo.reverse", "dimensions = \(Self.array(axes))")
  }

  func padded(_ low: [Int], _ high: [Int], inside: [Int]? = nil, with filling: Double = 0) -> StableHLOValue {
    let inside = inside ?? low.map { _ in 0 }
    let lengths = dimensions.indices.map {
      low[$0] + high[$0] + dimensions[$0] + Swift.max(0, dimensions[$0] - 1) * inside[$0]
    }
    let value = body.constant(filling, StableHLOType([], type.element))
    return body.emit(
      "stablehlo.pad", [self, value],
      "edge_padding_low = \(Self.array(low)), edge_padding_high = \(Self.array(high)), "
        + "interior_padding = \(Self.array(inside))",
      results: [type.with(lengths)])[0]
  }

  static func array(_ values: [Int]) -> String {
    values.isEmpty ? "array<i64>" : "array<i64: " + values.map(String.init).joined(separator: ", ") + ">"
  }

  static func list(_ values: [Int]) -> String { "[" + values.map(String.init).joined(separator: ", ") + "]" }
}

extension StableHLOBuilder {
  func concatenated(_ parts: [StableHLOValue], axis: Int) -> StableHLOValue {
    if parts.count == 1 { return parts[0] }
    var lengths = parts[0].dimensions
    lengths[axis] = parts.reduce(0) { $0 + $1.dimensions[axis] }
    return emit("stablehlo.concatenate", parts, "dimension = \(axis) : i64", results: [parts[0].type.with(lengths)])[0]
  }

  /// Positions along an axis.
  func positions(_ dimensions: [Int], axis: Int, _ element: StableHLOType.Element = .int32) -> StableHLOValue {
    emit("stablehlo.iota", [], "iota_dimension = \(axis) : i64", results: [StableHLOType(dimensions, element)])[0]
  }

  /// One value of all elements along axes, by an operation from a start.
  func reduced(_ x: StableHLOValue, _ axes: [Int], from start: Double, _ operation: String) -> StableHLOValue {
    if axes.isEmpty { return x }
    let one = StableHLOType([], x.type.element)
    return emit(
      "stablehlo.reduce", [x, constant(start, one)], "dimensions = \(StableHLOValue.array(axes))",
      results: [x.type.without(axes)],
      regions: [region([one, one]) { [$0[0].with(operation, $0[1])] }])[0]
  }

  func sum(_ x: StableHLOValue, _ axes: [Int]) -> StableHLOValue { reduced(x, axes, from: 0, "stablehlo.add") }

  /// The largest along axes; NaN wins, which the format's own maximum leaves to the compiler's taste.
  func largest(_ x: StableHLOValue, _ axes: [Int]) -> StableHLOValue {
    withNaN(reduced(x, axes, from: -.infinity, "stablehlo.maximum"), of: x, axes)
  }

  func smallest(_ x: StableHLOValue, _ axes: [Int]) -> StableHLOValue {
    withNaN(reduced(x, axes, from: .infinity, "stablehlo.minimum"), of: x, axes)
  }

  private func withNaN(_ extreme: StableHLOValue, of x: StableHLOValue, _ axes: [Int]) -> StableHLOValue {
    reduced(x.isNaN, axes, from: 0, "stablehlo.or").select(.nan, extreme)
  }

  /// A reduced value again beside what it was made of.
  func spread(_ x: StableHLOValue, over axes: [Int], to dimensions: [Int]) -> StableHLOValue {
    x.spread(to: dimensions, at: dimensions.indices.filter { !axes.contains($0) })
  }

  /// The sum over one axis of each of products, over axes that both have.
  func product(
    _ a: StableHLOValue, _ b: StableHLOValue, as element: StableHLOType.Element? = nil,
    batch: ([Int], [Int]) = ([], []), over: ([Int], [Int])
  ) -> StableHLOValue {
    func free(_ x: StableHLOValue, _ taken: [Int]) -> [Int] {
      x.dimensions.indices.filter { !taken.contains($0) }.map { x.dimensions[$0] }
    }
    let lengths = batch.0.map { a.dimensions[$0] } + free(a, batch.0 + over.0) + free(b, batch.1 + over.1)
    return emit(
      "stablehlo.dot_general", [a, b],
      "dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = \(StableHLOValue.list(batch.0)), "
        + "rhs_batching_dimensions = \(StableHLOValue.list(batch.1)), "
        + "lhs_contracting_dimensions = \(StableHLOValue.list(over.0)), "
        + "rhs_contracting_dimensions = \(StableHLOValue.list(over.1))>, \(Self.precision)",
      results: [a.type.with(lengths).with(element ?? a.type.element)])[0]
  }

  static let precision = "precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]"

  /// Runs a body until its condition fails; both are given the carried values.
  func loop(
    _ start: [StableHLOValue], while condition: ([StableHLOValue]) throws -> StableHLOValue,
    _ step: ([StableHLOValue]) throws -> [StableHLOValue]
  ) rethrows -> [StableHLOValue] {
    let types = start.map(\.type)
    return emit(
      "stablehlo.while", start, results: types,
      regions: [try region(types) { [try condition($0)] }, try region(types, step)])
  }

  /// Runs a body a number of times; it is given the number of the step (Int32) and the carried values.
  func repeated(
    _ count: Int, _ start: [StableHLOValue], _ step: (StableHLOValue, [StableHLOValue]) throws -> [StableHLOValue]
  ) rethrows -> [StableHLOValue] {
    let one = StableHLOType([], .int32)
    let results = try loop(
      [whole(0, one)] + start, while: { $0[0].compared("LT", self.whole(count, one)) }
    ) { all in
      [all[0] + self.whole(1, one)] + (try step(all[0], Array(all.dropFirst())))
    }
    return Array(results.dropFirst())
  }

  /// A row of a value by its number (Int32).
  func row(_ x: StableHLOValue, _ number: StableHLOValue, axis: Int = 0) -> StableHLOValue {
    let zero = whole(0, StableHLOType([], .int32))
    let starts = x.dimensions.indices.map { $0 == axis ? number : zero }
    var sizes = x.dimensions
    sizes[axis] = 1
    return emit(
      "stablehlo.dynamic_slice", [x] + starts, "slice_sizes = \(StableHLOValue.array(sizes))",
      results: [x.type.with(sizes)])[0]
  }

  /// The same value with a row (an axis of length 1 kept) exchanged.
  func replaced(_ x: StableHLOValue, _ number: StableHLOValue, by row: StableHLOValue, axis: Int = 0) -> StableHLOValue
  {
    let zero = whole(0, StableHLOType([], .int32))
    let starts = x.dimensions.indices.map { $0 == axis ? number : zero }
    return emit("stablehlo.dynamic_update_slice", [x, row] + starts, results: [x.type])[0]
  }
}
