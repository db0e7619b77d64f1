// e^(-x²) and its kin. The square is not rounded before the exponential, which would multiply its error by x²: in double
// what was lost of it is handed on, in float too, or two vectors of double carry it whole. Far out, where the square may
// overflow, the result is 0 anyway.
#if MANTISSA == 52
INLINE V gaussian_f64(V x) {
  V low, far = abs_f64(x);
  far = SELECT(far > 28.0, SPLAT(28), far);
  const V high = two_product_f64(far, far, &low);
  return exp_sum_f64(-high, -low);
}
INLINE V normal_density_f64(V x) { return N(each)(cr_normal_density, x); }
#else
INLINE V bell_f32(V x, double of_square, double height) {
  V far = abs_f32(x);
  far = SELECT(far > 18.0f, SPLAT(18), far);
  const halves_f32 h = split_f32(far);
  const vec_f64 low = widen_f32(h.low), high = widen_f32(h.high);
  return join_f32(exp_f64(low * low * of_square) * height, exp_f64(high * high * of_square) * height);
}
#if CR_MASKS == 512
// With sixteenths looked up, as for exp, a float and what the square lost are enough: -x² - lost = k ln 2 + r, whose parts
// are put together last, so that only two roundings beside the last one count (at most 0.54 units). Where the result is
// not normal, it would be rounded twice.
INLINE V gaussian_f32(V x) {
  const V far = abs_f32(x);
  if (any_f32(far > 9.3f)) return bell_f32(x, -1, 1);
  V lost;
  const V square = two_product_f32(far, far, &lost);
  const V t = FMA(square, SPLAT((float)-LOG2_E), SPLAT(0x1.8p19f)), k = t - 0x1.8p19f;
  const V high = FMA(k, SPLAT(-LN2_HIGH32), -square), low = FMA(k, SPLAT(-LN2_LOW32), -lost), r = high + low;
  // (e^r - 1 - r) / r²: 5e-12 in e^r
  const V tail = FMA(r, FMA(r, SPLAT(0x1.55576ap-5f), SPLAT(0x1.55571ep-3f)), SPLAT(0.5f));
  const V p = high + FMA(r * r, tail, low), power = table_f32(EXP_T32, (VI)t);
  return scale_f32(power + FMA(power, p, table_f32(EXP_LOW32, (VI)t)), k, (VI){0});
}
#else
INLINE V gaussian_f32(V x) { return bell_f32(x, -1, 1); }
#endif
INLINE V normal_density_f32(V x) { return bell_f32(x, -0.5, 0x1.9884533d43651p-2); }
#endif
