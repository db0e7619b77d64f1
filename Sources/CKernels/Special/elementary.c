// Elementary functions of one or two numbers whose plain formulas cancel, overflow or underflow.
#include "pair.h"
#include "special.h"

// ln(eᵃ + eᵇ) = max + ln(1 + e^-|a-b|); in pairs, since the two may cancel.
double cr_log_add_exp(double a, double b) {
  if (a != a || b != b) return NAN;
  const double high = fmax(a, b), low = fmin(a, b);
  if (high - low > 750 || isinf(high)) return high;
  const pair d = exact_sum(low, -high);
  if (high > 1e6 || high < -1e6) return high + log1p(exp(d.high));
  return rounded(plus_double(pair_log1p(pair_exp(d)), high));
}

// eᵃ / (eᵃ + eᵇ), of the exact difference; 0 where both are 0, as there is nothing to share out.
double cr_sigmoid_of_difference(double a, double b) {
  if (a == b) return isinf(a) ? (a < 0 ? 0 : NAN) : 0.5;
  const pair d = exact_sum(a, -b);
  const double rest = fabs(d.high) < 1e4 ? d.low : 0;
  int n;
  if (d.high >= 0) {
    const double e = exp(-d.high);
    return 1 / (1 + e * (1 - rest));
  }
  if (d.high < -50) {
    const pair e = pair_exp_scaled((pair){d.high, rest}, &n);
    return rounded_scaled(e, n);
  }
  const double e = exp(d.high) * (1 + rest);
  return e / (1 + e);
}

// ln(1 - eˣ), x < 0 (Mächler, "Accurately computing log(1 - exp(-|a|))", 2012).
double cr_log1mexp(double x) {
  if (x > -0.6931471805599453) return log(-expm1(x));
  return log1p(-exp(x));
}

// -(1 + ln x) = -ln(ex), without cancelling at 1/e.
double cr_entropy_slope(double x) {
  if (!(x > 0.2 && x < 0.7)) return -(1 + log(x));
  static const pair E = {0x1.5bf0a8b145769p+1, 0x1.4d57ee2b1013ap-53};
  return -log1p(rounded(plus_double(times_double(E, x), -1)));
}

// a/√(a² + b²), and 0 at the origin; the scale does not matter.
double cr_direction(double a, double b) {
  if (a == 0 && b == 0) return 0;
  if (a != a || b != b) return NAN;
  if (isinf(a)) return copysign(isinf(b) ? 0.70710678118654752 : 1, a);
  if (isinf(b)) return copysign(0, a);
  int n;
  frexp(fmax(fabs(a), fabs(b)), &n);
  const double x = ldexp(a, -n), y = ldexp(b, -n);
  return x / hypot(x, y);
}

// a/(a² + b²), and 0 at the origin.
double cr_over_squares(double a, double b) {
  if (a == 0 && b == 0) return 0;
  if (isinf(a) || isinf(b)) return a != a || b != b ? NAN : copysign(0, a);
  int n;
  frexp(fmax(fabs(a), fabs(b)), &n);
  const double x = ldexp(a, -n), y = ldexp(b, -n), q = x / (x * x + y * y);
  if (fabs(q) > 1e-100 || x == 0) return ldexp(q, -n);
  int m;  // x lies far below y, and perhaps below the normal numbers
  const double f = frexp(a, &m);
  return ldexp(f / (y * y), m - 2 * n);
}

// a - b⌊a/b⌋ with the sign of b.
double cr_remainder(double a, double b) {
  const double r = fmod(a, b);
  if (r == 0) return copysign(0, b);
  return (r < 0) != (b < 0) ? r + b : r;
}
