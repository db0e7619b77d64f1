// The names and costs of the operations.
#include "fused.h"

const char *cr_kernel_name(size_t op) {
#define NAME(name, operands, cost, vector, scalar) #name,
  static const char *const names[] = {CR_KERNELS(NAME)};
#undef NAME
  return names[op];
}
const char *cr_name(cr_op op) { return cr_kernel_name(op); }

bool cr_is_deep(cr_op op) {
  enum { ONE, FEW, DEEP };
#define IS_DEEP(name, operands, cost, vector, scalar) cost == DEEP,
  static const bool deep[] = {CR_OPCODES(IS_DEEP)};
#undef IS_DEEP
  return deep[op];
}
