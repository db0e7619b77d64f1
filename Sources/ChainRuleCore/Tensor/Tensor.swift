/// Numbers in a box: a shape, an element type, and contiguous row-major elements with copy on write.
///
/// ```swift
/// let m = Tensor([[1, 2], [3, 4]])      // shape [2, 2], float64
/// print(m.shape, m.scalars)             // [2, 2] [1.0, 2.0, 3.0, 4.0]
/// ```
///
/// A tensor is total: one that was made from a ragged literal or with a count that does not fit its
/// shape carries the mistake (`error`) to whoever uses it first.
public struct Tensor: Sendable {
  /// The lengths of the axes; `[0]` for a tensor that only carries a mistake.
  public let shape: Shape
  var storage: TensorStorage

  init(shape: Shape, storage: TensorStorage) {
    self.shape = shape
    self.storage = storage
  }

  /// A tensor that only carries a mistake.
  public init(error: ChainRuleError) { self.init(shape: [0], storage: TensorStorage(error)) }

  /// Uninitialized elements, to be written by the caller at once.
  init(uninitialized shape: Shape, _ elementType: ElementType) {
    guard shape.dimensions.allSatisfy({ $0 >= 0 }) else {
      self.init(
        error: ChainRuleError(.shape, in: "Tensor", required: "lengths of at least 0", got: "shape \(shape)"))
      return
    }
    let storage = TensorStorage(uninitialized: shape.elementCount, elementType)
    self.init(shape: storage.error == nil ? shape : [0], storage: storage)
  }

  /// One number.
  public init(_ value: Double) {
    self.init(shape: .scalar, storage: TensorStorage(uninitialized: 1, .float64))
    storage.pointer(Double.self)[0] = value
  }

  /// A vector `[count]`.
  public init(_ values: [Double]) { self.init(shape: [values.count], values) }

  /// A matrix `[rows, columns]`; ragged rows make a tensor that carries the mistake.
  public init(_ rows: [[Double]]) { self.init(stacking: rows.map { Tensor($0) }) }

  /// Elements in row-major order for a shape; a count that does not fit is carried as a mistake.
  public init(shape: Shape, _ values: [Double]) {
    self.init(shape: shape, elements: values, .float64)
  }

  /// The same value everywhere.
  public init(shape: Shape, repeating value: Double) {
    self.init(uninitialized: shape, .float64)
    if error == nil { storage.pointer(Double.self).update(repeating: value, count: count) }
  }

  /// 32-bit elements; `[count]` unless a shape is given.
  public init(floats: [Float], shape: Shape? = nil) {
    self.init(shape: shape ?? [floats.count], elements: floats, .float32)
  }

  /// 32-bit integers, used as class labels and positions; `[count]` unless a shape is given.
  public init(indices: [Int], shape: Shape? = nil) {
    let values = indices.compactMap { Int32(exactly: $0) }
    guard values.count == indices.count else {
      self.init(
        error: ChainRuleError(
          .value, in: "Tensor(indices:)", required: "indices that fit 32 bits", got: "\(indices.prefix(8))"))
      return
    }
    self.init(shape: shape ?? [indices.count], elements: values, .int32)
  }

  package init<T>(shape: Shape, elements: [T], _ elementType: ElementType) {
    self.init(uninitialized: shape, elementType)
    guard error == nil else { return }
    guard elements.count == count else {
      self.init(
        error: ChainRuleError(
          .shape, in: "Tensor", required: "\(count) elements for shape \(shape)", got: "\(elements.count)"))
      return
    }
    elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { storage.pointer(T.self).update(from: start, count: source.count) }
    }
  }

  /// Equal tensors stacked along a new first axis.
  init(stacking parts: [Tensor]) {
    if let broken = parts.first(where: { $0.error != nil }) {
      self = broken
      return
    }
    guard let first = parts.first else {
      self.init(shape: [0], [])
      return
    }
    if let other = parts.first(where: { $0.shape != first.shape }) {
      self.init(
        error: ChainRuleError(
          .shape, in: "Tensor", required: "rows of one length (the first has shape \(first.shape))",
          got: "a row of shape \(other.shape)", hint: "A literal must not be ragged."))
      return
    }
    self.init(shape: Shape([parts.count] + first.shape.dimensions), parts.flatMap(\.scalars))
  }

  /// The mistake that this tensor was made with, if any.
  public var error: ChainRuleError? { storage.error }
  /// Float64 from numbers and literals, Float32 and Int32 where they were asked for.
  public var elementType: ElementType { storage.elementType }
  /// The number of elements.
  public var count: Int { storage.count }
  /// Whether an axis has length 0, or the tensor only carries a mistake.
  public var isEmpty: Bool { count == 0 }

  /// The elements as doubles, row-major.
  public var scalars: [Double] {
    switch elementType {
    case .float64: Array(UnsafeBufferPointer(start: storage.pointer(Double.self), count: count))
    case .float32: (0..<count).map { Double(storage.pointer(Float.self)[$0]) }
    case .int32: (0..<count).map { Double(storage.pointer(Int32.self)[$0]) }
    }
  }

  /// The elements as 32-bit floats, row-major.
  public var floats: [Float] {
    elementType == .float32
      ? Array(UnsafeBufferPointer(start: storage.pointer(Float.self), count: count)) : scalars.map { Float($0) }
  }

  /// The elements of an index tensor; floating-point elements are truncated, those out of range give 0.
  public var indices: [Int] {
    elementType == .int32
      ? (0..<count).map { Int(storage.pointer(Int32.self)[$0]) }
      : scalars.map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }
  }

  /// The only element.
  /// - Throws: when there is not exactly one.
  public func scalar() throws -> Double {
    if let error { throw error }
    guard count == 1 else {
      throw ChainRuleError(.shape, in: "scalar()", required: "one element", got: "shape \(shape)", hint: "Use value().")
    }
    return element(0)
  }

  /// One element by its row-major position, which the caller has checked.
  package func element(_ position: Int) -> Double {
    switch elementType {
    case .float64: storage.pointer(Double.self)[position]
    case .float32: Double(storage.pointer(Float.self)[position])
    case .int32: Double(storage.pointer(Int32.self)[position])
    }
  }

  /// One element by its coordinates; NaN when there is no such element.
  public subscript(coordinates: Int...) -> Double {
    get {
      guard let position = position(of: coordinates) else { return .nan }
      return element(position)
    }
    set {
      if let position = position(of: coordinates) { set(newValue, at: position) }
    }
  }

  private func position(of coordinates: [Int]) -> Int? {
    guard coordinates.count == shape.rank, error == nil else { return nil }
    var position = 0
    for (axis, coordinate) in coordinates.enumerated() {
      guard (0..<shape[axis]).contains(coordinate) else { return nil }
      position = position * shape[axis] + coordinate
    }
    return position
  }

  /// Takes a private copy of the elements if others share them.
  mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage), error == nil else { return }
    let copy = TensorStorage(uninitialized: count, elementType)
    if copy.error == nil { copy.base.copyMemory(from: storage.base, byteCount: count * elementType.stride) }
    storage = copy
  }

  /// Replaces one element by its row-major position, which the caller has checked.
  package mutating func set(_ value: Double, at position: Int) {
    makeUnique()
    switch elementType {
    case .float64: storage.pointer(Double.self)[position] = value
    case .float32: storage.pointer(Float.self)[position] = Float(value)
    case .int32:
      if let index = Int32(exactly: value) {
        storage.pointer(Int32.self)[position] = index
      } else {
        self = Tensor(error: Self.noIndex(value, at: position, in: "Tensor"))
      }
    }
  }

  /// The mistake of using a number as an index that is none.
  static func noIndex(_ value: Double, at position: Int, in origin: String) -> ChainRuleError {
    ChainRuleError(
      .value, in: origin, required: "indices, whole numbers of 32 bits", got: "\(value) at position \(position)",
      hint: "Round it to the index that is meant.")
  }

  /// The elements as Int32 indices.
  /// - Throws: for an element that is no whole number of 32 bits, and names it.
  package func asIndices(in origin: String) throws -> Tensor {
    if let error { throw error }
    guard elementType != .int32 else { return self }
    for position in 0..<count where Int32(exactly: element(position)) == nil {
      throw Self.noIndex(element(position), at: position, in: origin)
    }
    return converted(to: .int32)
  }

  /// The same elements in another shape of the same count.
  public func reshaped(to shape: Shape) -> Tensor {
    if error != nil { return self }
    guard shape.elementCount == count, shape.dimensions.allSatisfy({ $0 >= 0 }) else {
      return Tensor(
        error: ChainRuleError(.shape, in: "reshaped", required: "a shape of \(count) elements", got: "\(shape)"))
    }
    return Tensor(shape: shape, storage: storage)
  }

  /// The elements converted to another type; integers are rounded towards zero. NaN, infinity and what does not fit 32
  /// bits is no integer: the result then carries an error that names the element.
  public func converted(to type: ElementType) -> Tensor {
    if type == elementType || error != nil { return self }
    let result = Tensor(uninitialized: shape, type)
    guard result.error == nil else { return result }
    for position in 0..<count {
      let value = element(position)
      switch type {
      case .float64: result.storage.pointer(Double.self)[position] = value
      case .float32: result.storage.pointer(Float.self)[position] = Float(value)
      case .int32:
        guard let index = Int32(exactly: value.rounded(.towardZero)) else {
          return Tensor(error: Self.noIndex(value, at: position, in: "converted(to:)"))
        }
        result.storage.pointer(Int32.self)[position] = index
      }
    }
    return result
  }
}

extension Tensor: Equatable {
  /// Equal shape, element type and elements (NaN differs from itself, as IEEE 754 has it).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape, a.elementType == b.elementType, a.error == b.error else { return false }
    return (0..<a.count).allSatisfy { a.element($0) == b.element($0) }
  }
}
