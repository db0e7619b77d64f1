// Losses of numbers against numbers. d = prediction − target; both have one shape, and so have the losses of the
// elements.

import ChainRuleCore

/// The mean of d². Gradient: 2 d / n.
public func meanSquaredError(_ prediction: Node, _ target: Node) -> Node { squaredError(prediction, target) }

/// The mean of |d|. The gradient at d = 0 is 0.
public func meanAbsoluteError(_ prediction: Node, _ target: Node) -> Node { absoluteError(prediction, target) }

/// d², reduced.
public func squaredError(
  _ prediction: Node, _ target: Node, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  elementLoss("squaredError", prediction, target, mask, reduction) { square($0) }
}

/// |d|, reduced.
public func absoluteError(
  _ prediction: Node, _ target: Node, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  elementLoss("absoluteError", prediction, target, mask, reduction) { abs($0) }
}

/// d²/2 where |d| ≤ δ, else δ (|d| − δ/2): square for small errors, linear for outliers. Source: Huber 1964.
public func huberLoss(
  _ prediction: Node, _ target: Node, delta: Double = 1, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  settingMistake("huberLoss", prediction, delta > 0, "a delta above 0", delta)
    ?? elementLoss("huberLoss", prediction, target, mask, reduction) { d in
      let size = abs(d)
      return `where`(greater(size, delta), delta * (size - delta / 2), 0.5 * square(d))
    }
}

/// d²/(2β) where |d| < β, else |d| − β/2: Huber's loss divided by β; |d| for a β of 0. Source: Girshick 2015.
public func smoothAbsoluteError(
  _ prediction: Node, _ target: Node, beta: Double = 1, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  settingMistake("smoothAbsoluteError", prediction, beta >= 0, "a beta of at least 0", beta)
    ?? elementLoss("smoothAbsoluteError", prediction, target, mask, reduction) { d in
      let size = abs(d)
      return beta == 0 ? size : `where`(less(size, beta), square(d) * (0.5 / beta), size - beta / 2)
    }
}

/// A loss of the differences, after the shapes have been checked.
private func elementLoss(
  _ name: String, _ prediction: Node, _ target: Node, _ mask: Node?, _ reduction: Reduction, _ loss: (Node) -> Node
) -> Node {
  shapeMistake(name, prediction, target)
    ?? reduction(loss(seen(prediction, mask) - seen(target, mask)), mask: mask)
}
