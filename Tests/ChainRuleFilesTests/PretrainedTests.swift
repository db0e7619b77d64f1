import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// Models of published architectures, of random sizes and parameters, as transformers write them: what they answer here is
/// what they answer there.
@Suite(.enabled(if: Environment.pythonOfONNX != nil))
struct PretrainedModels {
  let python: Python
  init() throws { python = try Python(Environment.pythonOfONNX) }

  private static let script = """
    import json, numpy as np, os, random, torch, transformers as t
    from safetensors.numpy import save_file
    torch.manual_seed(SEED); random.seed(SEED)
    pick = random.randint
    def gpt2(**more):
        heads = pick(1, 4)
        return t.GPT2Config(vocab_size=pick(20, 90), n_embd=heads * pick(3, 9), n_layer=pick(1, 3), n_head=heads,
                            n_positions=pick(12, 20), bos_token_id=0, eos_token_id=0, **more)
    def bert(**more):
        heads = pick(1, 4)
        return t.BertConfig(vocab_size=pick(20, 90), hidden_size=heads * pick(3, 9), num_hidden_layers=pick(1, 3),
                            num_attention_heads=heads, intermediate_size=pick(10, 50), max_position_embeddings=pick(12, 20), **more)
    def resnet(**more):
        stages = pick(1, 3)
        return t.ResNetConfig(num_channels=pick(1, 4), embedding_size=pick(3, 9), hidden_sizes=[4 * pick(2, 6) for _ in range(stages)],
                              depths=[pick(1, 2) for _ in range(stages)], **more)
    models = dict(
        decoder=t.GPT2LMHeadModel(gpt2()), decoderStates=t.GPT2Model(gpt2(n_inner=50, activation_function="relu")),
        untied=t.GPT2LMHeadModel(gpt2(tie_word_embeddings=False, layer_norm_epsilon=1e-3)),
        masked=t.BertForMaskedLM(bert()), texts=t.BertForSequenceClassification(bert(num_labels=5)),
        places=t.BertForTokenClassification(bert(hidden_act="gelu_new")), encoderStates=t.BertModel(bert(hidden_act="silu")),
        basic=t.ResNetForImageClassification(resnet(layer_type="basic", num_labels=7)),
        bottleneck=t.ResNetForImageClassification(resnet(downsample_in_first_stage=True)),
        maps=t.ResNetModel(resnet(downsample_in_bottleneck=True)))
    for name, model in models.items():
        model.eval()
        with torch.no_grad():
            for key, value in [*model.named_parameters(), *model.named_buffers()]:
                if not value.is_floating_point(): continue
                if "running_var" in key: value.uniform_(0.5, 2)
                elif value.dim() < 2: value.add_(0.2 * torch.randn_like(value))
                else: value.normal_(0, 0.2)
            model.save_pretrained(name)
            config = model.config
            x = torch.randint(0, 20, (3, 11)) if hasattr(config, "vocab_size") else torch.randn(2, config.num_channels, 37, 42)
            y = model(x)
        y = y.logits if hasattr(y, "logits") else y.last_hidden_state
        save_file({"x": x.numpy().astype(np.int32 if x.dtype == torch.int64 else np.float32), "y": y.numpy()}, name + "/case.safetensors")
    for name, kind in [("decoder", t.GPT2LMHeadModel), ("basic", t.ResNetForImageClassification)]:
        open(name + "/back.py", "w").write(f"import torch, transformers as t; from safetensors.torch import load_file\\n"
          f"m = t.{kind.__name__}.from_pretrained('{name}').eval(); c = load_file('{name}/case.safetensors')\\n"
          f"print(float((m(c['x'].long() if c['x'].dtype == torch.int32 else c['x']).logits - load_file('{name}/ours.safetensors')['y']).abs().max()))")
    print(" ".join(models))
    """

  @Test(arguments: [1]) func answersAreThoseOfTransformers(seed: Int) throws {
    let printed = try python.run(Self.script.replacingOccurrences(of: "SEED", with: "\(seed)"))
    // transformers write bars of progress before.
    let names = (printed.split(whereSeparator: \.isNewline).last ?? "").split(separator: " ")
    #expect(names.count == 10)
    for name in names.map(String.init) {
      let model = try PretrainedModel(python.file(name))
      let example = try Safetensors.read(python.file(name + "/case.safetensors")).state
      let (x, y) = (try #require(example["x"]), try #require(example["y"]))
      let ours = try model.predict(x, precision: .double)
      #expect(ours.shape == y.shape)
      let scale = 1 + (y.scalars.map(abs).max() ?? 0)
      let difference = zip(ours.scalars, y.scalars).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < 1e-5 * scale, "\(name): \(difference) of \(scale)")
      #expect(
        model.unused.allSatisfy { $0.hasSuffix("num_batches_tracked") || $0.contains("pooler") }, "\(model.unused)")
    }
    // Trained a step here, written, and read there: again the same answers.
    for name in ["decoder", "basic"] {
      let model = try PretrainedModel(python.file(name))
      let x = try #require(try Safetensors.read(python.file(name + "/case.safetensors")).state["x"])
      let before = try model.predict(x)
      try Self.step(model, x)
      let after = try model.predict(x)
      #expect(zip(before.scalars, after.scalars).contains { abs($0 - $1) > 1e-4 })
      try Safetensors.write(model.fileState, metadata: ["format": "pt"], to: python.file(name + "/model.safetensors"))
      try Safetensors.write(ModelState([("y", after)]), to: python.file(name + "/ours.safetensors"))
      let difference = try python.run(String(contentsOfFile: python.file(name + "/back.py"), encoding: .utf8))
      #expect(try #require(Double(difference.split(whereSeparator: \.isWhitespace).last ?? "")) < 1e-3)
    }
  }

  /// One step of descent on the squares of the outputs.
  private static func step(_ model: PretrainedModel, _ x: Tensor) throws {
    let graph = Graph(.single)
    graph.mode = .evaluation
    let output = model(graph.input("x", x)), loss = square(output).mean()
    let trained = model.trainableParameters.map(\.parameter)
    let gradients = try loss.gradients(withRespectTo: trained.map { graph.parameter($0) })
    for (parameter, gradient) in zip(trained, gradients) {
      // However long the gradient is, no parameter moves by more than this.
      let gradient = try gradient.value(), longest = max(gradient.scalars.map(abs).max() ?? 0, 1e-30)
      parameter.value = parameter.value - Tensor(floats: [Float(0.01 / longest)]) * gradient
    }
  }
}

/// A folder that is not what it should be is refused by a sentence.
@Suite struct PretrainedFolders {
  private let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private static let decoder = """
    {"model_type": "gpt2", "architectures": ["GPT2Model"], "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 3,
     "vocab_size": 5}
    """

  private func folder(_ configuration: String, _ change: (inout [String: Shape]) -> Void = { _ in }) throws -> String {
    var shapes: [String: Shape] = [
      "wte.weight": [5, 4], "wpe.weight": [3, 4], "ln_f.weight": [4], "ln_f.bias": [4], "h.0.ln_1.weight": [4],
      "h.0.ln_1.bias": [4], "h.0.ln_2.weight": [4], "h.0.ln_2.bias": [4], "h.0.attn.c_attn.weight": [4, 12],
      "h.0.attn.c_attn.bias": [12], "h.0.attn.c_proj.weight": [4, 4], "h.0.attn.c_proj.bias": [4],
      "h.0.mlp.c_fc.weight": [4, 16], "h.0.mlp.c_fc.bias": [16], "h.0.mlp.c_proj.weight": [16, 4],
      "h.0.mlp.c_proj.bias": [4],
    ]
    change(&shapes)
    let path = scratch.file("decoder-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try configuration.write(toFile: path + "/config.json", atomically: true, encoding: .utf8)
    let entries = shapes.sorted { $0.key < $1.key }.map { name, shape in
      (path: name, value: Tensor(floats: (0..<shape.elementCount).map { Float($0 % 7) / 10 - 0.3 }, shape: shape))
    }
    try Safetensors.write(ModelState(entries), to: path + "/model.safetensors")
    return path
  }

  @Test func aSmallDecoderIsRead() throws {
    let model = try PretrainedModel(folder(Self.decoder) { $0["h.0.attn.bias"] = [1, 1, 3, 3] })
    #expect(model.architecture == "GPT2Model" && model.unused == ["h.0.attn.bias"])
    #expect(try model.predict(Tensor(indices: [0, 4, 2], shape: [1, 3])).shape == [1, 3, 4])
    #expect(throws: ChainRuleError.self) { try model.predict(Tensor(indices: [0, 1, 2, 3], shape: [1, 4])) }
    #expect(throws: ChainRuleError.self) { try model.predict(Tensor(indices: [5], shape: [1, 1])) }
    #expect(throws: ChainRuleError.self) { try model.predict(Tensor(indices: [1])) }
  }

  @Test(arguments: [
    ("[1]", "is not a JSON object"), (#"{"model_type": "gpt2"}"#, "lacks architectures"),
    (decoder.replacingOccurrences(of: "gpt2", with: "llama"), "must be one of bert, gpt2, resnet, not 'llama'"),
    (decoder.replacingOccurrences(of: "GPT2Model", with: "GPT2ForTokens"), "must name one of GPT2LMHeadModel"),
    (decoder.replacingOccurrences(of: #""n_head": 2"#, with: #""n_head": 3"#), "n_embd must be a multiple of n_head"),
    (decoder.replacingOccurrences(of: #""n_layer": 1"#, with: #""n_layer": -1"#), "n_layer must be a whole number"),
    (decoder.replacingOccurrences(of: #""n_layer": 1"#, with: #""n_layer": true"#), "n_layer must be a whole number"),
    (
      decoder.replacingOccurrences(of: #""n_layer": 1"#, with: #""n_layer": 1000000"#),
      "lacks the parameter transformer.h.1."
    ),
    (
      decoder.replacingOccurrences(of: #""n_embd": 4"#, with: #""n_embd": 8"#),
      "of shape [3, 4] where config.json asks for [3, 8]"
    ),
    (decoder.replacingOccurrences(of: "}", with: #", "activation_function": "mish"}"#), "activation_function must be"),
    (
      decoder.replacingOccurrences(of: "}", with: #", "scale_attn_by_inverse_layer_idx": true}"#),
      "scale_attn_by_inverse_layer_idx must be false"
    ),
  ])
  func mistakesAreNamed(configuration: String, words: String) throws {
    let path = try folder(configuration)
    let error = #expect(throws: FileError.self) { try PretrainedModel(path) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func missingFilesAndParametersAreNamed() throws {
    let lacking = try folder(Self.decoder) { $0["ln_f.bias"] = nil }
    let error = #expect(throws: FileError.self) { try PretrainedModel(lacking) }
    #expect(error?.description.contains("lacks the parameter transformer.ln_f.bias of shape [4]") == true)
    #expect(throws: FileError.self) { try PretrainedModel(scratch.file("nowhere")) }
    let broken = try folder(Self.decoder)
    try Data([1, 2, 3]).write(to: URL(filePath: broken + "/model.safetensors"))
    #expect(throws: FileError.self) { try PretrainedModel(broken) }
  }
}
