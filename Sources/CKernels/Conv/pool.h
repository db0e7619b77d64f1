// Pooling over windows of [batch · channels] planes. Maximum: the first of equal elements wins, NaN counts as the
// maximum, padding never wins; the winner's place in its plane goes to `places` (when not NULL), which is all that the
// gradient needs. Average: over the window, padding included if asked for.

// Rows and columns of window i that lie inside.
INLINE size_t N(clip_begin)(size_t i, size_t stride, size_t pad) { return i * stride > pad ? i * stride - pad : 0; }
INLINE size_t N(clip_end)(size_t i, size_t stride, size_t pad, size_t window, size_t length) {
  const size_t end = i * stride + window;
  return end <= pad ? 0 : end - pad < length ? end - pad : length;
}

// 2 × 2 with stride 2, the common case: even and odd columns of two rows are compared a vector at a time.
INLINE void N(max_pool_2x2_row)(size_t width, const T *x, size_t row, size_t at, T *y, int32_t *places) {
  for (size_t j = 0; j < width; j += LANES) {
    const size_t n = width - j < LANES ? width - j : LANES;
    V v[4];
    if (n == LANES) {
      UNROLL for (size_t r = 0; r < 2; r++) {
        const V a = N(load)(x + r * row + 2 * j), b = N(load)(x + r * row + 2 * j + LANES);
        v[2 * r] = N(even)(a, b), v[2 * r + 1] = N(odd)(a, b);
      }
    } else {
      for (size_t r = 0; r < 2; r++) {
        const T *from = x + r * row + 2 * j;
        const size_t first = 2 * n < LANES ? 2 * n : LANES;
        const V a = N(load_masked)(from, N(first)(first)),
                b = first < 2 * n ? N(load_masked)(from + first, N(first)(2 * n - first)) : (V){0};
        v[2 * r] = N(even)(a, b), v[2 * r + 1] = N(odd)(a, b);
      }
    }
    V best = v[0];
    VI place = {0};
    UNROLL for (size_t k = 1; k < 4; k++) {
      const VI more = ~((v[k] <= best) | (best != best));  // greater, or the first NaN
      best = N(select)(more, v[k], best);
      place = (more & (VI){0} + (I)(k / 2 * row + k % 2)) | (~more & place);
    }
    N(store_masked)(y + j, N(first)(n), best);
    if (places) {
      const VI index = place + (I)(at + 2 * j) + 2 * *(const VI *)N(lane_numbers);
      if (sizeof(I) == sizeof *places) N(store_masked)((T *)(void *)(places + j), N(first)(n), (V)index);
      else for (size_t l = 0; l < n; l++) places[j + l] = (int32_t)index[l];
    }
  }
}

static void N(max_pool)(const cr_pool *q, size_t plane_begin, size_t plane_end, const T *x, T *y, int32_t *places) {
  const size_t in_area = q->in_height * q->in_width, out_area = q->out_height * q->out_width;
  const bool simple = q->window_height == 2 && q->window_width == 2 && q->stride_y == 2 && q->stride_x == 2 &&
                      !q->pad_top && !q->pad_left && 2 * q->out_height <= q->in_height &&
                      2 * q->out_width <= q->in_width;
  for (size_t plane = plane_begin; plane < plane_end; plane++) {
    const T *from = x + plane * in_area;
    for (size_t i = 0; i < q->out_height; i++) {
      T *to = y + plane * out_area + i * q->out_width;
      int32_t *place = places ? places + plane * out_area + i * q->out_width : NULL;
      if (simple) {
        N(max_pool_2x2_row)(q->out_width, from + 2 * i * q->in_width, q->in_width, 2 * i * q->in_width, to, place);
        continue;
      }
      const size_t r0 = N(clip_begin)(i, q->stride_y, q->pad_top),
                   r1 = N(clip_end)(i, q->stride_y, q->pad_top, q->window_height, q->in_height);
      for (size_t j = 0; j < q->out_width; j++) {
        const size_t c0 = N(clip_begin)(j, q->stride_x, q->pad_left),
                     c1 = N(clip_end)(j, q->stride_x, q->pad_left, q->window_width, q->in_width);
        size_t best = r0 * q->in_width + c0;
        T max = r0 < r1 && c0 < c1 ? from[best] : -(T)INFINITY;
        for (size_t r = r0; r < r1; r++)
          for (size_t c = c0; c < c1; c++) {
            const T v = from[r * q->in_width + c];
            if (!(v <= max) && max == max) max = v, best = r * q->in_width + c;
          }
        to[j] = max;
        if (place) place[j] = (int32_t)best;
      }
    }
  }
}

// The part of window (i, j) that lies inside, and what its sum is divided by.
typedef struct { size_t r0, r1, c0, c1; T divisor; } N(pool_window);
INLINE N(pool_window) N(average_window)(const cr_pool *q, size_t i, size_t j) {
  N(pool_window) w = {N(clip_begin)(i, q->stride_y, q->pad_top),
                      N(clip_end)(i, q->stride_y, q->pad_top, q->window_height, q->in_height),
                      N(clip_begin)(j, q->stride_x, q->pad_left),
                      N(clip_end)(j, q->stride_x, q->pad_left, q->window_width, q->in_width), 1};
  if (q->counts_padding) w.divisor = (T)(q->window_height * q->window_width);
  else if (w.r0 < w.r1 && w.c0 < w.c1) w.divisor = (T)((w.r1 - w.r0) * (w.c1 - w.c0));
  return w;
}

static void N(average_pool)(const cr_pool *q, size_t plane_begin, size_t plane_end, const T *x, T *y) {
  for (size_t plane = plane_begin; plane < plane_end; plane++)
    for (size_t i = 0; i < q->out_height; i++)
      for (size_t j = 0; j < q->out_width; j++) {
        const N(pool_window) w = N(average_window)(q, i, j);
        T sum = 0;
        for (size_t r = w.r0; r < w.r1; r++)
          for (size_t c = w.c0; c < w.c1; c++) sum += x[(plane * q->in_height + r) * q->in_width + c];
        y[(plane * q->out_height + i) * q->out_width + j] = sum / w.divisor;
      }
}

static void N(average_pool_gradient)(const cr_pool *q, size_t plane_begin, size_t plane_end, const T *dy, T *dx) {
  const size_t in_area = q->in_height * q->in_width;
  N(fill_run)(dx + plane_begin * in_area, 0, (plane_end - plane_begin) * in_area);
  for (size_t plane = plane_begin; plane < plane_end; plane++)
    for (size_t i = 0; i < q->out_height; i++)
      for (size_t j = 0; j < q->out_width; j++) {
        const N(pool_window) w = N(average_window)(q, i, j);
        const T g = dy[(plane * q->out_height + i) * q->out_width + j] / w.divisor;
        for (size_t r = w.r0; r < w.r1; r++)
          for (size_t c = w.c0; c < w.c1; c++) dx[(plane * q->in_height + r) * q->in_width + c] += g;
      }
}
