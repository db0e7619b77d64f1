// The table of kernels of one instruction set. Each variant fills one in; Dispatch/dispatch.c chooses.
#ifndef CR_TABLE_H
#define CR_TABLE_H
#include "CKernels.h"
#include "../Conv/plan.h"
#include "../Math/fused.h"
#include "../Special/special.h"

// An elementwise kernel over n contiguous elements; operands the operation lacks are not read.
typedef void (*cr_kernel_f32)(size_t n, float *out, const float *a, const float *b, const float *c);
typedef void (*cr_kernel_f64)(size_t n, double *out, const double *a, const double *b, const double *c);

// X(name, parameters, arguments): every function that exists for both element types, without its cr_ and its suffix.
#define CR_FUNCTIONS(X, T)                                                                                             \
  X(reduce, (cr_reduction r, size_t outer, size_t n, size_t inner, T *out, const T *a), (r, outer, n, inner, out, a))  \
  X(argmax, (size_t outer, size_t n, size_t inner, int32_t *out, const T *a), (outer, n, inner, out, a))               \
  X(softmax, (size_t outer, size_t n, size_t inner, T *out, const T *a), (outer, n, inner, out, a))                    \
  X(cumulative_sum, (size_t outer, size_t n, size_t inner, bool reverse, T *out, const T *a),                          \
    (outer, n, inner, reverse, out, a))                                                                                \
  X(copy_strided, (size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in),                \
    (rank, shape, strides, out, in))                                                                                   \
  X(pad_strided, (size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in),                 \
    (rank, shape, strides, out, in))                                                                                   \
  X(join_rows, (size_t count, const T *const *in, const size_t *widths, size_t rows, T *out, size_t out_row),              \
    (count, in, widths, rows, out, out_row))                                                                           \
  X(take, (size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a),            \
    (outer, n, inner, count, indices, out, a))                                                                         \
  X(take_transposed, (size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a), \
    (outer, n, inner, count, indices, out, a))                                                                         \
  X(add_at, (size_t inner, size_t width, size_t count, const int32_t *indices, T *out, const T *a),                    \
    (inner, width, count, indices, out, a))                                                                            \
  X(repeat, (size_t rows, ptrdiff_t step, size_t width, T *out, const T *in), (rows, step, width, out, in))            \
  X(gemm_prepare, (cr_gemm * g), (g))                                                                                  \
  X(gemm_block, (const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,           \
                 const T *a, const T *b, const T *bias, T *c, void *scratch),                                          \
    (g, row_begin, row_end, column_begin, column_end, a, b, bias, c, scratch))                                         \
  X(gemm_int8, (size_t m, size_t k, size_t n, size_t panel_begin, size_t panel_end, const T *x, const int8_t *w,        \
                const T *scale, T *y, void *scratch),                                                                  \
    (m, k, n, panel_begin, panel_end, x, w, scale, y, scratch))                                                        \
  X(conv_forward,                                                                                                      \
    (const cr_conv *v, size_t image_begin, size_t image_end, const T *x, const T *w, T *y, void *scratch),             \
    (v, image_begin, image_end, x, w, y, scratch))                                                                     \
  X(conv_input_gradient,                                                                                               \
    (const cr_conv *v, size_t image_begin, size_t image_end, const T *dy, const T *w, T *dx, void *scratch),           \
    (v, image_begin, image_end, dy, w, dx, scratch))                                                                   \
  X(conv_weight_chunk, (const cr_conv *v, size_t chunk_begin, size_t chunk_end, const T *x, const T *dy,               \
                        T *partials, void *scratch),                                                                   \
    (v, chunk_begin, chunk_end, x, dy, partials, scratch))                                                             \
  X(conv_weight_finish, (const cr_conv *v, const T *partials, T *dw), (v, partials, dw))                               \
  X(max_pool, (const cr_pool *q, size_t plane_begin, size_t plane_end, const T *x, T *y, int32_t *places),             \
    (q, plane_begin, plane_end, x, y, places))                                                                         \
  X(average_pool, (const cr_pool *q, size_t plane_begin, size_t plane_end, const T *x, T *y),                          \
    (q, plane_begin, plane_end, x, y))                                                                                 \
  X(average_pool_gradient, (const cr_pool *q, size_t plane_begin, size_t plane_end, const T *dy, T *dx),               \
    (q, plane_begin, plane_end, dy, dx))                                                                               \
  X(cholesky, (cr_factor * f, const T *a, T *l), (f, a, l))                                                            \
  X(triangular_solve, (cr_factor * f, const T *t, T *b), (f, t, b))                                                    \
  X(lu, (const cr_factor *f, const T *a, T *factors), (f, a, factors))                                                 \
  X(lu_solve, (cr_factor * f, const T *factors, const T *b, T *x), (f, factors, b, x))                                 \
  X(qr, (const cr_factor *f, const T *a, T *out), (f, a, out))                                                         \
  X(eigh, (cr_factor * f, const T *a, T *out), (f, a, out))                                                            \
  X(svd, (cr_factor * f, const T *a, T *out), (f, a, out))

// The same for functions that report a size.
#define CR_SIZES(X)                                       \
  X(gemm_scratch, (const cr_gemm *g), (g))                \
  X(gemm_int8_scratch, (size_t m, size_t k), (m, k))      \
  X(conv_forward_scratch, (const cr_conv *v), (v))        \
  X(conv_input_gradient_scratch, (const cr_conv *v), (v)) \
  X(conv_weight_scratch, (const cr_conv *v), (v))

#define CR_FIELD_F32(name, parameters, arguments) void (*name##_f32) parameters;
#define CR_SIZE_FIELDS(name, parameters, arguments) size_t(*name##_f32) parameters; size_t(*name##_f64) parameters;
#define CR_FIELD_F64(name, parameters, arguments) void (*name##_f64) parameters;

typedef struct cr_table {
  const char *name;
  const cr_kernel_f32 *kernels_f32;
  const cr_kernel_f64 *kernels_f64;
  // Runs a block program over n elements; returns how many of them are done (see Tile/blocks.h). NULL: no such way.
  size_t (*blocks_f32)(const cr_block *program, bool twice, float **slot, const uint16_t *still, size_t stills, size_t n);
  size_t (*blocks_f64)(const cr_block *program, bool twice, double **slot, const uint16_t *still, size_t stills, size_t n);
  // Ends the folds of a block program: n further elements, and what the blocks left. NULL where there are no blocks.
  float (*fold_group_f32)(cr_reduction r, size_t begin, size_t n, const float *p, const float *group);
  double (*fold_group_f64)(cr_reduction r, size_t begin, size_t n, const double *p, const double *group);
  // A reduction of one contiguous row, kept in double.
  double (*row_reduce_f32)(cr_reduction r, size_t n, const float *a);
  double (*row_reduce_f64)(cr_reduction r, size_t n, const double *a);
  // total[i] += a[i] in double.
  void (*accumulate_f32)(size_t n, double *total, const float *a);
  void (*accumulate_f64)(size_t n, double *total, const double *a);
  CR_SIZES(CR_SIZE_FIELDS)
  CR_FUNCTIONS(CR_FIELD_F32, float)
  CR_FUNCTIONS(CR_FIELD_F64, double)
} cr_table;

#undef CR_FIELD_F32
#undef CR_FIELD_F64
#undef CR_SIZE_FIELDS

// What every variant fills in from its functions of the same names.
#define CR_SET_F32(name, parameters, arguments) .name##_f32 = name##_f32,
#define CR_SET_F64(name, parameters, arguments) .name##_f64 = name##_f64,
#define CR_SET_BOTH(name, parameters, arguments) .name##_f32 = name##_f32, .name##_f64 = name##_f64,
#define CR_TABLE_FIELDS(isa)                                          \
  .name = isa,                                                        \
  .kernels_f32 = kernels_f32, .kernels_f64 = kernels_f64,             \
  .row_reduce_f32 = row_reduce_f32, .row_reduce_f64 = row_reduce_f64, \
  .accumulate_f32 = accumulate_f32, .accumulate_f64 = accumulate_f64, \
  CR_SIZES(CR_SET_BOTH) CR_FUNCTIONS(CR_SET_F32, float) CR_FUNCTIONS(CR_SET_F64, double)

const cr_table *cr_active(void);

// A block of a product of operands rounded to bfloat16, where cr_uses_bfloat16().
typedef void cr_gemm_pairs(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                           const float *a, const float *b, const float *bias, float *c, void *scratch);
extern cr_gemm_pairs cr_gemm_pairs_avx512, cr_gemm_pairs_neon;

extern const cr_table cr_table_plain, cr_table_baseline;
#if defined(__x86_64__)
extern const cr_table cr_table_avx2, cr_table_avx512;
#elif defined(__aarch64__)
extern const cr_table cr_table_neon;
#endif
#endif
