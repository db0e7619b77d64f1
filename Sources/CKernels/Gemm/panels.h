// How a product is cut: steps of k, panels of rows and of columns, and the micro-kernel for each.

// Long steps of k touch C seldom, long rows pack A seldom; what is read in sequence may come from L2 or L3.
// Docs/Kernels.md tells what else was tried.
#ifndef KC_BYTES
#define KC_BYTES 3072
#define NC_BYTES 4096
#endif
#define KC (KC_BYTES / sizeof(T))
#define NC (NC_BYTES / sizeof(T))

enum { N(PACK_A) = 1, N(PACK_B) = 2, N(DOTS) = 4, N(SWAP_SIDES) = 8 };

// One contiguous column of C is one row of Cᵀ = Bᵀ Aᵀ.
INLINE cr_gemm N(swapped)(const cr_gemm *g) {
  return (cr_gemm){.m = 1, .n = g->m, .k = g->k, .lda = g->ldb, .ldb = g->lda, .ldc = g->m,
                   .a_transposed = !g->b_transposed, .b_transposed = !g->a_transposed, .alpha = g->alpha,
                   .beta = g->beta, .relu = g->relu, .bfloat16 = g->bfloat16,
                   .path = g->bfloat16 ? N(PACK_A) | N(PACK_B) : 0};
}

// Rows of the same height, as even as they divide: 128 rows go as 13 13 … 12 12, not 14 … 14 2.
INLINE size_t N(height)(size_t rows, size_t panels, size_t panel) { return rows / panels + (panel < rows % panels); }

// Columns of a packed block with the widest panels that any cut of the rows may choose.
INLINE size_t N(packed_columns)(size_t n) {
  const size_t widest = MICRO_WIDE(1) * LANES;
  return (n + widest - 1) / widest * widest;
}

INLINE N(micro_kernel) N(choose)(size_t rows, size_t vectors, bool strided) {
  return (vectors == 1 ? N(narrow) : vectors == 2 ? N(normal) : N(wide))[rows][strided];
}

// An element of C from the lanes of four sums.
INLINE void N(finish_dot)(const V acc[4], T *to, T added, const N(epilogue) *e) {
  const V sum = (acc[0] + acc[2]) + (acc[1] + acc[3]);
  T lane[LANES];
  memcpy(lane, &sum, sizeof lane);
  for (size_t w = LANES / 2; w > 0; w /= 2)
    for (size_t l = 0; l < w; l++) lane[l] += lane[l + w];
  const T old = e->beta != 0 ? *to : 0;
  *to = N(finish)(N(splat)(lane[0]), N(splat)(old), N(splat)(added), e)[0];
}

// A block of B: depth rows of width columns, as they lie or packed in panels of `vectors` vectors.
typedef struct {
  size_t depth, width, vectors, row;
  const T *stored, *packed;  // packed without panels: the columns beyond whole vectors, where loads are not masked
  bool in_panels;
} N(block_of_b);

// The columns from j on that go together: how many vectors, where they are and how far apart their rows.
INLINE size_t N(next_columns)(const N(block_of_b) *b, size_t j, const T **from, ptrdiff_t *step) {
  const size_t left = b->width - j, panel = b->vectors * LANES;
  size_t nv = left > (b->vectors - 1) * LANES && b->vectors > 2 ? b->vectors : left > LANES ? 2 : 1;
  if (b->in_panels) {
    *from = b->packed + j / panel * panel * b->depth + j % panel, *step = (ptrdiff_t)panel;
    return nv;
  }
  *from = b->stored + j, *step = (ptrdiff_t)b->row;
  if (!MICRO_MASKED && left < nv * LANES) {  // whole vectors straight from B, the rest from its copy
    if (nv > 1) nv = left / LANES >= 2 ? 2 : 1;
    if (left < LANES) *from = b->packed, *step = (ptrdiff_t)LANES;
  }
  return nv;
}

// A panel of rows of A times a block of B. `neighbours`: its rows are 1 apart.
INLINE void N(run_panel)(const N(block_of_b) *b, size_t rows, const T *a, ptrdiff_t a_row, ptrdiff_t a_step,
                         bool neighbours, T *c, size_t ldc, const T *column_bias, N(epilogue) e) {
  for (size_t j = 0, nv; j < b->width; j += nv * LANES) {
    const T *from;
    ptrdiff_t step;
    nv = N(next_columns)(b, j, &from, &step);
    if (column_bias) e.column_bias = column_bias + j;
    const size_t in_last = b->width - j - (nv - 1) * LANES;
    const N(mask) last = N(first)(in_last < LANES ? in_last : LANES);
    N(choose)(rows, nv, !neighbours)(b->depth, a, a_row, a_step, from, step, c + j, ldc, last, &e);
  }
}
