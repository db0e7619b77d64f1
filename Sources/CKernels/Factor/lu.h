// P A = L U with partial pivoting, by halves of the columns; narrow panels are turned, so that their columns are runs.

// The columns `from` … `from + width` of the whole matrix [m, columns] from row `from` on. `order` follows the rows.
static void N(lu_panel)(size_t m, size_t width, size_t from, T *a, size_t lda, size_t columns, int32_t *order,
                        T *turned) {
  const size_t rows = m - from;
  T *const start = a + from * lda + from;
  N(turn)(rows, width, start, lda, turned, rows);
  for (size_t j = 0; j < width && j < rows; j++) {
    T *const column = turned + j * rows;
    const U bits = N(largest)(rows - j, column + j);
    const size_t pivot = j + N(place_of)(bits, column + j);
    if (pivot != j) {
      for (size_t c = 0; c < width; c++) {
        const T x = turned[c * rows + j];
        turned[c * rows + j] = turned[c * rows + pivot], turned[c * rows + pivot] = x;
      }
      T *const upper = a + (from + j) * lda, *const lower = a + (from + pivot) * lda;
      N(swap_rows)(from, upper, lower);
      N(swap_rows)(columns - from - width, upper + from + width, lower + from + width);
      const int32_t row = order[from + j];
      order[from + j] = order[from + pivot], order[from + pivot] = row;
    }
    if (bits == 0) continue;  // a zero column: L's part of it is 0
    for (size_t i = j + 1; i < rows; i++) column[i] /= column[j];
    for (size_t c = j + 1; c < width; c++)
      N(add_scaled)(rows - j - 1, -turned[c * rows + j], column + j + 1, turned + c * rows + j + 1);
  }
  N(turn)(width, rows, turned, rows, start, lda);
}

static void N(lu_halves)(size_t m, size_t width, size_t from, T *a, size_t lda, size_t columns, int32_t *order,
                         T *turned, void *room) {
  if (width <= 16) {
    N(lu_panel)(m, width, from, a, lda, columns, order, turned);
    return;
  }
  const size_t h = (width / 2 + 15) / 16 * 16, rest = width - h, middle = from + h;
  N(lu_halves)(m, h, from, a, lda, columns, order, turned, room);
  T *const right = a + from * lda + middle, *const left = a + middle * lda + from;
  N(solve_left)(true, false, true, h, rest, a + from * lda + from, lda, right, lda, room);
  N(product)(m - middle, rest, h, -1, PART(left, lda, false), PART(right, lda, false), 1, a + middle * lda + middle,
             lda, room);
  N(lu_halves)(m, rest, middle, a, lda, columns, order, turned, room);
}

// factors [m, n + 1]: L below the diagonal, U on and above it, and in the last column which row of A each row is.
static void N(lu)(const cr_factor *f, const T *a, T *factors) {
  const size_t m = f->m, n = f->n, lda = n + 1, square = m < n ? m : n;
  void *room = malloc(N(product_room)());
  T *turned = malloc((16 * m + 1) * sizeof(T));
  int32_t *order = malloc((m + 1) * sizeof(int32_t));
  if (!room || !turned || !order) abort();
  for (size_t b = 0; b < f->count; b++, a += m * n, factors += m * lda) {
    for (size_t i = 0; i < m; i++) {
      if (n) memcpy(factors + i * lda, a + i * n, n * sizeof(T));
      order[i] = (int32_t)i;
    }
    N(lu_halves)(m, square, 0, factors, lda, n, order, turned, room);
    if (m < n) N(solve_left)(true, false, true, m, n - m, factors, lda, factors + m, lda, room);
    for (size_t i = 0; i < m; i++) factors[i * lda + n] = (T)order[i];
  }
  free(room), free(turned), free(order);
}

// op(A) X = B [n, m] from the factors; names the first pivot that is 0.
static void N(lu_solve)(cr_factor *f, const T *factors, const T *b, T *x) {
  const size_t n = f->n, m = f->m, lda = n + 1, bytes = m * sizeof(T);
  void *room = malloc(N(product_room)());
  T *moved = malloc((n * m + 1) * sizeof(T));
  if (!room || !moved) abort();
  f->failed = 0;
  for (size_t k = 0; k < f->count && m; k++, factors += n * lda, b += n * m, x += n * m) {
    f->failed = N(first_zero)(n, factors, lda);
    if (f->failed) break;
    if (f->mirrored) {
      if (n) memcpy(moved, b, n * bytes);
      N(solve_left)(false, true, false, n, m, factors, lda, moved, m, room);
      N(solve_left)(true, true, true, n, m, factors, lda, moved, m, room);
      for (size_t i = 0; i < n; i++) memcpy(x + (size_t)factors[i * lda + n] * m, moved + i * m, bytes);
    } else {
      for (size_t i = 0; i < n; i++) memcpy(x + i * m, b + (size_t)factors[i * lda + n] * m, bytes);
      N(solve_left)(true, false, true, n, m, factors, lda, x, m, room);
      N(solve_left)(false, false, false, n, m, factors, lda, x, m, room);
    }
  }
  free(moved), free(room);
}
