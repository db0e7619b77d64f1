/// Vectors of plain numbers, for searches and solvers that work outside graphs.

/// Σ aᵢbᵢ
package func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for place in a.indices { sum += a[place] * b[place] }
  return sum
}

/// The 2-norm, without overflow or underflow on the way; NaN where an element is.
package func norm(_ v: [Double]) -> Double {
  var largest = 0.0
  for element in v { largest = element.isNaN ? element : Swift.max(largest, element.magnitude) }
  guard largest > 0, largest.isFinite else { return largest }
  if (1e-140...1e140).contains(largest) { return dot(v, v).squareRoot() }
  var sum = 0.0
  for element in v { sum += (element / largest) * (element / largest) }
  return largest * sum.squareRoot()
}
