// Inverse sine, cosine and their hyperbolic relatives. All but the first two are logarithms, and go through the
// reduction of log with what rounding the argument lost as a second number. The formulas that do not cancel are Kahan's
// ("Branch cuts for complex elementary functions", 1987); the sums that keep what they lose are Dekker's.

#if MANTISSA == 52
#define PI_HALF 0x1.921fb54442d18p+0
#define PI_HALF_LOW 0x1.1a62633145c07p-54
#define LN2_FIRST LN2_HIGH
#define LN2_REST LN2_LOW
#define NOTHING_LOST 0x1p60  // 1 + x is x
#define ONE_IS_NOTHING 0x1p30  // beside x²
// R below for z ≤ ¼ and (artanh s / s - 1) / s² in s² for |s| ≤ ⅓, with the relative errors in asin and artanh
static const T N(ASIN_P)[] = {0x1.5555555555387p-3, 0x1.333333336f89fp-4, 0x1.6db6db41d37edp-5, 0x1.f1c72c6d51caep-6,
                              0x1.6e89ef7b3329fp-6, 0x1.1c6c2798cb84bp-6, 0x1.c6f8819fc296ep-7, 0x1.8ee4880975d82p-7,
                              0x1.aab4d628b4772p-8, 0x1.40b102ea64733p-6, -0x1.0af3605130810p-6,
                              0x1.05cdd3820bbbfp-5};  // 1.6e-17
static const T N(ATANH_P)[] = {0x1.5555555555535p-2, 0x1.99999999a0856p-3, 0x1.2492492084c36p-3, 0x1.c71c741fe7467p-4,
                               0x1.745cb38e67062p-4, 0x1.3b1de443b74a8p-4, 0x1.106759577829dp-4, 0x1.efde7c5f424aap-5,
                               0x1.5597ee52a84edp-5, 0x1.5c8e83f1d39ebp-4};  // 3.8e-18
#else
#define PI_HALF 0x1.921fb6p+0f
#define PI_HALF_LOW -0x1.777a5cp-25f
#define LN2_FIRST LN2_HIGH32
#define LN2_REST LN2_LOW32
#define NOTHING_LOST 0x1p30f
#define ONE_IS_NOTHING 0x1p15f
static const T N(ASIN_P)[] = {0x1.5555cap-3f, 0x1.33016ap-4f, 0x1.748a2cp-5f,  // 5e-9
                              0x1.8bb532p-6f, 0x1.59cc9cp-5f};
static const T N(ATANH_P)[] = {0x1.5555p-2f, 0x1.99d29ep-3f, 0x1.1eb3a2p-3f, 0x1.1f0578p-3f};  // 4.6e-9
#endif

// ——— arcsine and arccosine ———
// With z = x² below ½ and z = (1 - |x|) / 2, which is exact, from there on, the half-angle formula gives
//
//   asin |x| = u + u z R(z),  u = |x|    or    π/2 - (u + u z R(z)),  u = 2 √z,    R(z) = (asin √z / √z - 1) / z.
//
// acos x = π/2 - asin x then is base + v (1 + z R(z)) with v = ∓u and 0, π/2 or π as the base, and no difference
// cancels. base + v keeps what it lost, so that the roundings of u and of the last sum are all that show.
typedef struct { VI near; V size, series; } N(half_angle);
INLINE N(half_angle) N(halve_angle)(V a) {
  const VI near = a < (T)0.5;
  const V z = N(select)(near, a * a, (T)0.5 - (T)0.5 * a);
  return (N(half_angle)){near, N(select)(near, a, 2 * N(sqrt)(z)), z * POLY(z, N(ASIN_P))};
}
INLINE V N(angle_sum)(V base, V low, V v, V series) {
  const V sum = base + v, lost = (base - sum) + v;  // |base| ≥ |v| or base = 0
  return sum + (lost + N(fma)(v, series, low));
}
INLINE V N(asin)(V x) {
  const N(half_angle) h = N(halve_angle)(N(abs)(x));
  const V base = (V)(~h.near & (VI)N(splat)(PI_HALF)), low = (V)(~h.near & (VI)N(splat)(PI_HALF_LOW));
  return N(with_sign)(N(angle_sum)(base, low, N(select)(h.near, h.size, -h.size), h.series), x);
}
INLINE V N(acos)(V x) {
  const N(half_angle) h = N(halve_angle)(N(abs)(x));
  const V far = (V)((x < 0) & (VI)N(splat)(2));  // in units of π/2
  const V quarters = N(select)(h.near, N(splat)(1), far);
  const V v = N(with_sign)(h.size, N(select)(h.near, -x, x));
  return N(angle_sum)(quarters * PI_HALF, quarters * PI_HALF_LOW, v, h.series);
}

// ——— inverse hyperbolic sine and cosine ———
// log(1 + a + b + low) + whole · ln 2 for |a| ≥ |b|, the sum above -½. Of a + b and of 1 + a + b nothing is lost:
// 1 + a + b + low = 2^k (1 + f + rest), and log(1 + f + rest) = log(1 + f) + rest (1 - f + …).
INLINE V N(log1p_sum)(V a, V b, V low, V whole) {
  const V h = a + b, u = h + 1, back = u - 1;
  const V lost = ((1 - (u - back)) + (h - back)) + (((a - h) + b) + low);
  V k;
  const V m = N(split_exponent)(u, &k), m1 = m - 1;
  const VU ratio = (VU)m - (VU)u + (VU)N(splat)(1);  // the bits of 2^-k
  const V shifted = N(select)(h < NOTHING_LOST, lost * (V)ratio, N(splat)(0));
  const V f = m1 + shifted, left = shifted - (f - m1), rest = N(fma)(-f, left, left);
  k = k + whole;
#if MANTISSA == 52  // log_core with the rest inside the smallest sum
  const V s = f / (f + 2), z = s * s, half = (T)0.5 * f * f;
  const V series = N(fma)(z, POLY(z, LOG_P), half);
  const V inner = N(fma)(s, series, k * LN2_REST + rest);
  return N(fma)(k, N(splat)(LN2_FIRST), f - (half - inner));
#else
  const V z = f * f, series = POLY(f, LOG_P32);
  const V tail = N(fma)(z * f, series, N(fma)(k, N(splat)(LN2_REST), rest - (T)0.5 * z));
  return N(fma)(k, N(splat)(LN2_FIRST), f + tail);
#endif
}

// asinh |x| = log(|x| + √(x² + 1)) = log(1 + |x| + x² / (1 + √(x² + 1))); for large x, where x² may overflow,
// log 2x = ln 2 + log(1 + (x - 1)).
INLINE V N(asinh)(V x) {
  const V a = N(abs)(x), square = a * a;
  const VI large = a > ONE_IS_NOTHING;
  const V b = N(select)(large, N(splat)(-1), square / (1 + N(sqrt)(square + 1)));
  const V y = N(log1p_sum)(a, b, N(splat)(0), (V)(large & (VI)N(splat)(1)));
  // The sign last: with AVX-512, LLVM 21 mixes up the operands of a selection between with_sign(y, x) and x itself.
  return N(with_sign)(N(select)(a < (T)INFINITY, y, a), x);
}

// acosh x = log(x + √(x² - 1)) = log(1 + q + t) with t = x - 1, exact, and q = √(2 t + t²). Near 1 the result is about
// q, so q comes with its remainder (w - q²) / 2 q, w = 2 t + t² in two parts (the second only matters for small t).
INLINE V N(acosh)(V x) {
  const V t = x - 1, twice = t + t;
  const VI large = x > ONE_IS_NOTHING;
  const V w = N(fma)(t, t, twice), w_low = N(fma)(t, t, twice - w);
  const V q = N(select)(large, N(splat)(0), N(sqrt)(w));
  V square_low;
  const V square = N(two_product)(q, q, &square_low), remainder = ((w - square) - square_low) + w_low;
  const V q_low = N(select)(large, N(splat)(0), remainder / (2 * q + (T)0x1p-100));  // 0 for q = 0
  const V y = N(log1p_sum)(q, t, q_low, (V)(large & (VI)N(splat)(1)));
  return N(select)((x >= 1) & (x < (T)INFINITY), y, N(select)(x > 1, x, N(splat)(NAN)));
}

// ——— inverse hyperbolic tangent ———
// atanh a = ½ log((1 + a) / (1 - a)) = ½ (k ln 2 + log m) = k ln 2 / 2 + artanh s for (1 + a) / (1 - a) = 2^k m and
//
//   s = (m - 1) / (m + 1) = (e - t) / (e + t),  e = 1 + a,  t = 2^k (1 - a).
//
// e - t is exact by Sterbenz' lemma and what rounding e and t lost is added to it. k = 0 up to a = ⅓, where |s| ≤ ⅓
// and s is a itself; beyond, m lies in [√½, √2]. Starting k = 1 at m = 1 keeps k ln 2 / 2 + s from cancelling.
INLINE V N(atanh)(V x) {
  const V a = N(abs)(x), e = 1 + a, e_low = (1 - e) + a, d = 1 - a, d_low = (1 - d) - a;
  V k;
  const V md = N(split_exponent)(d, &k);
  const VI near = a < (T)(1.0 / 3), upper = e > md * (T)1.4142135623730951;
  const V t = N(select)(near, d, N(select)(upper, 2 * md, md));
  k = N(select)(near, N(splat)(0), N(select)(upper, 1 - k, -k));
  const VU ratio = (VU)t - (VU)d + (VU)N(splat)(1);  // the bits of 2^k
  const V s = ((e - t) + (e_low - d_low * (V)ratio)) / (e + t), z = s * s;
  const V tail = N(fma)(s * z, POLY(z, N(ATANH_P)), k * (LN2_REST / 2));
  const V y = N(fma)(k, N(splat)(LN2_FIRST / 2), s + tail);
  const V edge = N(select)(a == 1, N(splat)((T)INFINITY), N(splat)(NAN));
  return N(with_sign)(N(select)(a < 1, y, edge), x);
}

#undef PI_HALF
#undef PI_HALF_LOW
#undef LN2_FIRST
#undef LN2_REST
#undef NOTHING_LOST
#undef ONE_IS_NOTHING
