// erf and pow in double, on top of math_f64.h.

// erf x / x - 1 in x², |x| ≤ 1: 1.4e-17
static const double ERF_P[] = {0x1.06eba8214db68p-3,   -0x1.812746b0379a9p-2,  0x1.ce2f21a040741p-4,
                               -0x1.b82ce311f868ap-6,  0x1.565bccfaca612p-8,   -0x1.c02db0ad25247p-11,
                               0x1.f9a2c8172a990p-14,  -0x1.f4cb39ecde2a2p-17, 0x1.b989ac7dd233dp-20,
                               -0x1.5c461f99f1adcp-23, 0x1.d8d88fb99e327p-27,  -0x1.b0ec0680f29f1p-31};
// log erfc x in x - 2, 1 ≤ x ≤ 5.95; in erf the error is 7e-17
static const double ERF_L[] = {-0x1.575b329b1f518p+2,  -0x1.1ac3258a8dbf8p+2,  -0x1.d8f5dece9161ap-1,
                               -0x1.0dc3b5fb2f077p-6,  0x1.d406b366a0626p-9,   -0x1.7ffcfb5f01b5dp-11,
                               0x1.1bc3a99c4d32cp-13,  -0x1.5b655b165373ap-16, 0x1.0602827a0b9dcp-19,
                               0x1.b5391ade606ddp-23,  -0x1.73c18522cc400p-23, 0x1.f0ce510b096d0p-25,
                               -0x1.e20d434056a1ap-27, 0x1.5b89786770217p-29,  -0x1.0302e48c8952cp-32,
                               -0x1.a6920cf49b57ap-35, 0x1.ffa9d00c6d464p-36,  -0x1.fb3354a59c85ep-38,
                               0x1.270ea6d4f58e1p-40,  -0x1.84983f212cc4bp-44, 0x1.c060bd84cae18p-49};

// Up to 1 a series; beyond, 1 - e^(log erfc |x|), where erfc ≤ 0.16 makes its own error small; from 5.95 on it is 1.
INLINE V erf_f64(V x) {
  V a = abs_f64(x);
  const VI small = a < 1.0;
  const V z = a * a, near = FMA(a, POLY(z, ERF_P), a);
  if (!any_f64(~small)) return with_sign_f64(near, x);
  a = SELECT(a > 5.95, SPLAT(5.95), a);
  const V u = a - 2.0, far = 1.0 - exp_f64(POLY(u, ERF_L));
  return with_sign_f64(SELECT(small, near, far), x);
}

// ——— powers: x^y = e^(y log x) with the logarithm in two doubles ———
// (2 artanh s - 2 s - ⅔ s³) / s⁵ in s²: 2.1e-20 in the logarithm
static const double POW_P[] = {0x1.99999999999bfp-2, 0x1.249249247f9a3p-2, 0x1.c71c71fa28018p-3, 0x1.745cfa28112d9p-3,
                               0x1.3b1c3048b6f3fp-3, 0x1.0fbba30dc68acp-3, 0x1.0c3846ec8e5f3p-3};
#define TWO_THIRDS 0x1.5555555555555p-1
#define TWO_THIRDS_LOW 0x1.5555555555555p-55

// log x = high + low for normal x > 0, to about 2^-65: y log x reaches 745 and its absolute error becomes the
// relative error of the power.
INLINE V log_pair_f64(V x, V shift, V *low) {
  V k;
  const V m = split_exponent_f64(x, &k), f = m - 1.0;
  k = k + shift;
  // s = f / (m + 1) = s + sl
  const V d = m + 1.0, dl = m - (d - 1.0), inverse = 1.0 / d, s = f * inverse;
  V el;
  const V e = two_product_f64(s, d, &el);
  const V sl = ((f - e) - el - s * dl) * inverse;
  // ⅔ s³ = t + tl
  V zl, cl, tl;
  const V z = two_product_f64(s, s, &zl);
  zl = zl + 2.0 * s * sl;
  const V c = two_product_f64(s, z, &cl);
  cl = cl + s * zl + sl * z;
  const V t = two_product_f64(c, SPLAT(TWO_THIRDS), &tl);
  tl = tl + c * TWO_THIRDS_LOW + cl * TWO_THIRDS;
  const V tail = c * z * POLY(z, POW_P);
  // k ln 2 + 2 s + ⅔ s³ + …, largest first; each sum keeps what it lost
  const V h0 = k * LN2_HIGH, s2 = s + s, h1 = h0 + s2, l1 = s2 - (h1 - h0), h2 = h1 + t, l2 = t - (h2 - h1);
  const V rest = l1 + (l2 + (2.0 * sl + (tl + (tail + k * LN2_LOW))));
  const V high = h2 + rest;
  *low = rest - (high - h2);
  return high;
}

INLINE V pow_f64(V x, V y) {
  const V a = abs_f64(x);
  const VI plain = (a >= 0x1p-1022) & (a < (double)INFINITY) & (abs_f64(y) < 0x1p1000);
  V ll;
  const V l = log_pair_f64(a, SPLAT(0), &ll);
  V pl, p = two_product_f64(y, l, &pl);
  pl = SELECT(abs_f64(p) < 800.0, pl + y * ll, SPLAT(0));
  V r = exp_sum_f64(p, pl);
  const VI negative = (x < 0.0) & plain;
  if (any_f64(negative)) {
    // A negative base needs a whole exponent; an odd one changes the sign.
    const V half = 0.5 * y;
    r = SELECT(negative & (floor_f64(half) != half), -r, r);
    r = SELECT(negative & (floor_f64(y) != y), SPLAT(NAN), r);
  }
  if (any_f64(~plain))  // 0, denormal, ∞, NaN: every case of Annex F is in libm
    for (int i = 0; i < (int)(CR_BYTES / sizeof(double)); i++)
      if (!plain[i]) r[i] = pow(x[i], y[i]);
  return r;
}
