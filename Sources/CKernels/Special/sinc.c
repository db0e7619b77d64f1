// sinc x = sin(πx)/(πx) and its derivatives s_k. Differentiating x sinc x = sin(πx)/π k times gives
//
//   x s_k + k s_(k-1) = π^(k-1) sin(πx + kπ/2),
//
// which is stable upward for |πx| > k; below, the power series Σ (-1)^m π^2m x^(2m-k) / ((2m+1) (2m-k)!).
#include "gamma.h"
#include "special.h"

enum { HIGHEST_ORDER = 60 };

static pair near_zero(int k, pair t) {  // t = πx; π^k comes last
  const int first = (k + 1) / 2;
  const pair z = squared(t);
  pair term = pair_of(first & 1 ? -1 : 1), sum = pair_of(0);  // (-1)^m t^(2m-k) / (2m-k)!
  if (2 * first > k) term = times(term, t);
  for (int m = first; m < first + 80; m++) {
    const pair part = divided_double(term, 2 * m + 1);
    sum = plus(sum, part);
    if (fabs(part.high) < 1e-36 * fabs(sum.high) || term.high == 0) break;
    const double j = 2 * m - k;
    term = negated(divided_double(times(term, z), (j + 1) * (j + 2)));
  }
  return times(sum, pair_power(PAIR_PI, k));
}

double cr_sinc_derivative(double order, double x) {
  const double n = floor(order);
  if (!(n >= 0) || n > HIGHEST_ORDER || x != x) return NAN;
  if (fabs(x) >= 0x1p52) return 0;  // there are whole numbers only, and sinc is 0 at every one
  const int k = (int)n;
  const pair t = times_double(PAIR_PI, x);
  if (fabs(t.high) < fmin(fmax(6, 1.5 * k), 28)) {
    return fabs(x) < 1e-250 && (k & 1) ? rounded(times_double(near_zero(k + 1, pair_of(0)), x)) : rounded(near_zero(k, t));
  }
  const pair sine = pair_sin_pi(x), cosine = pair_cos_pi(x);
  pair power = reciprocal_of(PAIR_PI), s = pair_of(0);
  for (int j = 0; j <= k; j++) {
    const pair wave = j & 1 ? cosine : sine, turned = j & 2 ? negated(wave) : wave;
    s = divided_double(minus(times(power, turned), times_double(s, j)), x);
    power = times(power, PAIR_PI);
  }
  return rounded(s);
}
double cr_sinc(double x) { return cr_sinc_derivative(0, x); }
