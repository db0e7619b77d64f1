// Logarithms to base 2 and 10, 2^x and the cube root.

#if MANTISSA == 52
#define SMALLEST_NORMAL 0x1p-1022
#define LIFT_BITS 54  // a multiple of 3
#define LOG_LOW_BITS 32
#define CUBE_LOW_BITS 36  // 17 bits stay, and a cube of 17 bits is exact
#define EXP2_LOWEST -1080
#define LN2 0x1.62e42fefa39efp-1
// ∛m for m in [√½, √2]: 9.2e-6, relative
static const T N(CBRT_P)[] = {0x1.ce81d6be50c31p-2, 0x1.cf44420212ae0p-1, -0x1.123e03d770a91p-1, 0x1.bc4965877cb99p-3,
                              -0x1.358f46c1b6bdep-5};
// log_b 2, of which 42 bits and an exponent multiply exactly, and 1 / ln b, of which 32 bits and 21 do
static const T N(TWO_TO_BASE_10)[] = {0x1.34413509f7800p-2, 0x1.fef311f12b358p-46};
static const T N(BASE_10)[] = {0x1.bcb7b15200000p-2, 0x1.b9438ca9aadd5p-36};
static const T N(BASE_2)[] = {0x1.7154765200000p+0, 0x1.705fc2eefa200p-33};
#else
#define SMALLEST_NORMAL 0x1p-126f
#define LIFT_BITS 24
#define LOG_LOW_BITS 12
#define CUBE_LOW_BITS 16
#define EXP2_LOWEST -160
#define LN2 0x1.62e430p-1f
static const T N(CBRT_P)[] = {0x1.1b7f54p-1f, 0x1.1b798ap-1f, -0x1.b83986p-4f};  // 6.4e-4
static const T N(TWO_TO_BASE_10)[] = {0x1.3442p-2f, -0x1.95ec1p-19f};
static const T N(BASE_10)[] = {0x1.bccp-2f, -0x1.09d5b2p-15f};
static const T N(BASE_2)[] = {0x1.716p+0f, -0x1.7135a8p-13f};
#endif
static const T N(WHOLE)[] = {1, 0};

// x rounded to the digits above its last few bits.
INLINE V N(cut)(V x, int bits) {
  const U half = (U)1 << (bits - 1);
  return (V)(((VU)x + half) & ~((VU){0} + (2 * half - 1)));
}

// Multiplies what is below the normal numbers by a power of two; its exponent, negated, comes back.
INLINE V N(lift_denormals)(V *x) {
  const VI tiny = *x < SMALLEST_NORMAL;
  *x = N(select)(tiny, *x * (T)((U)1 << LIFT_BITS), *x);
  return (V)(tiny & (VI)N(splat)(-LIFT_BITS));
}

// ——— logarithms ———
// log_b x = k log_b 2 + log m / ln b, and one rounding at the end only: log m = high + low with high so short that its
// product with the first part of 1 / ln b is exact (the way of FreeBSD's libm). From log m = f - f²/2 + …, f = m - 1:
// high is f - f²/2 rounded to its first digits, and f - high is exact. Powers of the base come out whole: those of 2
// because f = 0, those of 10 because the error before the last rounding is far below ½ ulp.
INLINE V N(log_parts)(V f, V *low) {
  const V half = (T)0.5 * f * f, high = N(cut)(f - half, LOG_LOW_BITS);
#if MANTISSA == 52
  const V s = f / (f + 2), z = s * s;
  const V tail = s * N(fma)(z, POLY(z, LOG_P), half);
#else
  const V tail = f * f * f * POLY(f, LOG_P32);
#endif
  *low = ((f - high) - half) + tail;
  return high;
}
INLINE V N(log_to_base)(V x, const T two[2], const T base[2]) {
  const bool special = N(any)(~((x >= SMALLEST_NORMAL) & (x < (T)INFINITY)));
  const V kept = x;
  V k, shift = N(splat)(0), low;
  if (special) shift = N(lift_denormals)(&x);
  const V m = N(split_exponent)(x, &k), high = N(log_parts)(m - 1, &low);
  k = k + shift;
  const V whole = k * two[0], first = high * base[0], sum = whole + first, lost = (whole - sum) + first;
  V y = sum + (lost + N(fma)(low + high, N(splat)(base[1]), N(fma)(low, N(splat)(base[0]), k * two[1])));
  if (special) {
    y = N(select)(kept == (T)INFINITY, kept, y);
    y = N(select)(kept == 0, N(splat)(-(T)INFINITY), y);
    y = N(select)(~(kept >= 0), N(splat)(NAN), y);
  }
  return y;
}
INLINE V N(log2)(V x) { return N(log_to_base)(x, N(WHOLE), N(BASE_2)); }
INLINE V N(log10)(V x) { return N(log_to_base)(x, N(TWO_TO_BASE_10), N(BASE_10)); }

// ——— 2^x = 2^n e^(r ln 2), n = round x: r = x - n is exact, and whole x gives 2^x itself. ———
INLINE V N(exp2)(V x) {
  x = N(select)(x > BIAS + 2, N(splat)(BIAS + 2), x);
  x = N(select)(x < EXP2_LOWEST, N(splat)(EXP2_LOWEST), x);
  const V t = x + (T)MAGIC, k = t - (T)MAGIC, r = (x - k) * LN2;
  const VI n = (VI)t - (VI)N(splat)(MAGIC);
#if MANTISSA == 52
  const V q = N(polynomial)(r, EXP_Q, sizeof EXP_Q / sizeof *EXP_Q);
#else
  const V q = N(polynomial)(r, EXP_Q32, sizeof EXP_Q32 / sizeof *EXP_Q32);
#endif
  return N(scale)(N(fma)(r * r, q, r) + 1, k, n);
}

// ——— cube root ———
// |x| = 8^q y with y = 2^j m, m in [√½, √2), j one of -1, 0, 1. A polynomial for ∛m times ∛2^j, rounded to t of so few
// digits that t³ is exact, makes y - t³ exact as well, and with e = (y - t³) / t³
//
//   ∛y = t (1 + e)^⅓ = t + t e (⅓ - e/9 + 5 e²/81 - …).
//
// The short t is FreeBSD's; one step of high order replaces two divisions. The correction is small, so the last sum
// makes nearly all of the error, and cubes have exact roots.
static const T N(CBRT_SERIES)[] = {(T)(1.0 / 3), (T)(-1.0 / 9), (T)(5.0 / 81)};
INLINE V N(cbrt)(V x) {
  V a = N(abs)(x), k, shift = N(splat)(0);
  if (N(any)(a < SMALLEST_NORMAL)) shift = N(lift_denormals)(&a);
  const V m = N(split_exponent)(a, &k);
  k = k + shift;
  const V third = N(fma)(k, N(splat)((T)(1.0 / 3)), N(splat)(MAGIC)), j = k - 3 * (third - (T)MAGIC);
  const VI up = j > 0, down = j < 0;
  const V y = m * N(select)(up, N(splat)(2), N(select)(down, N(splat)((T)0.5), N(splat)(1)));
  const V factor = N(select)(up, N(splat)((T)1.25992105), N(select)(down, N(splat)((T)0.793700526), N(splat)(1)));
  const V t = N(cut)(factor * POLY(m, N(CBRT_P)), CUBE_LOW_BITS);
  const V cube = t * t * t, e = (y - cube) / cube;
  const V r = N(fma)(t * e, POLY(e, N(CBRT_SERIES)), t) * N(power_of_two)((VI)third - (VI)N(splat)(MAGIC));
  return N(with_sign)(N(select)((a > 0) & (a < (T)INFINITY), r, a), x);  // the sign last, as in asinh
}

#undef SMALLEST_NORMAL
#undef LIFT_BITS
#undef LOG_LOW_BITS
#undef CUBE_LOW_BITS
#undef EXP2_LOWEST
#undef LN2
