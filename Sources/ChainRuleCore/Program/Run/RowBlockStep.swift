/// A region of products and primitives on rows, a block of rows at a time (see RowBlocks).
///
/// For every matrix of the batch and every block of its rows: the first products make the wide values of the block, the
/// primitives between run over its rows, and the last products take from them what is kept: rows of a result, or what
/// the block adds to a result that all rows share. What a mask hides from all rows of a block is left out.
///
/// Unchecked Sendable: only the assembler that makes a step writes to it, before the program exists that shares it.
final class RowBlockStep: @unchecked Sendable {
  let isDouble: Bool, roundsFactors: Bool
  let batch: Int, rows: Int, columns: Int
  /// Rows of a block, and the columns that each block of a matrix computes.
  var blockRows = 1
  var spans: [Range<Int>] = []
  /// A constant mask, where all rows of a block see the same there: those columns are read once, not from every row.
  var mask: BlockMask?
  /// Stretches of blocks that threads may take, fixed by the sizes alone.
  var chunks = 1
  var factors: [BlockFactor] = []
  var results: [BlockResult] = []
  var bufferCount = 0
  var registers: [BlockRegister] = []
  /// Registers that are filled anew for every few rows.
  var moving: [Int32] = []
  /// The primitives between, as a group's.
  var program: TileStep
  /// By register: what is hidden is at most this, and a row's largest value must make e to the difference 0.
  var hiddenLimits: [Int32: Double] = [:]
  var note = StepNote(name: "", shape: .scalar)

  // Bytes from the start of a thread's scratch.
  var slotsAt = 0, slotBytes = 0, buffersAt = 0, panelsAt = 0, productsAt = 0
  var scratchBytes = 0
  let partials: Location
  var partialBytes = 0

  init(precision: Graph.Precision, layout: RowBlocks.Layout, partials: Location) {
    (isDouble, roundsFactors) = (precision == .double, precision == .bfloat16Products)
    (batch, rows, columns) = (layout.batch, layout.rows, layout.columns)
    (self.partials, program) = (partials, TileStep(partials: partials))
  }

  /// Columns of a piece of a factor that is put into the order in which products read it.
  static let panel = 32
  var stride: Int { isDouble ? 8 : 4 }
  var blocks: Int { (rows + blockRows - 1) / blockRows }
  /// Elements between the rows of a block; whole multiples of 1,024 bytes would meet in few lines of the first cache.
  func rowLength(_ columns: Int) -> Int {
    columns * 2 > Kernels.tileElements && columns * stride % 1024 == 0 ? columns + 16 : columns
  }
  /// How many rows of a block go together.
  func rowsTogether(_ columns: Int) -> Int {
    columns * 4 <= Kernels.tileElements ? Kernels.tileElements / columns : 1
  }
}

/// What is known of a constant mask.
struct BlockMask: Sendable {
  var register: Int32
  /// What it is where something is seen, and the columns of each block in which it is nothing else.
  var seen: Double, columns: [Range<Int>]
}

/// A product that makes a wide value: op(A) has a row for each of the block's, op(B) a column for each of its.
struct BlockFactor: Sendable {
  var a: Location, b: Location
  var isATransposed: Bool, isBTransposed: Bool
  var depth: Int
  var alpha = 1.0
  var buffer = 0
  /// Elements of the panels of all factors before.
  var panelOffset = 0
}

/// A product of a wide value with what has rows or columns like it.
struct BlockResult: Sendable {
  var other: Location, result: Location
  var isWideLeft: Bool, isWideTransposed: Bool, isOtherTransposed: Bool
  /// The length of the other's other axis.
  var width: Int
  var alpha = 1.0
  var buffer = 0
  /// Bytes from the start of a chunk's partial sums.
  var partialOffset = 0
  /// Whether the blocks of a matrix are added up.
  var isSum: Bool { isWideLeft == isWideTransposed }
}

/// Where the interpreter finds a value of some rows of a block.
enum BlockRegister: Sendable {
  /// In scratch.
  case slot(Int)
  /// One number of memory, repeated in scratch.
  case filled(Location, slot: Int)
  /// In the block.
  case buffer(Int)
  /// Rows of memory: row r is row (r / stretch) · period + r mod period there; 0 stands for no such thing.
  case rows(Location, stretch: Int, period: Int, slot: Int)
  /// One number for each row: (r / divisor) mod modulus.
  case numbers(Location, divisor: Int, modulus: Int, slot: Int)
  /// Random numbers, as a step of their own would make them.
  case random(RandomUniform, counter: Location, slot: Int)
}
