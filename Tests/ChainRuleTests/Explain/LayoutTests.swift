import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleExplaining

@Suite("Layout of the drawings")
struct LayoutTests {
  /// What is wrong with a picture; collected first, since an expectation for every pair would take longer than all
  /// else.
  private func faults(of picture: Picture) -> [String] {
    var faults: [String] = []
    let boxes = picture.boxes.map(\.rect)
    for (index, box) in boxes.enumerated() {
      for other in boxes[(index + 1)...] where box.overlaps(other) { faults.append("two boxes overlap") }
      if box.x < 0 || box.y < 0 || box.right > picture.width || box.bottom > picture.height {
        faults.append("a box sticks out")
      }
    }
    let circles = picture.forks.map { Picture.Rect(x: $0.center.x - 8, y: $0.center.y - 8, width: 16, height: 16) }
    let labels = picture.labels.map { ($0.text, $0.rect) }
    for (index, label) in labels.enumerated() {
      if label.1.x < 0 || label.1.right > picture.width { faults.append("“\(label.0)” is cut off") }
      if boxes.contains(where: { label.1.overlaps($0) }) { faults.append("“\(label.0)” overlaps a box") }
      if circles.contains(where: { label.1.overlaps($0) }) { faults.append("“\(label.0)” overlaps a Σ") }
      for other in labels[(index + 1)...] where label.1.overlaps(other.1, margin: 0.5) {
        faults.append("“\(label.0)” overlaps “\(other.0)”")
      }
    }
    for wire in picture.wires where !wire.edges.isEmpty {
      let first = wire.pieces.first?.first, last = wire.pieces.last?.last
      if !picture.boxes.contains(where: { $0.out == first && $0.rect.right == first?.x }) {
        faults.append("a wire starts at no output")
      }
      if !picture.boxes.contains(where: { box in box.ports.contains { $0 == last } && box.rect.x == last?.x }) {
        faults.append("a wire ends at no port")
      }
      for piece in wire.pieces {
        if zip(piece, piece.dropFirst()).contains(where: { $1.x < $0.x }) { faults.append("a wire runs backward") }
        if piece.contains(where: { $0.x < 0 || $0.x > picture.width || $0.y < 0 || $0.y > picture.height }) {
          faults.append("a wire leaves the picture")
        }
      }
      if wire.pieces.count > 1 + picture.labels.filter({ $0.role == .tag }).count / 2 {
        faults.append("a wire is cut without saying what it carries")
      }
    }
    for box in picture.boxes {
      if box.ports.contains(where: { $0.y <= box.rect.y || $0.y >= box.rect.bottom }) {
        faults.append("a port outside its box")
      }
    }
    return faults
  }

  private func check(_ picture: Picture) { #expect(faults(of: picture) == []) }

  /// 200 in the heavy tier.
  private static let graphs = isHeavy ? 200 : 24

  @Test("Nothing overlaps and every wire ends at its port, on random graphs", arguments: 0..<graphs)
  func random(seed: Int) throws {
    let explanation = try ExplainSamples.random(seed: UInt64(seed), count: 6 + seed % 55).explain()
    check(Picture(explanation, folding: .none))
    guard seed.isMultiple(of: 4) else { return }
    let wrapped = Picture(explanation, folding: .none, top: 34, limit: 1280)
    check(wrapped)
    #expect(wrapped.width <= 1280)
    guard seed.isMultiple(of: 20) else { return }
    let svg = explanation.svg(folding: .none)
    #expect(explanation.svg(folding: .none) == svg)
  }

  @Test("The same for the examples of the lectures", arguments: ExplainSamples.all)
  func lectures(sample: ExplainSamples.Sample) throws {
    check(Picture(try sample.explain()))
    check(Picture(try sample.explain(), top: 34, limit: 1280))
  }

  @Test("Every wire of an edge is drawn")
  func everyEdge() throws {
    let explanation = try ExplainSamples.random(seed: 5, count: 50).explain()
    let drawn = Picture(explanation, folding: .none).wires.flatMap(\.edges).sorted()
    #expect(drawn == explanation.edges.map(\.id))
  }

  private func layout(_ explanation: Explanation) -> LayeredLayout {
    let graph = FoldedGraph(explanation, .none)
    let cells = graph.portCounts.map { ports in
      LayeredLayout.Cell(
        left: 40, body: 40, right: 40, height: 40,
        ports: (0..<ports).map { (i: Int) -> Double in 40 * Double(i + 1) / Double(ports + 1) },
        out: 20)
    }
    return LayeredLayout(
      cells: cells, wires: graph.wires.map { .init(source: $0.source, target: $0.target, port: $0.port) })
  }

  @Test(
    "The work of a layout grows with what is drawn, boxes and bends of wires, and not with its square",
    arguments: [125, 250, 500])
  func work(count: Int) throws {
    let layout = layout(try ExplainSamples.random(seed: 11, count: count).explain())
    #expect(layout.cells.count >= count)
    #expect(layout.work <= 60 * layout.vertexCount)
  }

  @Test("A network of twice the layers is twice the work")
  func workOfNetworks() throws {
    let small = layout(try Self.network(layers: 30)), large = layout(try Self.network(layers: 60))
    #expect(large.cells.count > 300)
    #expect(large.vertexCount <= 2 * small.vertexCount + 20)
    #expect(large.work <= 3 * small.work)
  }

  @Test("A crossing that can be avoided is avoided")
  func crossings() {
    // a, b → d, c in the wrong order: exchanging two of them removes the crossing.
    let cell = LayeredLayout.Cell(left: 10, body: 20, right: 10, height: 20, ports: [10], out: 10)
    let layout = LayeredLayout(
      cells: [cell, cell, cell, cell],
      wires: [.init(source: 0, target: 3, port: 0), .init(source: 1, target: 2, port: 0)])
    #expect((layout.tops[0] < layout.tops[1]) == (layout.tops[3] < layout.tops[2]))
  }

  @Test("Inversions are counted with repeated numbers")
  func inversions() {
    #expect(Layers.inversions([3, 1, 2, 2, 0]) == 7)
    #expect(Layers.inversions([1, 1, 1]) == 0)
  }

  static func network(layers: Int = 12) throws -> Explanation {
    let graph = Graph()
    var x = graph.input("x", [[0.1, 0.2, 0.3]])
    for layer in 0..<layers {
      let weight = graph.parameter(Parameter(Tensor(shape: [3, 3], repeating: 0.1), name: "layer\(layer).weight"))
      let bias = graph.parameter(Parameter(Tensor([0, 0.1, 0.2]), name: "layer\(layer).bias"))
      x = relu(x.matmul(weight) + bias)
    }
    return try square(x - graph.input("target", [[1, 0, 0]])).sum().explain()
  }

  @Test("A large model folds into its modules, and each can be opened")
  func folding() throws {
    let explanation = try Self.network()
    #expect(explanation.nodes.count > PictureContext.readable)
    let folded = Picture(explanation)
    check(folded)
    #expect(folded.modules.count == 12)
    #expect(folded.boxes.count < 24)
    let open = Picture(explanation, folding: .open(["layer3"]))
    check(open)
    #expect(open.modules.count == 11)
    #expect(open.boxes.count > folded.boxes.count)
    #expect(explanation.html().contains("data-inside=\"layer3\""))
  }

  @Test("The inside of every module holds its nodes, what enters and what leaves, and nothing overlaps")
  func insides() throws {
    let explanation = try ExplainSamples.random(seed: 9, count: 500).explain()
    let context = PictureContext(explanation)
    var waiting = FoldedGraph(explanation, .automatic, context).modules, drawn: [Int] = []
    for case .node(let id) in FoldedGraph(explanation, .automatic, context).items { drawn.append(id) }
    while let path = waiting.popLast() {
      let graph = FoldedGraph(explanation, inside: path, context)
      check(Picture(explanation, graph, context))
      waiting += graph.modules
      for case .node(let id) in graph.items { drawn.append(id) }
      let leaves = graph.items.contains { if case .exit = $0 { true } else { false } }
      #expect(leaves || graph.items.contains { $0.holds(explanation.output) })
    }
    #expect(drawn.sorted() == explanation.nodes.map(\.id), "every node is drawn once")
  }

  @Test("A page of a thousand nodes grows with them, and is about a kilobyte for each")
  func pageSize() throws {
    let small = try Self.network(layers: 80), large = try Self.network(layers: 160)
    let sizes = [small, large].map { $0.html().utf8.count }
    #expect(large.nodes.count > 950)
    #expect(sizes[1] < 1300 * large.nodes.count)
    #expect(sizes[1] < 2 * sizes[0] + 50_000)
  }

  @Test(
    "What a page packs is what it unpacks",
    arguments: ["", "~", "~~a~", "abcabcabcabcabcabcabc", "Σ ∂ 𝛼 ~ Σ ∂ 𝛼 ~"])
  func packed(text: String) { #expect(PackedText.unpack(PackedText.pack(text)) == text) }

  @Test("A drawing packs to less than a third and back")
  func packedDrawing() throws {
    let svg = try Self.network().svg(folding: .none)
    let packed = PackedText.pack(svg)
    #expect(packed.utf8.count * 3 < svg.utf8.count)
    #expect(PackedText.unpack(packed) == svg)
    #expect(PackedText.unpack("~AAA") == "" && PackedText.unpack("~____") == "")
  }

  @Test("A long graph without modules folds into stretches")
  func stretches() throws {
    let explanation = try ExplainSamples.random(seed: 3, count: 300).explain()
    let picture = Picture(explanation)
    check(picture)
    #expect(picture.boxes.count < 80)
  }

  /// What the code of a folder does not mention. Picture is where data and drawing meet, and knows both.
  private static let strangers: [(folder: String, words: [String])] = [
    ("Layout", ["Explain", "Explanation", "Picture"]), ("Drawing", ["Explain", "Explanation", "Picture"]),
    ("Chart", ["Explain", "Explanation", "Picture"]), ("Data", ["Picture", "LayeredLayout", "Markup"]),
    ("Page", ["LayeredLayout", "Layers"]), ("Render", ["LayeredLayout", "Layers", "Picture"]),
  ]

  @Test("Layout and Drawing know no explanation; Page and Render place nothing", arguments: strangers)
  func rooms(folder: String, words: [String]) throws {
    let room = TeachingTests.root.appending(path: "Sources/ChainRuleDrawing/\(folder)")
    let files = try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    for file in files {
      let code = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter {
        !$0.drop { $0 == " " }.hasPrefix("//")
      }
      for word in words { #expect(!code.contains { $0.contains(word) }, "\(word) in \(file.lastPathComponent)") }
    }
  }
}

extension Picture.Rect {
  fileprivate func overlaps(_ other: Picture.Rect, margin: Double = 0) -> Bool {
    x < other.right - margin && other.x < right - margin && y < other.bottom - margin && other.y < bottom - margin
  }
}

extension PackedText {
  /// What its script does in a page.
  fileprivate static func unpack(_ packed: String) -> String {
    let units = Array(packed.utf16)
    var value = [UInt16: Int](), result: [UInt16] = [], position = 0
    for (digit, unit) in digits.enumerated() { value[unit] = digit }
    while position < units.count {
      if units[position] != tilde || position + 1 < units.count && units[position + 1] == tilde {
        result.append(units[position])
        position += units[position] == tilde ? 2 : 1
        continue
      }
      guard position + 4 < units.count else { break }
      let numbers = units[(position + 1)...(position + 4)].map { value[$0] ?? 0 }
      let start = result.count - 1 - (numbers[0] << 12 | numbers[1] << 6 | numbers[2])
      guard start >= 0 else { break }
      for offset in 0..<(numbers[3] + shortest) { result.append(result[start + offset]) }
      position += 5
    }
    return String(decoding: result, as: UTF16.self)
  }
}
