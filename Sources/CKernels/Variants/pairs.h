// The products of pairs of bfloat16 for float, with what they stand on; a variant's file includes it with its macros.
#include "inline.h"
#include "single.h"
#include "vector.h"
#include "../Move/transpose.h"
#define MICRO_MULTIPLY_ADD(x, b, sum) MICRO_DOT(x, b, sum)
#include "../Gemm/micro.h"
#include "../Gemm/panels.h"
#include "../Gemm/bfloat16.h"
