// The plain kernels of one element type; included by plain.c for each.

#define KERNEL(name, operands, cost, vector, scalar)                                                           \
  static void N(kernel_##name)(size_t n, T *out, const T *p, const T *q, const T *r) {                         \
    for (size_t i = 0; i < n; i++) {                                                                           \
      const double a = (double)p[i], b = operands > 1 ? (double)q[i] : 0, c = operands > 2 ? (double)r[i] : 0; \
      (void)b, (void)c;                                                                                        \
      out[i] = (T)(scalar);                                                                                    \
    }                                                                                                          \
  }
CR_KERNELS(KERNEL)
#define ENTRY(name, operands, cost, vector, scalar) N(kernel_##name),
static const N(cr_kernel) N(kernels)[CR_KERNEL_COUNT] = {CR_KERNELS(ENTRY)};

static void N(reduce)(cr_reduction r, size_t outer, size_t n, size_t inner, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      const T *x = a + o * n * inner + j;
      double acc = r == CR_SUM ? 0 : r == CR_PRODUCT ? 1 : r == CR_MIN ? INFINITY : -INFINITY;
      for (size_t i = 0; i < n; i++) {
        double v = x[i * inner];
        if (r == CR_SUM) acc += v;
        else if (r == CR_PRODUCT) acc *= v;
        else acc = cr_scalar(r == CR_MIN ? CR_minimum : CR_maximum, acc, v, 0);
      }
      if (r == CR_LOG_SUM_EXP && isfinite(acc)) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += exp((double)x[i * inner] - acc);
        acc += log(sum);
      }
      out[o * inner + j] = (T)acc;
    }
}

static double N(row_reduce)(cr_reduction r, size_t n, const T *a) {
  T out;
  N(reduce)(r, 1, n, 1, &out, a);
  return (double)out;
}
static void N(accumulate)(size_t n, double *total, const T *a) {
  for (size_t i = 0; i < n; i++) total[i] += (double)a[i];
}

static void N(argmax)(size_t outer, size_t n, size_t inner, int32_t *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      const T *x = a + o * n * inner + j;
      size_t best = 0;
      for (size_t i = 1; i < n && x[best * inner] == x[best * inner]; i++)
        if (!(x[i * inner] <= x[best * inner])) best = i;
      out[o * inner + j] = (int32_t)best;
    }
}

static void N(softmax)(size_t outer, size_t n, size_t inner, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t j = 0; j < inner; j++) {
      const T *x = a + o * n * inner + j;
      T *y = out + o * n * inner + j;
      double max = -INFINITY, sum = 0;
      for (size_t i = 0; i < n; i++) max = cr_scalar(CR_maximum, max, x[i * inner], 0);
      if (max == -INFINITY) max = 0;
      for (size_t i = 0; i < n; i++) sum += exp((double)x[i * inner] - max);
      if (sum == 0) sum = 1;
      for (size_t i = 0; i < n; i++) y[i * inner] = (T)(exp((double)x[i * inner] - max) / sum);
    }
}

static void N(cumulative_sum)(size_t outer, size_t n, size_t inner, bool reverse, T *out, const T *a) {
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

static void N(copy_strided)(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in) {
  ROWS(rank, shape, strides, {
    for (ptrdiff_t i = 0; i < length; i++) *out++ = in[offset + i * step];
  })
}

static void N(pad_strided)(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in) {
  ROWS(rank, shape, strides, {
    for (ptrdiff_t i = 0; i < length; i++) out[offset + i * step] = *in++;
  })
}

static void N(join_rows)(size_t count, const T *const *in, const size_t *widths, size_t rows, T *out, size_t out_row) {
  for (size_t k = 0; k < count; out += widths[k++])
    for (size_t r = 0; in[k] && r < rows; r++) memcpy(out + r * out_row, in[k] + r * widths[k], widths[k] * sizeof(T));
}

static void N(take)(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a) {
  for (size_t o = 0; o < outer; o++)
    for (size_t i = 0; i < count; i++, out += inner)
      if (inner) memcpy(out, a + (o * n + (size_t)indices[i]) * inner, inner * sizeof(T));
}

static void N(repeat)(size_t rows, ptrdiff_t step, size_t width, T *out, const T *in) {
  for (size_t r = 0; r < rows; r++, in += step)
    for (size_t j = 0; j < width; j++) *out++ = *in;
}

static void N(add_at)(size_t inner, size_t width, size_t count, const int32_t *indices, T *out, const T *a) {
  for (size_t i = 0; i < count; i++, a += inner)
    for (size_t j = 0; j < width; j++) out[(size_t)indices[i] * inner + j] += a[j];
}

static void N(take_transposed)(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out,
                               const T *a) {
  for (size_t i = 0; i < outer * n * inner; i++) out[i] = 0;
  for (size_t o = 0; o < outer; o++, out += n * inner, a += count * inner)
    N(add_at)(inner, inner, count, indices, out, a);
}

static size_t N(gemm_int8_scratch)(size_t m, size_t k) { return (void)m, (void)k, 0; }
static void N(gemm_int8)(size_t m, size_t k, size_t n, size_t panel_begin, size_t panel_end, const T *x,
                         const int8_t *w, const T *scale, T *y, void *scratch) {
  (void)scratch;
  for (size_t r = 0; r < m; r++)
    for (size_t j = panel_begin * CR_INT8_PANEL; j < n && j < panel_end * CR_INT8_PANEL; j++) {
      double sum = 0;
      for (size_t p = 0; p < k; p++)
        sum += (double)x[r * k + p] * w[j / CR_INT8_PANEL * CR_INT8_PANEL * k + p * CR_INT8_PANEL + j % CR_INT8_PANEL];
      y[r * n + j] = (T)(sum * (double)scale[j]);
    }
}

// The nearest number of 8 bits, ties to even.
static double N(bfloat16)(T x) {
  int exponent;
  const double fraction = frexp((double)x, &exponent);
  return isfinite(x) ? (double)(T)ldexp(rint(ldexp(fraction, 8)), exponent - 8) : (double)x;
}

static void N(gemm_prepare)(cr_gemm *g) { g->path = 0; }
static size_t N(gemm_scratch)(const cr_gemm *g) { return (void)g, 0; }
static void N(gemm_block)(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                          const T *a, const T *b, const T *bias, T *c, void *scratch) {
  (void)scratch;
  const size_t ai = g->a_transposed ? 1 : g->lda, ap = g->a_transposed ? g->lda : 1;
  const size_t bp = g->b_transposed ? 1 : g->ldb, bj = g->b_transposed ? g->ldb : 1;
  for (size_t i = row_begin; i < row_end; i++)
    for (size_t j = column_begin; j < column_end; j++) {
      double sum = 0;
      for (size_t p = 0; p < g->k; p++) {
        const T x = a[i * ai + p * ap], y = b[p * bp + j * bj];
        sum += g->bfloat16 ? N(bfloat16)(x) * N(bfloat16)(y) : (double)x * (double)y;
      }
      T *to = c + i * g->ldc + j;
      sum *= g->alpha;
      if (g->beta != 0) sum += g->beta * (double)*to;  // 0 overwrites whatever was there, NaN included
      if (bias) sum += (double)bias[j];
      *to = (T)(g->relu ? scalar_relu(sum) : sum);
    }
}

// Convolution by its definition.
static size_t N(conv_forward_scratch)(const cr_conv *v) { return (void)v, 0; }
static size_t N(conv_input_gradient_scratch)(const cr_conv *v) { return (void)v, 0; }
static size_t N(conv_weight_scratch)(const cr_conv *v) { return (void)v, 0; }

// Calls BODY for every product of the convolution of one image: indices of y, x and w.
#define FOR_EACH_PRODUCT(BODY)                                                                                         \
  for (size_t o = 0; o < v->out_channels; o++)                                                                         \
    for (size_t i = 0; i < v->out_height; i++)                                                                         \
      for (size_t j = 0; j < v->out_width; j++) {                                                                      \
        const size_t at_y = ((n * v->out_channels + o) * v->out_height + i) * v->out_width + j;                        \
        const size_t in_group = v->in_channels / v->groups, group = o / (v->out_channels / v->groups);                 \
        for (size_t c = 0; c < in_group; c++)                                                                          \
          for (size_t ky = 0; ky < v->kernel_height; ky++)                                                             \
            for (size_t kx = 0; kx < v->kernel_width; kx++) {                                                          \
              const size_t y = i * v->stride_y + ky * v->dilation_y - v->pad_top;                                      \
              const size_t x_ = j * v->stride_x + kx * v->dilation_x - v->pad_left;                                    \
              if (y >= v->in_height || x_ >= v->in_width) continue;                                                    \
              const size_t at_x = ((n * v->in_channels + group * in_group + c) * v->in_height + y) * v->in_width + x_; \
              const size_t at_w = ((o * in_group + c) * v->kernel_height + ky) * v->kernel_width + kx;                 \
              BODY                                                                                                     \
            }                                                                                                          \
      }

static void N(conv_forward)(const cr_conv *v, size_t image_begin, size_t image_end, const T *x, const T *w, T *y_out,
                            void *scratch) {
  (void)scratch;
  const size_t size = v->out_channels * v->out_height * v->out_width;
  for (size_t n = image_begin; n < image_end; n++) {
    for (size_t i = 0; i < size; i++) y_out[n * size + i] = 0;
    FOR_EACH_PRODUCT(y_out[at_y] += w[at_w] * x[at_x];)
  }
}
static void N(conv_input_gradient)(const cr_conv *v, size_t image_begin, size_t image_end, const T *dy, const T *w,
                                   T *dx, void *scratch) {
  (void)scratch;
  const size_t size = v->in_channels * v->in_height * v->in_width;
  for (size_t n = image_begin; n < image_end; n++) {
    for (size_t i = 0; i < size; i++) dx[n * size + i] = 0;
    FOR_EACH_PRODUCT(dx[at_x] += w[at_w] * dy[at_y];)
  }
}
static void N(conv_weight_chunk)(const cr_conv *v, size_t chunk_begin, size_t chunk_end, const T *x, const T *dy,
                                 T *partials, void *scratch) {
  (void)scratch;
  const size_t per_chunk = cr_conv_weight_images(v, sizeof(T)),
               weights = v->out_channels * (v->in_channels / v->groups) * v->kernel_height * v->kernel_width;
  for (size_t chunk = chunk_begin; chunk < chunk_end; chunk++) {
    T *partial = partials + chunk * weights;
    for (size_t i = 0; i < weights; i++) partial[i] = 0;
    for (size_t n = chunk * per_chunk; n < (chunk + 1) * per_chunk && n < v->batch; n++) {
      FOR_EACH_PRODUCT(partial[at_w] += dy[at_y] * x[at_x];)
    }
  }
}
static void N(conv_weight_finish)(const cr_conv *v, const T *partials, T *dw) {
  const size_t per_chunk = cr_conv_weight_images(v, sizeof(T)),
               weights = v->out_channels * (v->in_channels / v->groups) * v->kernel_height * v->kernel_width;
  for (size_t k = 0; k < weights; k++) {
    double sum = 0;
    for (size_t c = 0; c * per_chunk < v->batch; c++) sum += (double)partials[c * weights + k];
    dw[k] = (T)sum;
  }
}

// Calls BODY for every element x of every window, BEFORE and AFTER for every window.
#define FOR_EACH_WINDOW(BEFORE, BODY, AFTER)                                                                           \
  for (size_t plane = plane_begin; plane < plane_end; plane++)                                                         \
    for (size_t i = 0; i < q->out_height; i++)                                                                         \
      for (size_t j = 0; j < q->out_width; j++) {                                                                      \
        const size_t at_y = (plane * q->out_height + i) * q->out_width + j, base = plane * q->in_height * q->in_width; \
        size_t inside = 0;                                                                                             \
        BEFORE                                                                                                         \
        for (size_t r = i * q->stride_y; r < i * q->stride_y + q->window_height; r++)                                  \
          for (size_t c = j * q->stride_x; c < j * q->stride_x + q->window_width; c++) {                               \
            if (r - q->pad_top >= q->in_height || c - q->pad_left >= q->in_width) continue;                            \
            const size_t place = (r - q->pad_top) * q->in_width + c - q->pad_left;                                     \
            (void)place, inside++;                                                                                     \
            BODY                                                                                                       \
          }                                                                                                            \
        (void)base, (void)at_y;                                                                                        \
        AFTER                                                                                                          \
      }

static void N(max_pool)(const cr_pool *q, size_t plane_begin, size_t plane_end, const T *x, T *y, int32_t *places) {
  FOR_EACH_WINDOW(
    T max = -(T)INFINITY; size_t best = 0;,
    const T v = x[base + place];
    if (inside == 1 || (!(v <= max) && max == max)) { max = v; best = place; },
    y[at_y] = max; if (places) places[at_y] = (int32_t)best;)
}
static void N(zero_planes)(const cr_pool *q, size_t plane_begin, size_t plane_end, T *x) {
  for (size_t i = plane_begin * q->in_height * q->in_width; i < plane_end * q->in_height * q->in_width; i++) x[i] = 0;
}
#define DIVISOR (T)(q->counts_padding ? q->window_height * q->window_width : inside ? inside : 1)
static void N(average_pool)(const cr_pool *q, size_t plane_begin, size_t plane_end, const T *x, T *y) {
  FOR_EACH_WINDOW(T sum = 0;, sum += x[base + place];, y[at_y] = sum / DIVISOR;)
}
static void N(average_pool_gradient)(const cr_pool *q, size_t plane_begin, size_t plane_end, const T *dy, T *dx) {
  N(zero_planes)(q, plane_begin, plane_end, dx);
  FOR_EACH_WINDOW(, , for (size_t r = i * q->stride_y; r < i * q->stride_y + q->window_height; r++)
    for (size_t c = j * q->stride_x; c < j * q->stride_x + q->window_width; c++)
      if (r - q->pad_top < q->in_height && c - q->pad_left < q->in_width)
        dx[base + (r - q->pad_top) * q->in_width + c - q->pad_left] += dy[at_y] / DIVISOR;)
}

// Factorizations are loops over these products.
#include "../Factor/factor.h"
