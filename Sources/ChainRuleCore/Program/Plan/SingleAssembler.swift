/// The step of a unit that is one primitive.
struct SingleAssembler {
  let plan: Plan
  let memory: MemoryPlan
  /// Where steps may keep partial sums.
  let partials: Location
  private var graph: ProgramGraph { plan.graph }

  init(plan: Plan, memory: MemoryPlan, partials: Location) {
    (self.plan, self.memory, self.partials) = (plan, memory, partials)
  }

  /// - Returns: `nil` where all parts of a value have been computed in their places.
  func step(for id: Int32) throws -> SingleStep? {
    if isComplete(id) { return nil }
    guard graph.count(of: id) > 0, let primitive = graph.primitive(of: id) else { return try general(id) }
    let to = try memory.location(of: id)
    return try move(primitive, id, to) ?? joined(primitive, id, to) ?? reduction(primitive, id, to)
      ?? reading(primitive, id, to) ?? windows(primitive, id, to) ?? conversion(primitive, id, to)
      ?? int8Product(primitive, id, to) ?? general(id)
  }

  /// Where an input lies, the first if no other is named.
  private func from(_ index: Int = 0, of id: Int32) throws -> Location {
    try memory.location(of: plan[graph.input(index, of: id)].root)
  }

  private func inputShape(_ index: Int = 0, of id: Int32) -> Shape { graph.shape(of: graph.input(index, of: id)) }

  private func int8Product(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    guard let product = primitive as? Int8Product else { return nil }
    let step = Int8ProductStep(matrix: product.matrix, m: graph.shape(of: id)[0], from: try from(of: id), to: to)
    return .int8Product(step)
  }

  // MARK: Moves

  /// Moves of one input.
  private func move(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    let (source, shape, stride) = (inputShape(of: id), graph.shape(of: id), graph.stride(of: id))
    var strides = source.strides
    func strided(_ shape: [Int], offset: Int = 0) throws -> SingleStep {
      var from = try from(of: id)
      from.offset += offset * stride
      return .stridedCopy(StridedCopyStep(from: from, to: to, shape: shape, strides: strides, isWide: stride == 8))
    }
    switch primitive {
    case is Reshape, is StopGradient:
      return .copy(CopyStep(from: try from(of: id), to: to, bytes: shape.elementCount * stride))
    case let transpose as Transpose:
      strides = transpose.order.map { strides[$0] }
      return try strided(shape.dimensions)
    case let flip as Flip:
      var offset = 0
      for axis in flip.axes {
        offset += (shape[axis] - 1) * strides[axis]
        strides[axis] = -strides[axis]
      }
      return try strided(shape.dimensions, offset: offset)
    case let slice as Slice:
      let offset = zip(strides, slice.starts).map(*).reduce(0, +)
      strides = zip(strides, slice.steps).map(*)
      return try strided(slice.counts, offset: offset)
    case is Broadcast:
      let missing = shape.rank - source.rank
      strides = (0..<shape.rank).map { $0 < missing || source[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
      return try strided(shape.dimensions)
    case let pad as Pad where !graph.nodes[Int(id)].isIndex:
      let outer = pad.shape.strides
      return .pad(
        PadStep(
          from: try from(of: id), to: to, shape: source.dimensions, strides: zip(outer, pad.steps).map(*),
          offset: zip(outer, pad.starts).map(*).reduce(0, +), count: shape.elementCount, filling: pad.filling))
    default: return nil
    }
  }

  /// Whether parts that are computed in their places are all of a value.
  private func isComplete(_ id: Int32) -> Bool {
    guard graph.count(of: id) > 0, let pieces = plan.pieces(of: id) else { return false }
    return zip(graph.inputs(of: id), pieces).allSatisfy { isThere($0, as: $1, of: id) }
      && pieces.reduce(0) { $0 + $1.count } == graph.count(of: id)
  }

  /// Whether an input has been computed as just this part of a value; one that is there twice is copied once.
  private func isThere(_ input: Int32, as rows: Rows, of id: Int32) -> Bool {
    plan[plan[input].root].home.map { $0.owner == id && $0.rows == rows } ?? false
  }

  /// What is put together from any number of inputs.
  private func joined(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    let (shape, stride, inputs) = (graph.shape(of: id), graph.stride(of: id), graph.inputs(of: id))
    switch primitive {
    case let sum as SumOfPads:
      let pieces = try zip(sum.pieces, inputs).flatMap { rows, input in
        let start = try memory.location(of: plan[input].root),
          apart = memory.rowsApart(plan[input].root) ?? rows.together
        return zip(rows.ranges, apart.ranges).map { range, from in
          SumOfPadsStep.Piece(
            offset: range.lowerBound, count: range.count,
            location: Location(base: start.base, offset: start.offset + (from.lowerBound - apart.offset) * stride))
        }
      }
      return .sumOfPads(SumOfPadsStep(pieces, count: shape.elementCount, stride: stride, result: to))
    case let concatenate as Concatenate:
      let (outer, length, inner) = shape.split(at: concatenate.axis)
      let parts = try zip(inputs, plan.pieces(of: id) ?? []).map { input, rows in
        ConcatenateStep.Part(
          from: try memory.location(of: plan[input].root), isThere: isThere(input, as: rows, of: id),
          bytes: graph.shape(of: input)[concatenate.axis] * inner * stride)
      }
      return .concatenate(
        ConcatenateStep(parts: parts, to: to, outer: outer, bytes: length * inner * stride, stride: stride))
    default: return nil
    }
  }

  // MARK: Reductions

  private func reduction(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    func spans(_ axis: Int) -> Spans { Spans(inputShape(of: id), axis: axis) }
    switch primitive {
    case is Sum: return try reduce(.sum, primitive, id, to)
    case is LogSumExp: return try reduce(.logSumExp, primitive, id, to)
    case let extremum as Extremum: return try reduce(extremum.isMaximum ? .max : .min, primitive, id, to)
    case let softmax as Softmax:
      return .softmax(SoftmaxStep(spans: spans(softmax.axis), from: try from(of: id), to: to))
    case let argmax as Argmax: return .argmax(ArgmaxStep(spans: spans(argmax.axis), from: try from(of: id), to: to))
    case let sum as CumulativeSum:
      return .cumulativeSum(
        CumulativeSumStep(spans: spans(sum.axis), isReversed: sum.isReversed, from: try from(of: id), to: to))
    default: return nil
    }
  }

  /// A reduction over axes that lie together.
  private func reduce(
    _ reduction: Kernels.Reduction, _ primitive: any Primitive, _ id: Int32, _ to: Location
  ) throws -> SingleStep? {
    guard let axes = Plan.reducedAxes(primitive), let first = axes.first, let last = axes.last,
      last - first + 1 == axes.count
    else { return nil }
    let dimensions = inputShape(of: id).dimensions
    let spans = Spans(
      outer: dimensions[..<first].reduce(1, *), count: dimensions[first...last].reduce(1, *),
      inner: dimensions[(last + 1)...].reduce(1, *))
    return .reduce(ReduceStep(reduction: reduction, spans: spans, from: try from(of: id), to: to))
  }

  // MARK: Indices

  /// Whether indices are constants that all lie below a limit; those that do not are told about when the program runs.
  private func areConstants(_ id: Int32, below limit: Int) -> Bool {
    let node = graph.nodes[Int(plan[id].root)]
    guard node.kind == .constant, node.isIndex, graph.constants.indices.contains(Int(node.leaf)) else { return false }
    return graph.constants[Int(node.leaf)].indices.allSatisfy { (0..<limit).contains($0) }
  }

  private func reading(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    guard !graph.nodes[Int(id)].isIndex else { return nil }
    let shape = graph.shape(of: id)
    func take(_ spans: Spans, isTransposed: Bool, _ origin: String) throws -> SingleStep {
      .take(
        TakeStep(
          spans: spans, isTransposed: isTransposed, indices: try from(1, of: id),
          indexCount: inputShape(1, of: id).elementCount,
          areChecked: areConstants(graph.input(1, of: graph.nodes[Int(id)]), below: spans.count),
          from: try from(of: id), to: to, origin: origin))
    }
    func takeAlong(_ spans: Spans, isTransposed: Bool, length: Int, _ origin: String) throws -> SingleStep {
      .takeAlong(
        TakeAlongStep(
          spans: spans, isTransposed: isTransposed, indices: try from(1, of: id), indexLength: length,
          from: try from(of: id), to: to, origin: origin))
    }
    switch primitive {
    case let gather as Gather:
      return try take(Spans(inputShape(of: id), axis: gather.axis), isTransposed: false, "gather")
    case let scatter as ScatterAdd:
      return try take(Spans(shape, axis: scatter.axis), isTransposed: true, "scatterAdd")
    case let sum as AddAt: return .addAt(try addAt(sum, id, to))
    case let gather as GatherAlong:
      let spans = Spans(inputShape(of: id), axis: gather.axis)
      return try takeAlong(spans, isTransposed: false, length: shape[gather.axis], gather.name)
    case let scatter as ScatterAddAlong:
      let length = inputShape(of: id)[scatter.axis]
      return try takeAlong(Spans(shape, axis: scatter.axis), isTransposed: true, length: length, scatter.name)
    case let oneHot as OneHot:
      return .oneHot(
        OneHotStep(
          indices: try from(of: id), count: inputShape(of: id).elementCount, depth: oneHot.classes, to: to))
    default: return nil
    }
  }

  private func addAt(_ sum: AddAt, _ id: Int32, _ to: Location) throws -> AddAtStep {
    let terms = try stride(from: 1, to: Int(graph.nodes[Int(id)].inputCount), by: 2).map { term in
      AddAtStep.Term(
        values: try from(term, of: id), indices: try from(term + 1, of: id),
        count: inputShape(term + 1, of: id).elementCount)
    }
    return AddAtStep(
      spans: Spans(graph.shape(of: id), axis: sum.axis), isAlong: sum.isAlong, start: try from(of: id), terms: terms,
      to: to)
  }

  // MARK: Windows

  private func windows(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    let shape = graph.shape(of: id)
    func convolution(
      _ map: ConvolutionPlan.Map, x: Shape, w: Shape, y: Shape, _ geometry: WindowGeometry
    ) throws -> SingleStep {
      let plan = ConvolutionPlan(map, x: x, w: w, y: y, geometry, isDouble: graph.precision == .double)
      return .convolution(
        ConvolutionStep(
          plan: plan, first: try from(of: id), second: try from(1, of: id), result: to, partials: partials))
    }
    func average(_ windows: Windows, isTransposed: Bool) throws -> SingleStep {
      .averagePool(AveragePoolStep(windows: windows, isTransposed: isTransposed, from: try from(of: id), to: to))
    }
    let x = inputShape(of: id)
    switch primitive {
    case let primitive as Convolution:
      return try convolution(.forward, x: x, w: inputShape(1, of: id), y: shape, primitive.geometry)
    case let primitive as ConvolutionInputGradient:
      return try convolution(.inputGradient, x: shape, w: inputShape(1, of: id), y: x, primitive.geometry)
    case let primitive as ConvolutionWeightGradient:
      return try convolution(.weightGradient, x: x, w: shape, y: inputShape(1, of: id), primitive.geometry)
    case let primitive as MaxPoolWinners:
      let output = try primitive.pooling.outputShape(of: x, in: primitive.name)
      let windows = Windows(input: x, output: output, primitive.pooling, countsPadding: false)
      return .maxPoolWinners(MaxPoolWinnersStep(windows: windows, from: try from(of: id), to: to))
    case let primitive as AveragePool:
      return try average(
        Windows(input: x, output: shape, primitive.pooling, countsPadding: primitive.countsPadding),
        isTransposed: false)
    case let primitive as AveragePoolTransposed:
      return try average(
        Windows(input: shape, output: x, primitive.pooling, countsPadding: primitive.countsPadding),
        isTransposed: true)
    default: return nil
    }
  }

  // MARK: Others

  private func conversion(_ primitive: any Primitive, _ id: Int32, _ to: Location) throws -> SingleStep? {
    let count = graph.count(of: id)
    switch primitive {
    case is AsNumbers: return .asNumbers(AsNumbersStep(from: try from(of: id), to: to, count: count))
    case let primitive as AsIndices:
      return .asIndices(AsIndicesStep(from: try from(of: id), to: to, count: count, reader: primitive.reader))
    case let primitive as RandomUniform:
      return .random(RandomStep(primitive: primitive, counter: try from(of: id), to: to, count: count))
    default: return nil
    }
  }

  private func general(_ id: Int32) throws -> SingleStep {
    func value(_ id: Int32) throws -> GeneralStep.Value {
      let type: ElementType = graph.nodes[Int(id)].isIndex ? .int32 : graph.elementType
      return .init(location: try memory.location(of: plan[id].root), shape: graph.shape(of: id), type: type)
    }
    guard let primitive = graph.opcode(of: id).map({ PrimitiveTable[$0] }) ?? graph.primitive(of: id) else {
      throw graph.hole(id, lacks: "a primitive")
    }
    return .general(
      GeneralStep(primitive: primitive, inputs: try graph.inputs(of: id).map(value), result: try value(id)))
  }
}
