/// A place in memory: an entry of the table of bases, and bytes from there.
struct Location: Hashable, Sendable {
  var base: Int32
  var offset: Int

  /// A place in the arena, the first entry.
  static func arena(_ offset: Int) -> Location { Location(base: 0, offset: offset) }
}
