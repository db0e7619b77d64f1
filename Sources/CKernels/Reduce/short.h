// Rows that fit one vector (ten classes, say), or one group where nothing but the fold is wanted: as many rows as a vector
// has lanes go together, so that folding them costs a transposition for all instead of a fold each. The sums have the
// bits that one row alone would have.

INLINE bool N(is_short)(const cr_reduction r, size_t n) {
  return n > 0 && n <= (r == CR_LOG_SUM_EXP ? LANES : GROUP) && r != CR_PRODUCT;
}
// A row of up to a group, its vectors folded to one as those of a group are.
INLINE V N(fold_vectors)(const cr_reduction r, size_t n, const T *a, T fill) {
  V v[GROUP_VECTORS];
  UNROLL for (size_t i = 0; i < GROUP_VECTORS; i++)
    v[i] = i * LANES < n ? N(load_filled)(a + i * LANES, n - i * LANES, fill) : N(splat)(fill);
  UNROLL for (size_t w = GROUP_VECTORS / 2; w > 0; w /= 2)
    UNROLL for (size_t i = 0; i < w; i++) v[i] = N(combine)(r, v[i], v[i + w]);
  return v[0];
}

INLINE void N(load_rows)(size_t rows, size_t n, const T *a, T fill, V *v) {
  const VI inside = *(const VI *)N(lane_numbers) < (I)n;
  const N(mask) m = N(first)(n);
  UNROLL for (size_t l = 0; l < LANES; l++)
    v[l] = l < rows ? N(select)(inside, N(load_masked)(a + l * n, m), N(splat)(fill)) : N(splat)(fill);
}

// e^(x - max of the row) for up to LANES rows, 0 where all are -∞; the maxima and the sums.
INLINE void N(exp_rows)(size_t rows, size_t n, const T *a, V *e, V *max, V *sum) {
  V v[LANES];
  T each[LANES];
  N(load_rows)(rows, n, a, -(T)INFINITY, e);
  UNROLL for (size_t l = 0; l < LANES; l++) v[l] = e[l];
  *max = N(fold_many)(CR_MAX, v);
  memcpy(each, max, sizeof each);
  for (size_t l = 0; l < rows; l++) e[l] = N(exp)(e[l] - (each[l] == -(T)INFINITY ? 0 : each[l]));
  UNROLL for (size_t l = 0; l < LANES; l++) v[l] = l < rows ? e[l] : (V){0};
  *sum = N(fold_many)(CR_SUM, v);
}

INLINE V N(fold_rows)(const cr_reduction r, size_t rows, size_t n, const T *a) {
  V v[LANES];
  const T fill = N(neutral)(r);
  if (n <= LANES) N(load_rows)(rows, n, a, fill, v);
  else UNROLL for (size_t l = 0; l < LANES; l++) v[l] = l < rows ? N(fold_vectors)(r, n, a + l * n, fill) : N(splat)(fill);
  return N(fold_many)(r, v);
}

static void N(reduce_short)(cr_reduction r, size_t outer, size_t n, T *out, const T *a) {
  for (size_t o = 0; o < outer; o += LANES, a += LANES * n) {
    const size_t rows = outer - o < LANES ? outer - o : LANES;
    V result;
    if (r == CR_LOG_SUM_EXP) {
      V v[LANES], max, sum;
      N(exp_rows)(rows, n, a, v, &max, &sum);
      V logarithm = N(log)(sum);
      if (sizeof(T) == sizeof(double)) {
        // That of longer rows: which rows are short depends on the instruction set, and the bits must not.
        T each[LANES];
        memcpy(each, &sum, sizeof each);
        for (size_t l = 0; l < rows; l++) each[l] = (T)log((double)each[l]);
        memcpy(&logarithm, each, sizeof each);
      }
      result = N(select)(N(abs)(max) < (T)INFINITY, max + logarithm, max);
    } else {
      result = r == CR_SUM ? N(fold_rows)(CR_SUM, rows, n, a)
             : r == CR_MIN ? N(fold_rows)(CR_MIN, rows, n, a)
                           : N(fold_rows)(CR_MAX, rows, n, a);
    }
    N(store_masked)(out + o, N(first)(rows), result);
  }
}

static void N(softmax_short)(size_t outer, size_t n, T *out, const T *a) {
  const N(mask) m = N(first)(n);
  for (size_t o = 0; o < outer; o += LANES, a += LANES * n, out += LANES * n) {
    const size_t rows = outer - o < LANES ? outer - o : LANES;
    V e[LANES], max, sum;
    T each[LANES];
    N(exp_rows)(rows, n, a, e, &max, &sum);
    memcpy(each, &sum, sizeof each);
    // A factor, as for longer rows: which rows are short depends on the instruction set, and the bits must not.
    for (size_t l = 0; l < rows; l++)
      N(store_masked)(out + l * n, m, e[l] * N(splat)((T)(each[l] == 0 ? 1 : 1 / (double)each[l])));
  }
}

static void N(reduce)(cr_reduction r, size_t outer, size_t n, size_t inner, T *out, const T *a) {
  if (inner == 1 && N(is_short)(r, n)) {
    N(reduce_short)(r, outer, n, out, a);
    return;
  }
  for (size_t o = 0; o < outer; o++) {
    if (inner == 1) { out[o] = (T)N(row_reduce)(r, n, a + o * n); continue; }
    for (size_t j = 0; j < inner; j += STRIP)
      N(columns)(r, n, inner, inner - j < STRIP ? inner - j : STRIP, out + o * inner + j, a + o * n * inner + j);
  }
}
