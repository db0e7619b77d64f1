// Modified Bessel functions of whole order: power series (DLMF 10.25.2, positive terms), Hankel's expansion from 30 on
// (DLMF 10.40.1).
#include "gamma.h"
#include "special.h"

enum { HIGHEST_ORDER = 1000, HIGHEST_DERIVATIVE = 12 };

// The derivative of order j of I_n at x > 0: Σ (2m+n)_j x^(2m+n-j) / (2^(2m+n) m! (m+n)!).
static pair series(int n, int j, double x) {
  int m = n >= j ? 0 : (j - n + 1) / 2;
  const int degree = 2 * m + n;
  pair term = pair_of(1);  // x^(degree-j) (degree)_j / (2^degree m! (m+n)!)
  for (int k = 1; k <= degree; k++) term = scaled(times_double(term, k), 0.5);
  for (int k = 1; k <= m; k++) term = divided_double(term, k);
  for (int k = 1; k <= m + n; k++) term = divided_double(term, k);
  for (int k = 1; k <= degree - j; k++) term = divided_double(times_double(term, x), k);
  const pair z = scaled(exact_product(x, x), 0.25);
  pair sum = term;
  for (; term.high > 1e-36 * sum.high && m < 2000; sum = plus(sum, term)) {
    const double d = 2 * m + n;
    m++;
    term = divided_double(times(term, z), (double)m * (m + n));
    if (j) term = divided_double(times_double(term, (d + 1) * (d + 2)), (d + 1 - j) * (d + 2 - j));
  }
  return sum;
}

// √(2πx) times the derivative of order j of e^-x I_n: Σ (-1)^i a_i(n) (-1)^j (i + ½)_j / x^(i+j).
static pair expansion(int n, int j, double x) {
  pair term = pair_of(1), sum = pair_of(0);  // (-1)^i a_i / x^i
  double least = INFINITY;
  for (int i = 0; i < 120; i++) {
    pair part = term;
    for (int k = 0; k < j; k++) part = divided_double(times_double(part, -(i + 0.5 + k)), x);
    const double size = fabs(part.high);
    if (i > n && size > least) break;
    if (i > n) least = size;
    sum = plus(sum, part);
    if (size < 1e-36 * fabs(sum.high) || size == 0) break;
    const double odd = 2 * i + 1;
    term = divided_double(divided_double(times_double(term, -(4.0 * n * n - odd * odd)), 8.0 * (i + 1)), x);
  }
  return sum;
}

static pair over_root(pair y, double x) { return divided(y, root(times_double(PAIR_PI, 2 * x))); }
static bool is_far(int n, double x) { return x > 30 && x > n * n; }

double cr_bessel_i(double order, double x) {
  const double whole = floor(order);
  if (!(fabs(whole) <= HIGHEST_ORDER) || x != x) return NAN;
  const int n = (int)fabs(whole);
  const double a = fabs(x);
  const bool is_negative = x < 0 && (n & 1);
  double y;
  if (a > 720) {
    y = INFINITY;
  } else if (!is_far(n, a)) {
    y = a == 0 ? n == 0 : rounded(series(n, 0, a));
  } else {
    int k;
    const pair e = pair_exp_scaled(pair_of(a), &k);
    y = rounded_scaled(over_root(times(e, expansion(n, 0, a)), a), k);
  }
  return is_negative ? -y : y;
}

// The derivative of order j of e^-|x| I_n(x); at 0 the mean of both sides.
double cr_bessel_i_scaled(double order, double derivative, double x) {
  const double whole = floor(order), times_derived = floor(derivative);
  if (!(fabs(whole) <= HIGHEST_ORDER) || x != x) return NAN;
  if (!(times_derived >= 0 && times_derived <= HIGHEST_DERIVATIVE)) return NAN;
  const int n = (int)fabs(whole), j = (int)times_derived;
  const double a = fabs(x);
  if (isinf(x)) return 0;
  if (a == 0 && ((n + j) & 1)) return 0;
  double y;
  if (is_far(n, a)) {
    y = rounded(over_root(expansion(n, j, a), a));
  } else {  // e^-x Σ binomial(j, i) (-1)^(j-i) I_n⁽ⁱ⁾
    pair sum = pair_of(0);
    double binomial = 1;
    for (int i = j; i >= 0; i--) {
      sum = plus(sum, times_double(series(n, i, a), (j - i) & 1 ? -binomial : binomial));
      binomial = binomial * i / (j - i + 1);
    }
    y = rounded(times(pair_exp(pair_of(-a)), sum));
  }
  return x < 0 && ((n + j) & 1) ? -y : y;
}

double cr_bessel_i0(double x) { return cr_bessel_i(0, x); }
double cr_bessel_i1(double x) { return cr_bessel_i(1, x); }
double cr_bessel_i0e(double x) { return cr_bessel_i_scaled(0, 0, x); }
double cr_bessel_i1e(double x) { return cr_bessel_i_scaled(1, 0, x); }
