// Weight gradient by minimal filtering (winograd.h), the transpose of the forward map in its weights:
//
//   dw = Gᵀ [ Σ over the tiles (A dy Aᵀ) ⊙ (Bᵀ d B) ] G
//
// Each of the 16 places is a product [tiles × out]ᵀ · [tiles × in], as the transforms leave their matrices.

#define MOST_MINIMAL_WEIGHTS (1 << 16)  // pairs of channels whose 16 sums are kept beside the block, 4 MB

INLINE bool N(has_minimal_weights)(const cr_conv *v) {
  return N(is_minimal)(v) && cr_conv_weight_images(v, sizeof(T)) * N(tiles_each)(v) >= 32 &&
         v->out_channels * (v->in_channels / v->groups) <= MOST_MINIMAL_WEIGHTS;
}

// A dy Aᵀ of neighbouring tiles from two lines: place p of tile i to out[p · place + i · pitch].
INLINE void N(combine_gradients)(size_t count, const T *upper, const T *lower, T *out, size_t pitch, size_t place) {
  for (size_t i = 0; i < count; i++, upper += 2 * LANES, lower += 2 * LANES, out += pitch) {
    const V a = N(load)(upper), b = N(load)(upper + LANES), c = N(load)(lower), d = N(load)(lower + LANES);
    const V first[4] = {a, a + c, a - c, -c}, second[4] = {b, b + d, b - d, -d};
    UNROLL for (size_t r = 0; r < 4; r++) {
      T *to = out + 4 * r * place;
      N(store)(to, first[r]), N(store)(to + place, first[r] + second[r]);
      N(store)(to + 2 * place, first[r] - second[r]), N(store)(to + 3 * place, -second[r]);
    }
  }
}

// A dy Aᵀ of the tiles from `begin` to `end` for all channels of a group, those of image 0 at dy.
static void N(filter_gradients)(const cr_conv *v, const N(tiling) *t, size_t begin, size_t end, const T *dy, T *room,
                                T *out) {
  const N(planes) p = {v->out_height, v->out_width};
  T *const upper = room, *const lower = room + t->line;
  for (size_t o = 0; o < t->out; o += LANES) {
    N(stretch) s;
    for (size_t tile = begin; tile < end; tile += s.count) {
      s = N(stretch_at)(t, tile, end);
      const T *plane = dy + (s.image * v->out_channels + o) * p.height * p.width;
      const ptrdiff_t x = (ptrdiff_t)(2 * s.column);
      N(read_line)(p, t->out - o, plane, 2 * s.row, x, 2 * s.count, upper);
      N(read_line)(p, t->out - o, plane, 2 * s.row + 1, x, 2 * s.count, lower);
      N(combine_gradients)(s.count, upper, lower, out + (tile - begin) * t->out_pitch + o, t->out_pitch, t->out_place);
    }
  }
}

// Adds the products of a block's places to their sums [place][out][in], or begins them.
static void N(add_places)(const N(tiling) *t, size_t tiles, bool begins, const T *outputs, const T *pixels, T *sums) {
  const N(epilogue) e = {1, begins ? 0 : 1, NULL, NULL, false};
  const size_t panels = (t->out + ROWS - 1) / ROWS;
  for (size_t p = 0; p < 16; p++)
    for (size_t c = 0; c < t->in; c += 2 * LANES)
      for (size_t panel = 0, o = 0; panel < panels; panel++) {
        const size_t high = N(height)(t->out, panels, panel), left = t->in - c;
        const size_t last = left >= 2 * LANES ? LANES : left > LANES ? left - LANES : left;
        (left > LANES ? N(normal) : N(narrow))[high][0](
          tiles, outputs + p * t->out_place + o, 1, (ptrdiff_t)t->out_pitch, pixels + p * t->in_place + c,
          (ptrdiff_t)t->in_pitch, sums + (p * t->out + o) * t->in + c, t->in, N(first)(last), &e);
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

INLINE N(tiling) N(weight_tiling)(const cr_conv *v) {
  const size_t channels = N(whole_vectors)(v->in_channels / v->groups) + N(whole_vectors)(v->out_channels / v->groups);
  return N(tiling_of)(v, N(tiles_in)(768 << 10, channels));
}
static size_t N(minimal_weight_scratch)(const cr_conv *v) {
  const N(tiling) t = N(weight_tiling)(v);
  const size_t elements = 16 * (t.in_place + t.out_place) + 16 * t.in * t.out + LANES + 4 * t.line;
  return (elements + 5 * 64) * sizeof(T);
}

// One chunk, images n to end.
static void N(minimal_weights)(const cr_conv *v, size_t n, size_t end, const T *x, const T *dy, T *partial,
                               void *scratch) {
  const N(tiling) t = N(weight_tiling)(v);
  const size_t in_area = v->in_height * v->in_width, out_area = v->out_height * v->out_width;
  T *room = scratch;
  T *pixels = N(carve)(&room, 16 * t.in_place);
  T *outputs = N(carve)(&room, 16 * t.out_place);
  T *sums = N(carve)(&room, 16 * t.in * t.out + LANES);
  T *lines = N(carve)(&room, 4 * t.line);
  for (size_t g = 0; g < v->groups; g++) {
    for (size_t at = n * t.each; at < end * t.each; at += t.block) {
      const size_t left = end * t.each - at, count = left < t.block ? left : t.block;
      N(filter_pixels)(v, &t, at, at + count, x + g * t.in * in_area, lines, pixels);
      N(filter_gradients)(v, &t, at, at + count, dy + g * t.out * out_area, lines, outputs);
      N(add_places)(&t, count, at == n * t.each, outputs, pixels, sums);
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
