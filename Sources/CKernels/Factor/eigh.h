// A = V Λ Vᵀ of a symmetric matrix: to three diagonals by reflections in blocks (as LAPACK's latrd), then by implicit QL
// steps (Bowdler, Martin, Reinsch and Wilkinson 1968), whose rotations wait for each other.

// y = A x for the lower triangle of A [n, n].
static void N(symmetric_times)(size_t n, const T *a, size_t lda, const T *x, T *y) {
#pragma clang fp reassociate(on)
  for (size_t i = 0; i < n; i++) y[i] = 0;
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const T *a0 = a + i * lda, *a1 = a0 + lda, *a2 = a1 + lda, *a3 = a2 + lda;
    const T x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
    T s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (size_t j = 0; j < i; j++) {
      y[j] += (x0 * a0[j] + x1 * a1[j]) + (x2 * a2[j] + x3 * a3[j]);
      s0 += a0[j] * x[j], s1 += a1[j] * x[j], s2 += a2[j] * x[j], s3 += a3[j] * x[j];
    }
    y[i] += s0 + a0[i] * x0 + a1[i] * x1 + a2[i] * x2 + a3[i] * x3;
    y[i + 1] += s1 + a1[i] * x0 + a1[i + 1] * x1 + a2[i + 1] * x2 + a3[i + 1] * x3;
    y[i + 2] += s2 + a2[i] * x0 + a2[i + 1] * x1 + a2[i + 2] * x2 + a3[i + 2] * x3;
    y[i + 3] += s3 + a3[i] * x0 + a3[i + 1] * x1 + a3[i + 2] * x2 + a3[i + 3] * x3;
  }
  for (; i < n; i++) {
    const T *row = a + i * lda;
    y[i] += N(dot)(i, row, x) + row[i] * x[i];
    N(add_scaled)(i, x[i], row, y);
  }
}

// The columns from … from + k of A [n, n] to three diagonals: reflections to the rows of `v`, what they do to the rest
// to the rows of `w`.
static void N(tridiagonal_panel)(size_t n, size_t from, size_t k, T *a, T *v, T *w, T *tau, double *d, double *e) {
  T first[N(REFLECTIONS)], second[N(REFLECTIONS)];
  for (size_t j = 0; j < k; j++) {
    const size_t c = from + j, rest = n - c - 1;
    T *const own = v + c * n, *const image = w + j * n;
    for (size_t i = c; i < n; i++) own[i] = a[i * n + c];
    for (size_t p = 0; p < j; p++) {
      const T *vp = v + (from + p) * n, *wp = w + p * n;
      const T vc = -vp[c], wc = -wp[c];
      for (size_t i = c; i < n; i++) own[i] += wc * vp[i] + vc * wp[i];
    }
    d[c] = (double)own[c];
    own[c] = 0;
    if (rest == 0) continue;
    e[c] = (double)N(reflection)(rest, own + c + 1, tau + c);
    const T *const x = own + c + 1;
    T *const y = image + c + 1;
    N(symmetric_times)(rest, a + (c + 1) * n + c + 1, n, x, y);
    for (size_t p = 0; p < j; p++) {
      first[p] = N(dot)(rest, w + p * n + c + 1, x);
      second[p] = N(dot)(rest, v + (from + p) * n + c + 1, x);
    }
    for (size_t p = 0; p < j; p++) {
      N(add_scaled)(rest, -first[p], v + (from + p) * n + c + 1, y);
      N(add_scaled)(rest, -second[p], w + p * n + c + 1, y);
    }
    const T half = (T)-0.5 * tau[c] * tau[c] * N(dot)(rest, x, y);
    for (size_t i = 0; i < rest; i++) y[i] = tau[c] * y[i] + half * x[i];
  }
}

// a is overwritten; reflections go to the rows of v [n, n] (row c from place c + 1 on), the diagonals to d and e.
static void N(tridiagonal)(size_t n, T *a, T *v, T *tau, double *d, double *e, T *w, void *room) {
  for (size_t from = 0; from < n; from += N(REFLECTIONS)) {
    const size_t k = n - from < N(REFLECTIONS) ? n - from : N(REFLECTIONS), next = from + k;
    for (size_t j = 0; j < k * n; j++) w[j] = 0;
    N(tridiagonal_panel)(n, from, k, a, v, w, tau, d, e);
    if (next == n) return;
    const size_t rest = n - next;
    // A −= V Wᵀ + W Vᵀ as one product of twice the depth: [V W] · [W V]ᵀ.
    T *const left = w + N(REFLECTIONS) * n, *const right = left + 2 * N(REFLECTIONS) * rest;
    N(turn)(k, rest, v + from * n + next, n, left, 2 * k);
    N(turn)(k, rest, w + next, n, left + k, 2 * k);
    N(turn)(k, rest, w + next, n, right, 2 * k);
    N(turn)(k, rest, v + from * n + next, n, right + k, 2 * k);
    N(add_lower)(rest, 2 * k, -1, left, 2 * k, right, 2 * k, a + next * n + next, n, room);
  }
}

static void N(wait_or_rotate)(cr_rotations *r, size_t more, size_t n, T *z) {
  if (r->count + more > r->room) N(rotate)(r, n, z);
}

// Implicit QL on the diagonals d and e; rows of z [n, n], if there is one, are rotated. False where an eigenvalue takes too many steps.
static bool N(ql)(size_t n, double *d, double *e, cr_rotations *r, T *z) {
  if (n == 0) return true;
  e[n - 1] = 0;
  for (size_t l = 0; l < n; l++)
    for (size_t steps = 0;; steps++) {
      size_t m = l;
      for (; m + 1 < n; m++)
        if (fabs(e[m]) <= 0.5 * EPSILON * sqrt(fabs(d[m])) * sqrt(fabs(d[m + 1])) || fabs(e[m]) < DBL_MIN * 16) break;
      if (m == l) break;
      if (steps == 80) return false;
      N(wait_or_rotate)(r, m - l, n, z);
      double g = (d[l + 1] - d[l]) / (2 * e[l]), h = hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + copysign(h, g));
      double s = 1, c = 1, p = 0;
      bool split = false;
      for (size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i];
        h = sqrt(f * f + g * g);
        if (!(h > 1e-150) || !(h < 1e150)) h = hypot(f, g);
        e[i + 1] = h;
        if (h == 0) {  // splits in the middle
          d[i + 1] -= p, e[m] = 0, split = true;
          break;
        }
        s = f / h, c = g / h;
        g = d[i + 1] - p;
        const double q = (d[i] - g) * s + 2 * c * b;
        p = s * q;
        d[i + 1] = g + p;
        g = c * q - b;
        r->list[r->count++] = (cr_rotation){(uint32_t)i + 1, (uint32_t)i, c, s};
      }
      if (split) continue;
      d[l] -= p, e[l] = g, e[m] = 0;
    }
  N(rotate)(r, n, z);
  return true;
}

// Ascending values, and which of d each is.
static void N(sorted_values)(size_t n, const double *d, double scale, uint32_t *order, T *values) {
  for (size_t i = 0; i < n; i++) {
    size_t k = i;
    for (; k > 0 && d[order[k - 1]] > d[i]; k--) order[k] = order[k - 1];
    order[k] = (uint32_t)i;
  }
  for (size_t k = 0; k < n; k++) values[k] = (T)(d[order[k]] * scale);
}

// Ascending values and their vectors, the rows of z, to the columns of `vectors`.
static void N(sorted_vectors)(size_t n, const double *d, const T *z, double scale, T *values, T *vectors,
                              uint32_t *order, T *signs) {
  N(sorted_values)(n, d, scale, order, values);
  N(turn_ordered)(n, n, z, order, vectors);
  N(column_signs)(n, n, vectors, signs, signs + n);
  N(scale_columns)(n, n, signs + n, vectors);
}

// The symmetric part of a into lower · 1/scale, where the scale keeps squares in range; the scale is a power of 2.
static double N(symmetric_part)(size_t n, const T *a, T *lower) {
  const double largest = n ? (double)N(magnitude)(N(largest)(n * n, a)) : 0;
  double scale = 1;
  const double limit = MANTISSA == 52 ? 1e130 : 1e12;
  if (largest > 0 && largest <= DBL_MAX && (largest > limit || largest < 1 / limit))
    scale = ldexp(1, ilogb(largest));
  const T factor = (T)(0.5 / scale);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) lower[i * n + j] = factor * a[i * n + j] + factor * a[j * n + i];
  return scale;
}

// out [n + 1, n]: the values, ascending, above their vectors in columns, or the values alone; `failed` is 1 where the steps
// do not converge.
static void N(eigh)(cr_factor *f, const T *a, T *out) {
  const size_t n = f->n;
  T *memory = malloc((3 * n * n + 6 * N(REFLECTIONS) * n + n + 1) * sizeof(T));
  double *d = malloc((2 * n + 1) * sizeof(double));
  uint32_t *order = malloc((n + 1) * sizeof(uint32_t));
  cr_rotations rotations = cr_rotations_make(n);
  void *room = malloc(N(product_room)());
  if (!memory || !d || !order || !rotations.list || !rotations.piece || !room) abort();
  T *const lower = memory, *const v = lower + n * n, *const z = v + n * n, *const tau = z + n * n, *const w = tau + n;
  f->failed = 0;
  const size_t length = (f->values_only ? 1 : n + 1) * n;
  for (size_t b = 0; b < f->count && !f->failed; b++, a += n * n, out += length) {
    const double scale = N(symmetric_part)(n, a, lower);
    for (size_t i = 0; i < n * n; i++) v[i] = 0;
    N(tridiagonal)(n, lower, v, tau, d, d + n, w, room);
    if (f->values_only) {
      if (!N(ql)(n, d, d + n, &rotations, NULL)) f->failed = 1;
      N(sorted_values)(n, d, scale, order, out);
      continue;
    }
    N(form)(n, n, n ? n - 1 : 0, 1, v, n, tau, lower, w, room);
    N(turn)(n, n, lower, n, z, n);
    if (!N(ql)(n, d, d + n, &rotations, z)) f->failed = 1;
    N(sorted_vectors)(n, d, z, scale, out, out + n, order, w);
  }
  free(memory), free(d), free(order), free(room), cr_rotations_free(&rotations);
}
