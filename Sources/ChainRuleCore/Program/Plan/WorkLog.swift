/// Works by number: what they read, write and overwrite stands in one list each, so that a search that goes over all
/// events again and again touches little memory.
struct WorkLog {
  private var works: [RecomputationModel.Work] = []
  private(set) var reads: [Int32] = [], writes: [Int32] = []
  private(set) var overwrites: [(written: Int32, read: Int32)] = []
  private var ends: [(reads: Int, writes: Int, overwrites: Int)] = [(0, 0, 0)]

  /// - Returns: the work's number.
  mutating func append(_ work: RecomputationModel.Work) -> Int32 {
    works.append(work)
    reads += work.reads
    writes += work.writes
    overwrites += work.overwrites
    ends.append((reads.count, writes.count, overwrites.count))
    return Int32(works.count - 1)
  }

  subscript(number: Int32) -> RecomputationModel.Work { works[Int(number)] }

  func reads(of number: Int32) -> Range<Int> { ends[Int(number)].reads..<ends[Int(number) + 1].reads }
  func writes(of number: Int32) -> Range<Int> { ends[Int(number)].writes..<ends[Int(number) + 1].writes }
  func overwrites(of number: Int32) -> Range<Int> { ends[Int(number)].overwrites..<ends[Int(number) + 1].overwrites }
}
