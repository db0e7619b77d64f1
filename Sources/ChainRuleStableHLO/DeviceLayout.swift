import ChainRuleCore

/// How values lie on several devices. Device d belongs to group d / `tensorParallel` of those that share the batches, and
/// keeps part d % `tensorParallel` of a parameter that is shared among the devices of a group.
package struct DeviceLayout: Sendable {
  /// A leaf in equal parts along an axis: device d keeps part d % `count`.
  package struct Parts: Sendable, Hashable {
    package let axis: Int, count: Int
  }

  /// How many there are.
  package var devices = 1
  /// How many of them share the parameters that are annotated; it divides `devices`.
  package var tensorParallel = 1
  /// Whether all of them share whatever else is renewed along its first axis.
  package var sharesLeaves = false
  /// The axis of each parameter or state, by its number, that is annotated.
  package var axes: [Int: Int] = [:]

  package init(devices: Int = 1, tensorParallel: Int = 1, sharesLeaves: Bool = false, axes: [Int: Int] = [:]) {
    (self.devices, self.tensorParallel, self.sharesLeaves, self.axes) = (devices, tensorParallel, sharesLeaves, axes)
  }

  /// How many devices keep different parts of a batch.
  private var groups: Int { devices / tensorParallel }

  /// How a leaf is shared; `nil` where every device has all of it.
  func parts(of type: StableHLOType, _ number: Int) -> Parts? {
    guard devices > 1 else { return nil }
    if tensorParallel > 1, let axis = axes[number], type.dimensions.indices.contains(axis),
      type.dimensions[axis] > 0, type.dimensions[axis] % tensorParallel == 0
    {
      return Parts(axis: axis, count: tensorParallel)
    }
    guard sharesLeaves, let length = type.dimensions.first, length > 0, length % devices == 0 else { return nil }
    return Parts(axis: 0, count: devices)
  }

  /// In how many parts a batch is: as many as divide its length and the groups.
  package func parts(ofBatch lengths: [Int]) -> Int {
    guard let length = lengths.first, length > 0 else { return 1 }
    var (a, b) = (length, groups)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  // MARK: As modules write it

  static let replicated = "mhlo.sharding = \"{replicated}\""

  /// Each part of a batch is held by neighbours.
  func batchSharding(_ type: StableHLOType) -> String {
    let parts = parts(ofBatch: type.dimensions)
    if parts == 1 { return Self.replicated }
    let others = [Int](repeating: 1, count: type.dimensions.count - 1).map { ",\($0)" }.joined()
    let rest = devices / parts
    let tail = rest > 1 ? ",\(rest)]<=[\(devices)] last_tile_dim_replicate" : "]<=[\(devices)]"
    return "mhlo.sharding = \"{devices=[\(parts)\(others)\(tail)}\""
  }

  /// Each part of a leaf is held by one device of every group.
  func sharding(_ parts: Parts, rank: Int) -> String {
    let tiles = (0..<rank).map { $0 == parts.axis ? "\(parts.count)" : "1" }.joined(separator: ",")
    let rest = devices / parts.count
    let tail =
      rest > 1 ? ",\(rest)]<=[\(rest),\(parts.count)]T(1,0) last_tile_dim_replicate" : "]<=[\(devices)]"
    return "mhlo.sharding = \"{devices=[\(tiles)\(tail)}\""
  }
}

extension PortableProgram {
  /// Axes of parameters, and the same axes for what an optimizer remembers of them: leaves of the same shape that are
  /// not trained, from which a parameter is renewed element by element.
  package func withMemory(of axes: [Int: Int]) -> [Int: Int] {
    var result = axes
    for update in updates {
      guard case .parameter(let number) = nodes[update.leaf].kind, let axis = axes[number] else { continue }
      let shape = nodes[update.leaf].shape
      var seen: Set<Int> = [update.next], waiting = [update.next]
      while let place = waiting.popLast() {
        let node = nodes[place]
        guard node.shape == shape else { continue }
        if case .parameter(let other) = node.kind, result[other] == nil, !parameters[other].isTrainable {
          result[other] = axis
        }
        guard let primitive = node.primitive, case .elementwise = PrimitiveForm(primitive) else { continue }
        for input in node.inputs where seen.insert(input).inserted { waiting.append(input) }
      }
    }
    return result
  }
}
