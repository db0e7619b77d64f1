// NEON with BF16: two products of bfloat16 a lane (BFDOT).
#if defined(__aarch64__)
#include "../Dispatch/table.h"
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("bf16"))), apply_to = function)
#define CR_BYTES 16
#define CR_REGISTERS 32
#define CR_HAS_FMA 1
#define CR_HAS_ROUND 1
#define CR_MASKS 0
#define MICRO_PAIRS cr_gemm_pairs_neon
#define MICRO_DOT(x, b, sum) ((V)vbfdotq_f32((float32x4_t)(sum), (bfloat16x8_t)(x), (bfloat16x8_t)(b)))
#include "pairs.h"
#pragma clang attribute pop
#else
typedef int cr_no_neon_bfloat16;  // a translation unit may not be empty
#endif
