extension Explanation {
  /// Which modules a picture draws as one box.
  public enum Folding: Sendable, Equatable {
    /// None up to 60 nodes; above that every module, and stretches of nodes that belong to none.
    case automatic
    /// Every node is drawn.
    case none
    /// Every module is one box except that one, given by its path, and the modules around it.
    case open([String])
  }
}
