// e^(-x²) and its kin. The square is not rounded before the exponential, which would multiply its error by x²: in double
// what was lost of it is handed on, in float two vectors of double carry it whole. Far out, where the square may
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
INLINE V gaussian_f32(V x) { return bell_f32(x, -1, 1); }
INLINE V normal_density_f32(V x) { return bell_f32(x, -0.5, 0x1.9884533d43651p-2); }
#endif
