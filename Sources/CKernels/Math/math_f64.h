// Vector mathematics in double. Polynomials are weighted minimax fits (Remez exchange in 60 digits, coefficients
// rounded to double); the comment beside each says what is fitted and its largest error. Bounds in ulp that the
// tests hold each function to are in Docs/Kernels.md.
#define MAGIC64 6755399441055744.0

static const double LOG2_E = 0x1.71547652b82fep+0;
// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact.
static const double LN2_HIGH = 0x1.62e42fee00000p-1, LN2_LOW = 0x1.a39ef35793c76p-33;

// ——— exponentials ———
// e^x = 2^n e^r, n = round(x / ln 2), |r| ≤ ln 2 / 2, e^r = 1 + r + r² q(r).
INLINE V reduce_exp_f64(V x, V *whole, VI *n) {
  const V t = FMA(x, SPLAT(LOG2_E), SPLAT(MAGIC64)), k = t - MAGIC64;
  *whole = k, *n = (VI)t - (VI)SPLAT(MAGIC64);
  return FMA(k, SPLAT(-LN2_LOW), FMA(k, SPLAT(-LN2_HIGH), x));
}

// (e^r - 1 - r) / r²; in e^r the error is 5e-18.
static const double EXP_Q[] = {
    0x1.000000000000ap-1,  0x1.55555555554fap-3,  0x1.5555555550604p-5,  0x1.1111111126ec7p-7,  0x1.6c16c184c96c8p-10,
    0x1.a01a012f70264p-13, 0x1.a0199830b022fp-16, 0x1.71df1c9485ce3p-19, 0x1.28af440db2fcep-22, 0x1.ad862eddde70ap-26};

// e^(x + low) for |low| far below ulp(x); low counts when the argument is a rounded product.
INLINE V exp_sum_f64(V x, V low) {
  x = SELECT(x > 710.0, SPLAT(710), x);  // NaN compares false and stays
  const VI vanishes = x < -746.0;  // set aside: what is masked out by -∞ would take a denormal's time
  x = SELECT(vanishes, SPLAT(0), x);
  V k;
  VI n;
  const V r = reduce_exp_f64(x, &k, &n) + low;
  return SELECT(vanishes, SPLAT(0), scale_f64(FMA(r * r, POLY(r, EXP_Q), r) + 1.0, k, n));
}
INLINE V exp_f64(V x) { return exp_sum_f64(x, SPLAT(0)); }

// The same with two more digits: next to 0 the relative error counts, in e^r - 1 4e-19.
static const double EXPM1_Q[] = {0x1.0000000000000p-1,  0x1.555555555555ep-3,  0x1.5555555555571p-5,
                                 0x1.111111110e059p-7,  0x1.6c16c16c06a14p-10, 0x1.a01a01b7f5e36p-13,
                                 0x1.a01a0204795a8p-16, 0x1.71dde5a3a7b06p-19, 0x1.27e3ee6d66ecbp-22,
                                 0x1.af7cea2c665f4p-26, 0x1.211e29617a62bp-29};

// e^x - 1 = 2^n (e^r - 1) + (2^n - 1), halved so that 2^n does not overflow before the result does.
INLINE V expm1_f64(V x) {
  const V kept = x;
  x = SELECT(x > 710.0, SPLAT(710), x);
  x = SELECT(x < -40.0, SPLAT(-40), x);
  V k;
  VI n;
  const V r = reduce_exp_f64(x, &k, &n), p = FMA(r * r, POLY(r, EXPM1_Q), r);
  const V half = half_power_f64(k, n), y = 2.0 * FMA(half, p, half - 0.5);
  return SELECT(abs_f64(kept) < 0x1p-54, kept, y);  // keeps −0 and denormals
}

// ——— logarithms ———
// x = 2^k m with m in [√½, √2): the exponent field after subtracting the bits of √½.
INLINE V split_exponent_f64(V x, V *k) {
  const VU root = (VU)SPLAT(0x1.6a09e667f3bcdp-1), bits = (VU)x;
  const VU field = (bits - root + (1ull << 62)) >> 52;  // k + 1024, never negative
  *k = (V)(field + (VU)SPLAT(MAGIC64)) - (MAGIC64 + 1024);
  return (V)(bits - ((field - 1024) << 52));
}

// (2 artanh s - 2 s) / s³ in s²; in the logarithm the error is 1.3e-18.
static const double LOG_P[] = {0x1.5555555555593p-1, 0x1.999999997f9fbp-2, 0x1.2492494229fb7p-2, 0x1.c71c51d82a9d1p-3,
                               0x1.746649957efeep-3, 0x1.39a098f336fbap-3, 0x1.2f11551609b16p-3};

// k ln 2 + log(1 + f): with s = f / (2 + f), log(1 + f) = 2 artanh s = f - (f²/2 - s (f²/2 + s² P(s²))).
INLINE V log_core_f64(V k, V f) {
  const V s = f / (f + 2.0), z = s * s, half = 0.5 * f * f;
  const V inner = FMA(s, FMA(z, POLY(z, LOG_P), half), k * LN2_LOW);
  return FMA(k, SPLAT(LN2_HIGH), f - (half - inner));
}

INLINE V log_f64(V x) {
  const bool special = any_f64(~((x >= 0x1p-1022) & (x < (double)INFINITY)));
  const V kept = x;
  V shift = SPLAT(0), k;
  if (special) {  // denormals are scaled up first
    const VI tiny = x < 0x1p-1022;
    shift = SELECT(tiny, SPLAT(-54), shift);
    x = SELECT(tiny, x * 0x1p54, x);
  }
  const V m = split_exponent_f64(x, &k);
  V y = log_core_f64(k + shift, m - 1.0);
  if (special) {
    y = SELECT(kept == (double)INFINITY, kept, y);
    y = SELECT(kept == 0.0, SPLAT(-INFINITY), y);
    y = SELECT(~(kept >= 0.0), SPLAT(NAN), y);
  }
  return y;
}

// log(1 + x) = log u + (what rounding 1 + x to u lost) / u; the loss joins f before the polynomial.
INLINE V log1p_f64(V x) {
  const V u = x + 1.0, b = u - 1.0, lost = (1.0 - (u - b)) + (x - b);
  V k;
  const V m = split_exponent_f64(u, &k);
  // 2^-k is the ratio of exponents; beyond 2^60 nothing was lost.
  const VU ratio = (VU)m - (VU)u + (VU)SPLAT(1);
  const V f = (m - 1.0) + SELECT(x < 0x1p60, lost * (V)ratio, SPLAT(0));
  V y = log_core_f64(k, f);
  if (any_f64(~((x > -1.0) & (x < (double)INFINITY) & (x != 0.0)))) {
    y = SELECT((x == (double)INFINITY) | (x == 0.0), x, y);
    y = SELECT(x == -1.0, SPLAT(-INFINITY), y);
    y = SELECT(~(x >= -1.0), SPLAT(NAN), y);
  }
  return y;
}

// ——— what follows from them ———
// tanh |x| = e / (e + 2), e = e^(2|x|) - 1; from 20 on it is 1.
INLINE V tanh_f64(V x) {
  V a = abs_f64(x);
  a = SELECT(a > 20.0, SPLAT(20), a);
  const V e = expm1_f64(a + a);
  return with_sign_f64(e / (e + 2.0), x);
}
// e = e^-|x| never overflows; σ = 1 / (1 + e) or, below 0, e / (1 + e).
INLINE V sigmoid_f64(V x) {
  const V e = exp_f64(-abs_f64(x));
  return SELECT(x >= 0.0, SPLAT(1), e) / (1.0 + e);
}
// max(x, 0) + log(1 + e), e = e^-|x| ≤ 1: the exponent of 1 + e is 0 or 1, and rounding it lost e - (u - 1).
INLINE V softplus_f64(V x) {
  const V e = exp_f64(-abs_f64(x)), u = e + 1.0, lost = e - (u - 1.0);
  const VI upper = u > 1.4142135623730951;
  const V scale = SELECT(upper, SPLAT(0.5), SPLAT(1)), k = (V)(upper & (VI)SPLAT(1));
  const V f = FMA(u, scale, SPLAT(-1)) + lost * scale;
  return SELECT(x <= 0.0, SPLAT(0), x) + log_core_f64(k, f);
}

// ——— sine and cosine ———
// r = x - n π/2 with π/2 in parts of 33, 33 and 53 bits: the first two products are exact for |n| < 2^20.
// r comes as high + low, since near a multiple of π/2 the rounding of high alone would show.
static const double PI_2[] = {0x1.921fb54400000p+0, 0x1.0b4611a600000p-34, 0x1.3198a2e037073p-69};
#define SINE_LIMIT 1e6  // |x| beyond it goes to libm lane by lane
INLINE V reduce_sine_f64(V x, VI *n, V *low) {
  const V t = x * 0x1.45f306dc9c883p-1 + MAGIC64, k = t - MAGIC64;
  *n = (VI)t;
  const V a = x - k * PI_2[0], p = k * PI_2[1], high = a - p, lost = (a - high) - p;
  const V rest = k * PI_2[2] - lost, r = high - rest;
  *low = (high - r) - rest;
  return r;
}
static const double SIN_P[] = {-0x1.5555555555549p-3, 0x1.111111110f88cp-7, -0x1.a01a019c10ebbp-13,  // 3.5e-18
                               0x1.71de357574875p-19, -0x1.ae5e638048f38p-26, 0x1.5d91fed1ce041p-33};
static const double COS_P[] = {0x1.555555555554cp-5, -0x1.6c16c16c1520bp-10, 0x1.a01a019cbc040p-16,  // 4.9e-20
                               -0x1.27e4f80f7af21p-22, 0x1.1ee9eeae4800dp-29, -0x1.8fafa0c54f58fp-37};
// sin(x + q π/2) for q = 0 (sine) or 1 (cosine).
INLINE V sine_f64(V x, int64_t q) {
  VI n;
  V low;
  const V r = reduce_sine_f64(x, &n, &low), z = r * r;
  n += q;
  // sin(r + low) ≈ r + (r³ S + low (1 - r²/2));  cos(r + low) ≈ 1 - r²/2 + (r⁴ C - r low), the 1 - r²/2 in two parts.
  const V sine = r + FMA(z * r, POLY(z, SIN_P), FMA(z * low, SPLAT(-0.5), low));
  const V half = 0.5 * z, w = 1.0 - half;
  const V cosine = w + (((1.0 - w) - half) + FMA(z * z, POLY(z, COS_P), -r * low));
  V y = SELECT((n & 1) != 0, cosine, sine);
  y = (V)((VU)y ^ ((VU)(n & 2) << 62));
  y = SELECT((x == 0.0) & ((VI){0} == q), x, y);  // keeps −0
  const VI far = ~(abs_f64(x) < SINE_LIMIT);
  if (any_f64(far))
    for (int i = 0; i < (int)(CR_BYTES / sizeof(double)); i++)
      if (far[i]) y[i] = q ? cos(x[i]) : sin(x[i]);
  return y;
}
INLINE V sin_f64(V x) { return sine_f64(x, 0); }
INLINE V cos_f64(V x) { return sine_f64(x, 1); }

// ——— arctangent ———
// One division for three ranges: z = x, (x - 1) / (x + 1) or -1 / x, |z| ≤ tan(π/8), plus 0, π/4 or π/2.
static const double ATAN_P[] = {-0x1.555555555553dp-2, 0x1.999999999589bp-3,  -0x1.24924922af0d1p-3,
                                0x1.c71c70e6c9a25p-4,  -0x1.745cf8f1dba4bp-4, 0x1.3b111aa63df63p-4,
                                -0x1.10ebcade4f265p-4, 0x1.df106e537f23cp-5,  -0x1.9cd8332d176d6p-5,
                                0x1.37e4159c7b3e6p-5,  -0x1.258a39c3cd337p-6}; // 1.9e-18
INLINE V atan_f64(V x) {
  const V a = abs_f64(x);
  const VI large = a > 2.414213562373095, middle = (a > 0.41421356237309503) & ~large;
  const V above = SELECT(large, SPLAT(-1), SELECT(middle, a - 1.0, a));
  const V below = SELECT(large, a, SELECT(middle, a + 1.0, SPLAT(1)));
  const V high = (V)((large & (VI)SPLAT(0x1.921fb54442d18p+0)) | (middle & (VI)SPLAT(0x1.921fb54442d18p-1)));
  const V low = (V)((large & (VI)SPLAT(0x1.1a62633145c07p-54)) | (middle & (VI)SPLAT(0x1.1a62633145c07p-55)));
  const V z = above / below, z2 = z * z;
  return with_sign_f64(high + (z + FMA(z * z2, POLY(z2, ATAN_P), low)), x);
}
