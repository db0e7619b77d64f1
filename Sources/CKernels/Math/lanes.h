// Special functions lane by lane, in double: compiled once (Special/special.h) and not for each instruction set.
INLINE V N(each)(double (*f)(double), V x) {
  for (size_t i = 0; i < LANES; i++) x[i] = (T)f((double)x[i]);
  return x;
}
INLINE V N(each_two)(double (*f)(double, double), V x, V y) {
  for (size_t i = 0; i < LANES; i++) x[i] = (T)f((double)x[i], (double)y[i]);
  return x;
}
INLINE V N(each_three)(double (*f)(double, double, double), V x, V y, V z) {
  for (size_t i = 0; i < LANES; i++) x[i] = (T)f((double)x[i], (double)y[i], (double)z[i]);
  return x;
}

// x log y, and 0 where x is 0, whatever y is but NaN.
INLINE V N(xlogy)(V x, V y) {
  return N(select)((x == 0) & (y == y), N(splat)(0), x * N(log)(y));
}
// x / (1 + |x|), and ±1 at ±∞.
INLINE V N(softsign)(V x) {
  const V a = N(abs)(x);
  return N(select)(a == (T)INFINITY, N(with_sign)(N(splat)(1), x), x / (1 + a));
}
// √(1 + x) - 1 without cancelling near 0.
INLINE V N(sqrt1pm1)(V x) {
  return N(select)(x == (T)INFINITY, x, x / (1 + N(sqrt)(1 + x)));
}
