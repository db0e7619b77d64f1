// One vector of T, as wide as the instruction set allows: loads, masks, selection and rounding.
//
// Included once per element type (types.h), with CR_BYTES, CR_HAS_FMA, CR_MASKS for the instruction set.
// Everything is written with the compiler's generic vectors, so that one source serves all; only what they
// cannot say (masked loads and stores) is spelled per instruction set.

typedef T N(vec) __attribute__((vector_size(CR_BYTES)));
typedef T N(loose) __attribute__((vector_size(CR_BYTES), aligned(sizeof(T)), may_alias));
typedef I N(ivec) __attribute__((vector_size(CR_BYTES)));
typedef U N(uvec) __attribute__((vector_size(CR_BYTES)));
#define V N(vec)
#define VI N(ivec)
#define VU N(uvec)
#define LANES ((size_t)CR_BYTES / sizeof(T))

INLINE V N(load)(const T *p) { return *(const N(loose) *)p; }
INLINE void N(store)(T *p, V v) { *(N(loose) *)p = v; }
// x - 0 is x for every x, −0 and NaN included.
INLINE V N(splat)(T x) { return x - (V){0}; }

// Lanes of a where the mask is set (all bits), of b elsewhere.
INLINE V N(select)(VI mask, V a, V b) { return (V)((mask & (VI)a) | (~mask & (VI)b)); }
INLINE V N(abs)(V x) { return (V)((VU)x & ((VU){0} + ((U)-1 >> 1))); }
INLINE V N(with_sign)(V magnitude, V sign) {
  const VU bit = (VU){0} + ((U)1 << (8 * sizeof(T) - 1));
  return (V)(((VU)magnitude & ~bit) | ((VU)sign & bit));
}
INLINE bool N(any)(VI mask) { return __builtin_reduce_or(mask) != 0; }

INLINE V N(sqrt)(V x) { return __builtin_elementwise_sqrt(x); }
// a·b + c, rounded once where the hardware can.
INLINE V N(fma)(V a, V b, V c) {
#if CR_HAS_FMA
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}
// a·b = high + low exactly.
INLINE V N(two_product)(V a, V b, V *low) {
  const V high = a * b;
#if CR_HAS_FMA
  *low = __builtin_elementwise_fma(a, b, -high);
#else
  // Veltkamp: split each factor in halves whose products are exact.
  const T split = (T)(((U)1 << ((MANTISSA + 2) / 2)) + 1);
  const V ta = a * split, tb = b * split;
  const V ah = ta - (ta - a), bh = tb - (tb - b), al = a - ah, bl = b - bh;
  *low = ((ah * bh - high) + ah * bl + al * bh) + al * bl;
#endif
  return high;
}

// Σ c[k] x^k by Horner's rule; the chains of neighbouring vectors overlap.
INLINE V N(polynomial)(V x, const T *c, int terms) {
  V y = N(splat)(c[terms - 1]);
  UNROLL for (int k = terms - 2; k >= 0; k--) y = N(fma)(y, x, N(splat)(c[k]));
  return y;
}

// 2^n for −BIAS < n ≤ BIAS.
INLINE V N(power_of_two)(VI n) { return (V)((n + BIAS) << MANTISSA); }
// x · 2^k for a whole |k| < 2 BIAS, n the same as integers; results may be denormal or overflow.
INLINE V N(scale)(V x, V k, VI n) {
#if CR_MASKS == 512
  (void)n;
  return (V)N(mm512_scalef)(x, k);
#else
  (void)k;  // in two steps
  const VI half = (VI)((VU)(n + 4 * BIAS) >> 1) - 2 * BIAS;
  return x * N(power_of_two)(half) * N(power_of_two)(n - half);
#endif
}

// 2^(k - 1) for −BIAS + 1 < k ≤ BIAS + 1.
INLINE V N(half_power)(V k, VI n) {
#if CR_MASKS == 512
  return N(scale)(N(splat)((T)0.5), k, n);
#else
  (void)k;
  return N(power_of_two)(n - 1);
#endif
}

INLINE V N(floor)(V x) {
#if CR_HAS_ROUND
  return __builtin_elementwise_floor(x);
#else
  // Nearest integer by MAGIC, one less where that went up; from 2^MANTISSA on every value is an integer.
  const V m = N(splat)((T)MAGIC * (T)(2.0 / 3)), big = N(abs)(x);
  V r = N(with_sign)((big + m) - m, x);
  r = N(select)(r > x, r - 1, r);
  return N(select)(big < m, N(with_sign)(r, x), x);
#endif
}

// The first n lanes (0 < n ≤ LANES); the rest reads as 0 and is not touched.
#if CR_MASKS == 512
typedef N(mask16) N(mask);
INLINE N(mask) N(first)(size_t n) { return (N(mask))((1u << n) - 1); }
INLINE V N(load_masked)(const T *p, N(mask) m) { return (V)N(mm512_load)(m, p); }
INLINE void N(store_masked)(T *p, N(mask) m, V v) { N(mm512_store)(p, m, v); }
#elif CR_MASKS == 256
typedef VI N(mask);
INLINE N(mask) N(first)(size_t n) { return N(lane_number) < (I)n; }
INLINE V N(load_masked)(const T *p, N(mask) m) { return (V)N(mm256_load)(p, m); }
INLINE void N(store_masked)(T *p, N(mask) m, V v) { N(mm256_store)(p, m, v); }
#else
typedef size_t N(mask);
INLINE N(mask) N(first)(size_t n) { return n; }
INLINE V N(load_masked)(const T *p, N(mask) n) {
  if (n == LANES) return N(load)(p);
  V v = {0};
  for (size_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}
INLINE void N(store_masked)(T *p, N(mask) n, V v) {
  if (n == LANES) { N(store)(p, v); return; }
  for (size_t i = 0; i < n; i++) p[i] = v[i];
}
#endif
