import ChainRuleCore
import ChainRuleDrawing

extension ExplanationBuilder {
  /// A node belongs to the module whose parameter it uses, and what follows it, until a node uses other data.
  mutating func findModules() {
    var modules = [[String]](repeating: [], count: explanation.nodes.count)
    for node in explanation.nodes {
      switch node.kind {
      case .parameter, .state:
        let path = node.name.split(separator: ".").dropLast().map(String.init)
        modules[node.id] = path
      case .computed:
        if let owner = node.inputs.first(where: { explanation.nodes[$0].kind == .parameter && !modules[$0].isEmpty }) {
          modules[node.id] = modules[owner]
        } else if !node.inputs.contains(where: { explanation.nodes[$0].kind == .input }) {
          modules[node.id] = node.inputs.max().map { modules[$0] } ?? []
        }
      case .input, .constant: break
      }
    }
    // A number goes where it is used.
    for edge in explanation.edges where explanation.nodes[edge.node].kind == .constant {
      modules[edge.node] = modules[edge.consumer]
    }
    for id in modules.indices { explanation.nodes[id].module = modules[id] }
  }
}
