// A = Q R by blocks of reflections; R's diagonal is made positive at the end.

// A panel of k columns, turned to rows of length n: reflections in place of what they turn; R above them goes to `r`.
static void N(qr_panel)(size_t k, size_t n, T *rows, size_t ldv, T *tau, T *diagonal) {
  for (size_t j = 0; j < k; j++) {
    T *const v = rows + j * ldv + j;
    diagonal[j] = N(reflection)(n - j, v, tau + j);
    for (size_t c = j + 1; c < k; c++) {
      T *const other = rows + c * ldv + j;
      N(add_scaled)(n - j, -tau[j] * N(dot)(n - j, v, other), v, other);
    }
  }
}

static void N(qr_one)(size_t m, size_t n, const T *a, T *q, T *r, T *v, T *tau, T *work, T *matrix, void *room) {
  T t[N(REFLECTIONS) * N(REFLECTIONS)], diagonal[N(REFLECTIONS)];
  if (m * n) memcpy(matrix, a, m * n * sizeof(T));
  for (size_t from = 0; from < n; from += N(REFLECTIONS)) {
    const size_t k = n - from < N(REFLECTIONS) ? n - from : N(REFLECTIONS), rows = m - from;
    T *const panel = v + from * m + from;  // row j of V is column j: its first `from` places stay 0
    N(turn)(rows, k, matrix + from * n + from, n, panel, m);
    N(qr_panel)(k, rows, panel, m, tau + from, diagonal);
    for (size_t j = 0; j < k; j++) {
      for (size_t i = 0; i < j; i++) {
        matrix[(from + i) * n + from + j] = panel[j * m + i];
        panel[j * m + i] = 0;
      }
      matrix[(from + j) * n + from + j] = diagonal[j];
    }
    if (from + k < n) {
      N(block_factor)(k, rows, panel, m, tau + from, t);
      N(reflect_rows)(k, rows, n - from - k, panel, m, t, true, matrix + from * n + from + k, n, work, room);
    }
  }
  if (q) N(form)(m, n, n, 0, v, m, tau, q, work, room);
  for (size_t i = 0; i < n; i++) {
    const T sign = matrix[i * n + i] < 0 ? -1 : 1;
    for (size_t j = 0; j < n; j++) r[i * n + j] = j < i ? 0 : sign * matrix[i * n + j];
    tau[i] = sign;
  }
  for (size_t i = 0; q && i < m; i++)
    for (size_t j = 0; j < n; j++) q[i * n + j] *= tau[j];
}

// out [m + n, n]: the rows of Q [m, n], which are left out where only values are wanted, then those of R; m ≥ n.
static void N(qr)(const cr_factor *f, const T *a, T *out) {
  const size_t m = f->m, n = f->n;
  T *memory = malloc((n * m + n + 2 * N(REFLECTIONS) * n + m * n + 1) * sizeof(T));
  void *room = malloc(N(product_room)());
  if (!memory || !room) abort();
  T *const v = memory, *const tau = v + n * m, *const work = tau + n, *const matrix = work + 2 * N(REFLECTIONS) * n;
  for (size_t b = 0; b < f->count; b++, a += m * n, out += (m + n) * n)
    N(qr_one)(m, n, a, f->values_only ? NULL : out, out + m * n, v, tau, work, matrix, room);
  free(memory), free(room);
}
