/// What a run does, in order: plain numbers that point into tables of steps.
enum ProgramStep: Sendable {
  case scalars(Int32, Int32)
  case tiles(Int32)
  case product(Int32)
  case single(Int32)
  case rowBlocks(Int32)
}

/// The finished plan of a program.
struct ProgramCode: Sendable {
  var steps: [ProgramStep] = []
  var tiles: [TileStep] = []
  var products: [ProductStep] = []
  var singles: [SingleStep] = []
  var rowBlocks: [RowBlockStep] = []
  var scalars = ScalarCode()
  var constants: [Tensor] = []
  /// Numbers in memory that steps read.
  var pool: [Double] = []
  let bases: BaseTable
  var arenaBytes = 0
  var scratchBytes = 0
  /// For listings.
  var buffers: [Buffer] = []
  var notes: [StepNote] = []

  init(bases: BaseTable) { self.bases = bases }

  /// The same once the steps of scalars have moved to where they run.
  var withoutScalars: ProgramCode {
    var code = self
    code.scalars = ScalarCode()
    return code
  }
}

/// What a listing says of a step.
struct StepNote: Sendable {
  var name: String
  var shape: Shape
  var flops = 0.0
  var bytes = 0.0
  var inPlace = false
}

/// A stretch of the arena with its lifetime in units.
struct Buffer: Sendable {
  let bytes: Int
  let first: Int
  var last: Int
  var offset = 0
}

/// The table of bases: the arena, then what lies outside it. The one place that knows its order.
struct BaseTable: Sendable {
  let inputs: Int, parameters: Int, states: Int, constants: Int, outputs: Int

  func input(_ number: Int32) -> Location { Location(base: 1 + number, offset: 0) }
  func parameter(_ number: Int32) -> Location { Location(base: 1 + Int32(inputs) + number, offset: 0) }
  func state(_ number: Int32) -> Location { Location(base: 1 + Int32(inputs + parameters) + number, offset: 0) }
  func constant(_ number: Int32) -> Location {
    Location(base: 1 + Int32(inputs + parameters + states) + number, offset: 0)
  }
  func output(_ number: Int) -> Location {
    Location(base: Int32(1 + inputs + parameters + states + constants + number), offset: 0)
  }
  /// An entry of the pool of numbers that are known when the program is made.
  func pool(_ entry: Int, stride: Int) -> Location {
    Location(base: output(outputs).base, offset: entry * stride)
  }

  /// The table of a program of this graph with these leaves.
  init(_ graph: ProgramGraph, _ leaves: ProgramLeaves) {
    self.init(
      inputs: leaves.inputs.count, parameters: leaves.parameters.count, states: leaves.states.count,
      constants: graph.constants.count, outputs: graph.outputs.count)
  }

  init(inputs: Int, parameters: Int, states: Int, constants: Int, outputs: Int) {
    (self.inputs, self.parameters, self.states) = (inputs, parameters, states)
    (self.constants, self.outputs) = (constants, outputs)
  }

  var count: Int { 2 + inputs + parameters + states + constants + outputs }
}
