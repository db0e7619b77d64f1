// The forward convolution: by minimal filtering where that pays and keeps the digits, else directly.

// Filtering the weights, once for each of at most 16 ranges of images, has to be worth it.
INLINE bool N(is_minimal_forward)(const cr_conv *v) {
  return N(is_minimal)(v) && N(tiles_each)(v) * ((v->batch + 15) / 16) >= 32;
}

static size_t N(conv_forward_scratch)(const cr_conv *v) {
  const size_t direct = N(direct_scratch)(v), minimal = N(is_minimal_forward)(v) ? N(minimal_scratch)(v) : 0;
  return direct > minimal ? direct : minimal;
}

// Which way an image goes depends on its own pixels alone, so that no cut into ranges changes a bit.
static void N(conv_forward)(const cr_conv *v, size_t image_begin, size_t image_end, const T *x, const T *w, T *y,
                            void *scratch) {
  const size_t pixels = v->in_channels * v->in_height * v->in_width;
  const size_t weights = v->out_channels * (v->in_channels / v->groups) * 9;
  if (!N(is_minimal_forward)(v) || !N(is_tame)(weights, w, INFINITY)) {
    N(direct_forward)(v, image_begin, image_end, x, w, y, scratch);
    return;
  }
  for (size_t n = image_begin, end; n < image_end; n = end) {
    const bool tame = N(is_tame)(pixels, x + n * pixels, 1024);
    for (end = n + 1; end < image_end && N(is_tame)(pixels, x + end * pixels, 1024) == tame; end++) {}
    (tame ? N(minimal_forward) : N(direct_forward))(v, n, end, x, w, y, scratch);
  }
}
