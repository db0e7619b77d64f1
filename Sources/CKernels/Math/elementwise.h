// One kernel per operation over contiguous operands: void (size_t n, T *out, const T *a, const T *b, const T *c).
// out may be exactly one of the operands: a vector is read whole before it is written, and the last, partial
// one is masked rather than repeated.

INLINE V N(one_where)(VI mask) { return (V)(mask & (VI)N(splat)(1)); }
INLINE V N(step)(V x) { return N(select)(x > 0, N(splat)(1), N(select)(x <= 0, (V){0}, x)); }
INLINE V N(fma_exact)(V x, V y, V z) {
#if CR_HAS_FMA
  return N(fma)(x, y, z);
#else
  for (size_t i = 0; i < LANES; i++) x[i] = sizeof(T) == 4 ? (T)((double)x[i] * (double)y[i] + (double)z[i]) : (T)fma(x[i], y[i], z[i]);
  return x;
#endif
}

// Operands that an expression does not name are never read: b or c may be NULL.
#define SIMPLE_KERNEL(OP, EXPR)                                                                           \
  static void N(kernel_##OP)(size_t n, T *out, const T *a, const T *b, const T *c) {                       \
    const int arity = cr_arity(OP);                                                                        \
    size_t i = 0;                                                                                          \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) {                             \
      const V x = N(load)(a + i), y = arity > 1 ? N(load)(b + i) : x, z = arity > 2 ? N(load)(c + i) : x;  \
      (void)y, (void)z;                                                                                    \
      N(store)(out + i, EXPR);                                                                             \
    }                                                                                                      \
    if (i == n) return;                                                                                    \
    const N(mask) m = N(first)(n - i);                                                                     \
    const V x = N(load_masked)(a + i, m), y = arity > 1 ? N(load_masked)(b + i, m) : x;                    \
    const V z = arity > 2 ? N(load_masked)(c + i, m) : x;                                                  \
    (void)y, (void)z;                                                                                      \
    N(store_masked)(out + i, m, EXPR);                                                                     \
  }
CR_SIMPLE(SIMPLE_KERNEL)

#define DEEP_KERNEL(OP, EXPR)                                                                          \
  static void N(kernel_##OP)(size_t n, T *out, const T *a, const T *b, const T *c) {                   \
    const int arity = cr_arity(OP);                                                                    \
    (void)c;                                                                                           \
    for (size_t i = 0; i < n; i += LANES) {                                                            \
      const bool whole = n - i >= LANES;                                                               \
      const N(mask) m = N(first)(whole ? LANES : n - i);                                               \
      const V x = whole ? N(load)(a + i) : N(load_masked)(a + i, m);                                   \
      const V y = arity < 2 ? x : whole ? N(load)(b + i) : N(load_masked)(b + i, m);                   \
      (void)y;                                                                                         \
      const V r = EXPR;                                                                                \
      if (whole) N(store)(out + i, r);                                                                 \
      else N(store_masked)(out + i, m, r);                                                             \
    }                                                                                                  \
  }
CR_DEEP(DEEP_KERNEL)

#define ENTRY(OP, EXPR) [OP] = N(kernel_##OP),
static const N(cr_kernel) N(kernels)[CR_KERNEL_COUNT] = {CR_SIMPLE(ENTRY) CR_DEEP(ENTRY)};
#undef ENTRY
#undef SIMPLE_KERNEL
#undef DEEP_KERNEL
