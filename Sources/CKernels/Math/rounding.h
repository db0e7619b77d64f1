// Rounding to whole numbers; floor is in vector.h. The sign of x stays, on a result of 0 too; NaN and ±∞ stay.

INLINE V N(ceil)(V x) {
#if CR_HAS_ROUND
  return __builtin_elementwise_ceil(x);
#else
  return -N(floor)(-x);
#endif
}

INLINE V N(truncate)(V x) {
#if CR_HAS_ROUND
  return __builtin_elementwise_trunc(x);
#else
  return N(with_sign)(N(floor)(N(abs)(x)), x);
#endif
}

// To the nearest whole number, halves away from zero: trunc(x + h), h the largest number below ½ with the sign of x.
// With ½ for h, the number below ½ would be rounded up to 1. With this h it stays below 1, and halves still go up:
// with p bits, ½ + h = 1 - 2^-(p+1) is a tie and goes to the even 1, and k + ½ + h for k ≥ 1 is nearest to k + 1.
// A whole x stays: x + h is rounded to x + ½ or less, and to x where only whole numbers are left.
INLINE V N(round)(V x) {
  const T below_half = (T)0.5 - (T)0.25 / ((U)1 << MANTISSA);
  return N(truncate)(x + N(with_sign)(N(splat)(below_half), x));
}
