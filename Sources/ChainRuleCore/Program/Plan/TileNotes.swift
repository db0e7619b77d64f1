/// What an assembler of groups knows of nodes while it writes one: an entry for each node of a plan, so that nothing is
/// looked up by hash, and forgotten for the next group at the cost of what this one touched.
final class TileNotes {
  struct Note {
    /// The register that holds the node's elements one by one; -1 for none.
    var register: Int32 = -1
    /// The last member that reads it; -1 for none.
    var lastRead = -1
    /// Whether the node is a product that is computed as part of a sum.
    var isAbsorbed = false
    fileprivate var isTouched = false
  }

  private var notes: [Note]
  private var touched: [Int32] = []

  init(_ plan: Plan) { notes = [Note](repeating: Note(), count: plan.graph.nodes.count) }

  subscript(node: Int32) -> Note {
    get { notes[Int(node)] }
    set {
      if !notes[Int(node)].isTouched { touched.append(node) }
      notes[Int(node)] = newValue
      notes[Int(node)].isTouched = true
    }
  }

  func forget() {
    for node in touched { notes[Int(node)] = Note() }
    touched.removeAll(keepingCapacity: true)
  }
}
