/// Sizes that come from outside, multiplied and added: the one place where that is done. What does not fit saturates,
/// so that nothing traps on the way to whoever takes memory, and that one refuses it with a sentence.
///
/// ```swift
/// Extents.product(4, .max)     // Int.max, which no tensor has
/// ```
package enum Extents {
  /// The product, or the nearest integer that there is.
  package static func product(_ factors: Int...) -> Int { product(of: factors) }

  /// The product of a sequence, or the nearest integer that there is.
  package static func product(of factors: some Sequence<Int>) -> Int {
    factors.reduce(1) { product, factor in
      let (result, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? (product < 0) == (factor < 0) ? .max : .min : result
    }
  }

  /// The sum, or the nearest integer that there is.
  package static func sum(_ terms: Int...) -> Int {
    terms.reduce(0) { sum, term in
      let (result, overflow) = sum.addingReportingOverflow(term)
      return overflow ? term < 0 ? .min : .max : result
    }
  }
}
