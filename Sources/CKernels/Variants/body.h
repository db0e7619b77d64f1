// Everything that is compiled per instruction set. A variant defines CR_ISA (its name), CR_BYTES,
// CR_REGISTERS, CR_HAS_FMA, CR_HAS_ROUND, CR_MASKS and includes this once.
#define INLINE static inline __attribute__((always_inline, unused))
#ifndef CR_FIRST_HALF_THEN_REST
#define CR_FIRST_HALF_THEN_REST
#endif
#define UNROLL _Pragma("clang loop unroll(full)")

#include "../Tile/tile.h"
// double first: the float mathematics uses it
#define T double
#define I int64_t
#define U uint64_t
#define N(name) name##_f64
#define MANTISSA 52
#define BIAS 1023
#define MAGIC 6755399441055744.0
#include "vector.h"
#include "../Math/math_f64.h"
#include "../Math/special_f64.h"
#include "kernels.h"

#define T float
#define I int32_t
#define U uint32_t
#define N(name) name##_f32
#define MANTISSA 23
#define BIAS 127
#define MAGIC 12582912.0f
#include "vector.h"
#include "../Math/math_f32.h"
#include "kernels.h"

#define CR_PASTE_(a, b) a##b
#define CR_PASTE(a, b) CR_PASTE_(a, b)
#define CR_STRING_(a) #a
#define CR_STRING(a) CR_STRING_(a)
#define FIELD_F32(name, parameters, arguments) .name##_f32 = name##_f32,
#define SIZE_FIELDS(name, parameters, arguments) .name##_f32 = name##_f32, .name##_f64 = name##_f64,
#define FIELD_F64(name, parameters, arguments) .name##_f64 = name##_f64,
const cr_table CR_PASTE(cr_table_, CR_ISA) = {
  .name = CR_STRING(CR_ISA),
  .kernels_f32 = kernels_f32,
  .kernels_f64 = kernels_f64,
  .blocks_f32 = blocks_f32,
  .blocks_f64 = blocks_f64,
  .row_reduce_f32 = row_reduce_f32,
  .row_reduce_f64 = row_reduce_f64,
  .accumulate_f32 = accumulate_f32,
  .accumulate_f64 = accumulate_f64,
  CR_SIZES(SIZE_FIELDS)
  CR_FUNCTIONS(FIELD_F32, float)
  CR_FUNCTIONS(FIELD_F64, double)
};
