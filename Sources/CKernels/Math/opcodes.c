// The names of the operations.
#include "fused.h"

const char *cr_kernel_name(size_t op) {
#define NAME(name, operands, cost, vector, scalar) #name,
  static const char *const names[] = {CR_KERNELS(NAME)};
#undef NAME
  return names[op];
}
const char *cr_name(cr_op op) { return cr_kernel_name(op); }
