/// A group of elementwise nodes and reductions as a small program over tiles.
///
/// The group's elements are rows × inner. A tile is a few whole rows, or a part of one long row. Registers hold a tile
/// (or one number per row of a tile); those that stand for memory are pointers into it, the others are scratch that
/// stays in the first cache.
///
/// Unchecked Sendable: written only while the program is assembled.
final class TileStep: @unchecked Sendable {
  var rows = 1
  var inner = 0
  /// Rows and columns of a tile.
  var tileRows = 1
  var tileColumns = 0
  var registers: [TileRegister] = []
  /// Registers whose pointer moves from tile to tile.
  var moving: [Int32] = []
  var code: [TileInstruction] = []
  var segments: [TileSegment] = []
  var sums: [TileSum] = []
  /// Parts that are computed one after the other, or by several threads; fixed by the sizes alone.
  var chunks = 1
  /// Scratch for partial sums of all chunks.
  var partials = Location(base: 0, offset: 0)
  var partialBytes = 0
  var scratchBytes = 0
  /// Instructions before they were cut into segments.
  var operations = 0
  /// For listings: what the group computes.
  var names: [String] = []
  var memoryBytes = 0
  /// The same group as a program of the kernels, if they know its like.
  var kernel: TileKernel?

  var tiles: Int {
    (rows + tileRows - 1) / tileRows * ((inner + tileColumns - 1) / Swift.max(1, tileColumns))
  }
}

struct TileRegister: Sendable {
  enum Kind: UInt8 {
    /// Thread-local memory at `offset`.
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
  }
  var kind: Kind
  var location = Location(base: 0, offset: 0)
  /// Bytes from the start of the thread's scratch.
  var scratch = 0
  var divisor = 1
  var modulus = 0
  var isPerRow = false

  /// Where the register's elements are, to tell registers apart that share it.
  var place: Location {
    kind == .full || kind == .period || kind == .rows ? location : Location(base: -1, offset: scratch)
  }
}

struct TileInstruction: Sendable {
  /// An opcode, or one of the codes below.
  var code: UInt8
  var isPerRow = false
  var result: Int32
  var first: Int32 = 0, second: Int32 = 0, third: Int32 = 0

  /// One number per row becomes the row's elements.
  static var expand: UInt8 { UInt8(Opcode.count) }
  /// A row becomes one number; the reduction is in `second`.
  static var reduceRows: UInt8 { expand + 1 }
  static var softmaxRows: UInt8 { expand + 2 }
  /// Adds the tile to the partial sum `result`.
  static var sum: UInt8 { expand + 3 }
  /// The elementwise instructions of segment `first`.
  static var segment: UInt8 { expand + 4 }

  var isElementwise: Bool { code < Self.expand }

  /// The registers it reads.
  var operands: ArraySlice<Int32> {
    [first, second, third].prefix(isElementwise ? Opcode(rawValue: code)?.arity ?? 1 : 1)
  }

  mutating func replace(_ operand: Int, by register: Int32) {
    switch operand {
    case 0: first = register
    case 1: second = register
    default: third = register
    }
  }
}

/// A sum over leading axes (one per column) or over everything, complete when all chunks are.
struct TileSum: Sendable {
  /// 0 for a sum over everything.
  var columns: Int
  var result: Location
  /// Elements from the start of a chunk's partial sums.
  var offset: Int
}
