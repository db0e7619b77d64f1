// Weight gradient of a convolution, the direct way (winograd_weights.h chooses):
//
//   dw[o, c, u, v] = Σ_n Σ_(i, j) dy[n, o, i, j] · x[n, c, i·s + u·d - p, j·s + v·d - p]
//
// With x in phase images (plan.h) and dy spread to the same pitch, zero between its rows, each weight is a dot product
// of contiguous vectors: a block of outputs × 4 taps keeps its sums in registers while a few images go by, which are
// few enough to stay in L2. Images are summed in chunks fixed by the shape, chunks are added in order by
// conv_weight_finish: neither depends on threads. (A NaN in x may reach the gradients of neighbouring taps.)

#define BLOCK_TAPS 4
#define BLOCK_OUTPUTS (CR_REGISTERS == 32 ? 6 : 3)
#define BLOCK_SUMS (BLOCK_TAPS * BLOCK_OUTPUTS)
#define STRIP_DOTS 2048

typedef struct {
  size_t images, positions;
  const T *dy, *x;
  size_t dy_image, dy_row, x_image;
} N(dot_block);

INLINE void N(dot_taps)(const size_t outputs, const N(dot_block) *q, const ptrdiff_t *offsets, T *sums) {
  V acc[BLOCK_SUMS + LANES];
  UNROLL for (size_t i = 0; i < outputs * BLOCK_TAPS; i++) acc[i] = (V){0};
  for (size_t n = 0; n < q->images; n++) {
    const T *dy = q->dy + n * q->dy_image, *x = q->x + n * q->x_image;
    const T *x0 = x + offsets[0], *x1 = x + offsets[1], *x2 = x + offsets[2], *x3 = x + offsets[3];
    size_t j = 0;
    for (; j + LANES <= q->positions; j += LANES) {
      const V t[BLOCK_TAPS] = {N(load)(x0 + j), N(load)(x1 + j), N(load)(x2 + j), N(load)(x3 + j)};
      UNROLL for (size_t o = 0; o < outputs; o++) {
        const V g = N(load)(dy + o * q->dy_row + j);
        UNROLL for (size_t l = 0; l < BLOCK_TAPS; l++)
          acc[o * BLOCK_TAPS + l] = N(fma)(g, t[l], acc[o * BLOCK_TAPS + l]);
      }
    }
    if (j == q->positions) continue;
    const N(mask) m = N(first)(q->positions - j);
    const V t[BLOCK_TAPS] = {N(load_masked)(x0 + j, m), N(load_masked)(x1 + j, m), N(load_masked)(x2 + j, m),
                             N(load_masked)(x3 + j, m)};
    UNROLL for (size_t o = 0; o < outputs; o++) {
      const V g = N(load_masked)(dy + o * q->dy_row + j, m);
      UNROLL for (size_t l = 0; l < BLOCK_TAPS; l++) acc[o * BLOCK_TAPS + l] = N(fma)(g, t[l], acc[o * BLOCK_TAPS + l]);
    }
  }
  UNROLL for (size_t i = 0; i < LANES; i++) acc[outputs * BLOCK_TAPS + i] = (V){0};
  UNROLL for (size_t i = 0; i < outputs * BLOCK_TAPS; i += LANES) N(store)(sums + i, N(fold_many)(CR_SUM, acc + i));
}
#define DOTS(outputs)                                                                       \
  static void N(dots_##outputs)(const N(dot_block) *q, const ptrdiff_t *offsets, T *sums) { \
    N(dot_taps)(outputs, q, offsets, sums);                                                 \
  }
DOTS(1) DOTS(2) DOTS(3)
#if CR_REGISTERS == 32
DOTS(4) DOTS(5) DOTS(6)
static void (*const N(dots_of)[])(const N(dot_block) *, const ptrdiff_t *, T *) = {
  NULL, N(dots_1), N(dots_2), N(dots_3), N(dots_4), N(dots_5), N(dots_6)};
#else
static void (*const N(dots_of)[])(const N(dot_block) *, const ptrdiff_t *, T *) = {
  NULL, N(dots_1), N(dots_2), N(dots_3)};
#endif

// dy of one image and group to rows `pitch` apart.
INLINE size_t N(spread_row)(const cr_conv_plan *p) { return (p->positions + LANES - 1) / LANES * LANES; }
INLINE size_t N(block_images)(const cr_conv_plan *p) {
  const size_t each = (p->unfolded + p->out_group * N(spread_row)(p)) * sizeof(T);
  const size_t fit = (192 << 10) / each;
  return fit < 1 ? 1 : fit > 8 ? 8 : fit;
}
static size_t N(direct_weight_scratch)(const cr_conv *v) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  const size_t images = N(block_images)(&p);
  return ((p.depth + 2 * BLOCK_TAPS) * OFFSET_ELEMENTS +
          images * ((p.direct ? 0 : p.unfolded + 8 * LANES) + p.out_group * N(spread_row)(&p)) + 4 * 64) *
         sizeof(T);
}

// A block of images of one group, x in phase images and dy spread, as the dot products read them.
typedef struct {
  size_t images;
  size_t row, x_image;  // between rows of spread dy, between images of x
  T *spread, *unfolded;
} N(weight_block);

static void N(fill_block)(const cr_conv *v, const cr_conv_plan *p, const N(weight_block) *b, const T *x, const T *dy) {
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  for (size_t i = 0; i < b->images; i++) {
    if (!p->direct) N(unfold)(v, p, x + i * v->in_channels * in_area, b->unfolded + i * b->x_image);
    for (size_t o = 0; o < p->out_group; o++) {
      T *to = b->spread + (i * p->out_group + o) * b->row;
      const T *from = dy + (i * v->out_channels + o) * out_area;
      for (size_t r = 0; r < v->out_height; r++) N(copy_run)(to + r * p->pitch, from + r * v->out_width, v->out_width);
    }
  }
}

// Adds the block's dot products to the partial sums [output][tap] of its group.
static void N(add_dots)(const cr_conv_plan *p, const N(weight_block) *b, const T *x, const ptrdiff_t *offsets,
                        T *partial) {
  const size_t panels = (p->out_group + BLOCK_OUTPUTS - 1) / BLOCK_OUTPUTS;
  for (size_t j = 0; j < p->positions; j += STRIP_DOTS) {
    N(dot_block) q = {b->images, p->positions - j < STRIP_DOTS ? p->positions - j : STRIP_DOTS, NULL, x + j,
                      p->out_group * b->row, b->row, b->x_image};
    for (size_t panel = 0, o = 0; panel < panels; panel++) {
      const size_t high = N(height)(p->out_group, panels, panel);
      q.dy = b->spread + o * b->row + j;
      for (size_t t = 0; t < p->depth; t += BLOCK_TAPS) {
        T sums[BLOCK_SUMS + LANES];
        N(dots_of)[high](&q, offsets + t, sums);
        const size_t taps = p->depth - t < BLOCK_TAPS ? p->depth - t : BLOCK_TAPS;
        for (size_t l = 0; l < high; l++)
          for (size_t k = 0; k < taps; k++) partial[(o + l) * p->depth + t + k] += sums[l * BLOCK_TAPS + k];
      }
      o += high;
    }
  }
}

// One chunk, images n to end.
static void N(direct_weights)(const cr_conv *v, size_t n, size_t end, const T *x, const T *dy, T *partial,
                              void *scratch) {
  const cr_conv_plan p = cr_conv_plan_of(v, MICRO_MASKED);
  const size_t block = N(block_images)(&p);
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  N(weight_block) b = {.row = N(spread_row)(&p),
                       .x_image = p.direct ? v->in_channels * in_area : p.unfolded + 8 * LANES};
  T *room = scratch;
  ptrdiff_t *offsets = (ptrdiff_t *)N(carve)(&room, (p.depth + BLOCK_TAPS) * OFFSET_ELEMENTS);
  b.spread = N(carve)(&room, block * p.out_group * b.row);
  b.unfolded = N(carve)(&room, p.direct ? 0 : block * b.x_image);
  for (size_t c = 0; c < p.in_group; c++)
    for (size_t t = 0; t < p.taps; t++) offsets[c * p.taps + t] = (ptrdiff_t)(c * p.channel + N(tap_offset)(v, &p, t));
  for (size_t t = 0; t < BLOCK_TAPS; t++) offsets[p.depth + t] = offsets[p.depth - 1];  // fills the last block
  N(fill_run)(b.spread, 0, block * p.out_group * b.row);
  N(fill_run)(partial, 0, v->out_channels * p.depth);
  for (; n < end; n += block)
    for (size_t g = 0; g < v->groups; g++) {
      b.images = end - n < block ? end - n : block;
      const T *from_x = x + (n * v->in_channels + g * p.in_group) * in_area;
      N(fill_block)(v, &p, &b, from_x, dy + (n * v->out_channels + g * p.out_group) * out_area);
      N(add_dots)(&p, &b, p.direct ? from_x : b.unfolded, offsets, partial + g * p.out_group * p.depth);
    }
}

// Σ of the chunks' partial sums, in their order.
static void N(conv_weight_finish)(const cr_conv *v, const T *partials, T *dw) {
  const size_t per_chunk = cr_conv_weight_images(v, sizeof(T)), chunks = (v->batch + per_chunk - 1) / per_chunk;
  const size_t weights = v->out_channels * (v->in_channels / v->groups) * v->kernel_height * v->kernel_width;
  double total[256];
  for (size_t k = 0; k < weights; k += 256) {
    const size_t count = weights - k < 256 ? weights - k : 256;
    memset(total, 0, sizeof total);
    for (size_t c = 0; c < chunks; c++) N(accumulate)(count, total, partials + c * weights + k);
    for (size_t l = 0; l < count; l++) dw[k + l] = (T)total[l];
  }
}
