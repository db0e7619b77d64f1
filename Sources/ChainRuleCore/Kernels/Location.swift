/// A place in memory: an entry of the table of bases, and bytes from there.
struct Location: Hashable, Sendable {
  var base: Int32
  var offset: Int
}
