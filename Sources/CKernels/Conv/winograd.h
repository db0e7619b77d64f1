// 3 × 3 convolutions of stride 1 in single precision by minimal filtering, F(2 × 2, 3 × 3) (Winograd; Lavin and Gray
// 2016): a tile of 2 × 2 outputs takes 16 multiplications for each pair of channels where the definition takes 36.
//
//   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A         1  0  0            1  0 -1  0
//                                      G = ½  ½  ½       Bᵀ = 0  1  1  0       Aᵀ = 1  1  1  0
//   d: the 4 × 4 pixels that a tile        ½ -½  ½            0 -1  1  0            0  1 -1 -1
//   reads, g: the weights                  0  0  1            0  1  0 -1
//
// Summed over the channels, each of the 16 places is a matrix product [tiles × in] · [in × out]. Vectors hold channels, so
// that an image of any width fills them: pixels are turned from planes into lines [pixel][channel] as they are read
// (lines.h), outputs back as they are written, and a matrix has a row for each tile. Tiles are numbered through all
// images, row by row; a block of them stays in the second cache.
//
// What no output of a tile should show takes part in sums and cancels again: a weight of 0 beside a huge pixel leaves that
// pixel's rounding, an infinite pixel becomes ∞ − ∞. Images with such pixels go the direct way.

INLINE size_t N(whole_vectors)(size_t n) { return (n + LANES - 1) / LANES * LANES; }

typedef struct {
  size_t in, out;              // channels of a group
  size_t rows, columns, each;  // tiles of an image
  size_t block;                // tiles of a block
  size_t in_pitch, out_pitch;  // elements between tiles: whole vectors of channels and one more
  size_t in_place, out_place;  // elements between the matrices of two places: no power of two, which caches dislike
  size_t line;                 // elements of a line of pixels
} N(tiling);

// `most` tiles of a block at most; whole rows of tiles, where a row has so few.
static N(tiling) N(tiling_of)(const cr_conv *v, size_t most) {
  N(tiling) t = {.in = v->in_channels / v->groups, .out = v->out_channels / v->groups};
  t.rows = (v->out_height + 1) / 2, t.columns = (v->out_width + 1) / 2, t.each = t.rows * t.columns;
  t.block = t.columns < most ? most / t.columns * t.columns : most;
  t.in_pitch = N(whole_vectors)(t.in) + LANES, t.out_pitch = N(whole_vectors)(t.out) + LANES;
  t.in_place = t.block * t.in_pitch + LANES, t.out_place = t.block * t.out_pitch + LANES;
  t.line = ((t.columns < t.block ? t.columns : t.block) * 2 + 2 + LANES) * LANES;
  return t;
}
// The tiles for which `bytes` hold `channels` at 16 places: whole panels of rows.
INLINE size_t N(tiles_in)(size_t bytes, size_t channels) {
  const size_t fit = bytes / (16 * channels * sizeof(T));
  return fit < ROWS ? ROWS : fit > 512 ? 512 : fit / ROWS * ROWS;
}

// Channels that fill at least two thirds of their vectors.
INLINE bool N(fills)(size_t channels) { return channels >= 16 && 2 * N(whole_vectors)(channels) <= 3 * channels; }
INLINE bool N(is_minimal)(const cr_conv *v) {
  return sizeof(T) == 4 && v->kernel_height == 3 && v->kernel_width == 3 && v->stride_y == 1 && v->stride_x == 1 &&
         v->dilation_y == 1 && v->dilation_x == 1 && N(fills)(v->in_channels / v->groups) &&
         N(fills)(v->out_channels / v->groups) && v->out_height >= 4 && v->out_width >= 4;
}
INLINE size_t N(tiles_each)(const cr_conv *v) { return (v->out_height + 1) / 2 * ((v->out_width + 1) / 2); }

// Whether no element is huge, infinite or NaN, nor larger than `spread` times the mean: then differences lose nothing
// that sums would keep.
static bool N(is_tame)(size_t n, const T *x, double spread) {
  V sum = {0}, most = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const V a = N(abs)(N(load)(x + i));
    sum += a, most = N(select)(most > a, most, a);
  }
  double total = 0, largest = 0;
  for (size_t l = 0; l < LANES; l++) total += (double)sum[l], largest = most[l] > largest ? (double)most[l] : largest;
  for (; i < n; i++) {
    const double a = fabs((double)x[i]);
    total += a, largest = a > largest ? a : largest;
  }
  return total < INFINITY && largest < 1e15 && largest * (double)n <= spread * total;  // false for NaN
}

// A stretch of tiles in one row of tiles of one image.
typedef struct { size_t image, row, column, count; } N(stretch);
INLINE N(stretch) N(stretch_at)(const N(tiling) *t, size_t tile, size_t end) {
  N(stretch) s = {tile / t->each, tile % t->each / t->columns, tile % t->each % t->columns, 0};
  s.count = t->columns - s.column < end - tile ? t->columns - s.column : end - tile;
  return s;
}

// Bᵀ d B of neighbouring tiles from four lines: place p of tile i to out[p · place + i · pitch].
INLINE void N(combine_pixels)(size_t count, const T *const *line, T *out, size_t pitch, size_t place) {
  V z[4][4] = {{{0}}};  // Bᵀ d; a tile begins with the last two columns of the one before
  for (size_t i = 0; i <= count; i++) {
    const size_t from = 2 * i * LANES;
    UNROLL for (size_t r = 0; r < 4; r++) z[r][0] = z[r][2], z[r][1] = z[r][3];
    UNROLL for (size_t j = 0; j < 2; j++) {
      const size_t at = from + j * LANES;
      const V d0 = N(load)(line[0] + at), d1 = N(load)(line[1] + at);
      const V d2 = N(load)(line[2] + at), d3 = N(load)(line[3] + at);
      z[0][2 + j] = d0 - d2, z[1][2 + j] = d1 + d2, z[2][2 + j] = d2 - d1, z[3][2 + j] = d1 - d3;
    }
    if (i == 0) continue;
    UNROLL for (size_t r = 0; r < 4; r++) {
      T *to = out + 4 * r * place + (i - 1) * pitch;
      N(store)(to, z[r][0] - z[r][2]), N(store)(to + place, z[r][1] + z[r][2]);
      N(store)(to + 2 * place, z[r][2] - z[r][1]), N(store)(to + 3 * place, z[r][1] - z[r][3]);
    }
  }
}

// Bᵀ d B of the tiles from `begin` to `end` for all channels of a group, those of image 0 at x.
static void N(filter_pixels)(const cr_conv *v, const N(tiling) *t, size_t begin, size_t end, const T *x, T *room,
                             T *out) {
  const N(planes) p = {v->in_height, v->in_width};
  for (size_t c = 0; c < t->in; c += LANES) {
    N(stretch) s = {0};
    for (size_t tile = begin; tile < end; tile += s.count) {
      const N(stretch) last = s;
      s = N(stretch_at)(t, tile, end);
      const bool follows = s.image == last.image && s.column == last.column && s.count == last.count;
      const T *plane = x + (s.image * v->in_channels + c) * p.height * p.width, *line[4];
      for (size_t r = 0; r < 4; r++) {
        T *to = room + (2 * s.row + r) % 4 * t->line;  // the upper two lines are the lower two of the row above
        if (r >= 2 || !follows)
          N(read_line)(p, t->in - c, plane, 2 * s.row + r - v->pad_top,  // wraps above the image
                       (ptrdiff_t)(2 * s.column) - (ptrdiff_t)v->pad_left, 2 * s.count + 2, to);
        line[r] = to;
      }
      N(combine_pixels)(s.count, line, out + (tile - begin) * t->in_pitch + c, t->in_pitch, t->in_place);
    }
  }
}

// G g Gᵀ of up to a vector of outputs, their weights [output][in][9]: place p of channel c to out[p · place + c · step].
static void N(filter_weights)(size_t in, size_t outputs, const T *w, T *room, T *out, size_t step, size_t place) {
  if (outputs < LANES) N(fill_run)(room, 0, in * 9 * LANES);
  N(transpose)(in * 9, outputs, room, LANES, w, (ptrdiff_t)(in * 9));
  for (size_t c = 0; c < in; c++, out += step) {
    V rows[4][3];
    UNROLL for (size_t j = 0; j < 3; j++) {
      const T *g = room + (c * 9 + j) * LANES;
      const V g0 = N(load)(g), g1 = N(load)(g + 3 * LANES), g2 = N(load)(g + 6 * LANES);
      rows[0][j] = g0, rows[1][j] = (g0 + g1 + g2) * (T)0.5, rows[2][j] = (g0 - g1 + g2) * (T)0.5, rows[3][j] = g2;
    }
    UNROLL for (size_t r = 0; r < 4; r++) {
      const V *g = rows[r];
      T *to = out + 4 * r * place;
      N(store)(to, g[0]), N(store)(to + place, (g[0] + g[1] + g[2]) * (T)0.5);
      N(store)(to + 2 * place, (g[0] - g[1] + g[2]) * (T)0.5), N(store)(to + 3 * place, g[2]);
    }
  }
}

// Products of a panel of outputs: [tile][place][output], and a vector between tiles: no power of two, which caches dislike.
#define PANEL (2 * LANES)
#define PRODUCT_PITCH (16 * PANEL + LANES)

// Aᵀ m A of neighbouring tiles to two lines.
INLINE void N(combine_products)(size_t count, const T *m, T *upper, T *lower) {
  for (size_t i = 0; i < count; i++, m += PRODUCT_PITCH, upper += 2 * LANES, lower += 2 * LANES) {
    V a[4], b[4];
    UNROLL for (size_t j = 0; j < 4; j++) {
      const T *at = m + j * PANEL;
      const V m0 = N(load)(at), m1 = N(load)(at + 4 * PANEL);
      const V m2 = N(load)(at + 8 * PANEL), m3 = N(load)(at + 12 * PANEL);
      a[j] = m0 + m1 + m2, b[j] = m1 - m2 - m3;
    }
    N(store)(upper, a[0] + a[1] + a[2]), N(store)(upper + LANES, a[1] - a[2] - a[3]);
    N(store)(lower, b[0] + b[1] + b[2]), N(store)(lower + LANES, b[1] - b[2] - b[3]);
  }
}

// The products of a panel of outputs to their images, the panel's first plane of image 0 at y.
static void N(unfilter_products)(const cr_conv *v, const N(tiling) *t, size_t begin, size_t end, size_t outputs,
                                 const T *products, T *y, T *room) {
  const N(planes) p = {v->out_height, v->out_width};
  T *const upper = room, *const lower = room + t->line;
  for (size_t o = 0; o < outputs; o += LANES) {
    N(stretch) s;
    for (size_t tile = begin; tile < end; tile += s.count) {
      s = N(stretch_at)(t, tile, end);
      T *plane = y + (s.image * v->out_channels + o) * p.height * p.width;
      N(combine_products)(s.count, products + (tile - begin) * PRODUCT_PITCH + o, upper, lower);
      N(write_line)(p, outputs - o, plane, 2 * s.row, 2 * s.column, 2 * s.count, upper);
      N(write_line)(p, outputs - o, plane, 2 * s.row + 1, 2 * s.column, 2 * s.count, lower);
    }
  }
}

// The 16 products of a block's tiles with a panel of outputs, whole vectors of them.
INLINE void N(multiply_places)(const N(tiling) *t, size_t tiles, size_t outputs, const T *weights, size_t weight_place,
                               const T *filtered, T *products) {
  const N(epilogue) plain = {1, 0, NULL, NULL, false};
  const N(micro_kernel)(*kernels)[2] = outputs > LANES ? N(normal) : N(narrow);
  const size_t panels = (tiles + ROWS - 1) / ROWS;
  for (size_t p = 0; p < 16; p++)
    for (size_t panel = 0, r = 0; panel < panels; panel++) {
      const size_t high = N(height)(tiles, panels, panel);
      kernels[high][1](t->in, filtered + p * t->in_place + r * t->in_pitch, (ptrdiff_t)t->in_pitch, 1,
                       weights + p * weight_place, (ptrdiff_t)outputs, products + r * PRODUCT_PITCH + p * PANEL,
                       PRODUCT_PITCH, N(first)(LANES), &plain);
      r += high;
    }
}

// Elements between the weights of two places of a panel of `outputs`, and of all panels.
INLINE size_t N(weight_place)(const N(tiling) *t, size_t outputs) { return t->in * outputs + LANES; }
INLINE size_t N(all_weights)(const N(tiling) *t) {
  return 16 * (t->in * N(whole_vectors)(t->out) + (t->out + PANEL - 1) / PANEL * LANES);
}

// Tiles `begin` to `end`, counted from those of image 0, of one group: x and y are the group's channels of image 0.
static void N(minimal_block)(const cr_conv *v, const N(tiling) *t, size_t begin, size_t end, const T *x,
                             const T *weights, T *y, T *filtered, T *products, T *room) {
  const size_t out_area = v->out_height * v->out_width;
  N(filter_pixels)(v, t, begin, end, x, room, filtered);
  for (size_t o = 0; o < t->out; o += PANEL) {
    const size_t outputs = t->out - o < PANEL ? t->out - o : PANEL, wide = N(whole_vectors)(outputs);
    const size_t weight_place = N(weight_place)(t, wide);
    N(multiply_places)(t, end - begin, wide, weights, weight_place, filtered, products);
    N(unfilter_products)(v, t, begin, end, outputs, products, y + o * out_area, room);
    weights += 16 * weight_place;
  }
}

INLINE N(tiling) N(forward_tiling)(const cr_conv *v) {
  return N(tiling_of)(v, N(tiles_in)(512 << 10, N(whole_vectors)(v->in_channels / v->groups) + PANEL));
}
static size_t N(minimal_scratch)(const cr_conv *v) {
  const N(tiling) t = N(forward_tiling)(v);
  const size_t elements =
    N(all_weights)(&t) + t.in * 9 * LANES + 16 * t.in_place + t.block * PRODUCT_PITCH + 4 * t.line;
  return (elements + 6 * 64) * sizeof(T);
}

static void N(minimal_forward)(const cr_conv *v, size_t image_begin, size_t image_end, const T *x, const T *w, T *y,
                               void *scratch) {
  const N(tiling) t = N(forward_tiling)(v);
  T *room = scratch;
  T *weights = N(carve)(&room, N(all_weights)(&t));
  T *turned = N(carve)(&room, t.in * 9 * LANES);
  T *filtered = N(carve)(&room, 16 * t.in_place);
  T *products = N(carve)(&room, t.block * PRODUCT_PITCH);
  T *lines = N(carve)(&room, 4 * t.line);
  for (size_t g = 0; g < v->groups; g++) {
    T *panel = weights;
    for (size_t o = 0; o < t.out; o += LANES) {
      const size_t first = o % PANEL, left = N(whole_vectors)(t.out) - (o - first), wide = left < PANEL ? left : PANEL;
      N(filter_weights)(t.in, t.out - o < LANES ? t.out - o : LANES, w + (g * t.out + o) * t.in * 9, turned,
                        panel + first, wide, N(weight_place)(&t, wide));
      if (first + LANES == wide) panel += 16 * N(weight_place)(&t, wide);
    }
    for (size_t at = image_begin * t.each; at < image_end * t.each; at += t.block) {
      const size_t left = image_end * t.each - at, count = left < t.block ? left : t.block;
      N(minimal_block)(v, &t, at, at + count, x + g * t.in * v->in_height * v->in_width, weights,
                       y + g * t.out * v->out_height * v->out_width, filtered, products, lines);
    }
  }
}
