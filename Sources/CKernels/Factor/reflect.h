// Householder's reflections I − τ v vᵀ, alone and in blocks I − Vᵀ Tᵀ V (Schreiber and Van Loan 1989). Vectors lie in rows, v₀ = 1.

enum { N(REFLECTIONS) = 32 };

// Turns x into β e₀: x becomes v, the result is β. τ is 0 where nothing has to be turned.
static T N(reflection)(size_t n, T *x, T *tau) {
  *tau = 0;
  if (n == 0) return 0;
  const T alpha = x[0], largest = N(magnitude)(N(largest)(n - 1, x + 1));
  x[0] = 1;
  if (largest == 0) return alpha;
  const double size = fmax(fabs((double)alpha), (double)largest);
  // What would overflow or vanish when it is squared is measured in units of the largest.
  const bool fits = size < (MANTISSA == 52 ? 1e140 : 1e15) && size > (MANTISSA == 52 ? 1e-140 : 1e-15);
  double norm;
  if (fits || !(size <= DBL_MAX)) {
    norm = sqrt((double)N(dot)(n - 1, x + 1, x + 1) + (double)alpha * (double)alpha);
  } else {
    norm = ((double)alpha / size) * ((double)alpha / size);
    for (size_t i = 1; i < n; i++) norm += ((double)x[i] / size) * ((double)x[i] / size);
    norm = size * sqrt(norm);
  }
  const double beta = alpha > 0 ? -norm : norm;
  *tau = (T)((beta - (double)alpha) / beta);
  const double divisor = (double)alpha - beta;
  for (size_t i = 1; i < n; i++) x[i] = (T)((double)x[i] / divisor);
  return (T)beta;
}

// T of a block of k reflections, rows of V: upper triangular, H₀H₁… = I − Vᵀ T V.
static void N(block_factor)(size_t k, size_t n, const T *v, size_t ldv, const T *tau, T *t) {
  for (size_t j = 0; j < k; j++) {
    for (size_t i = 0; i < j; i++) t[i * N(REFLECTIONS) + j] = -tau[j] * N(dot)(n, v + i * ldv, v + j * ldv);
    for (size_t i = 0; i < j; i++) {
      T sum = 0;
      for (size_t l = i; l < j; l++) sum += t[i * N(REFLECTIONS) + l] * t[l * N(REFLECTIONS) + j];
      t[i * N(REFLECTIONS) + j] = sum;
    }
    t[j * N(REFLECTIONS) + j] = tau[j];
    for (size_t i = j + 1; i < k; i++) t[i * N(REFLECTIONS) + j] = 0;
  }
}

// C [n, m] −= Vᵀ op(T) V C: the block, or transposed its inverse. `work` holds 2 k m numbers.
static void N(reflect_rows)(size_t k, size_t n, size_t m, const T *v, size_t ldv, const T *t, bool transposed, T *c,
                            size_t ldc, T *work, void *room) {
  T *const second = work + k * m;
  N(product)(k, m, n, 1, PART(v, ldv, false), PART(c, ldc, false), 0, work, m, room);
  N(product)(k, m, k, 1, PART(t, N(REFLECTIONS), transposed), PART(work, m, false), 0, second, m, room);
  N(product)(n, m, k, -1, PART(v, ldv, true), PART(second, m, false), 1, c, ldc, room);
}

// Q [m, n], the first columns of the product of `count` reflections: those of row j begin at `shift` + j.
static void N(form)(size_t m, size_t n, size_t count, size_t shift, const T *v, size_t ldv, const T *tau, T *q,
                    T *work, void *room) {
  T t[N(REFLECTIONS) * N(REFLECTIONS)];
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) q[i * n + j] = i == j;
  for (size_t block = (count + N(REFLECTIONS) - 1) / N(REFLECTIONS); block-- > 0;) {
    const size_t from = block * N(REFLECTIONS), k = count - from < N(REFLECTIONS) ? count - from : N(REFLECTIONS), at = from + shift;
    if (at >= m || at >= n) continue;
    const T *rows = v + from * ldv + at;
    N(block_factor)(k, m - at, rows, ldv, tau + from, t);
    N(reflect_rows)(k, m - at, n - at, rows, ldv, t, false, q + at * n + at, n, work, room);
  }
}
