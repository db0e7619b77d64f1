// erfc, erfcx and its derivatives, the normal distribution: Kummer's series near 0 (DLMF 7.6.2), the continued fraction
// far out (DLMF 7.9.3), and the repeated integrals of erfc, whose scaled forms
//
//   F_n(x) = e^(x²) iⁿerfc x = 2/√π ∫₀^∞ tⁿ/n! e^(-t² - 2xt) dt > 0,    2n F_n = F_(n-2) - 2x F_(n-1),    F_(-1) = 2/√π,
//
// are the derivatives of erfcx = F_0 but for factors: F_n' = -2 (n + 1) F_(n+1) (DLMF 7.18).
#include "error.h"
#include "special.h"

enum { HIGHEST_ORDER = 60 };
static const double FAR = 3.5;

// e^(-x²) 2/√π Σ 2ⁿ x^(2n+1) / (2n+1)!!, all terms of one sign.
static pair series(pair x) {
  const pair z = squared(x);
  pair sum = pair_of(1);
  const int terms = 24 + (int)(4 * z.high + 12 * fabs(x.high));
  for (int n = terms; n > 0; n--) sum = plus_double(divided_double(times(scaled(sum, 2), z), 2 * n + 1), 1);
  return divided(times(scaled(x, 2), sum), PAIR_SQRT_PI);
}
pair pair_erf(pair x) { return times(series(x), pair_exp(negated(squared(x)))); }

pair pair_erfcx(pair x) {
  if (x.high < FAR) return minus(pair_exp(squared(x)), series(x));
  const int terms = 14 + (int)(800 / (x.high * x.high));
  pair y = x;
  for (int k = terms; k > 0; k--) y = plus(x, divided(pair_of(0.5 * k), y));
  return divided(reciprocal_of(PAIR_SQRT_PI), y);
}

pair pair_erfc_scaled(pair x, int *n) {
  *n = 0;
  if (x.high < FAR) return plus_double(negated(pair_erf(x)), 1);
  const pair e = pair_exp_scaled(negated(squared(x)), n);
  return times(e, pair_erfcx(x));
}

// F_0 … F_n. Forward where that is stable enough: the unwanted solution grows like e^(2x √(2n)) beside F_n; backward
// from far above otherwise (Miller).
static void integrals(pair x, int n, pair *f) {
  const pair first = divided(pair_of(2), PAIR_SQRT_PI);
  const double high = x.high;
  if (high * sqrt(2.0 * n + 2) < 12 && high < FAR) {
    f[0] = pair_erfcx(x);
    pair before = first;
    for (int k = 1; k <= n; k++) {
      f[k] = divided_double(minus(before, times(scaled(x, 2), f[k - 1])), 2 * k);
      before = f[k - 1];
    }
    return;
  }
  const double reach = sqrt(2.0 * n + 2) + 28 / high;
  int k = 4 + (int)(reach * reach / 2);
  pair above = pair_of(0), here = pair_of(1e-250);  // F_(k+1), F_k up to a factor
  for (; k >= 0; k--) {
    if (k <= n) f[k] = here;
    const pair below = plus(times_double(above, 2.0 * k + 2), times(scaled(x, 2), here));
    above = here, here = below;
    if (here.high > 1e200) {
      const double s = 0x1p-1000;
      here = scaled(here, s), above = scaled(above, s);
      for (int j = k; j <= n; j++) f[j] = scaled(f[j], s);
    }
  }
  const pair factor = divided(first, here);
  for (k = 0; k <= n; k++) f[k] = times(f[k], factor);
}

double cr_erfc(double x) {
  if (x != x) return x;
  if (x > 28) return 0;
  if (x < -6.5) return 2;
  int n = 0;
  const pair tail = pair_erfc_scaled(pair_of(fabs(x)), &n);
  return x < 0 && n > -200 ? rounded(plus_double((pair){-ldexp(tail.high, n), -ldexp(tail.low, n)}, 2))
         : x < 0           ? 2
                           : rounded_scaled(tail, n);
}

// The derivative of order n of erfcx: (-2)ⁿ n! F_n.
double cr_erfcx_derivative(double order, double x) {
  const double n = floor(order);
  if (!(n >= 0) || n > HIGHEST_ORDER || x != x) return NAN;
  const bool odd = fmod(n, 2) == 1;
  if (x == -INFINITY) return odd ? -INFINITY : INFINITY;
  if (x > 1e7) {  // ± n! / (√π x^(n+1)), what is left out is below n²/x²
    const double unit = x > 1e100 ? 0x1p-600 : 1, far = x * unit;
    pair y = divided(reciprocal_of(PAIR_SQRT_PI), pair_of(far));
    for (int k = 1; k <= (int)n; k++) y = divided_double(times_double(y, k), far);
    const double less = (n + 1) * (n + 2) / (2 * x) / (2 * x);
    y = x == INFINITY ? pair_of(0) : minus(y, times_double(y, less));
    const double size = rounded_scaled(y, unit < 1 ? -600 * ((int)n + 1) : 0);
    return odd ? -size : size;
  }
  pair f[HIGHEST_ORDER + 1];
  int scale = 0;
  if (x < -3) {  // every term is positive: 2 e^(x²) dominates F_0
    const pair e = pair_exp_scaled(squared(pair_of(x)), &scale);
    if (scale > 1100) return odd ? -INFINITY : INFINITY;
    const double unit = ldexp(1, -scale);
    f[0] = minus(scaled(e, 2), times_double(pair_erfcx(pair_of(-x)), unit));
    pair before = times_double(divided(pair_of(2), PAIR_SQRT_PI), unit);
    for (int k = 1; k <= (int)n; k++) {
      f[k] = divided_double(minus(before, times_double(f[k - 1], 2 * x)), 2 * k);
      before = f[k - 1];
    }
  } else {
    integrals(pair_of(x), (int)n, f);
  }
  pair y = f[(int)n];
  for (int k = 1; k <= (int)n; k++) y = times_double(y, -2.0 * k);
  return rounded_scaled(y, scale);
}
double cr_erfcx(double x) { return cr_erfcx_derivative(0, x); }

double cr_gaussian(double x) {
  if (x != x || fabs(x) > 1e3) return x != x ? x : 0;
  int n;
  const pair e = pair_exp_scaled(negated(exact_product(x, x)), &n);
  return rounded_scaled(e, n);
}

double cr_normal_density(double x) {
  if (x != x || fabs(x) > 1e3) return x != x ? x : 0;
  int n;
  const pair e = pair_exp_scaled(scaled(exact_product(x, x), -0.5), &n);
  return rounded_scaled(divided(times(e, PAIR_SQRT_HALF), PAIR_SQRT_PI), n);
}

// Φ(x) = 2^n · result.
static pair normal_scaled(double x, int *n) {
  const pair t = times_double(PAIR_SQRT_HALF, fabs(x));
  const pair tail = scaled(pair_erfc_scaled(t, n), 0.5);
  if (x <= 0) return tail;
  const pair whole = {ldexp(tail.high, *n), ldexp(tail.low, *n)};
  *n = 0;
  return plus_double(negated(whole), 1);
}

double cr_normal_cdf(double x) {
  if (x != x) return x;
  if (x < -39 || x > 9) return x > 0;
  int n;
  const pair y = normal_scaled(x, &n);
  return rounded_scaled(y, n);
}

// Below -1 the square leaves the exponential: ln Φ = ln(erfcx(t)/2) - t², t = -x/√2.
double cr_log_normal_cdf(double x) {
  if (x != x) return x;
  if (x == -INFINITY) return x;
  if (x > 38.6) return -0.0;
  const pair t = times_double(PAIR_SQRT_HALF, fabs(x));
  int n;
  if (x > 0) {
    const pair tail = scaled(pair_erfc_scaled(t, &n), 0.5);
    if (n < -300) return -rounded_scaled(tail, n);
    return rounded(pair_log1p((pair){-ldexp(tail.high, n), -ldexp(tail.low, n)}));
  }
  if (x > -1) return rounded(pair_log(scaled(pair_erfc_scaled(t, &n), 0.5)));
  if (x < -1e154) return -0.5 * x * x;
  return rounded(minus(pair_log(scaled(pair_erfcx(t), 0.5)), scaled(exact_product(x, x), 0.5)));
}

// φ/Φ: below 0, where both may vanish, √(2/π) / erfcx(-x/√2).
double cr_inverse_mills(double x) {
  if (x != x) return x;
  if (x < -1e9) return -x;
  if (x > 39) return 0;
  int n = 0, m = 0;
  const pair t = times_double(PAIR_SQRT_HALF, fabs(x));
  if (x <= 0) {
    const pair scale = divided(scaled(PAIR_SQRT_HALF, 2), PAIR_SQRT_PI);
    return rounded(divided(scale, pair_erfcx(t)));
  }
  const pair e = pair_exp_scaled(scaled(exact_product(x, x), -0.5), &n);
  return rounded_scaled(divided(divided(times(e, PAIR_SQRT_HALF), PAIR_SQRT_PI), normal_scaled(x, &m)), n);
}

// R_n = I_n / I_(n-1), where I_0 = Φ and I_n is the integral of I_(n-1) from -∞; with t = -x/√2 these are the scaled
// integrals above, I_n / I_(n-1) = √2 F_n(t) / F_(n-1)(t).
double cr_mills_ratio(double order, double x) {
  const double n = floor(order);
  if (!(n >= 1) || n > HIGHEST_ORDER || x != x) return NAN;
  if (x == INFINITY) return INFINITY;
  if (x < -1e9) return x == -INFINITY ? 0 : -1 / x;
  pair ratio;
  if (x <= 0) {
    pair f[HIGHEST_ORDER + 1];
    integrals(times_double(PAIR_SQRT_HALF, -x), (int)n, f);
    ratio = times(divided(f[(int)n], f[(int)n - 1]), scaled(PAIR_SQRT_HALF, 2));
  } else {  // n R_n = x + 1/R_(n-1), 1/R_0 = φ/Φ
    ratio = pair_of(0);
    int m = 0, k = 0;
    if (x < 39) {
      const pair e = pair_exp_scaled(scaled(exact_product(x, x), -0.5), &k);
      const pair hazard = divided(divided(times(e, PAIR_SQRT_HALF), PAIR_SQRT_PI), normal_scaled(x, &m));
      ratio = (pair){ldexp(hazard.high, k), ldexp(hazard.low, k)};
    }
    ratio = plus_double(ratio, x);
    for (int j = 2; j <= (int)n; j++) ratio = divided_double(plus_double(reciprocal_of(ratio), x), j);
  }
  return rounded(ratio);
}
