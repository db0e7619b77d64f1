// The public elementwise functions: operands of step 0 become a tile of equal elements that every tile reads.
#include "../Dispatch/table.h"

#define TILE 256

#define ELEMENTWISE(T, S)                                                                                        \
  void cr_elementwise_##S(cr_op op, size_t n, T *out, const T *a, int a_step, const T *b, int b_step,            \
                          const T *c, int c_step) {                                                              \
    const cr_kernel_##S kernel = cr_active()->kernels_##S[op];                                                   \
    const size_t arity = cr_arity(op);                                                                            \
    if (a_step && (arity < 2 || b_step) && (arity < 3 || c_step)) {                                              \
      kernel(n, out, a, b, c);                                                                                   \
      return;                                                                                                    \
    }                                                                                                            \
    T tiles[3][TILE];                                                                                            \
    const T *operands[3] = {a, b, c};                                                                            \
    size_t steps[3] = {(size_t)a_step, (size_t)b_step, (size_t)c_step};                                          \
    for (size_t k = 0; k < arity; k++) {                                                                            \
      if (steps[k]) continue;                                                                                    \
      const T x = *operands[k];                                                                                  \
      for (size_t i = 0; i < TILE && i < n; i++) tiles[k][i] = x;                                                \
      operands[k] = tiles[k];                                                                                    \
    }                                                                                                            \
    for (size_t i = 0; i < n; i += TILE) {                                                                       \
      kernel(n - i < TILE ? n - i : TILE, out + i, operands[0], operands[1], operands[2]);                       \
      for (size_t k = 0; k < arity; k++) operands[k] += steps[k] * TILE;                                            \
    }                                                                                                            \
  }

ELEMENTWISE(float, f32)
ELEMENTWISE(double, f64)
