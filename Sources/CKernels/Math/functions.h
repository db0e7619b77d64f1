// The vector mathematics of one element type, with short names for what it is made of.
#define SPLAT N(splat)
#define FMA N(fma)
#define SELECT N(select)
#define POLY(x, c) N(polynomial)(x, c, sizeof(c) / sizeof *(c))
#if MANTISSA == 52
#include "math_f64.h"
#include "special_f64.h"
#else
#include "math_f32.h"
#endif
#include "rounding.h"
#include "hyperbolic.h"
#include "inverse.h"
#include "powers.h"
#include "lanes.h"
#include "bell.h"
