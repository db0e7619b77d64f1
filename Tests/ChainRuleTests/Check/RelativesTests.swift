import ChainRule
import Testing

/// Relatives of what once deceived the checker, each with the verdict that is right: a fault that is hidden by
/// `stoppingGradient` is one.
@Suite struct RelativesTests {
  typealias Case = BeliefTests.Case

  static let cases: [Case] = [
    Case("sin(2*pi*x)", 1, .agree, at: ("x", Tensor(1517.61))),
    Case("cos(4*pi*x)", 1, .agree, at: ("x", Tensor(901.13))),
    Case("sin(pi*x/3)*x", 1, .agree, at: ("x", Tensor(3001.7))),
    Case("x^3+stoppingGradient(7*sin(4*pi*x))", 1, .disagree, at: ("x", Tensor(1021.43))),
    Case("2*x + stoppingGradient(cos(8*pi*x+1))", 1, .disagree, at: ("x", Tensor(555.55))),
    Case("log(x)*x + stoppingGradient(sin(2*pi*x)^2)", 1, .disagree, at: ("x", Tensor(707.3))),
    Case("tanh(sin(2*pi*x))", 1, .agree, at: ("x", Tensor(4096.1))),
    Case("cos(80*x)", 2, .agree, at: ("x", Tensor(4.123))),
    Case("sin(40*x)", 3, .agree, at: ("x", Tensor(7.77))),
    Case("cos(x)", 3, .agree, at: ("x", Tensor(512.7))),
    Case("cos(x^2)", 2, .agree, at: ("x", Tensor(99.3))),
    Case("exp(sin(30*x))", 2, .agree, at: ("x", Tensor(2.2))),
    Case("sin(90*x)+x*stoppingGradient(x)-stoppingGradient(x)^2/2", 2, .disagree, at: ("x", Tensor(3.3))),
    Case("x^2*stoppingGradient(x)-stoppingGradient(x)^3*2/3", 2, .disagree, at: ("x", Tensor(1.7))),
    Case("2 + 3*x + 5*(x*stoppingGradient(x) - stoppingGradient(x)^2/2)", 2, .disagree, at: ("x", Tensor(1e-15))),
    Case("exp(x) + x*stoppingGradient(x) - stoppingGradient(x)^2/2", 2, .disagree, at: ("x", Tensor(1e-12))),
    Case(
      "1e3*x + x*stoppingGradient(x) - stoppingGradient(x)^2/2", 2, .disagree, .inconclusive, at: ("x", Tensor(1e-6))),
    Case(
      "sin(x)*y + y*stoppingGradient(x) - y*stoppingGradient(x)", 2, .agree, .inconclusive, at: ("x", Tensor(1e-9)),
      ("y", Tensor(2))),
    Case("x^3", 2, .agree, .inconclusive, at: ("x", Tensor(1e-7))),
    Case("x^2+y^2", 2, .agree, .inconclusive, at: ("x", Tensor(1e-13)), ("y", Tensor(1))),
    Case("x*y", 2, .agree, at: ("x", Tensor(1e-20)), ("y", Tensor(3))),
    Case("stoppingGradient(tanh((x-2)/0.0001))", 1, .disagree, at: ("x", Tensor(2.00003))),
    Case("x^2 + stoppingGradient(1/(1+((x-3)/0.001)^2))", 1, .disagree, at: ("x", Tensor(3.0004))),
    Case("1/(1+((x-3)/0.001)^2)", 1, .agree, at: ("x", Tensor(3.0004))),
    Case("sin(x)+exp(-((x-1)/0.00005)^2)", 1, .agree, at: ("x", Tensor(1.00002))),
    Case("stoppingGradient(relu(0.02-abs(x-1)))", 1, .disagree, at: ("x", Tensor(1.005))),
    Case("x + stoppingGradient(0.001*sigmoid((x-1)/0.0001))", 1, .disagree, at: ("x", Tensor(1.00005))),
    Case("abs(x)+4*x-4*stoppingGradient(x)", 1, .disagree, at: ("x", Tensor(0))),
    Case("relu(x)-3*x+3*stoppingGradient(x)", 1, .disagree, at: ("x", Tensor(0))),
    Case("maximum(x,0)", 1, .inconclusive, at: ("x", Tensor(0))),
    Case("abs(x-1)+abs(x-1-1e-11)", 1, .inconclusive, at: ("x", Tensor(1))),
    Case("sqrt(1-x^2)", 1, .agree, at: ("x", Tensor(0.9999999999))),
    Case("abs(x)^2.5", 1, .agree, at: ("x", Tensor(0))),
    Case("x*relu(x)", 1, .agree, at: ("x", Tensor(0))),
    Case("relu(x)^2", 1, .agree, at: ("x", Tensor(0))),
    Case("x^2*sign(x)", 1, .agree, at: ("x", Tensor(0))),
    Case("abs(x)*x^2", 1, .agree, at: ("x", Tensor(0))),
    Case("acos(x)", 1, .agree, at: ("x", Tensor(-0.99999999999))),
    Case("log(1-x^2)", 1, .agree, at: ("x", Tensor(0.9999999999))),
    Case("minimum(x,2*x)-5*x+5*stoppingGradient(x)", 1, .disagree, at: ("x", Tensor(0))),
    Case("relu(x)", 1, .agree, at: ("x", Tensor(1e-12))),
    Case("abs(x)", 1, .agree, at: ("x", Tensor(-1e-200))),
    Case("sigmoid(t-u)", 1, .agree, .inconclusive, at: ("t", Tensor(3e17)), ("u", Tensor(3e17))),
    Case("tanh(1e17*(x-2))", 1, .agree, .inconclusive, at: ("x", Tensor(2))),
    Case("atan(1e16*(x-1))", 1, .agree, .inconclusive, at: ("x", Tensor(1))),
    Case("1e4 + cos(x) + 1e-4*(cos(x)-stoppingGradient(cos(x)))", 1, .disagree, at: ("x", Tensor(0.9))),
    Case("1e6 + x^2 + 1e-5*(exp(x)-stoppingGradient(exp(x)))", 1, .disagree, at: ("x", Tensor(1.3))),
    Case("1e5+sin(x)+1e-7*(sin(x)-stoppingGradient(sin(x)))", 1, .disagree, .inconclusive, at: ("x", Tensor(0.7))),
    Case("1e3*x + stoppingGradient(1e-4*x)", 1, .disagree, .inconclusive, at: ("x", Tensor(2))),
    Case("logSumExp([y,y+1])", 2, .agree, .inconclusive, at: ("y", Tensor(-650))),
    Case("logSumExp([2*y,y])", 2, .agree, .inconclusive, at: ("y", Tensor(-300))),
    Case("log(exp(y)+exp(y))", 2, .agree, .inconclusive, at: ("y", Tensor(-20))),
    Case("where(equal(x^3,0),0,x)", 1, .disagree, at: ("x", Tensor(0))),
    Case("where(x > 0, log(x), 1/x)", 1, .agree, at: ("x", Tensor(2))),
    Case("exp(-1/x^2)", 1, .agree, .inconclusive, at: ("x", Tensor(0.02))),
    Case("1/(1+exp(-x))", 1, .disagree, .inconclusive, at: ("x", Tensor(-745))),
    Case("atan(x/y)", 1, .agree, .disagree, .inconclusive, at: ("x", Tensor(1)), ("y", Tensor(0))),
    Case("norm([3,4]*x)", 1, .inconclusive, at: ("x", Tensor(0))),
    Case("norm([x,0])", 1, .inconclusive, at: ("x", Tensor(0))),
    Case("sqrt(x^2+y^2)", 1, .inconclusive, .disagree, at: ("x", Tensor(0)), ("y", Tensor(0))),
    Case("norm([x,y])", 1, .agree, at: ("x", Tensor(3)), ("y", Tensor(4))),
    Case("where(x<1, x^2, x/0)", 1, .agree, .disagree, .inconclusive, at: ("x", Tensor(0.5))),
    Case("log1p(exp(-x))", 1, .agree, .inconclusive, at: ("x", Tensor(900))),
    Case("sqrt(x)", 1, .agree, at: ("x", Tensor(1e-300))),
    Case("x*log(x)", 1, .agree, at: ("x", Tensor(1e-200))),
    Case("softplus(x)", 1, .agree, .inconclusive, at: ("x", Tensor(-745))),
    Case("x^2*stoppingGradient(x)", 1, .disagree, at: ("x", Tensor(2))),
    Case("1e5+sin(x)+2e-7*(sin(x)-stoppingGradient(sin(x)))", 1, .disagree, .inconclusive, at: ("x", Tensor(0.7))),
  ]

  @Test("relatives of known deceptions are judged rightly", arguments: cases) func relatives(_ one: Case) throws {
    let report = try one.report()
    #expect(one.verdicts.contains(report.verdict), "\(one.formula): \(report)")
  }
}
