// Forward convolution, the direct way (forward.h chooses); plan.h tells the geometry. It is one correlation: rows of
// packed weights against shifted reads of an image, with the micro-kernel of the matrix product.

// Where tap t of a phase image starts.
INLINE size_t N(tap_offset)(const cr_conv *v, const cr_conv_plan *p, size_t t) {
  const size_t y = t / v->kernel_width * v->dilation_y, x = t % v->kernel_width * v->dilation_x;
  const size_t phase = y % v->stride_y * v->stride_x + x % v->stride_x;
  return phase * (p->direct ? 0 : p->phase_area) + y / v->stride_y * p->pitch + x / v->stride_x;
}

// The columns of phase b that lie within an image: how many, the first of them, and where it lies in its row.
typedef struct {
  size_t first, count, at;
} N(run_of_columns);
INLINE N(run_of_columns) N(columns_of)(const cr_conv *v, const cr_conv_plan *p, size_t b) {
  const size_t s = v->stride_x, first = v->pad_left > b ? (v->pad_left - b + s - 1) / s : 0;
  const size_t at = first * s + b - v->pad_left;
  if (first >= p->pitch || at >= v->in_width) return (N(run_of_columns)){p->pitch, 0, 0};
  const size_t count = (v->in_width - at + s - 1) / s;
  return (N(run_of_columns)){first, count < p->pitch - first ? count : p->pitch - first, at};
}

// Every step-th element; 2 is the commonest step, for which compilers know shuffles.
INLINE void N(gather)(T *to, const T *from, size_t step, size_t count) {
  if (step == 2) for (size_t j = 0; j < count; j++) to[j] = from[2 * j];
  else for (size_t j = 0; j < count; j++) to[j] = from[j * step];
}
INLINE void N(spread)(T *to, size_t step, const T *from, size_t count) {
  if (step == 2) for (size_t j = 0; j < count; j++) to[2 * j] = from[j];
  else for (size_t j = 0; j < count; j++) to[j * step] = from[j];
}

// One group of one image to its phases, zero where there is padding; `room` holds unfolded + 8 vectors.
static const T *N(unfold)(const cr_conv *v, const cr_conv_plan *p, const T *x, T *room) {
  if (p->direct) return x;
  T *to = room;
  for (size_t c = 0; c < p->in_group; c++, x += v->in_height * v->in_width)
    for (size_t a = 0; a < v->stride_y; a++)
      for (size_t b = 0; b < v->stride_x; b++)
        for (size_t i = 0; i < p->phase_height; i++, to += p->pitch) {
          const size_t y = i * v->stride_y + a - v->pad_top;  // wraps above the image
          if (y >= v->in_height) { N(fill_run)(to, 0, p->pitch); continue; }
          const T *from = x + y * v->in_width;
          if (v->stride_x == 1) {
            const size_t left = v->pad_left < p->pitch ? v->pad_left : p->pitch;
            const size_t middle = v->in_width < p->pitch - left ? v->in_width : p->pitch - left;
            N(fill_run)(to, 0, left);
            N(copy_run)(to + left, from, middle);
            N(fill_run)(to + left + middle, 0, p->pitch - left - middle);
          } else {
            const N(run_of_columns) r = N(columns_of)(v, p, b);
            N(fill_run)(to, 0, r.first);
            N(gather)(to + r.first, from + r.at, v->stride_x, r.count);
            N(fill_run)(to + r.first + r.count, 0, p->pitch - r.first - r.count);
          }
        }
  N(fill_run)(to, 0, 8 * LANES);
  return room;
}

// out[r][i][j] = Σ_p weights[r][p] · image[offsets[p] + i·pitch + j] for one image.
typedef struct {
  size_t rows, depth, height, width, pitch;
  const T *weights;  // panels of even heights, each [depth][height]
  const ptrdiff_t *offsets;
  size_t out_channel, out_row, out_step;
} N(correlation);
#define STRIP_POSITIONS 512
INLINE size_t N(strip_rows)(size_t height, size_t pitch) {
  const size_t rows = STRIP_POSITIONS / pitch ? STRIP_POSITIONS / pitch : 1;
  return rows < height ? rows : height;
}
INLINE size_t N(strip_room)(size_t height, size_t pitch) {
  return ROWS * (N(strip_rows)(height, pitch) * pitch + 8 * LANES);
}

// One panel of rows along all positions.
INLINE void N(correlate_row)(size_t rows, size_t depth, const T *weights, const T *image, const ptrdiff_t *offsets,
                             size_t positions, T *out, const ptrdiff_t *out_offsets, const N(epilogue) *e) {
  const size_t wide = MICRO_WIDE(rows);
  for (size_t j = 0, nv; j < positions; j += nv * LANES) {
    const size_t left = positions - j;
    nv = left > (wide - 1) * LANES ? wide : left > LANES ? 2 : 1;
    const size_t in_last = left - (nv - 1) * LANES;
    const N(correlate_kernel) kernel = (nv == 1   ? N(correlate_narrow)
                                        : nv == 2 ? N(correlate_normal)
                                                  : N(correlate_wide))[rows];
    kernel(depth, weights, image + j, offsets, out + j, out_offsets, N(first)(in_last < LANES ? in_last : LANES), e);
  }
}

static void N(correlate)(const N(correlation) *q, const T *image, T *out, T *room) {
  const size_t panels = (q->rows + ROWS - 1) / ROWS, strip = N(strip_rows)(q->height, q->pitch);
  const bool direct = q->out_step == 1 && q->out_row == q->pitch && q->width == q->pitch;
  ptrdiff_t rows_of_out[ROWS];
  const size_t room_row = (strip * q->pitch + 8 * LANES - 1) / LANES * LANES;
  for (size_t y = 0; y < q->height; y += strip) {
    const size_t high = q->height - y < strip ? q->height - y : strip, positions = (high - 1) * q->pitch + q->width;
    const T *weights = q->weights;
    for (size_t panel = 0, r = 0; panel < panels; panel++) {
      const size_t rows = N(height)(q->rows, panels, panel);
      const N(epilogue) e = {1, 0, NULL, NULL, false};
      T *const to = direct ? out + r * q->out_channel + y * q->out_row : room;
      const size_t to_row = direct ? q->out_channel : room_row;
      for (size_t l = 0; l < rows; l++) rows_of_out[l] = (ptrdiff_t)(l * to_row);
      N(correlate_row)(rows, q->depth, weights, image + y * q->pitch, q->offsets, positions, to, rows_of_out, &e);
      if (!direct)
        for (size_t l = 0; l < rows; l++)
          for (size_t i = 0; i < high; i++) {
            T *row = out + (r + l) * q->out_channel + (y + i) * q->out_row;
            const T *from = room + l * room_row + i * q->pitch;
            if (q->out_step == 1) N(copy_run)(row, from, q->width);
            else N(spread)(row, q->out_step, from, q->width);
          }
      weights += rows * q->depth, r += rows;
    }
  }
}

// Scratch, in elements of T; offsets come first and take two each.
#define OFFSET_ELEMENTS (sizeof(ptrdiff_t) / sizeof(T))
static size_t N(direct_scratch)(const cr_conv *v) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  const size_t elements = p.depth * OFFSET_ELEMENTS + v->out_channels * p.depth + LANES +
                          (p.direct ? 0 : p.unfolded + 8 * LANES) + N(strip_room)(v->out_height, p.pitch);
  return (elements + 4 * 64) * sizeof(T);
}
INLINE T *N(carve)(T **room, size_t elements) {
  T *at = (T *)(((uintptr_t)*room + 63) & ~(uintptr_t)63);
  *room = at + elements;
  return at;
}

// Weights [out][depth] of one group to panels.
INLINE void N(pack_weights)(size_t rows, size_t depth, T *out, const T *w) {
  const size_t panels = (rows + ROWS - 1) / ROWS;
  for (size_t panel = 0; panel < panels; panel++) {
    const size_t high = N(height)(rows, panels, panel);
    N(pack_a)(false, high, depth, out, w, depth);
    out += high * depth, w += high * depth;
  }
}

static void N(direct_forward)(const cr_conv *v, size_t image_begin, size_t image_end, const T *x, const T *w,
                              T *y, void *scratch) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  T *room = scratch;
  ptrdiff_t *offsets = (ptrdiff_t *)N(carve)(&room, p.depth * OFFSET_ELEMENTS);
  T *packed = N(carve)(&room, v->out_channels * p.depth + LANES);
  T *unfolded = N(carve)(&room, p.direct ? 0 : p.unfolded + 8 * LANES);
  T *strip = N(carve)(&room, 0);
  for (size_t c = 0; c < p.in_group; c++)
    for (size_t t = 0; t < p.taps; t++) offsets[c * p.taps + t] = (ptrdiff_t)(c * p.channel + N(tap_offset)(v, &p, t));
  for (size_t g = 0; g < v->groups; g++)
    N(pack_weights)(p.out_group, p.depth, packed + g * p.out_group * p.depth, w + g * p.out_group * p.depth);
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  for (size_t n = image_begin; n < image_end; n++)
    for (size_t g = 0; g < v->groups; g++) {
      const N(correlation) q = {p.out_group, p.depth, v->out_height, v->out_width, p.pitch,
                                packed + g * p.out_group * p.depth, offsets, out_area, v->out_width, 1};
      N(correlate)(&q, N(unfold)(v, &p, x + (n * v->in_channels + g * p.in_group) * in_area, unfolded),
                   y + (n * v->out_channels + g * p.out_group) * out_area, strip);
    }
}
