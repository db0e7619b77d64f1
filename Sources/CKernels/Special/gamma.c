// lgamma, digamma and polygamma, beta: Stirling's series (DLMF 5.11.1, 5.15.8) after a shift to x ≥ 25, reflection
// below 0 (DLMF 5.5.3, 5.15.6), Taylor series where the value passes 0 (lgamma at 1 and 2, digamma at 1.4616).
#include "gamma.h"
#include "gamma_tables.h"
#include "special.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))
enum { SHIFTED = 25, HIGHEST_ORDER = 100 };

pair pair_power(pair a, int n) {
  pair y = pair_of(1);
  for (; n > 0; n >>= 1, a = squared(a))
    if (n & 1) y = times(y, a);
  return y;
}

static pair factorial(int n) {
  pair y = pair_of(1);
  for (int k = 2; k <= n; k++) y = times_double(y, k);
  return y;
}

// ——— ln Γ ———
pair pair_stirling_rest(pair x) {
  const pair r = reciprocal_of(x), z = squared(r);
  pair sum = pair_of(0);
  for (int k = COUNT(BERNOULLI); k > 0; k--)
    sum = plus(times(sum, z), divided_double(BERNOULLI[k - 1], 2.0 * k * (2.0 * k - 1)));
  return times(sum, r);
}

static pair stirling(pair x) {
  const pair l = pair_log(x), main = times(x, plus_double(l, -1));
  if (x.high > 1e30) return main;
  return plus(plus(main, scaled(l, -0.5)), plus(PAIR_LOG_ROOT_2PI, pair_stirling_rest(x)));
}

pair pair_log_gamma(pair x) {
  if (x.high > SHIFTED) return stirling(x);
  pair d = plus_double(x, -1);
  if (fabs(d.high) <= 0.25) return times(d, polynomial(d, LOG_GAMMA, COUNT(LOG_GAMMA)));
  d = plus_double(x, -2);
  if (fabs(d.high) <= 0.25) return plus(pair_log1p(d), times(d, polynomial(d, LOG_GAMMA, COUNT(LOG_GAMMA))));
  if (x.high < 0.25)  // ln Γ(1 + x) - ln x
    return minus(times(x, polynomial(x, LOG_GAMMA, COUNT(LOG_GAMMA))), pair_log(x));
  pair product = x;
  for (x = plus_double(x, 1); x.high < SHIFTED; x = plus_double(x, 1)) product = times(product, x);
  return minus(stirling(x), pair_log(product));
}

static pair log_gamma_anywhere(double x) {
  if (x > 0) return pair_log_gamma(pair_of(x));
  const pair s = pair_sin_pi(x), product = times_double(s, x);
  const pair magnitude = product.high < 0 ? negated(product) : product;
  return minus(pair_log(divided(PAIR_PI, magnitude)), pair_log_gamma(pair_of(-x)));
}

static bool is_pole(double x) { return x <= 0 && x == floor(x); }

double cr_lgamma(double x) {
  if (x != x) return x;
  if (is_pole(x) || fabs(x) > 2.5563481638716906e305) return INFINITY;
  if (x < 0 && x > -1e-17) return -log(-x);
  return rounded(log_gamma_anywhere(x));
}

// ——— polygamma ———
// (-1)^(n+1) ψ⁽ⁿ⁾ = n!/(2 x^(n+1)) + (n-1)!/xⁿ + Σ B_2k (2k+n-1)! / ((2k)! x^(2k+n)); for n = 0 the second is -ln x.
static pair polygamma_shifted(int n, pair x) {
  pair sum = pair_of(0);
  const double start = SHIFTED + n;
  for (; x.high < start; x = plus_double(x, 1)) sum = plus(sum, reciprocal_of(pair_power(x, n + 1)));
  const pair r = reciprocal_of(x), z = squared(r), power = pair_power(r, n);
  // w_k = (2k+n-1)! / ((2k)! (n-1)!) (or (2k-1)!/(2k)! for n = 0), from its predecessor
  pair tail = pair_of(0), zk = z, w = n ? scaled(times_double(pair_of(n), n + 1.0), 0.5) : pair_of(0.5);
  for (int k = 1; k <= COUNT(BERNOULLI); k++) {
    const pair term = times(times(BERNOULLI[k - 1], w), zk);
    tail = plus(tail, term);
    if (fabs(term.high) < 1e-34) break;
    zk = times(zk, z);
    const double up = n ? (2.0 * k + n) * (2.0 * k + n + 1) : 2.0 * k * (2.0 * k + 1);
    w = divided_double(times_double(w, up), (2.0 * k + 1) * (2.0 * k + 2));
  }
  if (n == 0) return minus(minus(minus(pair_log(x), scaled(r, 0.5)), tail), sum);
  // (n-1)! x⁻ⁿ (1 + n/(2x) + tail) + n! Σ 1/(x + i)ⁿ⁺¹
  const pair first = times(power, plus_double(plus(times_double(r, n / 2.0), tail), 1));
  const pair y = times(factorial(n - 1), plus(first, times_double(sum, n)));
  return n & 1 ? y : negated(y);
}

pair pair_log_less_digamma(pair x) {
  const pair r = reciprocal_of(x), z = squared(r);
  pair sum = pair_of(0);
  for (int k = COUNT(BERNOULLI); k > 0; k--) sum = times(plus(sum, divided_double(BERNOULLI[k - 1], 2.0 * k)), z);
  return plus(scaled(r, 0.5), sum);
}

pair pair_polygamma(int n, pair x) {
  if (n == 0 && fabs(x.high - ROOT[0]) <= 0.25) {
    const pair near = plus_double(plus_double(plus_double(x, -ROOT[0]), -ROOT[1]), -ROOT[2]);
    return times(near, polynomial(near, AT_ROOT, COUNT(AT_ROOT)));
  }
  return polygamma_shifted(n, x);
}

// π dⁿ/dxⁿ cot πx = π^(n+1) P_n(cot πx), P_0 = c, P_(n+1) = -(1 + c²) P_n'.
static pair cotangent_derivative(int n, double x) {
  pair p[HIGHEST_ORDER + 3] = {{0, 0}, {1, 0}};
  for (int m = 0; m < n; m++) {  // degree m + 1
    pair q[HIGHEST_ORDER + 3] = {{0, 0}};
    for (int k = 1; k <= m + 1; k++) {
      const pair d = times_double(p[k], -k);
      q[k - 1] = plus(q[k - 1], d);
      q[k + 1] = plus(q[k + 1], d);
    }
    for (int k = 0; k <= m + 2; k++) p[k] = q[k];
  }
  const pair c = divided(pair_cos_pi(x), pair_sin_pi(x));
  return times(polynomial(c, p, n + 2), pair_power(PAIR_PI, n + 1));
}

// Anywhere but at poles.
static pair polygamma_anywhere(int n, pair x) {
  if (x.high > 0) return pair_polygamma(n, x);
  if (x.low != 0) {
    const pair at = polygamma_anywhere(n, pair_of(x.high)), slope = polygamma_anywhere(n + 1, pair_of(x.high));
    return plus(at, times_double(slope, x.low));
  }
  const pair reflected = pair_polygamma(n, plus_double(negated(x), 1));
  return minus(n & 1 ? negated(reflected) : reflected, cotangent_derivative(n, rounded(x)));
}

double cr_polygamma(double order, double x) {
  const double n = floor(order);
  if (!(n >= 0) || n > HIGHEST_ORDER || x != x) return NAN;
  const bool odd = fmod(n, 2) == 1;
  if (is_pole(x)) return odd && isfinite(x) ? INFINITY : NAN;
  if (x == INFINITY) return n == 0 ? INFINITY : odd ? 0 : -0.0;
  if (x == -INFINITY) return NAN;
  if (fabs(x) < 1e-60 && n == 0) return -1 / x;
  return rounded(polygamma_anywhere((int)n, pair_of(x)));
}

double cr_digamma(double x) { return cr_polygamma(0, x); }

pair pair_polygamma_difference(int n, double a, double b) {
  const pair s = exact_sum(a, b);
  const double room = a > 0 ? a : fmin(fabs(a), fabs(a - nearbyint(a)));  // the nearest pole
  if (fabs(b) < 1e-8 * room) {  // b ψ⁽ⁿ⁺¹⁾ + b²/2 ψ⁽ⁿ⁺²⁾ + …
    pair sum = pair_of(0);
    for (int k = 4; k > 0; k--)
      sum = divided_double(times_double(plus(sum, polygamma_anywhere(n + k, pair_of(a))), b), k);
    return sum;
  }
  return minus(polygamma_anywhere(n, s), polygamma_anywhere(n, pair_of(a)));
}

double cr_polygamma_difference(double order, double a, double b) {
  const double n = floor(order);
  if (!(n >= 0) || n > HIGHEST_ORDER - 4 || !isfinite(a) || !isfinite(b)) return NAN;
  if (is_pole(a) || is_pole(a + b)) return NAN;
  return b == 0 ? 0 : rounded(pair_polygamma_difference((int)n, a, b));
}

// ——— beta ———
// With a the larger, ln B = ln Γ(b) - (a - ½) ln(1 + b/a) - b ln(a + b) + b + rest(a) - rest(a + b), where ln Γ(a) and
// ln Γ(a + b) would cancel.
pair pair_log_beta(double a, double b) {
  if (a < b) { const double t = a; a = b; b = t; }
  const pair s = exact_sum(a, b), small = pair_log_gamma(pair_of(b));
  if (a < SHIFTED) return minus(plus(pair_log_gamma(pair_of(a)), small), pair_log_gamma(s));
  const pair spread = times(plus_double(pair_of(a), -0.5), pair_log1p(divided_double(pair_of(b), a)));
  const pair rests = minus(pair_stirling_rest(pair_of(a)), pair_stirling_rest(s));
  return plus(plus(minus(minus(small, spread), times_double(plus_double(pair_log(s), -1), b)), pair_of(0)), rests);
}

static int gamma_sign(double x) { return x > 0 || fmod(floor(x), 2) == 0 ? 1 : -1; }

double cr_beta(double a, double b) {
  if (a != a || b != b) return NAN;
  if (is_pole(a) || is_pole(b)) return INFINITY;
  if (isinf(a) || isinf(b)) return a > 0 && b > 0 ? 0 : NAN;
  int n;
  if (a > 0 && b > 0) {
    if (a < 1e-200 || b < 1e-200) return 1 / fmin(a, b) + (fmax(a, b) < 1e-200 ? 1 / fmax(a, b) : 0);
    const pair y = pair_exp_scaled(pair_log_beta(a, b), &n);
    return rounded_scaled(y, n);
  }
  if (is_pole(a + b)) return 0;
  if (fmin(a, b) > -100) {  // B(a, b) = B(a + 1, b) (a + b)/a, until both are positive
    pair factor = pair_of(1);
    for (; a < 0; a += 1) factor = times(factor, divided_double(exact_sum(a, b), a));
    for (; b < 0; b += 1) factor = times(factor, divided_double(exact_sum(a, b), b));
    const pair y = pair_exp_scaled(pair_log_beta(a, b), &n);
    return rounded_scaled(times(y, factor), n);
  }
  const pair l = minus(plus(log_gamma_anywhere(a), log_gamma_anywhere(b)), log_gamma_anywhere(a + b));
  const pair y = pair_exp_scaled(l, &n);
  return gamma_sign(a) * gamma_sign(b) * gamma_sign(a + b) * rounded_scaled(y, n);
}
