// CKernels: leaf loops over contiguous memory. No stable API: only ChainRule's Tensor/Kernels.swift imports it.
//
// Every function is found through one table, chosen once per process by CPU features
// (AVX-512, AVX2+FMA, baseline, NEON); CHAINRULE_ISA=plain|baseline|avx2|avx512|neon forces one.
// Policy (blocks, threads, memory plans) stays in Swift.
#ifndef CHAINRULE_CKERNELS_H
#define CHAINRULE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// Chooses a variant by name (NULL: the best this machine runs); false if it cannot run here. For tests: no kernel
// may be running. "plain" is loops over libm, what the others are tested against.
bool cr_select_isa(const char *name);
const char *cr_isa_name(void);

// Elementwise operations. The numbers are shared with Swift (`Opcode`), so append, never renumber.
typedef enum cr_op {
  // one operand
  CR_COPY = 0, CR_NEGATE, CR_EXP, CR_EXPM1, CR_LOG, CR_LOG1P, CR_SQRT, CR_RSQRT, CR_SQUARE, CR_RECIPROCAL,
  CR_ABS, CR_SIGN, CR_SIN, CR_COS, CR_TANH, CR_SIGMOID, CR_SOFTPLUS, CR_RELU, CR_STEP, CR_ERF, CR_ATAN, CR_FLOOR,
  CR_UNARY_COUNT,
  // two operands; masks are 1 or 0, comparisons with NaN are 0
  CR_ADD = 32, CR_SUBTRACT, CR_MULTIPLY, CR_DIVIDE, CR_POW, CR_MAXIMUM, CR_MINIMUM, CR_EQUAL, CR_LESS, CR_GREATER,
  CR_BINARY_END,
  // three operands: a != 0 ? b : c
  CR_SELECT = 64, CR_FMA /* a*b + c */,
} cr_op;
// Conventions: step(x) = x > 0 ? 1 : 0 (0 at 0), sign(0) = 0; relu, maximum, minimum, step and sign hand NaN on
// (step(NaN) = NaN, sign(NaN) = NaN); softplus(x) = max(x, 0) + log1p(exp(-|x|)); sigmoid never overflows.

// One element in double; the plain definition of each operation (libm).
double cr_scalar(cr_op op, double a, double b, double c);

// out[i] = op(a[i*a_step], b[i*b_step], c[i*c_step]) for i < n; each step is 0 (one scalar for all) or 1.
// Unused operands may be NULL. out may be exactly one of the operands.
void cr_elementwise_f32(cr_op op, size_t n, float *out, const float *a, int a_step, const float *b, int b_step, const float *c, int c_step);
void cr_elementwise_f64(cr_op op, size_t n, double *out, const double *a, int a_step, const double *b, int b_step, const double *c, int c_step);

// Reductions of a contiguous [outer, n, inner] block over the middle axis to [outer, inner].
typedef enum cr_reduction { CR_SUM = 0, CR_PRODUCT, CR_MAX, CR_MIN, CR_LOG_SUM_EXP } cr_reduction;
void cr_reduce_f32(cr_reduction r, size_t outer, size_t n, size_t inner, float *out, const float *a);
void cr_reduce_f64(cr_reduction r, size_t outer, size_t n, size_t inner, double *out, const double *a);
// Index of the first maximum (a NaN counts as the maximum).
void cr_argmax_f32(size_t outer, size_t n, size_t inner, int32_t *out, const float *a);
void cr_argmax_f64(size_t outer, size_t n, size_t inner, int32_t *out, const double *a);
// Softmax over the middle axis; rows are shifted by their maximum.
void cr_softmax_f32(size_t outer, size_t n, size_t inner, float *out, const float *a);
void cr_softmax_f64(size_t outer, size_t n, size_t inner, double *out, const double *a);
// Running sum along the middle axis, from the end if reverse.
void cr_cumulative_sum_f32(size_t outer, size_t n, size_t inner, bool reverse, float *out, const float *a);
void cr_cumulative_sum_f64(size_t outer, size_t n, size_t inner, bool reverse, double *out, const double *a);

// Strided copy into contiguous out of the given shape: element (i0, i1, …) is in[Σ i_k * strides[k]] (in elements;
// strides may be 0 or negative). Serves transposition, broadcasting, slicing and flipping.
void cr_copy_strided_f32(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, float *out, const float *in);
void cr_copy_strided_f64(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, double *out, const double *in);
// The other way: contiguous in of the given shape is written (add: added) to out at those strides.
void cr_place_strided_f32(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, bool add, float *out, const float *in);
void cr_place_strided_f64(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, bool add, double *out, const double *in);

// take: a [outer, n, inner], indices [count] already checked to lie in 0..<n → out [outer, count, inner].
void cr_take_f32(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, float *out, const float *a);
void cr_take_f64(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, double *out, const double *a);
// its transpose: out [outer, n, inner] (zeroed by the callee) receives Σ of a [outer, count, inner] at the indices.
void cr_take_transposed_f32(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, float *out, const float *a);
void cr_take_transposed_f64(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, double *out, const double *a);

// C[m,n] = alpha * op(A)[m,k] op(B)[k,n] + beta * C, row-major; lda etc. are row lengths of the stored matrices.
// May allocate; the prepared form below does not.
void cr_gemm_f32(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                 const float *b, size_t ldb, float beta, float *c, size_t ldc);
void cr_gemm_f64(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
                 const double *b, size_t ldb, double beta, double *c, size_t ldc);

// A matrix product decided once and run many times, in blocks of C that threads may share out:
//   C[m,n] = activation(alpha * op(A) op(B) + beta * C + bias)
// Fill in the first part, call cr_gemm_prepare, then run blocks. However C is cut into blocks, the results are the same
// bit for bit: the order of additions depends on k (and, for a single row or column, on the shape) alone.
typedef enum cr_bias { CR_BIAS_NONE = 0, CR_BIAS_COLUMNS /* bias[n], added to each row */, CR_BIAS_ROWS /* bias[m] */ } cr_bias;
typedef struct cr_gemm {
  size_t m, n, k, lda, ldb, ldc;
  bool a_transposed, b_transposed;
  double alpha, beta;  // beta 0 does not read C
  cr_bias bias;
  // CR_COPY: none. Any operation of one operand is applied to the finished element; one of two operands gets the
  // element of a gate [m, n] with rows ldg apart as its second (CR_MULTIPLY, …).
  cr_op activation;
  size_t ldg;
  int path;  // set by prepare
} cr_gemm;
void cr_gemm_prepare_f32(cr_gemm *g);
void cr_gemm_prepare_f64(cr_gemm *g);
// Bytes of scratch that each thread hands in.
size_t cr_gemm_scratch_f32(const cr_gemm *g);
size_t cr_gemm_scratch_f64(const cr_gemm *g);
// Rows row_begin..<row_end and columns column_begin..<column_end of C; a, b, bias, gate and c are the whole operands.
// Cuts at multiples of 32 columns (and of 14 rows) waste least.
void cr_gemm_block_f32(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end, const float *a,
                       const float *b, const float *bias, const float *gate, float *c, void *scratch);
void cr_gemm_block_f64(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end, const double *a,
                       const double *b, const double *bias, const double *gate, double *c, void *scratch);

#ifdef __cplusplus
}
#endif
#endif
