// Exponential, logarithm, sine and cosine of pairs, by their series.
#include "pair.h"

// (e^r - 1) for |r| ≤ 0.35: the series at r/64, doubled six times by e^2r - 1 = (e^r - 1)² + 2 (e^r - 1).
static pair expm1_reduced(pair r) {
  const pair s = scaled(r, 1.0 / 64);
  pair sum = pair_of(1);
  for (int n = 12; n > 1; n--) sum = plus_double(divided_double(times(sum, s), n), 1);
  pair e = times(sum, s);
  for (int k = 0; k < 6; k++) e = plus(squared(e), scaled(e, 2));
  return e;
}

pair pair_exp_scaled(pair x, int *exponent) {
  if (!(x.high > -1e6)) { *exponent = -1000000; return pair_of(x.high != x.high ? NAN : 1); }
  if (x.high > 1e6) { *exponent = 1000000; return pair_of(1); }
  const double k = nearbyint(x.high / PAIR_LN2.high);
  *exponent = (int)k;
  return plus_double(expm1_reduced(minus(x, times_double(PAIR_LN2, k))), 1);
}

pair pair_exp(pair x) {
  int n;
  const pair e = pair_exp_scaled(x, &n);
  return (pair){ldexp(e.high, n), ldexp(e.low, n)};
}

pair pair_expm1(pair x) { return fabs(x.high) < 0.35 ? expm1_reduced(x) : plus_double(pair_exp(x), -1); }

// One step of Newton's method from the double's logarithm y: log(1 + u) = y + (1 + u) e^-y - 1 + O(2^-107), where
// (1 + u) e^-y - 1 = u + (e^-y - 1)(1 + u) keeps what is small.
pair pair_log1p(pair u) {
  if (u.high == 0) return u;
  if (u.high > 1 || u.high < -0.4) return pair_log(plus_double(u, 1));
  const double y = log1p(u.high);
  const pair e = pair_expm1(pair_of(-y));
  const pair rest = plus(u, plus(e, times(e, u)));
  return plus(pair_of(y), plus(rest, times_double(squared(rest), -0.5)));
}

pair pair_log(pair x) {
  if (!(x.high > 0) || x.high == INFINITY) return pair_of(log(x.high));
  int k;
  const double m = frexp(x.high, &k);
  if (m < 0.70710678118654752) k--;
  const pair reduced = {ldexp(x.high, -k), ldexp(x.low, -k)};
  const pair y = pair_log1p(plus_double(reduced, -1));
  return k ? plus(times_double(PAIR_LN2, k), y) : y;
}

// Σ over n of (-1)^n t^(2n + first) / (2n + first)!, |t| ≤ π/4.
static pair circular_series(pair t, int first) {
  const pair z = squared(t);
  pair sum = pair_of(1);
  for (int n = 26 + first; n > first; n -= 2) sum = minus(pair_of(1), divided_double(times(sum, z), n * (n - 1.0)));
  return first ? times(sum, t) : sum;
}

// sin π(x + quarter / 2): x = n/2 + r exactly.
static pair sine_of_quarters(double x, int quarter) {
  if (!isfinite(x)) return pair_of(NAN);
  const double turn = fmod(x, 2), n = nearbyint(2 * turn), r = turn - n / 2;
  const int q = ((int)n + quarter) & 3;
  const pair s = circular_series(times_double(PAIR_PI, r), !(q & 1));
  return q & 2 ? negated(s) : s;
}
pair pair_sin_pi(double x) { return sine_of_quarters(x, 0); }
pair pair_cos_pi(double x) { return sine_of_quarters(x, 1); }
