// The incomplete gamma function P(a, x) and its derivatives by the shape a (orders 1 and 2), every part of which is
// differentiated in closed form:
//
//   x < a + 1, or nearly so   P = D Σ xⁿ/(a+1)_n, D = x^a e^-x / Γ(a+1), whose terms have the logarithmic derivative
//                             ln x - ψ(a+n+1) (DLMF 8.11.4)
//   x beyond                  Q = 1 - P = a D / (x+1-a - 1(1-a)/(x+3-a - …)), with the fraction's derivatives carried
//                             along (DLMF 8.9.2)
//   a > 200, 0.6 a < x < 1.4 a   Temme's uniform expansion Q = ½ erfc(η√(a/2)) + E S, E = e^(-aη²/2)/√(2πa),
//                             S = Σ C_k(η) a^-k, η²/2 = μ - ln(1+μ), μ = x/a - 1 (DLMF 8.12)
#include "error.h"
#include "gamma.h"
#include "special.h"
#include "temme_table.h"

static const double LARGE = 200;
typedef struct { pair value, first, second; } jet;  // by a
typedef struct { jet of; int exponent; bool is_upper; } part;  // P, or Q; times 2^exponent

// μ = x/a - 1, and μ - ln(1+μ) with its relative precision.
static pair distance(double a, double x) { return divided_double(exact_sum(x, -a), a); }
static pair deviance(pair m) {
  if (fabs(m.high) > 0.01) return minus(m, pair_log1p(m));
  pair sum = pair_of(0);
  for (int k = 18; k > 1; k--) sum = plus(divided_double(pair_of(k & 1 ? -1 : 1), k), times(sum, m));
  return times(sum, squared(m));
}

// D = 2^exponent · result.
static pair front(double a, double x, int *exponent) {
  if (a < 25) {
    const pair l = minus(plus_double(times_double(pair_log(pair_of(x)), a), -x), pair_log_gamma(exact_sum(a, 1)));
    return pair_exp_scaled(l, exponent);
  }
  const pair rest = a < 1e30 ? pair_stirling_rest(pair_of(a)) : pair_of(0);
  const pair l = plus(times_double(deviance(distance(a, x)), a), rest);
  return divided(pair_exp_scaled(negated(l), exponent), root(times_double(PAIR_PI, 2 * a)));
}

static pair log_less_digamma(double a, double x) {
  if (a < 25) return minus(pair_log(pair_of(x)), pair_polygamma(0, pair_of(a)));
  const pair m = distance(a, x);
  const pair l = fabs(m.high) < 0.3 ? pair_log1p(m) : minus(pair_log(pair_of(x)), pair_log(pair_of(a)));
  return plus(l, pair_log_less_digamma(pair_of(a)));
}

static jet lower_series(int order, double a, double x, int *exponent) {
  const pair d = front(a, x, exponent), shifted = exact_sum(a, 1);
  pair size = pair_of(1), u = pair_of(0), v = pair_of(0);  // the term over D, and what its derivatives are made of
  if (order > 0) {
    u = a < 25 ? minus(pair_log(pair_of(x)), pair_polygamma(0, shifted))
               : minus(log_less_digamma(a, x), reciprocal_of(pair_of(a)));
  }
  if (order > 1) v = pair_polygamma(1, shifted);
  jet sum = {pair_of(0), pair_of(0), pair_of(0)};
  for (int n = 1; n < 100000; n++) {
    sum.value = plus(sum.value, size);
    if (order > 0) sum.first = plus(sum.first, times(size, u));
    if (order > 1) sum.second = plus(sum.second, times(size, minus(squared(u), v)));
    const double so_far = order == 0 ? sum.value.high : order == 1 ? sum.first.high : sum.second.high;
    const double largest = size.high * (1 + (order > 0) * u.high * u.high + v.high);
    if (!isfinite(so_far)) break;
    if (n > x - a && largest < 1e-34 * fabs(so_far)) break;
    const pair step = reciprocal_of(exact_sum(a, n));
    size = times(times_double(size, x), step);
    if (order > 0) u = minus(u, step);
    if (order > 1) v = minus(v, squared(step));
  }
  return (jet){times(d, sum.value), times(d, sum.first), times(d, sum.second)};
}

static jet upper_fraction(int order, double a, double x, int *exponent) {
  const int terms = 25 + (int)(450 / x) + (int)(3 * sqrt(fmin(a, LARGE)));
  const pair zero = pair_of(0), base = exact_sum(x, -a);
  jet f = {plus_double(base, 2.0 * terms + 1), pair_of(-1), zero};
  for (int n = terms; n > 0; n--) {
    const pair c = times_double(exact_sum(n, -a), n), g = divided(c, f.value);
    pair g1 = zero, g2 = zero;
    if (order > 0) g1 = divided(plus_double(negated(times(g, f.first)), -n), f.value);
    if (order > 1) g2 = divided(negated(plus(scaled(times(g1, f.first), 2), times(g, f.second))), f.value);
    f = (jet){minus(plus_double(base, 2.0 * n - 1), g), plus_double(negated(g1), -1), negated(g2)};
  }
  const pair k = reciprocal_of(f.value), d = front(a, x, exponent), m = times_double(k, a);
  jet q = {times(d, m), zero, zero};
  if (order == 0) return q;
  const pair k1 = negated(divided(times(k, f.first), f.value)), m1 = plus(k, times_double(k1, a));
  const pair u = minus(pair_log(pair_of(x)), pair_polygamma(0, exact_sum(a, 1)));
  q.first = times(d, plus(times(u, m), m1));
  if (order == 1) return q;
  const pair k2 = negated(divided(plus(scaled(times(k1, f.first), 2), times(k, f.second)), f.value));
  const pair m2 = plus(scaled(k1, 2), times_double(k2, a)), v = pair_polygamma(1, exact_sum(a, 1));
  q.second = times(d, plus(times(minus(squared(u), v), m), plus(scaled(times(u, m1), 2), m2)));
  return q;
}

// The lower function where x < a, the upper one elsewhere. Derivatives by a are E times such series again.
static jet uniform(int order, double a, double x, int *exponent) {
  const pair m = distance(a, x), phi = deviance(m), square = times_double(phi, a), z = root(square);
  const double sign = m.high < 0 ? -1 : 1, eta = sign * sqrt(2 * phi.high);
  double sum = 0;
  for (int k = TEMME_ORDERS; k-- > 0;) {
    double y = 0;
    for (int n = TEMME_TERMS; n-- > 0;) y = y * eta + TEMME[order][k][n];
    sum = sum / a + y;
  }
  const pair unit = root(times_double(PAIR_PI, 2 * a)), e = divided(pair_exp_scaled(negated(square), exponent), unit);
  jet y = {pair_of(0), times_double(e, sign * sum), times_double(e, sign * sum)};
  if (order == 0) y.value = times(e, plus_double(times(scaled(pair_erfcx(z), 0.5), unit), sign * sum));
  return y;
}

static part incomplete(int order, double a, double x) {
  part y = {.exponent = 0};
  if (a > LARGE && x > 0.6 * a && x < 1.4 * a) {
    y.is_upper = x >= a;
    y.of = uniform(order, a, x, &y.exponent);
  } else if (x > fmax(a + 3 * sqrt(a), 4)) {
    y.is_upper = true;
    y.of = upper_fraction(order, a, x, &y.exponent);
  } else {
    y.of = lower_series(order, a, x, &y.exponent);
  }
  return y;
}

double cr_gamma_incomplete(double a, double x) {
  if (!(a >= 0 && x >= 0) || (a == 0 && x == 0) || (isinf(a) && isinf(x))) return NAN;
  if (x == 0 || isinf(a)) return 0;
  if (a == 0 || isinf(x)) return 1;
  const part y = incomplete(0, a, x);
  if (!y.is_upper) return rounded_scaled(y.of.value, y.exponent);
  const pair q = {ldexp(y.of.value.high, y.exponent), ldexp(y.of.value.low, y.exponent)};
  return rounded(plus_double(negated(q), 1));
}

static double by_shape(int order, double a, double x) {
  if (!(a > 0 && x >= 0) || isinf(a)) return NAN;
  if (x == 0 || isinf(x)) return 0;
  const part y = incomplete(order, a, x);
  const pair derivative = order == 1 ? y.of.first : y.of.second;
  return rounded_scaled(y.is_upper ? negated(derivative) : derivative, y.exponent);
}
double cr_gamma_incomplete_by_shape(double a, double x) { return by_shape(1, a, x); }
double cr_gamma_incomplete_by_shape_twice(double a, double x) { return by_shape(2, a, x); }

// x^(a-1) e^-x / Γ(a) = D a/x.
double cr_gamma_density(double a, double x) {
  if (!(a > 0 && x >= 0) || isinf(a)) return NAN;
  if (isinf(x)) return 0;
  if (x == 0) return a < 1 ? INFINITY : a == 1;
  int exponent;
  const pair d = front(a, x, &exponent), ratio = divided_double(pair_of(a), x);
  if (isinf(ratio.high)) return rounded_scaled(d, exponent) * a / x;
  return rounded_scaled(times(d, ratio), exponent);
}

double cr_log_less_digamma(double a, double x) {
  if (!(a > 0 && x >= 0)) return NAN;
  if (x == 0 || isinf(x) || isinf(a)) return log(x) - (isinf(a) ? INFINITY : 0);
  return rounded(log_less_digamma(a, x));
}
