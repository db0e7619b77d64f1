// Copies of A and B in the order in which the micro-kernel reads them.

// B[p][j] for p < k, j < width to panels of `panel` columns: out[j / panel][p][j % panel], the last one filled with 0.
// B[p][j] is b[p·row + j] or, transposed, b[j·row + p].
static void N(pack_b)(bool transposed, size_t k, size_t width, size_t panel, T *out, const T *b, size_t row) {
  for (size_t j = 0; j < width; j += panel, out += k * panel) {
    const size_t columns = width - j < panel ? width - j : panel;
    if (!transposed) {
      const T *from = b + j;
      for (size_t p = 0; p < k; p++, from += row) {
        T *to = out + p * panel;
        if (columns == panel) {
          for (size_t l = 0; l < panel; l += LANES) N(store)(to + l, N(load)(from + l));
        } else {
          size_t l = 0;
          for (; l + LANES <= columns; l += LANES) N(store)(to + l, N(load)(from + l));
          if (l < columns) N(store)(to + l, N(load_masked)(from + l, N(first)(columns - l))), l += LANES;
          for (; l < panel; l += LANES) N(store)(to + l, (V){0});
        }
      }
    } else {
      if (columns < panel)
        for (size_t i = 0; i < k * panel; i++) out[i] = 0;
      N(transpose)(k, columns, out, panel, b + j * row, (ptrdiff_t)row);
    }
  }
}

// A[r][p] for r < rows, p < k to one panel out[p][r]. A[r][p] is a[r·row + p] or, transposed, a[p·row + r].
// May write up to a vector beyond the panel.
INLINE void N(pack_a)(bool transposed, size_t rows, size_t k, T *out, const T *a, size_t row) {
  if (!transposed) {
    N(transpose)(k, rows, out, rows, a, (ptrdiff_t)row);
    return;
  }
  for (size_t p = 0; p < k; p++, a += row, out += rows) {
    __builtin_prefetch(a + 2 * rows);  // for the next panel
    size_t r = 0;
    for (; r + LANES <= rows; r += LANES) N(store)(out + r, N(load)(a + r));
    if (r < rows) N(store)(out + r, N(load_masked)(a + r, N(first)(rows - r)));
  }
}
