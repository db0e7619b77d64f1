// Runs the NEON kernels beside the plain ones; built and started by .ci/neon under an emulator. Every comparison counts
// as one check.
#include "CKernels.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long checks, failures;
static const char *tested;
static uint64_t state = 1;
static double unit(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(state >> 11) * 0x1p-53;
}
static size_t below(size_t n) { return (size_t)(unit() * (double)n); }

static void check(double actual, double expected, double allowed, const char *what, size_t a, size_t b) {
  checks++;
  const bool same = (isnan(actual) && isnan(expected)) || actual == expected || fabs(actual - expected) <= allowed;
  if (!same && ++failures <= 20) printf("%s (%zu, %zu): %.17g, not %.17g\n", what, a, b, actual, expected);
}

#define CHECKS(T, S, UNIT)                                                                                             \
  static T *some_##S(size_t n, double low, double high) {                                                              \
    T *x = malloc((n + 1) * sizeof(T));                                                                                \
    for (size_t i = 0; i < n; i++) x[i] = (T)(low + unit() * (high - low));                                            \
    return x;                                                                                                          \
  }                                                                                                                    \
  static void all_##S(const T *a, const T *b, size_t n, double allowed, const char *what, size_t x, size_t y) {        \
    for (size_t i = 0; i < n; i++) check((double)a[i], (double)b[i], allowed, what, x, y);                             \
  }                                                                                                                    \
  static void elementwise_##S(void) {                                                                                  \
    static const double special[] = {0, -0.0, 1, -1, 0.5, -2, 3, INFINITY, -INFINITY, NAN, 1e-310, -1e-40,             \
                                     1e-45, 1e30, -88.8,                                                               \
                                     89, 710, -746, 1e6, 1e20, 0.75, 25, -25};                                         \
    const size_t specials = sizeof special / sizeof *special;                                                          \
    for (int op = 0; op < CR_OPCODE_COUNT; op++) {                                                                     \
      for (size_t n = 0; n <= 70; n++) {                                                                               \
        T *a = some_##S(n, -5, 5), *b = some_##S(n, 0.2, 3), *c = some_##S(n, -2, 2), *y = some_##S(n, 0, 1);          \
        for (size_t i = 0; i < n; i++) {                                                                               \
          if (n % 3 == 0) a[i] = (T)special[(i + n) % specials];                                                       \
          if (op == CR_multiplyAdd) a[i] = (T)fabs((double)a[i]), c[i] = (T)fabs((double)c[i]);                        \
        }                                                                                                              \
        cr_elementwise_##S((cr_op)op, n, y, a, 1, b, n % 2, c, 1);                                                     \
        for (size_t i = 0; i < n; i++) {                                                                               \
          const double exact = (double)(T)cr_scalar((cr_op)op, (double)a[i], (double)b[n % 2 ? i : 0], (double)c[i]);  \
          check((double)y[i], exact, 4 * UNIT * fabs(exact) + (sizeof(T) == 4 ? 3e-45 : 1e-323), "op", (size_t)op, n); \
        }                                                                                                              \
        free(a), free(b), free(c), free(y);                                                                            \
      }                                                                                                                \
    }                                                                                                                  \
  }                                                                                                                    \
  static void rows_##S(void) {                                                                                         \
    for (size_t n = 1; n <= 300; n += n < 40 ? 1 : 37)                                                                 \
      for (size_t inner = 1; inner <= 20; inner += 6) {                                                                \
        T *a = some_##S(2 * n * inner, 0.5, 1.5);                                                                      \
        T *x = some_##S(2 * n * inner, 0, 1), *y = some_##S(2 * n * inner, 0, 1);                                      \
        int32_t *p = malloc(2 * inner * 4), *q = malloc(2 * inner * 4);                                                \
        for (uint32_t r = CR_SUM; r <= CR_LOG_SUM_EXP; r++) {                                                               \
          cr_reduce_##S((cr_reduction)r, 2, n, inner, x, a);                                                           \
          cr_select_isa("plain"), cr_reduce_##S((cr_reduction)r, 2, n, inner, y, a), cr_select_isa(tested);            \
          for (size_t i = 0; i < 2 * inner; i++)                                                                       \
            check((double)x[i], (double)y[i], UNIT * (double)(4 + n) * fabs((double)y[i]), "reduce", (size_t)r, n);    \
        }                                                                                                              \
        cr_softmax_##S(2, n, inner, x, a), cr_argmax_##S(2, n, inner, p, a);                                           \
        cr_select_isa("plain"), cr_softmax_##S(2, n, inner, y, a), cr_argmax_##S(2, n, inner, q, a);                   \
        cr_select_isa(tested);                                                                                         \
        all_##S(x, y, 2 * n * inner, 8 * UNIT, "softmax", n, inner);                                                   \
        for (size_t i = 0; i < 2 * inner; i++) check(p[i], q[i], 0, "argmax", n, inner);                               \
        const ptrdiff_t shape[] = {2, (ptrdiff_t)inner, (ptrdiff_t)n};                                                 \
        const ptrdiff_t strides[] = {(ptrdiff_t)(n * inner), 1, (ptrdiff_t)inner};                                     \
        cr_copy_strided_##S(3, shape, strides, x, a);                                                                  \
        cr_select_isa("plain"), cr_copy_strided_##S(3, shape, strides, y, a), cr_select_isa(tested);                   \
        all_##S(x, y, 2 * n * inner, 0, "transpose", n, inner);                                                        \
        free(a), free(x), free(y), free(p), free(q);                                                                   \
      }                                                                                                                \
  }                                                                                                                    \
  static void products_##S(void) {                                                                                     \
    for (size_t round = 0; round < 150; round++) {                                                                     \
      const size_t m = 1 + below(round % 4 ? 15 : 60), n = 1 + below(round % 5 ? 20 : 70);                             \
      const size_t k = below(round % 9 ? 30 : 600);                                                                    \
      cr_gemm g = {.m = m, .n = n, .k = k, .lda = round & 1 ? m : k + 1, .ldb = round & 2 ? k + 1 : n, .ldc = n,       \
                   .a_transposed = round & 1, .b_transposed = round & 2, .alpha = 1.5, .beta = round % 3 ? 0.5 : 0,    \
                   .relu = round % 4 == 0, .bfloat16 = round % 5 < 2 && sizeof(T) == 4};                               \
      T *a = some_##S((m + 1) * (k + 1), -1, 1), *b = some_##S((n + 1) * (k + 1), -1, 1);                              \
      T *bias = some_##S(n, -1, 1);                                                                                    \
      T *x = some_##S(m * n, -1, 1), *y = malloc(m * n * sizeof(T));                                                   \
      memcpy(y, x, m * n * sizeof(T));                                                                                 \
      cr_gemm_prepare_##S(&g);                                                                                         \
      void *scratch = malloc(cr_gemm_scratch_##S(&g) + 1);                                                             \
      cr_gemm_block_##S(&g, 0, m / 2, 0, n, a, b, round % 3 ? bias : NULL, x, scratch);                                \
      cr_gemm_block_##S(&g, m / 2, m, 0, n, a, b, round % 3 ? bias : NULL, x, scratch);                                \
      cr_select_isa("plain"), cr_gemm_prepare_##S(&g);                                                                 \
      cr_gemm_block_##S(&g, 0, m, 0, n, a, b, round % 3 ? bias : NULL, y, scratch), cr_select_isa(tested);             \
      all_##S(x, y, m * n, UNIT * (double)(8 + 3 * k), "gemm", m, n);                                                  \
      free(a), free(b), free(bias), free(x), free(y), free(scratch);                                                   \
    }                                                                                                                  \
  }                                                                                                                    \
  static void images_##S(void) {                                                                                       \
    for (size_t round = 0; round < 60; round++) {                                                                      \
      const size_t s = 1 + below(2), kernel = 1 + below(4), pad = below(3);                                            \
      const size_t high = kernel + below(8), wide = kernel + below(20);                                                \
      const size_t groups = 1 + round % 2;                                                                             \
      const cr_conv v = {1 + below(3), groups, groups * (1 + below(3)), high, wide, groups * (1 + below(13)),          \
                         (high + 2 * pad - kernel) / s + 1, (wide + 2 * pad - kernel) / s + 1,                         \
                         kernel, kernel, s, s, pad, pad, 1, 1};                                                        \
      const size_t nx = v.batch * v.in_channels * high * wide;                                                         \
      const size_t ny = v.batch * v.out_channels * v.out_height * v.out_width;                                         \
      const size_t nw = v.out_channels * v.in_channels / groups * kernel * kernel;                                     \
      T *x = some_##S(nx, -1, 1), *w = some_##S(nw, -1, 1), *dy = some_##S(ny, -1, 1), *out[2][4];                     \
      int32_t *places[2];                                                                                              \
      cr_pool pool = {high, wide, high / 2, wide / 2, 2, 2, 2, 2, 0, 0, true};                                         \
      const size_t planes = v.batch * v.in_channels, pooled = planes * (high / 2) * (wide / 2);                        \
      for (int r = 0; r < 2; r++) {                                                                                    \
        cr_select_isa(r ? "plain" : tested);                                                                           \
        out[r][0] = some_##S(ny, 0, 1), out[r][1] = some_##S(nx, 0, 1), out[r][2] = some_##S(nw, 0, 1);                \
        out[r][3] = some_##S(pooled, 0, 1), places[r] = malloc(pooled * 4 + 1);                                        \
        void *room = malloc(cr_conv_forward_scratch_##S(&v) + cr_conv_input_gradient_scratch_##S(&v) +                 \
                            cr_conv_weight_scratch_##S(&v) + 1);                                                       \
        T *partials = malloc(cr_conv_weight_partial_bytes_##S(&v));                                                    \
        cr_conv_forward_##S(&v, 0, v.batch, x, w, out[r][0], room);                                                    \
        cr_conv_input_gradient_##S(&v, 0, v.batch, dy, w, out[r][1], room);                                            \
        cr_conv_weight_chunk_##S(&v, 0, cr_conv_weight_chunks_##S(&v), x, dy, partials, room);                         \
        cr_conv_weight_finish_##S(&v, partials, out[r][2]);                                                            \
        cr_max_pool_##S(&pool, 0, planes, x, out[r][3], places[r]);                                                    \
        free(room), free(partials);                                                                                    \
      }                                                                                                                \
      cr_select_isa(tested);                                                                                           \
      all_##S(out[0][0], out[1][0], ny, 400 * UNIT, "convolution", high, wide);                                        \
      all_##S(out[0][1], out[1][1], nx, 400 * UNIT, "input gradient", high, wide);                                     \
      all_##S(out[0][2], out[1][2], nw, 2000 * UNIT, "weight gradient", high, wide);                                   \
      all_##S(out[0][3], out[1][3], pooled, 0, "max pool", high, wide);                                                \
      for (size_t i = 0; i < pooled; i++) check(places[0][i], places[1][i], 0, "place", high, wide);                   \
      for (int r = 0; r < 2; r++) {                                                                                    \
        for (int i = 0; i < 4; i++) free(out[r][i]);                                                                   \
        free(places[r]);                                                                                               \
      }                                                                                                                \
      free(x), free(w), free(dy);                                                                                      \
    }                                                                                                                  \
  }                                                                                                                    \
  static void tiles_##S(void) {                                                                                        \
    /* sum over rows and everything of b · σ'(a), b one row */                                                         \
    for (ptrdiff_t rows = 1; rows < 40; rows += 5)                                                                     \
      for (ptrdiff_t row = 1; row < 600; row += 83) {                                                                  \
        const cr_tile_input in[] = {{{row, 1}}, {{0, 1}}};                                                             \
        const cr_tile_instruction code[] = {{CR_sigmoid, 0, 0, 0}, {CR_square, 2, 0, 0}, {CR_subtract, 2, 3, 0},       \
                                            {CR_multiply, 1, 4, 0}};                                                   \
        const cr_tile_output to[] = {{CR_TILE_STORE, 5, -1, 0}, {CR_TILE_SUM, 5, -1, 0}, {CR_TILE_SUM_LEADING, 5, -1, 0}};      \
        const cr_tile_description d = {.rank = 2, .shape = {rows, row}, .split = 1, .inputs = 2,                       \
                                       .instructions = 4, .outputs = 3,                                                \
                                       .input = in, .instruction = code, .output = to};                                \
        cr_tile_program *p = cr_tile_build(&d, sizeof(T) == 8);                                                        \
        const size_t n = (size_t)(rows * row), sizes[] = {n, 1, (size_t)row};                                          \
        T *a = some_##S(n, -2, 2), *b = some_##S((size_t)row, 0.5, 1), *out[2][3];                                     \
        for (int r = 0; r < 2; r++) {                                                                                  \
          cr_select_isa(r ? "plain" : tested);                                                                         \
          void *outputs[3], *partials = malloc(cr_tile_partial_bytes(p) + 1);                                          \
          const void *inputs[] = {a, b};                                                                               \
          for (int o = 0; o < 3; o++) outputs[o] = out[r][o] = some_##S(sizes[o], 0, 1);                               \
          cr_tile_run(p, 0, cr_tile_chunks(p), inputs, outputs, partials), cr_tile_finish(p, outputs, partials);       \
          free(partials);                                                                                              \
        }                                                                                                              \
        cr_select_isa(tested);                                                                                         \
        for (int o = 0; o < 3; o++)                                                                                    \
          all_##S(out[0][o], out[1][o], sizes[o], UNIT * (double)(8 + n), "tile", (size_t)o, n);                       \
        for (int o = 0; o < 3; o++) free(out[0][o]), free(out[1][o]);                                                  \
        free(a), free(b), cr_tile_free(p);                                                                             \
      }                                                                                                                \
  }                                                                                                                    \
  static void blocks_##S(void) {                                                                                       \
    /* every operation, with every set of operands that come from the instruction before: bit for bit */               \
    enum { n = 150 };                                                                                                  \
    T *slot[5];                                                                                                        \
    for (int l = 0; l < 5; l++) slot[l] = some_##S(n, 0.25, 2);                                                        \
    for (int op = 0; op < CR_OPCODE_COUNT; op++) {                                                                     \
      for (uint16_t from = 0; from < 8; from++) {                                                                      \
        const cr_slot_code code[] = {{CR_negate, 3, 0, 0, 0},                                                          \
                                     {(uint16_t)op, 4, from & 1 ? 3 : 0, from & 2 ? 3 : 1, from & 4 ? 3 : 2}};         \
        const bool kept[] = {false, false, false, false, true};                                                        \
        cr_block blocks[7];                                                                                            \
        T one[n], other[n];                                                                                            \
        cr_blocks_write(code, 2, kept, NULL, 0, blocks);                                                               \
        cr_blocks_run_##S(code, 2, blocks, from & 1, slot, n);                                                         \
        memcpy(one, slot[4], sizeof one);                                                                              \
        for (int l = 0; l < 2; l++) {                                                                                  \
          const cr_slot_code *c = &code[l];                                                                            \
          cr_elementwise_##S((cr_op)c->op, n, slot[c->out], slot[c->a], 1, slot[c->b], 1, slot[c->c], 1);              \
        }                                                                                                              \
        memcpy(other, slot[4], sizeof other);                                                                          \
        all_##S(one, other, n, 0, "block", (size_t)op, from);                                                          \
      }                                                                                                                \
    }                                                                                                                  \
    for (int l = 0; l < 5; l++) free(slot[l]);                                                                         \
  }                                                                                                                    \
  static void every_##S(void) {                                                                                        \
    elementwise_##S(), rows_##S(), products_##S(), images_##S(), tiles_##S(), blocks_##S();                            \
  }

CHECKS(float, f32, 0x1p-22)
CHECKS(double, f64, 0x1p-51)

int main(int count, char **arguments) {
  if (count > 1 && strcmp(cr_isa_name(), arguments[1]))
    return printf("runs %s, not %s\n", cr_isa_name(), arguments[1]), 1;
  tested = cr_isa_name();
  every_f32(), every_f64();
  printf("%s: %ld checks, %ld failed\n", tested, checks, failures);
  return failures != 0;
}
