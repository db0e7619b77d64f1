// Moving without computing: strided copies both ways, gather and scatter-add.
// A view is first simplified: axes of length 1 go, neighbours that are one run become one axis.

#define MAX_RANK 16
typedef struct { size_t rank; ptrdiff_t shape[MAX_RANK], strides[MAX_RANK]; } N(view);

// false if the view is empty.
INLINE bool N(simplify)(N(view) *v, size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides) {
  v->rank = 0;
  for (size_t k = 0; k < rank; k++) {
    if (shape[k] == 0) return false;
    if (shape[k] == 1) continue;
    const size_t last = v->rank;
    if (last && v->strides[last - 1] == shape[k] * strides[k]) {
      v->shape[last - 1] *= shape[k];
      v->strides[last - 1] = strides[k];
    } else {
      v->shape[last] = shape[k], v->strides[last] = strides[k], v->rank++;
    }
  }
  if (v->rank == 0) v->shape[0] = 1, v->strides[0] = 1, v->rank = 1;
  return true;
}

// Runs BODY for each combination of the axes before the last `tail`, with `at` the view's offset.
#define FOR_EACH_ROW(v, tail, BODY)                                              \
  {                                                                              \
    ptrdiff_t index[MAX_RANK] = {0}, at = 0;                                     \
    const size_t axes = (v).rank - (tail);                                       \
    for (bool more = true; more;) {                                              \
      BODY                                                                       \
      more = false;                                                              \
      for (size_t k = axes; k-- > 0;) {                                          \
        at += (v).strides[k];                                                    \
        if (++index[k] < (v).shape[k]) { more = true; break; }                   \
        at -= (v).shape[k] * (v).strides[k];                                     \
        index[k] = 0;                                                            \
      }                                                                          \
    }                                                                            \
  }

INLINE void N(copy_run)(T *out, const T *in, size_t n) {
  if (n >= 64) { memcpy(out, in, n * sizeof(T)); return; }
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) N(store)(out + i, N(load)(in + i));
  if (i < n) N(store_masked)(out + i, N(first)(n - i), N(load_masked)(in + i, N(first)(n - i)));
}
INLINE void N(fill_run)(T *out, T x, size_t n) {
  const V v = N(splat)(x);
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) N(store)(out + i, v);
  if (i < n) N(store_masked)(out + i, N(first)(n - i), v);
}

// Each of the numbers at a distance of `step` repeated `width` times. Of short runs each is written as a whole vector,
// whose rest the next ones overwrite.
static void N(repeat)(size_t rows, ptrdiff_t step, size_t width, T *out, const T *in) {
  size_t r = 0;
  if (width < LANES)
    for (; (rows - r) * width >= LANES; r++, in += step, out += width) N(store)(out, N(splat)(*in));
  for (; r < rows; r++, in += step, out += width) N(fill_run)(out, *in, width);
}

static void N(copy_strided)(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in) {
  N(view) v;
  if (!N(simplify)(&v, rank, shape, strides)) return;
  const size_t length = (size_t)v.shape[v.rank - 1];
  const ptrdiff_t step = v.strides[v.rank - 1];
  if (step == 1) {
    // Short runs far apart: the hardware does not guess where the next ones lie.
    const ptrdiff_t ahead = v.rank > 1 && length * sizeof(T) <= 1024 ? 8 * v.strides[v.rank - 2] : 0;
    FOR_EACH_ROW(v, 1, {
      for (size_t i = 0; ahead && i < length; i += 64 / sizeof(T)) __builtin_prefetch(in + (at + ahead + (ptrdiff_t)i));
      N(copy_run)(out, in + at, length);
      out += length;
    })
    return;
  }
  if (step == 0) {
    const size_t rows = v.rank > 1 ? (size_t)v.shape[v.rank - 2] : 1;
    const ptrdiff_t next = v.rank > 1 ? v.strides[v.rank - 2] : 0;
    FOR_EACH_ROW(v, v.rank > 1 ? 2 : 1, N(repeat)(rows, next, length, out, in + at); out += rows * length;)
    return;
  }
  if (v.rank > 1 && v.strides[v.rank - 2] == 1) {
    const size_t rows = (size_t)v.shape[v.rank - 2];
    FOR_EACH_ROW(v, 2, N(transpose)(rows, length, out, length, in + at, step); out += rows * length;)
    return;
  }
  // An earlier axis that is contiguous: transpose it with the last one, the axes between stay where they are.
  for (size_t k = 0; k + 2 < v.rank; k++) {
    if (v.strides[k] != 1) continue;
    N(view) rest = {.rank = 0};
    ptrdiff_t target[MAX_RANK], size = 1;
    ptrdiff_t out_strides[MAX_RANK];
    for (size_t l = v.rank; l-- > 0;) out_strides[l] = size, size *= v.shape[l];
    for (size_t l = 0; l + 1 < v.rank; l++)
      if (l != k)
        rest.shape[rest.rank] = v.shape[l], rest.strides[rest.rank] = v.strides[l],
        target[rest.rank++] = out_strides[l];
    FOR_EACH_ROW(rest, 0, {
      ptrdiff_t to = 0;
      for (size_t l = 0; l < rest.rank; l++) to += index[l] * target[l];
      N(transpose)((size_t)v.shape[k], length, out + to, (size_t)out_strides[k], in + at, step);
    })
    return;
  }
  FOR_EACH_ROW(v, 1, for (size_t i = 0; i < length; i++) *out++ = in[at + (ptrdiff_t)i * step];)
}

static void N(pad_strided)(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in) {
  N(view) v;
  if (!N(simplify)(&v, rank, shape, strides)) return;
  const size_t length = (size_t)v.shape[v.rank - 1];
  const ptrdiff_t step = v.strides[v.rank - 1];
  FOR_EACH_ROW(v, 1, {
    T *to = out + at;
    if (step == 1) N(copy_run)(to, in, length);
    else for (size_t i = 0; i < length; i++) to[(ptrdiff_t)i * step] = in[i];
    in += length;
  })
}

// Up to LANES columns side by side: a transposition in blocks of registers.
INLINE void N(join_columns)(size_t count, const T *const *in, size_t first, size_t rows, T *out, size_t out_row) {
  const N(mask) down = N(first)(count);
  for (size_t r = 0; r < rows; r += LANES) {
    const size_t high = rows - r < LANES ? rows - r : LANES;
    const N(mask) across = N(first)(high);
    V block[LANES];
    UNROLL for (size_t l = 0; l < LANES; l++)
      block[l] = l >= count ? (V){0} : high == LANES ? N(load)(in[l] + first + r) : N(load_masked)(in[l] + first + r, across);
    N(transpose_block)(block);
    UNROLL for (size_t l = 0; l < LANES; l++)
      if (l < high) N(store_masked)(out + (r + l) * out_row, down, block[l]);
  }
}

// Rows come in blocks that stay in the first caches while all inputs write their share of them.
static void N(join_rows)(size_t count, const T *const *in, const size_t *widths, size_t rows, T *out, size_t out_row) {
  const size_t together = 64;
  for (size_t r = 0; r < rows; r += together) {
    const size_t high = rows - r < together ? rows - r : together;
    T *to = out + r * out_row;
    for (size_t k = 0; k < count;) {
      size_t thin = 0;
      while (k + thin < count && thin < LANES && widths[k + thin] == 1 && in[k + thin]) thin++;
      if (thin > 1) {
        N(join_columns)(thin, in + k, r, high, to, out_row);
        to += thin, k += thin;
        continue;
      }
      const size_t width = widths[k];
      const T *from = in[k] ? in[k] + r * width : NULL;
      if (from && width == 1)
        for (size_t i = 0; i < high; i++) to[i * out_row] = from[i];
      else if (from)
        for (size_t i = 0; i < high; i++) N(copy_run)(to + i * out_row, from + i * width, width);
      to += width, k++;
    }
  }
}

// Rows at indices lie anywhere: the hardware does not guess where, but the indices say it in time.
INLINE void N(expect_row)(const T *row, size_t width) {
  for (size_t j = 0; j < width && j < 1024 / sizeof(T); j += 64 / sizeof(T)) __builtin_prefetch(row + j);
}
enum { N(ROWS_AHEAD) = 8 };

static void N(take)(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++, a += n * inner) {
    if (inner == 1) {
      for (size_t i = 0; i < count; i++) *out++ = a[indices[i]];
      continue;
    }
    for (size_t i = 0; i < count; i++, out += inner) {
      if (i + N(ROWS_AHEAD) < count) N(expect_row)(a + (size_t)indices[i + N(ROWS_AHEAD)] * inner, inner);
      N(copy_run)(out, a + (size_t)indices[i] * inner, inner);
    }
  }
}

static void N(add_at)(size_t inner, size_t width, size_t count, const int32_t *indices, T *out, const T *a) {
  if (inner == 1) {
    for (size_t i = 0; i < count; i++) out[indices[i]] += a[i];
    return;
  }
  for (size_t i = 0; i < count; i++, a += inner) {
    if (i + N(ROWS_AHEAD) < count) N(expect_row)(out + (size_t)indices[i + N(ROWS_AHEAD)] * inner, width);
    T *to = out + (size_t)indices[i] * inner;
    size_t j = 0;
    for (; j + LANES <= width; j += LANES) N(store)(to + j, N(load)(to + j) + N(load)(a + j));
    const N(mask) m = N(first)(width - j);
    if (j < width) N(store_masked)(to + j, m, N(load_masked)(to + j, m) + N(load_masked)(a + j, m));
  }
}

static void N(take_transposed)(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out,
                               const T *a) {
  N(fill_run)(out, 0, outer * n * inner);
  for (size_t o = 0; o < outer; o++, out += n * inner, a += count * inner)
    N(add_at)(inner, inner, count, indices, out, a);
}
