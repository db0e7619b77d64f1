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
  if (g->n == 1 && a_row_is_run && (b_column_is_run || g->ldb == 1)) { g->path = N(DOTS); return; }
  if (g->m == 1 && b_column_is_run && (a_row_is_run || g->lda == 1)) { g->path = N(DOTS) | N(SWAP_SIDES); return; }
  if (g->n == 1 && g->a_transposed && g->ldc == 1 && cr_arity(g->activation) < 2) { g->path = N(SWAP_SIDES); return; }
  const size_t b_bytes = g->k * g->n * sizeof(T), b_row = g->ldb * sizeof(T), a_row = g->lda * sizeof(T);
  // A transposed B has no rows to load. Otherwise packing pays once several panels of rows read B again and B is
  // too large, or its rows too far apart, for L1 and the address translation to keep it.
  if (g->b_transposed) g->path |= N(PACK_B);
  else if (g->m > 3 * ROWS && (b_bytes > (256 << 10) || b_row % 2048 == 0) && g->k > 32) g->path |= N(PACK_B);
  if (g->n > 4 * 2 * LANES && g->k > 32 && (g->a_transposed ? a_row >= 2048 : a_row % 1024 == 0 || a_row >= 8192)) g->path |= N(PACK_A);
}

// Columns of a packed block with the widest panels that any cut of the rows may choose.
INLINE size_t N(packed_columns)(size_t n) { return (n + MICRO_WIDE(1) * LANES - 1) / (MICRO_WIDE(1) * LANES) * (MICRO_WIDE(1) * LANES); }

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

// What follows the sum over all of k for one tile: activations that are more than relu.
INLINE void N(activate)(const cr_gemm *g, size_t rows, size_t columns, T *c, const T *gate) {
  const N(cr_kernel) kernel = N(kernels)[g->activation];
  for (size_t r = 0; r < rows; r++)
    kernel(columns, c + r * g->ldc, c + r * g->ldc, gate ? gate + r * g->ldg : NULL, NULL);
}

// One matrix–vector product by dot products of rows: y[i] = Σ_p a[i][p] x[p].
static void N(dots)(const cr_gemm *g, size_t rows, const T *a, size_t row, const T *x, T *y, size_t y_step, const T *bias,
                    size_t bias_step) {
  const N(epilogue) e = {(T)g->alpha, (T)g->beta, NULL, NULL, g->activation == CR_relu};
  for (size_t i = 0; i < rows; i++, a += row) {
    V acc[4] = {0};
    size_t p = 0;
    for (; p + 4 * LANES <= g->k; p += 4 * LANES)
      UNROLL for (size_t v = 0; v < 4; v++) acc[v] = N(fma)(N(load)(a + p + v * LANES), N(load)(x + p + v * LANES), acc[v]);
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
    *to = N(finish)(N(splat)(lane[0]), N(splat)(e.beta != 0 ? *to : 0), N(splat)(bias ? bias[i * bias_step] : 0), &e)[0];
  }
}

static void N(gemm_block)(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end, const T *a,
                          const T *b, const T *bias, const T *gate, T *c, void *scratch) {
  if (row_begin >= row_end || column_begin >= column_end) return;
  if (g->bias == CR_BIAS_NONE) bias = NULL;
  const bool gated = cr_arity(g->activation) == 2, after = g->activation != CR_copy && g->activation != CR_relu;
  if (g->path & N(DOTS)) {
    if (g->path & N(SWAP_SIDES)) {
      N(dots)(g, column_end - column_begin, b + column_begin * g->ldb, g->ldb, a, c + column_begin, 1,
              bias ? bias + (g->bias == CR_BIAS_COLUMNS ? column_begin : 0) : NULL, g->bias == CR_BIAS_COLUMNS);
      if (after) N(activate)(g, 1, column_end - column_begin, c + column_begin, gated ? gate + column_begin : NULL);
    } else {
      N(dots)(g, row_end - row_begin, a + row_begin * g->lda, g->lda, b, c + row_begin * g->ldc, g->ldc,
              bias ? bias + (g->bias == CR_BIAS_ROWS ? row_begin : 0) : NULL, g->bias == CR_BIAS_ROWS);
      if (after) N(activate)(g, row_end - row_begin, 1, c + row_begin * g->ldc, gated ? gate + row_begin * g->ldg : NULL);
    }
    return;
  }
  if (g->path & N(SWAP_SIDES)) {  // one contiguous column of C is one row of Cᵀ = Bᵀ Aᵀ
    const cr_gemm t = {.m = 1, .n = g->m, .k = g->k, .lda = g->ldb, .ldb = g->lda, .ldc = g->m, .ldg = g->m,
                       .a_transposed = !g->b_transposed, .b_transposed = !g->a_transposed, .alpha = g->alpha, .beta = g->beta,
                       .activation = g->activation, .bias = g->bias == CR_BIAS_ROWS ? CR_BIAS_COLUMNS : g->bias == CR_BIAS_COLUMNS ? CR_BIAS_ROWS : CR_BIAS_NONE};
    T edge[MICRO_MASKED ? 1 : KC * LANES];
    N(gemm_block)(&t, 0, 1, row_begin, row_end, b, a, bias, gate, c, edge);
    return;
  }
  const size_t rows = row_end - row_begin, steps = g->k ? (g->k + KC - 1) / KC : 1;
  const size_t panels = (rows + ROWS - 1) / ROWS, tallest = N(height)(rows, panels, 0);
  const size_t vectors = MICRO_WIDE(tallest), panel = vectors * LANES;
  const bool pack_a = g->path & N(PACK_A), pack_b = g->path & N(PACK_B);
  T *const b_room = (T *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  T *const a_room = b_room + (pack_b ? (g->k < KC ? g->k : KC) * N(packed_columns)(g->n < NC ? g->n : NC)
                                     : MICRO_MASKED ? 0 : (g->k < KC ? g->k : KC) * LANES);
  const ptrdiff_t a_row = g->a_transposed ? 1 : (ptrdiff_t)g->lda, a_step = g->a_transposed ? (ptrdiff_t)g->lda : 1;

  for (size_t jc = column_begin; jc < column_end; jc += NC) {
    const size_t width = column_end - jc < NC ? column_end - jc : NC;
    const size_t whole = width - width % LANES;
    for (size_t step = 0, p = 0; step < steps; step++) {
      const size_t depth = g->k / steps + (step < g->k % steps);
      const bool last = step + 1 == steps;
      const T *b_block = g->b_transposed ? b + jc * g->ldb + p : b + p * g->ldb + jc;
      if (pack_b) N(pack_b)(g->b_transposed, depth, width, panel, b_room, b_block, g->ldb);
      else if (!MICRO_MASKED && whole < width) N(pack_b)(false, depth, width - whole, LANES, b_room, b_block + whole, g->ldb);
      N(epilogue) e = {(T)g->alpha, step ? 1 : (T)g->beta, NULL, NULL, last && g->activation == CR_relu};
      for (size_t ir = 0, r = row_begin; ir < panels; ir++) {
        const size_t height = N(height)(rows, panels, ir);
        const T *a_panel = a + (ptrdiff_t)r * a_row + (ptrdiff_t)p * a_step;
        if (pack_a) {
          N(pack_a)(g->a_transposed, height, depth, a_room, a_panel, g->lda);
          a_panel = a_room;
        }
        if (last && g->bias == CR_BIAS_ROWS) e.row_bias = bias + r;
        for (size_t j = 0, nv; j < width; j += nv * LANES) {
          const size_t left = width - j;
          nv = left > (vectors - 1) * LANES && vectors > 2 ? vectors : left > LANES ? 2 : 1;
          const T *b_panel = b_block + j;
          ptrdiff_t b_step = (ptrdiff_t)g->ldb;
          if (pack_b) {
            b_panel = b_room + j / panel * panel * depth + j % panel, b_step = (ptrdiff_t)panel;
          } else if (!MICRO_MASKED && left < nv * LANES) {  // whole vectors straight from B, the rest from its copy
            if (nv > 1) nv = left / LANES >= 2 ? 2 : 1;
            if (left < LANES) b_panel = b_room, b_step = (ptrdiff_t)LANES;
          }
          if (last && g->bias == CR_BIAS_COLUMNS) e.column_bias = bias + jc + j;
          const size_t in_last = left - (nv - 1) * LANES;
          N(choose)(height, nv, !pack_a && !g->a_transposed)(
            depth, a_panel, pack_a ? 1 : a_row, pack_a ? (ptrdiff_t)height : a_step, b_panel, b_step, c + r * g->ldc + jc + j,
            g->ldc, N(first)(in_last < LANES ? in_last : LANES), &e);
          if (last && after)
            N(activate)(g, height, left < nv * LANES ? left : nv * LANES, c + r * g->ldc + jc + j,
                        gated ? gate + r * g->ldg + jc + j : NULL);
        }
        r += height;
      }
      p += depth;
    }
  }
}
