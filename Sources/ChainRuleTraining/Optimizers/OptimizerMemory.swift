import ChainRuleCore

/// The numbers that optimizers keep between steps, by path and name (`hidden.weight/mean`): saved and restored with the
/// model. A slot is made when a step that renews it is recorded, or by a checkpoint that comes before that.
final class OptimizerMemory {
  struct Slot {
    let path: String
    let parameter: Parameter
    /// What it holds before the first step; nil until a step is recorded that renews it.
    var start: Tensor?

    /// The slot with that start, unless it has one.
    /// - Throws: where the shapes differ.
    func starting(at start: Tensor) throws(ChainRuleError) -> Slot {
      guard parameter.shape == start.shape else {
        throw ChainRuleError(
          .shape, in: "optimizer memory \(path)", required: "shape \(start.shape)", got: "\(parameter.shape)",
          hint: "Resume with the optimizer that wrote the checkpoint.")
      }
      return Slot(path: path, parameter: parameter, start: self.start ?? start)
    }
  }

  private var slots: [Slot] = []
  /// The number of updates made.
  let count = Parameter(0, name: "step", isTrainable: false)
  /// The momentum, where a schedule sets it before each step.
  var momentum: ScheduledNumber?

  /// Every slot, in the order in which they were made.
  var parameters: [NamedParameter] { slots.map { NamedParameter(path: $0.path, parameter: $0.parameter) } }

  /// The slot of a path for a step that is being recorded: the one that an earlier recording or a checkpoint made, or a
  /// new one, which enters the memory by `keep`.
  func slot(_ path: String, startingAt start: Tensor) -> Slot {
    slots.first { $0.path == path } ?? Slot(path: path, parameter: Self.parameter(path, start), start: start)
  }

  func holds(_ slot: Slot) -> Bool { slots.contains { $0.path == slot.path } }

  /// Enters a slot, or what is known of its start.
  func keep(_ slot: Slot) {
    if let place = slots.firstIndex(where: { $0.path == slot.path }) {
      slots[place] = slot
    } else {
      slots.append(slot)
    }
  }

  /// Goes back to what a checkpoint holds. Slots that it lacks are those of steps made later: they start again, or go
  /// where no recorded step uses them.
  /// - Throws: for a value whose shape is not that of its slot; nothing is changed then.
  func restore(_ state: ModelState) throws {
    let known = Set(slots.map(\.path))
    try restoreParameters(parameters.filter { state[$0.path] != nil }, from: state.filtered(known.contains))
    for slot in slots where state[slot.path] == nil { if let start = slot.start { slot.parameter.value = start } }
    slots.removeAll { $0.start == nil && state[$0.path] == nil }
    for entry in state.entries where !known.contains(entry.path) {
      slots.append(Slot(path: entry.path, parameter: Self.parameter(entry.path, entry.value), start: nil))
    }
  }

  private static func parameter(_ path: String, _ value: Tensor) -> Parameter {
    Parameter(value, name: path, isTrainable: false)
  }
}

/// A number that is set before a step and read by its program: a rate, a momentum.
final class ScheduledNumber {
  let parameter: Parameter
  /// Programs copy a parameter that has changed, so an equal number is not written again.
  var value: Double { didSet { if value != oldValue { parameter.value = Tensor(value) } } }

  init(_ value: Double, name: String) {
    self.value = value
    parameter = Parameter(Tensor(value), name: name, isTrainable: false)
  }
}
