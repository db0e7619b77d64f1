import ChainRuleCore

/// A training step, recorded once for one shape of batch: forward, backward, clipping and update are one graph.
final class StepGraph {
  private let recorded: Recording
  private let trainedPaths: [String]
  private let recipe: StepRecipe
  private let outputNames: [String]

  /// Records a step for batches of this one's shape.
  /// - Parameter accumulating: adds the gradients to these instead of updating the parameters.
  init(_ recipe: StepRecipe, _ batch: Dataset, accumulating: GradientSums? = nil) throws {
    let batch = try recipe.record(batch, mode: .training), graph = batch.graph
    let gradients = try recipe.gradients(of: recipe.objective(batch.loss))
    var updates = graph.updates
    if let accumulating {
      updates += accumulating.updates(adding: gradients, examples: batch.leaves[0].shape[0], in: graph)
    } else {
      updates += try recipe.updates(with: gradients, in: graph)
    }
    (self.recipe, outputNames) = (recipe, batch.outputNames)
    trainedPaths = recipe.trained.map(\.path)
    let norms = recipe.monitorsGradients ? [stack(gradients.map { $0.norm() })] : []
    recorded = try Recording(
      graph, inputs: batch.leaves, outputs: batch.results + norms, updates: updates,
      threads: recipe.threads, engine: recipe.engine, memoryLimit: recipe.memoryLimit)
  }

  /// Makes one step: computes everything from the present values, then renews what is renewed.
  func run(_ batch: Dataset) throws -> StepValues {
    let values = try recorded.run(batch.columns)
    var result = try StepValues(values, recipe, outputs: outputNames)
    if recipe.monitorsGradients, let norms = values.last {
      result.gradientNorms = Dictionary(zip(trainedPaths, norms.scalars), uniquingKeysWith: { $1 })
    }
    return result
  }
}

/// The optimizers' part of a step alone, from accumulated gradients.
final class UpdateGraph {
  private let recorded: Recording

  init(_ recipe: StepRecipe, _ sums: GradientSums) throws {
    let graph = Graph(recipe.precision)
    let updates = try recipe.updates(with: sums.means(in: graph), in: graph) + sums.clearing(in: graph)
    recorded = try Recording(
      graph, inputs: [], outputs: [], updates: updates, threads: recipe.threads, engine: recipe.engine)
  }

  func run() throws { _ = try recorded.run([]) }
}

/// Gradients added up over several batches, each counted with its number of examples.
final class GradientSums {
  let sums: [Parameter]
  let count = Parameter(0, name: GradientSums.prefix + "examples", isTrainable: false)
  /// How the paths of these entries begin in a checkpoint.
  static let prefix = "accumulated/"

  init(_ trained: [NamedParameter]) {
    sums = trained.map {
      Parameter(Tensor(shape: $0.parameter.shape, repeating: 0), name: Self.prefix + $0.path, isTrainable: false)
    }
  }

  /// As entries of a checkpoint.
  var parameters: [NamedParameter] {
    (sums + [count]).map { NamedParameter(path: $0.name, parameter: $0) }
  }

  func updates(adding gradients: [Node], examples: Int, in graph: Graph) -> [(state: Node, next: Node)] {
    let total = graph.parameter(count)
    return zip(sums, gradients).map { sum, gradient in
      (graph.parameter(sum), graph.parameter(sum) + Double(examples) * gradient)
    } + [(total, total + Double(examples))]
  }

  func means(in graph: Graph) -> [Node] { sums.map { graph.parameter($0) / graph.parameter(count) } }

  func clearing(in graph: Graph) -> [(state: Node, next: Node)] {
    (sums + [count]).map { (graph.parameter($0), graph.constant(Tensor(shape: $0.shape, repeating: 0))) }
  }
}

/// Forward pass and loss in evaluation mode, recorded once for one shape of batch.
final class EvaluationGraph {
  private let recorded: Recording
  private let recipe: StepRecipe
  private let outputNames: [String]

  init(_ recipe: StepRecipe, _ batch: Dataset) throws {
    let batch = try recipe.record(batch, mode: .evaluation)
    (self.recipe, outputNames) = (recipe, batch.outputNames)
    recorded = try Recording(
      batch.graph, inputs: batch.leaves, outputs: batch.results, updates: [],
      threads: recipe.threads, engine: recipe.engine)
  }

  func run(_ batch: Dataset) throws -> StepValues {
    try StepValues(recorded.run(batch.columns), recipe, outputs: outputNames)
  }
}
