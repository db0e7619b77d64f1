// The matrix product around the micro-kernel.
//
//   for columns in steps of NC          B block: KC × NC, packed in panels where that pays, stays in L2 or L3
//     for k in even steps of ≤ KC
//       for panels of ≤ ROWS rows       A panel: ROWS × KC, packed where that pays, stays near
//         for panels of columns         micro-kernel; B streams, C is prefetched
//
// C is accumulated in memory between steps of k, whose lengths depend on k alone; rows and columns may be cut
// anywhere (threads) without changing a bit.

// Long steps of k touch C seldom, long rows pack A seldom; what is read in sequence may come from L2 or L3.
// Docs/Kernels.md tells what else was tried.
#ifndef KC_BYTES
#define KC_BYTES 3072
#define NC_BYTES 4096
#endif
#define KC (KC_BYTES / sizeof(T))
#define NC (NC_BYTES / sizeof(T))

enum { N(PACK_A) = 1, N(PACK_B) = 2, N(DOTS) = 4, N(SWAP_SIDES) = 8 };

static void N(gemm_prepare)(cr_gemm *g) {
  const bool a_row_is_run = !g->a_transposed, b_column_is_run = g->b_transposed;
  g->path = 0;
  if (g->n == 1 && a_row_is_run && (b_column_is_run || g->ldb == 1)) g->path = N(DOTS);
  else if (g->m == 1 && b_column_is_run && (a_row_is_run || g->lda == 1)) g->path = N(DOTS) | N(SWAP_SIDES);
  else if (g->n == 1 && g->a_transposed && g->ldc == 1) g->path = N(SWAP_SIDES);
  if (g->path) return;
  const size_t b_bytes = g->k * g->n * sizeof(T), b_row = g->ldb * sizeof(T), a_row = g->lda * sizeof(T);
  // A transposed B has no rows to load. Otherwise packing pays once several panels of rows read B again and B is
  // too large, or its rows too far apart, for L1 and the address translation to keep it.
  const bool b_strays = b_bytes > (256 << 10) || b_row % 2048 == 0;
  const bool a_strays = g->a_transposed ? a_row >= 2048 : a_row % 1024 == 0 || a_row >= 8192;
  if (g->b_transposed || (g->m > 3 * ROWS && b_strays && g->k > 32)) g->path |= N(PACK_B);
  if (g->n > 4 * 2 * LANES && g->k > 32 && a_strays) g->path |= N(PACK_A);
}

// Columns of a packed block with the widest panels that any cut of the rows may choose.
INLINE size_t N(packed_columns)(size_t n) {
  const size_t widest = MICRO_WIDE(1) * LANES;
  return (n + widest - 1) / widest * widest;
}

// Room for the packed block of B (or, where loads cannot be masked, its last columns) and one panel of A.
static size_t N(gemm_scratch)(const cr_gemm *g) {
  const size_t k = g->k < KC ? g->k : KC, n = g->n < NC ? g->n : NC;
  if (g->path & (N(DOTS) | N(SWAP_SIDES))) return 0;
  size_t elements = 0;
  if (g->path & N(PACK_B)) elements += k * N(packed_columns)(n);
  else if (!MICRO_MASKED) elements += k * LANES;
  if (g->path & N(PACK_A)) elements += k * ROWS + LANES;
  return elements ? elements * sizeof(T) + 64 : 0;
}

INLINE N(micro_kernel) N(choose)(size_t rows, size_t vectors, bool strided) {
  return (vectors == 1 ? N(narrow) : vectors == 2 ? N(normal) : N(wide))[rows][strided];
}

// One matrix–vector product by dot products of rows: y[i] = Σ_p a[i][p] x[p].
static void N(dots)(const cr_gemm *g, size_t rows, const T *a, size_t row, const T *x, T *y, size_t y_step,
                    const T *bias, size_t bias_step) {
  const N(epilogue) e = {(T)g->alpha, (T)g->beta, NULL, NULL, g->relu};
  for (size_t i = 0; i < rows; i++, a += row) {
    V acc[4] = {0};
    size_t p = 0;
    for (; p + 4 * LANES <= g->k; p += 4 * LANES)
      UNROLL for (size_t v = 0; v < 4; v++)
        acc[v] = N(fma)(N(load)(a + p + v * LANES), N(load)(x + p + v * LANES), acc[v]);
    for (size_t v = 0; p < g->k; p += LANES, v++) {
      const N(mask) m = N(first)(g->k - p < LANES ? g->k - p : LANES);
      acc[v] = N(fma)(N(load_masked)(a + p, m), N(load_masked)(x + p, m), acc[v]);
    }
    const V sum = (acc[0] + acc[2]) + (acc[1] + acc[3]);
    T lane[LANES];
    memcpy(lane, &sum, sizeof lane);
    for (size_t w = LANES / 2; w > 0; w /= 2)
      for (size_t l = 0; l < w; l++) lane[l] += lane[l + w];
    T *to = y + i * y_step;
    const T old = e.beta != 0 ? *to : 0, added = bias ? bias[i * bias_step] : 0;
    *to = N(finish)(N(splat)(lane[0]), N(splat)(old), N(splat)(added), &e)[0];
  }
}

// A block of B: depth rows of width columns, as they lie or packed in panels of `vectors` vectors.
typedef struct {
  size_t depth, width, vectors, row;
  const T *stored, *packed;  // packed without panels: the columns beyond whole vectors, where loads are not masked
  bool in_panels;
} N(block_of_b);

INLINE void N(pack_block)(const cr_gemm *g, const N(block_of_b) *b, T *room) {
  const size_t whole = b->width - b->width % LANES;
  if (b->in_panels) N(pack_b)(g->b_transposed, b->depth, b->width, b->vectors * LANES, room, b->stored, b->row);
  else if (!MICRO_MASKED && whole < b->width)
    N(pack_b)(false, b->depth, b->width - whole, LANES, room, b->stored + whole, b->row);
}

// The columns from j on that go together: how many vectors, where they are and how far apart their rows.
INLINE size_t N(next_columns)(const N(block_of_b) *b, size_t j, const T **from, ptrdiff_t *step) {
  const size_t left = b->width - j, panel = b->vectors * LANES;
  size_t nv = left > (b->vectors - 1) * LANES && b->vectors > 2 ? b->vectors : left > LANES ? 2 : 1;
  *from = b->stored + j, *step = (ptrdiff_t)b->row;
  if (b->in_panels) {
    *from = b->packed + j / panel * panel * b->depth + j % panel, *step = (ptrdiff_t)panel;
  } else if (!MICRO_MASKED && left < nv * LANES) {  // whole vectors straight from B, the rest from its copy
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

// A block of C in panels.
static void N(gemm_panels)(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                           const T *a, const T *b, const T *column_bias, const T *row_bias, T *c, void *scratch) {
  const size_t rows = row_end - row_begin, steps = g->k ? (g->k + KC - 1) / KC : 1, deepest = g->k < KC ? g->k : KC;
  const size_t panels = (rows + ROWS - 1) / ROWS, tallest = N(height)(rows, panels, 0);
  const bool pack_a = g->path & N(PACK_A), pack_b = g->path & N(PACK_B);
  T *const b_room = (T *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  T *const a_room = b_room + deepest * (pack_b ? N(packed_columns)(g->n < NC ? g->n : NC) : MICRO_MASKED ? 0 : LANES);
  const ptrdiff_t a_row = g->a_transposed ? 1 : (ptrdiff_t)g->lda, a_step = g->a_transposed ? (ptrdiff_t)g->lda : 1;

  for (size_t jc = column_begin; jc < column_end; jc += NC) {
    N(block_of_b) block = {.width = column_end - jc < NC ? column_end - jc : NC, .vectors = MICRO_WIDE(tallest),
                           .row = g->ldb, .packed = b_room, .in_panels = pack_b};
    for (size_t step = 0, p = 0; step < steps; step++) {
      const bool last = step + 1 == steps;
      block.depth = g->k / steps + (step < g->k % steps);
      block.stored = g->b_transposed ? b + jc * g->ldb + p : b + p * g->ldb + jc;
      N(pack_block)(g, &block, b_room);
      N(epilogue) e = {(T)g->alpha, step ? 1 : (T)g->beta, NULL, NULL, last && g->relu};
      for (size_t panel = 0, r = row_begin; panel < panels; panel++) {
        const size_t height = N(height)(rows, panels, panel);
        const T *a_panel = a + (ptrdiff_t)r * a_row + (ptrdiff_t)p * a_step;
        if (pack_a) N(pack_a)(g->a_transposed, height, block.depth, a_room, a_panel, g->lda);
        if (last && row_bias) e.row_bias = row_bias + r;
        N(run_panel)(&block, height, pack_a ? a_room : a_panel, pack_a ? 1 : a_row, pack_a ? (ptrdiff_t)height : a_step,
                     pack_a || g->a_transposed, c + r * g->ldc + jc, g->ldc,
                     last && column_bias ? column_bias + jc : NULL, e);
        r += height;
      }
      p += block.depth;
    }
  }
}

static void N(gemm_block)(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                          const T *a, const T *b, const T *bias, T *c, void *scratch) {
  if (row_begin >= row_end || column_begin >= column_end) return;
  const size_t rows = row_end - row_begin, columns = column_end - column_begin;
  const bool dots = g->path & N(DOTS), swaps = g->path & N(SWAP_SIDES);
  if (dots && swaps) {
    N(dots)(g, columns, b + column_begin * g->ldb, g->ldb, a, c + column_begin, 1, bias ? bias + column_begin : NULL,
            1);
  } else if (dots) {
    N(dots)(g, rows, a + row_begin * g->lda, g->lda, b, c + row_begin * g->ldc, g->ldc, bias, 0);
  } else if (swaps) {  // one contiguous column of C is one row of Cᵀ = Bᵀ Aᵀ
    const cr_gemm t = {.m = 1, .n = g->m, .k = g->k, .lda = g->ldb, .ldb = g->lda, .ldc = g->m,
                       .a_transposed = !g->b_transposed, .b_transposed = !g->a_transposed, .alpha = g->alpha,
                       .beta = g->beta, .relu = g->relu};
    T edge[MICRO_MASKED ? 1 : KC * LANES] __attribute__((aligned(64)));
    N(gemm_panels)(&t, 0, 1, row_begin, row_end, b, a, NULL, bias, c, edge);
  } else {
    N(gemm_panels)(g, row_begin, row_end, column_begin, column_end, a, b, bias, NULL, c, scratch);
  }
}
