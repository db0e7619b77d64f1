// What factorizations are made of: the matrix product on parts of matrices, and loops over rows. Matrices are row-major
// with row lengths of their own, as a part of a larger one has.
#include <float.h>
#include <stdlib.h>

#define EPSILON (MANTISSA == 52 ? DBL_EPSILON : (double)FLT_EPSILON)

// C = α op(A) op(B) + β C.
typedef struct { const T *at; size_t row; bool transposed; } N(part);
static void N(product)(size_t m, size_t n, size_t k, double alpha, N(part) a, N(part) b, double beta, T *c, size_t ldc,
                       void *room) {
  if (!m || !n || (!k && beta == 1)) return;
  cr_gemm g = {.m = m, .n = n, .k = k, .lda = a.row, .ldb = b.row, .ldc = ldc, .a_transposed = a.transposed,
               .b_transposed = b.transposed, .alpha = alpha, .beta = beta};
  N(gemm_prepare)(&g);
  N(gemm_block)(&g, 0, m, 0, n, a.at, b.at, NULL, c, room);
}
#define PART(p, row, transposed) ((N(part)){p, row, transposed})

// Bytes that any product may want.
static size_t N(product_room)(void) {
  cr_gemm g = {.m = 4096, .n = 4096, .k = 4096, .lda = 4096, .ldb = 4096, .ldc = 4096, .b_transposed = true};
  N(gemm_prepare)(&g);
  return N(gemm_scratch)(&g) + 256;
}

// C += α A Bᵀ on and below the diagonal of C [n, n]; what is above within a block of 96 is written, too.
static void N(add_lower)(size_t n, size_t k, double alpha, const T *a, size_t lda, const T *b, size_t ldb, T *c,
                         size_t ldc, void *room) {
  if (n <= 96) {
    N(product)(n, n, k, alpha, PART(a, lda, false), PART(b, ldb, true), 1, c, ldc, room);
    return;
  }
  const size_t h = (n / 2 + 15) / 16 * 16;
  N(add_lower)(h, k, alpha, a, lda, b, ldb, c, ldc, room);
  N(product)(n - h, h, k, alpha, PART(a + h * lda, lda, false), PART(b, ldb, true), 1, c + h * ldc, ldc, room);
  N(add_lower)(n - h, k, alpha, a + h * lda, lda, b + h * ldb, ldb, c + h * ldc + h, ldc, room);
}

static T N(dot)(size_t n, const T *a, const T *b) {
#pragma clang fp reassociate(on)
  T sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}
// y += a x
static void N(add_scaled)(size_t n, T a, const T *x, T *y) {
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}
static void N(scale_row)(size_t n, T a, T *x) {
  for (size_t i = 0; i < n; i++) x[i] *= a;
}
static void N(swap_rows)(size_t n, T *a, T *b) {
  for (size_t i = 0; i < n; i++) {
    const T x = a[i];
    a[i] = b[i], b[i] = x;
  }
}
// y += Aᵀ x for A [m, n]: four rows of A at a time, so that y is seldom read and written.
static void N(add_transposed)(size_t m, size_t n, const T *a, size_t lda, const T *x, T *y) {
  size_t i = 0;
  for (; i + 4 <= m; i += 4, a += 4 * lda) {
    const T *a0 = a, *a1 = a + lda, *a2 = a + 2 * lda, *a3 = a + 3 * lda;
    const T x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
    for (size_t j = 0; j < n; j++) y[j] += (x0 * a0[j] + x1 * a1[j]) + (x2 * a2[j] + x3 * a3[j]);
  }
  for (; i < m; i++, a += lda) N(add_scaled)(n, x[i], a, y);
}
// out [n, m] = aᵀ for a [m, n].
static void N(turn)(size_t m, size_t n, const T *a, size_t lda, T *out, size_t ldo) {
  for (size_t i0 = 0; i0 < m; i0 += 16)
    for (size_t j0 = 0; j0 < n; j0 += 16)
      for (size_t j = j0; j < n && j < j0 + 16; j++)
        for (size_t i = i0; i < m && i < i0 + 16; i++) out[j * ldo + i] = a[i * lda + j];
}
// The largest magnitude's bits: in their order magnitudes compare like whole numbers, a NaN above all.
static U N(largest)(size_t n, const T *x) {
  U best = 0;
  for (size_t i = 0; i < n; i++) {
    U bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= (U)-1 >> 1;
    best = bits > best ? bits : best;
  }
  return best;
}
// The first place of that magnitude.
static size_t N(place_of)(U bits, const T *x) {
  for (size_t i = 0;; i++) {
    U own;
    memcpy(&own, x + i, sizeof own);
    if ((own & ((U)-1 >> 1)) == bits) return i;
  }
}
static T N(magnitude)(U bits) {
  T x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
