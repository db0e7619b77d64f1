import ChainRuleCore

/// A model as a tree: what it is made of, shapes of parameters and how many numbers they hold.
///
/// ```
/// Classifier           2,410 parameters
/// ├─ hidden: Dense     2,080
/// │  ├─ weight [64, 32]
/// │  └─ bias [32]
/// └─ output: Dense       330
///    ├─ weight [32, 10]
///    └─ bias [10]
/// ```
public struct ModelDescription: Sendable, CustomStringConvertible {
  /// A model, a container or a parameter, and what is inside.
  public struct Part: Sendable {
    /// The property that holds it, or its position.
    public let name: String
    /// The type; for a parameter its shape.
    public let kind: String
    /// How many numbers are inside, whether trained or not; a shared parameter counts where it is found first.
    public let count: Int
    /// What is special about a parameter: "state", "frozen", "shared".
    public let remark: String
    /// What is inside, in the order of the stored properties.
    public let parts: [Part]
    let isParameter: Bool
  }

  /// The whole model.
  public let root: Part

  /// Describes a model, or anything that holds parameters in its stored properties.
  public init(of model: Any) {
    var builder = PartBuilder()
    root =
      builder.part(model, name: "")
      ?? Part(name: "", kind: "\(type(of: model))", count: 0, remark: "", parts: [], isParameter: false)
  }

  /// The tree as text, a line for each part.
  public var description: String {
    var lines: [(text: String, count: String)] = [(root.kind, "\(grouped(root.count)) parameters")]
    append(root.parts, indent: "", to: &lines)
    let width = (lines.filter { !$0.count.isEmpty }.map(\.text.count).max() ?? 0) + 2
    let digits = lines.dropFirst().map(\.count.count).max() ?? 0
    return lines.enumerated().map { index, line in
      if line.count.isEmpty { return line.text }
      return line.text.padded(to: width) + line.count.indented(to: index == 0 ? 0 : digits)
    }.joined(separator: "\n")
  }

  private func append(_ parts: [Part], indent: String, to lines: inout [(text: String, count: String)]) {
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let head = indent + (isLast ? "└─ " : "├─ ")
      let remark = part.remark.isEmpty ? "" : " (\(part.remark))"
      if part.isParameter {
        lines.append((head + "\(part.name) \(part.kind)\(remark)", ""))
      } else {
        lines.append((head + "\(part.name): \(part.kind)", part.count > 0 ? grouped(part.count) : ""))
        append(part.parts, indent: indent + (isLast ? "   " : "│  "), to: &lines)
      }
    }
  }
}

extension Parameterized {
  /// The model as a tree of layers with shapes and parameter counts: what `print(model)` shows.
  public var summary: ModelDescription { ModelDescription(of: self) }
  /// The model's tree, as `summary` has it.
  public var description: String { summary.description }
}

/// A whole number with its digits in groups of three.
func grouped(_ number: Int) -> String {
  let digits = Array("\(number)")
  return digits.enumerated().map { index, digit in
    let rest = digits.count - index
    return index > 0 && rest % 3 == 0 ? ",\(digit)" : "\(digit)"
  }.joined()
}

/// Walks a model by reflection as the parameter search does, but keeps the tree.
private struct PartBuilder {
  private var seen: Set<ObjectIdentifier> = []

  mutating func part(_ value: Any, name: String) -> ModelDescription.Part? {
    if let parameter = value as? Parameter { return self.parameter(parameter, name) }
    if ParameterSearch.holdsNoParameters(value) { return nil }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .class, !seen.insert(ObjectIdentifier(value as AnyObject)).inserted { return nil }
    var parts: [ModelDescription.Part] = []
    for child in ParameterSearch.children(of: mirror, "") {
      if let part = part(child.value, name: child.path) { parts.append(part) }
    }
    // An optional is its content; a list of layers is worth a line of its own.
    if mirror.displayStyle == .optional { return parts.first.map { renamed($0, name) } }
    guard !parts.isEmpty || value is any Parameterized else { return nil }
    return ModelDescription.Part(
      name: name, kind: kind(value, mirror), count: parts.map(\.count).reduce(0, +), remark: "", parts: parts,
      isParameter: false)
  }

  private mutating func parameter(_ parameter: Parameter, _ name: String) -> ModelDescription.Part {
    let isShared = !seen.insert(ObjectIdentifier(parameter)).inserted
    let remark = isShared ? "shared" : !parameter.isTrainable ? "state" : parameter.isFrozen ? "frozen" : ""
    return ModelDescription.Part(
      name: name, kind: "\(parameter.shape)", count: isShared ? 0 : parameter.shape.elementCount, remark: remark,
      parts: [], isParameter: true)
  }

  private func renamed(_ part: ModelDescription.Part, _ name: String) -> ModelDescription.Part {
    ModelDescription.Part(
      name: name, kind: part.kind, count: part.count, remark: part.remark, parts: part.parts,
      isParameter: part.isParameter)
  }

  private func kind(_ value: Any, _ mirror: Mirror) -> String {
    if let function = value as? Function { return function.name }
    if mirror.displayStyle == .collection, !(value is any Parameterized) { return "\(mirror.children.count) parts" }
    return "\(type(of: value))"
  }
}
