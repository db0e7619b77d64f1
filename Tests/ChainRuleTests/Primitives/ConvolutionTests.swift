import Testing

import ChainRule
@testable import ChainRuleCore

/// Numbers with no pattern that an error could hide behind.
private func numbers(_ shape: Shape, seed: UInt64) -> Tensor {
  var generator = RandomNumbers(seed: seed)
  return Tensor(shape: shape, (0..<shape.elementCount).map { _ in 2 * generator.uniform() - 1 })
}

/// The definition, element by element.
private func definition(_ x: Tensor, _ w: Tensor, _ g: WindowGeometry) throws -> Tensor {
  let shape = try Convolution(geometry: g).shape(of: [x.shape, w.shape])
  var y = Tensor(shape: shape, repeating: 0)
  let outputs = w.shape[0] / g.groups
  for n in 0..<shape[0] {
    for o in 0..<shape[1] {
      for p in 0..<shape[2] {
        for q in 0..<shape[3] {
          var sum = 0.0
          for c in 0..<w.shape[1] {
            for i in 0..<w.shape[2] {
              for j in 0..<w.shape[3] {
                let (row, column) = (
                  p * g.stride[0] + i * g.dilation[0] - g.padding[0], q * g.stride[1] + j * g.dilation[1] - g.padding[1]
                )
                let value = x[n, o / outputs * w.shape[1] + c, row, column]
                if !value.isNaN { sum += value * w[o, c, i, j] }
              }
            }
          }
          y[n, o, p, q] = sum
        }
      }
    }
  }
  return y
}

private func dot(_ a: Tensor, _ b: Tensor) -> Double { zip(a.scalars, b.scalars).map(*).reduce(0, +) }

@Test(arguments: [
  ([1, 1], [0, 0], [1, 1], 1), ([2, 1], [1, 2], [1, 2], 2), ([1, 2], [2, 0], [2, 1], 1), ([3, 3], [1, 1], [1, 1], 2),
])
func convolutionFollowsItsDefinition(stride: [Int], padding: [Int], dilation: [Int], groups: Int) throws {
  let graph = Graph()
  let x = graph.input("x", numbers([2, 4, 7, 6], seed: 1))
  let w = graph.input("w", numbers([6, 4 / groups, 3, 2], seed: 2))
  let y = convolution2d(x, weight: w, stride: stride, padding: padding, dilation: dilation, groups: groups)
  let geometry = try WindowGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups, in: "test")
  let expected = try definition(x.value(), w.value(), geometry)
  #expect(zip(try y.value().scalars, expected.scalars).allSatisfy { Swift.abs($0 - $1) < 1e-12 })

  // ⟨u, T(x, w)⟩ is one number however it is grouped.
  let u = graph.input("u", numbers(y.shape, seed: 3))
  let gradients = try y.gradients(withRespectTo: [x, w], upstream: u)
  let number = dot(try u.value(), try y.value())
  #expect(Swift.abs(dot(try gradients[0].value(), try x.value()) - number) < 1e-11)
  #expect(Swift.abs(dot(try gradients[1].value(), try w.value()) - number) < 1e-11)

  // Second order: the gradient of ⟨x̄, s⟩ with respect to w is the weight gradient of s, and so on.
  let s = graph.input("s", numbers(x.shape, seed: 4))
  let mixed = try (gradients[0] * s).sum().gradients(withRespectTo: [w, u])
  #expect(Swift.abs(dot(try mixed[0].value(), try w.value()) - dot(try gradients[0].value(), try s.value())) < 1e-11)
  #expect(Swift.abs(dot(try mixed[1].value(), try u.value()) - dot(try gradients[0].value(), try s.value())) < 1e-11)
}

@Test func theFirstLargestElementOfAWindowTakesTheGradient() throws {
  let graph = Graph()
  let x = graph.input("x", Tensor(shape: [1, 1, 2, 4], [1, 2, 2, 0, 2, 0, 2, 2]))
  let y = maxPool2d(x, window: [2])
  #expect(try y.value().scalars == [2, 2])
  let u = graph.constant(Tensor(shape: [1, 1, 1, 2], [-0.3532, 0.4638]))
  #expect(try y.gradients(withRespectTo: [x], upstream: u)[0].value().scalars == [0, -0.3532, 0.4638, 0, 0, 0, 0, 0])
  let direction = Tensor(shape: [1, 1, 2, 4], [0, 1, 2, 3, 4, 5, 6, 7])
  #expect(try y.tangent(along: [(x, direction)]).value().scalars == [1, 2])
}

@Test func averagePoolingCountsPaddingOrNot() throws {
  let graph = Graph()
  let x = graph.input("x", Tensor(shape: [1, 1, 2, 2], [1, 2, 3, 4]))
  let padded = avgPool2d(x, window: [2], stride: [1], padding: [1])
  #expect(try padded.value().scalars == [0.25, 0.75, 0.5, 1, 2.5, 1.5, 0.75, 1.75, 1])
  let bare = avgPool2d(x, window: [2], stride: [1], padding: [1], countIncludePad: false)
  #expect(try bare.value().scalars == [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4])
  for y in [padded, bare] {
    let u = graph.constant(numbers(y.shape, seed: 5))
    let gradient = try y.gradients(withRespectTo: [x], upstream: u)[0].value()
    #expect(Swift.abs(dot(gradient, try x.value()) - dot(try u.value(), try y.value())) < 1e-13)
  }
}

@Test func windowsThatDoNotFitAreReported() throws {
  let graph = Graph()
  let x = graph.input("x", shape: [1, 3, 4, 4])
  #expect(convolution2d(x, weight: graph.input("w", shape: [2, 2, 3, 3])).error?.kind == .shape)
  #expect(convolution2d(x, weight: graph.input("w", shape: [2, 3, 5, 5])).error?.kind == .shape)
  #expect(convolution2d(x, weight: graph.input("w", shape: [2, 3, 3, 3]), stride: [0]).error?.kind == .shape)
  #expect(maxPool2d(x, window: [2], padding: [2]).error?.kind == .shape)
  #expect(maxPool2d(x, window: [5]).error?.kind == .shape)
  #expect(avgPool2d(graph.input("y", shape: [4, 4]), window: [2]).error?.kind == .shape)
}
