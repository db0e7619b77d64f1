// Lines of pixels whose vectors hold channels, [pixel][channel], turned from planes as they are read and back as they
// are written. What is done to pixels then fills whole vectors, however narrow an image is.

typedef struct { size_t height, width; } N(planes);  // of one channel

// Pixels x to x + width of row y, in the planes of up to a vector of channels; 0 outside of the image and beyond the
// channels. May write up to a vector of pixels more.
static void N(read_line)(N(planes) p, size_t channels, const T *plane, size_t y, ptrdiff_t x, size_t width, T *line) {
  const size_t before = x < 0 ? (size_t)-x : 0, left = y < p.height && before < width ? before : width;
  const ptrdiff_t there = (ptrdiff_t)p.width - (x + (ptrdiff_t)left);
  const size_t middle = there < 0 ? 0 : (size_t)there < width - left ? (size_t)there : width - left;
  const size_t area = p.height * p.width, all = left + middle;
  N(fill_run)(line, 0, left * LANES);
  if (middle > 0) {
    const T *from = plane + (ptrdiff_t)(y * p.width) + x + (ptrdiff_t)left;
    for (size_t j = 0; j < middle; j += LANES) {
      const N(mask) m = N(first)(middle - j < LANES ? middle - j : LANES);
      T *to = line + (left + j) * LANES;
      V block[LANES];
      UNROLL for (size_t l = 0; l < LANES; l++)
        block[l] = l < channels ? N(load_masked)(from + l * area + j, m) : (V){0};
      N(transpose_block)(block);
      UNROLL for (size_t l = 0; l < LANES; l++) N(store)(to + l * LANES, block[l]);
    }
  }
  N(fill_run)(line + all * LANES, 0, (width - all) * LANES);
}

// The first pixels of a line to row y from x on, as many of `width` as the image has.
static void N(write_line)(N(planes) p, size_t channels, T *plane, size_t y, size_t x, size_t width, const T *line) {
  if (y >= p.height) return;
  const size_t area = p.height * p.width, across = p.width - x < width ? p.width - x : width;
  T *to = plane + y * p.width + x;
  for (size_t j = 0; j < across; j += LANES) {
    const N(mask) m = N(first)(across - j < LANES ? across - j : LANES);
    V block[LANES];
    UNROLL for (size_t l = 0; l < LANES; l++) block[l] = N(load)(line + (j + l) * LANES);
    N(transpose_block)(block);
    UNROLL for (size_t l = 0; l < LANES; l++)
      if (l < channels) N(store_masked)(to + l * area + j, m, block[l]);
  }
}
