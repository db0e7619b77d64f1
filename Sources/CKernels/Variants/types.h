// Includes the file that CR_EACH_TYPE names (from this folder) for double and then for float, with
//
//   T, I, U        the element and the signed and unsigned integers of its size
//   N(name)        the name with the type's suffix
//   MANTISSA, BIAS the layout of T (bits of the fraction, bias of the exponent)
//   MAGIC          1.5 · 2^MANTISSA: adding it rounds to an integer in the low bits
//
// Macros that an included file defines in these terms are the same the second time, and need no #undef.
#define T double
#define I int64_t
#define U uint64_t
#define N(name) name##_f64
#define MANTISSA 52
#define BIAS 1023
#define MAGIC 6755399441055744.0
#include CR_EACH_TYPE
#undef T
#undef I
#undef U
#undef N
#undef MANTISSA
#undef BIAS
#undef MAGIC
#include "single.h"
#include CR_EACH_TYPE
#undef T
#undef I
#undef U
#undef N
#undef MANTISSA
#undef BIAS
#undef MAGIC
#undef CR_EACH_TYPE
