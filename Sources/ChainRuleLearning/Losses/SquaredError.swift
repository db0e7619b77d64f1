/// The mean of (prediction − target)² over all elements; both have one shape.
public func meanSquaredError(_ prediction: Node, _ target: Node) -> Node {
  shapeMistake("meanSquaredError", prediction, target) ?? square(prediction - target).mean()
}
