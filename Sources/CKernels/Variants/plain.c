// The interface in its plainest form: loops and libm, one element at a time, in double. It is what the other
// variants are tested against, and itself a variant ("plain") that can be forced.
#include "../Dispatch/table.h"
#include <math.h>
#include <string.h>

double cr_scalar(cr_op op, double a, double b, double c) {
  switch (op) {
    case CR_COPY: return a;
    case CR_NEGATE: return -a;
    case CR_EXP: return exp(a);
    case CR_EXPM1: return expm1(a);
    case CR_LOG: return log(a);
    case CR_LOG1P: return log1p(a);
    case CR_SQRT: return sqrt(a);
    case CR_RSQRT: return 1 / sqrt(a);
    case CR_SQUARE: return a * a;
    case CR_RECIPROCAL: return 1 / a;
    case CR_ABS: return fabs(a);
    case CR_SIGN: return a > 0 ? 1 : a < 0 ? -1 : a == 0 ? 0 : a;
    case CR_SIN: return sin(a);
    case CR_COS: return cos(a);
    case CR_TANH: return tanh(a);
    case CR_SIGMOID: {  // e^-|x| never overflows
      double e = exp(-fabs(a));
      return a >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
    case CR_SOFTPLUS: return (a > 0 ? a : a <= 0 ? 0 : a) + log1p(exp(-fabs(a)));
    case CR_RELU: return a > 0 ? a : a <= 0 ? 0 : a;
    case CR_STEP: return a > 0 ? 1 : a <= 0 ? 0 : a;
    case CR_ERF: return erf(a);
    case CR_ATAN: return atan(a);
    case CR_FLOOR: return floor(a);
    case CR_ADD: return a + b;
    case CR_SUBTRACT: return a - b;
    case CR_MULTIPLY: return a * b;
    case CR_DIVIDE: return a / b;
    case CR_POW: return pow(a, b);
    case CR_MAXIMUM: return a != a ? a : b != b ? b : a >= b ? a : b;
    case CR_MINIMUM: return a != a ? a : b != b ? b : a <= b ? a : b;
    case CR_EQUAL: return a == b;
    case CR_LESS: return a < b;
    case CR_GREATER: return a > b;
    case CR_SELECT: return a != 0 ? b : c;
    case CR_FMA: return fma(a, b, c);
    case CR_UNARY_COUNT:
    case CR_BINARY_END: break;
  }
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

// The superinstructions of Math/opcodes.h, spelled out.
static double plain_op(int op, double a, double b, double c) {
  switch (op) {
    case CR_FMS: return fma(a, b, -c);
    case CR_FNMA: return fma(-a, b, c);
    case CR_LESS_SQUARE: return fma(-a, a, a);
    case CR_ONE_LESS_SQUARE: return fma(-a, a, 1);
    default: return cr_scalar((cr_op)op, a, b, c);
  }
}

#define T float
#define F(name) name##_f32
#include "plain.h"
#undef T
#undef F
#define T double
#define F(name) name##_f64
#include "plain.h"

#define FIELD_F32(name, parameters, arguments) .name##_f32 = name##_f32,
#define SIZE_FIELDS(name, parameters, arguments) .name##_f32 = name##_f32, .name##_f64 = name##_f64,
#define FIELD_F64(name, parameters, arguments) .name##_f64 = name##_f64,
const cr_table cr_table_plain = {
  .name = "plain",
  .kernels_f32 = kernels_f32,
  .kernels_f64 = kernels_f64,
  .row_reduce_f32 = row_reduce_f32,
  .row_reduce_f64 = row_reduce_f64,
  .accumulate_f32 = accumulate_f32,
  .accumulate_f64 = accumulate_f64,
  CR_SIZES(SIZE_FIELDS)
  CR_FUNCTIONS(FIELD_F32, float)
  CR_FUNCTIONS(FIELD_F64, double)
};
