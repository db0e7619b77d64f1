// Hyperbolic sine and cosine. With |x| = n ln 2 + r as for the exponential, P = 2^n / 2 and M = 2^-n / 2, the addition
// theorems read, for s = sinh r and c = cosh r - 1,
//
//   sinh |x| = (P - M)(1 + c) + (P + M) s = P + ((P + M) s + (P - M) c - M)
//   cosh |x| = (P + M)(1 + c) + (P - M) s = P + ((P - M) s + (P + M) c + M).
//
// P is exact and what is added to it is smaller, so that its roundings count less; (e^|x| ± e^-|x|) / 2 would keep
// those of the exponential whole. For |x| < 1, where P - M would cancel, sinh is its own series, which serves s too.
// Everything is halved until the end: 2^n overflows before the results do, at |x| = 710.476 (89.416 in float).

// (sinh x / x - 1) / x² in x², |x| ≤ 1, with the relative error in sinh; (cosh r - 1 - r²/2) / r⁴ in r²,
// |r| ≤ ln 2 / 2, with the error in cosh
#if MANTISSA == 52
#define HYPERBOLIC_LIMIT 710.6
static const T N(SINH_P)[] = {0x1.5555555555556p-3, 0x1.1111111111020p-7, 0x1.a01a01a036c68p-13,  // 2.6e-19
                              0x1.71de3a3b6a822p-19, 0x1.ae646f97adec5p-26, 0x1.61171cffdba4bp-33,
                              0x1.b5bb774f30864p-41};
static const T N(COSH_P)[] = {0x1.5555555553125p-5, 0x1.6c16c17d0cae4p-10, 0x1.a019aa416ef29p-16,
                              0x1.28a0791a4dc59p-22};  // 5.5e-18
#else
#define HYPERBOLIC_LIMIT 89.5
static const T N(SINH_P)[] = {0x1.555556p-3f, 0x1.1110e2p-7f, 0x1.a02156p-13f, 0x1.75a6f4p-19f};  // 3.2e-10
static const T N(COSH_P)[] = {0x1.5554e6p-5f, 0x1.6d4f24p-10f};  // 1e-10
#endif

INLINE V N(sinh_series)(V r, V z) { return N(fma)(z * r, POLY(z, N(SINH_P)), r); }

// The halves P/2 and M/2 for |x|, and s and c.
typedef struct { V p, m, s, c; } N(hyperbolic_parts);
INLINE N(hyperbolic_parts) N(hyperbolic)(V magnitude) {
  V k;
  VI n;
  const V limit = N(splat)((T)HYPERBOLIC_LIMIT);
  const V r = N(reduce_exp)(N(select)(magnitude > limit, limit, magnitude), &k, &n), z = r * r;
  const VI both = n < 32;  // beyond, M is nothing beside P
  return (N(hyperbolic_parts)){
    .p = N(power_of_two)(n - 2),
    .m = (V)(both & (VI)N(power_of_two)(-2 - n)),
    .s = N(sinh_series)(r, z),
    .c = N(fma)(z * z, POLY(z, N(COSH_P)), z * (T)0.5),
  };
}

INLINE V N(sinh)(V x) {
  const V a = N(abs)(x), near = N(sinh_series)(a, a * a);
  const VI small = a < 1;
  if (!N(any)(~small)) return N(with_sign)(near, x);
  const N(hyperbolic_parts) h = N(hyperbolic)(a);
  const V sum = N(fma)(h.p + h.m, h.s, N(fma)(h.p - h.m, h.c, -h.m));
  return N(with_sign)(N(select)(small, near, 2 * (h.p + sum)), x);
}

INLINE V N(cosh)(V x) {
  const N(hyperbolic_parts) h = N(hyperbolic)(N(abs)(x));
  return 2 * (h.p + N(fma)(h.p - h.m, h.s, N(fma)(h.p + h.m, h.c, h.m)));
}

#undef HYPERBOLIC_LIMIT
