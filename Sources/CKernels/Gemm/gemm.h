// The matrix product around the micro-kernel.
//
//   for columns in steps of NC          B block: KC × NC, packed in panels where that pays, stays in L2 or L3
//     for k in even steps of ≤ KC
//       for panels of ≤ ROWS rows       A panel: ROWS × KC, packed where that pays, stays near
//         for panels of columns         micro-kernel; B streams, C is prefetched
//
// C is accumulated in memory between steps of k, whose lengths depend on k alone; rows and columns may be cut
// anywhere (threads) without changing a bit.

static void N(gemm_prepare)(cr_gemm *g) {
  const bool a_row_is_run = !g->a_transposed, b_column_is_run = g->b_transposed;
  g->path = 0;
  if (g->n == 1 && a_row_is_run && (b_column_is_run || g->ldb == 1)) g->path = N(DOTS);
  else if (g->m == 1 && b_column_is_run && (a_row_is_run || g->lda == 1)) g->path = N(DOTS) | N(SWAP_SIDES);
  else if (g->n == 1 && g->a_transposed && g->ldc == 1) g->path = N(SWAP_SIDES);
  if (g->path) return;
  if (g->bfloat16) {  // what is packed is rounded on the way
    g->path = N(PACK_A) | N(PACK_B);
    return;
  }
  const size_t b_bytes = g->k * g->n * sizeof(T), b_row = g->ldb * sizeof(T), a_row = g->lda * sizeof(T);
  // A transposed B has no rows to load. Otherwise packing pays once several panels of rows read B again and B is
  // too large, or its rows too far apart, for L1 and the address translation to keep it.
  const bool b_strays = b_bytes > (256 << 10) || b_row % 2048 == 0;
  const bool a_strays = g->a_transposed ? a_row >= 2048 : a_row % 1024 == 0 || a_row >= 8192;
  if (g->b_transposed || (g->m > 3 * ROWS && b_strays && g->k > 32)) g->path |= N(PACK_B);
  if (g->n > 4 * 2 * LANES && g->k > 32 && a_strays) g->path |= N(PACK_A);
}

// Room for the packed block of B (or, where loads cannot be masked, its last columns) and one panel of A.
static size_t N(gemm_scratch)(const cr_gemm *g) {
  const size_t k = g->k < KC ? g->k : KC, n = g->n < NC ? g->n : NC;
  if (g->path & N(DOTS)) return 0;
  if (g->path & N(SWAP_SIDES)) {
    const cr_gemm t = N(swapped)(g);
    return t.path ? N(gemm_scratch)(&t) : 0;
  }
  size_t elements = 0;
  if (g->path & N(PACK_B)) elements += k * N(packed_columns)(n);
  else if (!MICRO_MASKED) elements += k * LANES;
  if (g->path & N(PACK_A)) elements += k * ROWS + LANES;
  if (g->bfloat16) elements += ROWS * LANES;  // rows of pairs are whole vectors
  return elements ? elements * sizeof(T) + 64 : 0;
}

// The nearest numbers of 8 bits (those of bfloat16, where T is float), ties to even; NaN stays NaN.
INLINE V N(nearest_bfloat16)(V x) {
  const VU dropped = (VU){0} + ((U)1 << (MANTISSA - 7)), bits = (VU)x;
  const VU odd = (bits >> (MANTISSA - 7)) & 1;
  return N(select)(x == x, (V)((bits + ((dropped >> 1) - 1 + odd)) & ~(dropped - 1)), x);
}

static void N(round_to_bfloat16)(size_t n, T *a) {
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) N(store)(a + i, N(nearest_bfloat16)(N(load)(a + i)));
  if (i < n) {
    const N(mask) last = N(first)(n - i);
    N(store_masked)(a + i, last, N(nearest_bfloat16)(N(load_masked)(a + i, last)));
  }
}

// One matrix–vector product by dot products of rows: y[i] = Σ_p a[i][p] x[p].
INLINE void N(dots)(const cr_gemm *g, const bool rounds, size_t rows, const T *a, size_t row, const T *x, T *y,
                    size_t y_step, const T *bias, size_t bias_step) {
  const N(epilogue) e = {(T)g->alpha, (T)g->beta, NULL, NULL, g->relu};
  for (size_t i = 0; i < rows; i++, a += row) {
    V acc[4] = {0};
    size_t p = 0;
    for (; p + 4 * LANES <= g->k; p += 4 * LANES)
      UNROLL for (size_t v = 0; v < 4; v++) {
        const V left = N(load)(a + p + v * LANES), right = N(load)(x + p + v * LANES);
        acc[v] = rounds ? N(fma)(N(nearest_bfloat16)(left), N(nearest_bfloat16)(right), acc[v])
                        : N(fma)(left, right, acc[v]);
      }
    for (size_t v = 0; p < g->k; p += LANES, v++) {
      const N(mask) m = N(first)(g->k - p < LANES ? g->k - p : LANES);
      const V left = N(load_masked)(a + p, m), right = N(load_masked)(x + p, m);
      acc[v] = rounds ? N(fma)(N(nearest_bfloat16)(left), N(nearest_bfloat16)(right), acc[v])
                      : N(fma)(left, right, acc[v]);
    }
    N(finish_dot)(acc, y + i * y_step, bias ? bias[i * bias_step] : 0, &e);
  }
}

// The product by dots, whichever of its sides is the vector.
INLINE void N(run_dots)(const cr_gemm *g, const bool rounds, size_t row_begin, size_t row_end, size_t column_begin,
                        size_t column_end, const T *a, const T *b, const T *bias, T *c) {
  if (g->path & N(SWAP_SIDES)) {
    N(dots)(g, rounds, column_end - column_begin, b + column_begin * g->ldb, g->ldb, a, c + column_begin, 1,
            bias ? bias + column_begin : NULL, 1);
  } else {
    N(dots)(g, rounds, row_end - row_begin, a + row_begin * g->lda, g->lda, b, c + row_begin * g->ldc, g->ldc, bias, 0);
  }
}

// Columns of a packed block, those that fill the last panel included.
INLINE size_t N(whole_panels)(const N(block_of_b) *b) {
  const size_t panel = b->vectors * LANES;
  return (b->width + panel - 1) / panel * panel;
}

INLINE void N(pack_block)(const cr_gemm *g, const N(block_of_b) *b, T *room) {
  const size_t whole = b->width - b->width % LANES;
  if (b->in_panels) N(pack_b)(g->b_transposed, b->depth, b->width, b->vectors * LANES, room, b->stored, b->row);
  else if (!MICRO_MASKED && whole < b->width)
    N(pack_b)(false, b->depth, b->width - whole, LANES, room, b->stored + whole, b->row);
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
      if (g->bfloat16) N(round_to_bfloat16)(block.depth * N(whole_panels)(&block), b_room);
      N(epilogue) e = {(T)g->alpha, step ? 1 : (T)g->beta, NULL, NULL, last && g->relu};
      for (size_t panel = 0, r = row_begin; panel < panels; panel++) {
        const size_t height = N(height)(rows, panels, panel);
        const T *a_panel = a + (ptrdiff_t)r * a_row + (ptrdiff_t)p * a_step;
        if (pack_a) N(pack_a)(g->a_transposed, height, block.depth, a_room, a_panel, g->lda);
        if (g->bfloat16) N(round_to_bfloat16)(height * block.depth, a_room);
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
#ifdef MICRO_PAIRS  // the processor's own products of pairs
  if (g->bfloat16 && cr_uses_bfloat16())
    return MICRO_PAIRS(g, row_begin, row_end, column_begin, column_end, (const float *)a, (const float *)b,
                       (const float *)bias, (float *)c, scratch);
#endif
  if (g->path & N(DOTS)) {
    if (sizeof(T) == 4 && g->bfloat16) N(run_dots)(g, true, row_begin, row_end, column_begin, column_end, a, b, bias, c);
    else N(run_dots)(g, false, row_begin, row_end, column_begin, column_end, a, b, bias, c);
  } else if (g->path & N(SWAP_SIDES)) {
    const cr_gemm t = N(swapped)(g);
    T edge[MICRO_MASKED ? 1 : KC * LANES] __attribute__((aligned(64)));
    N(gemm_panels)(&t, 0, 1, row_begin, row_end, b, a, NULL, bias, c, t.path ? scratch : edge);
  } else {
    N(gemm_panels)(g, row_begin, row_end, column_begin, column_end, a, b, bias, NULL, c, scratch);
  }
}
