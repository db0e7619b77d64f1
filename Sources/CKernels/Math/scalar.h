// What the scalar column of opcodes.h needs beyond libm. Every comparison with NaN is false, so that it comes last.
#ifndef CR_SCALAR_H
#define CR_SCALAR_H
#include "../Special/special.h"
#include <math.h>

static inline double scalar_sign(double a) { return a > 0 ? 1 : a < 0 ? -1 : a == 0 ? 0 : a; }
static inline double scalar_heaviside(double a) { return a > 0 ? 1 : a <= 0 ? 0 : a; }
static inline double scalar_relu(double a) { return a > 0 ? a : a <= 0 ? 0 : a; }
static inline double scalar_maximum(double a, double b) { return a != a ? a : b != b ? b : a >= b ? a : b; }
static inline double scalar_minimum(double a, double b) { return a != a ? a : b != b ? b : a <= b ? a : b; }
static inline double scalar_sigmoid(double a) {
  const double e = exp(-fabs(a));  // never overflows
  return a >= 0 ? 1 / (1 + e) : e / (1 + e);
}
static inline double scalar_softplus(double a) { return scalar_relu(a) + log1p(exp(-fabs(a))); }
static inline double scalar_xlogy(double a, double b) { return a == 0 && b == b ? 0 : a * log(b); }
static inline double scalar_softsign(double a) { return isinf(a) ? copysign(1, a) : a / (1 + fabs(a)); }
static inline double scalar_sqrt1pm1(double a) { return a == INFINITY ? a : a / (1 + sqrt(1 + a)); }
#endif
