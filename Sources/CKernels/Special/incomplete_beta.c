// The incomplete beta function I_x(a, b) with its derivatives by a and b of orders 1 and 2: the series of positive terms
//
//   I_x(a, b) = Σ T_n,  T_n = x^(a+n) (1-x)^b Γ(a+b+n) / (Γ(b) Γ(a+n+1))    (DLMF 8.17.8)
//
// below the mean, and 1 - I_(1-x)(b, a) above. The logarithmic derivatives of T_n are
//
//   by a: ln x + ψ(a+b+n) - ψ(a+n+1)        by b: ln(1-x) + ψ(a+b+n) - ψ(b).
#include "gamma.h"
#include "special.h"

// Which derivative: the counts by a and by b.
typedef struct { int by_a, by_b; } order;
static const double LARGEST = 1e10;
enum { MOST_TERMS = 300000 };

// ln of x^a (1-x)^b / B(a, b), y = 1 - x.
static pair log_front(double a, double b, pair x, pair y) {
  return minus(plus(times_double(pair_log(x), a), times_double(pair_log(y), b)), pair_log_beta(a, b));
}

// (T_n's derivative) / T_n from its logarithmic derivatives.
static pair weight(order d, const pair u[2], const pair v[3]) {
  if (d.by_a == 2) return plus(squared(u[0]), v[0]);
  if (d.by_b == 2) return plus(squared(u[1]), v[2]);
  if (d.by_a && d.by_b) return plus(times(u[0], u[1]), v[1]);
  return d.by_a ? u[0] : d.by_b ? u[1] : pair_of(1);
}

static pair lower(order d, double a, double b, pair x, pair y, int *exponent) {
  const pair front = pair_exp_scaled(minus(log_front(a, b, x, y), pair_log(pair_of(a))), exponent);
  const pair both = exact_sum(a, b), next = exact_sum(a, 1);
  pair u[2] = {{0, 0}, {0, 0}}, v[3] = {{0, 0}, {0, 0}, {0, 0}};
  if (d.by_a + d.by_b) {
    const pair psi = pair_polygamma(0, both);
    u[0] = plus(pair_log(x), minus(psi, pair_polygamma(0, next)));
    u[1] = plus(pair_log(y), pair_polygamma_difference(0, b, a));
  }
  if (d.by_a + d.by_b > 1) {
    v[1] = pair_polygamma(1, both);
    v[0] = minus(v[1], pair_polygamma(1, next));
    v[2] = pair_polygamma_difference(1, b, a);
  }
  pair size = pair_of(1), sum = pair_of(0);
  double bound = 1;
  for (int n = 0;; n++) {
    if (n == MOST_TERMS || !isfinite(sum.high)) return pair_of(NAN);
    const pair w = weight(d, u, v), part = times(size, w);
    sum = plus(sum, part);
    const pair above = plus_double(both, n), below = plus_double(next, n);
    const pair step = divided(times(above, x), below);
    bound = size.high * (fabs(w.high) + 1);
    if (step.high < 1 && bound < 1e-31 * (1 - step.high) * fabs(sum.high)) break;
    size = times(size, step);
    if (d.by_a + d.by_b == 0) continue;
    const pair p = reciprocal_of(above), q = reciprocal_of(below);
    u[0] = plus(u[0], minus(p, q)), u[1] = plus(u[1], p);
    if (d.by_a + d.by_b == 1) continue;
    const pair p2 = squared(p), q2 = squared(q);
    v[0] = plus(v[0], minus(q2, p2)), v[1] = minus(v[1], p2), v[2] = minus(v[2], p2);
  }
  return times(front, sum);
}

static bool is_outside(double a, double b, double x) {
  return !(a > 0 && b > 0 && a < LARGEST && b < LARGEST && x >= 0 && x <= 1);
}

static double incomplete(order d, double a, double b, double x) {
  if (is_outside(a, b, x)) return NAN;
  const bool is_value = d.by_a + d.by_b == 0;
  if (x == 0 || x == 1) return is_value ? x : 0;
  const pair point = pair_of(x), rest = exact_sum(1, -x);
  int n;
  // Near 1 the series crawls; the other one loses what 1 - I loses, which pairs can afford.
  bool is_below = x <= a / (a + b);
  const bool crawls = is_below ? x > 0.9 : x < 0.1;
  if (crawls) {
    const order value = {0, 0};
    const pair other = is_below ? lower(value, b, a, rest, point, &n) : lower(value, a, b, point, rest, &n);
    const bool is_one = rounded(plus_double((pair){-ldexp(other.high, n), -ldexp(other.low, n)}, 1)) < 1e-14;
    if (is_one && is_value && !is_below) return rounded_scaled(other, n);
    if (is_one && fmin(a, b) < 1e-14) return NAN;
    if (!is_one) is_below = !is_below;
  }
  if (is_below) return rounded_scaled(lower(d, a, b, point, rest, &n), n);
  const pair y = negated(lower((order){d.by_b, d.by_a}, b, a, rest, point, &n));
  return is_value ? rounded(plus_double((pair){ldexp(y.high, n), ldexp(y.low, n)}, 1)) : rounded_scaled(y, n);
}

double cr_beta_incomplete(double a, double b, double x) { return incomplete((order){0, 0}, a, b, x); }
double cr_beta_incomplete_by_first(double a, double b, double x) { return incomplete((order){1, 0}, a, b, x); }
double cr_beta_incomplete_by_second(double a, double b, double x) { return incomplete((order){0, 1}, a, b, x); }
double cr_beta_incomplete_by_first_twice(double a, double b, double x) { return incomplete((order){2, 0}, a, b, x); }
double cr_beta_incomplete_by_both(double a, double b, double x) { return incomplete((order){1, 1}, a, b, x); }
double cr_beta_incomplete_by_second_twice(double a, double b, double x) { return incomplete((order){0, 2}, a, b, x); }

// x^(a-1) (1-x)^(b-1) / B(a, b).
double cr_beta_density(double a, double b, double x) {
  if (is_outside(a, b, x)) return NAN;
  if (x == 0) return a < 1 ? INFINITY : a > 1 ? 0 : b;
  if (x == 1) return b < 1 ? INFINITY : b > 1 ? 0 : a;
  const pair point = pair_of(x), rest = exact_sum(1, -x);
  int n;
  const pair l = minus(log_front(a, b, point, rest), plus(pair_log(point), pair_log(rest)));
  const pair e = pair_exp_scaled(l, &n);
  return rounded_scaled(e, n);
}

// The derivatives of its logarithm: by x, (a-1)/x - (b-1)/(1-x); by a, ln x + ψ(a+b) - ψ(a); by b, the same of 1-x.
double cr_beta_score(double a, double b, double x) {
  if (is_outside(a, b, x)) return NAN;
  const pair first = divided_double(exact_sum(a, -1), x), second = divided(exact_sum(b, -1), exact_sum(1, -x));
  return x == 0 || x == 1 ? (a - 1) / x - (b - 1) / (1 - x) : rounded(minus(first, second));
}
double cr_beta_score_of_first(double a, double b, double x) {
  if (is_outside(a, b, x) || x == 0) return x == 0 ? -INFINITY : NAN;
  return rounded(plus(pair_log(pair_of(x)), pair_polygamma_difference(0, a, b)));
}
double cr_beta_score_of_second(double a, double b, double x) {
  if (is_outside(a, b, x) || x == 1) return x == 1 ? -INFINITY : NAN;
  return rounded(plus(pair_log(exact_sum(1, -x)), pair_polygamma_difference(0, b, a)));
}
