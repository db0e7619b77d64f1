// CKernels: leaf loops over contiguous memory. No stable API: only Kernels*.swift and Opcode.swift of ChainRule import
// it.
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

#include "opcodes.h"

// Chooses a variant by name (NULL: the best this machine runs) for the process; false if it cannot run here. No
// prepared product or tile program may be in use across the change. "plain" is loops over libm, what the others are
// tested against.
bool cr_select_isa(const char *name);
// The same for the calling thread alone (NULL: what the process uses), so that tests do not disturb each other.
bool cr_select_isa_of_thread(const char *name);
const char *cr_isa_name(void);

// How many processors this process may use.
size_t cr_processor_count(void);
// A breath for a thread that waits by spinning.
static inline void cr_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

// out[i] = op(a[i*a_step], b[i*b_step], c[i*c_step]) for i < n; each step is 0 (one scalar for all) or 1.
// Unused operands may be NULL. out may be exactly one of the operands.
void cr_elementwise_f32(cr_op op, size_t n, float *out, const float *a, int a_step, const float *b, int b_step,
                        const float *c, int c_step);
void cr_elementwise_f64(cr_op op, size_t n, double *out, const double *a, int a_step, const double *b, int b_step,
                        const double *c, int c_step);

// Reductions of a contiguous [outer, n, inner] block over the middle axis to [outer, inner].
typedef enum __attribute__((enum_extensibility(closed), swift_name("Reduction"))) cr_reduction : uint32_t {
  CR_SUM __attribute__((swift_name("sum"))),
  CR_PRODUCT __attribute__((swift_name("product"))),
  CR_MAX __attribute__((swift_name("max"))),
  CR_MIN __attribute__((swift_name("min"))),
  CR_LOG_SUM_EXP __attribute__((swift_name("logSumExp"))),
} cr_reduction;
void cr_reduce_f32(cr_reduction r, size_t outer, size_t n, size_t inner, float *out, const float *a);
void cr_reduce_f64(cr_reduction r, size_t outer, size_t n, size_t inner, double *out, const double *a);
// Index of the first maximum (a NaN counts as the maximum).
void cr_argmax_f32(size_t outer, size_t n, size_t inner, int32_t *out, const float *a);
void cr_argmax_f64(size_t outer, size_t n, size_t inner, int32_t *out, const double *a);
// Softmax over the middle axis; rows are shifted by their maximum, and rows of -∞ alone become 0.
void cr_softmax_f32(size_t outer, size_t n, size_t inner, float *out, const float *a);
void cr_softmax_f64(size_t outer, size_t n, size_t inner, double *out, const double *a);
// Running sum along the middle axis, from the end if reverse.
void cr_cumulative_sum_f32(size_t outer, size_t n, size_t inner, bool reverse, float *out, const float *a);
void cr_cumulative_sum_f64(size_t outer, size_t n, size_t inner, bool reverse, double *out, const double *a);

// Strided copy into contiguous out of the given shape: element (i0, i1, …) is in[Σ i_k * strides[k]] (in elements;
// strides may be 0 or negative). Serves transposition, broadcasting, slicing and flipping.
void cr_copy_strided_f32(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, float *out, const float *in);
void cr_copy_strided_f64(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, double *out, const double *in);
// The other way: contiguous in of the given shape is written to out at those strides.
void cr_pad_strided_f32(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, float *out, const float *in);
void cr_pad_strided_f64(size_t rank, const ptrdiff_t *shape, const ptrdiff_t *strides, double *out, const double *in);

// Rows of several inputs side by side: input k has widths[k] elements in each of its rows, which lie one after the other;
// rows of out begin out_row elements apart. Nothing is written for an input that is NULL.
void cr_join_rows_f32(size_t count, const float *const *in, const size_t *widths, size_t rows, float *out, size_t out_row);
void cr_join_rows_f64(size_t count, const double *const *in, const size_t *widths, size_t rows, double *out,
                 size_t out_row);

// take: a [outer, n, inner], indices [count] already checked to lie in 0..<n → out [outer, count, inner].
void cr_take_f32(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, float *out,
                 const float *a);
void cr_take_f64(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, double *out,
                 const double *a);
// its transpose: out [outer, n, inner] (zeroed by the callee) receives Σ of a [outer, count, inner] at the indices.
void cr_take_transposed_f32(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, float *out,
                            const float *a);
void cr_take_transposed_f64(size_t outer, size_t n, size_t inner, size_t count, const int32_t *indices, double *out,
                            const double *a);
// The first `width` elements of each row of a [count, inner] are added to the row of out [n, inner] at its index.
void cr_add_at_f32(size_t inner, size_t width, size_t count, const int32_t *indices, float *out, const float *a);
void cr_add_at_f64(size_t inner, size_t width, size_t count, const int32_t *indices, double *out, const double *a);

// out [rows, width]: each of the numbers in[0], in[step], … repeated.
void cr_repeat_f32(size_t rows, ptrdiff_t step, size_t width, float *out, const float *in);
void cr_repeat_f64(size_t rows, ptrdiff_t step, size_t width, double *out, const double *in);

// A matrix product decided once and run many times, in blocks of C that threads may share out:
//   C[m,n] = relu?(alpha * op(A) op(B) + beta * C + bias)
// Matrices are row-major; lda etc. are row lengths as they are stored. Fill in the first part, call cr_gemm_prepare,
// then run blocks. However C is cut into blocks, the results are the same bit for bit: the order of additions depends
// on k (and, for a single row or column, on the shape) alone.
typedef struct cr_gemm {
  size_t m, n, k, lda, ldb, ldc;
  bool a_transposed, b_transposed;
  double alpha, beta;  // beta 0 does not read C
  bool relu;           // the finished element, where it is above 0
  bool bfloat16;       // float alone: elements of A and B are rounded to bfloat16 (ties to even), sums are of floats
  int path;            // set by prepare
} cr_gemm;
// Whether those products go by the processor's instructions for pairs of bfloat16; a thread may do without.
bool cr_uses_bfloat16(void);
void cr_avoid_bfloat16_in_thread(bool avoids);
void cr_gemm_prepare_f32(cr_gemm *g);
void cr_gemm_prepare_f64(cr_gemm *g);
// Bytes of scratch that each thread hands in.
size_t cr_gemm_scratch_f32(const cr_gemm *g);
size_t cr_gemm_scratch_f64(const cr_gemm *g);
// Rows row_begin..<row_end and columns column_begin..<column_end of C; a, b, bias (one element for each column, or
// NULL) and c are the whole operands. Cuts at multiples of 32 columns (and of 14 rows) waste least.
void cr_gemm_block_f32(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                       const float *a, const float *b, const float *bias, float *c, void *scratch);
void cr_gemm_block_f64(const cr_gemm *g, size_t row_begin, size_t row_end, size_t column_begin, size_t column_end,
                       const double *a, const double *b, const double *bias, double *c, void *scratch);

// Columns begin..<end (in panels of CR_INT8_PANEL) of y[m,n] = (x[m,k] · w) ∘ scale[n]. w lies in panels: for each, k rows
// of CR_INT8_PANEL columns, those beyond n filled with 0. However the panels are shared out, the bits are the same.
enum { CR_INT8_PANEL = 64 };
size_t cr_gemm_int8_scratch_f32(size_t m, size_t k);
size_t cr_gemm_int8_scratch_f64(size_t m, size_t k);
void cr_gemm_int8_f32(size_t m, size_t k, size_t n, size_t panel_begin, size_t panel_end, const float *x,
                      const int8_t *w, const float *scale, float *y, void *scratch);
void cr_gemm_int8_f64(size_t m, size_t k, size_t n, size_t panel_begin, size_t panel_end, const double *x,
                      const int8_t *w, const double *scale, double *y, void *scratch);

// ——— tile programs: a fused group of elementwise operations ———
// A group runs over one index space, tile by tile, so that what lies between its inputs and outputs never leaves L1.
// It is described in values: inputs first, then constants, then one value per instruction.
typedef struct cr_tile_instruction {
  uint16_t op;
  uint16_t a, b, c;
} cr_tile_instruction; // op: cr_op; operands: earlier values

// Elements of a tile, at most: what lies between stays in the first cache, and a handler's work outweighs its jump.
enum { CR_TILE_ELEMENTS = 512 };
// What a group may have.
enum { CR_TILE_RANK = 8, CR_TILE_VALUES = 192, CR_TILE_OUTPUTS = 16 };

// An input: strides in elements, one per axis of the index space; 0 broadcasts along that axis.
typedef struct cr_tile_input { ptrdiff_t strides[CR_TILE_RANK]; } cr_tile_input;

typedef enum cr_tile_kind {
  CR_TILE_STORE = 0,    // every element, contiguous or row by row
  CR_TILE_SUM,          // over everything, to one element
  CR_TILE_SUM_LEADING,  // over the axes before `split`: one element per combination of those from there on
} cr_tile_kind;
typedef struct cr_tile_output {
  cr_tile_kind kind;
  uint16_t value;
  int16_t in_place;  // CR_TILE_STORE: the input whose memory this output overwrites (same layout), or -1
  ptrdiff_t row;     // CR_TILE_STORE: elements from one row (last axis) of the output to the next; 0: contiguous
} cr_tile_output;

typedef struct cr_tile_description {
  size_t rank;
  ptrdiff_t shape[CR_TILE_RANK];
  size_t split;  // where leading sums cut the axes; 0 without them
  size_t inputs, constants, instructions, outputs;
  const cr_tile_input *input;
  const double *constant;
  const cr_tile_instruction *instruction;
  const cr_tile_output *output;
  const bool *shared;  // NULL, or for each instruction whether its value counts as read once more: none joins it
} cr_tile_description;

typedef struct cr_tile_program cr_tile_program;
// Checks, simplifies (joined instructions, dead values, work that is the same for every tile), orders and assigns
// registers.
// NULL if the description is not a legal group or too large; the caller then splits it.
cr_tile_program *cr_tile_build(const cr_tile_description *description, bool is_double);
void cr_tile_free(cr_tile_program *program);
// Work is cut into chunks by the shape alone; threads take ranges of them in any order. Reductions go through
// `partials` (bytes as reported, shared by the threads of one run), and finish combines them in order: results do
// not depend on threads. Inputs and outputs are pointers to the first element, in the order of the description.
size_t cr_tile_chunks(const cr_tile_program *program);
size_t cr_tile_partial_bytes(const cr_tile_program *program);
void cr_tile_run(const cr_tile_program *program, size_t chunk_begin, size_t chunk_end, const void *const *inputs,
                 void *const *outputs, void *partials);
void cr_tile_finish(const cr_tile_program *program, void *const *outputs, const void *partials);
// One line per instruction after simplification, for printing; the length it has or would have.
size_t cr_tile_describe(const cr_tile_program *program, char *text, size_t room);

// ——— straight-line elementwise code over slots ———
// The inside of a tile program for callers that manage their tiles themselves: operations on slots, each a pointer to n
// contiguous elements.
typedef struct cr_slot_code { uint16_t op, out, a, b, c; } cr_slot_code;  // op: cr_op
// What runs it in registers; made by cr_blocks_write.
typedef struct cr_block { uint16_t handler, a, b, c; } cr_block;
// A slot's row becomes one number. value: as it is after `after` instructions; room: a slot for running results.
typedef enum cr_row_end { CR_ROW_PLAIN, CR_ROW_SHIFT, CR_ROW_SHARE } cr_row_end;  // as it is, 0 for -∞, 1 / x and 1 for 0
typedef struct cr_row_fold { uint16_t value, after, room, result; cr_reduction reduction; cr_row_end end; } cr_row_fold;
enum { CR_NO_SLOT = 0xffff };
// Writes at most 3 · count + 2 · folds + 1 blocks. kept[slot] tells whether a slot is read after the code; other results
// need not reach their slots.
void cr_blocks_write(const cr_slot_code *code, size_t count, const bool *kept, const cr_row_fold *folds,
                     size_t fold_count, cr_block *blocks);
// Computes n elements. twice: an element may be computed again, since no slot is read whose memory another one
// overwrites.
void cr_blocks_run_f32(const cr_slot_code *code, size_t count, const cr_block *blocks, bool twice, float *const *slot,
                       size_t n);
void cr_blocks_run_f64(const cr_slot_code *code, size_t count, const cr_block *blocks, bool twice, double *const *slot,
                       size_t n);

// Code over rows: slots have a row after another but for numbers, of which a row has one, and constants. Sums, largest and
// smallest elements of rows (sum, max and min) come from the same sweep.
typedef struct cr_row_number { uint16_t from, room; } cr_row_number;  // code reads `room`, a slot for CR_ROW_ROOM elements
enum { CR_ROW_ROOM = 128 };
typedef struct cr_row_description {
  size_t count, folds, numbers, constants, slots;
  const cr_slot_code *code;
  const bool *kept;
  bool twice;
  const cr_row_fold *fold;
  const cr_row_number *repeated;
  const uint16_t *constant;  // slots that hold one number CR_ROW_ROOM times or more
} cr_row_description;
typedef struct cr_row_program cr_row_program;
cr_row_program *cr_rows_build(const cr_row_description *description);
void cr_rows_free(cr_row_program *program);
void cr_rows_run_f32(const cr_row_program *program, float *const *slot, size_t rows, size_t width);
void cr_rows_run_f64(const cr_row_program *program, double *const *slot, size_t rows, size_t width);

// ——— convolution and pooling, [batch, channels, height, width] ———
typedef struct cr_conv {
  size_t batch, groups, in_channels, in_height, in_width, out_channels, out_height, out_width;
  size_t kernel_height, kernel_width, stride_y, stride_x, pad_top, pad_left, dilation_y, dilation_x;
} cr_conv;  // padding below and to the right follows from the output's size
// Weights are [out_channels, in_channels / groups, kernel_height, kernel_width]. Scratch: bytes for each thread.
size_t cr_conv_forward_scratch_f32(const cr_conv *v);
size_t cr_conv_forward_scratch_f64(const cr_conv *v);
// y = conv(x, w) for a range of images.
void cr_conv_forward_f32(const cr_conv *v, size_t image_begin, size_t image_end, const float *x, const float *w,
                         float *y, void *scratch);
void cr_conv_forward_f64(const cr_conv *v, size_t image_begin, size_t image_end, const double *x, const double *w,
                         double *y, void *scratch);
size_t cr_conv_input_gradient_scratch_f32(const cr_conv *v);
size_t cr_conv_input_gradient_scratch_f64(const cr_conv *v);
// dx is overwritten for a range of images.
void cr_conv_input_gradient_f32(const cr_conv *v, size_t image_begin, size_t image_end, const float *dy, const float *w,
                                float *dx, void *scratch);
void cr_conv_input_gradient_f64(const cr_conv *v, size_t image_begin, size_t image_end, const double *dy,
                                const double *w, double *dx, void *scratch);
// Weight gradient: chunks of images may go to different threads; finish adds them in order. The partials hold chunks ×
// weights elements.
size_t cr_conv_weight_chunks_f32(const cr_conv *v);
size_t cr_conv_weight_chunks_f64(const cr_conv *v);
size_t cr_conv_weight_partial_bytes_f32(const cr_conv *v);
size_t cr_conv_weight_partial_bytes_f64(const cr_conv *v);
size_t cr_conv_weight_scratch_f32(const cr_conv *v);
size_t cr_conv_weight_scratch_f64(const cr_conv *v);
void cr_conv_weight_chunk_f32(const cr_conv *v, size_t chunk_begin, size_t chunk_end, const float *x, const float *dy,
                              float *partials, void *scratch);
void cr_conv_weight_chunk_f64(const cr_conv *v, size_t chunk_begin, size_t chunk_end, const double *x,
                              const double *dy, double *partials, void *scratch);
void cr_conv_weight_finish_f32(const cr_conv *v, const float *partials, float *dw);
void cr_conv_weight_finish_f64(const cr_conv *v, const double *partials, double *dw);

typedef struct cr_pool {
  size_t in_height, in_width, out_height, out_width, window_height, window_width, stride_y, stride_x, pad_top, pad_left;
  bool counts_padding;  // average: divide by the whole window
} cr_pool;
// For a range of planes (batch · channels). places[plane, out] is the winner's index in its plane; NULL if not wanted.
// A window must not lie in the padding altogether.
void cr_max_pool_f32(const cr_pool *q, size_t plane_begin, size_t plane_end, const float *x, float *y, int32_t *places);
void cr_max_pool_f64(const cr_pool *q, size_t plane_begin, size_t plane_end, const double *x, double *y,
                     int32_t *places);
void cr_average_pool_f32(const cr_pool *q, size_t plane_begin, size_t plane_end, const float *x, float *y);
void cr_average_pool_f64(const cr_pool *q, size_t plane_begin, size_t plane_end, const double *x, double *y);
void cr_average_pool_gradient_f32(const cr_pool *q, size_t plane_begin, size_t plane_end, const float *dy, float *dx);
void cr_average_pool_gradient_f64(const cr_pool *q, size_t plane_begin, size_t plane_end, const double *dy, double *dx);

// ——— factorizations of matrices, row-major ———
// `count` of them stand one behind the other, each [m, n] or [n, n]. `failed` is set: 0 where all went well, else the
// number of a pivot from 1 (Cholesky: the first that is not above 0; solves: the first that is 0), or 1 where the steps
// of an eigenvalue or singular value do not end.
typedef struct cr_factor {
  size_t count, m, n;
  bool lower, mirrored;  // mirrored: the transpose is solved with
  bool values_only;      // of eigenvalues and singular values: no vectors, out is [n] or [min(m, n)] for each matrix
  size_t failed;
} cr_factor;
// l [n, n] from the symmetric part of a.
void cr_cholesky_f32(cr_factor *f, const float *a, float *l);
void cr_cholesky_f64(cr_factor *f, const double *a, double *l);
// op(T) X = B, in place of b [n, m]; t [n, n] is read on one side of its diagonal.
void cr_triangular_solve_f32(cr_factor *f, const float *t, float *b);
void cr_triangular_solve_f64(cr_factor *f, const double *t, double *b);
// factors [m, n + 1]: L and U, and in the last column which row of a each row is.
void cr_lu_f32(const cr_factor *f, const float *a, float *factors);
void cr_lu_f64(const cr_factor *f, const double *a, double *factors);
// op(A) X = B [n, m] from the factors of a square matrix.
void cr_lu_solve_f32(cr_factor *f, const float *factors, const float *b, float *x);
void cr_lu_solve_f64(cr_factor *f, const double *factors, const double *b, double *x);
// out [m + n, n] for m ≥ n: the rows of Q, then those of R, whose diagonal is not negative.
void cr_qr_f32(const cr_factor *f, const float *a, float *out);
void cr_qr_f64(const cr_factor *f, const double *a, double *out);
// out [n + 1, n] from the symmetric part of a: the eigenvalues, ascending, above their vectors in columns.
void cr_eigh_f32(cr_factor *f, const float *a, float *out);
void cr_eigh_f64(cr_factor *f, const double *a, double *out);
// out [m + 1 + n, k], k = min(m, n): the rows of U, the singular values, descending, the rows of V.
void cr_svd_f32(cr_factor *f, const float *a, float *out);
void cr_svd_f64(cr_factor *f, const double *a, double *out);

// ——— programs of scalars: values of rank 0, each one slot in a flat file of doubles ———
// file[out] = op(file[a], file[b], file[c]), rounded to float or double (for + - * / of floats the way through doubles
// rounds to the same float).
typedef struct cr_scalar_step { uint32_t op; int32_t out, a, b, c; } cr_scalar_step;
enum {
  CR_SCALAR_LOAD = CR_OPCODE_COUNT,  // file[out] = the element at bases[a] + offset; b and c are its high and low half
  CR_SCALAR_STORE,                   // the element there = file[out]
  // Or-ed to an operation whose first operand is the result of the step before (not a store); above every cr_op.
  CR_SCALAR_LAST = UINT8_MAX + 1,
};
void cr_scalars_run_f32(const cr_scalar_step *steps, size_t count, double *file, void *const *bases);
void cr_scalars_run_f64(const cr_scalar_step *steps, size_t count, double *file, void *const *bases);

#ifdef __cplusplus
}
#endif
#endif
