/// Second and third derivatives of a single number against differences of function values.
extension GradientCheck {
  func higherOrders(upTo order: Int, _ mode: CheckMode) throws {}
}
