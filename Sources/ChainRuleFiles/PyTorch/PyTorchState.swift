import ChainRuleCore
import ChainRuleTraining

/// The parameters of a PyTorch module, as its `state_dict` was saved by `safetensors.torch.save_file`, laid out for a
/// model of the same layers; and the way back.
///
/// ```swift
/// let trained = try PyTorchState("model.safetensors", for: model)
/// for entry in trained.mapping { print(entry.name, "→", entry.path) }
/// print("left over:", trained.unused)
/// try model.restore(trained.state)
/// ```
///
/// A module is found by the path of its layer. Positions in a list may differ, since an activation is a module there: the
/// first layer with parameters stands for the first module with parameters. What is called otherwise is told by
/// `renaming`.
public struct PyTorchState: Sendable {
  /// One parameter and where it came from.
  public struct Mapping: Sendable, Hashable {
    /// The name in the `state_dict`.
    public let name: String
    /// The path in the model.
    public let path: String
    /// Whether the axes were exchanged.
    public let isTransposed: Bool
  }

  /// The values by the model's paths, for `restore`.
  public let state: ModelState
  /// What became what, in the order of the model.
  public let mapping: [Mapping]
  /// What the file holds and the model has no place for, in the order of the file; counters of batches are left out.
  public let unused: [String]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - renaming: for modules that are called otherwise: from the layer's path to the module's.
  /// - Throws: a `FileError` where the file cannot be read or is damaged, lacks a parameter of the model, or holds one
  ///   of another shape; it lists all of them, and what is left over.
  public init(_ path: String, for model: some Parameterized, renaming: [String: String] = [:]) throws {
    try self.init(Safetensors.read(path).state, for: model, renaming: renaming, file: path)
  }

  /// The same from tensors that were read already.
  /// - Throws: a `FileError` as above, in the name of `file`.
  public init(
    _ source: ModelState, for model: some Parameterized, renaming: [String: String] = [:], file: String = "state_dict"
  ) throws {
    let entries = PyTorchNames(of: model, in: source.paths, renaming).entries
    var (values, mapping): ([(path: String, value: Tensor)], [Mapping]) = ([], [])
    var missing: [String] = [], misfits: [String] = []
    for parameter in model.parameters {
      guard let entry = entries[parameter.path] else {
        missing.append("\(parameter.path) (in no layer that PyTorch has)")
        continue
      }
      guard let tensor = source[entry.name] else {
        missing.append("\(entry.name) (for \(parameter.path))")
        continue
      }
      let wanted = parameter.parameter.shape, value = entry.value(of: tensor)
      guard value?.shape == wanted, let value else {
        misfits.append("\(entry.name) of shape \(tensor.shape) for \(parameter.path) of shape \(wanted)")
        continue
      }
      values.append((parameter.path, value))
      mapping.append(Mapping(name: entry.name, path: parameter.path, isTransposed: entry.isTransposed(tensor)))
    }
    let used = Set(mapping.map(\.name))
    unused = source.paths.filter { !used.contains($0) && !$0.hasSuffix("num_batches_tracked") }
    guard missing.isEmpty, misfits.isEmpty else {
      let parts = [("lacks", missing), ("holds in another shape", misfits), ("has left over", unused)]
      let words = parts.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }
      throw FileError(
        file, words.joined(separator: "; ") + "; build the model of the same layers, or say renaming: [layer: module]")
    }
    (state, self.mapping) = (ModelState(values), mapping)
  }

  /// The parameters of a model as a `state_dict`, to be loaded by a PyTorch module of the same layers.
  ///
  /// ```swift
  /// try Safetensors.write(PyTorchState.stateDict(of: model), to: "model.safetensors")
  /// // module.load_state_dict(safetensors.torch.load_file("model.safetensors"), strict=False)
  /// ```
  /// - Parameter renaming: from the layer's path to the module's, as a module with activations of its own numbers them.
  /// - Throws: a `ChainRuleError` for a parameter in no layer that PyTorch has.
  public static func stateDict(of model: some Parameterized, renaming: [String: String] = [:]) throws -> ModelState {
    let entries = PyTorchNames(of: model, in: [], renaming).entries
    var result = ModelState(), parts: [String: [Tensor]] = [:]
    for parameter in model.parameters {
      guard let entry = entries[parameter.path] else {
        throw ChainRuleError(
          .value, in: "PyTorchState.stateDict", required: "layers that PyTorch has", got: "\(parameter.path)")
      }
      let value = parameter.parameter.value
      switch entry.form {
      case .same: result[entry.name] = value
      case .transposed: result[entry.name] = value.transposedMatrix
      case .third:
        parts[entry.name, default: []].append(value.shape.rank == 2 ? value.transposedMatrix : value)
        if let all = parts[entry.name], all.count == 3 { result[entry.name] = Tensor.joined(all) }
      }
    }
    return result
  }
}

extension ModelState {
  /// The parameters of a PyTorch module for a model of the same layers; `PyTorchState` tells what became what.
  /// - Throws: as `PyTorchState.init`.
  public init(pytorch path: String, for model: some Parameterized, renaming: [String: String] = [:]) throws {
    self = try PyTorchState(path, for: model, renaming: renaming).state
  }
}

/// What PyTorch calls the parameters of a model.
private struct PyTorchNames {
  /// By path in the model.
  private(set) var entries: [String: PyTorchEntry] = [:]
  private let names: [String]
  private let renaming: [String: String]

  init(of model: Any, in names: [String], _ renaming: [String: String]) {
    (self.names, self.renaming) = (names, renaming)
    visit(model, "", "")
  }

  private mutating func visit(_ value: Any, _ path: String, _ given: String) {
    if ParameterSearch.holdsNoParameters(value) || value is Parameter { return }
    let module = renaming[path] ?? given
    if let layer = value as? any PyTorchLayer {
      for entry in layer.pytorchEntries {
        let path = join(path, entry.path)
        entries[path] = PyTorchEntry(path, join(module, entry.name), entry.form)
      }
      return
    }
    let mirror = Mirror(reflecting: value)
    let children = ParameterSearch.children(of: mirror, "").filter { !parameters(of: $0.value).isEmpty }
    let places = positions(of: children.map(\.path), in: module)
    for child in children {
      // An optional is its content, and so is one of the model's own lists.
      let name = places[child.path] ?? child.path
      visit(child.value, join(path, child.path), join(module, name))
    }
  }

  /// Where the modules of a list stand there, by their positions here: in the same order, if there are as many.
  private func positions(of ours: [String], in module: String) -> [String: String] {
    guard !ours.isEmpty, ours.allSatisfy({ Int($0) != nil }) else { return [:] }
    let prefix = module.isEmpty ? "" : module + "."
    let found = Set(
      names.filter { $0.hasPrefix(prefix) }.compactMap { name in
        Int(name.dropFirst(prefix.count).prefix { $0 != "." })
      })
    guard found.count == ours.count else { return [:] }
    return Dictionary(uniqueKeysWithValues: zip(ours, found.sorted().map(String.init)))
  }

  private func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : path + "." + name
  }
}

extension PyTorchEntry {
  func isTransposed(_ tensor: Tensor) -> Bool {
    switch form {
    case .same: false
    case .transposed: true
    case .third: tensor.shape.rank == 2
    }
  }

  /// The tensor as the layer has it; nil where it cannot be.
  fileprivate func value(of tensor: Tensor) -> Tensor? {
    switch form {
    case .same: return tensor
    case .transposed: return tensor.shape.rank == 2 ? tensor.transposedMatrix : nil
    case .third(let part):
      guard tensor.shape.rank > 0, tensor.shape[0].isMultiple(of: 3) else { return nil }
      let height = tensor.shape[0] / 3
      let rows = tensor.rows(at: Array(part * height..<(part + 1) * height))
      return rows.shape.rank == 2 ? rows.transposedMatrix : rows
    }
  }
}

extension Tensor {
  /// A matrix with its axes exchanged.
  fileprivate var transposedMatrix: Tensor {
    let (rows, columns) = (shape[0], shape[1])
    func exchanged<Element>(_ elements: [Element]) -> [Element] {
      (0..<columns).flatMap { column in (0..<rows).map { elements[$0 * columns + column] } }
    }
    return elementType == .float32
      ? Tensor(floats: exchanged(floats), shape: [columns, rows])
      : Tensor(shape: [columns, rows], exchanged(scalars))
  }
}
