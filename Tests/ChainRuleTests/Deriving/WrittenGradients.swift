// Written by `chainrule derive --format swift`; SwiftSourceTests holds it against what is written now. The names are
// those of the formulas.
// swift-format-ignore-file
import ChainRule

enum SigmoidNeuron {
  static func gradientByW(w: Node, x: Node, b: Node) -> Node {
    x * sigmoid(b + w * x) * (1.0 - sigmoid(b + w * x))
  }

  static func gradientByX(w: Node, x: Node, b: Node) -> Node {
    w * sigmoid(b + w * x) * (1.0 - sigmoid(b + w * x))
  }

  static func gradientByB(w: Node, x: Node, b: Node) -> Node {
    sigmoid(b + w * x) * (1.0 - sigmoid(b + w * x))
  }
}

enum Quotient {
  static func gradientByX(x: Node, y: Node) -> Node {
    2.0 * x / (y + 1.0)
  }

  static func gradientByY(x: Node, y: Node) -> Node {
    -(pow(x, 2.0) / pow(y + 1.0, 2.0))
  }
}

enum Power {
  static func gradientByX(x: Node, y: Node) -> Node {
    -(1.5 * exp(y) * pow(x + 1.0, -2.5))
  }

  static func gradientByY(x: Node, y: Node) -> Node {
    exp(y) * pow(x + 1.0, -1.5)
  }
}

enum LeastSquares {
  static func gradientByW(W: Node, x: Node, y: Node) -> Node {
    2.0 * (W.matmul(x) - y).reshaped(to: [3, 1]).matmul(x.reshaped(to: [1, 2]))
  }

  static func gradientByX(W: Node, x: Node, y: Node) -> Node {
    2.0 * W.transposed().matmul(W.matmul(x) - y)
  }

  static func gradientByY(W: Node, x: Node, y: Node) -> Node {
    -(2.0 * (W.matmul(x) - y))
  }
}

enum TwoLayers {
  static func gradientByV(V: Node, W: Node, x: Node, y: Node) -> Node {
    2.0 * (sigmoid(V.matmul(tanh(W.matmul(x)))) * (sigmoid(V.matmul(tanh(W.matmul(x)))) - y) * (1.0 - sigmoid(V.matmul(tanh(W.matmul(x)))))).reshaped(to: [2, 1]).matmul(tanh(W.matmul(x)).reshaped(to: [1, 3]))
  }

  static func gradientByW(V: Node, W: Node, x: Node, y: Node) -> Node {
    2.0 * (V.transposed().matmul(sigmoid(V.matmul(tanh(W.matmul(x)))) * (sigmoid(V.matmul(tanh(W.matmul(x)))) - y) * (1.0 - sigmoid(V.matmul(tanh(W.matmul(x)))))) * (1.0 - pow(tanh(W.matmul(x)), 2.0))).reshaped(to: [3, 1]).matmul(x.reshaped(to: [1, 4]))
  }

  static func gradientByX(V: Node, W: Node, x: Node, y: Node) -> Node {
    2.0 * W.transposed().matmul(V.transposed().matmul(sigmoid(V.matmul(tanh(W.matmul(x)))) * (sigmoid(V.matmul(tanh(W.matmul(x)))) - y) * (1.0 - sigmoid(V.matmul(tanh(W.matmul(x)))))) * (1.0 - pow(tanh(W.matmul(x)), 2.0)))
  }

  static func gradientByY(V: Node, W: Node, x: Node, y: Node) -> Node {
    -(2.0 * (sigmoid(V.matmul(tanh(W.matmul(x)))) - y))
  }
}

enum SoftmaxEntropy {
  static func gradientByY(y: Node, W: Node, x: Node) -> Node {
    -log(softmax(W.matmul(x)))
  }

  static func gradientByW(y: Node, W: Node, x: Node) -> Node {
    (y.sum() * softmax(W.matmul(x)) - y).reshaped(to: [3, 1]).matmul(x.reshaped(to: [1, 2]))
  }

  static func gradientByX(y: Node, W: Node, x: Node) -> Node {
    W.transposed().matmul(y.sum() * softmax(W.matmul(x)) - y)
  }
}

enum Quadratic {
  static func gradientByX(x: Node, A: Node) -> Node {
    (A + A.transposed()).matmul(x)
  }

  static func gradientByA(x: Node, A: Node) -> Node {
    x.reshaped(to: [3, 1]).matmul(x.reshaped(to: [1, 3]))
  }
}

enum Elements {
  static func gradientByX(x: Node) -> Node {
    stack([x[1], x[0], x[2] / sqrt(pow(x[2], 2.0) + 1.0)])
  }
}
