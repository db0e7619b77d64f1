// Triangular systems, by halves: all but blocks of 16 is matrix products.

enum { N(SMALL) = 16 };

// op(T) X = B in place, a small block: B's rows are combined in pieces that stay in the first cache.
static void N(solve_small)(bool lower, bool transposed, bool unit, size_t n, size_t m, const T *t, size_t ldt, T *b,
                           size_t ldb) {
  const bool forward = lower != transposed;
  const size_t across = transposed ? ldt : 1, down = transposed ? 1 : ldt;
  for (size_t c = 0; c < m; c += 128) {
    const size_t width = m - c < 128 ? m - c : 128;
    for (size_t step = 0; step < n; step++) {
      const size_t i = forward ? step : n - 1 - step, first = forward ? 0 : i + 1, last = forward ? i : n;
      T *row = b + i * ldb + c;
      const T *factor = t + i * down, *other = b + c;
      size_t j = first;
      for (; j + 4 <= last; j += 4) {
        const T f0 = factor[j * across], f1 = factor[(j + 1) * across], f2 = factor[(j + 2) * across],
                f3 = factor[(j + 3) * across];
        const T *b0 = other + j * ldb, *b1 = b0 + ldb, *b2 = b1 + ldb, *b3 = b2 + ldb;
        for (size_t k = 0; k < width; k++) row[k] -= (f0 * b0[k] + f1 * b1[k]) + (f2 * b2[k] + f3 * b3[k]);
      }
      for (; j < last; j++) N(add_scaled)(width, -factor[j * across], other + j * ldb, row);
      if (unit) continue;
      const T pivot = t[i * ldt + i];
      for (size_t k = 0; k < width; k++) row[k] /= pivot;
    }
  }
}

// op(T) X = B for B [n, m], in place; of T the lower or the upper triangle is read, with ones on the diagonal if unit.
static void N(solve_left)(bool lower, bool transposed, bool unit, size_t n, size_t m, const T *t, size_t ldt, T *b,
                          size_t ldb, void *room) {
  if (n <= N(SMALL)) {
    N(solve_small)(lower, transposed, unit, n, m, t, ldt, b, ldb);
    return;
  }
  const size_t h = (n / 2 + 15) / 16 * 16;
  T *const bottom = b + h * ldb;
  const N(part) corner = PART(lower ? t + h * ldt : t + h, ldt, transposed);
  if (lower != transposed) {
    N(solve_left)(lower, transposed, unit, h, m, t, ldt, b, ldb, room);
    N(product)(n - h, m, h, -1, corner, PART(b, ldb, false), 1, bottom, ldb, room);
    N(solve_left)(lower, transposed, unit, n - h, m, t + h * ldt + h, ldt, bottom, ldb, room);
  } else {
    N(solve_left)(lower, transposed, unit, n - h, m, t + h * ldt + h, ldt, bottom, ldb, room);
    N(product)(h, m, n - h, -1, corner, PART(bottom, ldb, false), 1, b, ldb, room);
    N(solve_left)(lower, transposed, unit, h, m, t, ldt, b, ldb, room);
  }
}

// X op(T) = B for B [m, n], in place.
static void N(solve_right)(bool lower, bool transposed, bool unit, size_t m, size_t n, const T *t, size_t ldt, T *b,
                           size_t ldb, void *room) {
  if (n <= N(SMALL)) {
    T turned[N(SMALL) * 64];
    for (size_t r = 0; r < m; r += 64) {
      const size_t rows = m - r < 64 ? m - r : 64;
      N(turn)(rows, n, b + r * ldb, ldb, turned, 64);
      N(solve_small)(lower, !transposed, unit, n, rows, t, ldt, turned, 64);
      N(turn)(n, rows, turned, 64, b + r * ldb, ldb);
    }
    return;
  }
  const size_t h = (n / 2 + 15) / 16 * 16;
  const N(part) corner = PART(lower ? t + h * ldt : t + h, ldt, transposed);
  if (lower == transposed) {  // op(T) is upper
    N(solve_right)(lower, transposed, unit, m, h, t, ldt, b, ldb, room);
    N(product)(m, n - h, h, -1, PART(b, ldb, false), corner, 1, b + h, ldb, room);
    N(solve_right)(lower, transposed, unit, m, n - h, t + h * ldt + h, ldt, b + h, ldb, room);
  } else {
    N(solve_right)(lower, transposed, unit, m, n - h, t + h * ldt + h, ldt, b + h, ldb, room);
    N(product)(m, h, n - h, -1, PART(b + h, ldb, false), corner, 1, b, ldb, room);
    N(solve_right)(lower, transposed, unit, m, h, t, ldt, b, ldb, room);
  }
}

// The first place on the diagonal that is 0, from 1; 0 where there is none.
static size_t N(first_zero)(size_t n, const T *t, size_t ldt) {
  for (size_t i = 0; i < n; i++)
    if (t[i * ldt + i] == 0) return i + 1;
  return 0;
}

// b [n, m] is overwritten.
static void N(triangular_solve)(cr_factor *f, const T *t, T *b) {
  const size_t n = f->n, m = f->m;
  void *room = malloc(N(product_room)());
  if (!room) abort();
  f->failed = 0;
  for (size_t i = 0; i < f->count && !f->failed; i++) {
    f->failed = N(first_zero)(n, t + i * n * n, n);
    if (!f->failed) N(solve_left)(f->lower, f->mirrored, false, n, m, t + i * n * n, n, b + i * n * m, m, room);
  }
  free(room);
}
