/// What the nodes of an elementwise group require of its elements and rows.
struct GroupShape {
  /// Elements of the group.
  var count = 0
  /// Every row length must divide this; 0 while nothing is required.
  var divisor = 0
  /// The row length is exactly `divisor`, because rows are reduced.
  var isFixed = false
  /// The row length is exactly `divisor`, because rows lie apart in memory.
  var isExact = false

  /// A row is reduced within a tile up to this length.
  static let longestRow = 4096
  /// Sums over axes in the middle are kept beside each other up to so many.
  static let mostSums = 4096

  /// With one more requirement, or `nil` if the two do not go together.
  func requiring(rowsDividing length: Int) -> GroupShape? {
    var result = self
    if divisor == 0 {
      result.divisor = length
    } else if length % divisor == 0 {
      return self
    } else if divisor % length == 0, !isFixed, !isExact {
      result.divisor = length
    } else {
      return nil
    }
    return result
  }

  func requiring(rowsOf length: Int) -> GroupShape? {
    guard length > 1, length <= Self.longestRow, var result = requiring(rowsExactly: length) else { return nil }
    result.isFixed = true
    return result
  }

  func requiring(rowsExactly length: Int) -> GroupShape? {
    guard isFixed || isExact ? divisor == length : divisor == 0 || divisor % length == 0 else { return nil }
    var result = self
    (result.divisor, result.isExact) = (length, true)
    return result
  }

  /// With all that another group requires.
  func requiring(_ other: GroupShape) -> GroupShape? {
    if other.divisor == 0 { return self }
    if other.isFixed { return requiring(rowsOf: other.divisor) }
    return other.isExact ? requiring(rowsExactly: other.divisor) : requiring(rowsDividing: other.divisor)
  }
}
