extension ExplainedArithmetic {
  /// The elementary operations that a page can carry out, by the name of their primitive, as JavaScript on the
  /// inputs `a`, `b` and `c`. A graph that uses anything else carries no arithmetic, and its page
  /// shows the recorded values.
  static let operations: KeyValuePairs<String, String> = [
    "add": "a+b", "subtract": "a-b", "multiply": "a*b", "divide": "a/b", "negate": "-a", "reciprocal": "1/a",
    "square": "a*a", "pow": "Math.pow(a,b)", "sqrt": "Math.sqrt(a)", "rsqrt": "1/Math.sqrt(a)",
    "exp": "Math.exp(a)", "expm1": "Math.expm1(a)", "log": "Math.log(a)", "log1p": "Math.log1p(a)",
    "sin": "Math.sin(a)", "cos": "Math.cos(a)", "tanh": "Math.tanh(a)", "atan": "Math.atan(a)", "abs": "Math.abs(a)",
    "sign": "Math.sign(a)",
    "sigmoid": "a>=0?1/(1+Math.exp(-a)):Math.exp(a)/(1+Math.exp(a))",
    "softplus": "Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))", "relu": "Math.max(a,0)",
    "maximum": "Math.max(a,b)", "minimum": "Math.min(a,b)", "greater": "a>b?1:0", "less": "a<b?1:0",
    "equal": "a===b?1:0",
    "where": "a!==0?b:c", "step": "a>0?1:0", "floor": "Math.floor(a)", "copy": "a", "stopGradient": "a",
    "multiplyAdd": "a*b+c",
  ]

  static let names = Set(operations.map(\.key))

  /// The operations as a JavaScript object of functions.
  static var script: String {
    "{" + operations.map { "\($0.key):(a,b,c)=>\($0.value)" }.joined(separator: ",\n") + "}"
  }
}
