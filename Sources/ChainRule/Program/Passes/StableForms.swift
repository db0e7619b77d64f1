struct StableForms: Pass {
  init(_ draft: Draft) {}
  mutating func replacement(for node: Draft.Node, in draft: inout Draft) -> Int32? { nil }
}
