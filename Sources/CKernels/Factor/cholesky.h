// A = L Lᵀ, by halves. Gives the number of the first pivot that is not above 0, from 1; 0 where there is none.

static size_t N(cholesky_small)(size_t n, T *a, size_t lda) {
  T column[32];
  for (size_t j = 0; j < n; j++) {
    const T d = a[j * lda + j];
    if (!(d > 0) || !(d < INFINITY)) return j + 1;
    const T root = (T)sqrt((double)d);
    a[j * lda + j] = root;
    for (size_t i = j + 1; i < n; i++) column[i] = a[i * lda + j] /= root;
    for (size_t i = j + 1; i < n; i++) {
      T *row = a + i * lda;
      const T factor = -row[j];
      for (size_t k = j + 1; k < n; k++) row[k] += factor * column[k];
    }
  }
  return 0;
}

static size_t N(cholesky_halves)(size_t n, T *a, size_t lda, void *room) {
  if (n <= 32) return N(cholesky_small)(n, a, lda);
  const size_t h = (n / 2 + 15) / 16 * 16;
  T *const corner = a + h * lda, *const rest = corner + h;
  size_t failed = N(cholesky_halves)(h, a, lda, room);
  if (failed) return failed;
  N(solve_right)(true, true, false, n - h, h, a, lda, corner, lda, room);
  N(add_lower)(n - h, h, -1, corner, lda, corner, lda, rest, lda, room);
  failed = N(cholesky_halves)(n - h, rest, lda, room);
  return failed ? h + failed : 0;
}

// The symmetric part of A is read, L written with zeros above its diagonal.
static void N(cholesky)(cr_factor *f, const T *a, T *l) {
  const size_t n = f->n;
  void *room = malloc(N(product_room)());
  if (!room) abort();
  f->failed = 0;
  for (size_t b = 0; b < f->count && !f->failed; b++, a += n * n, l += n * n) {
    for (size_t i0 = 0; i0 < n; i0 += 16)
      for (size_t j0 = 0; j0 <= i0; j0 += 16)
        for (size_t i = i0; i < n && i < i0 + 16; i++)
          for (size_t j = j0; j < n && j < j0 + 16; j++)
            l[i * n + j] = i == j ? a[i * n + i] : (T)0.5 * a[i * n + j] + (T)0.5 * a[j * n + i];
    f->failed = N(cholesky_halves)(n, l, n, room);
    for (size_t i = 0; i < n; i++)
      for (size_t j = i + 1; j < n; j++) l[i * n + j] = 0;
  }
  free(room);
}
