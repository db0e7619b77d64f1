// Superinstructions, which only the peephole of tile programs writes: rows as in opcodes.h, numbers after the last one
// there.
#ifndef CR_FUSED_H
#define CR_FUSED_H
#include "CKernels.h"

#define CR_FUSED(R)                                                               \
  R(multiplySubtract, 3, FEW, N(fma)(x, y, -z), fma(a, b, -c))                    \
  R(subtractProduct, 3, FEW, N(fma)(-x, y, z), fma(-a, b, c))                     \
  R(lessSquare, 1, FEW, N(fma)(-x, x, x), fma(-a, a, a)) /* σ' from σ */          \
  R(oneLessSquare, 1, FEW, N(fma)(-x, x, N(splat)(1)), fma(-a, a, 1)) /* tanh' from tanh */

#define CR_FUSED_CASE(name, operands, cost, vector, scalar) CR_##name,
enum { CR_BEFORE_FUSED = CR_OPCODE_COUNT - 1, CR_FUSED(CR_FUSED_CASE) CR_KERNEL_COUNT };

// Everything that has a kernel.
#define CR_KERNELS(R) CR_OPCODES(R) CR_FUSED(R)

const char *cr_kernel_name(size_t op);
// How many operands it reads.
static inline size_t cr_operands(size_t op) {
#define CR_OPERANDS(name, operands, cost, vector, scalar) operands,
  static const uint8_t operands_of[] = {CR_KERNELS(CR_OPERANDS)};
#undef CR_OPERANDS
  return operands_of[op];
}
#endif
