import ChainRule
import Testing

@Suite struct ProductsTests {
  @Test func outerProducts() throws {
    let graph = Graph(), a = graph.input("a", [1, 2, 3]), b = graph.input("b", [4, 5])
    let product = outer(a, b)
    #expect(product.shape == [3, 2])
    #expect(try product.value().scalars == [4, 5, 8, 10, 12, 15])
    #expect(try checkGradients(of: product, withRespectTo: [a, b]).verdict == .agree)
    #expect(outer(graph.constant(2), b).error?.required == "two vectors")
  }
}
