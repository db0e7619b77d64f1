// Numbers of two doubles, high + low with |low| ≤ ulp(high) / 2: about 106 bits. The special functions are computed in
// them wherever digits cancel, so that the rounding to double at the end is all that shows.
//
// Sums and products are Dekker's ("A floating-point technique for extending the available precision", 1971) in the form
// of Hida, Li and Bailey ("Library for double-double and quad-double arithmetic", 2007).
#ifndef CR_PAIR_H
#define CR_PAIR_H
#include <math.h>
#include <stdbool.h>
#pragma STDC FP_CONTRACT OFF

typedef struct { double high, low; } pair;

static inline pair pair_of(double x) { return (pair){x, 0}; }
static inline double rounded(pair a) { return a.high + a.low; }
static inline pair negated(pair a) { return (pair){-a.high, -a.low}; }
// a + b exactly, |a| ≥ |b| or a = 0.
static inline pair quick_sum(double a, double b) {
  const double s = a + b;
  return (pair){s, b - (s - a)};
}
static inline pair exact_sum(double a, double b) {
  const double s = a + b, t = s - a;
  return (pair){s, (a - (s - t)) + (b - t)};
}
// a · b exactly.
static inline pair exact_product(double a, double b) {
  const double p = a * b;
  return (pair){p, fma(a, b, -p)};
}
static inline pair plus(pair a, pair b) {
  const pair s = exact_sum(a.high, b.high), t = exact_sum(a.low, b.low);
  const pair u = quick_sum(s.high, s.low + t.high);
  return quick_sum(u.high, u.low + t.low);
}
static inline pair minus(pair a, pair b) { return plus(a, negated(b)); }
static inline pair plus_double(pair a, double b) {
  const pair s = exact_sum(a.high, b);
  return quick_sum(s.high, s.low + a.low);
}
static inline pair times(pair a, pair b) {
  const pair p = exact_product(a.high, b.high);
  return quick_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}
static inline pair times_double(pair a, double b) {
  const pair p = exact_product(a.high, b);
  return quick_sum(p.high, p.low + a.low * b);
}
// b a power of two.
static inline pair scaled(pair a, double b) { return (pair){a.high * b, a.low * b}; }
static inline pair divided(pair a, pair b) {
  const double first = a.high / b.high;
  const pair rest = minus(a, times_double(b, first));
  const double second = rest.high / b.high;
  const pair left = minus(rest, times_double(b, second));
  const pair q = quick_sum(first, second);
  return plus_double(q, left.high / b.high);
}
static inline pair divided_double(pair a, double b) {
  const double q = a.high / b;
  const pair p = exact_product(q, b);
  return quick_sum(q, (((a.high - p.high) - p.low) + a.low) / b);
}
static inline pair reciprocal_of(pair a) { return divided(pair_of(1), a); }
static inline pair squared(pair a) { return times(a, a); }
static inline pair root(pair a) {
  if (a.high <= 0) return pair_of(0);
  const double r = sqrt(a.high);
  const pair rest = minus(a, exact_product(r, r));
  return quick_sum(r, rest.high / (2 * r));
}
// Σ c[k] x^k.
static inline pair polynomial(pair x, const pair *c, int terms) {
  pair y = c[terms - 1];
  for (int k = terms - 2; k >= 0; k--) y = plus(times(y, x), c[k]);
  return y;
}

static const pair PAIR_PI = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
static const pair PAIR_LN2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
static const pair PAIR_EULER = {0x1.2788cfc6fb619p-1, -0x1.6cb90701fbfabp-58};
static const pair PAIR_SQRT_PI = {0x1.c5bf891b4ef6bp+0, -0x1.618f13eb7ca89p-54};
static const pair PAIR_SQRT_HALF = {0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55};
static const pair PAIR_LOG_ROOT_2PI = {0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55};

// e^x = 2^exponent · result; x may be as large as a double.
pair pair_exp_scaled(pair x, int *exponent);
pair pair_exp(pair x);
pair pair_expm1(pair x);
pair pair_log(pair x);
pair pair_log1p(pair x);
// sin πx and cos πx; the reduction is exact.
pair pair_sin_pi(double x);
pair pair_cos_pi(double x);
// a · 2^n, rounded once.
static inline double rounded_scaled(pair a, int n) { return ldexp(a.high + a.low, n); }
#endif
