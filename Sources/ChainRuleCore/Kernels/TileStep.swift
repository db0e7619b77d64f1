/// A group of elementwise nodes and reductions as a small program over tiles.
///
/// The group's elements are rows × inner. A tile is a few whole rows, or a part of one long row. Registers hold a tile
/// (or one number per row of a tile); those that stand for memory are pointers into it, the others are scratch that
/// stays in the first cache.
///
/// There are two ways to run it. The kernels' own tile programs (`kernel`) join instructions and keep values in the
/// processor's registers over a whole block, but know no values per row; they run what they can. A group with row
/// values, a softmax or a normalization, is interpreted here action by action, its elementwise stretches as segments.
///
/// Unchecked Sendable: only the assembler that makes a step writes to it, before the program exists that shares it.
final class TileStep: @unchecked Sendable {
  var rows = 1
  var inner = 0
  /// Rows and columns of a tile.
  var tileRows = 1
  var tileColumns = 0
  var registers: [TileRegister] = []
  /// Registers whose pointer moves from tile to tile.
  var moving: [Int32] = []
  /// Registers whose tile is written to rows of memory when all is computed.
  var leaving: [Int32] = []
  var code: [TileInstruction] = []
  /// What the interpreter does with each tile, in order, and its elementwise stretches; empty where a kernel runs.
  var actions: [TileAction] = []
  var segments: [TileSegment] = []
  /// Segments that also reduce rows.
  var rowSegments: [RowSegment] = []
  var sums: [TileSum] = []
  /// Parts that are computed one after the other, or by several threads; fixed by the sizes alone.
  var chunks = 1
  /// How many parts of it threads may take: as many as it is worth to hand over.
  var parts = 1
  /// Where the partial sums of all chunks are, and the bytes of a chunk's.
  let partials: Location
  var partialBytes = 0
  var scratchBytes = 0
  /// Instructions before they were cut into segments.
  var operations = 0
  /// For listings: what the group computes.
  var names: [String] = []
  var memoryBytes = 0
  /// The same group as a program of the kernels, if they know its like.
  var kernel: TileKernel?

  init(partials: Location) { self.partials = partials }

  /// Bytes for partial sums, and for each thread.
  var allPartialBytes: Int { Swift.max(partialBytes * chunks, kernel?.partialBytes ?? 0) }
  var allScratchBytes: Int { Swift.max(scratchBytes, kernel?.pointerBytes ?? 0) }

  var tiles: Int {
    (rows + tileRows - 1) / tileRows * ((inner + tileColumns - 1) / Swift.max(1, tileColumns))
  }
}

struct TileRegister: Sendable {
  enum Kind: UInt8 {
    /// Thread-local memory at `scratch`.
    case scratch
    /// Element i of memory.
    case full
    /// Element i mod `modulus` of memory.
    case period
    /// A row of memory, repeated in scratch for every row of a tile.
    case repeated
    /// Element 0 of memory.
    case single
    /// The same, repeated in scratch for every element of a tile.
    case filled
    /// One element per row: (row / divisor) mod modulus of memory.
    case rows
    /// The same, collected into scratch because rows share elements.
    case collectedRows
    /// Rows of memory that begin `modulus` elements apart, collected into scratch.
    case apart
    /// The same, written from scratch when a tile is done.
    case writtenApart
    /// Element i mod `modulus` of each stretch of rows, row by row into scratch.
    case stretches
  }
  var kind: Kind
  var location = Location(base: 0, offset: 0)
  /// Bytes from the start of the thread's scratch.
  var scratch = 0
  var divisor = 1
  var modulus = 0
  var stretch = 0
  var isPerRow = false

  /// Where the register's elements are, to tell registers apart that share it.
  var place: Location {
    kind == .full || kind == .period || kind == .rows ? location : Location(base: -1, offset: scratch)
  }
}

struct TileInstruction: Sendable {
  enum Kind: Sendable {
    case elementwise(Opcode)
    /// One number per row becomes the row's elements.
    case expand
    /// A row becomes one number.
    case reduceRows(Kernels.Reduction)
    case softmaxRows
    /// A row becomes a number that a softmax of sweeps needs.
    case foldRows(Kernels.Reduction, RowSegment.End)
    /// Adds the tile to the partial sum `result`.
    case sum
  }
  var kind: Kind
  var isPerRow = false
  var result: Int32
  var first: Int32 = 0, second: Int32 = 0, third: Int32 = 0

  /// The operation of an elementwise one.
  var opcode: Opcode? {
    if case .elementwise(let opcode) = kind { opcode } else { nil }
  }

  /// The registers it reads.
  var operands: Operands {
    if case .elementwise(let opcode) = kind {
      Operands(first: first, second: second, third: third, count: opcode.arity)
    } else {
      Operands(first: first, second: 0, third: 0, count: 1)
    }
  }

  /// Up to three registers, without memory of their own.
  struct Operands: RandomAccessCollection {
    let first: Int32, second: Int32, third: Int32
    let count: Int
    var startIndex: Int { 0 }
    var endIndex: Int { count }
    subscript(position: Int) -> Int32 { position == 0 ? first : position == 1 ? second : third }
  }

  mutating func replace(_ operand: Int, by register: Int32) {
    switch operand {
    case 0: first = register
    case 1: second = register
    default: third = register
    }
  }
}

/// What the interpreter of a group does with a tile; numbers are those of registers, sums and segments.
enum TileAction: Sendable {
  case expand(Int32, from: Int32)
  case reduceRows(Kernels.Reduction, Int32, from: Int32)
  case softmaxRows(Int32, from: Int32)
  case sum(Int32, of: Int32)
  case segment(Int32)
  case rowSegment(Int32)
  /// Adds numbers of rows to a sum over everything.
  case sumNumbers(Int32, of: Int32)
}

/// A sum over leading axes (one per column), over axes in the middle (one per column of each stretch of rows) or over
/// everything, complete when all chunks are.
struct TileSum: Sendable {
  /// 0 for a sum over everything.
  var columns: Int
  var stretches: Int
  var result: Location
  /// Elements from the start of a chunk's partial sums.
  var offset: Int
  /// Elements of its partial sum, an even number so that the next one is aligned.
  var elements: Int { Swift.max(2, count + count % 2) }
  /// Elements of its result, if it is not over everything.
  var count: Int { columns * stretches }
}
