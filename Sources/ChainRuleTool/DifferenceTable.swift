import ChainRule

/// (f(x + h) − f(x))/h for ever smaller h beside the derivative: first the curvature shows, then the rounding.
struct DifferenceTable {
  private let lines: [String]

  /// One table for an element of an input, whose value is what it was afterwards.
  /// - Throws: for a function of more than one number.
  init(of f: Node, by x: Node, _ name: String, element: Int = 0) throws {
    guard f.shape.elementCount == 1 else {
      throw UsageError("--table needs one number as the output, not shape \(f.shape); sum(…) makes it one")
    }
    let slope = try f.gradients(withRespectTo: [x])[0].value().scalars[element]
    let start = try x.value(), base = try f.value().scalars[0]
    defer { x.assign(start) }
    func value(_ step: Double) throws -> Double {
      var moved = start.scalars
      moved[element] += step
      x.assign(Tensor(shape: start.shape, moved))
      return try f.value().scalars[0]
    }
    var rows = [["h", "(f(x+h) − f(x))/h", "off by", "(f(x+h) − f(x−h))/2h", "off by"]]
    var best = (forward: (step: "", error: Double.infinity), central: (step: "", error: Double.infinity))
    for exponent in 0...15 {
      let h = Double("1e-\(exponent)") ?? 1, step = exponent == 0 ? "1" : "1e-\(exponent)"
      let up = try value(h), down = try value(-h)
      let forward = (up - base) / h, central = (up - down) / (2 * h)
      rows.append(
        [step, Self.text(forward), Self.size(forward - slope), Self.text(central), Self.size(central - slope)])
      if (forward - slope).magnitude < best.forward.error { best.forward = (step, (forward - slope).magnitude) }
      if (central - slope).magnitude < best.central.error { best.central = (step, (central - slope).magnitude) }
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    lines =
      ["by \(name), where the derivative is \(Self.text(slope)):"]
      + rows.map { row in
        let cells = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "   ")
        return "  " + String(cells.reversed().drop { $0 == " " }.reversed())
      } + [
        "  nearest: h = \(best.forward.step) on one side, h = \(best.central.step) on both; larger steps are off by the "
          + "curvature, smaller ones by rounding"
      ]
  }

  var text: String { lines.joined(separator: "\n") }

  private static func text(_ number: Double) -> String { NumberText.short(number, digits: 12) }
  private static func size(_ number: Double) -> String {
    number == 0 ? "0" : NumberText.short(number.magnitude, digits: 2)
  }
}

/// One step of gradient descent on every input: w⁺ = w − η ∂f/∂w.
struct DescentStep {
  let lines: [String]

  /// The step, after which every input is what it was.
  /// - Throws: for a function of more than one number.
  init(of f: Node, _ inputs: [(name: String, node: Node)], rate: Double) throws {
    guard f.shape.elementCount == 1 else {
      throw UsageError("--update needs one number as the output, not shape \(f.shape); sum(…) makes it one")
    }
    let before = try f.value().scalars[0]
    let slopes = try f.gradients(withRespectTo: inputs.map(\.node)).map { try $0.value() }
    let start = try inputs.map { try $0.node.value() }
    defer { for (input, value) in zip(inputs, start) { input.node.assign(value) } }
    var lines = ["one step of gradient descent with rate \(NumberText.short(rate, digits: 6)), all inputs at once:"]
    for (input, (value, slope)) in zip(inputs, zip(start, slopes)) {
      let moved = zip(value.scalars, slope.scalars).map { $0 - rate * $1 }
      input.node.assign(Tensor(shape: value.shape, moved))
      for place in value.scalars.indices.prefix(12) {
        let numbers = [value.scalars[place], slope.scalars[place], moved[place]].map { NumberText.short($0, digits: 9) }
        let name = input.name + value.shape.subscripts(at: place)
        lines.append(
          "  \(name): \(numbers[0]) − \(NumberText.short(rate, digits: 6))·\(NumberText.parenthesized(numbers[1])) = \(numbers[2])"
        )
      }
      if value.scalars.count > 12 { lines.append("  … \(value.scalars.count - 12) more of \(input.name)") }
    }
    let after = try f.value().scalars[0]
    lines.append("  f: \(NumberText.short(before, digits: 10)) before, \(NumberText.short(after, digits: 10)) after")
    self.lines = lines
  }
}

extension Shape {
  /// A row-major position as it is written behind a name: `[0][1]`.
  fileprivate func subscripts(at position: Int) -> String {
    var rest = position
    return dimensions.indices.map { axis in
      let step = dimensions[(axis + 1)...].reduce(1, *)
      defer { rest %= Swift.max(step, 1) }
      return "[\(rest / Swift.max(step, 1))]"
    }.joined()
  }
}
