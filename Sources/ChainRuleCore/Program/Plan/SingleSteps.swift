/// The step of a unit that is one primitive.
struct SingleAssembler {
  let plan: Plan
  let memory: MemoryPlan
  private var draft: Draft { plan.draft }

  func step(for id: Int32) -> SingleStep {
    let node = draft.nodes[Int(id)]
    let to = memory.location(of: id)
    guard draft.count(of: id) > 0, let primitive = draft.primitive(of: node) else { return general(id) }
    return moves(primitive, node, to) ?? reductions(primitive, node, to) ?? readings(primitive, node, to)
      ?? others(primitive, node, to) ?? general(id)
  }

  private func from(_ index: Int, of node: Draft.Node) -> Location {
    memory.location(of: plan.roots[Int(draft.input(index, of: node))])
  }

  private func moves(_ primitive: any Primitive, _ node: Draft.Node, _ to: Location) -> SingleStep? {
    let (source, shape) = (draft.shape(of: node.first), draft.shapes[Int(node.shape)])
    let wide = !node.isIndex && draft.precision == .double, stride = wide ? 8 : 4
    var from = from(0, of: node), strides = source.strides
    func strided(_ shape: [Int]) -> SingleStep {
      .stridedCopy(from: from, to: to, shape: shape, strides: strides, wide: wide)
    }
    switch primitive {
    case is Reshape, is StopGradient: return .copy(from: from, to: to, bytes: shape.elementCount * stride)
    case let transpose as Transpose:
      strides = transpose.order.map { strides[$0] }
      return strided(shape.dimensions)
    case let flip as Flip:
      for axis in flip.axes {
        from.offset += (shape[axis] - 1) * strides[axis] * stride
        strides[axis] = -strides[axis]
      }
      return strided(shape.dimensions)
    case let slice as Slice:
      from.offset += zip(strides, slice.starts).map(*).reduce(0, +) * stride
      strides = zip(strides, slice.steps).map(*)
      return strided(slice.counts)
    case is Broadcast:
      let missing = shape.rank - source.rank
      let steps = (0..<shape.rank).map { $0 < missing || source[$0 - missing] == 1 ? 0 : strides[$0 - missing] }
      return .stridedCopy(from: from, to: to, shape: shape.dimensions, strides: steps, wide: wide)
    case let place as Place where !node.isIndex:
      let outer = place.shape.strides
      return .place(
        from: from, to: to, shape: source.dimensions, strides: zip(outer, place.steps).map(*),
        offset: zip(outer, place.starts).map(*).reduce(0, +), count: shape.elementCount, filling: place.filling)
    case let sum as PlacedSum:
      return .placedSum(
        PlacedSumStep(
          offsets: sum.offsets, counts: draft.inputs(of: node).map { draft.count(of: $0) },
          pieces: draft.inputs(of: node).map { memory.location(of: plan.roots[Int($0)]) }, count: shape.elementCount,
          stride: stride, result: to))
    case let concatenate as Concatenate:
      let (outer, length, inner) = shape.split(at: concatenate.axis)
      let parts = draft.inputs(of: node).map {
        SingleStep.Part(
          from: memory.location(of: plan.roots[Int($0)]), bytes: draft.shape(of: $0)[concatenate.axis] * inner * stride)
      }
      return .concatenate(parts: parts, to: to, outer: outer, bytes: length * inner * stride)
    default: return nil
    }
  }

  private func reductions(_ primitive: any Primitive, _ node: Draft.Node, _ to: Location) -> SingleStep? {
    let (source, from) = (draft.shape(of: node.first), from(0, of: node))
    guard source.elementCount > 0 else { return nil }
    switch primitive {
    case is Sum, is Extremum, is LogSumExp:
      guard let axes = Plan.reducedAxes(primitive), let first = axes.first, let last = axes.last,
        last - first + 1 == axes.count
      else { return nil }
      let dimensions = source.dimensions
      let spans = SingleStep.Spans(
        outer: dimensions[..<first].reduce(1, *), count: dimensions[first...last].reduce(1, *),
        inner: dimensions[(last + 1)...].reduce(1, *))
      let extremum = primitive as? Extremum
      let reduction: Kernels.Reduction =
        primitive is Sum ? .sum : primitive is LogSumExp ? .logSumExp : extremum?.isMaximum == true ? .max : .min
      return .reduce(reduction, spans, from: from, to: to)
    case let softmax as Softmax: return .softmax(.init(source, axis: softmax.axis), from: from, to: to)
    case let argmax as Argmax: return .argmax(.init(source, axis: argmax.axis), from: from, to: to)
    case let sum as CumulativeSum:
      return .cumulativeSum(.init(source, axis: sum.axis), reverse: sum.isReversed, from: from, to: to)
    default: return nil
    }
  }

  private func readings(_ primitive: any Primitive, _ node: Draft.Node, _ to: Location) -> SingleStep? {
    guard node.inputCount == 2 || primitive is OneHot, !node.isIndex else { return nil }
    let (x, shape) = (draft.shape(of: node.first), draft.shapes[Int(node.shape)])
    switch primitive {
    case let gather as Gather:
      return .take(
        .init(x, axis: gather.axis), transposed: false, indices: from(1, of: node),
        indexCount: draft.count(of: node.second), from: from(0, of: node), to: to, origin: "gather")
    case let scatter as ScatterAdd:
      return .take(
        .init(shape, axis: scatter.axis), transposed: true, indices: from(1, of: node),
        indexCount: draft.count(of: node.second), from: from(0, of: node), to: to, origin: "scatterAdd")
    case let gather as GatherAlong:
      return .takeAlong(
        .init(x, axis: gather.axis), transposed: false, indices: from(1, of: node), indexLength: shape[gather.axis],
        from: from(0, of: node), to: to, origin: gather.name)
    case let scatter as ScatterAddAlong:
      return .takeAlong(
        .init(shape, axis: scatter.axis), transposed: true, indices: from(1, of: node), indexLength: x[scatter.axis],
        from: from(0, of: node), to: to, origin: scatter.name)
    case let oneHot as OneHot:
      return .oneHot(indices: from(0, of: node), count: x.elementCount, depth: oneHot.depth, to: to)
    default: return nil
    }
  }

  private func others(_ primitive: any Primitive, _ node: Draft.Node, _ to: Location) -> SingleStep? {
    let (x, shape) = (draft.shape(of: node.first), draft.shapes[Int(node.shape)])
    let from = from(0, of: node)
    func convolution(_ map: ConvolutionPlan.Map, x: Shape, w: Shape, y: Shape, _ geometry: WindowGeometry) -> SingleStep
    {
      let plan = ConvolutionPlan(map, x: x, w: w, y: y, geometry, isDouble: draft.precision == .double)
      return .convolution(ConvolutionStep(plan: plan, first: from, second: self.from(1, of: node), result: to))
    }
    switch primitive {
    case is AsNumbers: return .asNumbers(from: from, to: to, count: shape.elementCount)
    case is AsIndices: return .asIndices(from: from, to: to, count: shape.elementCount)
    case let primitive as Convolution:
      return convolution(.forward, x: x, w: draft.shape(of: node.second), y: shape, primitive.geometry)
    case let primitive as ConvolutionInputGradient:
      return convolution(.inputGradient, x: shape, w: draft.shape(of: node.second), y: x, primitive.geometry)
    case let primitive as ConvolutionWeightGradient:
      return convolution(.weightGradient, x: x, w: shape, y: draft.shape(of: node.second), primitive.geometry)
    case let primitive as MaxPoolWinners:
      guard let output = try? primitive.pooling.outputShape(of: x, in: primitive.name) else { return nil }
      return .maxPoolWinners(
        Windows(input: x, output: output, primitive.pooling, countsPadding: false), from: from, to: to)
    case let primitive as AveragePool:
      let windows = Windows(input: x, output: shape, primitive.pooling, countsPadding: primitive.countsPadding)
      return .averagePool(windows, transposed: false, from: from, to: to)
    case let primitive as AveragePoolTransposed:
      let windows = Windows(input: shape, output: x, primitive.pooling, countsPadding: primitive.countsPadding)
      return .averagePool(windows, transposed: true, from: from, to: to)
    case let primitive as RandomUniform:
      return .random(primitive, counter: from, to: to, count: shape.elementCount)
    default: return nil
    }
  }

  private func general(_ id: Int32) -> SingleStep {
    func value(_ id: Int32) -> GeneralStep.Value {
      let type: ElementType = draft.nodes[Int(id)].isIndex ? .int32 : draft.elementType
      return .init(location: memory.location(of: plan.roots[Int(id)]), shape: draft.shape(of: id), type: type)
    }
    let primitive =
      draft.opcode(of: id).map { PrimitiveTable[$0] } ?? draft.primitive(of: id) ?? Copy()
    return .general(GeneralStep(primitive: primitive, inputs: draft.inputs(of: id).map(value), result: value(id)))
  }
}
