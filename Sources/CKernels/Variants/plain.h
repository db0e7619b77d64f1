// Included by plain.c for each element type T; F(name) adds the suffix.

#define KERNEL(OP, EXPR)                                                                            \
  static void F(kernel_##OP)(size_t n, T *out, const T *a, const T *b, const T *c) {                \
    const int arity = cr_arity(OP);                                                                 \
    for (size_t i = 0; i < n; i++)                                                                  \
      out[i] = (T)plain_op(OP, (double)a[i], arity > 1 ? (double)b[i] : 0, arity > 2 ? (double)c[i] : 0); \
  }
CR_SIMPLE(KERNEL)
CR_DEEP(KERNEL)
#define ENTRY(OP, EXPR) [OP] = F(kernel_##OP),
static const F(cr_kernel) F(kernels)[CR_KERNEL_COUNT] = {CR_SIMPLE(ENTRY) CR_DEEP(ENTRY)};
#undef KERNEL
#undef ENTRY

static void F(reduce)(cr_reduction r, size_t outer, size_t n, size_t inner, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      const T *x = a + o * n * inner + j;
      double acc = r == CR_SUM ? 0 : r == CR_PRODUCT ? 1 : r == CR_MIN ? INFINITY : -INFINITY;
      for (size_t i = 0; i < n; i++) {
        double v = x[i * inner];
        if (r == CR_SUM) acc += v;
        else if (r == CR_PRODUCT) acc *= v;
        else acc = cr_scalar(r == CR_MIN ? CR_MINIMUM : CR_MAXIMUM, acc, v, 0);
      }
      if (r == CR_LOG_SUM_EXP && isfinite(acc)) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += exp((double)x[i * inner] - acc);
        acc += log(sum);
      }
      out[o * inner + j] = (T)acc;
    }
}

static double F(row_reduce)(cr_reduction r, size_t n, const T *a) {
  T out;
  F(reduce)(r, 1, n, 1, &out, a);
  return (double)out;
}
static void F(accumulate)(size_t n, double *total, const T *a) {
  for (size_t i = 0; i < n; i++) total[i] += (double)a[i];
}

static void F(argmax)(size_t outer, size_t n, size_t inner, int32_t *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      const T *x = a + o * n * inner + j;
      size_t best = 0;
      for (size_t i = 1; i < n && x[best * inner] == x[best * inner]; i++)
        if (!(x[i * inner] <= x[best * inner])) best = i;
      out[o * inner + j] = (int32_t)best;
    }
}

static void F(softmax)(size_t outer, size_t n, size_t inner, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      const T *x = a + o * n * inner + j;
      T *y = out + o * n * inner + j;
      double max = -INFINITY, sum = 0;
      for (size_t i = 0; i < n; i++) max = cr_scalar(CR_MAXIMUM, max, x[i * inner], 0);
      for (size_t i = 0; i < n; i++) sum += exp((double)x[i * inner] - max);
      for (size_t i = 0; i < n; i++) y[i * inner] = (T)(exp((double)x[i * inner] - max) / sum);
    }
}

static void F(cumulative_sum)(size_t outer, size_t n, size_t inner, bool reverse, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      double sum = 0;
      for (size_t i = 0; i < n; i++) {
        size_t at = (o * n + (reverse ? n - 1 - i : i)) * inner + j;
        sum += a[at];
        out[at] = (T)sum;
      }
    }
}

static void F(copy_strided)(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in) {
  ROWS(rank, shape, strides, {
    for (ptrdiff_t i = 0; i < length; i++) *out++ = in[offset + i * step];
  })
}

static void F(place_strided)(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, bool add, T *out, const T *in) {
  ROWS(rank, shape, strides, {
    for (ptrdiff_t i = 0; i < length; i++) {
      T *to = out + offset + i * step;
      *to = add ? *to + *in : *in;
      in++;
    }
  })
}

static void F(take)(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < count; i++, out += inner)
      if (inner) memcpy(out, a + (o * n + (size_t)indices[i]) * inner, inner * sizeof(T));
}

static void F(take_transposed)(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a) {
  for (size_t i = 0; i < outer * n * inner; i++) out[i] = 0;
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < count; i++, a += inner)
      for (size_t j = 0; j < inner; j++) out[(o * n + (size_t)indices[i]) * inner + j] += a[j];
}

static void F(gemm_prepare)(cr_gemm *g) { g->path = 0; }
static size_t F(gemm_scratch)(const cr_gemm *g) { return (void)g, 0; }
static void F(gemm_block)(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end, const T *a,
                          const T *b, const T *bias, const T *gate, T *c, void *scratch) {
  (void)scratch;
  const size_t ai = g->a_transposed ? 1 : g->lda, ap = g->a_transposed ? g->lda : 1;
  const size_t bp = g->b_transposed ? 1 : g->ldb, bj = g->b_transposed ? g->ldb : 1;
  for (size_t i = row_begin; i < row_end; i++)
    for (size_t j = column_begin; j < column_end; j++) {
      double sum = 0;
      for (size_t p = 0; p < g->k; p++) sum += (double)a[i * ai + p * ap] * (double)b[p * bp + j * bj];
      T *to = c + i * g->ldc + j;
      sum *= g->alpha;
      if (g->beta != 0) sum += g->beta * (double)*to;  // 0 overwrites whatever was there, NaN included
      if (g->bias != CR_BIAS_NONE) sum += (double)bias[g->bias == CR_BIAS_ROWS ? i : j];
      *to = (T)plain_op((int)g->activation, sum, cr_arity((int)g->activation) == 2 ? (double)gate[i * g->ldg + j] : 0, 0);
    }
}
