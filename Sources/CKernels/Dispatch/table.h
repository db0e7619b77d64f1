// The table of kernels of one instruction set. Each variant fills one in; Dispatch/dispatch.c chooses.
#ifndef CR_TABLE_H
#define CR_TABLE_H
#include "CKernels.h"
#include "../Math/opcodes.h"

// An elementwise kernel over n contiguous elements; operands the operation lacks are not read.
typedef void (*cr_kernel_f32)(size_t n, float *out, const float *a, const float *b, const float *c);
typedef void (*cr_kernel_f64)(size_t n, double *out, const double *a, const double *b, const double *c);

// X(name, parameters, arguments): every function that exists for both element types, without its cr_ and its suffix.
#define CR_FUNCTIONS(X, T)                                                                                              \
  X(reduce, (cr_reduction r, size_t outer, size_t n, size_t inner, T *out, const T *a), (r, outer, n, inner, out, a))   \
  X(argmax, (size_t outer, size_t n, size_t inner, int32_t *out, const T *a), (outer, n, inner, out, a))                \
  X(softmax, (size_t outer, size_t n, size_t inner, T *out, const T *a), (outer, n, inner, out, a))                     \
  X(cumulative_sum, (size_t outer, size_t n, size_t inner, bool reverse, T *out, const T *a),                           \
    (outer, n, inner, reverse, out, a))                                                                                 \
  X(copy_strided, (size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, T *out, const T *in),                 \
    (rank, shape, strides, out, in))                                                                                    \
  X(place_strided, (size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, bool add, T *out, const T *in),      \
    (rank, shape, strides, add, out, in))                                                                               \
  X(take, (size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a),             \
    (outer, n, inner, count, indices, out, a))                                                                          \
  X(take_transposed, (size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, T *out, const T *a),  \
    (outer, n, inner, count, indices, out, a))                                                                          \
  X(gemm_prepare, (cr_gemm * g), (g))                                                                                   \
  X(gemm_block, (const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end, const T *a, \
                 const T *b, const T *bias, const T *gate, T *c, void *scratch),                                        \
    (g, row_begin, row_end, column_begin, column_end, a, b, bias, gate, c, scratch))

#define CR_FIELD_F32(name, parameters, arguments) void (*name##_f32) parameters;
#define CR_FIELD_F64(name, parameters, arguments) void (*name##_f64) parameters;

typedef struct cr_table {
  const char *name;
  const cr_kernel_f32 *kernels_f32;
  const cr_kernel_f64 *kernels_f64;
  // A reduction of one contiguous row, kept in double.
  double (*row_reduce_f32)(cr_reduction r, size_t n, const float *a);
  double (*row_reduce_f64)(cr_reduction r, size_t n, const double *a);
  // total[i] += a[i] in double.
  void (*accumulate_f32)(size_t n, double *total, const float *a);
  void (*accumulate_f64)(size_t n, double *total, const double *a);
  size_t (*gemm_scratch_f32)(const cr_gemm *g);
  size_t (*gemm_scratch_f64)(const cr_gemm *g);
  CR_FUNCTIONS(CR_FIELD_F32, float)
  CR_FUNCTIONS(CR_FIELD_F64, double)
} cr_table;

#undef CR_FIELD_F32
#undef CR_FIELD_F64

const cr_table *cr_active(void);

extern const cr_table cr_table_plain, cr_table_baseline;
#if defined(__x86_64__)
extern const cr_table cr_table_avx2, cr_table_avx512;
#elif defined(__aarch64__)
extern const cr_table cr_table_neon;
#endif
#endif
