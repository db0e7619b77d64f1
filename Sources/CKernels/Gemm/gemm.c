// The public side of the matrix product.
#include "../Dispatch/table.h"
#include <stdlib.h>

#define GEMM(T, S)                                                                                                   \
  void cr_gemm_##S(bool a_transposed, bool b_transposed, size_t m, size_t n, size_t k, T alpha, const T *a,          \
                   size_t lda, const T *b, size_t ldb, T beta, T *c, size_t ldc) {                                   \
    cr_gemm g = {.m = m, .n = n, .k = k, .lda = lda, .ldb = ldb, .ldc = ldc, .a_transposed = a_transposed,           \
                 .b_transposed = b_transposed, .alpha = (double)alpha, .beta = (double)beta};                        \
    cr_gemm_prepare_##S(&g);                                                                                         \
    const size_t bytes = cr_gemm_scratch_##S(&g);                                                                    \
    char room[16384];                                                                                                \
    void *scratch = bytes <= sizeof room ? room : malloc(bytes);                                                     \
    cr_gemm_block_##S(&g, 0, m, 0, n, a, b, NULL, c, scratch);                                                       \
    if (scratch != room) free(scratch);                                                                              \
  }

GEMM(float, f32)
GEMM(double, f64)
