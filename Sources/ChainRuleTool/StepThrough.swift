import ChainRule
import ChainRuleLearning

/// An explanation as a lecture: one step on the screen at a time, forward and back with the keys.
struct StepThrough {
  let explanation: Explanation
  let digits: Int
  let color: Bool

  init(_ explanation: Explanation, digits: Int, color: Bool) {
    (self.explanation, self.digits, self.color) = (explanation, digits, color)
  }

  private var frames: [ExplainedFrame] { explanation.forwardFrames + explanation.frames }

  func run() {
    print(explanation.title)
    guard Terminal.inputIsTerminal, Terminal.outputIsTerminal else {
      for index in frames.indices { print(line(index)) }
      return
    }
    print("Space or → goes on, b or ← goes back, q ends.\n")
    var index = 0
    while index < frames.count {
      print(line(index))
      guard let key = Terminal.key() else { return }
      switch key {
      case [UInt8(ascii: "q")], [3], [4]: return
      case [UInt8(ascii: "b")], [27, 91, 68]:
        if index > 0 {
          index -= 1
          // Up over the last line and the one to be shown again.
          Terminal.show("\u{1B}[2A\u{1B}[J")
        } else {
          Terminal.show("\u{1B}[1A\u{1B}[J")
        }
      default: index += 1
      }
    }
  }

  private func line(_ index: Int) -> String {
    let frame = frames[index]
    let isForward = frame.kind == .forward
    let number = isForward ? index + 1 : index + 1 - explanation.forwardFrames.count
    let count = isForward ? explanation.forwardFrames.count : explanation.frames.count
    let head = "\(isForward ? "forward " : "backward") \("\(number)".indented(to: "\(count)".count))/\(count)  "
    let sentence = explanation.sentence(for: frame, digits: digits)
    return head + (isForward ? TerminalStyle.value : .gradient).apply(sentence, color)
  }
}
