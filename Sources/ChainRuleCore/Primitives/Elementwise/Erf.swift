/// y = erf x = 2/√π ∫₀ˣ e^−t² dt, dy/dx = 2/√π · e^−x².
struct Erf: TabulatedPrimitive {
  static let opcode = Opcode.erf
  static let descriptor = PrimitiveDescriptor(
    equation: "erf x", derivatives: ["2/√π · e^(−x²)"], call: "erf", script: script,
    accuracy: .init(single: 1.5, double: 2), course: .rising())
  /// JavaScript has no erf: below 3 the series 2/√π e^(−x²) Σ 2ⁿ x^(2n+1)/(2n+1)!!, whose terms are positive; above,
  /// 1 − e^(−x²)/√π divided by the continued fraction x + ½/(x + 1/(x + 3⁄2/(x + …))).
  private static let script = """
    ((t,g)=>{let s=t,u=t;if(t<3){for(let n=1;n<200&&u>1e-17*s;n++)s+=u*=2*t*t/(2*n+1);\
    return g*1.1283791670955126*Math.exp(-t*t)*s}s=0;for(let n=60;n>0;n--)s=n/2/(t+s);\
    return g*(1-Math.exp(-t*t)/(t+s)/1.772453850905516)})(Math.abs(a),Math.sign(a))
    """
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1.1283791670955126 * gaussian(inputs[0]))
  }
}

/// The error function 2/√π ∫₀ˣ e^(−t²) dt.
public func erf(_ x: Node) -> Node { x.graph.unary(.erf, x) }
