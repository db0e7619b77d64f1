import ChainRuleCore
import ChainRuleTraining

/// One tensor of a PyTorch module beside a parameter of the layer that it stands for.
struct PyTorchEntry {
  /// How the one becomes the other.
  enum Form {
    /// They are laid out alike.
    case same
    /// `[outputs, inputs]` there, `[inputs, outputs]` here.
    case transposed
    /// One of three parts that stand one above the other there, along the first axis; a matrix is transposed as well.
    case third(Int)
  }

  /// The path below the layer, and the name below the module.
  let path: String, name: String
  let form: Form

  init(_ path: String, _ name: String, _ form: Form = .same) { (self.path, self.name, self.form) = (path, name, form) }

  fileprivate func below(_ path: String, _ name: String) -> PyTorchEntry {
    PyTorchEntry("\(path).\(self.path)", "\(name).\(self.name)", form)
  }
}

/// A layer that PyTorch has too: what its module calls the parameters, and how it lays them out. The kind of the layer
/// decides that, not a shape: a square matrix has to be transposed like any other.
protocol PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] { get }
}

extension PyTorchLayer {
  fileprivate func entries(at path: String, _ name: String) -> [PyTorchEntry] {
    pytorchEntries.map { $0.below(path, name) }
  }
}

private func plain(_ bias: Parameter?) -> [PyTorchEntry] {
  [PyTorchEntry("weight", "weight")] + (bias == nil ? [] : [PyTorchEntry("bias", "bias")])
}

extension Dense: PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] {
    [PyTorchEntry("weight", "weight", .transposed)] + (bias == nil ? [] : [PyTorchEntry("bias", "bias")])
  }
}

extension Conv1D: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { plain(bias) } }
extension Conv2D: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { plain(bias) } }
extension TransposedConv2D: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { plain(bias) } }
extension LayerNorm: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { weight == nil ? [] : plain(bias) } }
extension GroupNorm: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { weight == nil ? [] : plain(bias) } }
extension Embedding: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { plain(nil) } }
extension LearnedPositions: PyTorchLayer { var pytorchEntries: [PyTorchEntry] { plain(nil) } }

extension BatchNorm: PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] {
    (weight == nil ? [] : plain(bias)) + [
      PyTorchEntry("runningMean", "running_mean"), PyTorchEntry("runningVariance", "running_var"),
    ]
  }
}

/// Gates stand in the same order in both: i, f, g, o and r, z, n.
extension Recurrent: PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] {
    layers.indices.flatMap { layer in
      [
        PyTorchEntry("layers.\(layer).weights.input", "weight_ih_l\(layer)", .transposed),
        PyTorchEntry("layers.\(layer).weights.hidden", "weight_hh_l\(layer)", .transposed),
        PyTorchEntry("layers.\(layer).weights.inputBias", "bias_ih_l\(layer)"),
        PyTorchEntry("layers.\(layer).weights.hiddenBias", "bias_hh_l\(layer)"),
      ]
    }
  }
}

/// `nn.LSTM(bidirectional=True)` and its like.
extension Bidirectional: PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] {
    [("forwards", forwards, ""), ("backwards", backwards, "_reverse")].flatMap { path, layers, ending in
      layers.enumerated().flatMap { layer, recurrent in
        recurrent.pytorchEntries.map { entry in
          let name = entry.name.replacing("_l0", with: "_l\(layer)\(ending)")
          return PyTorchEntry("\(path).\(layer).\(entry.path)", name, entry.form)
        }
      }
    }
  }
}

/// `nn.MultiheadAttention`, whose three projections of the inputs are one matrix.
extension MultiHeadAttention: PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] {
    let projections = ["query", "key", "value"].enumerated().flatMap { part, path in
      [
        PyTorchEntry("\(path).weight", "in_proj_weight", .third(part)),
        PyTorchEntry("\(path).bias", "in_proj_bias", .third(part)),
      ]
    }
    return projections + output.entries(at: "output", "out_proj")
  }
}

/// `nn.TransformerEncoderLayer(norm_first=True)` with the approximate GELU.
extension TransformerBlock: PyTorchLayer {
  var pytorchEntries: [PyTorchEntry] {
    attentionNorm.entries(at: "attentionNorm", "norm1") + attention.entries(at: "attention", "self_attn")
      + mixNorm.entries(at: "mixNorm", "norm2") + widen.entries(at: "widen", "linear1")
      + narrow.entries(at: "narrow", "linear2")
  }
}
