// A = U Σ Vᵀ of a square matrix: to two diagonals by reflections from both sides in blocks (as LAPACK's labrd), then by
// implicit QR steps (Golub and Kahan 1965), whose rotations wait for each other.

// The part of a vector from place `at` on loses what earlier reflections of the panel do to it: −Σ x_p[c]·y_p.
static void N(take_off)(size_t count, size_t n, size_t c, const T *x, size_t at, size_t length, const T *y, T *out) {
  for (size_t p = 0; p < count; p++) N(add_scaled)(length, -x[p * n + c], y + p * n + at, out);
}
// out −= Σ (x_p·v) y_p, with products over places from `at`.
static void N(project_off)(size_t count, size_t n, const T *x, size_t at, size_t length, const T *v, const T *y,
                           size_t out_at, size_t out_length, T *out) {
  for (size_t p = 0; p < count; p++)
    N(add_scaled)(out_length, -N(dot)(length, x + p * n + at, v), y + p * n + out_at, out);
}

// Rows and columns from … from + k of A [n, n]. Rows of left and right hold reflections, those of y and x what they do
// to the rest, A − leftᵀ y − xᵀ right.
static void N(bidiagonal_panel)(size_t n, size_t from, size_t k, T *a, T *left, T *right, T *y, T *x, T *left_tau,
                                T *right_tau, double *d, double *e) {
  T *const v = left + from * n, *const u = right + from * n;  // of this panel
  for (size_t j = 0; j < k; j++) {
    const size_t c = from + j, rest = n - c - 1;
    T *const own = v + j * n + c, *const row = u + j * n + c + 1, *const ys = y + j * n + c + 1,
             *const xs = x + j * n + c + 1;
    for (size_t i = c; i < n; i++) own[i - c] = a[i * n + c];
    N(take_off)(j, n, c, y, c, n - c, v, own);
    N(take_off)(j, n, c, u, c, n - c, x, own);
    d[c] = (double)N(reflection)(n - c, own, left_tau + c);
    if (rest == 0) continue;
    for (size_t i = 0; i < rest; i++) ys[i] = 0;
    N(add_transposed)(n - c, rest, a + c * n + c + 1, n, own, ys);
    N(project_off)(j, n, v, c, n - c, own, y, c + 1, rest, ys);
    N(project_off)(j, n, x, c, n - c, own, u, c + 1, rest, ys);
    N(scale_row)(rest, left_tau[c], ys);
    memcpy(row, a + c * n + c + 1, rest * sizeof(T));
    N(take_off)(j + 1, n, c, v, c + 1, rest, y, row);
    N(take_off)(j, n, c, x, c + 1, rest, u, row);
    e[c] = (double)N(reflection)(rest, row, right_tau + c);
    for (size_t i = 0; i < rest; i++) xs[i] = N(dot)(rest, a + (c + 1 + i) * n + c + 1, row);
    N(project_off)(j + 1, n, y, c + 1, rest, row, v, c + 1, rest, xs);
    N(project_off)(j, n, u, c + 1, rest, row, x, c + 1, rest, xs);
    N(scale_row)(rest, right_tau[c], xs);
  }
}

// a is overwritten. `panel` holds 2·BLOCK·n numbers, zeroed here for every panel.
static void N(bidiagonal)(size_t n, T *a, T *left, T *right, T *left_tau, T *right_tau, double *d, double *e, T *panel,
                          void *room) {
  T *const y = panel, *const x = panel + N(REFLECTIONS) * n;
  for (size_t from = 0; from < n; from += N(REFLECTIONS)) {
    const size_t k = n - from < N(REFLECTIONS) ? n - from : N(REFLECTIONS), next = from + k, rest = n - next;
    for (size_t i = 0; i < 2 * N(REFLECTIONS) * n; i++) panel[i] = 0;
    N(bidiagonal_panel)(n, from, k, a, left, right, y, x, left_tau, right_tau, d, e);
    T *const corner = a + next * n + next;
    N(product)(rest, rest, k, -1, PART(left + from * n + next, n, true), PART(y + next, n, false), 1, corner, n, room);
    N(product)(rest, rest, k, -1, PART(x + next, n, true), PART(right + from * n + next, n, false), 1, corner, n, room);
  }
}

#ifndef CR_BIDIAGONAL_QR
#define CR_BIDIAGONAL_QR
// What a rotation makes of (a, b): (r, 0).
static double cr_turn(double a, double b, double *c, double *s) {
  double r = sqrt(a * a + b * b);
  if (!(r > 1e-150) || !(r < 1e150)) r = hypot(a, b);
  *c = r == 0 ? 1 : a / r, *s = r == 0 ? 0 : b / r;
  return r;
}
static void cr_wait(cr_rotations *r, size_t i, size_t j, double c, double s) {
  r->list[r->count++] = (cr_rotation){(uint32_t)i, (uint32_t)j, c, s};
}

// A diagonal element k < p that is 0: its row is rotated away into the rows below.
static void cr_clear_row(double *d, double *e, size_t k, size_t p, cr_rotations *left) {
  double f = e[k], c, s;
  e[k] = 0;
  for (size_t j = k + 1; j <= p && f != 0; j++) {
    d[j] = cr_turn(d[j], f, &c, &s);
    cr_wait(left, j, k, c, s);
    if (j == p) break;
    f = -s * e[j], e[j] = c * e[j];
  }
}
// The last diagonal element is 0: its column is rotated away into the columns before.
static void cr_clear_column(double *d, double *e, size_t f, size_t p, cr_rotations *right) {
  double g = e[p - 1], c, s;
  e[p - 1] = 0;
  for (size_t j = p; j-- > f && g != 0;) {
    d[j] = cr_turn(d[j], g, &c, &s);
    cr_wait(right, j, p, c, s);
    if (j == f) break;
    g = -s * e[j - 1], e[j - 1] = c * e[j - 1];
  }
}

// One step on rows f … p with a shift from the last two columns; from the top where the shift would lose digits.
static void cr_bidiagonal_step(double *d, double *e, size_t f, size_t p, cr_rotations *left, cr_rotations *right) {
  double size = 0;
  for (size_t j = f; j <= p; j++) size = fmax(size, fmax(fabs(d[j]), j < p ? fabs(e[j]) : 0));
  const double sp = d[p] / size, spm1 = d[p - 1] / size, epm1 = e[p - 1] / size, sk = d[f] / size, ek = e[f] / size;
  const double b = ((spm1 + sp) * (spm1 - sp) + epm1 * epm1) / 2, cc = (sp * epm1) * (sp * epm1);
  double shift = 0;
  if (b != 0 || cc != 0) shift = cc / (b + copysign(sqrt(b * b + cc), b));
  double g = (sk + sp) * (sk - sp) + shift, h = sk * ek, c, s;
  for (size_t j = f; j < p; j++) {
    double r = cr_turn(g, h, &c, &s);
    if (j > f) e[j - 1] = r;
    g = c * d[j] + s * e[j], e[j] = c * e[j] - s * d[j];
    h = s * d[j + 1], d[j + 1] = c * d[j + 1];
    cr_wait(right, j, j + 1, c, s);
    d[j] = cr_turn(g, h, &c, &s);
    g = c * e[j] + s * d[j + 1], d[j + 1] = c * d[j + 1] - s * e[j];
    if (j + 1 < p) h = s * e[j + 1], e[j + 1] = c * e[j + 1];
    cr_wait(left, j, j + 1, c, s);
  }
  e[p - 1] = g;
}
#endif

// Diagonal d and the one above it, e, to singular values (of any sign); rows of u and v are rotated.
static bool N(bidiagonal_qr)(size_t n, double *d, double *e, cr_rotations *left, cr_rotations *right, T *u, T *v) {
  double size = 0;
  for (size_t i = 0; i < n; i++) size = fmax(size, fmax(fabs(d[i]), i + 1 < n ? fabs(e[i]) : 0));
  const double nothing = size * 1e-30;
  for (size_t p = n; p-- > 1;) {
    for (size_t steps = 0;; steps++) {
      size_t f = p;
      for (; f > 0; f--)
        if (fabs(e[f - 1]) <= 0.25 * EPSILON * (fabs(d[f - 1]) + fabs(d[f])) + nothing) {
          e[f - 1] = 0;
          break;
        }
      if (f == p) break;
      if (steps == 120) return false;
      if (left->count + p > left->room) N(rotate)(left, n, u);
      if (right->count + p > right->room) N(rotate)(right, n, v);
      size_t zero = f;
      while (zero <= p && fabs(d[zero]) > 0.25 * EPSILON * ((zero < p ? fabs(e[zero]) : 0) +
                                                            (zero > f ? fabs(e[zero - 1]) : 0)) + nothing)
        zero++;
      if (zero == p) d[p] = 0, cr_clear_column(d, e, f, p, right);
      else if (zero < p) d[zero] = 0, cr_clear_row(d, e, zero, p, left);
      else cr_bidiagonal_step(d, e, f, p, left, right);
    }
  }
  N(rotate)(left, n, u);
  N(rotate)(right, n, v);
  return true;
}

// Descending values s, and which of d each is.
static void N(sorted_sizes)(size_t n, const double *d, double scale, uint32_t *order, T *s) {
  for (size_t i = 0; i < n; i++) {
    size_t k = i;
    for (; k > 0 && fabs(d[order[k - 1]]) < fabs(d[i]); k--) order[k] = order[k - 1];
    order[k] = (uint32_t)i;
  }
  for (size_t k = 0; k < n; k++) s[k] = (T)(fabs(d[order[k]]) * scale);
}

// Descending values s; rows of u and v to columns, signs by u.
static void N(sorted_pairs)(size_t n, const double *d, const T *u, const T *v, double scale, T *s, T *left, T *right,
                            uint32_t *order, T *signs) {
  N(sorted_sizes)(n, d, scale, order, s);
  for (size_t k = 0; k < n; k++) signs[k] = d[order[k]] < 0 ? -1 : 1;
  N(turn_ordered)(n, n, u, order, left);
  N(turn_ordered)(n, n, v, order, right);
  N(scale_columns)(n, n, signs, left);
}

// The memory that one singular value decomposition wants.
typedef struct {
  T *a, *left, *right, *u, *v, *q, *r, *tau, *work;
  double *d;
  uint32_t *order;
  cr_rotations lefts, rights;
  void *room;
} N(svd_memory);

// a [n, n], overwritten, to u and v [n, n] in columns, where they are wanted, and s [n].
static bool N(svd_square)(size_t n, T *a, double scale, T *u, T *s, T *v, N(svd_memory) *m) {
  double *const d = m->d, *const e = d + n;
  for (size_t i = 0; i < n * n; i++) m->left[i] = m->right[i] = 0;
  N(bidiagonal)(n, a, m->left, m->right, m->tau, m->tau + n, d, e, m->work, m->room);
  if (!u) {
    const bool ended = N(bidiagonal_qr)(n, d, e, &m->lefts, &m->rights, NULL, NULL);
    N(sorted_sizes)(n, d, scale, m->order, s);
    return ended;
  }
  N(form)(n, n, n, 0, m->left, n, m->tau, a, m->work, m->room);
  N(turn)(n, n, a, n, m->u, n);
  N(form)(n, n, n ? n - 1 : 0, 1, m->right, n, m->tau + n, a, m->work, m->room);
  N(turn)(n, n, a, n, m->v, n);
  const bool converged = N(bidiagonal_qr)(n, d, e, &m->lefts, &m->rights, m->u, m->v);
  N(sorted_pairs)(n, d, m->u, m->v, scale, s, u, v, m->order, m->work);
  return converged;
}

// Rows × columns with rows ≥ columns, by QR first where it is taller.
static bool N(svd_tall)(size_t rows, size_t n, const T *a, double scale, T *u, T *s, T *v, N(svd_memory) *m) {
  if (rows == n) {
    if (n) memcpy(m->a, a, n * n * sizeof(T));
    return N(svd_square)(n, m->a, scale, u, s, v, m);
  }
  const cr_factor f = {.count = 1, .m = rows, .n = n, .values_only = !u};
  N(qr)(&f, a, m->q);
  if (n) memcpy(m->a, m->r, n * n * sizeof(T));
  const bool converged = N(svd_square)(n, m->a, scale, u ? m->r : NULL, s, v, m);
  if (!u) return converged;
  N(product)(rows, n, n, 1, PART(m->q, n, false), PART(m->r, n, false), 0, u, n, m->room);
  return converged;
}

// out [m + 1 + n, k] with k = min(m, n): the rows of U, the values, the rows of V, or the values alone; `failed` is 1
// where the steps do not converge.
static void N(svd)(cr_factor *f, const T *a, T *out) {
  const size_t m = f->m, n = f->n, k = m < n ? m : n, longer = m < n ? n : m;
  N(svd_memory) memory;
  T *all = malloc((6 * k * k + 2 * m * n + 3 * k + 2 * N(REFLECTIONS) * longer + 1) * sizeof(T));
  memory.d = malloc((2 * k + 1) * sizeof(double));
  memory.order = malloc((k + 1) * sizeof(uint32_t));
  memory.lefts = cr_rotations_make(k), memory.rights = cr_rotations_make(k);
  memory.room = malloc(N(product_room)());
  if (!all || !memory.d || !memory.order || !memory.lefts.list || !memory.rights.list || !memory.lefts.piece ||
      !memory.rights.piece || !memory.room)
    abort();
  memory.a = all, memory.left = all + k * k, memory.right = all + 2 * k * k, memory.u = all + 3 * k * k;
  memory.v = all + 4 * k * k, memory.q = all + 5 * k * k, memory.r = memory.q + m * n;  // as QR leaves them
  T *const scaled = memory.r + k * k;
  memory.tau = scaled + m * n, memory.work = memory.tau + 3 * k;
  f->failed = 0;
  const size_t length = (f->values_only ? 1 : m + 1 + n) * k;
  for (size_t b = 0; b < f->count && !f->failed; b++, a += m * n, out += length) {
    T *const u = f->values_only ? NULL : out, *const s = u ? u + m * k : out, *const v = u ? s + k : NULL;
    const double largest = m * n ? (double)N(magnitude)(N(largest)(m * n, a)) : 0;
    const bool fits = !(largest > 0 && largest <= DBL_MAX) ||
                      (largest < (MANTISSA == 52 ? 1e130 : 1e12) && largest > (MANTISSA == 52 ? 1e-130 : 1e-12));
    const double scale = fits ? 1 : ldexp(1, ilogb(largest));
    const T factor = (T)(1 / scale);
    if (m < n) N(turn)(m, n, a, n, scaled, m);
    else if (m * n) memcpy(scaled, a, m * n * sizeof(T));
    if (!fits) N(scale_row)(m * n, factor, scaled);
    f->failed = m < n ? !N(svd_tall)(n, m, scaled, scale, v, s, u, &memory)
                      : !N(svd_tall)(m, n, scaled, scale, u, s, v, &memory);
    if (!u) continue;
    N(column_signs)(m, k, u, memory.work, memory.work + k);
    N(scale_columns)(m, k, memory.work + k, u);
    N(scale_columns)(n, k, memory.work + k, v);
  }
  free(all), free(memory.d), free(memory.order), free(memory.room);
  cr_rotations_free(&memory.lefts), cr_rotations_free(&memory.rights);
}
