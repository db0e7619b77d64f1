// Weight gradient by minimal filtering (winograd.h), the transpose of the forward map in its weights:
//
//   dw = Gᵀ [ Σ over the tiles (A dy Aᵀ) ⊙ (Bᵀ d B) ] G
//
// Each of the 16 places is a product [out × tiles] · [tiles × in], taken as dot products along the tiles (weights.h).

#define MOST_MINIMAL_WEIGHTS (1 << 16)  // pairs of channels whose 16 sums are kept beside the block, 4 MB

INLINE bool N(has_minimal_weights)(const cr_conv *v) {
  return N(is_minimal)(v) && cr_conv_weight_images(v, sizeof(T)) * N(tiles_each)(v) >= 128 &&
         v->out_channels * (v->in_channels / v->groups) <= MOST_MINIMAL_WEIGHTS;
}

// A dy Aᵀ of a stretch of one channel; may write up to a vector beyond.
INLINE void N(filter_outputs)(const cr_conv *v, const N(stretch) *s, const T *plane, T *out, size_t place) {
  const T *upper = plane + 2 * s->row * v->out_width + 2 * s->column;
  const bool has_second = 2 * s->row + 1 < v->out_height;
  const size_t across = v->out_width - 2 * s->column < 2 * s->count ? v->out_width - 2 * s->column : 2 * s->count;
  for (size_t i = 0; i < s->count; i += LANES) {
    const size_t left = across - 2 * i;
    const N(mask) m = N(first)(left < LANES ? left : LANES);
    const bool has_rest = left > LANES;
    const N(mask) rest = N(first)(!has_rest || left >= 2 * LANES ? LANES : left - LANES);
    V row[2][2] = {{{0}}};
    UNROLL for (size_t r = 0; r < 2; r++) {
      const T *at = upper + r * v->out_width + 2 * i;
      if (r == 1 && !has_second) continue;
      row[r][0] = N(load_masked)(at, m);
      if (has_rest) row[r][1] = N(load_masked)(at + LANES, rest);
    }
    const V a = N(even)(row[0][0], row[0][1]), b = N(odd)(row[0][0], row[0][1]);
    const V c = N(even)(row[1][0], row[1][1]), d = N(odd)(row[1][0], row[1][1]);
    const V first[4] = {a, a + c, a - c, -c}, second[4] = {b, b + d, b - d, -d};
    UNROLL for (size_t r = 0; r < 4; r++) {
      T *to = out + 4 * r * place + i;
      N(store)(to, first[r]), N(store)(to + place, first[r] + second[r]);
      N(store)(to + 2 * place, first[r] - second[r]), N(store)(to + 3 * place, -second[r]);
    }
  }
}

// Adds the products of a block's places to their sums [place][out][in].
static void N(add_places)(const N(tiling) *t, size_t tiles, const T *outputs, const T *pixels, const ptrdiff_t *offsets,
                          T *sums) {
  const size_t panels = (t->out + BLOCK_OUTPUTS - 1) / BLOCK_OUTPUTS;
  for (size_t p = 0; p < 16; p++)
    for (size_t panel = 0, o = 0; panel < panels; panel++) {
      const size_t high = N(height)(t->out, panels, panel);
      const N(dot_block) q = {1, tiles, outputs + p * t->out_place + o * t->pitch, pixels + p * t->in_place, 0,
                              t->pitch, 0};
      for (size_t c = 0; c < t->in; c += BLOCK_TAPS) {
        T dots[BLOCK_SUMS + LANES];
        N(dots_of)[high](&q, offsets + c, dots);
        const size_t width = t->in - c < BLOCK_TAPS ? t->in - c : BLOCK_TAPS;
        for (size_t l = 0; l < high; l++)
          for (size_t k = 0; k < width; k++) sums[(p * t->out + o + l) * t->in + c + k] += dots[l * BLOCK_TAPS + k];
      }
      o += high;
    }
}

// Gᵀ s G of every pair of channels, from [place][pair] to [pair][9]; `sums` may be read up to a vector beyond.
static void N(unfilter_weights)(size_t pairs, const T *sums, T *partial) {
  const T half = (T)0.5;
  for (size_t at = 0; at < pairs; at += LANES) {
    T weights[9 * LANES];
    V rows[3][4];
    UNROLL for (size_t j = 0; j < 4; j++) {
      const T *s = sums + j * pairs + at;
      const V s0 = N(load)(s), s1 = N(load)(s + 4 * pairs), s2 = N(load)(s + 8 * pairs), s3 = N(load)(s + 12 * pairs);
      rows[0][j] = s0 + (s1 + s2) * half, rows[1][j] = (s1 - s2) * half, rows[2][j] = s3 + (s1 + s2) * half;
    }
    UNROLL for (size_t r = 0; r < 3; r++) {
      const V *s = rows[r];
      T *to = weights + 3 * r * LANES;
      N(store)(to, s[0] + (s[1] + s[2]) * half), N(store)(to + LANES, (s[1] - s[2]) * half);
      N(store)(to + 2 * LANES, s[3] + (s[1] + s[2]) * half);
    }
    const size_t count = pairs - at < LANES ? pairs - at : LANES;
    for (size_t l = 0; l < count; l++)
      for (size_t k = 0; k < 9; k++) partial[(at + l) * 9 + k] = weights[k * LANES + l];
  }
}

// Tiles of a block, as even as a chunk divides.
INLINE N(tiling) N(weight_tiling)(const cr_conv *v) {
  const size_t tiles = cr_conv_weight_images(v, sizeof(T)) * N(tiles_each)(v);
  const size_t most = N(tiles_in)(2 << 20, 16 * ((v->in_channels + v->out_channels) / v->groups), 512);
  const size_t blocks = (tiles + most - 1) / most, even = (tiles + blocks - 1) / blocks;
  return N(tiling_of)(v, (even + LANES - 1) / LANES * LANES);
}
static size_t N(minimal_weight_scratch)(const cr_conv *v) {
  const N(tiling) t = N(weight_tiling)(v);
  const size_t elements = (t.in + BLOCK_TAPS) * OFFSET_ELEMENTS + 16 * (t.in_place + t.out_place) + 16 * t.in * t.out +
                          LANES + PIXEL_LINES * t.line;
  return (elements + 6 * 64) * sizeof(T);
}

// One chunk, images n to end.
static void N(minimal_weights)(const cr_conv *v, size_t n, size_t end, const T *x, const T *dy, T *partial,
                               void *scratch) {
  const N(tiling) t = N(weight_tiling)(v);
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  T *room = scratch;
  ptrdiff_t *offsets = (ptrdiff_t *)N(carve)(&room, (t.in + BLOCK_TAPS) * OFFSET_ELEMENTS);
  T *pixels = N(carve)(&room, 16 * t.in_place);
  T *outputs = N(carve)(&room, 16 * t.out_place);
  T *sums = N(carve)(&room, 16 * t.in * t.out + LANES);
  T *lines = N(carve)(&room, PIXEL_LINES * t.line);
  N(fill_run)(lines, 0, PIXEL_LINES * t.line);
  for (size_t c = 0; c < t.in + BLOCK_TAPS; c++) offsets[c] = (ptrdiff_t)((c < t.in ? c : t.in - 1) * t.pitch);
  for (size_t g = 0; g < v->groups; g++) {
    N(fill_run)(sums, 0, 16 * t.in * t.out);
    for (size_t at = n * t.each; at < end * t.each; at += t.block) {
      const size_t left = end * t.each - at, count = left < t.block ? left : t.block;
      for (size_t tile = at; tile < at + count;) {
        const N(stretch) s = N(stretch_at)(&t, tile, at + count);
        const T *image = x + (s.image * v->in_channels + g * t.in) * in_area;
        const T *gradient = dy + (s.image * v->out_channels + g * t.out) * out_area;
        N(filter_pixels)(v, &t, &s, image, lines, pixels + (tile - at));
        for (size_t o = 0; o < t.out; o++)
          N(filter_outputs)(v, &s, gradient + o * out_area, outputs + o * t.pitch + (tile - at), t.out_place);
        tile += s.count;
      }
      N(add_places)(&t, count, outputs, pixels, offsets, sums);
    }
    N(unfilter_weights)(t.in * t.out, sums, partial + g * t.out * t.in * 9);
  }
}

static size_t N(conv_weight_scratch)(const cr_conv *v) {
  const size_t direct = N(direct_weight_scratch)(v);
  const size_t minimal = N(has_minimal_weights)(v) ? N(minimal_weight_scratch)(v) : 0;
  return direct > minimal ? direct : minimal;
}

static void N(conv_weight_chunk)(const cr_conv *v, size_t chunk_begin, size_t chunk_end, const T *x, const T *dy,
                                 T *partials, void *scratch) {
  const size_t per_chunk = cr_conv_weight_images(v, sizeof(T));
  const size_t weights = v->out_channels * (v->in_channels / v->groups) * v->kernel_height * v->kernel_width;
  const size_t in_size = v->in_channels * v->in_height * v->in_width;
  const size_t out_size = v->out_channels * v->out_height * v->out_width;
  for (size_t chunk = chunk_begin; chunk < chunk_end; chunk++) {
    const size_t n = chunk * per_chunk, end = n + per_chunk < v->batch ? n + per_chunk : v->batch;
    bool tame = N(has_minimal_weights)(v);
    for (size_t i = n; tame && i < end; i++)
      tame = N(is_tame)(in_size, x + i * in_size, 1024) && N(is_tame)(out_size, dy + i * out_size, 1024);
    (tame ? N(minimal_weights) : N(direct_weights))(v, n, end, x, dy, partials + chunk * weights, scratch);
  }
}
