// One kernel per operation over contiguous operands: void (size_t n, T *out, const T *a, const T *b, const T *c).
// out may be exactly one of the operands: a vector is read whole before it is written, and the last, partial
// one is masked rather than repeated.

INLINE V N(one_where)(VI mask) { return (V)(mask & (VI)N(splat)(1)); }
INLINE V N(sign)(V x) { return N(select)(x > 0, N(splat)(1), N(select)(x < 0, N(splat)(-1), x + (V){0})); }
INLINE V N(heaviside)(V x) { return N(select)(x > 0, N(splat)(1), N(select)(x <= 0, (V){0}, x)); }
INLINE V N(fma_exact)(V x, V y, V z) {
#if CR_HAS_FMA
  return N(fma)(x, y, z);
#else
  for (size_t i = 0; i < LANES; i++)
    x[i] = sizeof(T) == 4 ? (T)((double)x[i] * (double)y[i] + (double)z[i]) : (T)fma(x[i], y[i], z[i]);
  return x;
#endif
}

// Operands that an operation lacks are never read: b or c may be NULL.
#define KERNEL_ONE KERNEL_FEW
#define KERNEL_FEW(name, operands, vector)                                                                    \
  static void N(kernel_##name)(size_t n, T *out, const T *a, const T *b, const T *c) {                        \
    size_t i = 0;                                                                                             \
    _Pragma("clang loop unroll_count(4)") for (; i + LANES <= n; i += LANES) {                                \
      const V x = N(load)(a + i), y = operands > 1 ? N(load)(b + i) : x, z = operands > 2 ? N(load)(c + i) : x; \
      (void)y, (void)z;                                                                                       \
      N(store)(out + i, vector);                                                                              \
    }                                                                                                         \
    if (i == n) return;                                                                                       \
    const N(mask) m = N(first)(n - i);                                                                        \
    const V x = N(load_masked)(a + i, m), y = operands > 1 ? N(load_masked)(b + i, m) : x;                    \
    const V z = operands > 2 ? N(load_masked)(c + i, m) : x;                                                  \
    (void)y, (void)z;                                                                                         \
    N(store_masked)(out + i, m, vector);                                                                      \
  }
#define KERNEL_DEEP(name, operands, vector)                                                                   \
  static void N(kernel_##name)(size_t n, T *out, const T *a, const T *b, const T *c) {                        \
    for (size_t i = 0; i < n; i += LANES) {                                                                   \
      const bool whole = n - i >= LANES;                                                                      \
      const N(mask) m = N(first)(whole ? LANES : n - i);                                                      \
      const V x = whole ? N(load)(a + i) : N(load_masked)(a + i, m);                                          \
      const V y = operands < 2 ? x : whole ? N(load)(b + i) : N(load_masked)(b + i, m);                       \
      const V z = operands < 3 ? x : whole ? N(load)(c + i) : N(load_masked)(c + i, m);                       \
      (void)y, (void)z;                                                                                       \
      const V r = vector;                                                                                     \
      if (whole) N(store)(out + i, r);                                                                        \
      else N(store_masked)(out + i, m, r);                                                                    \
    }                                                                                                         \
  }
#define KERNEL(name, operands, cost, vector, scalar) KERNEL_##cost(name, operands, vector)
CR_KERNELS(KERNEL)

#define ENTRY(name, operands, cost, vector, scalar) N(kernel_##name),
static const N(cr_kernel) N(kernels)[CR_KERNEL_COUNT] = {CR_KERNELS(ENTRY)};
