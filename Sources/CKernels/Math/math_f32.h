// Vector mathematics in float; the same derivations as in math_f64.h with shorter polynomials. Where a float
// needs more than 24 bits on the way (large angles, powers), two vectors of double carry it.
#define MAGIC32 12582912.0f

static const float LN2_HIGH32 = 0x1.62e4p-1f, LN2_LOW32 = 0x1.7f7d1cp-20f;  // 15 bits, and the rest

INLINE V reduce_exp_f32(V x, V *whole, VI *n) {
  const V t = FMA(x, SPLAT((float)LOG2_E), SPLAT(MAGIC32)), k = t - MAGIC32;
  *whole = k, *n = (VI)t - (VI)SPLAT(MAGIC32);
  return FMA(k, SPLAT(-LN2_LOW32), FMA(k, SPLAT(-LN2_HIGH32), x));
}
// (e^r - 1 - r) / r²: 3.4e-9 in e^r
static const float EXP_Q32[] = {0x1.fffffcp-2f, 0x1.555488p-3f, 0x1.555838p-5f, 0x1.12406ap-7f, 0x1.6af06cp-10f};

#if CR_MASKS == 512
// x = (n + j/16) ln 2 + r with 0 ≤ j < 16 and |r| ≤ ln 2 / 32, so that e^x = 2^n T_j (1 + p), p = e^r - 1. The powers
// T_j = 2^(j/16), in two parts, lie in registers and are looked up by the low four bits of t; scale floors
// k = n + j/16.
static const float EXP_T32[] = {0x1p+0f, 0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f, 0x1.306fep+0f, 0x1.3dea64p+0f,
                                0x1.4bfdaep+0f, 0x1.5ab07ep+0f, 0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f,
                                0x1.9c4918p+0f, 0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f};
static const float EXP_LOW32[] = {0x0p+0f,          0x1.9f3122p-25f,  -0x1.c15742p-27f, 0x1.ceac48p-25f,
                                  0x1.4636e2p-25f,  0x1.824684p-25f,  -0x1.593abcp-25f, -0x1.5bd5ecp-27f,
                                  0x1.9fcef4p-26f,  -0x1.829fdp-25f,  0x1.15506ep-27f,  0x1.51f848p-27f,
                                  -0x1.a94b14p-26f, -0x1.3d56b2p-27f, -0x1.822dbcp-27f, 0x1.52486cp-27f};
INLINE V table_f32(const float *table, VI index) { return (V)mm512_permute_f32(index, load_f32(table)); }

// e^x = 2^n m with 1 ≤ m ≤ 2 and n the floor of k
INLINE V exp_significand_f32(V x, V *k) {
  const V t = FMA(x, SPLAT((float)LOG2_E), SPLAT(0x1.8p19f));  // sixteenths in the last place
  *k = t - 0x1.8p19f;
  const V r = FMA(*k, SPLAT(-LN2_LOW32), FMA(*k, SPLAT(-LN2_HIGH32), x));
  const V p = FMA(r * r, FMA(r, SPLAT(0x1.555556p-3f), SPLAT(0x1.000222p-1f)), r);  // 1.6e-9
  const V power = table_f32(EXP_T32, (VI)t);
  return power + FMA(power, p, table_f32(EXP_LOW32, (VI)t));
}
// For x ≤ 89.
INLINE V exp_below_f32(V x) {
  const VI vanishes = x < -104.0f;  // set aside: what is masked out by -∞ would take a denormal's time
  V k;
  const V m = exp_significand_f32(SELECT(vanishes, SPLAT(0), x), &k);
  return SELECT(vanishes, SPLAT(0), scale_f32(m, k, (VI){0}));
}
#else
// For x ≤ 89.
INLINE V exp_below_f32(V x) {
  const VI vanishes = x < -104.0f;  // set aside: what is masked out by -∞ would take a denormal's time
  x = SELECT(vanishes, SPLAT(0), x);
  V k;
  VI n;
  const V r = reduce_exp_f32(x, &k, &n);
  return SELECT(vanishes, SPLAT(0), scale_f32(FMA(r * r, POLY(r, EXP_Q32), r) + 1.0f, k, n));
}
#endif
INLINE V exp_f32(V x) { return exp_below_f32(SELECT(x > 89.0f, SPLAT(89), x)); }
// (e^x - 1) / 2 = 2^(n-1) (1 + p) - 1/2: half of it, so that 2^n does not overflow before the result does.
INLINE V half_expm1_f32(V x) {
  V k;
  VI n;
  const V r = reduce_exp_f32(x, &k, &n), p = FMA(r * r, POLY(r, EXP_Q32), r);
  const V half = half_power_f32(k, n);
  return FMA(half, p, half - 0.5f);
}
INLINE V expm1_f32(V x) {
  const V kept = x;
  x = SELECT(x > 89.0f, SPLAT(89), x);
  x = SELECT(x < -18.0f, SPLAT(-18), x);
  return SELECT(abs_f32(kept) < 0x1p-25f, kept, 2.0f * half_expm1_f32(x));
}

INLINE V split_exponent_f32(V x, V *k) {
  const VU root = (VU)SPLAT(0x1.6a09e6p-1f), bits = (VU)x;
  const VU field = (bits - root + (1u << 30)) >> 23;  // k + 128, never negative
  *k = (V)(field + (VU)SPLAT(MAGIC32)) - (MAGIC32 + 128);
  return (V)(bits - ((field - 128) << 23));
}
// (log(1 + f) - f + f²/2) / f³: 6e-9 in the logarithm
static const float LOG_P32[] = {0x1.555554p-2f, -0x1.00022ap-2f, 0x1.99a03ap-3f, -0x1.54718ep-3f,
                                0x1.22d526p-3f, -0x1.0d86a0p-3f, 0x1.057af4p-3f, -0x1.38f710p-4f};
INLINE V log_core_f32(V k, V f) {
  const V z = f * f, tail = FMA(z * f, POLY(f, LOG_P32), FMA(k, SPLAT(LN2_LOW32), -0.5f * z));
  return FMA(k, SPLAT(LN2_HIGH32), f + tail);
}
INLINE V log_f32(V x) {
  const bool special = any_f32(~((x >= 0x1p-126f) & (x < (float)INFINITY)));
  const V kept = x;
  V shift = SPLAT(0), k;
  if (special) {
    const VI tiny = x < 0x1p-126f;
    shift = SELECT(tiny, SPLAT(-25), shift);
    x = SELECT(tiny, x * 0x1p25f, x);
  }
  const V m = split_exponent_f32(x, &k);
  V y = log_core_f32(k + shift, m - 1.0f);
  if (special) {
    y = SELECT(kept == (float)INFINITY, kept, y);
    y = SELECT(kept == 0.0f, SPLAT(-INFINITY), y);
    y = SELECT(~(kept >= 0.0f), SPLAT(NAN), y);
  }
  return y;
}
INLINE V log1p_f32(V x) {
  const V u = x + 1.0f, b = u - 1.0f, lost = (1.0f - (u - b)) + (x - b);
  V k;
  const V m = split_exponent_f32(u, &k);
  const VU ratio = (VU)m - (VU)u + (VU)SPLAT(1);
  const V f = (m - 1.0f) + SELECT(x < 0x1p30f, lost * (V)ratio, SPLAT(0));
  V y = log_core_f32(k, f);
  if (any_f32(~((x > -1.0f) & (x < (float)INFINITY) & (x != 0.0f)))) {
    y = SELECT((x == (float)INFINITY) | (x == 0.0f), x, y);
    y = SELECT(x == -1.0f, SPLAT(-INFINITY), y);
    y = SELECT(~(x >= -1.0f), SPLAT(NAN), y);
  }
  return y;
}

INLINE V tanh_f32(V x) {
  V a = abs_f32(x);
  a = SELECT(a > 10.0f, SPLAT(10), a);
  const V h = half_expm1_f32(a + a);
  return with_sign_f32(h / (h + 1.0f), x);
}
#if CR_MASKS == 512
// With e^-x = 2^n m: 2^-n / (2^-n + m), where -n is the floor of 15/16 - k.
INLINE V sigmoid_f32(V x) {
  x = SELECT(x < -104.0f, SPLAT(-104), x);
  x = SELECT(x > 88.0f, SPLAT(88), x);
  V k;
  const V m = exp_significand_f32(-x, &k), power = scale_f32(SPLAT(1), 0.9375f - k, (VI){0});
  return power / (power + m);
}
#else
INLINE V sigmoid_f32(V x) {
  const V e = exp_below_f32(-abs_f32(x));
  return SELECT(x >= 0.0f, SPLAT(1), e) / (1.0f + e);
}
#endif
// max(x, 0) + log(1 + e), e = e^-|x| ≤ 1: the exponent of 1 + e is 0 or 1, and rounding it lost e - (u - 1).
INLINE V softplus_f32(V x) {
  const V e = exp_below_f32(-abs_f32(x)), u = e + 1.0f, lost = e - (u - 1.0f);
  const VI upper = u > 1.41421356f;
  const V scale = SELECT(upper, SPLAT(0.5f), SPLAT(1)), k = (V)(upper & (VI)SPLAT(1));
  const V f = FMA(u, scale, SPLAT(-1)) + lost * scale;
  return SELECT(x <= 0.0f, SPLAT(0), x) + log_core_f32(k, f);
}

// erf x / x - 1 in x², |x| ≤ 0.92: 1.8e-8;  log erfc x, 0.92 ≤ x ≤ 4: 2.7e-10 in erf
static const float ERF_P32[] = {0x1.06eba6p-3f,  -0x1.8126e2p-2f, 0x1.ce1984p-4f,
                                -0x1.b67bd0p-6f, 0x1.46d856p-8f,  -0x1.386cd6p-11f};
static const float ERF_L32[] = {0x1.24542ep-13f, -0x1.211cd4p+0f, -0x1.447248p-1f, -0x1.ba051cp-4f,
                                0x1.97c850p-6f, -0x1.0bce68p-8f, 0x1.b5ffd8p-12f, -0x1.4ad998p-16f};
INLINE V erf_f32(V x) {
  V a = abs_f32(x);
  const VI small = a < 0.92f;
  const V near = FMA(a, POLY(a * a, ERF_P32), a);
  if (!any_f32(~small)) return with_sign_f32(near, x);
  a = SELECT(a > 4.0f, SPLAT(4), a);
  const V far = 1.0f - exp_below_f32(POLY(a, ERF_L32));
  return with_sign_f32(SELECT(small, near, far), x);
}

static const float ATAN_P32[] = {-0x1.55554ap-2f, 0x1.9991e6p-3f, -0x1.23ba0ap-3f, 0x1.b22aeap-4f,
                                 -0x1.f30762p-5f}; // 6.8e-10
INLINE V atan_f32(V x) {
  const V a = abs_f32(x);
  const VI large = a > 2.41421356f, middle = (a > 0.414213562f) & ~large;
  const V above = SELECT(large, SPLAT(-1), SELECT(middle, a - 1.0f, a));
  const V below = SELECT(large, a, SELECT(middle, a + 1.0f, SPLAT(1)));
  const V high = (V)((large & (VI)SPLAT(0x1.921fb6p+0f)) | (middle & (VI)SPLAT(0x1.921fb6p-1f)));
  const V low = (V)((large & (VI)SPLAT(-0x1.777a5cp-25f)) | (middle & (VI)SPLAT(-0x1.777a5cp-26f)));
  const V z = above / below, z2 = z * z;
  return with_sign_f32(high + (z + FMA(z * z2, POLY(z2, ATAN_P32), low)), x);
}

// ——— through double ———
typedef float half_f32 __attribute__((vector_size(CR_BYTES / 2)));
typedef struct { half_f32 low, high; } halves_f32;
INLINE halves_f32 split_f32(V x) { halves_f32 h; __builtin_memcpy(&h, &x, sizeof h); return h; }
INLINE V join_f32(vec_f64 low, vec_f64 high) {
  const halves_f32 h = {__builtin_convertvector(low, half_f32), __builtin_convertvector(high, half_f32)};
  V x;
  __builtin_memcpy(&x, &h, sizeof x);
  return x;
}
INLINE vec_f64 widen_f32(half_f32 x) { return __builtin_convertvector(x, vec_f64); }

// x - n π/2. With fused multiply-add three floats of π/2 are enough for |n| < 2^20: x - n P1 is exact, since both are
// multiples of 2^-23 (or x itself is small). Without it, in double, where 24 bits and n leave room for the
// cancellation.
static const float PI_2_32[] = {0x1.921fb6p+0f, -0x1.777a5cp-25f, -0x1.ee59dap-50f};
INLINE V reduce_sine_f32(V x, VI *n) {
#if CR_HAS_FMA
  const V t = FMA(x, SPLAT(0x1.45f306p-1f), SPLAT(MAGIC32)), k = t - MAGIC32;
  *n = (VI)t;
  const V r = FMA(k, SPLAT(-PI_2_32[1]), FMA(k, SPLAT(-PI_2_32[0]), x));
  return FMA(k, SPLAT(-PI_2_32[2]), r);
#else
  const halves_f32 h = split_f32(x);
  const vec_f64 low = widen_f32(h.low), high = widen_f32(h.high);
  const vec_f64 kl = (low * 0x1.45f306dc9c883p-1 + MAGIC64) - MAGIC64,
                kh = (high * 0x1.45f306dc9c883p-1 + MAGIC64) - MAGIC64;
  *n = (VI)(join_f32(kl, kh) + MAGIC32);
  return join_f32((low - kl * PI_2[0]) - kl * PI_2[1], (high - kh * PI_2[0]) - kh * PI_2[1]);
#endif
}
static const float SIN_P32[] = {-0x1.555546p-3f, 0x1.11077ap-7f, -0x1.995492p-13f};  // 3.7e-9
static const float COS_P32[] = {0x1.55554ap-5f, -0x1.6c0c1ap-10f, 0x1.99e0f4p-16f};  // 1.1e-10
INLINE V sine_f32(V x, int q) {
  VI n;
  const V r = reduce_sine_f32(x, &n), z = r * r;
  n += q;
  const V sine = FMA(z * r, POLY(z, SIN_P32), r), cosine = FMA(z * z, POLY(z, COS_P32), FMA(z, SPLAT(-0.5f), SPLAT(1)));
  V y = SELECT((n & 1) != 0, cosine, sine);
  y = (V)((VU)y ^ ((VU)(n & 2) << 30));
  y = SELECT((x == 0.0f) & ((VI){0} == q), x, y);
  const VI far = ~(abs_f32(x) < (float)SINE_LIMIT);
  if (any_f32(far))
    for (int i = 0; i < (int)(CR_BYTES / sizeof(float)); i++)
      if (far[i]) y[i] = (float)(q ? cos((double)x[i]) : sin((double)x[i]));
  return y;
}
INLINE V sin_f32(V x) { return sine_f32(x, 0); }
INLINE V cos_f32(V x) { return sine_f32(x, 1); }

// e^(y log |x|) in double is exact to float: |y log x| ≤ 150 costs 8 of its 29 spare bits.
INLINE V pow_f32(V x, V y) {
  const V a = abs_f32(x);
  const halves_f32 ha = split_f32(a), hy = split_f32(y);
  const VI plain = (a > 0.0f) & (a < (float)INFINITY) & (abs_f32(y) < (float)INFINITY);
  const vec_f64 l = exp_f64(widen_f32(hy.low) * log_f64(widen_f32(ha.low)));
  const vec_f64 h = exp_f64(widen_f32(hy.high) * log_f64(widen_f32(ha.high)));
  V r = join_f32(l, h);
  const VI negative = (x < 0.0f) & plain;
  if (any_f32(negative)) {
    const V half = 0.5f * y;
    r = SELECT(negative & (floor_f32(half) != half), -r, r);
    r = SELECT(negative & (floor_f32(y) != y), SPLAT(NAN), r);
  }
  if (any_f32(~plain))
    for (int i = 0; i < (int)(CR_BYTES / sizeof(float)); i++)
      if (!plain[i]) r[i] = powf(x[i], y[i]);
  return r;
}
