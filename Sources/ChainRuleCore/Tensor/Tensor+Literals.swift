extension Tensor: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral {
  /// `3` as a tensor of shape `[]`.
  public init(integerLiteral value: Double.IntegerLiteralType) { self.init(Double(value)) }
  /// `0.5` as a tensor of shape `[]`.
  public init(floatLiteral value: Double) { self.init(value) }
  /// `[1, 2, 3]` is a vector and `[[1, 2], [3, 4]]` a matrix; ragged rows are carried as a mistake.
  public init(arrayLiteral elements: Tensor...) { self.init(stacking: elements) }
}
