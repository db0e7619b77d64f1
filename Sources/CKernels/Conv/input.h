// Input gradient of a convolution, dx = Σ over the outputs a pixel took part in. Two forms; the cheaper one is taken.
//
// Gather: dx in phase (a, b), at phase row i and column j, is Σ over o and the taps of that phase of
// w · dy[o, i - shift_y, j - shift_x]: a correlation again, over dy copied with borders of the largest shift, each tap
// an offset. It computes every pixel of dx with all taps, also those that meet only the border.
//
// Scatter: for each tap, wᵀ dy is added to the phase images at the tap's offset; dy is spread to their pitch with zeros
// between the rows, so whole vectors can be added. It does the least arithmetic and pays with an addition in memory
// for every out_group multiply-adds: better for wide kernels without padding.

static size_t N(gather_gradient_scratch)(const cr_conv *v) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  const size_t depth = p.out_group * p.taps;
  const size_t rows = (v->in_height + v->stride_y - 1) / v->stride_y;
  const size_t elements = (depth + p.taps) * OFFSET_ELEMENTS + v->in_channels * depth + LANES + p.in_group * depth +
                          p.out_group * p.gradient_area + 8 * LANES + N(strip_room)(rows, p.gradient_pitch);
  return (elements + 6 * 64) * sizeof(T);
}

// The pixels of dx in one phase: row i and column j of the phase lie at (y + (i - i0) · stride, x + (j - j0) · stride).
typedef struct {
  size_t i0, j0, y, x;     // the first of them
  size_t rows, columns;    // how many there are
  size_t height, width;    // how many of those an output reaches: beyond the last output and shift nothing arrives
} N(gradient_phase);

// Rows i with 0 ≤ i·s + a - pad < in_height, columns likewise.
static N(gradient_phase) N(phase_of)(const cr_conv *v, const cr_conv_plan *p, size_t phase) {
  const size_t a = phase / v->stride_x, b = phase % v->stride_x;
  N(gradient_phase) q = {0};
  q.i0 = v->pad_top > a ? (v->pad_top - a + v->stride_y - 1) / v->stride_y : 0;
  q.j0 = v->pad_left > b ? (v->pad_left - b + v->stride_x - 1) / v->stride_x : 0;
  q.y = q.i0 * v->stride_y + a - v->pad_top, q.x = q.j0 * v->stride_x + b - v->pad_left;
  if (q.y >= v->in_height || q.x >= v->in_width) return q;
  q.rows = (v->in_height - q.y + v->stride_y - 1) / v->stride_y;
  q.columns = (v->in_width - q.x + v->stride_x - 1) / v->stride_x;
  const size_t reach_y = v->out_height + p->shift_y, reach_x = v->out_width + p->shift_x;
  q.height = q.i0 >= reach_y ? 0 : q.rows < reach_y - q.i0 ? q.rows : reach_y - q.i0;
  q.width = q.j0 >= reach_x ? 0 : q.columns < reach_x - q.j0 ? q.columns : reach_x - q.j0;
  return q;
}

static bool N(meets)(const cr_conv *v, size_t phase, size_t tap) {
  const size_t ty = tap / v->kernel_width * v->dilation_y, tx = tap % v->kernel_width * v->dilation_x;
  return ty % v->stride_y == phase / v->stride_x && tx % v->stride_x == phase % v->stride_x;
}

// The offsets of a phase's taps, and their weights as panels of [in][out · tap]; returns how many there are. `taps` is
// room for the numbers of the phase's taps.
static size_t N(gather_taps)(const cr_conv *v, const cr_conv_plan *p, size_t group, size_t phase, const T *w,
                             ptrdiff_t *offsets, ptrdiff_t *taps, T *matrix, T *packed) {
  size_t count = 0, at = 0;
  for (size_t t = 0; t < p->taps; t++) {
    if (!N(meets)(v, phase, t)) continue;
    const size_t ty = t / v->kernel_width * v->dilation_y, tx = t % v->kernel_width * v->dilation_x;
    offsets[count] = (ptrdiff_t)((p->shift_y - ty / v->stride_y) * p->gradient_pitch + p->shift_x - tx / v->stride_x);
    taps[count++] = (ptrdiff_t)t;
  }
  for (size_t o = 1; o < p->out_group; o++)
    for (size_t l = 0; l < count; l++)
      offsets[o * count + l] = offsets[l] + (ptrdiff_t)(o * p->gradient_area);
  for (size_t c = 0; c < p->in_group; c++)
    for (size_t o = 0; o < p->out_group; o++) {
      const T *from = w + ((group * p->out_group + o) * p->in_group + c) * p->taps;
      for (size_t l = 0; l < count; l++) matrix[at++] = from[taps[l]];
    }
  N(pack_weights)(p->in_group, p->out_group * count, packed, matrix);
  return p->out_group * count;
}

static void N(clear_phase)(const cr_conv *v, const cr_conv_plan *p, const N(gradient_phase) *q, T *dx) {
  for (size_t c = 0; c < p->in_group; c++)
    for (size_t i = 0; i < q->rows; i++)
      for (size_t j = 0; j < q->columns; j++)
        dx[(c * v->in_height + q->y + i * v->stride_y) * v->in_width + q->x + j * v->stride_x] = 0;
}

// dy of one image and group between its borders, which stay zero.
static void N(border)(const cr_conv *v, const cr_conv_plan *p, const T *dy, T *bordered) {
  for (size_t o = 0; o < p->out_group; o++)
    for (size_t i = 0; i < v->out_height; i++, dy += v->out_width)
      N(copy_run)(bordered + o * p->gradient_area + (p->shift_y + i) * p->gradient_pitch + p->shift_x, dy,
                  v->out_width);
}

static void N(gather_gradient)(const cr_conv *v, size_t image_begin, size_t image_end, const T *dy, const T *w, T *dx,
                               void *scratch) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  T *room = scratch;
  ptrdiff_t *offsets = (ptrdiff_t *)N(carve)(&room, p.out_group * p.taps * OFFSET_ELEMENTS);
  ptrdiff_t *taps = (ptrdiff_t *)N(carve)(&room, p.taps * OFFSET_ELEMENTS);
  T *packed = N(carve)(&room, p.in_group * p.out_group * p.taps + LANES);
  T *matrix = N(carve)(&room, p.in_group * p.out_group * p.taps);
  T *bordered = N(carve)(&room, p.out_group * p.gradient_area + 8 * LANES);
  T *strip = N(carve)(&room, 0);
  N(fill_run)(bordered, 0, p.out_group * p.gradient_area + 8 * LANES);
  for (size_t g = 0; g < v->groups; g++)
    for (size_t phase = 0; phase < v->stride_y * v->stride_x; phase++) {
      const N(gradient_phase) q = N(phase_of)(v, &p, phase);
      if (q.rows == 0 || q.columns == 0) continue;
      const size_t depth = N(gather_taps)(v, &p, g, phase, w, offsets, taps, matrix, packed);
      for (size_t n = image_begin; n < image_end; n++) {
        T *out = dx + (n * v->in_channels + g * p.in_group) * in_area;
        if (depth == 0 || q.height < q.rows || q.width < q.columns) N(clear_phase)(v, &p, &q, out);
        if (depth == 0 || q.height == 0 || q.width == 0) continue;
        N(border)(v, &p, dy + (n * v->out_channels + g * p.out_group) * out_area, bordered);
        const N(correlation) sum = {p.in_group, depth, q.height, q.width, p.gradient_pitch, packed, offsets, in_area,
                                    v->in_width * v->stride_y, v->stride_x};
        N(correlate)(&sum, bordered + q.i0 * p.gradient_pitch + q.j0, out + q.y * v->in_width + q.x, strip);
      }
    }
}

// Both in multiply-adds, with four for each addition in memory.
static bool N(scatters)(const cr_conv *v, const cr_conv_plan *p) {
  const size_t pixels = (v->in_height + v->stride_y - 1) / v->stride_y * p->gradient_pitch;
  return p->taps * p->positions * (p->out_group + 4) < p->taps * pixels * p->out_group;
}

static size_t N(scatter_gradient_scratch)(const cr_conv *v) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  return ((p.out_group + p.depth) * OFFSET_ELEMENTS + p.depth * p.out_group + LANES +
          p.out_group * (p.positions + LANES) + 8 * LANES + p.in_group * v->stride_y * v->stride_x * p.phase_area +
          5 * 64) *
         sizeof(T);
}

// The phase images of one group back to its image: the transpose of unfold.
static void N(refold)(const cr_conv *v, const cr_conv_plan *p, const T *phases, T *dx) {
  N(fill_run)(dx, 0, p->in_group * v->in_height * v->in_width);
  for (size_t c = 0; c < p->in_group; c++, dx += v->in_height * v->in_width)
    for (size_t a = 0; a < v->stride_y; a++)
      for (size_t b = 0; b < v->stride_x; b++)
        for (size_t i = 0; i < p->phase_height; i++, phases += p->pitch) {
          const size_t y = i * v->stride_y + a - v->pad_top;
          if (y >= v->in_height) continue;
          T *to = dx + y * v->in_width;
          if (v->stride_x == 1) {
            if (v->pad_left >= p->pitch) continue;
            N(copy_run)(to, phases + v->pad_left,
                        v->in_width < p->pitch - v->pad_left ? v->in_width : p->pitch - v->pad_left);
          } else {
            const N(run_of_columns) r = N(columns_of)(v, p, b);
            N(spread)(to + r.at, v->stride_x, phases + r.first, r.count);
          }
        }
}

static void N(scatter_gradient)(const cr_conv *v, size_t image_begin, size_t image_end, const T *dy, const T *w, T *dx,
                                void *scratch) {
  cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  p.direct = false, p.channel = p.phase_area * v->stride_y * v->stride_x;
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width, row = p.positions + LANES;
  T *room = scratch;
  ptrdiff_t *dy_offsets = (ptrdiff_t *)N(carve)(&room, p.out_group * OFFSET_ELEMENTS);
  ptrdiff_t *dx_offsets = (ptrdiff_t *)N(carve)(&room, p.depth * OFFSET_ELEMENTS);
  T *packed = N(carve)(&room, p.depth * p.out_group + LANES);
  T *spread = N(carve)(&room, p.out_group * row + 8 * LANES);
  T *phases = N(carve)(&room, p.in_group * p.channel);
  const size_t panels = (p.depth + ROWS - 1) / ROWS;
  N(fill_run)(spread, 0, p.out_group * row + 8 * LANES);
  for (size_t o = 0; o < p.out_group; o++) dy_offsets[o] = (ptrdiff_t)(o * row);
  // Neighbouring rows go to different channels: two taps of one channel overlap, and a load would wait for a store.
  for (size_t t = 0; t < p.taps; t++)
    for (size_t c = 0; c < p.in_group; c++)
      dx_offsets[t * p.in_group + c] = (ptrdiff_t)(c * p.channel + N(tap_offset)(v, &p, t));
  const N(epilogue) add = {1, 1, NULL, NULL, false};
  for (size_t g = 0; g < v->groups; g++) {
    T *to = packed;
    for (size_t panel = 0, r = 0; panel < panels; panel++) {
      const size_t high = N(height)(p.depth, panels, panel);
      for (size_t o = 0; o < p.out_group; o++)
        for (size_t l = 0; l < high; l++) {
          const size_t t = (r + l) / p.in_group, c = (r + l) % p.in_group;
          *to++ = w[((g * p.out_group + o) * p.in_group + c) * p.taps + t];
        }
      r += high;
    }
    for (size_t n = image_begin; n < image_end; n++) {
      const T *from = dy + (n * v->out_channels + g * p.out_group) * out_area;
      for (size_t o = 0; o < p.out_group; o++)
        for (size_t i = 0; i < v->out_height; i++, from += v->out_width)
          N(copy_run)(spread + o * row + i * p.pitch, from, v->out_width);
      N(fill_run)(phases, 0, p.in_group * p.channel);
      const T *weights = packed;
      for (size_t panel = 0, r = 0; panel < panels; panel++) {
        const size_t high = N(height)(p.depth, panels, panel);
        N(correlate_row)(high, p.out_group, weights, spread, dy_offsets, p.positions, phases, dx_offsets + r, &add);
        weights += high * p.out_group, r += high;
      }
      N(refold)(v, &p, phases, dx + (n * v->in_channels + g * p.in_group) * in_area);
    }
  }
}

static size_t N(conv_input_gradient_scratch)(const cr_conv *v) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  return N(scatters)(v, &p) ? N(scatter_gradient_scratch)(v) : N(gather_gradient_scratch)(v);
}
static void N(conv_input_gradient)(const cr_conv *v, size_t image_begin, size_t image_end, const T *dy, const T *w,
                                   T *dx, void *scratch) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  (N(scatters)(v, &p) ? N(scatter_gradient) : N(gather_gradient))(v, image_begin, image_end, dy, w, dx, scratch);
}
