// The inverses of erf and of the normal distribution, with their slopes. A start to two digits (Winitzki 2008), two steps
// of Newton's method in doubles and two in pairs, on ln erfc in the tails, where it is nearly a parabola.
#include "error.h"
#include "special.h"

// t ≥ 0 with erfc t = tail ≤ ½.
static pair tail_inverse(pair tail) {
  const double l = log(tail.high) + log(2 - tail.high), a = 2 / (3.14159265358979 * 0.147) + l / 2;
  double t = sqrt(sqrt(a * a - l / 0.147) - a);
  const pair wanted = pair_log(tail);
  pair y = pair_of(t);
  for (int step = 0; step < 4; step++) {  // ln erfc y - ln tail, over its slope -2 / (√π erfcx y)
    const pair scaled_tail = pair_erfcx(y), miss = minus(minus(pair_log(scaled_tail), squared(y)), wanted);
    const double slope = -1.1283791670955126 / scaled_tail.high;
    const double move = miss.high / slope, bend = 2 * y.high + slope;  // second over first derivative, negated
    y = plus_double(minus(y, divided_double(miss, slope)), -0.5 * bend * move * move);
    if (fabs(move) < 1e-10 * y.high) break;
  }
  return y;
}

// t with erf t = w, |w| ≤ ½.
static pair middle_inverse(pair w) {
  const double v = w.high * 0.886226925452758, z = v * v;
  pair y = pair_of(v * (1 + z * (1.0 / 3 + z * (7.0 / 30 + z * (127.0 / 630 + z * 0.19)))));
  for (int step = 0; step < 4; step++) {
    const pair miss = minus(pair_erf(y), w);
    const double slope = 1.1283791670955126 * exp(-y.high * y.high), move = miss.high / slope;
    y = plus_double(minus(y, divided_double(miss, slope)), -y.high * move * move);
    if (fabs(move) <= 1e-10 * fabs(y.high)) break;
  }
  return y;
}

static pair inverse_of_erf(double w) {
  if (fabs(w) <= 0.5) return middle_inverse(pair_of(w));
  const pair y = tail_inverse(exact_sum(1, -fabs(w)));
  return w < 0 ? negated(y) : y;
}

// z/√2 for the quantile z of p.
static pair half_quantile(double p) {
  if (p > 0.25 && p < 0.75) return middle_inverse(scaled(exact_sum(p, -0.5), 2));
  if (p < 0.5) return negated(tail_inverse(scaled(pair_of(p), 2)));
  return tail_inverse(scaled(exact_sum(1, -p), 2));
}

double cr_erf_inverse(double w) {
  if (!(fabs(w) < 1)) return fabs(w) == 1 ? w * INFINITY : NAN;
  return w == 0 || fabs(w) < 1e-290 ? w * 0.88622692545275801 : rounded(inverse_of_erf(w));
}
// √π/2 e^(y²), y = erf⁻¹ w.
double cr_erf_inverse_slope(double w) {
  if (!(fabs(w) < 1)) return fabs(w) == 1 ? INFINITY : NAN;
  int n;
  const pair e = pair_exp_scaled(squared(inverse_of_erf(w)), &n);
  return rounded_scaled(scaled(times(e, PAIR_SQRT_PI), 0.5), n);
}

double cr_normal_quantile(double p) {
  if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
  return rounded(times(half_quantile(p), scaled(PAIR_SQRT_HALF, 2)));
}
// 1/φ(z) = √(2π) e^(z²/2).
double cr_normal_quantile_slope(double p) {
  if (!(p > 0 && p < 1)) return p == 0 || p == 1 ? INFINITY : NAN;
  int n;
  const pair e = pair_exp_scaled(squared(half_quantile(p)), &n);
  return rounded_scaled(times(times(e, PAIR_SQRT_PI), scaled(PAIR_SQRT_HALF, 2)), n);
}
