// Products with a matrix of 8-bit whole numbers and a scale for each column: y = (x · w) ∘ scale.
//
// w lies in panels of CR_INT8_PANEL columns, k rows each, so that it is read in sequence whatever the instruction set.
// Few rows of x read it as it is, a quarter of the bytes of floats: that is what bounds them. From INT8_UNPACKED rows on
// a panel is made T first, and the micro-kernel takes it. Which way depends on m alone.

enum { N(INT8_UNPACKED) = 16 };
#define INT8_ROWS (CR_REGISTERS == 32 ? 4 : 2)
#define INT8_VECTORS 4

typedef int8_t N(bytes) __attribute__((vector_size(CR_BYTES / sizeof(T)), aligned(1), may_alias));
INLINE V N(load_int8)(const int8_t *p) { return __builtin_convertvector(*(const N(bytes) *)p, V); }

static size_t N(gemm_int8_scratch)(size_t m, size_t k) {
  return m < N(INT8_UNPACKED) ? 0 : (k < KC ? k : KC) * CR_INT8_PANEL * sizeof(T) + 64;
}

// `rows` rows of x times some columns of a panel, of which `width` are stored.
INLINE void N(int8_rows)(const size_t rows, size_t k, const T *x, const int8_t *w, T *y, size_t row, size_t width) {
  V acc[INT8_ROWS * INT8_VECTORS];
  UNROLL for (size_t i = 0; i < rows * INT8_VECTORS; i++) acc[i] = (V){0};
  for (size_t p = 0; p < k; p++, w += CR_INT8_PANEL) {
    V b[INT8_VECTORS];
    UNROLL for (size_t v = 0; v < INT8_VECTORS; v++) b[v] = N(load_int8)(w + v * LANES);
    UNROLL for (size_t r = 0; r < rows; r++) {
      const V a = N(splat)(x[r * k + p]);
      UNROLL for (size_t v = 0; v < INT8_VECTORS; v++)
        acc[r * INT8_VECTORS + v] = N(fma)(a, b[v], acc[r * INT8_VECTORS + v]);
    }
  }
  UNROLL for (size_t r = 0; r < rows; r++)
    UNROLL for (size_t v = 0; v < INT8_VECTORS; v++)
      if (v * LANES < width) {
        const size_t left = width - v * LANES;
        N(store_masked)(y + r * row + v * LANES, N(first)(left < LANES ? left : LANES), acc[r * INT8_VECTORS + v]);
      }
}

static void N(int8_few)(size_t m, size_t k, size_t width, const T *x, const int8_t *w, T *y, size_t row) {
  for (size_t j = 0; j < width; j += INT8_VECTORS * LANES) {
    size_t r = 0;
    for (; r + INT8_ROWS <= m; r += INT8_ROWS)
      N(int8_rows)(INT8_ROWS, k, x + r * k, w + j, y + r * row + j, row, width - j);
    for (; r < m; r++) N(int8_rows)(1, k, x + r * k, w + j, y + r * row + j, row, width - j);
  }
}

static void N(int8_many)(size_t m, size_t k, size_t width, const T *x, const int8_t *w, T *y, size_t row,
                         void *scratch) {
  T *const room = (T *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  const size_t steps = k ? (k + KC - 1) / KC : 1, panels = (m + ROWS - 1) / ROWS;
  N(block_of_b) block = {.width = width, .vectors = 2, .packed = room, .in_panels = true};
  for (size_t step = 0, p = 0; step < steps; step++, p += block.depth) {
    block.depth = k / steps + (step < k % steps);
    for (size_t q = 0; q < block.depth; q++)
      for (size_t j = 0; j < CR_INT8_PANEL; j += LANES)
        N(store)(room + j / (2 * LANES) * 2 * LANES * block.depth + q * 2 * LANES + j % (2 * LANES),
                 N(load_int8)(w + (p + q) * CR_INT8_PANEL + j));
    const N(epilogue) e = {1, step ? 1 : 0, NULL, NULL, false};
    for (size_t panel = 0, r = 0; panel < panels; panel++) {
      const size_t height = N(height)(m, panels, panel);
      N(run_panel)(&block, height, x + r * k + p, (ptrdiff_t)k, 1, false, y + r * row, row, NULL, e);
      r += height;
    }
  }
}

static void N(gemm_int8)(size_t m, size_t k, size_t n, size_t panel_begin, size_t panel_end, const T *x,
                         const int8_t *w, const T *scale, T *y, void *scratch) {
  for (size_t panel = panel_begin; panel < panel_end; panel++) {
    const size_t j = panel * CR_INT8_PANEL, width = n - j < CR_INT8_PANEL ? n - j : CR_INT8_PANEL;
    if (m < N(INT8_UNPACKED)) N(int8_few)(m, k, width, x, w + j * k, y + j, n);
    else N(int8_many)(m, k, width, x, w + j * k, y + j, n, scratch);
    for (size_t r = 0; r < m; r++)
      for (size_t i = 0; i < width; i += LANES) {
        const N(mask) these = N(first)(width - i < LANES ? width - i : LANES);
        T *to = y + r * n + j + i;
        N(store_masked)(to, these, N(load_masked)(to, these) * N(load_masked)(scale + j + i, these));
      }
  }
}
