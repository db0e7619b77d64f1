// The products of pairs of bfloat16 for float, with what they stand on; a variant's file includes it with its macros.
#include "inline.h"
#define T float
#define I int32_t
#define U uint32_t
#define N(name) name##_f32
#define MANTISSA 23
#define BIAS 127
#define MAGIC 12582912.0f
#include "vector.h"
#include "../Move/transpose.h"
#define MICRO_MULTIPLY_ADD(x, b, sum) MICRO_DOT(x, b, sum)
#include "../Gemm/micro.h"
#include "../Gemm/panels.h"
#include "../Gemm/bfloat16.h"
