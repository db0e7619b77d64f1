// The interface in its plainest form: loops and libm, one element at a time, in double. It is what the other
// variants are tested against, and itself a variant ("plain") that can be forced.
#include "../Dispatch/table.h"
#include "../Math/scalar.h"
#include <string.h>

double cr_scalar(cr_op op, double a, double b, double c) {
#define CASE(name, operands, cost, vector, scalar) case CR_##name: return scalar;
  switch (op) { CR_OPCODES(CASE) }
#undef CASE
  return NAN;
}

// Odometer over all but the last axis; `f` is called with the offset of each row.
#define ROWS(rank, shape, strides, BODY)                                                   \
  size_t rows = 1;                                                                         \
  for (size_t k = 0; k + 1 < (rank); k++) rows *= (size_t)(shape)[k];                      \
  const ptrdiff_t length = (rank) ? (shape)[(rank) - 1] : 1;                               \
  const ptrdiff_t step = (rank) ? (strides)[(rank) - 1] : 1;                               \
  for (size_t row = 0; row < rows; row++) {                                                \
    ptrdiff_t offset = 0;                                                                  \
    size_t rest = row;                                                                     \
    for (size_t k = (rank) ? (rank) - 1 : 0; k-- > 0;) {                                   \
      offset += (ptrdiff_t)(rest % (size_t)(shape)[k]) * (strides)[k];                     \
      rest /= (size_t)(shape)[k];                                                          \
    }                                                                                      \
    BODY                                                                                   \
  }

#define CR_EACH_TYPE "plain.h"
#include "types.h"

const cr_table cr_table_plain = {CR_TABLE_FIELDS("plain")};
