// The gamma function's relatives in pairs, for the other special functions.
#ifndef CR_GAMMA_H
#define CR_GAMMA_H
#include "pair.h"

pair pair_log_gamma(pair x);           // x > 0
pair pair_polygamma(int n, pair x);    // x > 0
pair pair_log_beta(double a, double b);  // a, b > 0
// ln Γ(x) - ((x - ½) ln x - x + ½ ln 2π) for x ≥ 25.
pair pair_stirling_rest(pair x);
// ln x - ψ(x) for x ≥ 25.
pair pair_log_less_digamma(pair x);
// ψ⁽ⁿ⁾(a + b) - ψ⁽ⁿ⁾(a).
pair pair_polygamma_difference(int n, double a, double b);
// a to a whole power n ≥ 0.
pair pair_power(pair a, int n);
#endif
