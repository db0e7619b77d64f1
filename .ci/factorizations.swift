import ChainRule
import Foundation

// Run by .ci/factorizations: a line "name size value|gradient" runs that program once more, and its seconds, its value and
// the squared length of its gradient are printed.

/// The same numbers as in factorizations.py.
func numbers(_ n: Int, _ start: Double) -> Tensor {
  Tensor(shape: [n, n], (0..<n * n).map { sin(0.7351 * Double($0) * Double($0) + start) })
}

func loss(_ name: String, _ a: Node, _ n: Int) -> Node {
  let graph = a.graph, w = graph.constant(numbers(n, 0.7)), v = w[0], one = graph.identity(n)
  switch name {
  case "cholesky": return (cholesky(a.matmul(a.transposed()) / Double(n) + 2 * one) * w).sum()
  case "solve": return (solve(a + Double(n) * one, w) * w).sum()
  case "lu":
    let (_, l, u) = lu(a)
    return (l * w).sum() + (u * w).sum()
  case "qr":
    let (q, r) = qr(a)
    return (q * w).sum() + (r * w).sum()
  case "eigh":
    let (values, vectors) = eigh(a)
    return (values * v).sum() + (square(vectors) * w).sum()
  case "svd":
    let (left, s, right) = svd(a)
    return (s * v).sum() + (square(left) * w).sum() + (square(right) * w).sum()
  case "eigenvalues": return (eigenvaluesSymmetric(a) * v).sum()
  default: return (singularValues(a) * v).sum()
  }
}

var programs: [String: Program] = [:]
while let line = readLine() {
  let words = line.split(separator: " ").map(String.init)
  guard words.count == 3, let n = Int(words[1]) else { break }
  let x = numbers(n, 0.3)
  if programs[line] == nil {
    let graph = Graph(), a = graph.input("a", x), y = loss(words[0], a, n)
    let outputs = words[2] == "value" ? [y] : [y, try y.gradients(withRespectTo: [a])[0]]
    programs[line] = try graph.compile(inputs: [a], outputs: outputs)
  }
  let start = ContinuousClock.now, found = try programs[line]?.run([x]) ?? []
  let time = ContinuousClock.now - start
  let length = found.count > 1 ? found[1].scalars.reduce(0) { $0 + $1 * $1 } : 0
  let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  FileHandle.standardOutput.write(Data("\(seconds) \(found[0].scalars[0]) \(length)\n".utf8))
}
