// The error function's relatives in pairs.
#ifndef CR_ERROR_H
#define CR_ERROR_H
#include "pair.h"

pair pair_erf(pair x);                 // |x| < 3.5
pair pair_erfcx(pair x);               // x > -3
// erfc x = 2^n · result, x ≥ 0.
pair pair_erfc_scaled(pair x, int *n);
#endif
