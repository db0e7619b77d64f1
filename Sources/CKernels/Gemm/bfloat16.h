// Products of operands rounded to bfloat16, by instructions that multiply pairs of them and add both to a float.
//
// A variant's file includes this for float alone, with MICRO_DOT(x, b, sum): each lane of x and b holds two neighbours
// along k, the first in its lower half. Everything is packed, so that rounding costs one pass over A and B; then pairs
// go through the micro-kernel as floats do, half as many. Each element of C is one chain over k in pairs, whatever the
// tiles. Numbers below 1.2e-38 are 0 here, and those above bfloat16's largest are infinite.

// The neighbours of 2·LANES elements in one vector of pairs.
#ifndef MICRO_PAIR_UP  // what the variant does not spell itself: from bits, ties to even, NaN kept
INLINE VU N(bfloat16_bits)(V x) {
  const VU bits = (VU)x;
  return (VU)N(select)(x == x, (V)(bits + (0x7fff + ((bits >> 16) & 1))), (V)(bits | 0x400000));
}
// low[l] and high[l] as the pair of lane l.
INLINE V N(zip_pairs)(V low, V high) {
  return (V)((N(bfloat16_bits)(low) >> 16) | (N(bfloat16_bits)(high) & 0xffff0000u));
}
INLINE V N(pair_up)(V first, V second) { return N(zip_pairs)(N(even)(first, second), N(odd)(first, second)); }
#endif

INLINE V N(load_up_to)(const T *p, size_t n) {
  return n >= LANES ? N(load)(p) : n ? N(load_masked)(p, N(first)(n)) : (V){0};
}

// Rows of k neighbours to rows of pairs, `step` apart, whole vectors of them.
INLINE void N(pair_rows)(size_t rows, size_t k, T *out, size_t step, const T *in, size_t row) {
  for (size_t r = 0; r < rows; r++, out += step, in += row)
    for (size_t p = 0; p < k; p += 2 * LANES) {
      const V first = N(load_up_to)(in + p, k - p);
      const V second = k - p > LANES ? N(load_up_to)(in + p + LANES, k - p - LANES) : (V){0};
      N(store)(out + p / 2, N(pair_up)(first, second));
    }
}

// k rows of `width` columns to rows of pairs, `step` apart, each of them whole vectors: the next row is written later.
INLINE void N(pair_columns)(size_t k, size_t width, T *out, size_t step, const T *in, size_t row) {
  for (size_t p = 0; p < k; p += 2, out += step)
    for (size_t j = 0; j < width; j += LANES) {
      const T *from = in + p * row + j;
      const V low = N(load_up_to)(from, width - j);
      N(store)(out + j, N(zip_pairs)(low, p + 1 < k ? N(load_up_to)(from + row, width - j) : (V){0}));
    }
}

enum { N(PAIRS_AT_ONCE) = 32 };

// A block of B with `k` rows in panels of pairs.
static void N(pack_pairs)(const cr_gemm *g, const N(block_of_b) *b, size_t k, T *out) {
  const size_t panel = b->vectors * LANES;
  for (size_t j = 0; j < b->width; j += panel, out += b->depth * panel) {
    const size_t columns = b->width - j < panel ? b->width - j : panel;
    if (!g->b_transposed) {
      N(pair_columns)(k, columns, out, panel, b->stored + j, b->row);
      continue;
    }
    T some[MICRO_WIDE(1) * LANES * N(PAIRS_AT_ONCE)];
    for (size_t q = 0; q < b->depth; q += N(PAIRS_AT_ONCE)) {
      const size_t pairs = b->depth - q < N(PAIRS_AT_ONCE) ? b->depth - q : N(PAIRS_AT_ONCE);
      const size_t elements = k - 2 * q < 2 * pairs ? k - 2 * q : 2 * pairs;
      N(pair_rows)(columns, elements, some, N(PAIRS_AT_ONCE), b->stored + j * b->row + 2 * q, b->row);
      N(transpose)(pairs, columns, out + q * panel, panel, some, N(PAIRS_AT_ONCE));
    }
  }
}

// One matrix–vector product: pairs lie side by side, nothing is packed.
static void N(pair_dots)(const cr_gemm *g, size_t rows, const T *a, size_t row, const T *x, T *y, size_t y_step,
                         const T *bias, size_t bias_step) {
  const N(epilogue) e = {(T)g->alpha, (T)g->beta, NULL, NULL, g->relu};
  for (size_t i = 0; i < rows; i++, a += row) {
    V acc[4] = {0};
    for (size_t p = 0, v = 0; p < g->k; p += 2 * LANES, v++) {
      V left, right;
      N(pair_rows)(1, g->k - p < 2 * LANES ? g->k - p : 2 * LANES, (T *)&left, 0, a + p, 0);
      N(pair_rows)(1, g->k - p < 2 * LANES ? g->k - p : 2 * LANES, (T *)&right, 0, x + p, 0);
      acc[v % 4] = MICRO_DOT(left, right, acc[v % 4]);
    }
    N(finish_dot)(acc, y + i * y_step, bias ? bias[i * bias_step] : 0, &e);
  }
}

// As gemm_panels, in pairs.
static void N(pair_panels)(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                           const T *a, const T *b, const T *column_bias, const T *row_bias, T *c, void *scratch) {
  const size_t rows = row_end - row_begin, panels = (rows + ROWS - 1) / ROWS, tallest = N(height)(rows, panels, 0);
  const size_t pairs = (g->k + 1) / 2, steps = pairs ? (pairs + KC - 1) / KC : 1, deepest = pairs < KC ? pairs : KC;
  T *const b_room = (T *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  T *const a_room = b_room + deepest * N(packed_columns)(g->n < NC ? g->n : NC);

  for (size_t jc = column_begin; jc < column_end; jc += NC) {
    N(block_of_b) block = {.width = column_end - jc < NC ? column_end - jc : NC, .vectors = MICRO_WIDE(tallest),
                           .row = g->ldb, .packed = b_room, .in_panels = true};
    for (size_t step = 0, p = 0; step < steps; step++) {
      const bool last = step + 1 == steps;
      block.depth = pairs / steps + (step < pairs % steps);
      const size_t k = g->k - p < 2 * block.depth ? g->k - p : 2 * block.depth;
      const size_t a_row = (block.depth + LANES - 1) / LANES * LANES;
      block.stored = g->b_transposed ? b + jc * g->ldb + p : b + p * g->ldb + jc;
      N(pack_pairs)(g, &block, k, b_room);
      N(epilogue) e = {(T)g->alpha, step ? 1 : (T)g->beta, NULL, NULL, last && g->relu};
      for (size_t panel = 0, r = row_begin; panel < panels; panel++) {
        const size_t height = N(height)(rows, panels, panel);
        if (last && row_bias) e.row_bias = row_bias + r;
        if (g->a_transposed) N(pair_columns)(k, height, a_room, height, a + p * g->lda + r, g->lda);
        else N(pair_rows)(height, k, a_room, a_row, a + r * g->lda + p, g->lda);
        N(run_panel)(&block, height, a_room, g->a_transposed ? 1 : (ptrdiff_t)a_row,
                     g->a_transposed ? (ptrdiff_t)height : 1, g->a_transposed, c + r * g->ldc + jc, g->ldc,
                     last && column_bias ? column_bias + jc : NULL, e);
        r += height;
      }
      p += k;
    }
  }
}

void MICRO_PAIRS(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                 const T *a, const T *b, const T *bias, T *c, void *scratch) {
  if ((g->path & N(DOTS)) && (g->path & N(SWAP_SIDES)))
    N(pair_dots)(g, column_end - column_begin, b + column_begin * g->ldb, g->ldb, a, c + column_begin, 1,
                 bias ? bias + column_begin : NULL, 1);
  else if (g->path & N(DOTS))
    N(pair_dots)(g, row_end - row_begin, a + row_begin * g->lda, g->lda, b, c + row_begin * g->ldc, g->ldc, bias, 0);
  else if (g->path & N(SWAP_SIDES)) {
    const cr_gemm t = N(swapped)(g);
    N(pair_panels)(&t, 0, 1, row_begin, row_end, b, a, NULL, bias, c, scratch);
  } else N(pair_panels)(g, row_begin, row_end, column_begin, column_end, a, b, bias, NULL, c, scratch);
}
