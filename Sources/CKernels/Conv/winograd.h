// 3 × 3 convolutions of stride 1 in single precision by minimal filtering, F(2 × 2, 3 × 3) (Winograd; Lavin and Gray
// 2016): a tile of 2 × 2 outputs takes 16 multiplications for each pair of channels where the definition takes 36.
//
//   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A         1  0  0            1  0 -1  0
//                                      G = ½  ½  ½       Bᵀ = 0  1  1  0       Aᵀ = 1  1  1  0
//   d: the 4 × 4 pixels that a tile        ½ -½  ½            0 -1  1  0            0  1 -1 -1
//   reads, g: the weights                  0  0  1            0  1  0 -1
//
// Summed over the channels, each of the 16 places is a matrix product [out × in] · [in × tiles]. Tiles are numbered
// through all images, row by row; a block of them stays in the second cache. Vectors hold neighbouring tiles.
//
// What no output of a tile should show takes part in sums and cancels again: a weight of 0 beside a huge pixel leaves that
// pixel's rounding, an infinite pixel becomes ∞ − ∞. Images with such pixels go the direct way.

typedef struct {
  size_t in, out;             // channels of a group
  size_t rows, columns, each; // tiles of an image
  size_t block, pitch;        // tiles of a block, elements between rows of its matrices
  size_t in_place, out_place; // elements between the matrices of two places: no power of two, which caches dislike
  size_t line;                // elements of one row of pixels, with room for whole vectors
} N(tiling);

// The elements in `bytes` shared out to `per_tile` for each tile: at least two vectors, at most `most` tiles.
INLINE size_t N(tiles_in)(size_t bytes, size_t per_tile, size_t most) {
  const size_t fit = bytes / (per_tile * sizeof(T)) / (2 * LANES) * (2 * LANES);
  return fit < 2 * LANES ? 2 * LANES : fit > most ? most : fit;
}
static N(tiling) N(tiling_of)(const cr_conv *v, size_t block) {
  N(tiling) t = {.in = v->in_channels / v->groups, .out = v->out_channels / v->groups};
  t.rows = (v->out_height + 1) / 2, t.columns = (v->out_width + 1) / 2, t.each = t.rows * t.columns;
  t.block = block, t.pitch = block + LANES;
  t.in_place = t.in * t.pitch + LANES, t.out_place = t.out * t.pitch + LANES;
  t.line = ((t.columns < block ? t.columns : block) * 2 + 2 + 5 * LANES) / LANES * LANES;
  return t;
}
INLINE bool N(is_minimal)(const cr_conv *v) {
  return sizeof(T) == 4 && v->kernel_height == 3 && v->kernel_width == 3 && v->stride_y == 1 && v->stride_x == 1 &&
         v->dilation_y == 1 && v->dilation_x == 1 && v->in_channels / v->groups >= 16 &&
         v->out_channels / v->groups >= 16 && v->out_height >= 4 && v->out_width >= 4;
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

// Bᵀ d of a stretch of one channel: four lines of its pixels, those outside the image being 0.
INLINE void N(combine_rows)(const cr_conv *v, const N(tiling) *t, const N(stretch) *s, const T *plane, const T *zeros,
                            T *z) {
  const size_t width = 2 * s->count + 2, line = t->line;
  const ptrdiff_t x = (ptrdiff_t)(2 * s->column) - (ptrdiff_t)v->pad_left;
  const size_t before = x < 0 ? (size_t)-x : 0, left = before < width ? before : width;
  const ptrdiff_t there = (ptrdiff_t)v->in_width - (x + (ptrdiff_t)left);
  const size_t middle = there < 0 ? 0 : (size_t)there < width - left ? (size_t)there : width - left;
  const T *row[4];
  for (size_t r = 0; r < 4; r++) {
    const size_t y = 2 * s->row + r - v->pad_top;  // wraps above the image
    row[r] = y < v->in_height ? plane + (ptrdiff_t)(y * v->in_width) + x + (ptrdiff_t)left : zeros;
    N(fill_run)(z + r * line, 0, left);
  }
  for (size_t j = 0; j < middle; j += LANES) {
    const N(mask) m = N(first)(middle - j < LANES ? middle - j : LANES);
    const V d0 = N(load_masked)(row[0] + j, m), d1 = N(load_masked)(row[1] + j, m);
    const V d2 = N(load_masked)(row[2] + j, m), d3 = N(load_masked)(row[3] + j, m);
    T *to = z + left + j;
    N(store)(to, d0 - d2), N(store)(to + line, d1 + d2);
    N(store)(to + 2 * line, d2 - d1), N(store)(to + 3 * line, d1 - d3);
  }
  for (size_t r = 0; r < 4; r++) N(fill_run)(z + r * line + left + middle, 0, width - left - middle);
}

#define NEXT_LANE(j, d) ((j) + (d))

// (Bᵀ d) B: place p to out[p · place]. May write up to a vector beyond the stretch.
INLINE void N(combine_columns)(const N(tiling) *t, const N(stretch) *s, const T *z, T *out, size_t place) {
  for (size_t r = 0; r < 4; r++, z += t->line, out += 4 * place) {
    V a = N(load)(z), b = N(load)(z + LANES), d0 = N(even)(a, b), d1 = N(odd)(a, b);
    for (size_t i = 0; i < s->count; i += LANES) {
      const T *at = z + 2 * (i + LANES);
      a = N(load)(at), b = N(load)(at + LANES);
      const V e0 = N(even)(a, b), e1 = N(odd)(a, b);
      const V d2 = __builtin_shufflevector(d0, e0, EACH_LANE(NEXT_LANE, 1));
      const V d3 = __builtin_shufflevector(d1, e1, EACH_LANE(NEXT_LANE, 1));
      T *to = out + i;
      N(store)(to, d0 - d2), N(store)(to + place, d1 + d2);
      N(store)(to + 2 * place, d2 - d1), N(store)(to + 3 * place, d1 - d3);
      d0 = e0, d1 = e1;
    }
  }
}

// Bᵀ d B of a stretch, for all channels of a group; a channel's places `pitch` after those of the one before. Lines of a
// few channels are written before the first is read: a load across two stores would wait for both.
#define CHANNELS_AHEAD 4
#define PIXEL_LINES (4 * CHANNELS_AHEAD + 1)
static void N(filter_pixels)(const cr_conv *v, const N(tiling) *t, const N(stretch) *s, const T *image, T *room,
                             T *out) {
  const size_t area = v->in_height * v->in_width, lines = 4 * t->line;
  const T *zeros = room + CHANNELS_AHEAD * lines;  // cleared by whoever made the room
  for (size_t c = 0; c < t->in; c += CHANNELS_AHEAD) {
    const size_t few = t->in - c < CHANNELS_AHEAD ? t->in - c : CHANNELS_AHEAD;
    for (size_t k = 0; k < few; k++) N(combine_rows)(v, t, s, image + (c + k) * area, zeros, room + k * lines);
    for (size_t k = 0; k < few; k++)
      N(combine_columns)(t, s, room + k * lines, out + (c + k) * t->pitch, t->in_place);
  }
}

// G g Gᵀ of one group's weights, as panels for the micro-kernel: place p to out[p · place], each panel [in][height].
static void N(filter_weights)(const N(tiling) *t, const T *w, T *room, T *out, size_t place) {
  const size_t panels = (t->out + ROWS - 1) / ROWS, depth = t->in * 9;
  for (size_t panel = 0; panel < panels; panel++) {
    const size_t high = N(height)(t->out, panels, panel);
    N(pack_a)(false, high, depth, room, w, depth);
    for (size_t c = 0; c < t->in; c++, out += high)
      for (size_t l = 0; l < high; l += LANES) {
        V rows[4][3];
        UNROLL for (size_t j = 0; j < 3; j++) {
          const T *g = room + (c * 9 + j) * high + l;
          const V g0 = N(load)(g), g1 = N(load)(g + 3 * high), g2 = N(load)(g + 6 * high);
          rows[0][j] = g0, rows[1][j] = (g0 + g1 + g2) * (T)0.5, rows[2][j] = (g0 - g1 + g2) * (T)0.5, rows[3][j] = g2;
        }
        UNROLL for (size_t r = 0; r < 4; r++) {
          const V *g = rows[r];
          T *to = out + 4 * r * place + l;
          N(store)(to, g[0]), N(store)(to + place, (g[0] + g[1] + g[2]) * (T)0.5);
          N(store)(to + 2 * place, (g[0] - g[1] + g[2]) * (T)0.5), N(store)(to + 3 * place, g[2]);
        }
      }
    w += high * depth;
  }
}

#define INTERLEAVED_LOW(j, d) ((j) & 1 ? (int)LANES + (j) / 2 : (j) / 2 + (d))
#define INTERLEAVED_HIGH(j, d) (INTERLEAVED_LOW(j, d) + (int)LANES / 2)

// Two vectors of neighbouring outputs, of which `left` belong to the row.
INLINE void N(store_outputs)(T *to, size_t left, V first, V second) {
  const V low = __builtin_shufflevector(first, second, EACH_LANE(INTERLEAVED_LOW, 0));
  const V high = __builtin_shufflevector(first, second, EACH_LANE(INTERLEAVED_HIGH, 0));
  if (left >= 2 * LANES) {
    N(store)(to, low), N(store)(to + LANES, high);
  } else if (left > LANES) {
    N(store)(to, low), N(store_masked)(to + LANES, N(first)(left - LANES), high);
  } else {
    N(store_masked)(to, N(first)(left), low);
  }
}

// Aᵀ m A of a stretch of one channel to its rows of the image.
INLINE void N(unfilter)(const cr_conv *v, const N(stretch) *s, const T *m, size_t place, T *plane) {
  T *const to = plane + 2 * s->row * v->out_width + 2 * s->column;
  const size_t across = v->out_width - 2 * s->column < 2 * s->count ? v->out_width - 2 * s->column : 2 * s->count;
  const bool has_second = 2 * s->row + 1 < v->out_height;
  for (size_t i = 0; i < s->count; i += LANES) {
    V upper[4], lower[4];
    UNROLL for (size_t j = 0; j < 4; j++) {
      const T *at = m + j * place + i;
      const V m0 = N(load)(at), m1 = N(load)(at + 4 * place);
      const V m2 = N(load)(at + 8 * place), m3 = N(load)(at + 12 * place);
      upper[j] = m0 + m1 + m2, lower[j] = m1 - m2 - m3;
    }
    N(store_outputs)(to + 2 * i, across - 2 * i, upper[0] + upper[1] + upper[2], upper[1] - upper[2] - upper[3]);
    if (has_second)
      N(store_outputs)(to + v->out_width + 2 * i, across - 2 * i, lower[0] + lower[1] + lower[2],
                       lower[1] - lower[2] - lower[3]);
  }
}

// One panel of outputs: its 16 products with the block's tiles.
INLINE void N(multiply_places)(const N(tiling) *t, size_t rows, size_t tiles, const T *weights, size_t weight_place,
                               const T *filtered, T *products) {
  const N(epilogue) plain = {1, 0, NULL, NULL, false};
  const size_t wide = MICRO_WIDE(rows);
  for (size_t p = 0; p < 16; p++)
    for (size_t j = 0, nv; j < tiles; j += nv * LANES) {
      const size_t left = tiles - j;
      nv = left > (wide - 1) * LANES ? wide : left > LANES ? 2 : 1;
      const size_t in_last = left - (nv - 1) * LANES;
      const N(micro_kernel) kernel = (nv == 1 ? N(narrow) : nv == 2 ? N(normal) : N(wide))[rows][0];
      kernel(t->in, weights + p * weight_place, 1, (ptrdiff_t)rows, filtered + p * t->in_place + j,
             (ptrdiff_t)t->pitch, products + p * ROWS * t->pitch + j, t->pitch,
             N(first)(in_last < LANES ? in_last : LANES), &plain);
    }
}

// Tiles `begin` to `end`, counted from those of image 0, of one group: x and y are the group's channels of image 0.
static void N(minimal_block)(const cr_conv *v, const N(tiling) *t, size_t begin, size_t end, const T *x,
                             const T *weights, T *y, T *filtered, T *products, T *room) {
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  const size_t weight_place = t->in * t->out + LANES, panels = (t->out + ROWS - 1) / ROWS;
  for (size_t tile = begin; tile < end;) {
    const N(stretch) s = N(stretch_at)(t, tile, end);
    const T *image = x + s.image * v->in_channels * in_area;
    N(filter_pixels)(v, t, &s, image, room, filtered + (tile - begin));
    tile += s.count;
  }
  for (size_t panel = 0, o = 0; panel < panels; panel++) {
    const size_t high = N(height)(t->out, panels, panel);
    N(multiply_places)(t, high, end - begin, weights + o * t->in, weight_place, filtered, products);
    for (size_t tile = begin; tile < end;) {
      const N(stretch) s = N(stretch_at)(t, tile, end);
      T *image = y + (s.image * v->out_channels + o) * out_area;
      for (size_t l = 0; l < high; l++)
        N(unfilter)(v, &s, products + l * t->pitch + (tile - begin), ROWS * t->pitch, image + l * out_area);
      tile += s.count;
    }
    o += high;
  }
}

INLINE N(tiling) N(forward_tiling)(const cr_conv *v) {
  return N(tiling_of)(v, N(tiles_in)(256 << 10, 16 * (v->in_channels / v->groups), 256));
}
static size_t N(minimal_scratch)(const cr_conv *v) {
  const N(tiling) t = N(forward_tiling)(v);
  const size_t elements = 16 * (t.in * t.out + LANES) + ROWS * t.in * 9 + LANES + 16 * t.in_place +
                          16 * ROWS * t.pitch + PIXEL_LINES * t.line;
  return (elements + 6 * 64) * sizeof(T);
}

static void N(minimal_forward)(const cr_conv *v, size_t image_begin, size_t image_end, const T *x, const T *w, T *y,
                               void *scratch) {
  const N(tiling) t = N(forward_tiling)(v);
  const size_t weight_place = t.in * t.out + LANES;
  T *room = scratch;
  T *weights = N(carve)(&room, 16 * weight_place);
  T *packed = N(carve)(&room, ROWS * t.in * 9 + LANES);
  T *filtered = N(carve)(&room, 16 * t.in_place);
  T *products = N(carve)(&room, 16 * ROWS * t.pitch);
  T *lines = N(carve)(&room, PIXEL_LINES * t.line);
  N(fill_run)(lines, 0, PIXEL_LINES * t.line);
  for (size_t g = 0; g < v->groups; g++) {
    N(filter_weights)(&t, w + g * t.out * t.in * 9, packed, weights, weight_place);
    for (size_t at = image_begin * t.each; at < image_end * t.each; at += t.block) {
      const size_t left = image_end * t.each - at, count = left < t.block ? left : t.block;
      N(minimal_block)(v, &t, at, at + count, x + g * t.in * v->in_height * v->in_width, weights,
                       y + g * t.out * v->out_height * v->out_width, filtered, products, lines);
    }
  }
}
