import ChainRule
import Testing

@Test func xyz() throws {
  let graph = Graph()
  let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
  let f = (x + y) * z
  #expect(try f.scalar() == -12)
  let gradients = f.backward()
  #expect(try gradients[x]?.scalar() == -4)
  #expect(try gradients[y]?.scalar() == -4)
  #expect(try gradients[z]?.scalar() == 3)
  #expect(gradients[graph.input("unused", 1)] == nil)
  x.assign(3)
  #expect(try f.scalar() == -32)
  let (value, slopes) = try valueAndGradient(at: Tensor([1, 2])) { v in (v * v).sum() }
  #expect(try value.scalar() == 5)
  #expect(slopes.scalars == [2, 4])
}
