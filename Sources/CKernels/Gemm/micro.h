// The heart of the matrix product: an mr × (nv vectors) tile of C stays in registers while k runs.
//
//   C[r][j] = act(α Σ_p A[r][p] B[p][j] + β C[r][j] + bias)
//
// Per p: nv loads of B, mr broadcasts of A, mr·nv multiply-adds. With 32 registers 14 × 2 tiles leave 28 sums, 2 of B
// and 2 of A; with 16 registers 6 × 2. Each element is one chain of multiply-adds over p in order, whichever tile
// shape computes it, so that neither tiling nor threads change a bit.
//
// A tile is told by three numbers: mr (1 … ROWS), the width class (1 or 2 vectors, or as many as the registers
// allow when mr is small) and whether neighbouring rows of A are 1 apart (packed or transposed A) or a stride.

#define MICRO_SUMS 28
#ifndef MICRO_MULTIPLY_ADD  // bfloat16.h puts two of them into one
#define MICRO_MULTIPLY_ADD(x, b, sum) N(fma)(x, b, sum)
#endif
#define MICRO_MASKED (CR_MASKS == 512)  // where a masked load costs nothing, the edge of B needs no packing

// What is done to a finished sum.
typedef struct {
  T alpha, beta;         // β = 0 does not read C
  const T *column_bias;  // one per column, or NULL
  const T *row_bias;     // one per row, or NULL
  bool relu;
} N(epilogue);

INLINE V N(finish)(V sum, V c, V bias, const N(epilogue) *e) {
  V v = sum * e->alpha;
  if (e->beta != 0) v = N(fma)(N(splat)(e->beta), c, v);
  v = v + bias;
  return e->relu ? N(select)(v <= 0, (V){0}, v) : v;
}

INLINE void N(micro)(const size_t mr, const size_t nv, size_t k, const T *a, ptrdiff_t a_row, ptrdiff_t a_step,
                     const T *b, ptrdiff_t b_step, const ptrdiff_t *b_offsets, T *c, size_t ldc,
                     const ptrdiff_t *c_offsets, N(mask) last, const N(epilogue) *e) {
  V acc[MICRO_SUMS];
  UNROLL for (size_t i = 0; i < mr * nv; i++) acc[i] = (V){0};
  // Rows of C will be wanted when the sums are done.
  UNROLL for (size_t r = 0; r < mr; r++)
    UNROLL for (size_t v = 0; v < nv; v += CR_BYTES < 64 ? 64 / CR_BYTES : 1)
      __builtin_prefetch(c + (c_offsets ? c_offsets[r] : (ptrdiff_t)(r * ldc)) + v * LANES, 1);
  // Strided rows are reached from three bases and small multiples of the stride: one pointer a row would spill.
  const T *const b_base = b;
  const T *a1 = a + 5 * a_row, *a2 = a + 10 * a_row;
  for (size_t p = 0; p < k; p++) {
    V bv[8];
    if (b_offsets) b = b_base + b_offsets[p];
    UNROLL for (size_t v = 0; v < nv; v++)
      bv[v] = MICRO_MASKED && v + 1 == nv ? N(load_masked)(b + v * LANES, last) : N(load)(b + v * LANES);
    UNROLL for (size_t r = 0; r < mr; r++) {
      const T *row = r < 5    ? a + (ptrdiff_t)r * a_row
                     : r < 10 ? a1 + (ptrdiff_t)(r - 5) * a_row
                              : a2 + (ptrdiff_t)(r - 10) * a_row;
      const V x = N(splat)(*row);
      UNROLL for (size_t v = 0; v < nv; v++) acc[r * nv + v] = MICRO_MULTIPLY_ADD(x, bv[v], acc[r * nv + v]);
    }
    a += a_step, a1 += a_step, a2 += a_step, b += b_step;
  }
  const bool plain = e->alpha == 1 && e->beta == 0 && !e->column_bias && !e->row_bias && !e->relu;
  UNROLL for (size_t r = 0; r < mr; r++)
    UNROLL for (size_t v = 0; v < nv; v++) {
      T *to = c + (c_offsets ? c_offsets[r] : (ptrdiff_t)(r * ldc)) + v * LANES;
      V x = acc[r * nv + v];
      if (!plain) {
        const V old = e->beta == 0 ? (V){0} : v + 1 == nv ? N(load_masked)(to, last) : N(load)(to);
        V bias = {0};
        if (e->column_bias) {
          const T *from = e->column_bias + v * LANES;
          bias = v + 1 == nv ? N(load_masked)(from, last) : N(load)(from);
        } else if (e->row_bias) {
          bias = N(splat)(e->row_bias[r]);
        }
        x = N(finish)(x, old, bias, e);
      }
      if (v + 1 == nv) N(store_masked)(to, last, x);
      else N(store)(to, x);
    }
}

typedef void (*N(micro_kernel))(size_t k, const T *a, ptrdiff_t a_row, ptrdiff_t a_step, const T *b, ptrdiff_t b_step,
                                T *c, size_t ldc, N(mask) last, const N(epilogue) *e);

#define MICRO(mr, nv)                                                                                                  \
  static void N(micro_##mr##_##nv)(size_t k, const T *a, ptrdiff_t a_row, ptrdiff_t a_step, const T *b,                \
                                   ptrdiff_t b_step,                                                                   \
                                   T *c, size_t ldc, N(mask) last, const N(epilogue) *e) {                             \
    (void)a_row;                                                                                                       \
    N(micro)(mr, nv, k, a, 1, a_step, b, b_step, NULL, c, ldc, NULL, last, e);                                         \
  }                                                                                                                    \
  static void N(micro_##mr##_##nv##_strided)(size_t k, const T *a, ptrdiff_t a_row, ptrdiff_t a_step, const T *b,      \
                                             ptrdiff_t b_step, T *c, size_t ldc, N(mask) last, const N(epilogue) *e) { \
    (void)a_step;                                                                                                      \
    N(micro)(mr, nv, k, a, a_row, 1, b, b_step, NULL, c, ldc, NULL, last, e);                                          \
  }
// For convolutions: each row of B and of C lies at an offset of its own, A is packed.
typedef void (*N(correlate_kernel))(size_t k, const T *a, const T *b, const ptrdiff_t *b_offsets, T *c,
                                    const ptrdiff_t *c_offsets, N(mask) last, const N(epilogue) *e);
#define CORRELATE(mr, nv)                                                                                  \
  static void N(correlate_##mr##_##nv)(size_t k, const T *a, const T *b, const ptrdiff_t *b_offsets, T *c, \
                                       const ptrdiff_t *c_offsets, N(mask) last, const N(epilogue) *e) {   \
    N(micro)(mr, nv, k, a, 1, mr, b, 0, b_offsets, c, 0, c_offsets, last, e);                              \
  }
#define CORRELATE_ENTRY(mr, nv) [mr] = N(correlate_##mr##_##nv),
#define MICRO_ENTRY(mr, nv) [mr] = {N(micro_##mr##_##nv), N(micro_##mr##_##nv##_strided)},

// Tiles of each width class; MICRO_WIDE(mr) is the width of the third.
#if CR_REGISTERS == 32 && CR_BYTES == 64
#define ROWS 14
#define ALL_ROWS(M, nv)                                          \
  M(1, nv) M(2, nv) M(3, nv) M(4, nv) M(5, nv) M(6, nv) M(7, nv) \
  M(8, nv) M(9, nv) M(10, nv) M(11, nv) M(12, nv) M(13, nv) M(14, nv)
#define WIDE_ROWS(M) M(1, 8) M(2, 8) M(3, 8) M(4, 4) M(5, 4) M(6, 4)
#define MICRO_WIDE(mr) ((mr) <= 3 ? 8u : (mr) <= 6 ? 4u : 2u)
#elif CR_REGISTERS == 32
#define ROWS 12
#define ALL_ROWS(M, nv) \
  M(1, nv) M(2, nv) M(3, nv) M(4, nv) M(5, nv) M(6, nv) M(7, nv) M(8, nv) M(9, nv) M(10, nv) M(11, nv) M(12, nv)
#define WIDE_ROWS(M) M(1, 8) M(2, 8) M(3, 8) M(4, 4) M(5, 4) M(6, 4)
#define MICRO_WIDE(mr) ((mr) <= 3 ? 8u : (mr) <= 6 ? 4u : 2u)
#else
#define ROWS 6
#define ALL_ROWS(M, nv) M(1, nv) M(2, nv) M(3, nv) M(4, nv) M(5, nv) M(6, nv)
#define WIDE_ROWS(M) M(1, 4) M(2, 4) M(3, 4)
#define MICRO_WIDE(mr) ((mr) <= 3 ? 4u : 2u)
#endif

ALL_ROWS(MICRO, 1)
ALL_ROWS(MICRO, 2)
WIDE_ROWS(MICRO)
static const N(micro_kernel) N(narrow)[ROWS + 1][2] = {ALL_ROWS(MICRO_ENTRY, 1)};
static const N(micro_kernel) N(normal)[ROWS + 1][2] = {ALL_ROWS(MICRO_ENTRY, 2)};
static const N(micro_kernel) N(wide)[ROWS + 1][2] = {WIDE_ROWS(MICRO_ENTRY)};
ALL_ROWS(CORRELATE, 1)
ALL_ROWS(CORRELATE, 2)
WIDE_ROWS(CORRELATE)
static const N(correlate_kernel) N(correlate_narrow)[ROWS + 1] = {ALL_ROWS(CORRELATE_ENTRY, 1)};
static const N(correlate_kernel) N(correlate_normal)[ROWS + 1] = {ALL_ROWS(CORRELATE_ENTRY, 2)};
static const N(correlate_kernel) N(correlate_wide)[ROWS + 1] = {WIDE_ROWS(CORRELATE_ENTRY)};
